package io.jhot.api;

import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.ServiceConfigurationError;
import java.util.ServiceLoader;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The hooks and the work in flight that this copy of the API knows. Each hook runs once, and once
 * more after it was resumed. Safe for any thread; no hook is ever called under a lock.
 */
final class Hooks {
  /** Hears of each hook that has ended. */
  interface Report {
    /**
     * One hook has ended.
     *
     * @param failure empty: it succeeded
     */
    void ended(String hook, int phase, long millis, String failure);
  }

  private enum State {
    WAITING,
    RUNNING,
    ENDED,
    RESUMING,
    /** It was asked to resume, and what it ended stays ended. */
    SPENT
  }

  private static final long RESUME_PATIENCE = 10_000;

  private final class Entry {
    final String name;
    final int phase;
    final DrainHook hook;
    // guarded by Hooks.this
    State state = State.WAITING;
    boolean takenBack;
    long since;
    @Nullable Thread thread;
    CompletableFuture<Void> done = new CompletableFuture<>();

    Entry(String name, int phase, DrainHook hook) {
      this.name = name;
      this.phase = phase;
      this.hook = hook;
    }

    void run(DrainContext context, Report report) {
      synchronized (Hooks.this) {
        thread = Thread.currentThread();
      }
      try {
        CompletionStage<?> later = hook.drain(context);
        if (later == null) {
          end(this, "", report);
        } else {
          later.whenComplete(
              (result, failure) -> end(this, failure == null ? "" : text(failure), report));
        }
      } catch (Throwable e) { // any failure of the hook's concerns the hook alone
        end(this, text(e), report);
      }
    }

    void resume(Consumer<String> trouble) {
      boolean resumed = false;
      try {
        resumed = hook.resume();
      } catch (Throwable e) { // as above
        trouble.accept("drain hook " + name + " could not resume: " + text(e));
      }
      synchronized (Hooks.this) {
        state = resumed ? State.WAITING : State.SPENT;
        forget(this);
      }
      done.complete(null);
    }
  }

  /** Thread.startVirtualThread; null before Java 21. */
  private static final @Nullable Method VIRTUAL = virtual();

  private final List<Entry> entries = new ArrayList<>();
  private final Set<String> found = new HashSet<>();
  private final AtomicInteger inFlight = new AtomicInteger();
  private final long resumePatience;

  Hooks() {
    this(RESUME_PATIENCE);
  }

  /**
   * With another patience.
   *
   * @param resumePatience how long other phases wait for a hook that resumes, in milliseconds
   */
  Hooks(long resumePatience) {
    this.resumePatience = resumePatience;
  }

  // ---- listeners for ended hooks ----

  synchronized Registration add(String name, int phase, DrainHook hook) {
    Entry entry = new Entry(name, phase, hook);
    entries.add(entry);
    return () -> remove(entry);
  }

  private synchronized void remove(Entry entry) {
    entry.takenBack = true;
    forget(entry);
  }

  /** Not before it has ended: until then somebody waits for it. Under the lock. */
  private void forget(Entry entry) {
    if (entry.takenBack && entry.state != State.RUNNING && entry.state != State.RESUMING) {
      entries.remove(entry);
    }
  }

  /** Adds the hooks that a class loader finds and that are not known yet. */
  void discover(ClassLoader loader, Report report) {
    var providers = ServiceLoader.load(DrainHook.class, loader).iterator();
    while (true) {
      try {
        if (!providers.hasNext()) {
          return;
        }
        DrainHook hook = providers.next();
        synchronized (this) {
          if (found.add(
              hook.getClass().getName() + "@" + System.identityHashCode(hook.getClass()))) {
            add(hook.name(), hook.phase(), hook);
          }
        }
      } catch (ServiceConfigurationError | RuntimeException e) {
        report.ended("ServiceLoader", 0, 0, text(e));
        if (!(e instanceof ServiceConfigurationError)) {
          return; // of a hook's own name() or phase(): it may come again and again
        }
      }
    }
  }

  // ---- work in flight ----

  void begun() {
    inFlight.incrementAndGet();
  }

  void ended() {
    inFlight.decrementAndGet();
  }

  int inFlight() {
    return inFlight.get();
  }

  // ---- the drain ----

  /** The lowest phase with a hook that has not run; null: none. */
  synchronized @Nullable Integer nextPhase() {
    Integer lowest = null;
    for (Entry entry : entries) {
      if (entry.state == State.WAITING && (lowest == null || entry.phase < lowest)) {
        lowest = entry.phase;
      }
    }
    return lowest;
  }

