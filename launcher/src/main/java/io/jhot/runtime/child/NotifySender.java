package io.jhot.runtime.child;

import io.jhot.ffm.Own;
import java.util.function.IntFunction;

/**
 * Decides whether a sender on a generation's {@code NOTIFY_SOCKET} may speak for it. Each
 * generation has a socket with an unguessable name, which is in the environment of its processes
 * (and in {@code /proc/net/unix}); the kernel tells who the sender is.
 *
 * <ul>
 *   <li>A sender that exists, even as a zombie, must belong to the generation: be one of its known
 *       processes, a descendant of one, or in its process group, as is an orphaned child.
 *   <li>Of a sender that is gone only its user is known. A short-lived child of a script, such as
 *       {@code systemd-notify}, may be gone before jhot reads: it is believed if its user is
 *       jhot's, the app's, or root. Newer versions of systemd-notify wait until jhot has read.
 *   <li>A sender outside of jhot's pid namespace belongs to no generation.
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
      if (seat == null && ancestor == pid) { // gone, perhaps just now
        return uid == Own.uid() || uid == 0 || uid == ProcessFacts.effectiveUser(child.appPid());
      }
      if (ancestor == child.pid
          || ancestor == child.appPid()
          || seat != null && seat.group() == child.pid) {
        return true;
      }
      // its parent has just ended: look again, it has another one by now
      ancestor = seat == null ? pid : seat.parent();
    }
    return false;
  }
}
