package io.jhot.runtime;

import io.jhot.config.ExecOptions.LogStyle;
import io.jhot.protocol.Excerpt;
import io.jhot.text.HarmlessText;
import io.jhot.text.JsonWriter;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.function.BooleanSupplier;

/**
 * jhot's own lines. They go to stderr, one write(2) each, so that they do not mix with the app's,
 * and by a {@link LogQueue}, so that nobody waits for who reads them. For any thread.
 */
public final class Journal {
  /** How much a line matters. */
  public enum Level {
    /** The course of things; silent with {@code --quiet}. */
    INFO("info"),
    /** Something works less well than it could; silent with {@code --quiet}. */
    WARNING("warning"),
    /** Something failed. */
    ERROR("error");

    private final String word;

    Level(String word) {
      this.word = word;
    }
  }

  /** The text of a line, in bytes. With its prefix a pipe takes it in one piece (PIPE_BUF). */
  private static final int MAX_TEXT = 3_800;

  /** How long a reader may stand still before a longer text, or the end of jhot, goes on. */
  private static final long PATIENCE_MILLIS = 2_000;

  private final LogQueue queue;
  private final LogStyle style;
  private final BooleanSupplier colour;

  /**
   * @param out where lines go; stays open
   * @param style how they look
   * @param colour whether the prefix may be coloured; asked for each line
   */
  public Journal(OutputStream out, LogStyle style, BooleanSupplier colour) {
    queue = new LogQueue(out, this::lost);
    this.style = style;
    this.colour = colour;
  }

  /**
   * Writes one line.
   *
   * @param level how much it matters
   * @param text the line; control characters are made harmless
   */
  public void log(Level level, String text) {
    boolean quiet = style == LogStyle.QUIET || style == LogStyle.QUIET_JSON;
    if (quiet && level != Level.ERROR) {
      return;
    }
    queue.add(line(level, text));
  }

  private byte[] line(Level level, String text) {
    boolean json = style == LogStyle.JSON || style == LogStyle.QUIET_JSON;
    String bounded = Excerpt.of(text, MAX_TEXT);
    String line = json ? json(level, bounded) : text(level, bounded);
    return (line + "\n").getBytes(StandardCharsets.UTF_8);
  }

  private byte[] lost(long lines) {
    return line(
        Level.WARNING,
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
   * an object of its own in JSON. Silent with {@code --quiet}. Waits while the reader is slow: not
   * for the loop's thread.
   *
   * @param text the line; control characters are made harmless, but a tab stays one
   */
  public void quote(String text) {
    if (style == LogStyle.TEXT) {
      String bounded = Excerpt.of(text, MAX_TEXT);
      StringBuilder line = new StringBuilder(bounded.length() + 1);
      String[] columns = bounded.split("\t", -1);
      for (int i = 0; i < columns.length; i++) {
        line.append(i == 0 ? "" : "\t").append(HarmlessText.of(columns[i]));
      }
      queue.addWhenThereIsRoom(
          line.append('\n').toString().getBytes(StandardCharsets.UTF_8), PATIENCE_MILLIS);
    } else if (style == LogStyle.JSON) {
      queue.addWhenThereIsRoom(line(Level.WARNING, text), PATIENCE_MILLIS);
    }
  }

  private String text(Level level, String text) {
    String prefix =
        colour.getAsBoolean()
            ? "\033[" + (level == Level.INFO ? "36" : "33") + "mjhot:\033[0m "
            : "jhot: ";
    String word = level == Level.INFO ? "" : level.word + ": ";
    return prefix + word + HarmlessText.of(text);
  }

  private static String json(Level level, String text) {
    JsonWriter line = new JsonWriter(text.length() + 80).beginObject();
    line.name("time").value(Instant.now().toString());
    line.name("level").value(level.word);
    line.name("source").value("jhot");
    line.name("message").value(HarmlessText.of(text));
    return line.endObject().toString();
  }
}
