package io.jhot.runtime;

import io.jhot.ffm.Fd;
import io.jhot.ffm.Own;
import io.jhot.ffm.Signal;
import io.jhot.ffm.SignalAction;
import io.jhot.ffm.Terminal;
import java.io.IOException;

/**
 * Who has the terminal that jhot was started at: jhot or a child, each of which is a process group
 * of its own. The terminal is given to a child only while jhot has it, and is jhot's again when
 * that child ends or stops. Without a terminal nothing is done.
 */
final class JobControl {
  /** Null: jhot's input is no terminal. */
  private final Fd terminal;

  JobControl() throws IOException {
    Fd stdin = Fd.lent(0);
    terminal = Terminal.isTerminal(stdin) ? stdin : null;
    if (terminal != null) {
      SignalAction.restoreDefault(Signal.CHLD); // the JVM asks not to be told of children that stop
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
    int foreground = Terminal.foregroundGroup(terminal);
    if ((stopped == Signal.TTIN || stopped == Signal.TTOU) && foreground == Own.processGroup()) {
      Terminal.setForegroundGroup(terminal, child.pid);
      child.process.signal(Signal.CONT);
    } else if (stopped == Signal.TSTP && foreground == child.pid) {
      Terminal.setForegroundGroup(terminal, Own.processGroup());
      return true;
    }
    return false;
  }

  /** The child has ended: the terminal does not stay with it. */
  void takeBack(Child child) throws IOException {
    if (terminal != null && Terminal.foregroundGroup(terminal) == child.pid) {
      Terminal.setForegroundGroup(terminal, Own.processGroup());
    }
  }
}
