package io.jhot.protocol;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

class BoundedWaitTest {
  private final Object monitor = new Object();
  private final AtomicBoolean holds = new AtomicBoolean();

  private boolean until(long millis) {
    synchronized (monitor) {
      return BoundedWait.until(
          monitor, System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis), holds::get);
    }
  }

  @Test
  void whatHoldsAlreadyIsNotWaitedFor() {
    holds.set(true);
    assertTrue(until(0));
  }

  @Test
  void itEndsWithTheDeadline() {
    long begin = System.nanoTime();
    assertFalse(until(50));
    assertTrue(System.nanoTime() - begin >= TimeUnit.MILLISECONDS.toNanos(48));
  }

  @Test
  void aNotificationEndsItOnlyWhereTheConditionHolds() throws Exception {
    Thread other =
        new Thread(
            () -> {
              synchronized (monitor) {
                monitor.notifyAll();
              }
              holds.set(true);
              synchronized (monitor) {
                monitor.notifyAll();
              }
            });
    synchronized (monitor) {
      other.start();
      assertTrue(
          BoundedWait.until(monitor, System.nanoTime() + TimeUnit.SECONDS.toNanos(60), holds::get));
    }
    other.join();
  }

  @Test
  void anInterruptDoesNotEndItAndIsKept() {
    Thread.currentThread().interrupt();
    long begin = System.nanoTime();
    assertFalse(until(50));
    assertTrue(System.nanoTime() - begin >= TimeUnit.MILLISECONDS.toNanos(48));
    assertTrue(Thread.interrupted());
  }
}
