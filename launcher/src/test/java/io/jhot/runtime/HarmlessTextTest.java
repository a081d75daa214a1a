package io.jhot.runtime;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.jhot.config.ExecOptions.LogStyle;
import io.jhot.supervisor.Effect.Level;
import io.jhot.text.HarmlessText;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class HarmlessTextTest {
  private static String log(LogStyle style, String text, boolean quoted) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    Journal journal =
        new Journal(
            new PrintStream(out, true, StandardCharsets.UTF_8), style, Level.INFO, () -> false);
    if (quoted) {
      journal.quote(text);
    } else {
      journal.log(Level.INFO, text);
    }
    journal.finish();
    return out.toString(StandardCharsets.UTF_8);
  }

  @Test
  void whatTurnsHidesOrActsIsShownAsAQuestionMark() {
    int[] harmful = {
      0x00, 0x1B, 0x7F, 0x85, 0x9B, // control
      0x061C, 0x200E, 0x200F, 0x202A, 0x202E, 0x2066, 0x2067, 0x2068, 0x2069, // direction
      0x200B, 0x200C, 0x200D, 0x2060, 0x2064, 0xFEFF, 0x00AD, 0x180E, // without width
      0x2028, 0x2029, 0x206A, 0x206F, 0xFFF9, 0xE0001, 0xE0041, 0x1D173, // lines, tags, notes
      0x034F, 0x115F, 0x3164, 0xFFA0, 0x17B5, 0xD800, 0xDCE9
    };
    for (int point : harmful) {
      String hex = Integer.toHexString(point);
      String text = "a" + Character.toString(point) + "b";
      assertEquals("a?b", HarmlessText.of(text), hex);
      assertEquals("jhot: a?b\n", log(LogStyle.TEXT, text, false), hex);
      assertEquals("a?b\n", log(LogStyle.TEXT, text, true), hex);
      assertTrue(log(LogStyle.JSON, text, false).contains("\"a?b\""), hex);
    }
  }

  @Test
  void whatIsToBeReadStaysAsItIs() {
    String text = "caf\u00e9 \u05e9\u05dc\u05d5\u05dd \u4f60\u597d \ud83d\ude00 ~ \u00a0";
    assertEquals(text, HarmlessText.of(text));
    assertEquals(text + "\n", log(LogStyle.TEXT, text, true));
    assertEquals("a b c d", HarmlessText.of("a\tb\nc\rd"));
    assertEquals("\tat x\n", log(LogStyle.TEXT, "\tat x", true));
  }
}
