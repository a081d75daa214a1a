package io.jhot.protocol;

import java.util.function.BooleanSupplier;

/**
 * Waits on a monitor until a condition holds or a deadline has passed. An interrupt does not end
 * the wait, and is the thread's own again afterwards. For any thread.
 */
public final class BoundedWait {
  private BoundedWait() {}

  /**
   * Waits.
   *
   * @param monitor held by the caller; notified whenever the condition may have changed
   * @param deadline in terms of {@link System#nanoTime}
   * @param condition what is waited for; asked while the monitor is held
   * @return whether it holds
   */
  public static boolean until(Object monitor, long deadline, BooleanSupplier condition) {
    boolean interrupted = false;
    boolean holds = condition.getAsBoolean();
    while (!holds) {
      long left = (deadline - System.nanoTime()) / 1_000_000;
      if (left <= 0) {
        break;
      }
      try {
        monitor.wait(left);
      } catch (InterruptedException e) {
        interrupted = true;
      }
      holds = condition.getAsBoolean();
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
    return holds;
  }
}
