package io.jhot.api;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.TimeUnit;
import java.util.function.BiFunction;
import org.junit.jupiter.api.Test;

/** Hooks, their phases and their weather. */
class DrainPhasesTest {
  private static final long LONG = 60_000;

  private final Hooks hooks = new Hooks();
  private final List<String> said = new CopyOnWriteArrayList<>();
  private volatile boolean draining;

  /** One copy, as {@link Copy} shows itself to others. */
  private BiFunction<String, Object[], Object> copy(Hooks of) {
    return (word, arguments) ->
        switch (word) {
          case Copy.NEXT_PHASE -> of.nextPhase();
          case Copy.START ->
              of.start(
                  (Integer) arguments[0],
                  new DrainContext(
                      DrainContext.Reason.valueOf((String) arguments[1]),
                      (Long) arguments[2],
                      (Integer) arguments[3],
                      (Integer) arguments[4]),
                  this::report);
          case Copy.LOOK -> {
            of.look(this::report);
            yield null;
          }
          case Copy.GIVE_UP -> {
            of.giveUp(this::report);
            yield null;
          }
          case Copy.IN_FLIGHT -> of.inFlight();
          case Copy.LAST_PHASE -> of.lastPhase();
          case Copy.RESUME -> of.resume((Integer) arguments[0], said::add);
          default -> throw new UnsupportedOperationException(word);
        };
  }

  private void report(String hook, int phase, long millis, String failure) {
    said.add(failure.isEmpty() ? hook : hook + ": " + failure);
  }

  private int drain(long millis) {
    draining = true;
    return DrainPhases.run(
        List.of(copy(hooks)),
        () -> draining,
        "RELOAD",
        System.nanoTime() + millis * 1_000_000,
        3,
        4);
  }

  private void resume() {
    draining = false;
    DrainPhases.resume(List.of(copy(hooks)), () -> draining);
  }

  /** One whose work can be taken up again. */
  private static DrainHook resuming(Callable<Boolean> resume) {
    return new DrainHook() {
      @Override
      public CompletionStage<?> drain(DrainContext context) {
        return null;
      }

      @Override
      public boolean resume() throws Exception {
        return resume.call();
      }
    };
  }

  private Callable<Boolean> says(String text, boolean resumed) {
    return () -> {
      said.add(text);
      return resumed;
    };
  }

  @Test
  void hooksRunInAscendingPhases() {
    hooks.add("last", DrainHook.RELEASE, c -> null);
    hooks.add("first", DrainHook.STOP_INTAKE, c -> null);
    hooks.add("middle", DrainHook.WORK_DONE, c -> null);

    assertEquals(0, drain(LONG));

    assertEquals(List.of("first", "middle", "last"), said);
  }

  @Test
  void hooksOfOnePhaseRunSideBySide() {
    CyclicBarrier meeting = new CyclicBarrier(3);
    for (String name : List.of("a", "b", "c")) {
      hooks.add(
          name,
          0,
          c -> {
            meeting.await(LONG, TimeUnit.MILLISECONDS);
            return null;
          });
    }

    drain(LONG);

    assertEquals(3, said.size());
    assertFalse(said.toString().contains(":"), said::toString);
  }

  @Test
  void contextTellsWhyAndHowLong() {
    CompletableFuture<DrainContext> seen = new CompletableFuture<>();
    hooks.add(
        "look",
        0,
        c -> {
          seen.complete(c);
          return null;
        });

    drain(LONG);

    DrainContext context = seen.join();
    assertEquals(DrainContext.Reason.RELOAD, context.reason());
    assertEquals(3, context.generation());
    assertEquals(4, context.successor().orElseThrow());
    assertTrue(context.remaining().toMillis() <= LONG && !context.remaining().isZero());
    assertTrue(context.deadline().isAfter(java.time.Instant.now()));
  }

