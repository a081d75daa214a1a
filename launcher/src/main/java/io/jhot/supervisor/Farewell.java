package io.jhot.supervisor;

import io.jhot.supervisor.Reason.Kind;

/** From the begin of a generation's drain, or the end of its failed start, to its last breath. */
final class Farewell {

  /** The stop signal comes so long before the end of the drain, or a quarter of the drain. */
  static final long STOP_RESERVE = 5_000;

  /**
   * Hooks are given up so long before the stop signal, or a tenth of their time, so that the agent
   * can still name those that were not done.
   */
  static final long HOOK_REPORT = 500;

  /** How long a JVM may take to tell its threads; one on a busy machine needs some seconds. */
  static final long DUMP = 15_000;

  /** The same where somebody waits for jhot's own end, and kills it after a while. */
  static final long DUMP_AT_STOP = 3_000;

  /** A child that SIGKILL did not end within this is killed again. */
  static final long KILL_AGAIN = 10_000;

  private final Turn turn;

  Farewell(Turn turn) {
    this.turn = turn;
  }

  /** Begins the farewell of a generation that has served. */
  void drain(MutableGeneration g, Reason because) {
    turn.startup.endTrial(g);
    g.enter(Stage.DELAYED, because, turn.now);
    g.setLimit(turn.later(drainTime()));
    long delay = turn.policy.drainDelay();
    turn.publish(new FleetEvent.DrainBegan(g.number(), because, delay));
    if (delay > 0) {
      g.setTimer(Timer.Kind.DELAY_END, Math.min(turn.later(delay), stopAt(g)));
    } else {
      park(g);
    }
  }

  /** How long a drain may take: at the end of jhot no longer than whoever asked for it waits. */
  long drainTime() {
    Policy policy = turn.policy;
    return turn.stopAsked
        ? Math.min(policy.drainTimeout(), policy.stopTimeout())
        : policy.drainTimeout();
  }

  private long dumpTime() {
    Policy policy = turn.policy;
    boolean awaited = turn.stopAsked && policy.stopTimeout() < policy.drainTimeout();
    return awaited ? DUMP_AT_STOP : DUMP;
  }

  /** Those that drain for the sake of a reload have no more time than the one that served. */
  void shortenDrains() {
    for (int i = 0; i < turn.slot.generations.size(); i++) {
      MutableGeneration g = turn.slot.generations.get(i);
      boolean draining = g.phase() == Phase.DRAINING;
      if (draining || g.stage() == Stage.STOPPING) {
        g.setLimit(Math.min(g.limit(), turn.later(drainTime())));
        g.setTimer(g.timer().notAfter(draining ? stopAt(g) : g.limit()));
      }
    }
  }

  /** When the stop signal is due, so that the app has some time for its own farewell. */
  long stopAt(MutableGeneration g) {
    return g.limit() - stopReserve();
  }

  long stopReserve() {
    return Math.min(STOP_RESERVE, drainTime() / 4);
  }

  void park(MutableGeneration g) {
    if (g.agent()) {
      askToPark(g);
    } else {
      stop(g, g.why().and(Kind.AND_NO_AGENT_TO_PARK));
    }
  }

  void askToPark(MutableGeneration g) {
    g.step(Stage.PARKING);
    g.setTimer(Timer.Kind.PARK_LIMIT, Math.min(turn.later(Takeover.exchange(g)), stopAt(g)));
    turn.perform(new Effect.Park(g.number(), turn.ending));
  }

  /** Its agent says that it accepts no more; this may come late. */
  void parked(MutableGeneration g) {
    g.sockets = g.sockets.withParked(true);
    if (g.stage() == Stage.PARKING) {
      turn.publish(new FleetEvent.Parked(g.number()));
      runHooks(g);
    }
  }

  void parkUnconfirmed(MutableGeneration g) {
    turn.publish(new FleetEvent.ParkUnconfirmed(g.number()));
    runHooks(g);
  }

  /** Connections are waited for afterwards: what is in flight on them may be what a hook ends. */
  private void runHooks(MutableGeneration g) {
    g.step(Stage.HOOKS);
    g.setTimer(Timer.Kind.HOOKS_LIMIT, stopAt(g));
    MutableGeneration successor = turn.slot.serving();
    long left = Math.max(0, g.timer().at() - turn.now);
    long millis = left - Math.min(HOOK_REPORT, left / 10);
    int next = turn.slot.makingRoom ? turn.lastNumber + 1 : 0;
    turn.perform(
        new Effect.RunHooks(g.number(), millis, successor != null ? successor.number() : next));
  }

