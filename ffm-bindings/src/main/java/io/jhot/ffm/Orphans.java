package io.jhot.ffm;

import io.jhot.ffm.gen.Abi;
import java.io.File;
import java.util.function.IntPredicate;

/**
 * Zombies that jhot did not start: they became its children because it is PID 1, or a subreaper,
 * and their own parents ended (man 2 prctl, PR_SET_CHILD_SUBREAPER).
 */
public final class Orphans {
  private Orphans() {}

  /**
   * Reaps every zombie that is not an own child; own children are left to their {@link PidFd}.
   * Never waits.
   *
   * <p>{@code waitid(P_ALL)} reports the same zombie until it is reaped: an own one would hide the
   * orphans behind it. So that call only answers whether there is any zombie; the children are read
   * from the lists that the kernel keeps for each thread. A pid cannot be reused between the two,
   * since only this process can reap it.
   *
   * <p>Call it on the thread that starts children: a child that was just started, and that {@code
   * isOwnChild} does not know yet, would be reaped.
   *
   * @param isOwnChild whether a pid is that of a child that this process started and reaps itself
   * @return how many were reaped
   * @throws ErrnoException what waitid says
   */
  public static int reap(IntPredicate isOwnChild) throws ErrnoException {
    int reaped = 0;
    try (Frame frame = Frame.of(Abi.SIGINFO_T_SIZE)) {
      int info = frame.reserve(Abi.SIGINFO_T_SIZE);
      while (true) {
        int pid = wait(frame, info, Abi.P_ALL, 0, Abi.WNOWAIT);
        if (pid == 0) {
          return reaped;
        }
        if (isOwnChild.test(pid)) {
          return reaped + reapBehind(frame, info, isOwnChild);
        }
        reaped += wait(frame, info, Abi.P_PID, pid, 0) == 0 ? 0 : 1;
      }
    }
  }

  private static int reapBehind(Frame frame, int info, IntPredicate isOwnChild)
      throws ErrnoException {
    int reaped = 0;
    String[] threads = new File("/proc/self/task").list();
    if (threads == null) {
      throw new ErrnoException("find orphans", "open /proc/self/task", Errno.ENOENT);
    }
    for (String thread : threads) {
      byte[] children = Proc.read("/proc/self/task/" + thread + "/children");
      int pid = 0;
      for (int i = 0; children != null && i < children.length; i++) {
        if (children[i] != ' ') {
          pid = pid * 10 + children[i] - '0';
        } else if (pid != 0) {
          if (!isOwnChild.test(pid) && wait(frame, info, Abi.P_PID, pid, 0) != 0) {
            reaped++;
          }
          pid = 0;
        }
      }
    }
    return reaped;
  }

  /** The pid of a zombie that {@code waitid} found, and reaped unless told not to; 0 for none. */
  private static int wait(Frame frame, int info, int type, int id, int option)
      throws ErrnoException {
    frame.memory().putInt(info + Abi.SIGINFO_T__SIFIELDS__SIGCHLD_SI_PID, 0);
    int result =
        Libc.waitid(frame, type, id, frame.address(info), Abi.WEXITED | Abi.WNOHANG | option);
    if (result == -Errno.ECHILD) {
      return 0;
    }
    if (result < 0) {
      throw ErrnoException.of("reap orphans", "waitid", result);
    }
    return PidFd.pid(frame, info);
  }
}
