package io.jhot.ffm;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;

/** Reads and writes descriptors. */
final class Bytes {
  private Bytes() {}

  static int write(Fd fd, byte[] bytes) throws IOException {
    try (Frame frame = Frame.of(bytes.length)) {
      int start = frame.reserve(bytes.length);
      frame.memory().put(start, bytes);
      int result = Libc.write(frame, fd.number(), frame.address(start), bytes.length);
      if (result < 0) {
        throw new ErrnoException("write", "write", -result);
      }
      return result;
    }
  }

  static void write(Fd fd, String text) throws IOException {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    if (write(fd, bytes) != bytes.length) {
      throw new IOException("short write");
    }
  }

  /** At most {@code most} bytes; null for EAGAIN. */
  static byte[] read(Fd fd, int most) throws IOException {
    try (Frame frame = Frame.of(most)) {
      int start = frame.reserve(most);
      int result = Libc.read(frame, fd.number(), frame.address(start), most);
      if (result == -Errno.EAGAIN) {
        return null;
      }
      if (result < 0) {
        throw new ErrnoException("read", "read", -result);
      }
      return frame.bytes(start, result);
    }
  }

  /** All until the end of the stream. */
  static String readAll(Fd fd) throws IOException {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    while (true) {
      byte[] bytes = read(fd, 8192);
      if (bytes.length == 0) {
        return all.toString(StandardCharsets.UTF_8);
      }
      all.writeBytes(bytes);
    }
  }
}
