package io.jhot.supervisor;

import java.util.SortedSet;

/**
 * The listeners of a generation, as its agent tells of them.
 *
 * @param live its agent puts the shared sockets under the app's, at bind, and not the staging
 *     socket. So from the start where nobody serves, else from {@link Event.WentLive} on
 * @param parked it accepts no connection any more
 * @param offered those that it was given and may still take
 * @param held those that it opened or took, and has not closed
 */
public record Sockets(
    boolean live, boolean parked, SortedSet<Integer> offered, SortedSet<Integer> held) {

  /** Those that it accepts from, or may take: none once it has parked. */
  SortedSet<Integer> inUse() {
    return parked ? Ids.NONE : Ids.union(held, offered);
  }

  /** Whether a listener is among those, without making the set. */
  boolean uses(int listener) {
    return !parked && (held.contains(listener) || offered.contains(listener));
  }

  Sockets withLive() {
    return new Sockets(true, parked, offered, held);
  }

  Sockets withParked(boolean now) {
    return new Sockets(live, now, offered, held);
  }

  Sockets withOffered(SortedSet<Integer> some) {
    return new Sockets(live, parked, some, held);
  }

  Sockets withHeld(SortedSet<Integer> some) {
    return new Sockets(live, parked, offered, some);
  }

  /** It has all of this listener that there is to have. */
  Sockets with(int listener) {
    return new Sockets(live, parked, Ids.without(offered, listener), Ids.with(held, listener));
  }
}
