package io.jhot.agent;

import java.lang.ref.WeakReference;
import java.net.InetAddress;
import java.net.ProtocolFamily;
import java.net.SocketOption;
import java.util.ArrayList;
import java.util.List;

/**
 * One of the app's descriptors that listens, or was bound and may come to listen. Guarded by {@link
 * Adoption}'s lock.
 */
final class Listener {
  /** An option that the app set while its socket was displaced. */
  record LaterOption(ProtocolFamily family, SocketOption<?> option, Object value) {}

  /** The app's descriptor. */
  final int fd;

  /** What the app asked for. */
  final InetAddress address;

  final int port;

  /** The JDK's object whose thread may sleep on the descriptor; null if selectors do that alone. */
  final WeakReference<Object> owner;

  /** Netty's channel that accepts on it past the JDK; null if the JDK accepts. */
  final NativeChannel channel;

  /** Its name to jhot; -1 until jhot knows it. */
  int ref = -1;

  /** The agent's duplicate of the same socket; null if there is none. */
  SharedSocket shared;

  /** Whether a staging or parking socket lies under the descriptor. */
  boolean displaced;

  /** What the app had set before bind; null if nothing is to be passed on. */
  SocketOptions before;

  /** What it set since, while displaced, in order. */
  final List<LaterOption> since = new ArrayList<>();

  Listener(int fd, InetAddress address, int port, Object owner, NativeChannel channel) {
    this.owner = owner == null ? null : new WeakReference<>(owner);
    this.channel = channel;
    this.fd = fd;
    this.address = address;
    this.port = port;
  }
}
