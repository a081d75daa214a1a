package io.jhot.agent.listen;

import static io.jhot.agent.listen.SocketConstants.SOL_SOCKET;
import static io.jhot.agent.listen.SocketConstants.SO_ACCEPTCONN;

import java.io.IOException;
import java.lang.ref.WeakReference;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ProtocolFamily;
import java.net.SocketAddress;
import java.net.SocketOption;
import java.net.UnixDomainSocketAddress;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import sun.nio.ch.JhotSockets;

/**
 * One of the app's descriptors that listens, or was bound and may listen later. Guarded by the lock
 * of {@link ListenerTable}.
 */
final class Listener {
  /** An option that the app set while its socket was displaced. */
  record LaterOption(ProtocolFamily family, SocketOption<?> option, Object value) {}

  /** The app's descriptor. */
  final int fd;

  /** What the app asked for; null for a unix-domain listener. */
  final @Nullable InetAddress address;

  final int port;

  /** Whether it is a UDP socket, which receives without ever having been told to listen. */
  final boolean datagrams;

  /** The path of a unix-domain listener; else null. */
  final @Nullable Path path;

  /** The JDK's object whose thread may sleep on the descriptor; null if selectors do that alone. */
  final @Nullable WeakReference<Object> owner;

  /** Netty's channel that accepts on it past the JDK; null if the JDK accepts. */
  final @Nullable NativeChannel channel;

  /** Its name to jhot; -1 until jhot knows it. */
  int ref = -1;

  /** The agent's duplicate of the same socket; null if there is none. */
  @Nullable SharedSocket shared;

  /** The private listener that this app's own connections reach; -1 until there is such a one. */
  int inside = -1;

  /** Whether a staging or parking socket lies under the descriptor. */
  boolean displaced;

  /**
   * The agent's own descriptor of the socket that lies under it while it is displaced; -1 while it
   * is not.
   */
  int under = -1;

  /** Whether it was parked without a duplicate to come back to, for lack of a descriptor. */
  boolean lost;

  /** What the app had set before bind; null if nothing is to be passed on. */
  @Nullable SocketOptions before;

  /** What it set since, while displaced, in order. */
  final List<LaterOption> since = new ArrayList<>();

  /** One that a bind made. */
  Listener(
      int fd,
      InetAddress address,
      int port,
      @Nullable Object owner,
      @Nullable NativeChannel channel) {
    this.owner = owner == null ? null : new WeakReference<>(owner);
    this.channel = channel;
    this.fd = fd;
    this.address = address;
    this.port = port;
    this.datagrams = false;
    this.path = null;
  }

  /**
   * One that the app got by the API.
   *
   * @param at a path, or an internet address, which is UDP's then
   */
  Listener(int fd, SocketAddress at, Object owner) {
    this.owner = new WeakReference<>(owner);
    this.channel = null;
    this.fd = fd;
    InetSocketAddress internet = at instanceof InetSocketAddress found ? found : null;
    this.address = internet == null ? null : internet.getAddress();
    this.port = internet == null ? 0 : internet.getPort();
    this.datagrams = internet != null;
    this.path = at instanceof UnixDomainSocketAddress found ? found.getPath() : null;
  }

  /** What the app asked for, of one that is not bound to a path. */
  InetAddress internet() {
    return Objects.requireNonNull(address);
  }

  /** Whether it makes TCP connections. */
  boolean isTcp() {
    return !datagrams && path == null;
  }

  /** Whether clients can reach it: it listens, or is a UDP socket. */
  boolean listens() throws IOException {
    return datagrams || JhotSockets.option(fd, SOL_SOCKET, SO_ACCEPTCONN) != 0;
  }

  /** For a person: {@code port 80}. */
  String what() {
    return isTcp() ? "port " + port : datagrams ? "UDP port " + port : "unix://" + path;
  }

  /** The --listen that makes a socket which the app can take; {@code family} is its SO_DOMAIN. */
  String advice(int family) {
    if (isTcp()) {
      return SharedSocket.advice(internet(), port, family);
    }
    return "--listen NAME="
        + (datagrams ? SharedSocket.text("udp", internet(), port) : "unix://" + path)
        + " and ask for it by that name";
  }
}
