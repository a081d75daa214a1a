package io.jhot.agent.listen;

import static io.jhot.agent.listen.SocketConstants.AF_INET6;
import static io.jhot.agent.listen.SocketConstants.SOL_SOCKET;
import static io.jhot.agent.listen.SocketConstants.SO_DOMAIN;

import io.jhot.agent.app.AppObjects;
import io.jhot.agent.channel.Channel;
import io.jhot.agent.listen.ListenerTable.Mode;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.SocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import sun.nio.ch.JhotHook;
import sun.nio.ch.JhotSockets;

/**
 * Connections of this app to its own listeners while those are staged or parked. The kernel would
 * give such a connection to the generation that accepts from the shared socket. A server that stops
 * itself by a request to its own port would stop its successor; one that registers a name with its
 * own registry would register it with its predecessor. So the connection goes to a private listener
 * instead, which replaces the unreachable socket under the app's descriptor.
 *
 * <p>On the app's threads. What is not private is called with the lock of {@link ListenerTable}
 * held, unless it says otherwise.
 */
final class OwnCalls implements JhotHook.ConnectHandler {
  private static final int BACKLOG = 50;

  /** How long a listener that goes live waits for the app to accept its own connections. */
  private static final long MAX_ACCEPT_NANOS = 200_000_000;

  private final ListenerTable table;
  private final Channel channel;

  /** Addresses of listeners that the app has closed while parked. */
  private final List<InetSocketAddress> closed = new ArrayList<>();

  OwnCalls(ListenerTable table, Channel channel) {
    this.table = table;
    this.channel = channel;
  }

  // ---- what the app calls; without the lock ----

  @Override
  public boolean isOwnCall(InetAddress to, int port) {
    if (!table.hasListenedOn(port)) {
      return false;
    }
    synchronized (table) {
      return find(to, port) != null || isClosed(to, port);
    }
  }

  @Override
  public InetSocketAddress inside(InetAddress to, int port) throws IOException {
    Listener called;
    synchronized (table) {
      called = called(to, port);
      if (called == null || isReachable(called)) {
        return called == null ? new InetSocketAddress(to, port) : insideOf(called);
      }
    }
    Acceptors acceptors = new Acceptors(List.of(called), channel);
    acceptors.pauseAccepting();
    try {
      synchronized (table) {
        if (called(to, port) != called) {
          return new InetSocketAddress(to, port);
        }
        if (!isReachable(called)) {
          open(called);
          acceptors.addExchanged(called);
        }
        return insideOf(called);
      }
    } finally {
      acceptors.resumeAccepting(true);
      acceptors.wake();
    }
  }

  @Override
  public boolean connectInside(Object socket, InetAddress to, int port) throws IOException {
    InetSocketAddress inside = inside(to, port);
    try {
      return (boolean) AppObjects.call(socket, "connect", SocketAddress.class, inside);
    } catch (ReflectiveOperationException e) {
      if (e.getCause() instanceof IOException failed) {
        throw failed;
      }
      throw new ConnectException("Connection refused: " + e);
    }
  }

  /** The listener that an address means; null if it has gone live meanwhile. */
  private @Nullable Listener called(InetAddress to, int port) throws ConnectException {
    Listener listener = find(to, port);
    if (listener == null && isClosed(to, port)) {
      throw new ConnectException("Connection refused");
    }
    return listener;
  }

  /** The listener that the app itself means by an address, among those that are displaced. */
  private @Nullable Listener find(InetAddress to, int port) {
    for (Listener one : table.all()) {
      if (one.displaced && one.isTcp() && one.port == port && isReached(one.internet(), to)) {
        return one;
      }
    }
    return null;
  }

  /** Whether the app had a listener there, and has closed it while it was parked. */
  private boolean isClosed(InetAddress to, int port) {
    for (InetSocketAddress one : closed) {
      if (one.getPort() == port && isReached(one.getAddress(), to)) {
        return true;
      }
    }
    return false;
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
      return false; // this machine's addresses are unknown: the kernel decides
    }
  }

  /** Whether this app can connect to what lies under the listener. */
  private boolean isReachable(Listener listener) {
    return listener.inside >= 0 || isProbed(listener);
  }

  private boolean isProbed(Listener listener) {
    return table.mode() == Mode.STAGED && listener.shared != null && listener.shared.staging >= 0;
  }

  private static InetSocketAddress insideOf(Listener listener) throws IOException {
    return JhotSockets.boundAddress(
        listener.inside >= 0 ? listener.inside : Objects.requireNonNull(listener.shared).staging);
  }

  /**
   * Puts a private listener under the app's descriptor: TCP, of the same family, at an address of
   * the loopback network that is chosen at random.
   */
  private void open(Listener listener) throws IOException {
    ThreadLocalRandom random = ThreadLocalRandom.current();
    byte[] host = {127, (byte) (1 + random.nextInt(254)), (byte) random.nextInt(256), 0};
    host[3] = (byte) (1 + random.nextInt(254));
    boolean v6 = JhotSockets.option(listener.fd, SOL_SOCKET, SO_DOMAIN) == AF_INET6;
    listener.inside = JhotSockets.listen(v6, InetAddress.getByAddress(host), BACKLOG);
    try {
      table.addPort(JhotSockets.boundAddress(listener.inside).getPort());
      Exchanges one = new Exchanges();
      one.add(listener, listener.inside, listener.under);
      IOException failure = one.run().get(listener);
      if (failure != null) {
        throw failure;
      }
      listener.under = listener.inside;
    } catch (IOException e) {
      close(listener);
      throw e;
    }
  }

  // ---- what becomes of a private listener ----

  /** Waits for the app to accept its own connections; briefly, without the lock. */
  void awaitAccepted() {
    long began = System.nanoTime();
    for (Listener one : table.all()) {
      while (one.inside >= 0
          && JhotSockets.hasInput(JhotSockets.descriptor(one.inside))
          && System.nanoTime() - began < MAX_ACCEPT_NANOS) {
        LockSupport.parkNanos(1_000_000);
      }
    }
  }

  /** The app closes a listener: a parked one has nobody else behind its address. */
  void refuse(Listener listener) {
    if (table.mode() == Mode.PARKED && listener.isTcp()) {
      closed.add(new InetSocketAddress(listener.address, listener.port));
    }
    closeInside(listener);
  }

  /** Nothing is parked any more. */
  void reopen() {
    closed.clear();
  }

  /** Closes the private listener, if there is one; connections in its queue are refused. */
  void closeInside(Listener listener) {
    try {
      close(listener);
    } catch (IOException e) {
      channel.trouble("a private socket of " + listener.what() + " stays open: " + e.getMessage());
    }
  }

  private static void close(Listener listener) throws IOException {
    int fd = listener.inside;
    listener.inside = -1;
    if (fd >= 0) {
      JhotSockets.close(fd);
    }
  }
}