  @Test
  void theNextPhaseWaitsForTheStageThatAHookReturns() {
    CompletableFuture<Void> flushed = new CompletableFuture<>();
    CountDownLatch returned = new CountDownLatch(1);
    hooks.add(
        "flush",
        0,
        c -> {
          returned.countDown();
          return flushed;
        });
    hooks.add("close", 1, c -> null);
    Thread drain = new Thread(() -> drain(LONG));
    drain.start();
    await(returned);
    assertEquals(List.of(), said);

    flushed.complete(null);
    join(drain);

    assertEquals(List.of("flush", "close"), said);
  }

  @Test
  void hookThatThrowsIsNamedAndHoldsNobodyUp() {
    hooks.add(
        "broken",
        0,
        c -> {
          throw new IllegalStateException("no disk");
        });
    hooks.add("late", 0, c -> CompletableFuture.failedFuture(new java.io.IOException("no net")));
    hooks.add(
        "huge",
        0,
        c -> {
          throw new OutOfMemoryError("of its own");
        });
    hooks.add("good", 1, c -> null);

    drain(LONG);

    assertEquals(4, said.size());
    assertEquals("good", said.getLast());
    assertTrue(said.contains("broken: java.lang.IllegalStateException: no disk"), said::toString);
    assertTrue(said.contains("late: java.io.IOException: no net"), said::toString);
    assertTrue(said.contains("huge: java.lang.OutOfMemoryError: of its own"), said::toString);
  }

  @Test
  void hookThatBlocksForEverIsGivenUpAtTheDeadlineAndThoseAfterItAreNamedToo() {
    hooks.add("stuck", 0, c -> new CompletableFuture<>());
    hooks.add("fine", 0, c -> null);
    hooks.add("after", 1, c -> null);

    drain(300);

    assertTrue(said.contains("fine"), said::toString);
    assertTrue(said.contains("stuck: it was not done in time"), said::toString);
    assertTrue(said.contains("after: there was no time left to run it"), said::toString);
    assertEquals(3, said.size());
  }

  @Test
  void hookThatIsRegisteredByAHookStillRuns() {
    hooks.add(
        "first",
        5,
        c -> {
          hooks.add("of an earlier phase", 0, d -> null);
          hooks.add("of a later phase", 9, d -> null);
          return null;
        });

    drain(LONG);

    assertEquals(List.of("first", "of an earlier phase", "of a later phase"), said);
  }

  @Test
  void hookThatWasTakenBackDoesNotRun() {
    Registration registration = hooks.add("gone", 0, c -> null);
    registration.close();
    registration.close();

    drain(LONG);

    assertEquals(List.of(), said);
  }

  @Test
  void eachHookRunsOnce() {
    hooks.add("once", 0, c -> null);

    drain(LONG);
    drain(LONG);

    assertEquals(List.of("once"), said);
  }

  @Test
  void hooksResumeInDescendingPhasesAndRunAgainInTheNextDrain() {
    hooks.add("pause", DrainHook.STOP_INTAKE, resuming(says("resumed pause", true)));
    hooks.add("flush", DrainHook.WORK_DONE, c -> null);
    hooks.add("close", DrainHook.RELEASE, resuming(says("resumed close", true)));
    drain(LONG);
    said.clear();

    resume();
    resume();

    assertEquals(List.of("resumed close", "resumed pause"), said);
    said.clear();
    drain(LONG);
    assertEquals(List.of("pause", "close"), said, "flush could not resume, and has run");
  }

  @Test
  void hookThatWasTakenBackWhileItRanDoesNotResume() {
    CompletableFuture<Registration> own = new CompletableFuture<>();
    own.complete(
        hooks.add(
            "gone",
            0,
            new DrainHook() {
              @Override
              public CompletionStage<?> drain(DrainContext context) {
                own.join().close();
                return null;
              }

              @Override
              public boolean resume() {
                said.add("resumed");
                return true;
              }
            }));
    hooks.add("still there", 1, resuming(says("resumed", true)));
    hooks.add("close", 2, c -> null);
    Registration late = hooks.add("late", 3, resuming(says("resumed", true)));
    drain(LONG);
    late.close();
    said.clear();

    resume();

    assertEquals(List.of("resumed"), said, "the one that is still registered");
  }

