package io.jhot.runtime;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.jhot.config.ExecOptions.LogStyle;
import io.jhot.supervisor.Effect.Level;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

class JournalTest {
  /** PIPE_BUF, man 7 pipe: what one write(2) does not split where another process writes too. */
  private static final int PIPE_BUF = 4096;

  private final ByteArrayOutputStream out = new ByteArrayOutputStream();

  private String logged(LogStyle style, Level least, String text) {
    out.reset();
    Journal journal = new Journal(out, style, least, () -> true);
    journal.log(Level.WARN, text);
    journal.quote(text);
    journal.finish();
    return out.toString(StandardCharsets.UTF_8);
  }

  @Test
  void aLineFitsIntoAPipeInOnePieceHoweverLongItsTextIs() {
    for (int length : new int[] {0, 1, 3_800, 3_801, 3_800_000}) {
      for (LogStyle style : new LogStyle[] {LogStyle.TEXT, LogStyle.JSON}) {
        String log = logged(style, Level.INFO, "x".repeat(length));
        assertEquals(2, log.lines().count());
        log.lines().forEach(line -> assertTrue(line.length() < PIPE_BUF, line));
        assertEquals(length > 3_800, log.contains(" more characters)"), log);
      }
    }
  }

  @Test
  void whatIsQuietSaysNothingOfAnotherTextEither() {
    assertEquals("", logged(LogStyle.TEXT, Level.ERROR, "text"));
    assertEquals("", logged(LogStyle.JSON, Level.ERROR, "text"));
  }

  @Test
  void aLevelIsWrittenFromTheLeastOnAndSaidInItsLine() {
    for (Level least : Level.values()) {
      out.reset();
      Journal journal = new Journal(out, LogStyle.TEXT, least, () -> false);
      for (Level level : Level.values()) {
        journal.log(level, "text");
      }
      journal.finish();
      List<String> all =
          List.of("jhot: debug: text", "jhot: text", "jhot: warning: text", "jhot: error: text");
      assertEquals(
          all.subList(least.ordinal(), all.size()),
          out.toString(StandardCharsets.UTF_8).lines().toList());
    }
  }

  @Test
  void jsonNamesTheLevel() {
    Journal journal = new Journal(out, LogStyle.JSON, Level.DEBUG, () -> false);
    journal.log(Level.DEBUG, "text");
    journal.finish();
    String line = out.toString(StandardCharsets.UTF_8);
    assertTrue(line.contains("\"level\":\"debug\""), line);
  }
}
