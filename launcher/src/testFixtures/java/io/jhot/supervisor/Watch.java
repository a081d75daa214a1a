package io.jhot.supervisor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Steps a fleet and checks, after each step, what must hold whatever happens. */
final class Watch {

  Fleet fleet;

  /** The numbers of the generations that the reloads which are still open wait for. */
  final List<Integer> openReloads = new ArrayList<>();

  private final Set<Integer> stopping = new HashSet<>();
  private final Set<Integer> hooked = new HashSet<>();
  private final Set<Integer> finishedReloads = new HashSet<>();
  private final Map<Integer, Generation> known = new HashMap<>();
  private boolean takenBack;

  /** The attempt, or the warm-up, that runs against a generation. */
  private final Map<Integer, Integer> trials = new HashMap<>();

  private static final int WARM_UP = -1;
  private boolean stopRequested;
  private int exits;
  private int closings;

  private final Policy policy;

  Watch(Policy policy) {
    this.policy = policy;
    fleet = Fleet.initial(policy);
  }

  List<Effect> step(Event event) {
    Fleet before = fleet;
    Step step = Transitions.step(before, event);
    fleet = step.fleet();
    assertEquals(step, Transitions.step(before, event), "the step is a function of its arguments");
    stopRequested |= event instanceof Event.StopRequested;
    takenBack = event instanceof Event.NoRoom;
    if (isOfStranger(before, event)) {
      changesNothing(before, step);
      return step.effects();
    }
    noteReload(before, event);
    noteTrial(event);
    if (event instanceof Event.StartedAgain again) {
      stopping.remove(again.generation()); // the new process has not been sent it
    }
    for (Effect effect : step.effects()) {
      check(before, effect);
    }
    checkGenerations(before, event);
    checkTrials();
    checkDeadlines(event.now());
    checkEnd(before, step);
    return step.effects();
  }

  private static boolean isOfStranger(Fleet before, Event event) {
    if (event instanceof Event.OfGeneration of) {
      Generation g = before.generation(of.generation());
      return g == null || !g.alive();
    }
    return false;
  }

  private static void changesNothing(Fleet before, Step step) {
    assertEquals(before, step.fleet());
    for (Effect effect : step.effects()) {
      assertTrue(effect instanceof Effect.ReleaseListener, "only a stray copy is let go of");
    }
  }

  private void noteReload(Fleet before, Event event) {
    if (event instanceof Event.ReloadRequested && !before.exited()) {
      openReloads.add(fleet.answeringGeneration());
    }
  }

  private void noteTrial(Event event) {
    if (event instanceof Event.Probed e && trials.getOrDefault(e.generation(), 0) == e.attempt()) {
      trials.remove(e.generation());
    } else if (event instanceof Event.WarmedUp e
        && trials.getOrDefault(e.generation(), 0) == WARM_UP) {
      trials.remove(e.generation());
    }
  }

  private void checkTrials() {
    for (Generation g : fleet.generations()) {
      boolean expected = g.trial().running() || g.stage() == Stage.WARMING;
      assertEquals(
          expected, trials.containsKey(g.number()), () -> "nothing runs on for nobody: " + g);
      assertTrue(
          !g.trial().running() || g.stage() == Stage.PROBED, () -> "only a probed one is: " + g);
      if (g.phase() == Phase.SERVING && policy.probe() != null && g.trial().attempt() > 0) {
        assertTrue(
            g.trial().successes() >= policy.probe().successes(), () -> "it has passed: " + g);
      }
    }
  }

  private static void mayBeAsked(Fleet before, boolean live) {
    assertTrue(
        !live || before.serving() == null,
        "on the shared sockets another generation could give the answer");
  }

