package io.jhot.agent.listen;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * An exchange of the sockets under the app's listeners, for all of them together: the selectors'
 * registrations are looked up once, not once for each. Listeners of Netty's native transports are
 * exchanged on their event loops, all of one loop in one turn. Guarded by the lock of {@link
 * ListenerTable}.
 */
final class Exchanges {
  private final List<Listener> listeners = new ArrayList<>();
  private final List<Registrations.Swap> together = new ArrayList<>();
  private final List<Registrations.Swap> alone = new ArrayList<>();
  private final Map<Object, List<Listener>> onLoops = new IdentityHashMap<>();
  private final Map<Listener, Registrations.Swap> swaps = new HashMap<>();

  /**
   * Adds an exchange.
   *
   * @param socket what to put under the listener
   * @param under another descriptor of what lies under it now; -1: there is none
   */
  void add(Listener listener, int socket, int under) {
    Registrations.Swap swap = new Registrations.Swap(listener.fd, socket, under);
    listeners.add(listener);
    swaps.put(listener, swap);
    if (listener.channel != null) {
      onLoops.computeIfAbsent(listener.channel.loop(), loop -> new ArrayList<>()).add(listener);
    } else if (listener.datagrams) {
      alone.add(swap); // a selector may change what it waits for there
    } else {
      together.add(swap);
    }
  }

  /** Adds a listener that stays on what lies under it. */
  void keep(Listener listener) {
    listeners.add(listener);
  }

  /** All that were added, in that order. */
  List<Listener> listeners() {
    return listeners;
  }

  /** Exchanges them; returns which could not be exchanged, and why. */
  Map<Listener, IOException> run() {
    Map<Integer, IOException> failed = new HashMap<>(Registrations.swap(together));
    for (Registrations.Swap one : alone) {
      failed.putAll(Registrations.swap(List.of(one)));
    }
    for (List<Listener> some : onLoops.values()) {
      List<Registrations.Swap> turn = new ArrayList<>();
      for (Listener one : some) {
        turn.add(swaps.get(one));
      }
      Objects.requireNonNull(some.get(0).channel) // only those that have one are on loops
          .onItsLoop(() -> failed.putAll(Registrations.swap(turn)));
    }
    Map<Listener, IOException> byListener = new HashMap<>();
    for (Listener one : listeners) {
      IOException failure = failed.get(one.fd);
      if (failure != null) {
        byListener.put(one, failure);
      }
    }
    return byListener;
  }
}
