package io.jhot.protocol;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class ExcerptTest {
  private static final int MAX = 100;

  private static int bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8).length;
  }

  @Test
  void whatFitsIsLeftAlone() {
    for (String character : new String[] {"x", "\u00e9", "\u20ac", "\ud83d\ude00"}) {
      for (int length : new int[] {0, 1, MAX / bytes(character)}) {
        String text = character.repeat(length);
        assertSame(text, Excerpt.of(text, MAX));
      }
    }
  }

  @Test
  void whatDoesNotIsCutBetweenCharactersAndSaysHowMuchFollows() {
    for (String character : new String[] {"x", "\u00e9", "\u20ac", "\ud83d\ude00"}) {
      for (int length : new int[] {MAX / bytes(character) + 1, 1000 * MAX}) {
        String text = character.repeat(length);
        String shown = Excerpt.of(text, MAX);
        assertTrue(bytes(shown) <= MAX, () -> bytes(shown) + " bytes: " + shown);
        int kept = shown.indexOf("... (and ");
        assertTrue(text.startsWith(shown.substring(0, kept)), shown);
        int left = length - shown.substring(0, kept).codePointCount(0, kept);
        assertEquals("... (and " + left + " more characters)", shown.substring(kept));
      }
    }
  }

  @Test
  void ofTooManyLinesTheFirstAndTheLastOnesAreShown() {
    for (int count : new int[] {0, 1, 9, 10}) {
      List<String> lines = lines(count);
      assertEquals(lines, Excerpt.lines(lines, 10, MAX));
    }
    assertEquals(
        List.of("0", "1", "2", "3", "4", "... (2 more lines)", "7", "8", "9", "10"),
        Excerpt.lines(lines(11), 10, MAX));
    List<String> shown = Excerpt.lines(lines(10_000), 10, MAX);
    assertEquals(10, shown.size());
    assertEquals("... (9991 more lines)", shown.get(5));
    assertEquals("9999", shown.get(9));
  }

  private static List<String> lines(int count) {
    return IntStream.range(0, count).mapToObj(Integer::toString).toList();
  }
}