  private void check(Fleet before, Effect effect) {
    switch (effect) {
      case Effect.Spawn(int n, var listeners) -> {
        boolean again = takenBack && n == before.lastNumber();
        assertTrue(
            n <= fleet.lastNumber() && (n > before.lastNumber() || again), "numbers count up");
        assertFalse(stopRequested || fleet.ending(), "nothing is started after the end has begun");
        for (Generation g : fleet.generations()) {
          assertTrue(
              !before.slot().makingRoom() || g.number() == n || !g.alive(),
              "room is made before it is used");
        }
        assertTrue(listeners.containsAll(fleet.own()), "own listeners are always given");
        for (int listener : listeners) {
          assertTrue(
              fleet.own().contains(listener)
                  || fleet.adopted().contains(listener)
                  || before.adopted().contains(listener),
              "jhot gives only what it has");
        }
      }
      case Effect.LookForListeners(int n) ->
          assertEquals(
              Phase.STARTING, before.generation(n).phase(), "only a start asks for a look");
      case Effect.Probe(int n, int attempt, var _, boolean live) -> {
        alive(n);
        mayBeAsked(before, live);
        assertTrue(trials.put(n, attempt) == null, "the attempt before has ended");
      }
      case Effect.WarmUp(int n, var _, boolean live) -> {
        alive(n);
        mayBeAsked(before, live);
        assertTrue(trials.put(n, WARM_UP) == null, "the probe has ended");
      }
      case Effect.EndProbe(int n) ->
          assertTrue(trials.remove(n) != null, "there is something to be broken off");
      case Effect.GoLive(int n) -> {
        assertTrue(alive(n).agent(), "the agent does it");
        hooked.remove(n);
      }
      case Effect.Park(int n, boolean last) -> {
        mayEnd(before, n);
        assertEquals(fleet.ending(), last);
      }
      case Effect.RunHooks(int n, long millis, int successor) -> {
        mayEnd(before, n);
        assertTrue(alive(n).agent(), "the agent does it");
        assertTrue(hooked.add(n), "hooks run once in a drain");
        assertTrue(millis >= 0);
        assertNotEquals(n, successor);
      }
      case Effect.SignalStop(int n) -> {
        mayEnd(before, n);
        assertTrue(stopping.add(n), "the stop signal is sent once");
      }
      case Effect.NameConnections(int n) -> mayEnd(before, n);
      case Effect.DumpThreads(int n) -> {
        mayEnd(before, n);
        assertTrue(alive(n).agent(), "a signal that dumps a JVM kills another program");
      }
      case Effect.Kill(int n) -> mayEnd(before, n);
      case Effect.ReleaseListener(int listener) -> {
        assertFalse(fleet.own().contains(listener), "own listeners are kept");
        assertFalse(fleet.adopted().contains(listener), "what is let go of is not given on");
        Generation serving = fleet.serving();
        assertFalse(serving != null && serving.listeners().contains(listener), "it is in use");
        Generation starting = fleet.starting();
        assertFalse(
            starting != null && starting.sockets().offered().contains(listener), "it is offered");
      }
      case Effect.CloseListeners() -> {
        assertFalse(fleet.slot().makingRoom(), "clients wait for the next generation");
        assertTrue(fleet.ending(), "listeners stay open until the end");
        assertNull(fleet.serving());
        closings++;
      }
      case Effect.RestoreOutput(int n) -> {
        assertTrue(alive(n).agent());
        assertNotEquals(1, n, "generation 1 has the output itself");
      }
      case Effect.Publish(FleetEvent event) -> {
        String text = Wording.text(event);
        assertFalse(text.isBlank() || text.contains("null"), text);
        assertTrue(Wording.level(event) != null, text);
        checkPublished(before, event);
      }
      case Effect.MarkReady(int n) -> assertTrue(n <= fleet.lastServed());
      case Effect.Exit(int code) -> {
        exits++;
        assertTrue(code >= 0 && code < 256, () -> "an exit code: " + code);
        for (Generation g : fleet.generations()) {
          assertEquals(Phase.GONE, g.phase(), "no child is left");
        }
        assertEquals(1, closings, "the listeners were closed before");
      }
    }
  }

  private void checkPublished(Fleet before, FleetEvent event) {
    switch (event) {
      case FleetEvent.ReloadSucceeded(int n, var _) -> {
        reloadEnded(n, false);
        assertEquals(n, fleet.lastServed());
      }
      case FleetEvent.ReloadFailed(int n, Reason because) ->
          reloadEnded(n, because.kind() == Reason.Kind.JHOT_STOPS);
      case FleetEvent.RolledBack(int n, var _) -> {
        assertEquals(n, fleet.lastServed());
        assertNull(before.serving() == null ? null : survivor(before), "only where nobody serves");
      }
      default -> {}
    }
  }

  private void reloadEnded(int n, boolean cancelled) {
    assertTrue(finishedReloads.add(n) || cancelled, "a reload is answered once");
    assertTrue(openReloads.contains(n), () -> "the answer is one to a question: " + openReloads);
    openReloads.removeIf(open -> open <= n);
  }

  private Generation alive(int n) {
    Generation g = fleet.generation(n);
    assertTrue(
        g != null && g.alive() && g.birth().pid() != 0,
        () -> "there is a process to do it to: " + g);
    return g;
  }

  private void mayEnd(Fleet before, int n) {
    alive(n);
    Generation was = before.generation(n);
    if (was != null && was.phase() == Phase.SERVING) {
      assertTrue(
          stopRequested || fleet.lastServed() > n || fleet.slot().makingRoom(),
          "a generation that serves is left alone until its successor serves");
    }
  }

  /**
   * A start that is given up for want of readiness has a better one beside it, or was asked for.
   */
  private void nothingEndsForWantOfKnowledge(Fleet before, Event event) {
    Generation was = before.starting();
    if (was == null
        || event instanceof Event.StopRequested
        || policy.ready() != Policy.Readiness.AUTO
        || policy.probe() != null
        || policy.warmUp()
        || before.serving() != null
        || before.lastServed() != 0
        || was.birth().pid() == 0) {
      return;
    }
    Generation is = fleet.generation(was.number());
    assertTrue(
        is == null
            || is.phase() != Phase.STOPPING
            || is.why().kind() == Reason.Kind.LOST_BEFORE_LIVE,
        () -> "the first generation is ended for being not ready: " + is);
  }

