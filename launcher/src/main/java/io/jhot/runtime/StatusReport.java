package io.jhot.runtime;

import io.jhot.runtime.control.FleetStatus;
import io.jhot.runtime.control.FleetStatus.GenerationStatus;
import io.jhot.runtime.control.FleetStatus.HookStatus;
import io.jhot.runtime.control.FleetStatus.ListenerStatus;
import io.jhot.supervisor.Fleet;
import io.jhot.supervisor.FleetEvent;
import io.jhot.supervisor.Generation;
import io.jhot.supervisor.Phase;
import io.jhot.supervisor.Wording;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Makes what {@code jhot status} shows: of the fleet, of what the kernel says at that moment, and
 * of what the stream has told before. Of the loop's thread.
 */
final class StatusReport implements EventStream.Reader {
  private final Os os;
  private final ConnectionCounts counts;
  private final String name;
  private final int pid;
  private final long startedAt;

  /** What each app says of itself. */
  private final Map<Integer, String> notes = new HashMap<>();

  /** How the drain hooks of each generation ended, in that order. */
  private final Map<Integer, List<HookStatus>> hooks = new HashMap<>();

  /** Whether a generation that served has had a listener of a port that its successor has too. */
  private boolean listened;

  private String lastReload = "";
  private String lastCut = "";

  /**
   * @param os what it asks
   * @param counts what is under way
   * @param name the instance's name
   * @param pid jhot's own pid
   */
  StatusReport(Os os, ConnectionCounts counts, String name, int pid) {
    this.os = os;
    this.counts = counts;
    this.name = name;
    this.pid = pid;
    startedAt = os.now();
  }

  @Override
  public void read(StreamRecord record) {
    StreamEvent event = record.event();
    if (event instanceof StreamEvent.AppStatus app) {
      notes.put(app.generation(), app.text());
    } else if (event instanceof StreamEvent.HookEnded hook) {
      List<HookStatus> ended = hooks.computeIfAbsent(hook.generation(), g -> new ArrayList<>());
      if (ended.size() < FleetStatus.MAX_HOOKS) {
        ended.add(new HookStatus(hook.name(), hook.phase(), hook.millis(), hook.failure()));
      }
    } else if (event instanceof StreamEvent.ConnectionsCut) {
      lastCut = record.reason();
    } else if (event instanceof StreamEvent.Decided decided) {
      read(decided.event(), decided.text());
    }
  }

  private void read(FleetEvent event, String text) {
    if (event instanceof FleetEvent.ReloadSucceeded) {
      lastReload = "ok: " + text;
    } else if (event instanceof FleetEvent.ReloadFailed) {
      lastReload = "failed: " + text;
    } else if (event instanceof FleetEvent.RolledBack) {
      hooks.remove(event.generation()); // of a drain that it did not come to
      lastReload = "undone: " + text;
    }
  }

  /** Notes whether the service listens. */
  void observe(Fleet fleet) {
    Generation serving = fleet.serving();
    listened |=
        serving != null && !(serving.listeners().isEmpty() && serving.sight().lasting().isEmpty());
  }

  /** Whether the generation that serves listens nowhere, though the service did. */
  private boolean lacksListener(Generation serving) {
    if (!serving.listeners().isEmpty()) {
      return false;
    }
    Os.Sight sight = os.sight(serving.number());
    listened |= sight != null && !sight.lasting().isEmpty();
    return listened && (sight == null || sight.addresses().isEmpty());
  }

  /** The generation is gone, and all that it has said. */
  void forget(int generation) {
    notes.remove(generation);
    hooks.remove(generation);
  }

  /** What the last generation that ended had under way still; empty: nothing. */
  String lastCut() {
    return lastCut;
  }

  /** All that there is to show now. */
  FleetStatus of(Fleet fleet, long now) {
    List<ListenerStatus> listeners = new ArrayList<>();
    for (Os.Listener listener : os.listeners()) {
      listeners.add(
          new ListenerStatus(
              listener.number(), listener.name(), listener.address(), listener.own()));
    }
    List<GenerationStatus> generations = new ArrayList<>();
    for (Generation generation : fleet.generations()) {
      if (generation.alive()) {
        generations.add(of(generation, now));
      }
    }
    return new FleetStatus(name, pid, now - startedAt, listeners, generations, lastReload, lastCut);
  }

  private GenerationStatus of(Generation generation, long now) {
    int number = generation.number();
    Os.Vitals vitals = os.vitals(number);
    return new GenerationStatus(
        number,
        phase(generation.phase()),
        generation.phase() == Phase.SERVING && lacksListener(generation)
            ? FleetStatus.NO_LISTENER
            : step(generation),
        vitals.pid(),
        now - generation.startedAt(),
        vitals.residentKilobytes(),
        vitals.connections(),
        ListenerText.of(Wording.clause(generation.why()), os::address),
        notes.getOrDefault(number, ""),
        hooks.getOrDefault(number, List.of()),
        counts.inProgress(number));
  }

  /** Where a generation is, such as {@code draining/connections}. */
  static String place(Generation generation) {
    String step = step(generation);
    return phase(generation.phase()) + (step.isEmpty() ? "" : "/" + step);
  }

  private static String phase(Phase phase) {
    return switch (phase) {
      case STARTING -> "starting";
      case SERVING -> "serving";
      case DRAINING -> "draining";
      case STOPPING -> "stopping";
      case GONE -> "gone";
    };
  }

  /** How far a generation has come in its phase; empty where the phase has no steps. */
  private static String step(Generation generation) {
    return switch (generation.stage()) {
      case UNBORN, STARTING, LIVE, GONE -> "";
      case PROBED -> "probe";
      case WARMING -> "warm-up";
      case GOING_LIVE -> "going-live";
      case DELAYED -> "drain-delay";
      case PARKING -> "parking";
      case HOOKS -> "hooks";
      case CONNECTIONS -> "connections";
      case RETURNING -> "return";
      case STOPPING -> "stop-signal";
      case DUMPING -> "thread-dump";
      case KILLED -> "kill";
    };
  }
}
