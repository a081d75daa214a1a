package io.jhot.supervisor;

import java.util.SortedSet;

/**
 * Which listeners jhot keeps a copy of: its own ones to the end, and those that came from the app
 * for as long as a generation uses them, or may.
 */
final class FleetListeners {

  private final Turn turn;

  FleetListeners(Turn turn) {
    this.turn = turn;
  }

  private boolean knows(int listener) {
    return turn.own.contains(listener) || turn.adopted.contains(listener);
  }

  void opened(MutableGeneration g, int listener) {
    if (!knows(listener)) {
      if (turn.listenersClosed) {
        turn.perform(new Effect.ReleaseListener(listener));
        return;
      }
      turn.adopted = Ids.with(turn.adopted, listener);
    }
    g.sockets = g.sockets.with(listener);
  }

  /**
   * A copy came from a generation that is gone, or that nobody knows. The loop holds a descriptor
   * that belongs to nothing.
   */
  void openedByStranger(int listener) {
    if (!knows(listener)) {
      turn.perform(new Effect.ReleaseListener(listener));
    }
  }

  /** Of a listener that jhot has let go of, a later generation could not have a duplicate. */
  void taken(MutableGeneration g, int listener) {
    if (knows(listener)) {
      g.sockets = g.sockets.with(listener);
    }
  }

  /**
   * The app closed a listener.
   *
   * <p>If it was the last user, jhot's copy goes too, so that the app can bind the port again and
   * clients are refused meanwhile. It stays if a generation that is starting was given it: that one
   * is about to use it, and to drop the queue would lose connections in it.
   *
   * <p>A generation that is starting and closes what its predecessor holds (a probe of the port,
   * say) still owes it.
   */
  void closed(MutableGeneration g, int listener) {
    if (!g.listeners().contains(listener)) {
      return;
    }
    g.sockets = g.sockets.withHeld(Ids.without(g.listeners(), listener));
    if (g.phase() == Phase.STARTING) {
      MutableGeneration old = turn.slot.serving();
      SortedSet<Integer> before = old != null ? old.listeners() : turn.slot.lastHeld;
      if (before.contains(listener)) {
        g.sockets = g.sockets.withOffered(Ids.with(g.sockets.offered(), listener));
      }
    }
    if (turn.adopted.contains(listener) && !isNeeded(listener)) {
      release(listener);
    }
  }

  /** Whether it was given listeners of the app that it may still take. */
  boolean claimsAdopted(MutableGeneration g) {
    return !Ids.minus(g.sockets.offered(), turn.own).isEmpty();
  }

  /** What it has not taken by now it does not get. */
  void dropUnclaimed(MutableGeneration g) {
    g.sockets = g.sockets.withOffered(Ids.minus(g.sockets.offered(), turn.adopted));
    g.setTimer(Timer.NONE);
  }

  /** It serves again; what its successor had closed for good it has lost. */
  void forgetClosed(MutableGeneration g) {
    SortedSet<Integer> closed = Ids.minus(g.listeners(), Ids.union(turn.own, turn.adopted));
    g.sockets = g.sockets.withHeld(Ids.minus(g.listeners(), closed));
  }

  /**
   * Lets go of the adopted listeners that nobody uses or is about to use: clients that connect to
   * them shall be refused, and not wait in a queue that nobody reads. Examples are what a failed
   * successor opened, and what a successor has no use for.
   *
   * <p>Not while nobody serves: the next generation finds all there is, and clients wait for it.
   */
  void releaseUnused() {
    if (turn.slot.serving() == null || turn.adopted.isEmpty()) {
      return;
    }
    SortedSet<Integer> needed = turn.slot.lastHeld;
    for (int i = 0; i < turn.slot.generations.size(); i++) {
      MutableGeneration g = turn.slot.generations.get(i);
      if (g.alive()) {
        needed = Ids.union(needed, g.sockets.inUse());
      }
    }
    for (int id : Ids.minus(turn.adopted, needed)) {
      release(id);
    }
  }

  /**
   * A generation that has parked does not count: clients of a listener that its successor has
   * closed are to be refused, and if it takes over again it does so without that one.
   */
  private boolean isNeeded(int id) {
    for (int i = 0; i < turn.slot.generations.size(); i++) {
      MutableGeneration g = turn.slot.generations.get(i);
      if (g.alive() && g.sockets.uses(id)) {
        return true;
      }
    }
    return turn.slot.lastHeld.contains(id);
  }

  private void release(int id) {
    turn.adopted = Ids.without(turn.adopted, id);
    turn.perform(new Effect.ReleaseListener(id));
  }

  /** Closes all of them, once. */
  void closeAll() {
    if (!turn.listenersClosed) {
      turn.listenersClosed = true;
      turn.adopted = Ids.NONE;
      turn.perform(new Effect.CloseListeners());
    }
  }
}
