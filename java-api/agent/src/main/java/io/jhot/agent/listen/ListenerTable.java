package io.jhot.agent.listen;

import java.util.Collection;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * The app's listeners by descriptor, and whether this generation accepts.
 *
 * <p>Its monitor is the one lock of this package: it guards the table, each {@link Listener} in it
 * and {@link SharedSockets}. It is held while descriptors are exchanged, never while waiting for
 * jhot or for the app. Methods are called with it held, unless they say otherwise.
 */
final class ListenerTable {
  /** What jhot wants of this generation. */
  enum Mode {
    /** Not yet accepting: on sockets that nobody can connect to. */
    STAGED,
    /** Accepting from the shared sockets. */
    LIVE,
    /** Accepting no more, while other generations do. */
    PARKED
  }

  private final Map<Integer, Listener> listeners = new ConcurrentHashMap<>();
  private final Set<Integer> ports = ConcurrentHashMap.newKeySet();
  private Mode mode = Mode.LIVE;
  private int nextRef;

  Mode mode() {
    return mode;
  }

  void enter(Mode next) {
    mode = next;
  }

  /** Begins to number listeners, from there on. */
  void numberFrom(int first) {
    nextRef = first;
  }

  /** The next listener's name to jhot. */
  int nextRef() {
    return nextRef++;
  }

  /** Enters a listener, before its bind returns. */
  void add(Listener listener) {
    listeners.put(listener.fd, listener);
  }

  /** The app accepts TCP connections on that port. */
  void addPort(int port) {
    ports.add(port);
  }

  /** Takes a listener out, before its descriptor is closed; null if there is none. */
  @Nullable Listener remove(int fd) {
    return listeners.remove(fd);
  }

  /**
   * The listener under that descriptor; null if there is none. To be asked without the lock too.
   */
  @Nullable Listener get(int fd) {
    return listeners.get(fd);
  }

  /** All listeners; may be gone through without the lock, which may miss the newest. */
  Collection<Listener> all() {
    return listeners.values();
  }

  /**
   * Whether the app has ever listened on that TCP port: accepted connections have one of these as
   * their own. To be asked without the lock.
   */
  boolean hasListenedOn(int port) {
    return ports.contains(port);
  }
}
