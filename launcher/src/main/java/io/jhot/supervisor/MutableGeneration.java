package io.jhot.supervisor;

import java.util.SortedSet;

/** A {@link Generation} while a step changes it; the fields are the record's, and told there. */
final class MutableGeneration {

  final int number;
  final long startedAt;
  final boolean reload;
  int pid;
  Stage stage;
  Reason why;
  long phaseSince;
  Timer timer;
  long lookAt;
  long limit;
  Word word;
  Agents agents;
  Trial trial;
  Sockets sockets;
  Sight sight;

  /** A generation that is to be spawned. */
  MutableGeneration(int number, long now, boolean reload, Sockets sockets) {
    this.number = number;
    this.startedAt = now;
    this.reload = reload;
    this.stage = Stage.UNBORN;
    this.why = Reason.of(Reason.Kind.SPAWNING);
    this.phaseSince = now;
    this.timer = Timer.NONE;
    this.lookAt = Timer.NEVER;
    this.limit = Timer.NEVER;
    this.word = Word.NONE;
    this.agents = Agents.hopedForUntil(Timer.NEVER);
    this.trial = Trial.NONE;
    this.sockets = sockets;
    this.sight = Sight.NOTHING;
  }

  MutableGeneration(Generation from) {
    number = from.number();
    startedAt = from.startedAt();
    reload = from.reload();
    pid = from.pid();
    stage = from.stage();
    why = from.why();
    phaseSince = from.phaseSince();
    timer = from.timer();
    lookAt = from.lookAt();
    limit = from.limit();
    word = from.word();
    agents = from.agents();
    trial = from.trial();
    sockets = from.sockets();
    sight = from.sight();
  }

  Generation freeze() {
    return new Generation(
        number,
        startedAt,
        reload,
        pid,
        stage,
        why,
        phaseSince,
        timer,
        lookAt,
        limit,
        word,
        agents,
        trial,
        sockets,
        sight);
  }

  Phase phase() {
    return stage.phase();
  }

  boolean agent() {
    return agents.any();
  }

  SortedSet<Integer> listeners() {
    return sockets.held();
  }

  boolean alive() {
    return stage != Stage.GONE;
  }

  /** Moves on; what it might still have taken is nothing to it from then on, unless it serves. */
  void enter(Stage next, Reason because, long now) {
    if (phase() != next.phase()) {
      phaseSince = now;
    }
    stage = next;
    why = because;
    if (next != Stage.LIVE) {
      sockets = sockets.withOffered(Ids.NONE);
    }
  }

  void setTimer(Timer.Kind kind, long at) {
    timer = new Timer(kind, at);
  }

  /** That happens next, unless the time for the start is over by then. */
  void setStartTimer(Timer.Kind kind, long at) {
    timer = at < limit ? new Timer(kind, at) : new Timer(Timer.Kind.START_LIMIT, limit);
  }

  /** Nothing more is awaited of it than the end of the time for its start. */
  void awaitStartLimit() {
    setTimer(Timer.Kind.START_LIMIT, limit);
  }

  /** It has sockets, and only its agent can make them live. */
  boolean isStaged() {
    return !sockets.live() && !listeners().isEmpty();
  }

  /** It needs its agent to take the sockets over, and the agent is lost. */
  boolean isStranded() {
    return !agent() && (stage == Stage.GOING_LIVE || isStaged());
  }
}
