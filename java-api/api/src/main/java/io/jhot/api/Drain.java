package io.jhot.api;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BiFunction;

/**
 * Runs the hooks of all copies of the API in this JVM, phase by phase, and waits for tracked work
 * in between. It knows the copies by {@link Copy}'s words only, since their classes are not its
 * own.
 */
final class Drain {
  /** How often hooks and work in flight are looked at, in milliseconds. */
  private static final long LOOK_EVERY = 25;

  private Drain() {}

  /**
   * Returns when all is done or the time is up.
   *
   * @param copies what {@link Copy} is to others
   * @param deadline in terms of {@link System#nanoTime}
   * @return how many units of work were still in flight
   */
  static int run(
      List<BiFunction<String, Object[], Object>> copies,
      String reason,
      long deadline,
      int generation,
      int successor) {
    boolean workAwaited = false;
    while (deadline - System.nanoTime() > 0) {
      Integer phase = null;
      for (var copy : copies) {
        Integer next = (Integer) copy.apply(Copy.NEXT_PHASE, new Object[0]);
        phase = phase == null || next != null && next < phase ? next : phase;
      }
      if (!workAwaited && (phase == null || phase >= DrainHook.WORK_DONE)) {
        awaitWork(copies, deadline);
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
    for (var copy : copies) {
      copy.apply(Copy.GIVE_UP, new Object[0]);
    }
    return inFlight(copies);
  }

  private static void await(
      CompletableFuture<?> ends, List<BiFunction<String, Object[], Object>> copies, long deadline) {
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

  private static void awaitWork(List<BiFunction<String, Object[], Object>> copies, long deadline) {
    while (inFlight(copies) > 0 && deadline - System.nanoTime() > 0) {
      try {
        Thread.sleep(LOOK_EVERY);
      } catch (InterruptedException e) {
        continue; // the thread is ours, and the deadline ends the wait
      }
    }
  }

  private static int inFlight(List<BiFunction<String, Object[], Object>> copies) {
    int sum = 0;
    for (var copy : copies) {
      sum += (Integer) copy.apply(Copy.IN_FLIGHT, new Object[0]);
    }
    return sum;
  }
}
