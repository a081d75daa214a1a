package io.jhot.tests;

import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/** Waits for what will surely come, with a deadline that only a failure meets. */
final class Await {
  /** Generous: machines are slow at times, and no test that succeeds ever waits so long. */
  static final Duration PATIENCE = Duration.ofSeconds(60);

  private static final long LOOK_EVERY_NANOS = 10_000_000;

  private Await() {}

  static void until(String what, BooleanSupplier condition) {
    until(what, condition, () -> "");
  }

  /**
   * Waits until a condition holds.
   *
   * @param what it is, for the failure
   * @param evidence asked for at the failure: what was seen instead
   */
  static void until(String what, BooleanSupplier condition, Supplier<String> evidence) {
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() > deadline) {
        throw new AssertionError("waited in vain: " + what + "\n" + evidence.get());
      }
      LockSupport.parkNanos(LOOK_EVERY_NANOS);
    }
  }
}