  @Test
  void hookThatCannotResumeIsNamedAndHoldsNobodyUp() {
    Hooks impatient = new Hooks(1);
    CountDownLatch never = new CountDownLatch(1);
    impatient.add(
        "stuck",
        2,
        resuming(
            () -> {
              never.await();
              return true;
            }));
    impatient.add(
        "broken",
        1,
        resuming(
            () -> {
              throw new IllegalStateException("no net");
            }));
    impatient.add("good", 0, resuming(says("resumed", true)));
    DrainPhases.run(
        List.of(copy(impatient)), () -> true, "STOP", System.nanoTime() + LONG * 1_000_000, 1, 0);
    said.clear();

    while (impatient.lastPhase() != null) { // one whose thread begins late is late as well
      DrainPhases.resume(List.of(copy(impatient)), () -> false);
    }
    never.countDown();

    assertTrue(said.contains("drain hook stuck has not resumed in time"), said::toString);
    awaitSaid("drain hook broken could not resume: java.lang.IllegalStateException: no net");
    awaitSaid("resumed");
  }

  @Test
  void drainThatIsTakenBackBeginsNoFurtherHook() {
    CountDownLatch begun = new CountDownLatch(1);
    CompletableFuture<Void> paused = new CompletableFuture<>();
    hooks.add(
        "pause",
        DrainHook.STOP_INTAKE,
        c -> {
          begun.countDown();
          return paused;
        });
    hooks.add("close", DrainHook.RELEASE, c -> null);
    InFlight work = new InFlight(hooks);
    Thread drain = new Thread(() -> drain(LONG));
    drain.start();
    await(begun);

    draining = false;
    paused.complete(null);
    join(drain);

    assertEquals(List.of("pause"), said, "and what closes is not given up either");
    work.close();
    drain(LONG);
    assertEquals(List.of("pause", "close"), said);
  }

  @Test
  void hooksOfACopyThatIsTooOldToResumeStayEnded() {
    hooks.add("new", 0, resuming(says("resumed new", true)));
    drain(LONG);
    said.clear();
    draining = false;

    DrainPhases.resume(
        List.of(
            (word, arguments) -> {
              throw new UnsupportedOperationException(word);
            },
            copy(hooks)),
        () -> draining);

    assertEquals(List.of("resumed new"), said);
  }

  @Test
  void trackedWorkEndsBetweenTheIntakeAndTheRest() {
    InFlight work = new InFlight(hooks);
    CountDownLatch paused = new CountDownLatch(1);
    hooks.add(
        "pause",
        DrainHook.STOP_INTAKE,
        c -> {
          paused.countDown();
          return null;
        });
    hooks.add("close", DrainHook.WORK_DONE, c -> null);
    Thread drain = new Thread(() -> drain(LONG));
    drain.start();
    await(paused);
    assertFalse(said.contains("close"));

    said.add("worked");
    work.close();
    work.close();
    join(drain);

    assertEquals("close", said.getLast());
    assertTrue(said.contains("worked"));
    assertEquals(0, hooks.inFlight());
  }

  @Test
  void workThatDoesNotEndIsCounted() {
    new InFlight(hooks);
    new InFlight(hooks);

    assertEquals(2, drain(200));
  }

  @Test
  void phasesGoAcrossCopies() {
    Hooks other = new Hooks();
    hooks.add("a1", 1, c -> null);
    other.add("b2", 2, c -> null);
    hooks.add("a3", 3, c -> null);

    DrainPhases.run(
        List.of(copy(hooks), copy(other)),
        () -> true,
        "STOP",
        System.nanoTime() + LONG * 1_000_000,
        1,
        0);

    assertEquals(List.of("a1", "b2", "a3"), said);
    assertNull(hooks.nextPhase());
  }

  private void awaitSaid(String text) {
    long deadline = System.nanoTime() + LONG * 1_000_000;
    while (!said.contains(text)) {
      assertTrue(System.nanoTime() < deadline, said::toString);
      Thread.onSpinWait();
    }
  }

  private static void await(CountDownLatch latch) {
    try {
      assertTrue(latch.await(LONG, TimeUnit.MILLISECONDS));
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  private static void join(Thread thread) {
    try {
      thread.join(LONG);
      assertFalse(thread.isAlive());
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }
}
