package io.jhot.agent;

import static org.junit.jupiter.api.Assertions.fail;

import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;

/** Waits for what cannot be waited for otherwise, with a generous deadline. */
final class Eventually {
  private static final long PATIENCE_NANOS = 30_000_000_000L;
  private static final long PAUSE_NANOS = 5_000_000;

  /** A condition that may fail to be found out. */
  interface Condition {
    boolean holds() throws Exception;
  }

  private Eventually() {}

  /** Returns when the condition holds; fails the test if it never does. */
  static void holds(Condition condition, Supplier<String> otherwise) {
    long deadline = System.nanoTime() + PATIENCE_NANOS;
    try {
      while (!condition.holds()) {
        if (System.nanoTime() - deadline > 0) {
          fail(otherwise.get());
        }
        LockSupport.parkNanos(PAUSE_NANOS);
      }
    } catch (Exception e) {
      throw new AssertionError(otherwise.get(), e);
    }
  }
}
