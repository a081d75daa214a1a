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

/**
 * The socket on which {@code jhot status}, {@code reload} and {@code stop} ask. One datagram is one
 * request, so half a message cannot exist; whoever says nothing, or garbage, is sent away, and
 * nobody can make the loop wait.
 */
public final class ControlServer implements AutoCloseable {
  /** Gets what clients want. Called by the loop's thread. */
  public interface Clients {
    /**
     * Somebody has connected: {@link #accept} them.
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
     * A client went away or was sent away.
     *
     * @param client which one
     */
    void left(long client);
  }

  /** How long a client may stay silent before it is sent away, in milliseconds. */
  static final long PATIENCE = 5_000;

  /** How long nobody is accepted when no descriptor was left for that, in milliseconds. */
  private static final long PAUSE = 1_000;

  private static final int MAX_CLIENTS = 64;
  private static final int MAX_REQUEST_BYTES = 1024;

  private static final class Client {
    final Fd fd;
    final long since;
    boolean asked;

    /** What it is answered in; until it has asked, what every command can read. */
    int version = Request.FROZEN;

    Client(Fd fd, long since) {
      this.fd = fd;
      this.since = since;
    }
  }

  private Fd listener;

  /** Which file the listener is bound to. */
  private Object file;

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
    Files.deleteIfExists(socket); // left by a jhot that was killed: the lock says that it is gone
    return Sockets.listenUnix(socket.toString(), Sockets.Type.SEQPACKET, 0600, 64);
  }

  /**
   * Makes anew what clients find this instance by, where a cleaner of {@code /tmp}, say, has
   * removed it; and keeps it from looking old.
   *
   * @param now the loop's clock
   * @return whether the socket had to be made anew
   * @throws IOException when that cannot be; clients that are there are still served
   */
  public boolean renew(long now) throws IOException {
    name.renew();
    Path socket = name.socket();
    if (file.equals(NameLock.key(socket, LinkOption.NOFOLLOW_LINKS))) {
      NameLock.touch(socket);
      return false;
    }
    Fd fresh = listen(socket);
    Object key = NameLock.key(socket, LinkOption.NOFOLLOW_LINKS);
    accept(now); // who came before the path went
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
   * Accepts who waits. Where this process has no descriptor left for that, they go on waiting, and
   * are looked at again a little later.
   *
   * @param now the loop's clock
   * @return why nobody can be accepted just now; null: everybody was
   */
  public String accept(long now) throws IOException {
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
      send(client, new Reply.Refused(e.getMessage()));
      leave(number);
    } catch (PeerClosedException e) {
      leave(number);
    } catch (IOException e) {
      send(client, new Reply.Refused("cannot read the request: " + e.getMessage()));
      leave(number);
    }
  }

  /**
   * Answers a client; one that does not read its answers loses them.
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
   * Sends away who said nothing for too long.
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
      return; // the client has gone: its end of stream says so to the loop
    }
  }

  /** A reply that cannot be written costs who asked for it its answer, and nobody anything else. */
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
      if (file.equals(NameLock.key(name.socket(), LinkOption.NOFOLLOW_LINKS))) {
        Files.deleteIfExists(name.socket());
      }
    } catch (IOException e) {
      return; // the folder went away before us: nobody can find an instance there anyway
    } finally {
      name.close();
    }
  }
}
