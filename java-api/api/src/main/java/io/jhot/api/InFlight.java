package io.jhot.api;

import java.util.concurrent.atomic.AtomicBoolean;

/**
 * A unit of work that the drain waits for, from {@link Jhot#track} to {@link #close}. May be closed
 * by another thread than the one that began it; closing twice counts once.
 */
public final class InFlight implements AutoCloseable {
  private final Hooks hooks;
  private final AtomicBoolean open = new AtomicBoolean(true);

  InFlight(Hooks hooks) {
    this.hooks = hooks;
    hooks.begun();
  }

  /** The work is done or abandoned. */
  @Override
  public void close() {
    if (open.compareAndSet(true, false)) {
      hooks.ended();
    }
  }
}
