package io.jhot.runtime;

import io.jhot.protocol.Work;
import io.jhot.runtime.control.FleetStatus.WorkStatus;
import io.jhot.supervisor.Event;
import io.jhot.supervisor.Fleet;
import io.jhot.supervisor.Generation;
import io.jhot.supervisor.Stage;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Counts the connections of draining and stopping generations, again and again, and remembers what
 * was in progress on them, so that their end can say what it cut. For the loop's thread.
 */
final class ConnectionCounts {
  /** In milliseconds. */
  private static final long EVERY = 250;

  private final Os os;

  /** What was in progress on the connections of each generation when they were counted last. */
  private final Map<Integer, Map<Work, Integer>> inProgress = new HashMap<>();

  private long next = Long.MAX_VALUE;

  ConnectionCounts(Os os) {
    this.os = os;
  }

  /** When {@link #count} is due; {@link Long#MAX_VALUE}: never. */
  long next() {
    return next;
  }

  /** Counts from now on, or no more, as this state of the fleet asks for. */
  void observe(Fleet fleet) {
    boolean counting = false;
    for (Generation generation : fleet.generations()) {
      counting |= isCounted(generation);
    }
    if (!counting) {
      next = Long.MAX_VALUE;
    } else if (next == Long.MAX_VALUE) {
      next = os.now();
    }
  }

  /** Whether its connections matter: from the park to the last moment, for they may be cut then. */
  private static boolean isCounted(Generation generation) {
    return switch (generation.stage()) {
      case HOOKS, CONNECTIONS -> true;
      case STOPPING, DUMPING -> generation.agent();
      default -> false;
    };
  }

  /**
   * Counts, if it is time to.
   *
   * @return what the supervisor is to know of it
   */
  List<Event> count(Fleet fleet, long now) {
    List<Event> counted = new ArrayList<>();
    if (now < next) {
      return counted;
    }
    next = now + EVERY;
    for (Generation generation : fleet.generations()) {
      if (!isCounted(generation)) {
        continue;
      }
      os.look(generation.number());
      Os.Vitals vitals = os.vitals(generation.number());
      if (vitals.connections() >= 0) {
        inProgress.put(generation.number(), vitals.work());
      }
      if (vitals.connections() >= 0 && generation.stage() == Stage.CONNECTIONS) {
        // what cannot be counted is left until the deadline
        counted.add(
            new Event.ConnectionsCounted(
                now,
                generation.number(),
                vitals.connections(),
                vitals.busy(),
                vitals.idleMillis()));
      }
    }
    return counted;
  }

  /** What was in progress when they were counted last; what reads the same goes together. */
  List<WorkStatus> inProgress(int generation) {
    Map<String, WorkStatus> kinds = new LinkedHashMap<>();
    inProgress
        .getOrDefault(generation, Map.of())
        .forEach(
            (work, count) ->
                kinds.merge(
                    work.key(),
                    new WorkStatus(work.key(), work.text(), count),
                    (a, b) ->
                        new WorkStatus(a.kind(), a.text(), a.connections() + b.connections())));
    return new ArrayList<>(kinds.values());
  }

  /** It serves again, or is gone. */
  void forget(int generation) {
    inProgress.remove(generation);
  }
}
