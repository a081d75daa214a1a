package io.jhot.agent.patch;

import java.nio.charset.StandardCharsets;

/**
 * The constant pool of a class file, where it lies in the bytes (JVMS 4.4). Read-only; methods
 * throw IndexOutOfBoundsException when the bytes are cut off.
 */
final class ConstantPool {
  static final int UTF8 = 1;
  static final int CLASS = 7;
  static final int FIELD = 9;
  static final int METHOD = 10;
  static final int INTERFACE_METHOD = 11;
  static final int NAME_AND_TYPE = 12;

  /** How many entries there are, counting the one before the first as the format does. */
  final int count;

  /** The offset of what follows it. */
  final int end;

  private final byte[] bytes;
  private final int[] offsets;

  /**
   * Finds the entries.
   *
   * @throws IllegalArgumentException if that is no class file, or one of a future version
   */
  ConstantPool(byte[] classFile) {
    bytes = classFile;
    if (u2(0) != 0xCAFE || u2(2) != 0xBABE) {
      throw new IllegalArgumentException("not a class file");
    }
    count = u2(8);
    offsets = new int[count];
    int at = 10;
    for (int i = 1; i < count; i++) {
      offsets[i] = at;
      switch (u1(at)) {
        case UTF8 -> at += 3 + u2(at + 1);
        case 3, 4, FIELD, METHOD, INTERFACE_METHOD, NAME_AND_TYPE, 17, 18 -> at += 5;
        case 5, 6 -> {
          at += 9;
          i++; // a long or double takes two entries
        }
        case CLASS, 8, 16, 19, 20 -> at += 3;
        case 15 -> at += 4;
        default -> throw new IllegalArgumentException("constant pool tag " + u1(at) + " at " + at);
      }
    }
    end = at;
  }

  /** The tag of an entry; 0 for the second half of a long or double. */
  int tag(int index) {
    return offsets[index] == 0 ? 0 : u1(offsets[index]);
  }

  /** The index that an entry holds first, or second. */
  int reference(int index, int which) {
    return u2(offsets[index] + 1 + 2 * which);
  }

  /** The text of a Utf8 entry. */
  String utf8(int index) {
    int at = offsets[index];
    // modified UTF-8 differs from UTF-8 for NUL and beyond the BMP; no name that matters here does
    return new String(bytes, at + 3, u2(at + 1), StandardCharsets.UTF_8);
  }

  /** Whether that is the text of a Utf8 entry: a name that is ASCII, as those are which matter. */
  boolean isUtf8(int index, String name) {
    int at = offsets[index];
    int length = name.length();
    if (u2(at + 1) != length) {
      return false;
    }
    at += 3;
    for (int i = 0; i < length; i++) {
      if (bytes[at + i] != name.charAt(i)) {
        return false;
      }
    }
    return true;
  }

  /** The internal name in a Class entry. */
  String className(int index) {
    return utf8(reference(index, 0));
  }

  private int u1(int at) {
    return bytes[at] & 0xFF;
  }

  private int u2(int at) {
    return u1(at) << 8 | u1(at + 1);
  }
}
