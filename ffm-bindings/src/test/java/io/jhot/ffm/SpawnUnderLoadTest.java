package io.jhot.ffm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * What hangs a child that returns into the JVM: allocation and safepoints all the time. Of children
 * made by fork(2) that go on in Java, every third one hangs under this load.
 */
@Tag("slow")
@ExtendWith(LeavesNothingBehind.class)
class SpawnUnderLoadTest {
  private static final int CHILDREN = 2_000;

  /** A JVM of its own, small as jhot's: fork(2) copies its tables, the collector then its pages. */
  static final class Loaded {
    /** Leaves some of two processors to the children. */
    private static final long BREATH = TimeUnit.MILLISECONDS.toNanos(1);

    private static volatile boolean loading = true;
    private static volatile List<byte[]> garbage = List.of();
    private static volatile int collections;

    public static void main(String[] arguments) throws Exception {
      Thread allocating = new Thread(Loaded::allocate);
      Thread collecting = new Thread(Loaded::collect);
      allocating.start();
      collecting.start();
      Spawn.Request request =
          Requests.program("/bin/true").pidVariables("OWN").parentDeathSignal(Signal.KILL).done();
      int[] again = {0};
      Spawn.Fault counting =
          (program, step, attempt) -> {
            if (attempt > 1) {
              again[0]++;
            }
          };
      int ended = 0;
      for (int i = 0; i < CHILDREN; i++) {
        Spawn.Child child =
            Spawn.start(request, Spawn.Mode.valueOf(arguments[0]), counting, 5_000, 5_000);
        if (Eventually.ended(child).code() == 0) {
          ended++;
        }
      }
      loading = false;
      allocating.join();
      collecting.join();
      System.out.println(ended + " " + again[0] + " " + collections + " " + garbage.size());
    }

    private static void allocate() {
      while (loading) {
        List<byte[]> next = new ArrayList<>();
        for (int i = 0; i < 500; i++) {
          next.add(new byte[4096]);
        }
        garbage = next;
        LockSupport.parkNanos(BREATH);
      }
    }

    private static void collect() {
      while (loading) {
        System.gc();
        collections++;
        LockSupport.parkNanos(BREATH);
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void noneOfTwoThousandChildrenHangs(Spawn.Mode mode) throws IOException {
    List<String> command = Fixture.java(Loaded.class, mode.name());
    command.addAll(1, List.of("-Xmx32m", "-Xmn2m"));
    String[] said = Fixture.output(command.toArray(new String[0])).strip().split(" ");
    assertEquals(CHILDREN, Integer.parseInt(said[0]), "children that became the program");
    assertEquals(0, Integer.parseInt(said[1]), "children that had to be started anew");
    assertTrue(Integer.parseInt(said[2]) > CHILDREN / 10, said[2] + " collections are no load");
  }
}
