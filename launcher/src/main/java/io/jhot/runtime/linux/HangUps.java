package io.jhot.runtime.linux;

import io.jhot.ffm.SignalFd;
import io.jhot.runtime.child.ProcessSeat;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;

/**
 * Distinguishes a SIGHUP that asks for a reload from one that means that the terminal is gone, by
 * its sender (siginfo, man 2 sigaction):
 *
 * <ul>
 *   <li>{@code SI_KERNEL}: the kernel, to the foreground of a terminal whose session has ended. A
 *       hang-up.
 *   <li>{@code SI_USER} from a shell that has jhot as a job: a hang-up when the terminal is gone,
 *       or the shell itself a moment later, for a shell says so to its jobs as it ends. Else it was
 *       the shell's own {@code kill}, which looks just the same, and means a reload.
 *   <li>From anybody else: a reload. So is any where jhot was started without a terminal.
 * </ul>
 *
 * <p>For the loop's thread. docs/decisions/0063-hang-ups.md has the cases.
 */
final class HangUps {
  /** How long a shell may take to end after it has signalled its jobs, in milliseconds. */
  static final long FAREWELL = 1_000;

  private static final int MAX_ANCESTORS = 32;

  /** What a SIGHUP means. */
  enum Meaning {
    /** Somebody asks for a reload. */
    RELOAD,
    /** The terminal is gone. */
    HANG_UP,
    /** Not known before {@link #deadline}. */
    LATER
  }

  private final IntFunction<ProcessSeat> look;

  /** Those above jhot that had a terminal at the start, its parent first; none without one. */
  private final List<ProcessSeat> above = new ArrayList<>();

  /** jhot itself at the start; null: not known. */
  private final ProcessSeat own;

  /** The shell whose HUP is not understood yet; null: there is none. */
  private @Nullable ProcessSeat asked;

  private long deadline = Long.MAX_VALUE;

  /**
   * Looks who is above jhot.
   *
   * @param self jhot's pid
   * @param look how processes are looked at; null for one that is gone or cannot be seen
   */
  HangUps(int self, IntFunction<ProcessSeat> look) {
    this.look = look;
    own = look.apply(self);
    if (own == null || own.terminal() == 0) {
      return;
    }
    ProcessSeat next = look.apply(own.parent());
    while (next != null && next.terminal() != 0 && above.size() < MAX_ANCESTORS) {
      above.add(next);
      next = look.apply(next.parent());
    }
    ProcessSeat leader = own.session() == self ? null : look.apply(own.session());
    if (leader != null && leader.terminal() != 0 && !above.contains(leader)) {
      above.add(leader); // whose child, jhot's parent, has ended already
    }
  }

  /**
   * What a HUP means that has come now.
   *
   * @param code how it was sent
   * @param sender who sent it
   * @param now for the deadline, in milliseconds
   */
  Meaning of(int code, int sender, long now) {
    if (code == SignalFd.FROM_KERNEL) {
      return Meaning.HANG_UP;
    }
    ProcessSeat shell = jobShell(sender);
    if (shell == null) {
      return Meaning.RELOAD;
    }
    if (isTerminalGone()) {
      return Meaning.HANG_UP;
    }
    asked = shell;
    deadline = Math.min(deadline, now + FAREWELL);
    return Meaning.LATER;
  }

  /** When {@link #decide} is to be asked; {@link Long#MAX_VALUE}: there is nothing to decide. */
  long deadline() {
    return deadline;
  }

  /** What the HUP meant that was not understood at once. */
  Meaning decide() {
    ProcessSeat before = Objects.requireNonNull(asked); // there is something to decide
    ProcessSeat shell = look.apply(before.pid());
    boolean ended = shell == null || shell.startedAt() != before.startedAt() || shell.ended();
    asked = null;
    deadline = Long.MAX_VALUE;
    return ended || isTerminalGone() ? Meaning.HANG_UP : Meaning.RELOAD;
  }

  /** The sender, if it is a shell with job control that jhot is a job of. */
  private @Nullable ProcessSeat jobShell(int sender) {
    for (ProcessSeat one : above) {
      // without job control a shell's children are in its own group, and it says no farewell
      if (one.pid() == sender && one.group() != own.group()) {
        return one;
      }
    }
    return null;
  }

  /** Behind sudo or su it may be one further up that had it. */
  private boolean isTerminalGone() {
    if (hasLost(own)) {
      return true;
    }
    for (ProcessSeat one : above) {
      if (hasLost(one)) {
        return true;
      }
    }
    return false;
  }

  private boolean hasLost(ProcessSeat then) {
    ProcessSeat now = look.apply(then.pid());
    return now != null && now.startedAt() == then.startedAt() && now.terminal() == 0;
  }
}
