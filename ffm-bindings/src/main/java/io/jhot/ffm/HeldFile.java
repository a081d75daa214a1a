package io.jhot.ffm;

import io.jhot.ffm.gen.Abi;

/**
 * Files and folders held by a lock of their open description (man 2 flock): it goes with the last
 * descriptor, so with the process at the latest, and stands whatever becomes of the path. Others
 * are kept out only as far as they ask for it, as systemd-tmpfiles(8) does with folders.
 */
public final class HeldFile {
  // The kernel's ABI; jextract reads no header that has them. The number is x86-64's.
  static final int SYS_FLOCK = 73;
  static final int LOCK_UN = 8;
  private static final int LOCK_SH = 1;
  private static final int LOCK_EX = 2;
  private static final int LOCK_NB = 4;

  private HeldFile() {}

  /**
   * Opens a file or folder for reading, close-on-exec, and locks it; never waits.
   *
   * @param path an existing one
   * @param exclusive whether others that hold it keep this out, shared or not; else only those do
   *     that hold it exclusively
   * @return the descriptor that holds it, owned by the caller; null when another one does
   * @throws ErrnoException ENOENT, EACCES, EMFILE; ENOLCK, or ENOTSUP where the file system has no
   *     locks
   */
  public static Fd open(String path, boolean exclusive) throws ErrnoException {
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