  /** Starts the hooks of a phase side by side; completes, never exceptionally, when all ended. */
  CompletableFuture<Void> start(int phase, DrainContext context, Report report) {
    List<Entry> starting = new ArrayList<>();
    List<CompletableFuture<Void>> ends = new ArrayList<>();
    synchronized (this) {
      for (Entry entry : entries) {
        if (entry.state == State.WAITING && entry.phase == phase) {
          entry.state = State.RUNNING;
          entry.since = System.nanoTime();
          entry.done = new CompletableFuture<>();
          starting.add(entry);
          ends.add(entry.done);
        }
      }
    }
    for (Entry entry : starting) {
      try {
        start(entry, () -> entry.run(context, report));
      } catch (Throwable e) { // no memory for a thread, say
        end(entry, text(e), report);
      }
    }
    return CompletableFuture.allOf(ends.toArray(new CompletableFuture<?>[0]));
  }

  private static void start(Entry entry, Runnable body) throws ReflectiveOperationException {
    if (VIRTUAL != null) {
      VIRTUAL.invoke(null, body);
      return;
    }
    Thread thread = new Thread(body, "jhot-hook-" + entry.name);
    thread.setDaemon(true);
    thread.start();
  }

  /**
   * Ends what will not end by itself: a hook that called System.exit waits inside of it for the
   * shutdown hooks, and so, in the end, for itself.
   */
  void look(Report report) {
    for (Entry entry : running()) {
      @Nullable Thread thread;
      synchronized (this) {
        thread = entry.thread;
      }
      if (thread != null && isExiting(thread)) {
        end(entry, "it called System.exit", report);
      }
    }
  }

  private static boolean isExiting(Thread thread) {
    for (StackTraceElement frame : thread.getStackTrace()) {
      if (frame.getClassName().equals("java.lang.Runtime")
          && frame.getMethodName().equals("exit")) {
        return true;
      }
    }
    return false;
  }

  /** The time is up: names the hooks that still run, and those that never began. */
  void giveUp(Report report) {
    for (Entry entry : running()) {
      end(entry, "it was not done in time", report);
    }
    List<Entry> late = new ArrayList<>();
    synchronized (this) {
      for (Entry entry : entries) {
        if (entry.state == State.WAITING) {
          entry.state = State.ENDED;
          late.add(entry);
        }
      }
    }
    for (Entry entry : late) {
      report.ended(entry.name, entry.phase, 0, "there was no time left to run it");
    }
  }

  // ---- it serves again ----

  /** The highest phase with a hook that has run and has not been asked to resume; null: none. */
  synchronized @Nullable Integer lastPhase() {
    Integer highest = null;
    for (Entry entry : entries) {
      if (entry.state == State.ENDED && (highest == null || entry.phase > highest)) {
        highest = entry.phase;
      }
    }
    return highest;
  }

  /**
   * Lets the hooks of a phase that have run resume, side by side; completes, never exceptionally,
   * when all have or the patience is at its end.
   */
  CompletableFuture<Void> resume(int phase, Consumer<String> trouble) {
    List<Entry> resuming = new ArrayList<>();
    synchronized (this) {
      for (Entry entry : entries) {
        if (entry.state == State.ENDED && entry.phase == phase) {
          entry.state = State.RESUMING;
          entry.done = new CompletableFuture<>();
          resuming.add(entry);
        }
      }
    }
    List<CompletableFuture<?>> ends = new ArrayList<>();
    for (Entry entry : resuming) {
      ends.add(
          entry
              .done
              .orTimeout(resumePatience, TimeUnit.MILLISECONDS)
              .exceptionally(
                  late -> {
                    trouble.accept("drain hook " + entry.name + " has not resumed in time");
                    return null;
                  }));
      try {
        start(entry, () -> entry.resume(trouble));
      } catch (Throwable e) { // no memory for a thread, say
        trouble.accept("drain hook " + entry.name + " could not resume: " + text(e));
        entry.done.complete(null);
      }
    }
    return CompletableFuture.allOf(ends.toArray(new CompletableFuture<?>[0]));
  }

  private synchronized List<Entry> running() {
    List<Entry> running = new ArrayList<>();
    for (Entry entry : entries) {
      if (entry.state == State.RUNNING) {
        running.add(entry);
      }
    }
    return running;
  }

  private void end(Entry entry, String failure, Report report) {
    long millis;
    synchronized (this) {
      if (entry.state != State.RUNNING) {
        return; // it was given up before
      }
      entry.state = State.ENDED;
      forget(entry);
      millis = (System.nanoTime() - entry.since) / 1_000_000;
    }
    try {
      report.ended(entry.name, entry.phase, millis, failure);
    } finally {
      entry.done.complete(null);
    }
  }

  private static String text(Throwable failure) {
    return failure.toString();
  }

  private static @Nullable Method virtual() {
    try {
      return Thread.class.getMethod("startVirtualThread", Runnable.class);
    } catch (NoSuchMethodException e) {
      return null; // before Java 21
    }
  }
}
