package io.jhot.runtime;

import io.jhot.config.ExecOptions.LogStyle;
import io.jhot.protocol.Excerpt;
import io.jhot.supervisor.Effect.Level;
import io.jhot.text.HarmlessText;
import io.jhot.text.JsonWriter;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.function.BooleanSupplier;

/**
 * jhot's own lines on stderr. Each is one write(2), so that it does not mix with the app's lines,
 * and goes through a {@link LogQueue}, so that nobody waits for the reader. For any thread.
 */
public final class Journal {
  /** The text of a line, in bytes. With its prefix a pipe takes it in one piece (PIPE_BUF). */
  private static final int MAX_TEXT = 3_800;

  /** How long a reader may stand still before a longer text, or the end of jhot, goes on. */
  private static final long PATIENCE_MILLIS = 2_000;

  private final LogQueue queue;
  private final LogStyle style;
  private final Level least;
  private final BooleanSupplier colour;

  /**
   * @param out where lines go; stays open
   * @param style how they look
   * @param least the least level that is written
   * @param colour whether the prefix may be coloured; asked for each line
   */
  public Journal(OutputStream out, LogStyle style, Level least, BooleanSupplier colour) {
    queue = new LogQueue(out, this::lost);
    this.style = style;
    this.least = least;
    this.colour = colour;
  }

  /**
   * Writes one line.
   *
   * @param level how much it matters
   * @param text the line; control characters are made harmless
   */
  public void log(Level level, String text) {
    if (level.compareTo(least) >= 0) {
      queue.add(line(level, text));
    }
  }

  private byte[] line(Level level, String text) {
    String bounded = Excerpt.of(text, MAX_TEXT);
    String line = style == LogStyle.JSON ? json(level, bounded) : text(level, bounded);
    return (line + "\n").getBytes(StandardCharsets.UTF_8);
  }

  private byte[] lost(long lines) {
    return line(
        Level.WARN,
        lines
            + (lines == 1 ? " line of this log is" : " lines of this log are")
            + " lost: nobody read them, or they could not be written");
  }

  /** Waits until all is written, or nobody reads any more: before the process ends. */
  public void finish() {
    queue.finish(PATIENCE_MILLIS);
  }

  /**
   * Writes one line of a longer text that is not jhot's own, such as a thread dump: as it is, or as
   * an object of its own in JSON. It counts as a warning. Waits while the reader is slow: not for
   * the loop's thread.
   *
   * @param text the line; control characters are made harmless, but a tab stays one
   */
  public void quote(String text) {
    if (least == Level.ERROR) {
      return;
    }
    if (style == LogStyle.TEXT) {
      String bounded = Excerpt.of(text, MAX_TEXT);
      StringBuilder line = new StringBuilder(bounded.length() + 1);
      String[] columns = bounded.split("\t", -1);
      for (int i = 0; i < columns.length; i++) {
        line.append(i == 0 ? "" : "\t").append(HarmlessText.of(columns[i]));
      }
      queue.addWhenThereIsRoom(
          line.append('\n').toString().getBytes(StandardCharsets.UTF_8), PATIENCE_MILLIS);
    } else {
      queue.addWhenThereIsRoom(line(Level.WARN, text), PATIENCE_MILLIS);
    }
  }

  private String text(Level level, String text) {
    String prefix =
        colour.getAsBoolean()
            ? "\033["
                + (level == Level.DEBUG || level == Level.INFO ? "36" : "33")
                + "mjhot:\033[0m "
            : "jhot: ";
    String word = level == Level.INFO ? "" : word(level) + ": ";
    return prefix + word + HarmlessText.of(text);
  }

  private static String word(Level level) {
    return switch (level) {
      case DEBUG -> "debug";
      case INFO -> "info";
      case WARN -> "warning";
      case ERROR -> "error";
    };
  }

  private static String json(Level level, String text) {
    JsonWriter line = new JsonWriter(text.length() + 80).beginObject();
    line.name("time").value(Instant.now().toString());
    line.name("level").value(word(level));
    line.name("source").value("jhot");
    line.name("message").value(HarmlessText.of(text));
    return line.endObject().toString();
  }
}
