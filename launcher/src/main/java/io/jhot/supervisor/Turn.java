package io.jhot.supervisor;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.SortedSet;

/**
 * One step while it is taken: the fleet in a form that can be changed, and the effects so far.
 *
 * <p>{@link Transitions} writes down what an event says; {@link #settle} then draws the
 * conclusions, always the same ones in the same order, so that no event can forget one. The rules
 * themselves stand in a class for each part of a generation's life.
 */
final class Turn {

  final long now;
  final Policy policy;
  final MutableSlot slot;
  boolean started;
  int lastNumber;
  SortedSet<Integer> own;
  SortedSet<Integer> adopted;
  boolean reloadPending;
  boolean ending;
  boolean stopAsked;
  int exitCode;
  boolean listenersClosed;
  boolean exited;

  final Startup startup = new Startup(this);
  final Takeover takeover = new Takeover(this);
  final Farewell farewell = new Farewell(this);
  final Succession succession = new Succession(this);
  final FleetListeners listeners = new FleetListeners(this);
  final Ending end = new Ending(this);

  private final List<Effect> effects = new ArrayList<>();

  Turn(Fleet fleet, long now) {
    this.now = now;
    policy = fleet.policy();
    slot = new MutableSlot(fleet.slot());
    started = fleet.started();
    lastNumber = fleet.lastNumber();
    own = fleet.own();
    adopted = fleet.adopted();
    reloadPending = fleet.reloadPending();
    ending = fleet.ending();
    stopAsked = fleet.stopAsked();
    exitCode = fleet.exitCode();
    listenersClosed = fleet.listenersClosed();
  }

  Step finish() {
    Fleet fleet =
        new Fleet(
            policy,
            started,
            List.of(slot.freeze()),
            lastNumber,
            own,
            adopted,
            reloadPending,
            ending,
            stopAsked,
            exitCode,
            listenersClosed,
            exited);
    return new Step(fleet, Collections.unmodifiableList(effects));
  }

  /** Saturates: a policy may hold "for ever". */
  long later(long millis) {
    return now > Timer.NEVER - millis ? Timer.NEVER : now + millis;
  }

  boolean isDue(long moment) {
    return moment <= now && moment != Timer.NEVER;
  }

  void perform(Effect effect) {
    effects.add(effect);
  }

  void publish(FleetEvent event) {
    effects.add(new Effect.Publish(event));
  }

  /**
   * Draws the conclusions from what the event said, then lets everything happen whose time has
   * come.
   *
   * <p>In this order, so that a word that comes just in time is in time. A late {@link
   * Event.TimePassed} does all that was due, one thing after the other, so that after each step the
   * next deadline lies ahead.
   */
  void settle() {
    conclude();
    while (!exited) {
      MutableGeneration due = slot.due(now);
      if (due != null) {
        expire(due);
      } else if (isDue(slot.restartAt)) {
        succession.spawn();
      } else {
        return;
      }
      conclude();
    }
  }

  private void conclude() {
    startup.judge();
    succession.limitDraining();
    takeover.rollBack();
    succession.startNext();
    listeners.releaseUnused();
    end.conclude();
  }

  private void expire(MutableGeneration g) {
    switch (g.timer().kind()) {
      case START_LIMIT -> startup.limitReached(g);
      case AGENT_LIMIT -> startup.giveUpAgent(g);
      case LOOK -> startup.look(g);
      case AGE -> g.awaitStartLimit(); // it was judged as that old, and lacks something else
      case PROBE_LIMIT -> startup.probeTimedOut(g);
      case NEXT_PROBE -> startup.probeAgain(g);
      case CLAIM_LIMIT -> listeners.dropUnclaimed(g);
      case DELAY_END -> farewell.park(g);
      case PARK_LIMIT -> farewell.parkUnconfirmed(g);
      case HOOKS_LIMIT -> farewell.stop(g, Reason.of(Reason.Kind.HOOKS_LEFT));
      case CONNECTIONS_LIMIT -> farewell.stop(g, Reason.of(Reason.Kind.CONNECTIONS_LEFT));
      case RETURN_LIMIT -> farewell.stop(g, Reason.of(Reason.Kind.NOT_BACK_IN_TIME));
      case STOP_LIMIT -> farewell.stopTimedOut(g);
      case DUMP_LIMIT -> farewell.killLate(g);
      case KILL_LIMIT -> farewell.killAgain(g);
      case NOTHING -> g.setTimer(Timer.NONE);
    }
  }
}
