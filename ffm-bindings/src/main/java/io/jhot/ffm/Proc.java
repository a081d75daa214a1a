package io.jhot.ffm;

import io.jhot.ffm.gen.Abi;
import org.jspecify.annotations.Nullable;

/** Files of {@code /proc} (man 5 proc): read whole, in as few calls as the kernel allows. */
final class Proc {
  private static final int CHUNK = 32 * 1024;

  private Proc() {}

  /**
   * The bytes of a file of {@code /proc}.
   *
   * @param path the file
   * @return its bytes; null if the file or its process does not exist
   */
  static byte @Nullable [] read(String path) throws ErrnoException {
    byte[] name = OsText.bytes(path);
    try (Frame frame = Frame.of(Frame.room(name.length + 1) + CHUNK)) {
      int file =
          Libc.open(frame, frame.address(frame.reserveText(name)), Abi.O_RDONLY | Abi.O_CLOEXEC);
      if (file == -Errno.ENOENT || file == -Errno.ESRCH) {
        return null;
      }
      if (file < 0) {
        throw ErrnoException.of("read " + path, "open", file);
      }
      try (Fd fd = Fd.owned(file)) {
        int chunk = frame.reserve(CHUNK);
        byte[] bytes = new byte[0];
        while (true) {
          int count = Libc.read(frame, fd.number(), frame.address(chunk), CHUNK);
          if (count == -Errno.ESRCH) {
            return null;
          }
          if (count < 0) {
            throw ErrnoException.of("read " + path, "read", count);
          }
          if (count == 0) {
            return bytes;
          }
          byte[] longer = new byte[bytes.length + count];
          System.arraycopy(bytes, 0, longer, 0, bytes.length);
          frame.memory().get(chunk, longer, bytes.length, count);
          bytes = longer;
        }
      }
    }
  }
}
