package io.jhot.runtime.control;

import io.jhot.ffm.ControlMessage;
import io.jhot.ffm.Errno;
import io.jhot.ffm.ErrnoException;
import io.jhot.ffm.Fd;
import io.jhot.ffm.Own;
import io.jhot.ffm.PeerClosedException;
import io.jhot.ffm.Sockets;
import io.jhot.protocol.ProtocolException;
import io.jhot.runtime.poll.Reactor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The server side of the control socket, for {@code jhot status}, {@code reload} and {@code stop}.
 * One datagram is one request, so there is no half message. A client that is silent or sends
 * garbage is disconnected, and none can make the loop wait. For the loop's thread.
 */
public final class ControlServer implements AutoCloseable {
  /** Gets what clients want. Called by the loop's thread. */
  public interface Clients {
    /**
     * A client has connected: {@link #accept} it.
     *
     * @throws IOException when jhot cannot go on
     */
    void arrived() throws IOException;

    /**
     * A client asked for something.
     *
     * @param client whom to {@link #answer}
     * @param request what was asked
     */
    void asked(long client, Request request);

    /**
     * A client has left or was disconnected.
     *
     * @param client which one
     */
    void left(long client);
  }

  /** How long a client may stay silent before it is disconnected, in milliseconds. */
  static final long PATIENCE = 5_000;

  /** How long accepting pauses when no descriptor is left, in milliseconds. */
  private static final long PAUSE = 1_000;

  private static final int MAX_CLIENTS = 64;
  private static final int MAX_REQUEST_BYTES = 1024;

  private static final class Client {
    final Fd fd;
    final long since;
    boolean asked;

    /** The version of its answers; until it has asked, the one that every command can read. */
    int version = Request.FROZEN;

    Client(Fd fd, long since) {
      this.fd = fd;
      this.since = since;
    }
  }

  private Fd listener;

  /** Which file the listener is bound to. */
  private @Nullable Object file;

  private final NameLock name;
  private final Reactor reactor;

  /** {@link Long#MAX_VALUE}: not paused. */
  private long pausedUntil = Long.MAX_VALUE;

  private final Map<Long, Client> connected = new HashMap<>();
  private final Clients clients;
  private long lastClient;

  private ControlServer(Fd listener, NameLock name, Reactor reactor, Clients clients)
      throws IOException {
    this.listener = listener;
    this.file = NameLock.key(name.socket(), LinkOption.NOFOLLOW_LINKS);
    this.name = name;
    this.reactor = reactor;
    this.clients = clients;
  }

  /**
   * Listens under the instance's name.
   *
   * @param name this server's from now on, unless it throws
   * @param reactor gets the listener and the clients; stays the caller's
   * @param clients get what they want
   * @return the server
   * @throws IOException when the socket cannot be made
   */
  public static ControlServer open(NameLock name, Reactor reactor, Clients clients)
      throws IOException {
    Fd listener = listen(name.socket());
    ControlServer server = new ControlServer(listener, name, reactor, clients);
    server.awaitClients(listener);
    return server;
  }

  private void awaitClients(Fd listening) throws ErrnoException {
    reactor.add(
        listening,
        new Reactor.Handler() {
          @Override
          public void ready() throws IOException {
            clients.arrived();
          }
        });
  }

  private static Fd listen(Path socket) throws IOException {
    Files.deleteIfExists(socket); // left by a jhot that was killed; the lock shows that it is gone
    return Sockets.listenUnix(socket.toString(), Sockets.Type.SEQPACKET, 0600, 64);
  }

  /**
   * Restores the files by which clients find this instance, if a cleaner of {@code /tmp} has
   * removed them, and keeps them from looking old.
   *
   * @param now the loop's clock
   * @return whether the socket had to be restored
   * @throws IOException when that fails; connected clients are still served
   */
  public boolean renew(long now) throws IOException {
    name.renew();
    Path socket = name.socket();
    if (file != null && file.equals(NameLock.key(socket, LinkOption.NOFOLLOW_LINKS))) {
      NameLock.touch(socket);
      return false;
    }
    Fd fresh = listen(socket);
    Object key = NameLock.key(socket, LinkOption.NOFOLLOW_LINKS);
    accept(now); // those who came before the path was removed
    if (pausedUntil == Long.MAX_VALUE) {
      reactor.remove(listener);
      awaitClients(fresh);
    }
    listener.close();
    listener = fresh;
    file = key;
    return true;
  }

