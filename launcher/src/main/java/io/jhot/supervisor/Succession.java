package io.jhot.supervisor;

import io.jhot.supervisor.Policy.Overlap;
import io.jhot.supervisor.Reason.Kind;
import io.jhot.supervisor.Slot.Rollback;
import java.util.SortedSet;

/** When the next generation starts: for a reload, for a restart, and whether there is room. */
final class Succession {

  static final long BACKOFF_FIRST = 100;
  static final long MAX_BACKOFF = 10_000;

  /** A generation that served for so long has made good for the failures before it. */
  static final long PROVEN = 60_000;

  private final Turn turn;

  Succession(Turn turn) {
    this.turn = turn;
  }

  void started(SortedSet<Integer> own) {
    if (!turn.started && !turn.ending) {
      turn.started = true;
      turn.own = Ids.of(own);
      spawn();
    }
  }

  /**
   * Only notes the wish; {@link #startNext} fulfils it as soon as no other generation is starting.
   */
  void reloadRequested() {
    if (turn.ending) {
      turn.end.cancelReload(turn.lastNumber + 1);
    } else {
      turn.reloadPending = true;
    }
  }

  /**
   * Starts a generation if one is wanted; ends jhot if the service is over.
   *
   * <p>A reload that was asked for while a generation was starting is owed in any case, whether
   * that one succeeded or not, and also when nobody serves: the operator asked for what is on disk
   * now, and a failure of what was there before is no reason to refuse it. It starts at once,
   * without the wait that a restart would have.
   *
   * <p>While a generation serves, the next one does not wait for a failed one to be gone: SIGKILL
   * is on its way to that, and a process that hangs in the kernel must not keep the operator from
   * reloading. While nobody serves, the failed one was asked to end in peace, and may hold ports
   * and files until it has; so the next one waits. It also waits for whoever makes room for it.
   */
  void startNext() {
    MutableSlot slot = turn.slot;
    if (!turn.started || turn.ending || slot.starting() != null || slot.returning() != null) {
      return;
    }
    boolean served = slot.serving() != null;
    if (!served && (slot.makingRoom ? slot.anyIsAlive() : slot.failedOneIsStillThere())) {
      return;
    }
    if (turn.reloadPending) {
      spawn();
    } else if (!served && slot.restartAt == Timer.NEVER) {
      restartOrEnd();
    }
  }

  private void restartOrEnd() {
    MutableSlot slot = turn.slot;
    if (mayRestart()) {
      long wait = backoff();
      slot.restartAt = turn.later(wait);
      slot.restarts++;
      turn.publish(new FleetEvent.RestartPlanned(turn.lastNumber + 1, wait));
      return;
    }
    if (turn.policy.restarts() > 0 && turn.exitCode != 0) {
      turn.publish(new FleetEvent.RestartsExhausted(slot.restarts));
    }
    turn.end.begin();
  }

  /** An exit code that the operator maps to 0 is no failure. */
  private boolean mayRestart() {
    int most = turn.policy.restarts();
    return turn.exitCode != 0 && (most == -1 || turn.slot.restarts < most);
  }

  private long backoff() {
    // 100 ms doubled seven times is beyond the most; a larger shift would overflow in the end.
    return Math.min(MAX_BACKOFF, BACKOFF_FIRST << Math.min(turn.slot.restarts, 7));
  }

  /** Whatever is spawned is spawned after each reload that was asked for, and so answers it. */
  void spawn() {
    MutableSlot slot = turn.slot;
    boolean nobodyServes = slot.serving() == null;
    // Nobody is there whose connections a socket that is live too early could take.
    Sockets sockets = new Sockets(nobodyServes, false, Ids.union(turn.own, turn.adopted), Ids.NONE);
    MutableGeneration g =
        new MutableGeneration(++turn.lastNumber, turn.now, turn.reloadPending, sockets);
    turn.reloadPending = false;
    slot.restartAt = Timer.NEVER;
    turn.end.forgetExit();
    slot.makingRoom = false;
    turn.startup.begin(g);
    slot.generations.add(g);
    if (g.number() > 1) {
      turn.publish(new FleetEvent.GenerationStarted(g.number()));
    }
    turn.perform(new Effect.Spawn(g.number(), sockets.offered()));
  }

