package io.jhot.runtime.child;

import io.jhot.ffm.Own;
import java.util.function.IntFunction;

/**
 * Whether who writes to a generation's {@code NOTIFY_SOCKET} may speak for it. The socket has a
 * name of its own in each generation, which cannot be guessed and stands in the environment of all
 * that the generation starts (and in {@code /proc/net/unix} for who looks for it); the kernel says
 * who the sender is.
 *
 * <ul>
 *   <li>A sender that is there, or has ended and was not reaped yet, must be of the generation: one
 *       of its known processes, a descendant of one, or in the process group that jhot made for it,
 *       as is a child whose parent has ended.
 *   <li>Of a sender that is gone nothing is left to look at but its user. The child of a script, as
 *       {@code systemd-notify} is, may be gone before jhot reads: such a one is believed if it was
 *       of jhot's user, of the app's, or root. Newer ones of systemd wait until jhot has read.
 *   <li>A sender outside of jhot's pid namespace is of no generation.
 * </ul>
 */
final class NotifySender {
  /** More ancestors than any process has; parents cannot form a ring, but they change meanwhile. */
  private static final int MAX_ANCESTORS = 1_000;

  private NotifySender() {}

  /**
   * Decides.
   *
   * @param child the generation
   * @param pid the sender, as the kernel says; 0 outside of our pid namespace
   * @param uid its user
   */
  static boolean speaksFor(Child child, int pid, int uid) {
    return speaksFor(child, pid, uid, ProcessSeat::of);
  }

  /** As it is seen by {@code seats}, which returns null for a process that is gone. */
  static boolean speaksFor(Child child, int pid, int uid, IntFunction<ProcessSeat> seats) {
    if (pid <= 0) {
      return false;
    }
    int own = Own.pid();
    int ancestor = pid;
    for (int i = 0; i < MAX_ANCESTORS && ancestor > 1 && ancestor != own; i++) {
      ProcessSeat seat = seats.apply(ancestor);
      if (seat == null && ancestor == pid) { // gone, perhaps since we began to look
        return uid == Own.uid() || uid == 0 || uid == ProcessFacts.effectiveUser(child.appPid());
      }
      if (ancestor == child.pid
          || ancestor == child.appPid()
          || seat != null && seat.group() == child.pid) {
        return true;
      }
      // a parent that has ended meanwhile: its children have another one by now
      ancestor = seat == null ? pid : seat.parent();
    }
    return false;
  }
}
