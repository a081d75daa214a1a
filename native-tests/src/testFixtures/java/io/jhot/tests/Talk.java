package io.jhot.tests;

import java.io.Closeable;
import java.io.IOException;
import java.util.List;

/** A client's connection, for one thread: it begins something, pauses, and goes on. */
abstract class Talk implements Closeable {
  /** As the servers of the tests send it: more than a connection's buffers hold. */
  static final int BULK_LENGTH = 300 * 10_000;

  static final String CONTENT = "0123456789".repeat(2_000);

  final Wire wire;

  Talk(Wire wire) {
    this.wire = wire;
  }

  /** Goes as far as the pause. */
  abstract void begin(Pause pause) throws IOException;

  /**
   * Goes on after it.
   *
   * @param pid of the process that it began with
   * @throws IOException if what was begun does not come to its end
   */
  abstract void end(Pause pause, String pid) throws IOException;

  /** What is asked for, beyond the file that stands for the end of the pause. */
  static List<String> words(Pause pause) {
    return switch (pause) {
      case STALLED_DOWNLOAD -> List.of("begun", "BULK", "PID");
      case PAUSED_STREAM -> List.of("begun", "WAIT", "PID");
      case HEAD_IN_TWO -> List.of("PID");
      default -> List.of("WAIT", "PID");
    };
  }

  static void check(String what, String expected, String seen) throws IOException {
    if (!seen.equals(expected)) {
      String shown = seen.length() > 200 ? seen.substring(0, 200) + "..." : seen;
      throw new IOException(what + " is \"" + shown + "\" (" + seen.length() + " characters)");
    }
  }

  /** The answer to {@link #words} without its bulk, which is checked here. */
  static String withoutBulk(Pause pause, String answer) throws IOException {
    String rest = answer.replaceAll("(data: ?)?x+\n\n?", "");
    int bulk = answer.length() - answer.replace("x", "").length();
    if (bulk != (pause == Pause.STALLED_DOWNLOAD ? BULK_LENGTH - 300 : 0)) {
      throw new IOException("of a large answer " + bulk + " characters came");
    }
    return rest.replaceAll("data: ?", "").replace("\n\n", "\n");
  }

  static String expected(Pause pause, String pid) {
    return switch (pause) {
      case STALLED_DOWNLOAD, PAUSED_STREAM -> "begun\n" + pid + "\n";
      default -> pid + "\n";
    };
  }

  @Override
  public void close() throws IOException {
    wire.close();
  }
}
