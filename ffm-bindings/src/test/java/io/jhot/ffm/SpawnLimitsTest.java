package io.jhot.ffm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.jhot.ffm.gen.Abi;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * What a program that runs into its limits is told; each in a JVM of its own, as a user who has
 * limits.
 */
@ExtendWith(LeavesNothingBehind.class)
class SpawnLimitsTest {
  /** Lowers a limit of its own and prints what starting a program says then, in both modes. */
  static final class Limited {
    public static void main(String[] arguments) throws Exception {
      // Whatever this needs is loaded before the limit is there.
      Eventually.ended(Spawn.start(Requests.program("/bin/true").done(), Spawn.Mode.CLONE_VM));
      Eventually.ended(Spawn.start(Requests.program("/bin/true").done(), Spawn.Mode.FORK));
      try {
        Spawn.start(Requests.program("/no/such/program").done(), Spawn.Mode.CLONE_VM);
      } catch (SpawnException expected) {
        System.out.println(new ErrnoException("warm up", expected.step(), Errno.EMFILE).errno());
      }
      Eventually.ended(
          Spawn.start(
              Requests.program("/usr/bin/prlimit")
                  .arguments("--pid", Integer.toString(Own.pid()), arguments[0])
                  .descriptor(0, Fd.lent(0))
                  .done(),
              Spawn.Mode.CLONE_VM));
      int before = lowestFree();
      for (Spawn.Mode mode : Spawn.Mode.values()) {
        try {
          Eventually.ended(Spawn.start(Requests.program("/bin/true").done(), mode));
          System.out.println(mode + ": started");
        } catch (SpawnException failed) {
          System.out.println(mode + ": " + failed.step() + ": " + failed.getMessage());
        }
      }
      System.out.println("leaked: " + (lowestFree() - before));
    }

    /** Asked without opening anything, which may not be possible any more. */
    private static int lowestFree() {
      try (Frame frame = Frame.empty()) {
        int number = 0;
        while (Libc.fcntl(frame, number, Abi.F_GETFD, 0) >= 0) {
          number++;
        }
        return number;
      }
    }
  }

  private static String run(String limit) throws Exception {
    List<String> command = new ArrayList<>();
    if (Own.uid() == 0) { // whose processes are not limited
      command.addAll(
          List.of("/usr/bin/setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"));
    }
    command.addAll(Fixture.java(Limited.class, limit));
    return Fixture.output(command.toArray(new String[0]));
  }

  @Test
  void tooManyProcessesAreOneClearError() throws Exception {
    assumeTrue(Files.isExecutable(Path.of("/usr/bin/setpriv")));
    assertEquals(
        """
        CLONE_VM: clone: start /bin/true: clone: EAGAIN (Resource temporarily unavailable): \
        too many processes: see ulimit -u, and pids.max of the cgroup
        FORK: fork: start /bin/true: fork: EAGAIN (Resource temporarily unavailable): \
        too many processes: see ulimit -u, and pids.max of the cgroup
        leaked: 0
        """,
        run("--nproc=1:1").substring("24\n".length()));
  }

  @Test
  void tooManyDescriptorsAreOneClearError() throws Exception {
    assumeTrue(Files.isExecutable(Path.of("/usr/bin/setpriv")));
    String said = run("--nofile=4:4");
    String expected =
        "socketpair: start /bin/true: open a pair of sockets: socketpair: EMFILE (Too many open"
            + " files): raise the limit of open descriptors (ulimit -n)\n";
    assertEquals(
        "CLONE_VM: " + expected + "FORK: " + expected + "leaked: 0\n",
        said.substring("24\n".length()));
  }
}
