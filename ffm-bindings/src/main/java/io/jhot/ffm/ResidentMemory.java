package io.jhot.ffm;

import io.jhot.ffm.gen.Abi;
import java.util.Arrays;

/**
 * Returns memory that can be read again from files: code and constants of the JVM, its libraries
 * and its AOT cache that the start needed and an idle jhot does not (man 2 madvise, MADV_DONTNEED).
 */
final class ResidentMemory {
  private static final byte[] IN_MEMORY = OsText.bytes("Rss:");
  private static final byte[] ANONYMOUS = OsText.bytes("Anonymous:"); // stands further down
  private static final byte[] SWAPPED = OsText.bytes("Swap:"); // and this one further still

  private static final int CHUNK = 4096; // what one read of smaps gives at most
  private static final int LONGEST_LINE = 4096 + 128; // a path, and what stands before it

  /** Start and end of each mapping, in turn. */
  private long[] ranges = new long[64];

  private int count;
  private long from;
  private long to;

  private ResidentMemory() {}

  /**
   * Drops the pages of all read-only file mappings and sleeps until there is something to read. The
   * pages stay in the page cache and are mapped again when touched. No Java runs between the two:
   * it would bring half of them back before the sleep.
   *
   * <p>Only read-only mappings without a private page, in memory or swapped out, are dropped: the
   * dynamic linker writes to some before it makes them read-only, and dropping those would lose its
   * writes.
   *
   * <p>Best effort: without /proc, or where a call is refused, more memory stays in use, or there
   * is no sleep, and nothing is reported. It reads some 100 KB of text: not for a hot path.
   *
   * @param descriptor what to sleep for
   * @param millis how long to sleep at most, or -1
   */
  static void releaseUntilReadable(int descriptor, int millis) {
    try {
      ResidentMemory memory = new ResidentMemory();
      memory.readMappings();
      memory.unmap(descriptor, millis);
    } catch (ErrnoException refused) {
      // as documented: /proc is unreadable
      return;
    }
  }

  private void readMappings() throws ErrnoException {
    byte[] path = OsText.bytes("/proc/self/smaps");
    try (Frame frame = Frame.of(Frame.room(path.length + 1) + CHUNK)) {
      long name = frame.address(frame.reserveText(path));
      int file = Libc.open(frame, name, Abi.O_RDONLY | Abi.O_CLOEXEC);
      if (file < 0) {
        throw ErrnoException.of("read /proc/self/smaps", "open", file);
      }
      try (Fd fd = Fd.owned(file)) {
        int chunk = frame.reserve(CHUNK);
        // one piece at a time: the heap is as small as the text is long
        byte[] text = new byte[LONGEST_LINE + CHUNK];
        int kept = 0;
        while (true) {
          int read = Libc.read(frame, fd.number(), frame.address(chunk), CHUNK);
          if (read <= 0) {
            return;
          }
          frame.memory().get(chunk, text, kept, read);
          int used = readLines(text, kept + read);
          kept += read - used;
          if (kept > LONGEST_LINE) {
            return; // not the format that we know
          }
          System.arraycopy(text, used, text, 0, kept);
        }
      }
    }
  }

  /** Reads the whole lines among the first {@code length} bytes; returns how long they are. */
  private int readLines(byte[] text, int length) {
    int line = 0;
    for (int end = 0; end < length; end++) {
      if (text[end] == '\n') {
        readLine(text, line, end);
        line = end + 1;
      }
    }
    return line;
  }

  private void readLine(byte[] maps, int line, int end) {
    byte first = maps[line];
    if (first >= '0' && first <= '9' || first >= 'a' && first <= 'f') {
      int dash = indexOf(maps, line, (byte) '-');
      int space = indexOf(maps, dash, (byte) ' ');
      boolean ours = isReadOnlyFile(maps, space, end);
      from = ours ? hexadecimal(maps, line, dash) : 0;
      to = ours ? hexadecimal(maps, dash + 1, space) : 0;
    } else if (from == to) {
      return;
    } else if (says(maps, line, ANONYMOUS) && !isZero(maps, end)
        || says(maps, line, IN_MEMORY) && isZero(maps, end)) {
      from = to;
    } else if (says(maps, line, SWAPPED)) {
      if (isZero(maps, end)) {
        add();
      }
      from = to;
    }
  }

  private void add() {
    if (count == ranges.length) {
      ranges = Arrays.copyOf(ranges, 2 * count);
    }
    ranges[count++] = from;
    ranges[count++] = to;
  }

  private void unmap(int descriptor, int millis) throws ErrnoException {
    ChildProgram program = new ChildProgram();
    int room =
        Frame.room(Abi.UCONTEXT_T_SIZE)
            + Frame.room(Abi.POLLFD_SIZE)
            + ChildProgram.room(count / 2 + 1);
    try (Frame frame = Frame.of(room)) {
      long back = frame.address(frame.reserve(Abi.UCONTEXT_T_SIZE));
      int entry = frame.reserve(Abi.POLLFD_SIZE);
      frame.memory().putInt(entry + Abi.POLLFD_FD, descriptor);
      frame.memory().putShort(entry + Abi.POLLFD_EVENTS, (short) Abi.POLLIN);
      for (int i = 0; i < count; i += 2) {
        program.call(Libc.MADVISE, ranges[i], ranges[i + 1] - ranges[i], Abi.MADV_DONTNEED);
      }
      program.call(Libc.POLL, frame.address(entry), 1, millis);
      int result = Libc.swapcontext(frame, back, program.layOut(frame, back));
      if (result < 0) {
        throw ErrnoException.of("leave Java for a moment", "swapcontext", result);
      }
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

  /** Whether the line has that key. */
  private static boolean says(byte[] maps, int line, byte[] key) {
    for (int i = 0; i < key.length; i++) {
      if (maps[line + i] != key[i]) {
        return false;
      }
    }
    return true;
  }

  /** Whether a line such as {@code Swap: 0 kB} says none. */
  private static boolean isZero(byte[] maps, int end) {
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
