package io.jhot.supervisor;

import io.jhot.supervisor.Policy.AgentExpectation;
import io.jhot.supervisor.Policy.Readiness;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeSet;

/** A fleet that is told events one by one, at a time that the story sets. */
final class Story {

  static final long READY_TIMEOUT = 60_000;
  static final long DRAIN_TIMEOUT = 30_000;

  Fleet fleet;
  long now = 1_000_000;

  /** The effects of the last event. */
  List<Effect> effects = List.of();

  Story(Policy policy) {
    fleet = Fleet.initial(policy);
  }

  static Policy policy(Readiness ready, AgentExpectation agent) {
    return Policies.with().ready(ready).agent(agent).policy();
  }

  static Policy java() {
    return policy(Readiness.AUTO, AgentExpectation.CERTAIN);
  }

  static Policy restarting(int restarts) {
    return Policies.with().restarts(restarts).remapExit(Map.of(143, 0)).policy();
  }

  static Policy overlapping(Policy.Overlap overlap, int restarts) {
    return Policies.with().restarts(restarts).remapExit(Map.of(143, 0)).overlap(overlap).policy();
  }

  static Policy delaying(long drainDelay) {
    return Policies.with().drainDelay(drainDelay).policy();
  }

  static Policy drainingAtMost(int generations) {
    return Policies.with().maxDraining(generations).policy();
  }

  /** Two successes in a row, each second, within 400 ms; then a warm-up. */
  static Policy trying(boolean probe, boolean warmUp) {
    return Policies.with()
        .probe(probe ? new Policy.Probe(2, 1_000, 400) : null)
        .warmUp(warmUp)
        .policy();
  }

  static SortedSet<Integer> ids(Integer... ids) {
    return new TreeSet<>(List.of(ids));
  }

  Story tell(Event event) {
    Step step = Transitions.step(fleet, event);
    fleet = step.fleet();
    effects = step.effects();
    return this;
  }

  Story start(Integer... own) {
    return tell(new Event.Started(now, ids(own)));
  }

  Story reload() {
    return tell(new Event.ReloadRequested(now));
  }

  Story stop() {
    return tell(new Event.StopRequested(now, false));
  }

  Story stopAtOnce() {
    return tell(new Event.StopRequested(now, true));
  }

  Story spawned(int generation) {
    return tell(new Event.Spawned(now, generation, 1000 + generation));
  }

  Story startedAgain(int generation) {
    return tell(new Event.StartedAgain(now, generation, 2000 + generation));
  }

  Story noRoom(int generation) {
    return tell(new Event.NoRoom(now, generation, "two do not fit"));
  }

  Story refused(int generation) {
    return tell(new Event.Refused(now, generation, "it would find its port taken"));
  }

  /** A look from outside finds these listeners, which a successor has to have too. */
  Story seen(int generation, String... addresses) {
    SortedSet<String> all = new TreeSet<>(List.of(addresses));
    return tell(new Event.ListenersSeen(now, generation, all, all));
  }

  Story spawnFailed(int generation, int code) {
    return tell(new Event.SpawnFailed(now, generation, code, "no such program"));
  }

  Story connected(int generation) {
    return tell(new Event.AgentConnected(now, generation));
  }

  Story lost(int generation) {
    return tell(new Event.AgentLost(now, generation));
  }

  Story opened(int generation, int listener) {
    return tell(new Event.ListenerOpened(now, generation, listener));
  }

  Story taken(int generation, int listener) {
    return tell(new Event.ListenerTaken(now, generation, listener));
  }

  Story closed(int generation, int listener) {
    return tell(new Event.ListenerClosed(now, generation, listener));
  }

  Story ready(int generation) {
    return tell(new Event.ReadySaid(now, generation));
  }

  Story live(int generation) {
    return tell(new Event.WentLive(now, generation));
  }

  /** It has parked, and has no hooks. */
  Story parked(int generation) {
    tell(new Event.Parked(now, generation));
    Generation g = generation(generation);
    if (g == null || g.stage() != Stage.HOOKS) {
      return this;
    }
    List<Effect> both = new ArrayList<>(effects);
    both.removeIf(effect -> effect instanceof Effect.RunHooks);
    hooksEnded(generation);
    both.addAll(effects);
    effects = both;
    return this;
  }

  Story hooksEnded(int generation) {
    return tell(new Event.HooksEnded(now, generation));
  }

  Story declared(int generation) {
    return tell(new Event.ReadyDeclared(now, generation));
  }

  Story counted(int generation, int open, int busy, long idleMillis) {
    return tell(new Event.ConnectionsCounted(now, generation, open, busy, idleMillis));
  }

  Story dumped(int generation) {
    return tell(new Event.ThreadsDumped(now, generation));
  }

  /** The attempt that is under way ends. */
  Story probed(int generation, boolean ok, String seen) {
    return tell(
        new Event.Probed(now, generation, generation(generation).trial().attempt(), ok, seen));
  }

  Story warmedUp(int generation, boolean ok, String seen) {
    return tell(new Event.WarmedUp(now, generation, ok, seen));
  }

  Story exited(int generation, int code) {
    return tell(new Event.Exited(now, generation, false, code));
  }

