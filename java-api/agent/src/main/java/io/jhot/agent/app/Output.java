package io.jhot.agent.app;

import io.jhot.agent.channel.Channel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import sun.nio.ch.JhotSockets;

/**
 * The app's stdout and stderr, which jhot replaced by pipes for the time of its start. Each gets
 * the original back only if it still is such a pipe: a script may have redirected it, as in {@code
 * exec java ... >>app.log 2>&1}, and then it is not jhot's any more.
 */
public final class Output {
  /** What /proc says that the pipes are: that of stdout, a blank, that of stderr. */
  private static final String PIPES = "JHOT_OUTPUT_PIPES";

  private Output() {}

  /**
   * Puts the originals back and closes the numbers that they were passed under.
   *
   * @param stdout the number of the original of stdout; -1: it has none
   * @param stderr likewise
   * @param channel where to complain
   */
  public static void restore(int stdout, int stderr, Channel channel) {
    if (stdout < 0 && stderr < 0) {
      return;
    }
    String told = System.getenv(PIPES);
    int blank = told == null ? -1 : told.indexOf(' ');
    for (int stream = 1; stream <= 2; stream++) {
      int original = stream == 1 ? stdout : stderr; // an older jhot does not tell its pipes
      if (blank >= 0) {
        String now = target(stream);
        // one may be the other's by now: 2>&1
        original =
            now.equals(told.substring(0, blank))
                ? stdout
                : now.equals(told.substring(blank + 1)) ? stderr : -1;
      }
      putBack(original, stream, channel);
    }
    close(stdout, channel);
    close(stderr, channel);
  }

  private static String target(int stream) {
    try {
      return Files.readSymbolicLink(Path.of("/proc/self/fd/" + stream)).toString();
    } catch (IOException e) {
      return "closed"; // by the app, and so it stays
    }
  }

  private static void putBack(int original, int stream, Channel channel) {
    if (original < 0) {
      return;
    }
    try {
      JhotSockets.duplicate(original, stream);
    } catch (IOException e) {
      channel.trouble(
          "cannot put the original back as descriptor " + stream + ": " + e.getMessage());
    }
  }

  private static void close(int original, Channel channel) {
    if (original < 0) {
      return;
    }
    try {
      JhotSockets.close(original);
    } catch (IOException e) {
      channel.trouble("cannot close descriptor " + original + ": " + e.getMessage());
    }
  }
}