  void awaitConnections(MutableGeneration g) {
    g.step(Stage.CONNECTIONS);
    g.setTimer(Timer.Kind.CONNECTIONS_LIMIT, stopAt(g));
  }

  void connectionsCounted(MutableGeneration g, int open, int busy, long idleMillis) {
    if (open == 0) {
      stop(g, Reason.of(Kind.NO_CONNECTION_LEFT));
    } else if (busy == 0 && idleMillis >= enoughIdle()) {
      stop(g, Reason.of(Kind.IDLE_CONNECTIONS_LEFT));
    }
  }

  /** How long connections have to be idle for the drain to go on without them. */
  private long enoughIdle() {
    boolean shortened = drainTime() < turn.policy.drainTimeout();
    return Math.min(turn.policy.idleGrace(), shortened ? drainTime() / 3 : Timer.NEVER);
  }

  void stop(MutableGeneration g, Reason because) {
    if (g.phase() == Phase.DRAINING) {
      turn.publish(new FleetEvent.StopSent(g.number(), turn.policy.stopSignal(), because));
    }
    turn.startup.endTrial(g);
    g.enter(Stage.STOPPING, because, turn.now);
    g.setTimer(Timer.Kind.STOP_LIMIT, g.limit());
    if (g.pid() != 0) {
      turn.perform(new Effect.SignalStop(g.number()));
    }
  }

  void stopWithinDrainTime(MutableGeneration g, Reason because) {
    g.setLimit(turn.later(drainTime()));
    stop(g, because);
  }

  /** A JVM tells its threads before it is killed: they say what it hangs in. */
  void stopTimedOut(MutableGeneration g) {
    if (g.pid() != 0 && g.agent()) {
      g.step(Stage.DUMPING);
      g.setTimer(Timer.Kind.DUMP_LIMIT, turn.later(dumpTime()));
      turn.publish(new FleetEvent.DumpBegan(g.number()));
      turn.perform(new Effect.NameConnections(g.number()));
      turn.perform(new Effect.DumpThreads(g.number()));
      return;
    }
    if (g.pid() != 0) {
      turn.perform(new Effect.NameConnections(g.number()));
    }
    killLate(g);
  }

  /** Its time is over. */
  void killLate(MutableGeneration g) {
    turn.publish(new FleetEvent.KillSent(g.number()));
    kill(g, Reason.of(Kind.NOT_ENDED_IN_TIME));
  }

  /** A generation whose spawn is under way is killed as soon as it has a process. */
  void kill(MutableGeneration g, Reason because) {
    turn.startup.endTrial(g);
    g.enter(Stage.KILLED, because, turn.now);
    g.setTimer(Timer.Kind.KILL_LIMIT, turn.later(KILL_AGAIN));
    if (g.pid() != 0) {
      turn.perform(new Effect.Kill(g.number()));
    }
  }

  /** A timer that is lost, or a process that waits in the kernel: try again, and say so. */
  void killAgain(MutableGeneration g) {
    if (g.pid() != 0) {
      turn.publish(new FleetEvent.KillOutlived(g.number(), g.pid()));
    }
    kill(g, g.why());
  }

  /** A process came to be after its end was decided. */
  void endUnwanted(MutableGeneration g) {
    turn.perform(
        g.stage() == Stage.STOPPING
            ? new Effect.SignalStop(g.number())
            : new Effect.Kill(g.number()));
  }

  /** A generation ended that was about to. */
  void ended(MutableGeneration g, int code, Reason how) {
    turn.end.noteExit(g, code);
    gone(g, g.why().andThen(how));
    turn.publish(new FleetEvent.Ended(g.number(), how));
  }

  void gone(MutableGeneration g, Reason because) {
    turn.startup.endTrial(g);
    g.enter(Stage.GONE, because, turn.now);
    g.setTimer(Timer.NONE);
    g.setLimit(Timer.NEVER);
    g.agents = g.agents.lose();
  }
}
