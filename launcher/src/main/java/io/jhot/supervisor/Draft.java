package io.jhot.supervisor;

import java.util.Collections;
import java.util.SortedSet;
import java.util.TreeSet;

/** A {@link Generation} while a step changes it; the fields are the record's, and told there. */
final class Draft {

  static final long NEVER = Long.MAX_VALUE;
  private static final SortedSet<String> NOTHING =
      Collections.unmodifiableSortedSet(new TreeSet<>());

  final int number;
  final long startedAt;
  Phase phase;
  DrainStep drainStep;
  StartStep startStep;
  Reason why;
  long phaseSince;
  int pid;
  boolean agent;
  boolean agentGivenUp;
  boolean readySaid;
  boolean readyDeclared;
  int attempt;
  long attemptAt;
  boolean probing;
  int successes;
  String seen;
  boolean live;
  boolean parked;
  boolean reload;
  SortedSet<Integer> offered;
  SortedSet<Integer> listeners;
  SortedSet<String> sighted;
  SortedSet<String> lasting;
  long hopeUntil;
  long lookAt;
  long deadline;
  long limit;

  /** A generation that is to be spawned. */
  Draft(int number, long now) {
    this.number = number;
    this.startedAt = now;
    this.phase = Phase.STARTING;
    this.drainStep = DrainStep.NONE;
    this.startStep = StartStep.READINESS;
    this.seen = "";
    this.why = Reason.of(Reason.Kind.SPAWNING);
    this.phaseSince = now;
    this.offered = Ids.NONE;
    this.listeners = Ids.NONE;
    this.sighted = NOTHING;
    this.lasting = NOTHING;
    this.hopeUntil = NEVER;
    this.lookAt = NEVER;
  }

  Draft(Generation from) {
    number = from.number();
    startedAt = from.startedAt();
    phase = from.phase();
    drainStep = from.drainStep();
    startStep = from.startStep();
    why = from.why();
    phaseSince = from.phaseSince();
    pid = from.pid();
    agent = from.agent();
    agentGivenUp = from.agentGivenUp();
    readySaid = from.readySaid();
    readyDeclared = from.readyDeclared();
    attempt = from.attempt();
    attemptAt = from.attemptAt();
    probing = from.probing();
    successes = from.successes();
    seen = from.seen();
    live = from.live();
    parked = from.parked();
    reload = from.reload();
    offered = from.offered();
    listeners = from.listeners();
    sighted = from.sighted();
    lasting = from.lasting();
    hopeUntil = from.hopeUntil();
    lookAt = from.lookAt();
    deadline = from.deadline();
    limit = from.limit();
  }

  Generation freeze() {
    return new Generation(
        number,
        phase,
        drainStep,
        startStep,
        why,
        phaseSince,
        startedAt,
        pid,
        agent,
        agentGivenUp,
        readySaid,
        readyDeclared,
        attempt,
        attemptAt,
        probing,
        successes,
        seen,
        live,
        parked,
        reload,
        offered,
        listeners,
        sighted,
        lasting,
        hopeUntil,
        lookAt,
        deadline,
        limit);
  }

  boolean goingLive() {
    return startStep == StartStep.GO_LIVE;
  }

  boolean alive() {
    return phase != Phase.GONE;
  }

  /** Moves on; what it might still have taken is nothing to it from then on, unless it serves. */
  void enter(Phase next, DrainStep step, Reason because, long now) {
    if (phase != next) {
      phase = next;
      phaseSince = now;
    }
    drainStep = step;
    why = because;
    startStep = StartStep.NONE;
    probing = false;
    if (next != Phase.SERVING) {
      offered = Ids.NONE;
    }
  }

  /** What was seen of its listeners from outside is so from now on. */
  void see(SortedSet<String> addresses, SortedSet<String> lastingOnes) {
    sighted = Collections.unmodifiableSortedSet(new TreeSet<>(addresses));
    lasting = Collections.unmodifiableSortedSet(new TreeSet<>(lastingOnes));
  }

  /** It has sockets, and only its agent can make them live. */
  boolean staged() {
    return !live && !listeners.isEmpty();
  }

  /** It needs its agent to take the sockets over, and the agent is lost. */
  boolean stranded() {
    return !agent && (goingLive() || staged());
  }
}