  private void checkGenerations(Fleet before, Event event) {
    nothingEndsForWantOfKnowledge(before, event);
    int starting = 0;
    int serving = 0;
    int gone = 0;
    int last = 0;
    for (Generation g : fleet.generations()) {
      starting += g.phase() == Phase.STARTING ? 1 : 0;
      serving += g.phase() == Phase.SERVING ? 1 : 0;
      gone += g.phase() == Phase.GONE ? 1 : 0;
      assertTrue(g.number() > last, "numbers ascend");
      last = g.number();
      Generation was = known.put(g.number(), g);
      if (was != null) {
        assertTrue(
            g.stage().compareTo(was.stage()) >= 0 || mayGoBack(was.stage(), g.stage()),
            () -> "no way back: " + was + " -> " + g);
      }
      assertEquals(g.stage() == Stage.UNBORN, g.phase() == Phase.STARTING && g.birth().pid() == 0);
      assertTrue(g.alive() || !g.agent() && g.deadline() == Long.MAX_VALUE, "the dead do nothing");
    }
    assertFalse(fleet.ending() && fleet.reloadPending(), "a reload does not wait for the end");
    if (fleet.serving() == null && !fleet.ending() && fleet.starting() == null) {
      boolean returning = false;
      boolean able = false;
      for (Generation g : fleet.generations()) {
        returning |= g.stage() == Stage.RETURNING;
        able |= g.phase() == Phase.DRAINING && g.agent();
      }
      boolean wanted = fleet.slot().rollback() != null;
      assertEquals(returning, wanted, "who can take over again does, and nobody else");
      assertTrue(returning || !wanted || !able, "it is not forgotten");
    }
    assertTrue(starting <= 1, "at most one generation is not ready");
    assertTrue(serving <= 1, "at most one generation serves");
    assertTrue(gone <= MutableSlot.GONE_REMEMBERED, "what is gone is forgotten in time");
    failureLeavesTheOldOneAlone(before, event);
  }

  /**
   * The ways up: it is not ready any more; its successor died; that came back for nothing. What a
   * step passes through in between is not seen.
   */
  private static boolean mayGoBack(Stage from, Stage to) {
    return switch (from) {
      case PROBED, WARMING -> to == Stage.STARTING;
      case DELAYED -> to == Stage.LIVE;
      case RETURNING -> to == Stage.LIVE || to.phase() == Phase.DRAINING;
      default -> false;
    };
  }

  /** Who served before the step and is still alive, or null. */
  private Generation survivor(Fleet before) {
    Generation now = fleet.generation(before.serving().number());
    return now != null && now.alive() && now.phase() == Phase.SERVING ? now : null;
  }

  private void failureLeavesTheOldOneAlone(Fleet before, Event event) {
    Generation candidate = before.starting();
    Generation old = before.serving();
    if (candidate == null || old == null || event instanceof Event.StopRequested) {
      return;
    }
    if (event instanceof Event.NoRoom && fleet.slot().makingRoom()) {
      return; // that the old one ends first is what the operator wants then
    }
    Generation after = fleet.generation(candidate.number());
    boolean failed = after == null || after.phase().compareTo(Phase.SERVING) > 0;
    boolean own = event instanceof Event.OfGeneration of && of.generation() == old.number();
    if (failed && fleet.lastServed() == old.number() && !own && old.deadline() > event.now()) {
      assertEquals(old, fleet.generation(old.number()), "the old generation is what it was");
    }
  }

  private void checkDeadlines(long now) {
    long next = fleet.nextDeadline();
    if (fleet.exited()) {
      assertEquals(Long.MAX_VALUE, next);
      return;
    }
    assertTrue(next > now || !fleet.started(), "what was due has been done");
    boolean anyAlive = false;
    for (Generation g : fleet.generations()) {
      anyAlive |= g.alive();
      switch (g.phase()) {
        case STARTING -> {
          assertTrue(
              next < Long.MAX_VALUE && g.deadlines().limit() > now,
              () -> "a start has an end: " + g);
        }
        case DRAINING -> {
          assertTrue(
              next < Long.MAX_VALUE && g.deadlines().limit() > now,
              () -> "a drain has an end: " + g);
        }
        case STOPPING -> {
          long most =
              switch (g.stage()) {
                case STOPPING -> g.deadlines().limit();
                case DUMPING -> now + Farewell.DUMP;
                default -> now + Farewell.KILL_AGAIN;
              };
          assertTrue(
              next < Long.MAX_VALUE && g.deadline() <= most, () -> "patience has an end: " + g);
        }
        case SERVING, GONE ->
            assertEquals(Long.MAX_VALUE, g.deadlines().limit(), "it may stay: " + g.phase());
      }
    }
    if (fleet.started() && !anyAlive) {
      assertTrue(fleet.slot().restartAt() < Long.MAX_VALUE, "jhot waits for something, or it ends");
    }
  }

  private void checkEnd(Fleet before, Step step) {
    assertTrue(exits <= 1 && closings <= 1);
    assertEquals(fleet.exited(), exits == 1);
    if (before.exited()) {
      assertEquals(new Step(before, List.of()), step, "nothing follows the end");
    }
  }
}
