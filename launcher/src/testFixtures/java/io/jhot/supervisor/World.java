package io.jhot.supervisor;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Random;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * A host for a fleet, in virtual time: processes that start, listen, answer, hang and die by
 * chance, an operator, and a loop that does what the effects say.
 */
final class World {

  private record Due(long at, long order, Event event) {}

  /** One process, and what is wrong with it. */
  private static final class App {
    final boolean deaf; // to the stop signal
    final boolean hung; // its agent answers nothing
    boolean hasAgent;
    boolean dead;
    boolean parked;

    App(Random random) {
      deaf = random.nextInt(4) == 0;
      hung = random.nextInt(6) == 0;
    }
  }

  final Watch watch;
  long now = 1_000;
  int steps;
  private final Random random;
  private final PriorityQueue<Due> queue =
      new PriorityQueue<>(
          (a, b) -> a.at != b.at ? Long.compare(a.at, b.at) : Long.compare(a.order, b.order));
  private final Map<Integer, App> apps = new HashMap<>();
  private final Policy policy;
  private long order;
  private int nextListener = 100;

  World(Policy policy, Random random) {
    this.policy = policy;
    this.random = random;
    watch = new Watch(policy);
  }

  void start() {
    SortedSet<Integer> own = new TreeSet<>();
    for (int i = random.nextInt(3); i > 0; i--) {
      own.add(i);
    }
    step(new Event.Started(now, own));
  }

  void step(Event event) {
    steps++;
    for (Effect effect : watch.step(event)) {
      perform(effect);
    }
  }

  /** Lets the next thing happen: whatever is due first, or the deadline. */
  boolean advance() {
    long deadline = watch.fleet.nextDeadline();
    Due due = queue.peek();
    if (due == null && deadline == Long.MAX_VALUE) {
      return false;
    }
    if (due == null || due.at > deadline) {
      now = deadline + (random.nextInt(8) == 0 ? random.nextInt(20_000) : 0); // the loop was busy
      step(new Event.TimePassed(now));
    } else {
      queue.poll();
      now = Math.max(now, due.at);
      Event event = at(due.event);
      App app = event instanceof Event.OfGeneration of ? apps.get(of.generation()) : null;
      if (event instanceof Event.Exited e) {
        if (app == null || app.dead) {
          return true;
        }
        app.dead = true;
        if (app.hasAgent && random.nextBoolean()) {
          step(new Event.AgentLost(now, e.generation()));
        }
      } else if (app != null
          && app.dead
          && !(event instanceof Event.SpawnFailed || event instanceof Event.Refused)
          && random.nextInt(4) != 0) {
        return true; // most of what a dead process was about to do does not happen
      }
      step(event);
    }
    return true;
  }

  private void later(int most, Event event) {
    queue.add(new Due(now + random.nextInt(most), order++, event));
  }

  private void perform(Effect effect) {
    switch (effect) {
      case Effect.Spawn(int n, SortedSet<Integer> listeners) -> spawn(n, listeners);
      case Effect.GoLive(int n) -> {
        if (!apps.get(n).hung) {
          later(3_000, new Event.WentLive(now, n));
        }
      }
      case Effect.LookForListeners(int n) -> {
        if (random.nextInt(6) != 0) { // else nothing can be seen
          SortedSet<String> all = new TreeSet<>();
          SortedSet<String> lasting = new TreeSet<>();
          for (int i = random.nextInt(3); i > 0; i--) {
            all.add("tcp://[::]:" + i);
            if (random.nextBoolean()) {
              lasting.add("tcp://[::]:" + i);
            }
          }
          queue.add(new Due(now, order++, new Event.ListenersSeen(now, n, all, lasting)));
        }
      }
      case Effect.Probe(int n, int attempt, var _, boolean _) -> {
        if (!apps.get(n).hung) {
          later(300, new Event.Probed(now, n, attempt, random.nextInt(3) != 0, "was answered"));
        }
      }
      case Effect.WarmUp(int n, var _, boolean _) -> {
        if (!apps.get(n).hung) {
          later(9_000, new Event.WarmedUp(now, n, random.nextInt(4) != 0, "ended"));
        }
      }
      case Effect.Park(int n, boolean last) -> {
        App app = apps.get(n);
        if (!app.hung) {
          app.parked = true;
          later(3_000, new Event.Parked(now, n));
          for (int i = 0; i < 20; i++) {
            int open = random.nextInt(4);
            int busy = open == 0 ? 0 : random.nextInt(open + 1);
            later(40_000, new Event.ConnectionsCounted(now, n, open, busy, random.nextInt(9_000)));
          }
        }
      }
      case Effect.RunHooks(int n, long millis, int successor) -> {
        if (random.nextInt(6) != 0) { // else a hook hangs
          later(3_000, new Event.HooksEnded(now, n));
        }
      }
      case Effect.SignalStop(int n) -> {
        if (!apps.get(n).deaf) {
          later(5_000, new Event.Exited(now, n, true, policy.stopSignal()));
        }
      }
      case Effect.Kill(int n) -> {
        int most = random.nextInt(10) == 0 ? 60_000 : 100; // some hang in the kernel for a while
        later(most, new Event.Exited(now, n, true, 9));
      }
      case Effect.DumpThreads(int n) -> {
        assertTrue(apps.get(n).hasAgent, "a QUIT would kill a program that is no JVM");
        if (random.nextBoolean()) {
          later(4_000, new Event.ThreadsDumped(now, n));
        }
      }
      case Effect.EndProbe _,
          Effect.NameConnections _,
          Effect.RestoreOutput _,
          Effect.ReleaseListener _,
          Effect.CloseListeners _,
          Effect.Publish _,
          Effect.MarkReady _,
          Effect.Exit _ -> {}
    }
  }

