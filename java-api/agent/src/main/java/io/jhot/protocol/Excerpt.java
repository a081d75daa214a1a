package io.jhot.protocol;

import java.util.ArrayList;
import java.util.List;

/**
 * Text within bounds: whole where it fits, else its begin and how much is left out. Pure. What is
 * made of parts that somebody else chose goes through here where it is made, so that no message, no
 * line and no answer can be too large.
 */
public final class Excerpt {
  /** The longest "... (and N more characters)". */
  private static final int MAX_REST = 48;

  private Excerpt() {}

  /**
   * A text of at most so many bytes of UTF-8.
   *
   * @param text any text
   * @param mostBytes how many; at least 64
   * @return the text itself if it fits; else its begin, cut between characters, and how many follow
   */
  public static String of(String text, int mostBytes) {
    if (text.length() <= mostBytes / 3) {
      return text; // a char is at most three bytes
    }
    int bytes = 0;
    int kept = 0; // as many as fit beside the rest
    for (int at = 0; at < text.length(); ) {
      int point = text.codePointAt(at);
      bytes += point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
      if (bytes > mostBytes) {
        int left = text.codePointCount(kept, text.length());
        return text.substring(0, kept) + "... (and " + left + " more characters)";
      }
      at += Character.charCount(point);
      if (bytes <= mostBytes - MAX_REST) {
        kept = at;
      }
    }
    return text;
  }

  /**
   * Lines of which there are at most so many.
   *
   * @param lines any
   * @param most how many; at least 3
   * @param mostBytes how long each may be, in bytes of UTF-8; at least 64
   * @return the lines, each within its bound; of too many, the first and the last ones and between
   *     them how many are left out
   */
  public static List<String> lines(List<String> lines, int most, int mostBytes) {
    List<String> shown = new ArrayList<>(Math.min(lines.size(), most));
    int left = lines.size() <= most ? 0 : lines.size() - (most - 1);
    int before = left == 0 ? lines.size() : most / 2;
    for (int i = 0; i < lines.size(); i++) {
      if (i < before || i >= before + left) {
        shown.add(of(lines.get(i), mostBytes));
      } else if (i == before) {
        shown.add("... (" + left + " more lines)");
      }
    }
    return List.copyOf(shown);
  }
}
