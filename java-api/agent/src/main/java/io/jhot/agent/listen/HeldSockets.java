package io.jhot.agent.listen;

import io.jhot.agent.channel.Channel;
import io.jhot.agent.channel.Handshake;
import io.jhot.agent.listen.ListenerTable.Mode;
import io.jhot.protocol.Message;
import java.io.IOException;
import java.net.BindException;
import java.net.SocketAddress;
import java.nio.channels.DatagramChannel;
import java.nio.channels.NetworkChannel;
import org.jspecify.annotations.Nullable;
import sun.nio.ch.JhotListeners;
import sun.nio.ch.JhotSockets;

/**
 * What the app asks for by the API: unix-domain listeners and UDP sockets, whose bind cannot be
 * taken over. Loaded when it does. For any thread of the app.
 */
final class HeldSockets {
  private final ListenerTable table;
  private final SharedSockets sockets;
  private final Binds binds;
  private final Exporter exporter;
  private final Channel channel;
  private final Handshake handshake;

  HeldSockets(
      ListenerTable table,
      SharedSockets sockets,
      Binds binds,
      Exporter exporter,
      Channel channel,
      Handshake handshake) {
    this.table = table;
    this.sockets = sockets;
    this.binds = binds;
    this.exporter = exporter;
    this.channel = channel;
    this.handshake = handshake;
  }

  /** See {@link Adoption#open}. */
  @Nullable NetworkChannel open(int fd, @Nullable SocketAddress at) throws IOException {
    handshake.await();
    NetworkChannel opened;
    SharedSocket match;
    synchronized (table) {
      match = sockets.find(fd, at);
      if (match == null) {
        return null;
      }
      if (match.users > 0) {
        throw new BindException("Address already in use by this app");
      }
      opened = channelOn(match);
      try {
        binds.take(
            new Listener(JhotListeners.number(opened), opened.getLocalAddress(), opened), match);
      } catch (IOException e) {
        opened.close();
        throw e;
      }
      sockets.use(match);
    }
    channel.send(new Message.Taken(match.ref));
    return opened;
  }

  private static NetworkChannel channelOn(SharedSocket socket) throws IOException {
    if (!socket.isDatagrams()) {
      return JhotListeners.unix(JhotSockets.duplicate(socket.fd));
    }
    if (socket.isOfOtherFamily(JhotListeners.isIpv6())) {
      throw new IOException(
          SharedSocket.text("udp", socket.internet().getAddress(), socket.internet().getPort())
              + " is no socket of the family that this JVM makes its own of: write --listen"
              + " udp://[::]:"
              + socket.internet().getPort()
              + ", or for IPv4 alone udp://0.0.0.0 and -Djava.net.preferIPv4Stack=true");
    }
    return datagrams(socket.fd);
  }

  private static DatagramChannel datagrams(int socket) throws IOException {
    int own = JhotSockets.duplicate(socket);
    int outgoing;
    try {
      outgoing = JhotSockets.duplicate(socket);
    } catch (IOException e) {
      JhotSockets.close(own);
      throw e;
    }
    return JhotListeners.datagrams(own, outgoing);
  }

  /** See {@link Adoption#share}. */
  NetworkChannel share(NetworkChannel bound) throws IOException {
    handshake.await();
    int fd = JhotListeners.number(bound);
    if (fd < 0) {
      return bound; // not the JDK's
    }
    if (binds.isOwn(new Listener(fd, bound.getLocalAddress(), bound))) {
      return bound;
    }
    NetworkChannel used = bound;
    if (bound instanceof DatagramChannel) {
      used = datagrams(fd);
      bound.close();
    }
    Listener listener = new Listener(JhotListeners.number(used), used.getLocalAddress(), used);
    synchronized (table) {
      if (!channel.isLost() && table.mode() != Mode.PARKED) {
        table.add(listener);
        exporter.watch(listener);
      }
    }
    return used;
  }
}
