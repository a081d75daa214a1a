package io.jhot.tests;

import java.time.Duration;
import java.util.concurrent.locks.LockSupport;

/**
 * How much of one processor a process uses, from {@code /proc/PID}.
 *
 * <p>A listener that is parked wrongly shows as a server that spins on it: such a process takes as
 * much as the machine gives it, in every window. One that has only just been busy, or whose JVM
 * compiles something, has a quiet window soon.
 */
final class ParkedCpu {
  private static final Duration WINDOW = Duration.ofMillis(400);
  private static final double QUIET = 0.1;

  private ParkedCpu() {}

  /** Looks at one window after the other until one is quiet, and returns that share of a core. */
  static double awaitQuiet(long pid) {
    double least = Double.MAX_VALUE;
    long deadline = System.nanoTime() + Duration.ofSeconds(15).toNanos();
    while (least > QUIET) {
      if (System.nanoTime() > deadline) {
        throw new AssertionError(
            "process " + pid + " used " + least + " of a core in its quietest window");
      }
      least = Math.min(least, share(pid));
    }
    return least;
  }

  private static double share(long pid) {
    long begin = System.nanoTime();
    long used = Proc.processorNanos(pid);
    LockSupport.parkNanos(WINDOW.toNanos());
    return (double) (Proc.processorNanos(pid) - used) / (System.nanoTime() - begin);
  }
}
