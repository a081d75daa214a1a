package io.jhot.runtime.child;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.jhot.ffm.Own;
import io.jhot.ffm.PidFd;
import java.io.BufferedReader;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntFunction;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class NotifySenderTest {
  private static final int STRANGER = 4_242_424;

  private final List<ProcessHandle> ended = new ArrayList<>();
  private PidFd pidFd;

  /** A generation whose first process runs this, and the pid that it prints. */
  private int start(String... command) throws IOException {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    ended.add(process.toHandle());
    BufferedReader out = process.inputReader();
    pidFd = PidFd.open((int) process.pid());
    child = new Child(1, (int) process.pid(), pidFd);
    int pid = Integer.parseInt(out.readLine());
    ProcessHandle.of(pid).ifPresent(ended::add);
    return pid;
  }

  private Child child;

  @AfterEach
  void end() {
    ended.forEach(ProcessHandle::destroyForcibly);
    if (pidFd != null) {
      pidFd.close();
    }
  }

  @Test
  void processesOfTheGenerationSpeakForItWhoeverTheyRunAs() throws Exception {
    int descendant = start("sh", "-c", "(sleep 100 & echo $!; wait) & wait");
    for (int uid : new int[] {Own.uid(), 0, STRANGER}) { // as behind gosu
      assertTrue(NotifySender.speaksFor(child, child.pid, uid));
      assertTrue(NotifySender.speaksFor(child, descendant, uid));
    }
  }

  @Test
  void childWhoseParentHasEndedIsKnownByItsGroup() throws Exception {
    int orphan = start("setsid", "sh", "-c", "(sleep 100 & echo $!); exec sleep 100");
    assertEquals(child.pid, ProcessFacts.processGroup(orphan));
    assertTrue(NotifySender.speaksFor(child, orphan, STRANGER));
  }

  @Test
  void childThatHasEndedAndWaitsForItsParentIsLookedAt() throws Exception {
    int zombie =
        start("perl", "-e", "$| = 1; my $p = fork; exit if !$p; print \"$p\\n\"; sleep 100");
    assertTrue(NotifySender.speaksFor(child, zombie, STRANGER));
  }

  @Test
  void childThatIsReapedWhileItIsLookedAtIsTakenForOneThatIsGone() throws Exception {
    int pid = start("sh", "-c", "echo $$; exec sleep 100");
    int sender = pid + 1;
    int parentThatEnded = pid + 2;
    for (int looks : new int[] {0, 1}) {
      int[] left = {looks};
      IntFunction<ProcessSeat> seats =
          one ->
              one == sender && left[0]-- > 0
                  ? new ProcessSeat(one, parentThatEnded, 1, 1, 0, 1, false)
                  : null;
      assertTrue(NotifySender.speaksFor(child, sender, Own.uid(), seats), looks + " looks");
    }
  }

  @Test
  void processesOfNobodysAreStrangersThoughTheyAreOfTheSameUser() throws Exception {
    start("sh", "-c", "echo $$; exec sleep 100");
    Process other = new ProcessBuilder("sleep", "100").start();
    ended.add(other.toHandle());
    for (int uid : new int[] {Own.uid(), 0, STRANGER}) {
      assertFalse(NotifySender.speaksFor(child, (int) other.pid(), uid));
      assertFalse(NotifySender.speaksFor(child, Own.pid(), uid));
      assertFalse(NotifySender.speaksFor(child, 1, uid));
      assertFalse(NotifySender.speaksFor(child, 0, uid), "outside of our pid namespace");
    }
  }

  @Test
  void whoIsGoneIsBelievedByItsUserAlone() throws Exception {
    start("sh", "-c", "echo $$; exec sleep 100");
    Process gone = new ProcessBuilder("true").start();
    gone.waitFor();
    int pid = (int) gone.pid();
    assertTrue(NotifySender.speaksFor(child, pid, Own.uid()));
    assertTrue(NotifySender.speaksFor(child, pid, 0));
    assertFalse(NotifySender.speaksFor(child, pid, STRANGER));
  }
}
