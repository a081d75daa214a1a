package io.jhot.ffm;

import io.jhot.ffm.gen.Abi;

/** Attributes of this process (man 2 prctl). */
public final class Prctl {
  private static final int MAX_NAME_BYTES = 15; // TASK_COMM_LEN without its zero

  private Prctl() {}

  /**
   * Makes this process the parent of descendants whose parents end, as PID 1 always is. Children do
   * not inherit it. Reap them: see {@link Orphans}.
   *
   * @throws ErrnoException never since Linux 3.4
   */
  public static void becomeSubreaper() throws ErrnoException {
    try (Frame frame = Frame.empty()) {
      int result = Libc.prctl(frame, Abi.PR_SET_CHILD_SUBREAPER, 1);
      if (result < 0) {
        throw ErrnoException.of("adopt orphans", "prctl", result);
      }
    }
  }

  /**
   * Names this process for ps, top and killall. PR_SET_NAME would name the calling thread, which in
   * a JVM is not the one that gives the process its name; {@code /proc/self/comm} is (man 5 proc).
   *
   * @param name the name; cut to 15 bytes
   * @throws ErrnoException when /proc is missing or not writable
   */
  public static void setName(String name) throws ErrnoException {
    byte[] path = OsText.bytes("/proc/self/comm");
    byte[] bytes = OsText.bytes(name);
    try (Frame frame = Frame.of(Frame.room(path.length + 1) + Frame.room(bytes.length + 1))) {
      int result =
          Libc.open(frame, frame.address(frame.reserveText(path)), Abi.O_WRONLY | Abi.O_CLOEXEC);
      if (result < 0) {
        throw ErrnoException.of("name this process " + name, "open /proc/self/comm", result);
      }
      try (Fd file = Fd.owned(result)) {
        result =
            Libc.write(
                frame,
                file.number(),
                frame.address(frame.reserveText(bytes)),
                Math.min(bytes.length, MAX_NAME_BYTES));
        if (result < 0) {
          throw ErrnoException.of("name this process " + name, "write", result);
        }
      }
    }
  }
}
