package io.jhot.ffm;

import io.jhot.ffm.gen.Abi;

/**
 * Gives memory back that can be had again from a file: the code and constants of the JVM, of its
 * libraries and of its AOT cache that start-up needed and an idle jhot does not (man 2 madvise,
 * MADV_DONTNEED).
 */
public final class ResidentMemory {
  private static final byte[] ANONYMOUS = OsText.bytes("Anonymous:");
  private static final byte[] SWAPPED = OsText.bytes("Swap:"); // stands further down

  private ResidentMemory() {}

  /**
   * Unmaps the pages of all read-only file mappings. They stay in the page cache, and those that
   * are needed are mapped again when touched.
   *
   * <p>Only mappings that nobody may write to are touched, and of these only such as have no
   * private page, in memory or swapped out: the dynamic linker writes to some before it makes them
   * read-only, and dropping those pages would lose what it wrote.
   *
   * <p>Best effort: where /proc is not mounted or a call is refused, there is only more memory in
   * use, and nothing is reported. It reads some 100 KB of text: not for a hot path.
   */
  public static void release() {
    try (Frame frame = Frame.empty()) {
      byte[] maps = Proc.read("/proc/self/smaps");
      long from = 0;
      long to = 0;
      boolean noneInMemory = false;
      for (int line = 0; maps != null && line < maps.length; ) {
        int end = line;
        while (maps[end] != '\n') {
          end++;
        }
        byte first = maps[line];
        if (first >= '0' && first <= '9' || first >= 'a' && first <= 'f') {
          int dash = indexOf(maps, line, (byte) '-');
          int space = indexOf(maps, dash, (byte) ' ');
          boolean ours = isReadOnlyFile(maps, space, end);
          from = ours ? hexadecimal(maps, line, dash) : 0;
          to = ours ? hexadecimal(maps, dash + 1, space) : 0;
          noneInMemory = false;
        } else if (isZero(maps, line, end, ANONYMOUS)) {
          noneInMemory = true;
        } else if (from != to && noneInMemory && isZero(maps, line, end, SWAPPED)) {
          Libc.madvise(frame, from, to - from, Abi.MADV_DONTNEED);
        }
        line = end + 1;
      }
    } catch (ErrnoException refused) {
      // As documented: /proc is closed to us.
      return;
    }
  }

  /** A mapping's line: {@code 7f0c1000-7f0c2000 r-xp 00000000 fe:00 1234 /lib/libc.so.6}. */
  private static boolean isReadOnlyFile(byte[] maps, int space, int end) {
    int path = space;
    while (path < end && maps[path] != '/') {
      path++;
    }
    // An anonymous mapping has no path, and the kernel's [vdso] none that begins with a slash.
    return maps[space + 1] == 'r' && maps[space + 2] == '-' && path < end && maps[path - 1] == ' ';
  }

  /** A line below it: {@code Swap: 0 kB}, for the key {@code Swap:}. */
  private static boolean isZero(byte[] maps, int line, int end, byte[] key) {
    for (int i = 0; i < key.length; i++) {
      if (maps[line + i] != key[i]) {
        return false;
      }
    }
    return maps[end - 4] == '0' && maps[end - 5] == ' ';
  }

  private static int indexOf(byte[] text, int from, byte wanted) {
    int at = from;
    while (text[at] != wanted) {
      at++;
    }
    return at;
  }

  private static long hexadecimal(byte[] text, int from, int to) {
    long value = 0;
    for (int i = from; i < to; i++) {
      value = value << 4 | Character.digit(text[i], 16);
    }
    return value;
  }
}
