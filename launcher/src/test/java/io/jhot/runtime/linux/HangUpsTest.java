package io.jhot.runtime.linux;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;

import io.jhot.ffm.SignalFd;
import io.jhot.runtime.child.ProcessSeat;
import io.jhot.runtime.linux.HangUps.Meaning;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

class HangUpsTest {
  private static final int BY_KILL = 0; // SI_USER
  private static final int SESSION_MANAGER = 10;
  private static final int SHELL = 20;
  private static final int SCRIPT = 30;
  private static final int JHOT = 40;
  private static final int STRANGER = 50;
  private static final int TTY = 0x8801;

  private final Map<Integer, ProcessSeat> processes = new HashMap<>();

  private void process(int pid, int parent, int group, int session, int terminal) {
    processes.put(pid, new ProcessSeat(pid, parent, group, session, terminal, pid * 100L, false));
  }

  /** A shell that leads the session of a terminal, and jhot as a job of it. */
  private HangUps job() {
    process(SESSION_MANAGER, 1, SESSION_MANAGER, SESSION_MANAGER, 0);
    process(SHELL, SESSION_MANAGER, SHELL, SHELL, TTY);
    process(JHOT, SHELL, JHOT, SHELL, TTY);
    return new HangUps(JHOT, processes::get);
  }

  private void hangUp() {
    processes.replaceAll(
        (pid, p) ->
            new ProcessSeat(
                p.pid(), p.parent(), p.group(), p.session(), 0, p.startedAt(), p.ended()));
  }

  @Test
  void theKernelsIsAHangUpWithATerminalAndWithout() {
    assertEquals(Meaning.HANG_UP, job().of(SignalFd.FROM_KERNEL, 0, 1));
    hangUp();
    assertEquals(Meaning.HANG_UP, new HangUps(JHOT, processes::get).of(SignalFd.FROM_KERNEL, 0, 1));
  }

  @Test
  void aStrangersIsAReloadWhateverTheTerminal() {
    HangUps hangUps = job();
    process(STRANGER, SHELL, STRANGER, SHELL, TTY); // kill(1), typed into the same shell
    assertEquals(Meaning.RELOAD, hangUps.of(BY_KILL, STRANGER, 1));
    assertEquals(Meaning.RELOAD, hangUps.of(BY_KILL, 0, 1)); // of another pid namespace
    assertEquals(Meaning.RELOAD, hangUps.of(BY_KILL, SESSION_MANAGER, 1));
    hangUp();
    assertEquals(Meaning.RELOAD, hangUps.of(BY_KILL, STRANGER, 1));
    assertEquals(Long.MAX_VALUE, hangUps.deadline());
  }

  @Test
  void aShellsIsAHangUpWhenTheTerminalIsGone() {
    HangUps hangUps = job();
    hangUp();
    assertEquals(Meaning.HANG_UP, hangUps.of(BY_KILL, SHELL, 1));
    assertEquals(Long.MAX_VALUE, hangUps.deadline());
  }

  @Test
  void aShellsIsAHangUpWhenTheShellEndsThen() {
    for (boolean reaped : new boolean[] {true, false}) {
      HangUps hangUps = job();
      assertEquals(Meaning.LATER, hangUps.of(BY_KILL, SHELL, 1));
      assertEquals(1 + HangUps.FAREWELL, hangUps.deadline());
      ProcessSeat shell = processes.remove(SHELL);
      if (!reaped) {
        processes.put(
            SHELL,
            new ProcessSeat(SHELL, SESSION_MANAGER, SHELL, SHELL, TTY, shell.startedAt(), true));
      }
      assertEquals(Meaning.HANG_UP, hangUps.decide());
      assertEquals(Long.MAX_VALUE, hangUps.deadline());
    }
  }

  @Test
  void aShellThatEndedIsNotTakenForTheProcessThatGotItsNumber() {
    HangUps hangUps = job();
    assertEquals(Meaning.LATER, hangUps.of(BY_KILL, SHELL, 1));
    processes.put(SHELL, new ProcessSeat(SHELL, 1, SHELL, SHELL, TTY, 999_999, false));
    assertEquals(Meaning.HANG_UP, hangUps.decide());
  }

  @Test
  void aShellsIsAReloadWhenBothGoOn() {
    HangUps hangUps = job();
    assertEquals(Meaning.LATER, hangUps.of(BY_KILL, SHELL, 1));
    assertEquals(Meaning.LATER, hangUps.of(BY_KILL, SHELL, 500));
    assertEquals(1 + HangUps.FAREWELL, hangUps.deadline());
    assertEquals(Meaning.RELOAD, hangUps.decide());
  }

  @Test
  void aScriptWithoutJobControlAsksForAReloadAndMayEnd() {
    job();
    process(SCRIPT, SHELL, SCRIPT, SHELL, TTY);
    process(JHOT, SCRIPT, SCRIPT, SHELL, TTY);
    assertEquals(Meaning.RELOAD, new HangUps(JHOT, processes::get).of(BY_KILL, SCRIPT, 1));
  }

  @Test
  void theLeaderOfTheSessionIsKnownWhenJhotsParentHasEnded() {
    job();
    process(JHOT, 1, JHOT, SHELL, TTY);
    HangUps hangUps = new HangUps(JHOT, processes::get);
    hangUp();
    assertEquals(Meaning.HANG_UP, hangUps.of(BY_KILL, SHELL, 1));
  }

  @Test
  void behindSudoTheTerminalFurtherUpCounts() {
    process(SHELL, 1, SHELL, SHELL, TTY);
    process(SCRIPT, SHELL, SCRIPT, SHELL, TTY); // sudo
    process(STRANGER, SCRIPT, STRANGER, STRANGER, TTY + 1); // its monitor, on a terminal of its own
    process(JHOT, STRANGER, JHOT, STRANGER, TTY + 1);
    HangUps hangUps = new HangUps(JHOT, processes::get);
    assertEquals(Meaning.LATER, hangUps.of(BY_KILL, STRANGER, 1));
    process(SCRIPT, SHELL, SCRIPT, SHELL, 0);
    assertEquals(Meaning.HANG_UP, hangUps.decide());
  }

  @Test
  void withoutATerminalEveryKillIsAReload() {
    job();
    hangUp();
    assertEquals(Meaning.RELOAD, new HangUps(JHOT, processes::get).of(BY_KILL, SHELL, 1));
    assertEquals(Meaning.RELOAD, new HangUps(JHOT, pid -> null).of(BY_KILL, SHELL, 1));
  }

  @Test
  void processesAreLookedAtInProc() {
    ProcessSeat self = ProcessSeat.of((int) ProcessHandle.current().pid());
    assertNotNull(self);
    assertEquals(
        ProcessHandle.current().parent().map(ProcessHandle::pid).orElse(0L), self.parent());
    assertNull(ProcessSeat.of(Integer.MAX_VALUE));
  }
}
