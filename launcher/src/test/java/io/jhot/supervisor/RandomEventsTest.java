package io.jhot.supervisor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.jhot.supervisor.Policy.AgentExpectation;
import io.jhot.supervisor.Policy.Overlap;
import io.jhot.supervisor.Policy.Readiness;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;

/**
 * Events in any order, checked by {@link Watch}. A failure names the seed; {@code
 * -Djhot.seed=NUMBER} runs that one alone.
 */
class RandomEventsTest {

  private interface Run {
    /** How many steps it made. */
    int with(Random random);
  }

  /**
   * Runs sequences of at least so many steps in all, and goes on until they have led everywhere: a
   * rare corner may need more luck than one seed has. A corner that cannot be reached at all is
   * still found, after fifty times as many.
   */
  private static void each(int steps, BooleanSupplier everywhere, Run run) {
    Long only = Long.getLong("jhot.seed");
    if (only != null) {
      run.with(new Random(only));
      return;
    }
    long seed = System.nanoTime();
    System.out.println("random events from seed " + seed);
    for (int done = 0; done < steps || (done < 50 * steps && !everywhere.getAsBoolean()); seed++) {
      try {
        done += run.with(new Random(seed));
      } catch (AssertionError | RuntimeException e) {
        throw new AssertionError("with -Djhot.seed=" + seed + ": " + e.getMessage(), e);
      }
    }
  }

  private static Policy policy(Random random) {
    long[] times = {0, 1, 250, 3_000, 30_000};
    return new Policy(
        Readiness.values()[random.nextInt(3)],
        AgentExpectation.values()[random.nextInt(AgentExpectation.values().length)],
        1 + times[random.nextInt(times.length)],
        times[random.nextInt(times.length)],
        times[random.nextInt(times.length)],
        15,
        random.nextInt(5) - 1,
        random.nextBoolean() ? Map.of() : Map.of(143, 0, 1, 0),
        random.nextInt(3),
        random.nextInt(3) != 0
            ? null
            : new Policy.Probe(
                1 + random.nextInt(2), 1 + random.nextInt(900), 1 + random.nextInt(900)),
        random.nextInt(3) == 0,
        Overlap.values()[random.nextInt(3)],
        times[random.nextInt(times.length)],
        times[random.nextInt(times.length)],
        times[random.nextInt(times.length)]);
  }

  @Test
  void invariantsHoldWhateverTheLoopSays() {
    Set<Stage> stages = EnumSet.noneOf(Stage.class);
    Set<Timer.Kind> timers = EnumSet.noneOf(Timer.Kind.class);
    each(
        200_000,
        () -> stages.size() == Stage.values().length && timers.size() == Timer.Kind.values().length,
        random -> {
          Watch watch = new Watch(policy(random));
          long now = 0;
          int length = 50 + random.nextInt(250);
          int i = 0;
          for (; i < length && !watch.fleet.exited(); i++) {
            now += random.nextInt(4) == 0 ? random.nextInt(8_000) : random.nextInt(20);
            watch.step(i == 3 ? new Event.Started(now, Story.ids(1, 2)) : any(random, watch, now));
            for (Generation g : watch.fleet.generations()) {
              stages.add(g.stage());
              timers.add(g.deadlines().timer().kind());
            }
          }
          return i;
        });
    if (Long.getLong("jhot.seed") == null) {
      assertEquals(EnumSet.allOf(Stage.class), stages, "the sequences lead everywhere");
      assertEquals(EnumSet.allOf(Timer.Kind.class), timers, "every timer is set");
    }
  }

  private static Event any(Random random, Watch watch, long now) {
    Event awaited = random.nextInt(4) == 0 ? awaited(watch, now) : null;
    return awaited == null ? arbitrary(random, watch, now) : awaited;
  }

  /** The word that some generation is waited for to say; chance alone would not get far. */
  private static Event awaited(Watch watch, long now) {
    for (Generation g : watch.fleet.generations()) {
      int n = g.number();
      Event word =
          switch (g.stage()) {
            case PARKING -> new Event.Parked(now, n);
            case RETURNING, GOING_LIVE -> new Event.WentLive(now, n);
            case HOOKS -> new Event.HooksEnded(now, n);
            case DUMPING -> new Event.ThreadsDumped(now, n);
            case PROBED -> new Event.Probed(now, n, g.trial().attempt(), true, "succeeded");
            case WARMING -> new Event.WarmedUp(now, n, true, "ended");
            default -> null;
          };
      if (word != null) {
        return word;
      }
    }
    return null;
  }