  /**
   * There is no room for a generation beside the one that serves.
   *
   * <p>Unless the operator wants an overlap or nothing, the start is taken back as if it had not
   * been: the reload is owed again, under the same number, and the one that serves makes room. Its
   * listeners stay with jhot, so that clients wait in their queues.
   */
  void noRoom(MutableGeneration g, String why) {
    if (turn.policy.overlap() == Overlap.ALWAYS || !g.birth.reload()) {
      turn.startup.ended(g, Ending.JHOT_FAILED, Reason.of(Kind.NO_ROOM, why));
      return;
    }
    MutableSlot slot = turn.slot;
    slot.generations.remove(g);
    if (!turn.reloadPending) {
      turn.lastNumber--; // else the next number answers that reload too
    }
    turn.reloadPending = true;
    // one that is about to take over again makes room when it serves, and the next one is started
    slot.makingRoom = slot.returning() == null;
    slot.restarts = 0; // what comes now was asked for
    MutableGeneration old = slot.serving();
    if (old != null) {
      slot.lastHeld = old.listeners();
      turn.farewell.drain(old, Reason.of(Kind.MAKES_ROOM, turn.lastNumber + 1, why));
    }
  }

  /**
   * Ends the oldest of those on their way out when there are more than the operator allows: each
   * holds the memory of a whole app. Those that go with jhot itself are left their time.
   */
  void limitDraining() {
    int most = turn.policy.maxDraining();
    if (most == 0 || turn.ending) {
      return;
    }
    int surplus = -most;
    for (int i = 0; i < turn.slot.generations.size(); i++) {
      surplus += isReplaced(turn.slot.generations.get(i)) ? 1 : 0;
    }
    for (int i = 0; i < turn.slot.generations.size() && surplus > 0; i++) {
      MutableGeneration g = turn.slot.generations.get(i);
      if (isReplaced(g)) {
        surplus--;
        if (g.phase() == Phase.DRAINING) {
          turn.publish(new FleetEvent.DrainLimitExceeded(g.number(), most));
          g.setLimit(Math.min(g.limit(), turn.later(turn.farewell.stopReserve())));
          turn.farewell.stop(g, Reason.of(Kind.OLDEST_OF_TOO_MANY, most));
        }
      }
    }
  }

  /** Has served, and is on its way out; a failed start is none of these. */
  private boolean isReplaced(MutableGeneration g) {
    return (g.phase() == Phase.DRAINING || g.phase() == Phase.STOPPING)
        && g.stage() != Stage.RETURNING
        && g.number() < turn.slot.lastServed;
  }

  /**
   * The generation that serves died, and nobody had asked it to.
   *
   * <p>A successor that is starting goes on, also between {@link Effect.GoLive} and {@link
   * Event.WentLive}: it is the shortest way back to a service, and clients wait in the shared queue
   * meanwhile. If it fails, all goes on as if it had not been there.
   */
  void diedServing(MutableGeneration g, int code, Reason how) {
    MutableSlot slot = turn.slot;
    if (turn.now - g.progress.phaseSince() >= PROVEN) {
      slot.restarts = 0;
    }
    slot.lastHeld = g.listeners();
    turn.end.noteExit(g, code);
    turn.farewell.gone(g, how);
    if (code != 0) {
      slot.rollback = new Rollback(g.number(), how);
    }
    MutableGeneration successor = slot.starting();
    turn.publish(
        new FleetEvent.Died(
            g.number(), how, code != 0, successor == null ? 0 : successor.number()));
  }
}
