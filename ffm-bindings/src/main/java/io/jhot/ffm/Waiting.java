package io.jhot.ffm;

import io.jhot.ffm.gen.Abi;

/**
 * Waits for one descriptor, with a deadline (man 2 poll). For many descriptors, and in a loop, use
 * {@link Poller}.
 */
final class Waiting {
  private Waiting() {}

  /**
   * Waits for one of {@code events}, an error or a hang-up.
   *
   * @param deadline by {@link System#nanoTime}
   * @return false when the deadline came first
   */
  static boolean until(int descriptor, int events, long deadline) throws ErrnoException {
    try (Frame frame = Frame.of(Abi.POLLFD_SIZE)) {
      int entry = frame.reserve(Abi.POLLFD_SIZE);
      frame.memory().putInt(entry + Abi.POLLFD_FD, descriptor);
      frame.memory().putShort(entry + Abi.POLLFD_EVENTS, (short) events);
      while (true) {
        long left = deadline - System.nanoTime();
        int millis = left <= 0 ? 0 : (int) Math.min(Integer.MAX_VALUE, left / 1_000_000 + 1);
        int result = Libc.poll(frame, frame.address(entry), 1, millis);
        if (result >= 0) {
          return result > 0;
        }
        if (result != -Errno.EINTR) {
          throw ErrnoException.of("wait for descriptor " + descriptor, "poll", result);
        }
      }
    }
  }
}
