package io.jhot.ffm;

/** Socket options that are one {@code int} (man 2 getsockopt). */
final class IntSocketOptions {
  private IntSocketOptions() {}

  /**
   * The option's value, or {@code -errno}; none that we read is negative. Takes two slots of a
   * frame.
   */
  static int get(Frame frame, int socket, int level, int name) {
    int value = frame.reserve(4);
    int length = frame.reserve(4);
    frame.memory().putInt(length, 4);
    int result =
        Libc.getsockopt(frame, socket, level, name, frame.address(value), frame.address(length));
    return result < 0 ? result : frame.memory().getInt(value);
  }

  /** Returns 0 or {@code -errno}. Takes one slot of a frame. */
  static int set(Frame frame, int socket, int level, int name, int value) {
    int room = frame.reserve(4);
    frame.memory().putInt(room, value);
    return Libc.setsockopt(frame, socket, level, name, frame.address(room), 4);
  }
}
