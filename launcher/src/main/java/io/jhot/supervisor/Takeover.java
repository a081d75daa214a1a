package io.jhot.supervisor;

import io.jhot.supervisor.Policy.Readiness;
import io.jhot.supervisor.Reason.Kind;
import io.jhot.supervisor.Slot.Rollback;

/**
 * How a generation comes to serve: one that has started, when its agent has made its sockets live;
 * or one that drains, when its successor has died.
 */
final class Takeover {

  /**
   * How long an agent may take to make the sockets live, or to park them, however few they are: a
   * JVM may be at a collection, or have no processor.
   */
  static final long EXCHANGE = 5_000;

  /** What is added to that for each of them. It takes some tenths of a millisecond where it can. */
  static final long EXCHANGE_EACH = 50;

  private final Turn turn;

  Takeover(Turn turn) {
    this.turn = turn;
  }

  /** How long the agent of a generation may take to exchange what lies under its listeners. */
  static long exchange(int listeners) {
    return EXCHANGE + EXCHANGE_EACH * listeners;
  }

  static long exchange(MutableGeneration g) {
    return exchange(g.listeners().size());
  }

  /** Where its agent has to make its sockets live first, it serves only then. */
  void begin(MutableGeneration g, Reason because) {
    if (g.sockets.live() || !g.agent()) {
      serve(g, because);
    } else {
      g.step(Stage.GOING_LIVE, because);
      g.setLimit(turn.later(exchange(g)));
      g.awaitStartLimit();
      turn.perform(new Effect.GoLive(g.number()));
    }
  }

  /** It serves from now on, and who served before drains. */
  void serve(MutableGeneration g, Reason because) {
    MutableGeneration old = turn.slot.serving();
    becomeLive(g, because);
    // An app may bind some listeners after its word, or long after its exec. For as long as an app
    // may take to come up, jhot keeps its copies of those.
    if (turn.listeners.claimsAdopted(g)) {
      g.setTimer(Timer.Kind.CLAIM_LIMIT, turn.later(turn.policy.readyTimeout()));
    }
    restoreOutput(g);
    turn.perform(new Effect.MarkReady(g.number()));
    turn.publish(
        g.birth.reload()
            ? new FleetEvent.ReloadSucceeded(g.number(), because)
            : new FleetEvent.Served(g.number(), because, isPlain()));
    if (old != null) {
      turn.farewell.drain(old, Reason.of(Kind.REPLACED, g.number()));
    }
    MutableGeneration returning = turn.slot.returning();
    if (returning != null) {
      turn.farewell.askToPark(returning); // it is not needed any more
    }
  }

  /** Whether a program is ready because it runs: nobody has to be told. */
  private boolean isPlain() {
    return turn.policy.ready() == Readiness.EXEC
        || turn.policy.ready() == Readiness.AUTO && !turn.policy.agent().isAwaited();
  }

  private void becomeLive(MutableGeneration g, Reason because) {
    g.enter(Stage.LIVE, because, turn.now);
    g.sockets = g.sockets.withLive();
    g.setLimit(Timer.NEVER);
    g.setTimer(Timer.NONE);
    turn.slot.lastServed = g.number();
    turn.slot.lastHeld = Ids.NONE;
    turn.slot.rollback = null;
  }

  /** Generation 1 has jhot's own output from the begin, an app without an agent never gets it. */
  void restoreOutput(MutableGeneration g) {
    if (g.number() > 1 && g.agent()) {
      turn.perform(new Effect.RestoreOutput(g.number()));
    }
  }

  /**
   * Lets the newest of those that drain take over again when the generation that served has died:
   * it is warm, it still has its listeners, and it is what served well before. One after the other,
   * until one is there or none is left.
   */
  void rollBack() {
    MutableSlot slot = turn.slot;
    Rollback rollback = slot.rollback;
    if (rollback == null || turn.ending || slot.serving() != null || slot.returning() != null) {
      return;
    }
    for (int i = slot.generations.size() - 1; i >= 0; i--) {
      MutableGeneration g = slot.generations.get(i);
      if (g.phase() == Phase.DRAINING && g.agent()) {
        askBack(g, rollback);
        return;
      }
    }
    slot.rollback = null;
  }

  private void askBack(MutableGeneration g, Rollback rollback) {
    turn.publish(new FleetEvent.RollbackBegan(g.number()));
    g.stayBecause(rollback.how().and(Kind.SUCCESSOR_DIED, rollback.from()));
    if (g.stage() == Stage.DELAYED) {
      serveAgain(g); // it has not let go of anything yet
    } else {
      g.step(Stage.RETURNING);
      g.sockets = g.sockets.withParked(false);
      g.setTimer(
          Timer.Kind.RETURN_LIMIT, Math.min(turn.later(exchange(g)), turn.farewell.stopAt(g)));
      turn.perform(new Effect.GoLive(g.number()));
    }
  }

  /** One that was draining serves. */
  void serveAgain(MutableGeneration g) {
    Reason because = g.why();
    becomeLive(g, because);
    g.sockets = g.sockets.withParked(false);
    turn.listeners.forgetClosed(g);
    turn.perform(new Effect.MarkReady(g.number()));
    turn.publish(new FleetEvent.RolledBack(g.number(), because));
  }
}
