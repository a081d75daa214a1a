package io.jhot.ffm;

import io.jhot.ffm.gen.Abi;
import org.jspecify.annotations.Nullable;

/**
 * A process, by a handle that stays its own: a pid is reused after the process has ended, a pidfd
 * is not (man 2 pidfd_open). Readable for a {@link Poller} when the process has ended.
 *
 * <p>One thread at a time may use it.
 */
public final class PidFd implements AutoCloseable {
  private final Fd fd;
  private @Nullable ExitStatus reaped;

  /** Takes ownership of {@code fd}. */
  PidFd(Fd fd) {
    this.fd = fd;
  }

  /**
   * Opens the pidfd of a process, close-on-exec. If the pid is not a child's, it may already belong
   * to another process.
   *
   * @param pid of a process, not of a thread
   * @return the pidfd's owner
   * @throws ErrnoException ESRCH when there is no such process, EMFILE
   */
  public static PidFd open(int pid) throws ErrnoException {
    try (Frame frame = Frame.empty()) {
      int result = Libc.pidfdOpen(frame, pid);
      if (result < 0) {
        throw ErrnoException.of("watch process " + pid, "pidfd_open", result);
      }
      return new PidFd(Fd.owned(result));
    }
  }

  /**
   * The descriptor, for a {@link Poller}: readable when the process has ended.
   *
   * @return the descriptor, owned by this object
   */
  public Fd fd() {
    return fd;
  }

  /**
   * Duplicates a descriptor of the process into this one, close-on-exec (man 2 pidfd_getfd, since
   * Linux 5.6). It needs the permission to trace the process, as ptrace(2) does: a parent of the
   * same user has it by default, but Docker's seccomp profile refuses the call without
   * CAP_SYS_PTRACE.
   *
   * @param number the descriptor's number there
   * @return the duplicate, owned
   * @throws ErrnoException EPERM, ENOSYS; EBADF when there is no such descriptor; ESRCH when the
   *     process is gone; EMFILE
   */
  public Fd fetch(int number) throws ErrnoException {
    try (Frame frame = Frame.empty()) {
      int result = Libc.pidfdGetfd(frame, fd.number(), number);
      if (result < 0) {
        // EBADF is no bug here: the process may have closed it
        throw new ErrnoException(
            "fetch descriptor " + number + " of another process", "pidfd_getfd", -result);
      }
      return Fd.owned(result);
    }
  }

  /**
   * Sends a signal to this very process (man 2 pidfd_send_signal).
   *
   * @param signal what to send
   * @return false when the process is gone; a zombie takes signals without effect
   * @throws ErrnoException EPERM
   */
  public boolean signal(Signal signal) throws ErrnoException {
    try (Frame frame = Frame.empty()) {
      int result = Libc.pidfdSendSignal(frame, fd.number(), signal.number());
      if (result == -Errno.ESRCH) {
        return false;
      }
      if (result < 0) {
        throw ErrnoException.of("send " + signal.name(), "pidfd_send_signal", result);
      }
      return true;
    }
  }

  /**
   * Reaps a child that has ended, which frees its pid; never waits (man 2 waitid, P_PIDFD). Later
   * calls return the same status.
   *
   * @return how it ended; null while it runs
   * @throws ErrnoException ECHILD when it is not a child of this process, or was reaped elsewhere
   */
  public @Nullable ExitStatus reap() throws ErrnoException {
    if (reaped == null) {
      try (Frame frame = Frame.of(Abi.SIGINFO_T_SIZE)) {
        int info = frame.reserve(Abi.SIGINFO_T_SIZE);
        int result =
            Libc.waitid(
                frame, Abi.P_PIDFD, fd.number(), frame.address(info), Abi.WEXITED | Abi.WNOHANG);
        if (result < 0) {
          throw ErrnoException.of("reap a child", "waitid", result);
        }
        if (pid(frame, info) != 0) {
          int code = frame.memory().getInt(info + Abi.SIGINFO_T_SI_CODE);
          reaped =
              new ExitStatus(code != Abi.CLD_EXITED, status(frame, info), code == Abi.CLD_DUMPED);
        }
      }
    }
    return reaped;
  }

  /**
   * Reports that a child was stopped, each stop once; never waits (man 2 waitid, WSTOPPED).
   *
   * @return the signal that stopped it; null when it was not stopped since, or has ended
   * @throws ErrnoException EINVAL before Linux 5.4
   */
  public @Nullable Signal stopped() throws ErrnoException {
    try (Frame frame = Frame.of(Abi.SIGINFO_T_SIZE)) {
      int info = frame.reserve(Abi.SIGINFO_T_SIZE);
      int result =
          Libc.waitid(
              frame, Abi.P_PIDFD, fd.number(), frame.address(info), Abi.WSTOPPED | Abi.WNOHANG);
      if (result == -Errno.ECHILD) {
        return null;
      }
      if (result < 0) {
        throw ErrnoException.of("ask whether a child was stopped", "waitid", result);
      }
      return pid(frame, info) == 0 ? null : Signal.of(status(frame, info));
    }
  }

  /** The pid that {@code waitid} reported; 0 for none. */
  static int pid(Frame frame, int info) {
    return frame.memory().getInt(info + Abi.SIGINFO_T__SIFIELDS__SIGCHLD_SI_PID);
  }

  private static int status(Frame frame, int info) {
    return frame.memory().getInt(info + Abi.SIGINFO_T__SIFIELDS__SIGCHLD_SI_STATUS);
  }

  /** Closes the descriptor; a child that was not reaped stays a zombie when it ends. */
  @Override
  public void close() {
    fd.close();
  }
}
