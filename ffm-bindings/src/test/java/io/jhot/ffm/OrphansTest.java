package io.jhot.ffm;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(LeavesNothingBehind.class)
class OrphansTest {
  @BeforeEach
  void orphansBecomeOurs() throws IOException {
    Prctl.becomeSubreaper();
  }

  private static void awaitZombie(int pid) throws IOException {
    Eventually.holds(
        "zombie " + pid,
        () -> {
          byte[] stat = Proc.read("/proc/" + pid + "/stat");
          return stat != null && new String(stat).contains(") Z " + Own.pid() + " ");
        });
  }

  /** Starts a program that leaves orphans; returns their pids when all are our zombies. */
  private static List<Integer> orphans(int count) throws IOException {
    Pipe pipe = Pipe.open();
    Spawn.Child parent;
    try (Fd write = pipe.write()) {
      parent =
          Spawn.start(
              Requests.program(Fixture.compiled("orphan").toString())
                  .arguments(Integer.toString(count))
                  .descriptor(1, write)
                  .done(),
              Spawn.Mode.CLONE_VM);
    }
    List<Integer> pids = new ArrayList<>();
    try (Fd read = pipe.read()) {
      Bytes.readAll(read).lines().forEach(line -> pids.add(Integer.valueOf(line)));
    }
    assertEquals(0, Eventually.ended(parent).code());
    assertEquals(count, pids.size());
    for (int pid : pids) {
      awaitZombie(pid);
    }
    return pids;
  }

  @Test
  void withoutChildrenNothingIsReaped() throws IOException {
    assertEquals(0, Orphans.reap(pid -> false));
  }

  @Test
  void allOrphansAreReapedAtOnce() throws IOException {
    orphans(20);
    assertEquals(20, Orphans.reap(pid -> false));
    assertEquals(0, Orphans.reap(pid -> false));
  }

  @Test
  void ownZombiesInFrontHideNoOrphans() throws IOException {
    List<Spawn.Child> own = new ArrayList<>();
    Set<Integer> ownPids = new HashSet<>();
    for (int i = 0; i < 3; i++) {
      Spawn.Child child =
          Spawn.start(
              Requests.program("/bin/sh").arguments("-c", "exit " + i).done(), Spawn.Mode.CLONE_VM);
      own.add(child);
      ownPids.add(child.pid());
      awaitZombie(child.pid());
    }
    orphans(5);
    assertEquals(5, Orphans.reap(ownPids::contains));
    assertEquals(0, Orphans.reap(ownPids::contains));
    for (int i = 0; i < 3; i++) {
      assertEquals(new ExitStatus(false, i, false), Eventually.ended(own.get(i)));
    }
  }

  @Test
  void livingChildrenAreLeftAlone() throws IOException {
    Spawn.Child living =
        Spawn.start(Requests.program("/bin/sleep").arguments("1000").done(), Spawn.Mode.CLONE_VM);
    orphans(2);
    assertEquals(2, Orphans.reap(pid -> pid == living.pid()));
    assertEquals(0, Orphans.reap(pid -> false), "a living child is no zombie");
    living.pidFd().signal(Signal.KILL);
    assertEquals(137, Eventually.ended(living).code());
  }
}
