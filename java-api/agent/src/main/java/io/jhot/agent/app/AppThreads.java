package io.jhot.agent.app;

import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import sun.nio.ch.JhotFields;

/** The platform threads of this JVM. */
public final class AppThreads {
  /** Threads that may start while they are listed. */
  private static final int MORE = 50;

  private AppThreads() {}

  /** Those that run now, whichever group they are in. */
  public static List<Thread> all() {
    ThreadGroup root = Thread.currentThread().getThreadGroup();
    while (root.getParent() != null) {
      root = root.getParent();
    }
    Thread[] threads = new Thread[root.activeCount() + MORE];
    return Arrays.asList(threads).subList(0, root.enumerate(threads));
  }

  /** What a thread runs; null when that is its own {@code run}. */
  public static @Nullable Object task(Thread thread) {
    Object holder = JhotFields.field(thread, "holder");
    return holder == null ? JhotFields.field(thread, "target") : JhotFields.field(holder, "task");
  }

  /** The Runnable that another one wraps; null if it has none, or more than one field for it. */
  public static @Nullable Object wrapped(Object task) {
    Object found = null;
    for (Class<?> in = task.getClass(); in != null; in = in.getSuperclass()) {
      for (Field one : in.getDeclaredFields()) {
        if (one.getType() == Runnable.class && !Modifier.isStatic(one.getModifiers())) {
          if (found != null) {
            return null;
          }
          found = JhotFields.field(task, one.getName());
        }
      }
    }
    return found;
  }
}
