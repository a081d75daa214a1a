package io.jhot.supervisor;

import io.jhot.supervisor.Policy.AgentExpectation;
import io.jhot.supervisor.Policy.Readiness;
import io.jhot.supervisor.Ready.Verdict;
import io.jhot.supervisor.Reason.Kind;
import java.util.Objects;

/**
 * From the spawn of a generation to its readiness, its probe and its warm-up; and what becomes of a
 * start that fails. How readiness is known is {@link ReadyRule}'s.
 */
final class Startup {

  /** How long jhot waits for an agent that may come or not, in milliseconds. */
  static final long AGENT_WAIT = 5_000;

  /**
   * A process that dies closes its control connection a moment before its exit can be seen. For so
   * long a lost agent is taken as the sign of a death, which has the better reason to tell.
   */
  static final long DEATH_GRACE = 1_000;

  private final Turn turn;

  Startup(Turn turn) {
    this.turn = turn;
  }

  private ReadyRule rule(MutableGeneration g) {
    MutableSlot slot = turn.slot;
    return new ReadyRule(
        turn.policy, g, slot.serving(), slot.generation(slot.lastServed), slot.lastHeld, turn.now);
  }

  /** Its spawn was decided just now. */
  void begin(MutableGeneration g) {
    Policy policy = turn.policy;
    g.setLimit(turn.later(policy.readyTimeout()));
    g.agents = Agents.hopedForUntil(Math.min(g.limit(), turn.later(AGENT_WAIT)));
    g.deadlines =
        g.deadlines.withLookAt(turn.later(Math.min(AGENT_WAIT, policy.readyTimeout() / 2)));
    g.setTimer(rule(g).timer());
  }

  /** It has a process. */
  void born(MutableGeneration g, int pid) {
    g.birth = g.birth.withPid(pid);
    if (g.stage() == Stage.UNBORN) {
      g.step(Stage.STARTING);
    }
  }

  /**
   * Makes the generation that is starting the one that serves, if it is ready.
   *
   * <p>A word of readiness, or a listener, may come before {@link Event.Spawned} is processed. It
   * is remembered and counts from then on: a generation without a process does not serve.
   */
  void judge() {
    MutableGeneration g = turn.slot.starting();
    if (g == null || !g.stage().isComingUp()) {
      return;
    }
    ReadyRule rule = rule(g);
    Verdict verdict = rule.verdict();
    if (verdict.isYes()) {
      ready(g, verdict.because());
      return;
    }
    if (g.stage() == Stage.STARTING) {
      g.stayBecause(verdict.because());
    }
    g.setTimer(rule.timer());
  }

  /**
   * It is ready. Before clients may reach it, it is probed and warmed up, where the operator wants
   * that; all of it within the time for a start.
   */
  private void ready(MutableGeneration g, Reason because) {
    if (turn.policy.probe() != null) {
      g.step(Stage.PROBED, because.and(Kind.AND_PROBED));
      turn.publish(new FleetEvent.ProbeBegan(g.number(), because));
      probe(g);
    } else {
      passedProbe(g, because);
    }
  }

  /** The operator wants that. */
  private Policy.Probe probe() {
    return Objects.requireNonNull(turn.policy.probe());
  }

  private void probe(MutableGeneration g) {
    g.trial = g.trial.begun(turn.now);
    g.setStartTimer(Timer.Kind.PROBE_LIMIT, turn.later(probe().timeout()));
    turn.perform(new Effect.Probe(g.number(), g.trial.attempt(), g.listeners(), g.sockets.live()));
  }

  /** An interval has passed. */
  void probeAgain(MutableGeneration g) {
    if (turn.isDue(g.limit())) {
      limitReached(g);
    } else {
      probe(g);
    }
  }

  /** An attempt takes too long. */
  void probeTimedOut(MutableGeneration g) {
    if (turn.isDue(g.limit())) {
      limitReached(g);
    } else {
      endTrial(g);
      probed(g, false, "had no answer within " + Wording.millis(probe().timeout()));
    }
  }

  /** One attempt has ended; the next one begins an interval after it did. */
  void probed(MutableGeneration g, boolean ok, String seen) {
    Trial before = g.trial;
    g.trial = before.brokenOff();
    if (g.isStranded()) {
      g.awaitStartLimit(); // short already, and nothing can come of it
      return;
    }
    g.trial = before.ended(ok, seen);
    boolean passed = g.trial.successes() >= probe().successes();
    if (passed || !ok && !seen.equals(before.seen())) {
      turn.publish(new FleetEvent.Probed(g.number(), ok, seen));
    }
    if (passed) {
      goOn(g);
    } else {
      g.stayBecause(readyOrWas(g).and(Kind.AND_PROBE_SAW, seen));
      long next = g.trial.attemptAt() + probe().interval();
      g.setStartTimer(Timer.Kind.NEXT_PROBE, Math.max(turn.now, next));
    }
  }

  private Reason readyOrWas(MutableGeneration g) {
    Verdict verdict = rule(g).verdict();
    return verdict.isYes() ? verdict.because() : Reason.of(Kind.WAS_READY);
  }

  /** What it was ready for may be gone by now: an app closes a listener as it likes. */
  private void goOn(MutableGeneration g) {
    Verdict verdict = rule(g).verdict();
    if (!verdict.isYes()) {
      g.step(Stage.STARTING);
      g.trial = g.trial.fromTheBegin();
      g.awaitStartLimit();
    } else if (g.stage() == Stage.PROBED) {
      passedProbe(g, verdict.because());
    } else {
      turn.takeover.begin(g, verdict.because());
    }
  }