  /**
   * Accepts all that wait. If no descriptor is left, they go on waiting and are accepted a little
   * later.
   *
   * @param now the loop's clock
   * @return why nobody can be accepted now; null if all were
   */
  public @Nullable String accept(long now) throws IOException {
    try {
      acceptAll(now);
      return null;
    } catch (ErrnoException e) {
      if (e.errno() != Errno.EMFILE && e.errno() != Errno.ENFILE) {
        throw e;
      }
      reactor.remove(listener); // it stays readable, and would wake the loop for nothing
      pausedUntil = now + PAUSE;
      return e.getMessage();
    }
  }

  private void acceptAll(long now) throws IOException {
    for (Fd fd = Sockets.accept(listener); fd != null; fd = Sockets.accept(listener)) {
      Client client = new Client(fd, now);
      Sockets.Peer peer = Sockets.peer(fd);
      long number = ++lastClient;
      if (peer.uid() != Own.uid() && peer.uid() != 0) {
        send(client, new Reply.Refused("user " + peer.uid() + " may not control this jhot"));
        fd.close();
      } else if (connected.size() >= MAX_CLIENTS) {
        send(client, new Reply.Refused("too many clients at once; try again"));
        fd.close();
      } else {
        connected.put(number, client);
        reactor.add(fd, () -> read(number));
      }
    }
  }

  /**
   * Reads what a client sent.
   *
   * @param number which client
   */
  private void read(long number) {
    Client client = connected.get(number);
    if (client == null) {
      return;
    }
    try {
      ControlMessage.Received received = ControlMessage.receive(client.fd, MAX_REQUEST_BYTES);
      if (received == null) {
        return;
      }
      for (Fd unwanted : received.descriptors()) {
        unwanted.close();
      }
      client.version = Request.version(received.bytes());
      Request request = Request.decode(received.bytes());
      client.asked = true;
      clients.asked(number, request);
    } catch (ProtocolException e) {
      send(client, new Reply.Refused(String.valueOf(e.getMessage())));
      leave(number);
    } catch (PeerClosedException e) {
      leave(number);
    } catch (IOException e) {
      send(client, new Reply.Refused("cannot read the request: " + e.getMessage()));
      leave(number);
    }
  }

  /**
   * Answers a client. Answers that it does not read are lost.
   *
   * @param number which client
   * @param reply what
   */
  public void answer(long number, Reply reply) {
    Client client = connected.get(number);
    if (client != null) {
      send(client, reply);
      // the connection stays until the client leaves: closing here could outrun its reading
      client.asked = true;
    }
  }

  /**
   * Disconnects clients that have been silent for too long.
   *
   * @param now the loop's clock
   * @return when to look again, or {@code Long.MAX_VALUE}
   */
  public long sweep(long now) throws IOException {
    if (now >= pausedUntil) {
      awaitClients(listener);
      pausedUntil = Long.MAX_VALUE;
    }
    long next = pausedUntil;
    for (Map.Entry<Long, Client> entry : Map.copyOf(connected).entrySet()) {
      Client client = entry.getValue();
      if (client.asked) {
        continue;
      }
      if (now >= client.since + PATIENCE) {
        leave(entry.getKey());
      } else {
        next = Math.min(next, client.since + PATIENCE);
      }
    }
    return next;
  }

  private static void send(Client client, Reply reply) {
    try {
      ControlMessage.send(client.fd, encode(reply, client.version), List.of());
    } catch (IOException e) {
      return; // the client is gone: its end of stream is reported
    }
  }

  /** A reply that is too large becomes a refusal for the one that asked. */
  private static byte[] encode(Reply reply, int version) {
    try {
      return reply.encode(version);
    } catch (IllegalArgumentException e) {
      return new Reply.Refused("the answer does not fit into a message: " + e.getMessage())
          .encode(version);
    }
  }

  private void leave(long number) {
    Client client = connected.remove(number);
    if (client != null) {
      remove(client.fd);
      client.fd.close();
      clients.left(number);
    }
  }

  private void remove(Fd fd) {
    try {
      reactor.remove(fd);
    } catch (ErrnoException e) {
      throw new AssertionError("a descriptor of ours is not in the reactor", e);
    }
  }

  @Override
  public void close() {
    for (Client client : connected.values()) {
      remove(client.fd);
      client.fd.close();
    }
    connected.clear();
    if (pausedUntil == Long.MAX_VALUE) {
      remove(listener);
    }
    listener.close();
    try {
      if (file != null && file.equals(NameLock.key(name.socket(), LinkOption.NOFOLLOW_LINKS))) {
        Files.deleteIfExists(name.socket());
      }
    } catch (IOException e) {
      return; // the folder is gone: nobody can find an instance there anyway
    } finally {
      name.close();
    }
  }
}