  private static Event arbitrary(Random random, Watch watch, long now) {
    int last = watch.fleet.lastNumber();
    int n = random.nextInt(10) == 0 ? random.nextInt() : last + 1 - random.nextInt(4);
    int listener = 1 + random.nextInt(8);
    return switch (random.nextInt(57)) {
      case 0 -> random.nextInt(20) == 0 ? new Event.Started(now, new TreeSet<>()) : passed(now);
      case 1 ->
          random.nextInt(12) == 0
              ? new Event.StopRequested(now, random.nextInt(3) == 0)
              : passed(now);
      case 2, 3, 4 -> new Event.ReloadRequested(now);
      case 5, 6, 7, 8, 9 -> new Event.Spawned(now, n, 1 + random.nextInt(100_000));
      case 10 ->
          random.nextBoolean()
              ? new Event.NoRoom(now, n, "two do not fit")
              : new Event.SpawnFailed(now, n, 125 + random.nextInt(3), "no luck");
      case 11, 12, 13, 14, 15 -> new Event.AgentConnected(now, n);
      case 16 ->
          random.nextInt(4) == 0
              ? new Event.StartedAgain(now, n, 1 + random.nextInt(100_000))
              : new Event.AgentLost(now, n);
      case 17, 18, 19 -> new Event.ListenerOpened(now, n, listener);
      case 20, 21, 22, 23 -> new Event.ListenerTaken(now, n, listener);
      case 24, 25 -> new Event.ListenerClosed(now, n, listener);
      case 26, 27 -> new Event.ReadySaid(now, n);
      case 28, 29, 30 -> new Event.WentLive(now, n);
      case 31, 32, 33 -> new Event.Parked(now, n);
      case 34, 35 ->
          new Event.ConnectionsCounted(
              now, n, random.nextInt(4) - 1, random.nextInt(2), random.nextInt(9_000) - 1);
      case 36 -> new Event.Exited(now, n, random.nextBoolean(), 1 + random.nextInt(64));
      case 37 -> new Event.Exited(now, n, false, random.nextInt(256));
      case 38 -> new Event.ThreadsDumped(now, n);
      case 39, 40, 41, 42, 43 -> new Event.HooksEnded(now, hooked(watch, n));
      case 44 -> random.nextInt(4) == 0 ? new Event.ReadyDeclared(now, n) : passed(now);
      case 45, 46, 47 -> probed(random, watch, now, n);
      case 50, 51, 52 -> new Event.Exited(now, serving(watch, n), true, 9);
      case 48, 49 -> new Event.WarmedUp(now, tried(watch, n), random.nextInt(3) != 0, "ended");
      case 53 -> seen(random, now, random.nextBoolean() ? n : tried(watch, n));
      case 54 -> new Event.Refused(now, n, "the port is taken");
      default -> passed(now);
    };
  }

  private static Event seen(Random random, long now, int n) {
    SortedSet<String> all = new TreeSet<>();
    for (int i = random.nextInt(3); i > 0; i--) {
      all.add("tcp://[::]:" + i);
    }
    return new Event.ListenersSeen(now, n, all, random.nextBoolean() ? all : new TreeSet<String>());
  }

  /** The generation whose hooks run: such a word has nobody else to come from, mostly. */
  private static int hooked(Watch watch, int otherwise) {
    for (Generation g : watch.fleet.generations()) {
      if (g.stage() == Stage.HOOKS) {
        return g.number();
      }
    }
    return otherwise;
  }

  private static Event probed(Random random, Watch watch, long now, int otherwise) {
    int n = tried(watch, otherwise);
    Generation g = watch.fleet.generation(n);
    int attempt = g == null || random.nextInt(6) == 0 ? 1 : g.trial().attempt();
    return new Event.Probed(now, n, attempt, random.nextInt(3) != 0, "was answered with 200");
  }

  /** The generation that serves, if another one drains: to see who takes over again. */
  private static int serving(Watch watch, int otherwise) {
    boolean draining = false;
    for (Generation g : watch.fleet.generations()) {
      draining |= g.phase() == Phase.DRAINING && g.agent();
    }
    Generation serving = watch.fleet.serving();
    return draining && serving != null ? serving.number() : otherwise;
  }

  /** The generation that is probed or warmed up. */
  private static int tried(Watch watch, int otherwise) {
    Generation starting = watch.fleet.starting();
    return starting == null ? otherwise : starting.number();
  }

  private static Event passed(long now) {
    return new Event.TimePassed(now);
  }

  @Test
  void everyReloadIsAnsweredAndEveryChildEndsInAWorldOfUnreliableApps() {
    Set<String> outcomes = new HashSet<>();
    each(
        200_000,
        () -> outcomes.size() == 2,
        random -> {
          World world = new World(policy(random), random);
          world.start();
          for (int i = random.nextInt(120); i > 0 && !world.watch.fleet.exited(); i--) {
            if (random.nextInt(8) == 0) {
              world.step(new Event.ReloadRequested(world.now));
            } else {
              world.advance();
            }
          }
          letReloadsEnd(world);
          if (!world.watch.fleet.exited()) {
            world.step(new Event.StopRequested(world.now, false));
            outcomes.add("asked to stop");
          } else {
            outcomes.add("ended by itself");
          }
          letJhotEnd(world);
          return world.steps;
        });
    if (Long.getLong("jhot.seed") == null) {
      assertEquals(Set.of("asked to stop", "ended by itself"), outcomes);
    }
  }

  /** Nobody asks for anything any more, and the deadlines alone bring about all answers. */
  private static void letReloadsEnd(World world) {
    long limit = world.now + 3_600_000;
    while (!world.watch.openReloads.isEmpty()) {
      assertTrue(world.now < limit, () -> "a reload is lost: " + world.watch.fleet);
      assertTrue(world.advance(), () -> "a reload waits for nothing: " + world.watch.fleet);
    }
  }

  private static void letJhotEnd(World world) {
    long limit = world.now + 3_600_000;
    while (!world.watch.fleet.exited()) {
      assertTrue(world.now < limit, () -> "jhot does not end: " + world.watch.fleet);
      assertTrue(world.advance(), () -> "jhot waits for nothing: " + world.watch.fleet);
    }
    assertEquals(List.of(), world.living(), "no child is left behind");
    assertEquals(List.of(), world.watch.openReloads, "no operator is left waiting");
  }
}
