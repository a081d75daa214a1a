package io.jhot.ffm;

import java.nio.charset.StandardCharsets;

/**
 * A file in memory. It has no name in the file system and ends with its last descriptor (man 2
 * memfd_create). Once sealed it can no longer be changed, not even by its creator.
 */
public final class MemoryFile {
  // Part of the kernel's ABI, but in no header that jextract reads. The number is that of x86-64.
  private static final int SYS_MEMFD_CREATE = 319;
  private static final int MFD_CLOEXEC = 1;
  private static final int MFD_ALLOW_SEALING = 2;
  private static final int F_ADD_SEALS = 1033;
  private static final int F_GET_SEALS = 1034;
  private static final int ALL_SEALS = 0xF; // SEAL, SHRINK, GROW, WRITE

  private MemoryFile() {}

  /**
   * Creates one, empty and close-on-exec; for the agent, which does not use {@link Fd}.
   *
   * @param name shows in /proc/PID/fd, at most 249 bytes of it
   * @return its number, owned by the caller
   * @throws ErrnoException EMFILE, ENFILE, ENOMEM
   */
  public static int create(String name) throws ErrnoException {
    byte[] text = name.getBytes(StandardCharsets.UTF_8);
    byte[] cut = text.length > 249 ? java.util.Arrays.copyOf(text, 249) : text;
    try (Frame frame = Frame.of(Frame.room(256))) {
      long address = frame.address(frame.reserveText(cut));
      int result =
          Libc.memfdCreate(frame, SYS_MEMFD_CREATE, address, MFD_CLOEXEC | MFD_ALLOW_SEALING);
      if (result < 0) {
        throw ErrnoException.of("make a file in memory", "memfd_create", result);
      }
      return result;
    }
  }

  /**
   * Seals one: neither its content nor its length can change any more.
   *
   * @throws ErrnoException EBUSY while it is mapped for writing
   */
  public static void seal(int file) throws ErrnoException {
    try (Frame frame = Frame.empty()) {
      int result = Libc.fcntl(frame, file, F_ADD_SEALS, ALL_SEALS);
      if (result < 0) {
        throw ErrnoException.of("seal a file in memory", "fcntl(F_ADD_SEALS)", result);
      }
    }
  }

  /** Whether the descriptor is a file in memory that can no longer change. */
  public static boolean isSealed(int file) {
    try (Frame frame = Frame.empty()) {
      int result = Libc.fcntl(frame, file, F_GET_SEALS, 0);
      return result >= 0 && (result & ALL_SEALS) == ALL_SEALS; // -EINVAL: not such a file
    }
  }
}
