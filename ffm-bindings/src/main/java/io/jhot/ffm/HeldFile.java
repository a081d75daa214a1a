package io.jhot.ffm;

import io.jhot.ffm.gen.Abi;
import org.jspecify.annotations.Nullable;

/**
 * Files and directories that are held by a lock of their open file description (man 2 flock). The
 * lock ends with the last descriptor, so with the process at the latest, and does not depend on the
 * path. It is advisory: it keeps out those who ask for it, as systemd-tmpfiles(8) does for
 * directories.
 */
public final class HeldFile {
  // Part of the kernel's ABI, but in no header that jextract reads. The number is that of x86-64.
  static final int SYS_FLOCK = 73;
  static final int LOCK_UN = 8;
  private static final int LOCK_SH = 1;
  private static final int LOCK_EX = 2;
  private static final int LOCK_NB = 4;

  private HeldFile() {}

  /**
   * Opens a file or directory for reading, close-on-exec, and locks it; never waits.
   *
   * @param path an existing one
   * @param exclusive true: fails while anyone holds it; false: fails only while it is held
   *     exclusively
   * @return the descriptor that holds it, owned by the caller; null if it is held already
   * @throws ErrnoException ENOENT, EACCES, EMFILE; ENOLCK, or ENOTSUP where the file system has no
   *     locks
   */
  public static @Nullable Fd open(String path, boolean exclusive) throws ErrnoException {
    byte[] name = OsText.bytes(path);
    try (Frame frame = Frame.of(Frame.room(name.length + 1))) {
      int file =
          Libc.open(frame, frame.address(frame.reserveText(name)), Abi.O_RDONLY | Abi.O_CLOEXEC);
      if (file < 0) {
        throw ErrnoException.of("lock " + path, "open", file);
      }
      Fd fd = Fd.owned(file);
      int result = Libc.flock(frame, SYS_FLOCK, file, (exclusive ? LOCK_EX : LOCK_SH) | LOCK_NB);
      if (result == 0) {
        return fd;
      }
      fd.close();
      if (result == -Errno.EAGAIN) {
        return null;
      }
      throw ErrnoException.of("lock " + path, "flock", result);
    }
  }
}
