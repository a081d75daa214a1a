package io.jhot.runtime.linux;

import io.jhot.ffm.Errno;
import io.jhot.ffm.ErrnoException;
import io.jhot.ffm.Fd;
import io.jhot.ffm.Own;
import io.jhot.ffm.Signal;
import io.jhot.ffm.SignalAction;
import io.jhot.ffm.Terminal;
import io.jhot.runtime.child.Child;
import java.io.IOException;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Passes the terminal that jhot was started on between jhot and its children, each of which is a
 * process group of its own. A child gets it only while jhot is in the foreground, and jhot takes it
 * back when that child ends or stops. Does nothing without a terminal, or when it is gone.
 */
final class JobControl {
  /** Null: jhot's input is no terminal of its session, or no longer. */
  private @Nullable Fd terminal;

  JobControl() throws IOException {
    Fd stdin = Fd.lent(0);
    terminal = Terminal.isTerminal(stdin) ? stdin : null;
    if (terminal != null && foreground() >= 0) {
      // The JDK asks not to be told of children that stop, once: when the environment is first
      // read.
      System.getenv("TERM");
      SignalAction.restoreDefault(Signal.CHLD);
    }
  }

  /**
   * A child that reads the terminal from the background is stopped by the kernel. It gets the
   * terminal, as long as jhot is in the foreground itself; one that was stopped by Ctrl-Z while it
   * had the terminal takes jhot along, so that the shell sees its job stop.
   *
   * @return whether jhot is to stop too
   */
  boolean followStop(Child child) throws IOException {
    Signal stopped = child.exited ? null : child.process.stopped();
    if (stopped == null || terminal == null) {
      return false;
    }
    int foreground = foreground();
    if ((stopped == Signal.TTIN || stopped == Signal.TTOU) && foreground == Own.processGroup()) {
      give(child.pid);
      child.process.signal(Signal.CONT);
    } else if (stopped == Signal.TSTP && foreground == child.pid) {
      give(Own.processGroup());
      return true;
    }
    return false;
  }

  /** The child has ended: the terminal does not stay with it. */
  void takeBack(Child child) throws IOException {
    if (terminal != null && foreground() == child.pid) {
      give(Own.processGroup());
    }
  }

  /** The group that has the terminal; -1: there is no terminal any more. */
  private int foreground() throws ErrnoException {
    try {
      return Terminal.foregroundGroup(Objects.requireNonNull(terminal));
    } catch (ErrnoException e) {
      lose(e);
      return -1;
    }
  }

  private void give(int group) throws ErrnoException {
    try {
      Terminal.setForegroundGroup(Objects.requireNonNull(terminal), group);
    } catch (ErrnoException e) {
      if (e.errno() != Errno.ESRCH && e.errno() != Errno.EPERM) { // that group has just ended
        lose(e);
      }
    }
  }

  /** It has hung up (EIO), or is no longer, or never was, the terminal of jhot's session. */
  private void lose(ErrnoException why) throws ErrnoException {
    if (why.errno() != Errno.EIO && why.errno() != Errno.ENOTTY && why.errno() != Errno.ENXIO) {
      throw why;
    }
    terminal = null;
  }
}
