package io.jhot.runtime;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.jhot.config.ExecOptions.LogStyle;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class JournalTest {
  /** PIPE_BUF, man 7 pipe: what one write(2) does not split where another process writes too. */
  private static final int PIPE_BUF = 4096;

  private final ByteArrayOutputStream out = new ByteArrayOutputStream();

  private String logged(LogStyle style, String text) {
    out.reset();
    Journal journal = new Journal(out, style, () -> true);
    journal.log(Journal.Level.WARNING, text);
    journal.quote(text);
    journal.finish();
    return out.toString(StandardCharsets.UTF_8);
  }

  @Test
  void aLineFitsIntoAPipeInOnePieceHoweverLongItsTextIs() {
    for (int length : new int[] {0, 1, 3_800, 3_801, 3_800_000}) {
      for (LogStyle style : new LogStyle[] {LogStyle.TEXT, LogStyle.JSON}) {
        String log = logged(style, "x".repeat(length));
        assertEquals(2, log.lines().count());
        log.lines().forEach(line -> assertTrue(line.length() < PIPE_BUF, line));
        assertEquals(length > 3_800, log.contains(" more characters)"), log);
      }
    }
  }

  @Test
  void whatIsQuietSaysNothingOfAnotherTextEither() {
    assertEquals("", logged(LogStyle.QUIET, "text"));
    assertEquals("", logged(LogStyle.QUIET_JSON, "text"));
  }
}
