package io.jhot.agent.listen;

import static io.jhot.agent.listen.SocketOptions.AF_INET6;
import static io.jhot.agent.listen.SocketOptions.SOL_SOCKET;
import static io.jhot.agent.listen.SocketOptions.SO_DOMAIN;

import io.jhot.agent.app.AppObjects;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.SocketAddress;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.locks.LockSupport;
import sun.nio.ch.JhotHook;

/**
 * Connections of this app to its own listeners while those are staged or parked. The kernel would
 * give such a connection to whatever generation accepts from the shared socket: a server that stops
 * itself by a word to its own port would stop its successor, and one that registers a name with its
 * own registry would register it with its predecessor. So the connection goes to a private
 * listener, which then lies under the app's descriptor in the place of the socket that nobody can
 * reach.
 *
 * <p>Guarded by {@link Adoption}'s lock.
 */
final class OwnCalls {
  private static final int BACKLOG = 50;

  /** How long a listener that goes live waits for the app to accept what it has called itself. */
  private static final long MOST_SETTLING_NANOS = 200_000_000;

  /** Where the app listened that it has closed while it was parked. */
  private final List<InetSocketAddress> closed = new ArrayList<>();

  /** The listener that the app itself means by an address, among those that are displaced. */
  static Listener find(Collection<Listener> listeners, InetAddress to, int port) {
    for (Listener one : listeners) {
      if (one.displaced && one.isTcp() && one.port == port && isReached(one.address, to)) {
        return one;
      }
    }
    return null;
  }

  /** Whether a connection to that address of this machine reaches what is bound to the other. */
  private static boolean isReached(InetAddress bound, InetAddress to) {
    if (bound.equals(to) || to.isAnyLocalAddress() && bound.isLoopbackAddress()) {
      return true;
    }
    if (!bound.isAnyLocalAddress()) {
      return false;
    }
    try {
      return to.isAnyLocalAddress()
          || to.isLoopbackAddress()
          || NetworkInterface.getByInetAddress(to) != null;
    } catch (IOException e) {
      return false; // what this machine has cannot be told: the kernel decides
    }
  }

  /**
   * A TCP listener of the same family at an address of the loopback network that is drawn by lot.
   *
   * @return its descriptor, which the listener owns from now on
   */
  static int open(Listener listener) throws IOException {
    ThreadLocalRandom random = ThreadLocalRandom.current();
    byte[] host = {127, (byte) (1 + random.nextInt(254)), (byte) random.nextInt(256), 0};
    host[3] = (byte) (1 + random.nextInt(254));
    boolean v6 = JhotHook.option(listener.fd, SOL_SOCKET, SO_DOMAIN) == AF_INET6;
    listener.inside = JhotHook.listen(v6, InetAddress.getByAddress(host), BACKLOG);
    return listener.inside;
  }

  /** Connects a socket of a native transport, as its own method does. */
  static boolean connect(Object socket, InetSocketAddress inside) throws IOException {
    try {
      return (boolean) AppObjects.call(socket, "connect", SocketAddress.class, inside);
    } catch (ReflectiveOperationException e) {
      if (e.getCause() instanceof IOException failed) {
        throw failed;
      }
      throw new ConnectException("Connection refused: " + e);
    }
  }

  /** Closes the private listener, if there is one; who waits in its queue is refused. */
  static void close(Listener listener) throws IOException {
    int fd = listener.inside;
    listener.inside = -1;
    if (fd >= 0) {
      JhotHook.close(fd);
    }
  }

  /** Waits until the app has accepted what it has called itself; not for long. */
  static void settle(Collection<Listener> listeners) {
    long began = System.nanoTime();
    for (Listener one : listeners) {
      while (one.inside >= 0
          && JhotHook.hasInput(JhotHook.descriptor(one.inside))
          && System.nanoTime() - began < MOST_SETTLING_NANOS) {
        LockSupport.parkNanos(1_000_000);
      }
    }
  }

  /** A parked listener is closed: nobody else is meant by its address from now on. */
  void closed(Listener listener) {
    if (listener.isTcp()) {
      closed.add(new InetSocketAddress(listener.address, listener.port));
    }
  }

  /** Nothing is parked any more. */
  void reopen() {
    closed.clear();
  }

  /** Whether the app had a listener there, and has closed it while it was parked. */
  boolean isClosed(InetAddress to, int port) {
    for (InetSocketAddress one : closed) {
      if (one.getPort() == port && isReached(one.getAddress(), to)) {
        return true;
      }
    }
    return false;
  }
}
