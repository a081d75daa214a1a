package io.jhot.protocol;

/** Text within bounds: whole where it fits, else its begin and how much is left out. Pure. */
public final class Excerpt {
  /** The longest "... (and N more characters)". */
  private static final int MOST_REST = 48;

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
      if (bytes <= mostBytes - MOST_REST) {
        kept = at;
      }
    }
    return text;
  }
}