  Story killed(int generation, int signal) {
    return tell(new Event.Exited(now, generation, true, signal));
  }

  /** Lets so much time pass, with no more to see than the moment at its end. */
  Story pass(long millis) {
    now += millis;
    return tell(new Event.TimePassed(now));
  }

  /** Lets time pass to the next deadline. */
  Story passToDeadline() {
    now = fleet.nextDeadline();
    return tell(new Event.TimePassed(now));
  }

  // Chapters that many stories begin with.

  /** Generation 1 serves, with an agent and the adopted listener 1. */
  static Story serving(Policy policy) {
    return new Story(policy).start().spawned(1).connected(1).opened(1, 1);
  }

  static Story serving() {
    return serving(java());
  }

  /** Generation 1 serves, which takes a probe of two attempts, or a warm-up, or both. */
  static Story passing(boolean probe, boolean warmUp) {
    Story story = serving(trying(probe, warmUp));
    if (probe) {
      story.probed(1, true, "succeeded").pass(1_000).probed(1, true, "succeeded");
    }
    return warmUp ? story.warmedUp(1, true, "ended") : story;
  }

  /** Generation 1 serves and generation 2 is starting, with an agent. */
  Story reloading() {
    return reload().spawned(2).connected(2);
  }

  /** Starts the next generation, which takes listener 1 and serves. */
  Story reloaded() {
    reload();
    int next = fleet.lastNumber();
    return spawned(next).connected(next).taken(next, 1).live(next);
  }

  /** Lets a generation that was asked to park go all the way; it has no hooks. */
  Story drained(int generation) {
    return parked(generation).counted(generation, 0, 0, -1).killed(generation, 15);
  }

  Generation generation(int number) {
    return fleet.generation(number);
  }

  /** A generation's stage; "NONE" where it is not, or no more, in the fleet. */
  String state(int generation) {
    Generation g = fleet.generation(generation);
    return g == null ? "NONE" : g.stage().name();
  }

  /** Why a generation is where it is, in words. */
  String why(int generation) {
    return Wording.clause(generation(generation).why());
  }

  /** What the last event made the loop do, and the outcomes that somebody waits for. */
  List<String> did() {
    List<String> short_ = new ArrayList<>();
    for (Effect effect : effects) {
      if (!(effect instanceof Effect.Publish publish) || isOutcome(publish.event())) {
        short_.add(brief(effect));
      }
    }
    return short_;
  }

  /** The other lines that the last event left in the log. */
  List<String> said() {
    List<String> lines = new ArrayList<>();
    for (Effect effect : effects) {
      if (effect instanceof Effect.Publish(FleetEvent event) && !isOutcome(event)) {
        lines.add(Wording.level(event) + " " + Wording.text(event));
      }
    }
    return lines;
  }

  private static boolean isOutcome(FleetEvent event) {
    return event instanceof FleetEvent.ReloadSucceeded
        || event instanceof FleetEvent.ReloadFailed
        || event instanceof FleetEvent.RolledBack;
  }

  /** What the last event told those who wait for a reload. */
  String reason() {
    for (Effect effect : effects) {
      if (effect instanceof Effect.Publish(FleetEvent event)
          && (event instanceof FleetEvent.ReloadSucceeded
              || event instanceof FleetEvent.ReloadFailed)) {
        return Wording.text(event);
      }
    }
    throw new AssertionError("no reload has finished: " + effects);
  }

  static String brief(Effect effect) {
    return switch (effect) {
      case Effect.Spawn e -> "Spawn(" + e.generation() + " " + e.listeners() + ")";
      case Effect.LookForListeners e -> "LookForListeners(" + e.generation() + ")";
      case Effect.Probe e ->
          "Probe("
              + e.generation()
              + " #"
              + e.attempt()
              + " "
              + e.listeners()
              + (e.live() ? " live)" : ")");
      case Effect.WarmUp e ->
          "WarmUp(" + e.generation() + " " + e.listeners() + (e.live() ? " live)" : ")");
      case Effect.EndProbe e -> "EndProbe(" + e.generation() + ")";
      case Effect.GoLive e -> "GoLive(" + e.generation() + ")";
      case Effect.Park e -> "Park(" + e.generation() + (e.last() ? " last)" : ")");
      case Effect.RunHooks e -> "RunHooks(" + e.generation() + " to " + e.successor() + ")";
      case Effect.SignalStop e -> "SignalStop(" + e.generation() + ")";
      case Effect.NameConnections e -> "NameConnections(" + e.generation() + ")";
      case Effect.DumpThreads e -> "DumpThreads(" + e.generation() + ")";
      case Effect.Kill e -> "Kill(" + e.generation() + ")";
      case Effect.ReleaseListener e -> "ReleaseListener(" + e.listener() + ")";
      case Effect.CloseListeners e -> "CloseListeners()";
      case Effect.RestoreOutput e -> "RestoreOutput(" + e.generation() + ")";
      case Effect.Publish(FleetEvent event) ->
          event.getClass().getSimpleName() + "(" + event.generation() + ")";
      case Effect.MarkReady e -> "MarkReady(" + e.generation() + ")";
      case Effect.Exit e -> "Exit(" + e.code() + ")";
    };
  }
}
