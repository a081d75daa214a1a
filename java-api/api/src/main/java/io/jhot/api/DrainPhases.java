package io.jhot.api;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BiFunction;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Runs the hooks of all copies of the API in this JVM, phase by phase, and waits for tracked work
 * in between. It calls the copies by {@link Copy}'s words only, since their classes are not its
 * own.
 */
final class DrainPhases {
  /** How often hooks and work in flight are looked at, in milliseconds. */
  private static final long LOOK_EVERY = 25;

  private DrainPhases() {}

  /**
   * Returns when all is done or the time is up; or, when the generation serves again, as soon as
   * the hooks that run have ended.
   *
   * @param copies what {@link Copy} is to others
   * @param draining whether it still drains
   * @param deadline in terms of {@link System#nanoTime}
   * @return how many units of work were still in flight
   */
  static int run(
      List<BiFunction<String, Object[], @Nullable Object>> copies,
      BooleanSupplier draining,
      String reason,
      long deadline,
      int generation,
      int successor) {
    boolean workAwaited = false;
    while (draining.getAsBoolean() && deadline - System.nanoTime() > 0) {
      Integer phase = null;
      for (var copy : copies) {
        Integer next = (Integer) copy.apply(Copy.NEXT_PHASE, new Object[0]);
        phase = phase == null || next != null && next < phase ? next : phase;
      }
      if (!workAwaited && (phase == null || phase >= DrainHook.WORK_DONE)) {
        awaitWork(copies, draining, deadline);
        workAwaited = true; // and look again: work that ended may have registered a hook
        continue;
      }
      if (phase == null) {
        return inFlight(copies);
      }
      List<CompletableFuture<?>> ends = new ArrayList<>();
      for (var copy : copies) {
        Object[] order = {phase, reason, deadline, generation, successor};
        ends.add(((CompletionStage<?>) copy.apply(Copy.START, order)).toCompletableFuture());
      }
      await(CompletableFuture.allOf(ends.toArray(new CompletableFuture<?>[0])), copies, deadline);
    }
    if (draining.getAsBoolean()) {
      for (var copy : copies) {
        copy.apply(Copy.GIVE_UP, new Object[0]);
      }
    }
    return inFlight(copies);
  }

  /**
   * The generation serves again: lets the hooks that have run take up what they ended, the latest
   * phase first. Returns when that is done, or as soon as a phase of it is and the generation
   * drains once more.
   */
  static void resume(
      List<BiFunction<String, Object[], @Nullable Object>> copies, BooleanSupplier draining) {
    while (!draining.getAsBoolean()) {
      Integer phase = null;
      for (var copy : copies) {
        Integer last = (Integer) ask(copy, Copy.LAST_PHASE);
        phase = phase == null || last != null && last > phase ? last : phase;
      }
      if (phase == null) {
        return;
      }
      List<CompletableFuture<?>> ends = new ArrayList<>();
      for (var copy : copies) {
        if (ask(copy, Copy.RESUME, phase) instanceof CompletionStage<?> end) {
          ends.add(end.toCompletableFuture());
        }
      }
      CompletableFuture.allOf(ends.toArray(new CompletableFuture<?>[0])).join(); // see Hooks.resume
    }
  }

  /** {@return null where the copy is too old to know the word} */
  private static @Nullable Object ask(
      BiFunction<String, Object[], @Nullable Object> copy, String word, Object... arguments) {
    try {
      return copy.apply(word, arguments);
    } catch (UnsupportedOperationException e) {
      return null; // the agent has said that it is the older side
    }
  }

  private static void await(
      CompletableFuture<?> ends,
      List<BiFunction<String, Object[], @Nullable Object>> copies,
      long deadline) {
    while (!ends.isDone() && deadline - System.nanoTime() > 0) {
      try {
        ends.get(LOOK_EVERY, TimeUnit.MILLISECONDS);
      } catch (TimeoutException e) {
        for (var copy : copies) {
          copy.apply(Copy.LOOK, new Object[0]);
        }
      } catch (InterruptedException e) {
        continue; // the thread is ours, and the deadline ends the wait
      } catch (java.util.concurrent.ExecutionException e) {
        throw new AssertionError("the end of a phase never fails", e);
      }
    }
  }

  private static void awaitWork(
      List<BiFunction<String, Object[], @Nullable Object>> copies,
      BooleanSupplier draining,
      long deadline) {
    while (draining.getAsBoolean() && inFlight(copies) > 0 && deadline - System.nanoTime() > 0) {
      try {
        Thread.sleep(LOOK_EVERY);
      } catch (InterruptedException e) {
        continue; // the thread is ours, and the deadline ends the wait
      }
    }
  }

  private static int inFlight(List<BiFunction<String, Object[], @Nullable Object>> copies) {
    int sum = 0;
    for (var copy : copies) {
      sum += (Integer) copy.apply(Copy.IN_FLIGHT, new Object[0]);
    }
    return sum;
  }
}