  private void passedProbe(MutableGeneration g, Reason because) {
    if (turn.policy.warmUp()) {
      g.step(Stage.WARMING, because.and(Kind.AND_WARMED_UP));
      g.awaitStartLimit();
      turn.publish(new FleetEvent.WarmUpBegan(g.number(), because));
      turn.perform(new Effect.WarmUp(g.number(), g.listeners(), g.sockets.live()));
    } else {
      turn.takeover.begin(g, because);
    }
  }

  void warmedUp(MutableGeneration g, boolean ok, String seen) {
    if (ok) {
      turn.publish(new FleetEvent.WarmedUp(g.number(), seen));
      goOn(g);
    } else {
      g.step(Stage.STARTING); // nothing is left to be broken off
      fail(g, Reason.of(Kind.WARM_UP_FAILED, seen));
    }
  }

  /** Breaks off a probe or a warm-up that is of no use any more. */
  void endTrial(MutableGeneration g) {
    if (g.trial.running() || g.stage() == Stage.WARMING) {
      g.trial = g.trial.brokenOff();
      turn.perform(new Effect.EndProbe(g.number()));
    }
  }

  /**
   * The agent of a generation that is not ready is lost.
   *
   * <p>If the agent has staged sockets, nobody can make them live any more, and the start has
   * failed. If it has not, the generation may still say that it is ready, or turn out to be no JVM
   * after all: a script may have asked {@code java -version} first.
   */
  void withoutAgent(MutableGeneration g) {
    if (g.isStranded()) {
      g.setLimit(Math.min(g.limit(), turn.later(DEATH_GRACE)));
      g.awaitStartLimit();
    } else if (g.stage().isComingUp()) {
      g.agents = g.agents.hopeUntil(Math.min(g.limit(), turn.later(AGENT_WAIT)));
    }
  }

  void giveUpAgent(MutableGeneration g) {
    g.agents = g.agents.giveUp();
    if (turn.policy.agent() == AgentExpectation.CERTAIN) {
      turn.publish(new FleetEvent.AgentMissed(g.number()));
    }
  }

  void look(MutableGeneration g) {
    g.deadlines = g.deadlines.withLookAt(turn.later(ReadyRule.LOOK_EVERY));
    turn.perform(new Effect.LookForListeners(g.number()));
  }

  /** The start has taken too long. */
  void limitReached(MutableGeneration g) {
    ReadyRule rule = rule(g);
    if (rule.mayBeTakenAsRunning()) {
      turn.takeover.begin(g, rule.takenAsRunning());
    } else {
      fail(g, whyNotReady(g));
    }
  }

  /**
   * The start has failed while its process runs.
   *
   * <p>Where a generation serves, the failed one has done nothing yet that is worth a farewell, or
   * its agent hangs: it is killed. Where none does, it is one that was to say so or to be probed,
   * or has none of the listeners for which clients wait. It may have a migration of its data under
   * way: it is asked to end, as systemd does, and killed only when the time for a drain is over.
   */
  private void fail(MutableGeneration g, Reason why) {
    if (turn.slot.serving() != null) {
      turn.farewell.kill(g, why);
    } else {
      turn.end.noteExit(g, Ending.JHOT_FAILED);
      turn.farewell.stopWithinDrainTime(g, why);
    }
    publishFailure(g, false);
  }

  private Reason whyNotReady(MutableGeneration g) {
    if (g.isStranded()) {
      return rule(g).lacks();
    }
    if (g.stage() == Stage.GOING_LIVE) {
      return Reason.of(Kind.NOT_LIVE_IN_TIME, Takeover.exchange(g));
    }
    return lackAtTheLimit(g).and(Kind.NOT_READY_IN_TIME, turn.policy.readyTimeout());
  }

  private Reason lackAtTheLimit(MutableGeneration g) {
    return switch (g.stage()) {
      case UNBORN -> Reason.of(Kind.NO_PROCESS);
      case PROBED -> readyOrWas(g).and(Kind.BUT_PROBE_SAW, g.trial.seen());
      case WARMING -> readyOrWas(g).and(Kind.BUT_WARM_UP_OPEN);
      default -> {
        Reason lack = rule(g).lacks();
        boolean cannotBeProbed =
            turn.policy.probe() != null
                && turn.policy.ready() == Readiness.AUTO
                && g.listeners().isEmpty();
        yield cannotBeProbed ? lack.and(Kind.CANNOT_BE_PROBED) : lack;
      }
    };
  }

  /** The start failed because the process ended, or never came to be. */
  void ended(MutableGeneration g, int code, Reason because) {
    turn.end.noteExit(g, code);
    turn.farewell.gone(g, because);
    // A first generation that ends well, as java -version does, is no failure to talk about.
    publishFailure(g, code == 0 && turn.slot.serving() == null);
  }

  /** Tells the failure to whom it concerns. Touches no other generation. */
  private void publishFailure(MutableGeneration g, boolean fine) {
    turn.publish(
        g.birth.reload()
            ? new FleetEvent.ReloadFailed(g.number(), g.why())
            : new FleetEvent.StartFailed(g.number(), g.why(), fine));
  }
}