  private void spawn(int n, SortedSet<Integer> listeners) {
    App app = new App(random);
    apps.put(n, app);
    if (random.nextInt(12) == 0) {
      app.dead = true;
      queue.add(
          new Due(now, order++, new Event.SpawnFailed(now, n, 125 + random.nextInt(3), "no luck")));
      return;
    }
    if (watch.fleet.serving() != null && random.nextInt(4) == 0) {
      apps.remove(n);
      queue.add(new Due(now, order++, new Event.NoRoom(now, n, "two do not fit")));
      return;
    }
    if (watch.fleet.serving() != null && random.nextInt(8) == 0) {
      app.dead = true;
      queue.add(new Due(now, order++, new Event.Refused(now, n, "the port is taken")));
      return;
    }
    // The loop answers at once, but what it saw before may be in line before the answer.
    queue.add(new Due(now, order++, new Event.Spawned(now, n, 1_000 + n)));
    if (policy.agent() != Policy.AgentExpectation.NONE && random.nextInt(8) != 0) {
      app.hasAgent = true;
      later(1_000, new Event.AgentConnected(now, n));
    }
    int most = random.nextInt(5) == 0 ? 120_000 : 8_000;
    if (app.hasAgent) {
      for (int listener : listeners) {
        if (random.nextInt(12) != 0) {
          later(most, new Event.ListenerTaken(now, n, listener));
        }
      }
      for (int i = random.nextInt(3); i > 0; i--) {
        int listener = nextListener++;
        later(most, new Event.ListenerOpened(now, n, listener));
        if (random.nextInt(4) == 0) {
          later(200_000, new Event.ListenerClosed(now, n, listener));
        }
      }
      if (random.nextInt(10) == 0) {
        later(100_000, new Event.AgentLost(now, n));
      }
    }
    if (app.hasAgent && random.nextInt(8) == 0) {
      later(2_000, new Event.ReadyDeclared(now, n));
    }
    if (random.nextInt(3) == 0) {
      later(most, new Event.ReadySaid(now, n));
    }
    if (random.nextInt(3) == 0) {
      later(200_000, new Event.Exited(now, n, random.nextBoolean(), 1 + random.nextInt(9)));
    }
    if (random.nextInt(6) == 0) {
      later(10_000, new Event.Exited(now, n, false, random.nextInt(3)));
    }
  }

  /** The event at the time at which it is seen. */
  private Event at(Event event) {
    return switch (event) {
      case Event.Started e -> new Event.Started(now, e.own());
      case Event.ReloadRequested _ -> new Event.ReloadRequested(now);
      case Event.StopRequested e -> new Event.StopRequested(now, e.atOnce());
      case Event.TimePassed _ -> new Event.TimePassed(now);
      case Event.NoRoom e -> new Event.NoRoom(now, e.generation(), e.why());
      case Event.Spawned e -> new Event.Spawned(now, e.generation(), e.pid());
      case Event.StartedAgain e -> new Event.StartedAgain(now, e.generation(), e.pid());
      case Event.SpawnFailed e ->
          new Event.SpawnFailed(now, e.generation(), e.exitCode(), e.reason());
      case Event.Refused e -> new Event.Refused(now, e.generation(), e.why());
      case Event.ListenersSeen e ->
          new Event.ListenersSeen(now, e.generation(), e.addresses(), e.lasting());
      case Event.AgentConnected e -> new Event.AgentConnected(now, e.generation());
      case Event.AgentLost e -> new Event.AgentLost(now, e.generation());
      case Event.ListenerOpened e -> new Event.ListenerOpened(now, e.generation(), e.listener());
      case Event.ListenerTaken e -> new Event.ListenerTaken(now, e.generation(), e.listener());
      case Event.ListenerClosed e -> new Event.ListenerClosed(now, e.generation(), e.listener());
      case Event.ReadySaid e -> new Event.ReadySaid(now, e.generation());
      case Event.ReadyDeclared e -> new Event.ReadyDeclared(now, e.generation());
      case Event.HooksEnded e -> new Event.HooksEnded(now, e.generation());
      case Event.WentLive e -> new Event.WentLive(now, e.generation());
      case Event.Parked e -> new Event.Parked(now, e.generation());
      case Event.ConnectionsCounted e ->
          new Event.ConnectionsCounted(now, e.generation(), e.open(), e.busy(), e.idleMillis());
      case Event.Probed e -> new Event.Probed(now, e.generation(), e.attempt(), e.ok(), e.seen());
      case Event.WarmedUp e -> new Event.WarmedUp(now, e.generation(), e.ok(), e.seen());
      case Event.ThreadsDumped e -> new Event.ThreadsDumped(now, e.generation());
      case Event.Exited e -> new Event.Exited(now, e.generation(), e.signaled(), e.value());
    };
  }

  /** The processes that have not been reaped. */
  List<Integer> living() {
    List<Integer> living = new ArrayList<>();
    apps.forEach(
        (n, app) -> {
          if (!app.dead) {
            living.add(n);
          }
        });
    return living;
  }
}
