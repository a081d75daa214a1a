package io.jhot.agent;

import java.util.Arrays;
import java.util.List;

/** The platform threads of this JVM. */
final class AppThreads {
  /** Threads that may start while they are listed. */
  private static final int MORE = 50;

  private AppThreads() {}

  /** Those that run now, whichever group they are in. */
  static List<Thread> all() {
    ThreadGroup root = Thread.currentThread().getThreadGroup();
    while (root.getParent() != null) {
      root = root.getParent();
    }
    Thread[] threads = new Thread[root.activeCount() + MORE];
    return Arrays.asList(threads).subList(0, root.enumerate(threads));
  }
}
