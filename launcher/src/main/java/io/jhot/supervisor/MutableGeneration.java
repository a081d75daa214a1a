package io.jhot.supervisor;

import java.util.SortedSet;

/** A {@link Generation} while a step changes it: the same records, each of them replaced. */
final class MutableGeneration {

  Birth birth;
  Progress progress;
  Deadlines deadlines;
  Word word;
  Agents agents;
  Trial trial;
  Sockets sockets;
  Sight sight;

  /** A generation that is to be spawned. */
  MutableGeneration(int number, long now, boolean reload, Sockets sockets) {
    this.birth = new Birth(number, now, reload, 0);
    this.progress = new Progress(Stage.UNBORN, Reason.of(Reason.Kind.SPAWNING), now);
    this.deadlines = Deadlines.NONE;
    this.word = Word.NONE;
    this.agents = Agents.hopedForUntil(Timer.NEVER);
    this.trial = Trial.NONE;
    this.sockets = sockets;
    this.sight = Sight.NOTHING;
  }

  MutableGeneration(Generation from) {
    birth = from.birth();
    progress = from.progress();
    deadlines = from.deadlines();
    word = from.word();
    agents = from.agents();
    trial = from.trial();
    sockets = from.sockets();
    sight = from.sight();
  }

  Generation freeze() {
    return new Generation(birth, progress, deadlines, word, agents, trial, sockets, sight);
  }

  int number() {
    return birth.number();
  }

  int pid() {
    return birth.pid();
  }

  Stage stage() {
    return progress.stage();
  }

  Reason why() {
    return progress.why();
  }

  Timer timer() {
    return deadlines.timer();
  }

  long limit() {
    return deadlines.limit();
  }

  Phase phase() {
    return stage().phase();
  }

  boolean agent() {
    return agents.any();
  }

  SortedSet<Integer> listeners() {
    return sockets.held();
  }

  boolean alive() {
    return stage() != Stage.GONE;
  }

  /** Moves on; what it might still have taken is nothing to it from then on, unless it serves. */
  void enter(Stage next, Reason because, long now) {
    progress = progress.enter(next, because, now);
    if (next != Stage.LIVE) {
      sockets = sockets.withOffered(Ids.NONE);
    }
  }

  /** Moves on within its phase, for the same reason. */
  void step(Stage next) {
    step(next, why());
  }

  /** Moves on within its phase. */
  void step(Stage next, Reason because) {
    progress = progress.enter(next, because, progress.phaseSince());
  }

  /** Stays where it is, for another reason. */
  void stayBecause(Reason reason) {
    progress = progress.because(reason);
  }

  void setLimit(long moment) {
    deadlines = deadlines.withLimit(moment);
  }

  void setTimer(Timer next) {
    deadlines = deadlines.withTimer(next);
  }

  void setTimer(Timer.Kind kind, long at) {
    setTimer(new Timer(kind, at));
  }

  /** That happens next, unless the time for the start is over by then. */
  void setStartTimer(Timer.Kind kind, long at) {
    if (at < limit()) {
      setTimer(kind, at);
    } else {
      awaitStartLimit();
    }
  }

  /** Nothing more is awaited of it than the end of the time for its start. */
  void awaitStartLimit() {
    setTimer(Timer.Kind.START_LIMIT, limit());
  }

  /** It has sockets, and only its agent can make them live. */
  boolean isStaged() {
    return !sockets.live() && !listeners().isEmpty();
  }

  /** It needs its agent to take the sockets over, and the agent is lost. */
  boolean isStranded() {
    return !agent() && (stage() == Stage.GOING_LIVE || isStaged());
  }
}
