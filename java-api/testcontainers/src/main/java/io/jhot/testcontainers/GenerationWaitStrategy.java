package io.jhot.testcontainers;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.testcontainers.containers.ContainerLaunchException;
import org.testcontainers.containers.wait.strategy.AbstractWaitStrategy;

/**
 * Waits until a generation serves. It asks jhot, not a port and not the log: a service may listen
 * on a unix socket or on nothing at all, and words change.
 */
final class GenerationWaitStrategy extends AbstractWaitStrategy {
  private static final long LOOK_EVERY_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

  private final JhotContainer container;

  GenerationWaitStrategy(JhotContainer container) {
    this.container = container;
  }

  @Override
  protected void waitUntilReady() {
    long deadline = System.nanoTime() + startupTimeout.toNanos();
    while (!container.serves()) {
      if (!container.isRunning()) {
        throw new ContainerLaunchException("the container ended before generation 1 served");
      }
      if (System.nanoTime() > deadline) {
        throw new ContainerLaunchException("generation 1 does not serve after " + startupTimeout);
      }
      LockSupport.parkNanos(LOOK_EVERY_NANOS);
    }
  }
}
