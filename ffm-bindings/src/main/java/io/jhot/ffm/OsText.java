package io.jhot.ffm;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;

/**
 * Text as Linux has it, bytes without a zero: paths, arguments and environments.
 *
 * <p>The bytes are read as UTF-8, whatever the locale. A byte that is not part of valid UTF-8
 * becomes a lone surrogate U+DC80 to U+DCFF and is restored from it (as PEP 383 has it). So any
 * bytes survive the round trip: an argument that jhot reads from {@code /proc/self/cmdline} by
 * {@link #of} reaches the app unchanged.
 */
public final class OsText {
  private static final char ESCAPE = '\udc00';

  private OsText() {}

  /**
   * The bytes of a text.
   *
   * @param text the text
   * @return its bytes in UTF-8, without a zero at the end
   * @throws IllegalArgumentException when it has a NUL, or a surrogate that stands for no such byte
   */
  public static byte[] bytes(String text) {
    byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);
    // a loop over bytes: each charAt would be several calls, and jhot is interpreted
    for (int i = 0; i < bytes.length; i++) {
      if (bytes[i] <= 0 || bytes[i] == '?' && text.charAt(i) != '?') {
        return encode(text); // a NUL, or a character beyond ASCII
      }
    }
    return bytes;
  }

  private static byte[] encode(String text) {
    ByteArrayOutputStream out = new ByteArrayOutputStream(text.length() * 2);
    for (int i = 0; i < text.length(); ) {
      int point = text.codePointAt(i);
      i += Character.charCount(point);
      if (point == 0) {
        throw new IllegalArgumentException("a NUL in \"" + text.replace('\0', ' ') + "\"");
      } else if (point < 0x80) {
        out.write(point);
      } else if (point < 0x800) {
        out.write(0xc0 | point >> 6);
        out.write(0x80 | point & 0x3f);
      } else if (point >= ESCAPE + 0x80 && point <= ESCAPE + 0xff) {
        out.write(point - ESCAPE);
      } else if (point >= Character.MIN_SURROGATE && point <= Character.MAX_SURROGATE) {
        throw new IllegalArgumentException("half a character in \"" + text + "\"");
      } else if (point < 0x10000) {
        out.write(0xe0 | point >> 12);
        out.write(0x80 | point >> 6 & 0x3f);
        out.write(0x80 | point & 0x3f);
      } else {
        out.write(0xf0 | point >> 18);
        out.write(0x80 | point >> 12 & 0x3f);
        out.write(0x80 | point >> 6 & 0x3f);
        out.write(0x80 | point & 0x3f);
      }
    }
    return out.toByteArray();
  }

  /**
   * The text of some bytes.
   *
   * @param bytes where they are
   * @param from the index of the first
   * @param to the index after the last
   * @return the text from which {@link #bytes} makes the same bytes again
   */
  public static String of(byte[] bytes, int from, int to) {
    int ascii = from;
    while (ascii < to && bytes[ascii] >= 0) {
      ascii++;
    }
    if (ascii == to) {
      return new String(bytes, from, to - from, StandardCharsets.ISO_8859_1);
    }
    StringBuilder text = new StringBuilder(to - from);
    for (int i = from; i < to; ) {
      int length = sequence(bytes, i, to);
      if (length == 0) {
        text.append((char) (ESCAPE + (bytes[i] & 0xff)));
        i++;
      } else {
        text.append(new String(bytes, i, length, StandardCharsets.UTF_8));
        i += length;
      }
    }
    return text.toString();
  }

  /**
   * How many bytes the well-formed UTF-8 character at {@code i} has; 0 when there is none (RFC
   * 3629).
   */
  private static int sequence(byte[] bytes, int i, int to) {
    int first = bytes[i] & 0xff;
    int length = first < 0x80 ? 1 : first < 0xc2 ? 0 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
    if (first > 0xf4 || length > to - i) {
      return 0;
    }
    for (int k = 1; k < length; k++) {
      if ((bytes[i + k] & 0xc0) != 0x80) {
        return 0;
      }
    }
    if (length > 2) {
      int second = bytes[i + 1] & 0xff;
      boolean overlong = first == 0xe0 && second < 0xa0 || first == 0xf0 && second < 0x90;
      boolean surrogate = first == 0xed && second > 0x9f;
      boolean beyond = first == 0xf4 && second > 0x8f;
      if (overlong || surrogate || beyond) {
        return 0;
      }
    }
    return length;
  }
}
