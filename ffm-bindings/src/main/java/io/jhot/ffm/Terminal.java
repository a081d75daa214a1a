package io.jhot.ffm;

/**
 * A terminal and its foreground process group, which reads from it and gets Ctrl-C (man 3
 * tcsetpgrp).
 */
public final class Terminal {
  private Terminal() {}

  /**
   * Whether a descriptor is a terminal's (man 3 isatty).
   *
   * @param fd any descriptor
   * @return whether it is
   */
  public static boolean isTerminal(Fd fd) {
    try (Frame frame = Frame.empty()) {
      return Libc.isatty(frame, fd.number()) == 1;
    }
  }

  /**
   * The process group in the foreground.
   *
   * @param fd the controlling terminal of this process
   * @return its id; that of no living group when the terminal has none in the foreground
   * @throws ErrnoException ENOTTY when it is not our controlling terminal
   */
  public static int foregroundGroup(Fd fd) throws ErrnoException {
    try (Frame frame = Frame.empty()) {
      int result = Libc.tcgetpgrp(frame, fd.number());
      if (result < 0) {
        throw ErrnoException.of("find the foreground group", "tcgetpgrp", result);
      }
      return result;
    }
  }

  /**
   * Puts a process group into the foreground. A background process that does so must block or
   * ignore TTOU; otherwise it is stopped instead.
   *
   * @param fd the controlling terminal of this process
   * @param pgid a process group of this session
   * @throws ErrnoException ENOTTY, EPERM when the group is another session's, ESRCH when it is gone
   */
  public static void setForegroundGroup(Fd fd, int pgid) throws ErrnoException {
    try (Frame frame = Frame.empty()) {
      int result = Libc.tcsetpgrp(frame, fd.number(), pgid);
      if (result < 0) {
        throw ErrnoException.of(
            "put process group " + pgid + " into the foreground", "tcsetpgrp", result);
      }
    }
  }
}
