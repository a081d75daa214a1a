package io.jhot.runtime.trial;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class BoundedLinesTest {
  private final List<String> lines = new ArrayList<>();

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  @Test
  void linesAreTheSameHoweverTheirBytesCome() throws IOException {
    byte[] text = bytes("one\n\ncaf\u00e9\nlast");
    for (int piece = 1; piece <= text.length; piece++) {
      lines.clear();
      BoundedLines bounded = new BoundedLines(lines::add);
      for (int i = 0; i < text.length; i += piece) {
        bounded.add(Arrays.copyOfRange(text, i, Math.min(text.length, i + piece)));
      }
      bounded.end();
      bounded.end();
      assertEquals(List.of("one", "", "caf\u00e9", "last"), lines);
    }
  }

  @Test
  void lineIsWholeUpToTheMostAndCutBeyond() throws IOException {
    int most = BoundedLines.MAX_LINE;
    BoundedLines bounded = new BoundedLines(lines::add);
    for (int length : new int[] {0, 1, most, most + 1, 1000 * most}) {
      bounded.add(bytes("x".repeat(length) + "\n"));
    }
    String full = "x".repeat(most);
    assertEquals(List.of("", "x", full, full + " ... (cut)", full + " ... (cut)"), lines);
  }

  @Test
  void textWithoutAnEndIsBrokenOff() throws IOException {
    BoundedLines bounded = new BoundedLines(lines::add, 10);
    bounded.add(bytes("12345\n"));
    bounded.add(bytes("1234"));
    IOException e = assertThrows(IOException.class, () -> bounded.add(bytes("5")));
    assertTrue(e.getMessage().contains("10 bytes"), e::getMessage);
    assertEquals(List.of("12345"), lines);
  }
}
