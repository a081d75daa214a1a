package io.jhot.ffm;

import java.io.IOException;
import java.util.concurrent.TimeUnit;

/** Waits for a condition, with a deadline that only a failure ever reaches. */
final class Eventually {
  private static final long PATIENCE = TimeUnit.SECONDS.toNanos(30);

  private Eventually() {}

  @FunctionalInterface
  interface Condition {
    boolean holds() throws IOException;
  }

  @FunctionalInterface
  interface Source<T> {
    T get() throws IOException;
  }

  static void holds(String what, Condition condition) throws IOException {
    get(what, () -> condition.holds() ? Boolean.TRUE : null);
  }

  /** What {@code source} gives as soon as that is not null. */
  static <T> T get(String what, Source<T> source) throws IOException {
    long deadline = System.nanoTime() + PATIENCE;
    while (true) {
      T value = source.get();
      if (value != null) {
        return value;
      }
      if (System.nanoTime() > deadline) {
        throw new AssertionError("still waiting for: " + what);
      }
      Thread.yield();
    }
  }

  /** How a child ended. */
  static ExitStatus ended(Spawn.Child child) throws IOException {
    try (PidFd pidFd = child.pidFd()) {
      return get("the end of child " + child.pid(), pidFd::reap);
    }
  }
}
