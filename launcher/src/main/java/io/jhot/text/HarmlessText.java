package io.jhot.text;

/**
 * Removes from a text what acts instead of being read: control characters, which a terminal obeys;
 * marks that change the direction of writing, which can make one line look like another; and
 * characters without width, which can make different names look alike.
 */
public final class HarmlessText {
  private HarmlessText() {}

  /**
   * The text without them.
   *
   * @param text from anywhere
   * @return the same with each of them as {@code ?}; tabs and line ends become blanks
   */
  public static String of(String text) {
    StringBuilder shown = null;
    for (int i = 0; i < text.length(); ) {
      int point = text.codePointAt(i);
      boolean acts = acts(point);
      if (acts && shown == null) {
        shown = new StringBuilder(text.length()).append(text, 0, i);
      }
      if (shown != null) {
        if (acts) {
          shown.append(point == '\t' || point == '\n' || point == '\r' ? ' ' : '?');
        } else {
          shown.appendCodePoint(point);
        }
      }
      i += Character.charCount(point);
    }
    return shown == null ? text : shown.toString();
  }

  /**
   * Whether a character acts or is invisible.
   *
   * @param point a code point; half of a surrogate pair stands for no character at all
   */
  public static boolean acts(int point) {
    if (point < 0x7F) {
      return point < 0x20; // nearly all text, and without the tables of Character
    }
    return switch (Character.getType(point)) {
      case Character.CONTROL,
          Character.FORMAT, // of direction, joiners, the byte order mark, tags, and the like
          Character.LINE_SEPARATOR,
          Character.PARAGRAPH_SEPARATOR,
          Character.SURROGATE ->
          true;
      default -> isFiller(point);
    };
  }

  /** Letters and marks that have no shape (Default_Ignorable_Code_Point of Unicode). */
  private static boolean isFiller(int point) {
    return point == 0x034F // combining grapheme joiner
        || point == 0x115F // Hangul fillers
        || point == 0x1160
        || point == 0x3164
        || point == 0xFFA0
        || point == 0x17B4 // Khmer inherent vowels
        || point == 0x17B5
        || point >= 0x180B && point <= 0x180F // Mongolian selectors
        || point == 0x2065;
  }
}
