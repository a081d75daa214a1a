package io.jhot.runtime;

import io.jhot.ffm.ControlMessage;
import io.jhot.ffm.Errno;
import io.jhot.ffm.ErrnoException;
import io.jhot.ffm.Fd;
import io.jhot.ffm.Own;
import io.jhot.ffm.PeerClosedException;
import io.jhot.ffm.Poller;
import io.jhot.ffm.Sockets;
import io.jhot.protocol.ProtocolException;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The socket on which {@code jhot status}, {@code reload} and {@code stop} ask. One datagram is one
 * request, so half a message cannot exist; whoever says nothing, or garbage, is sent away, and
 * nobody can make the loop wait.
 */
final class ControlServer implements AutoCloseable {
  /** How long a client may stay silent before it is sent away, in milliseconds. */
  static final long PATIENCE = 5_000;

  /** How long nobody is accepted when no descriptor was left for that, in milliseconds. */
  private static final long PAUSE = 1_000;

  private static final int MOST_CLIENTS = 64;
  private static final int MOST_REQUEST_BYTES = 1024;

  private static final class Client {
    final Fd fd;
    final long since;
    boolean asked;

    Client(Fd fd, long since) {
      this.fd = fd;
      this.since = since;
    }
  }

  private final Fd listener;
  private final Path socket;
  private final Path lockFile;
  private final FileChannel lock;
  private final Poller poller;
  private final long listenerToken;
  private final long clientToken;

  /** {@link Long#MAX_VALUE}: not paused. */
  private long pausedUntil = Long.MAX_VALUE;

  private final Map<Long, Client> clients = new HashMap<>();
  private long lastClient;

  private ControlServer(
      Fd listener,
      Path socket,
      Path lockFile,
      FileChannel lock,
      Poller poller,
      long listenerToken,
      long clientToken) {
    this.listener = listener;
    this.socket = socket;
    this.lockFile = lockFile;
    this.lock = lock;
    this.poller = poller;
    this.listenerToken = listenerToken;
    this.clientToken = clientToken;
  }

  /**
   * Takes the instance's name and listens under it.
   *
   * @param directory where
   * @param name the instance's name
   * @param poller gets the listener and the clients; stays the caller's
   * @param listenerToken the listener's token there
   * @param clientToken added to a client's number makes its token
   * @return the server, or null when a running jhot has that name
   * @throws IOException when the folder or the socket cannot be made
   */
  static ControlServer open(
      RuntimeDirectory directory, String name, Poller poller, long listenerToken, long clientToken)
      throws IOException {
    directory.prepare();
    Path lockFile = directory.path().resolve(name + ".lock");
    FileChannel lock = lock(lockFile);
    if (lock == null) {
      return null;
    }
    Path socket = directory.socket(name);
    try {
      Files.deleteIfExists(socket); // left by a jhot that was killed: the lock says that it is gone
      Fd listener = Sockets.listenUnix(socket.toString(), Sockets.Type.SEQPACKET, 0600, 64);
      poller.add(listener, listenerToken, Poller.READABLE);
      return new ControlServer(
          listener, socket, lockFile, lock, poller, listenerToken, clientToken);
    } catch (IOException e) {
      Files.deleteIfExists(lockFile); // before the lock goes: it may be the next one's by then
      lock.close();
      throw e;
    }
  }

  /**
   * Locks the file that stands for the name. The file is removed at the end, so after locking it
   * must still be the one at that path: else its owner was just leaving, and we try again.
   */
  private static FileChannel lock(Path file) throws IOException {
    while (true) {
      FileChannel channel =
          FileChannel.open(
              file,
              Set.of(
                  StandardOpenOption.CREATE, StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS),
              PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
      Object opened = fileKey(file);
      FileLock held = channel.tryLock();
      if (held == null) {
        channel.close();
        return null;
      }
      if (opened != null && opened.equals(fileKey(file))) {
        return channel;
      }
      channel.close();
    }
  }

  private static Object fileKey(Path file) throws IOException {
    try {
      return Files.readAttributes(file, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS)
          .fileKey();
    } catch (NoSuchFileException e) {
      return null;
    }
  }

  /**
   * Accepts who waits. Where this process has no descriptor left for that, they go on waiting, and
   * are looked at again a little later.
   *
   * @param now the loop's clock
   * @return why nobody can be accepted just now; null: everybody was
   */
  String accept(long now) throws IOException {
    try {
      acceptAll(now);
      return null;
    } catch (ErrnoException e) {
      if (e.errno() != Errno.EMFILE && e.errno() != Errno.ENFILE) {
        throw e;
      }
      poller.remove(listener); // it stays readable, and would wake the loop for nothing
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
      } else if (clients.size() >= MOST_CLIENTS) {
        send(client, new Reply.Refused("too many clients at once; try again"));
        fd.close();
      } else {
        clients.put(number, client);
        poller.add(fd, clientToken + number, Poller.READABLE);
      }
    }
  }

  /**
   * Reads what a client sent.
   *
   * @param number which client
   * @param into gets what happened
   */
  void read(long number, List<Happening> into) {
    Client client = clients.get(number);
    if (client == null) {
      return;
    }
    try {
      ControlMessage.Received received = ControlMessage.receive(client.fd, MOST_REQUEST_BYTES);
      if (received == null) {
        return;
      }
      for (Fd unwanted : received.descriptors()) {
        unwanted.close();
      }
      Request request = Request.decode(received.bytes());
      client.asked = true;
      into.add(new Happening.Asked(number, request));
    } catch (ProtocolException e) {
      send(client, new Reply.Refused(e.getMessage()));
      leave(number, into);
    } catch (PeerClosedException e) {
      leave(number, into);
    } catch (IOException e) {
      send(client, new Reply.Refused("cannot read the request: " + e.getMessage()));
      leave(number, into);
    }
  }

  /**
   * Answers a client; one that does not read its answers loses them.
   *
   * @param number which client
   * @param reply what
   */
  void answer(long number, Reply reply) {
    Client client = clients.get(number);
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
   * @param into gets what happened
   * @return when to look again, or {@code Long.MAX_VALUE}
   */
  long sweep(long now, List<Happening> into) throws IOException {
    if (now >= pausedUntil) {
      poller.add(listener, listenerToken, Poller.READABLE);
      pausedUntil = Long.MAX_VALUE;
    }
    long next = pausedUntil;
    for (Map.Entry<Long, Client> entry : Map.copyOf(clients).entrySet()) {
      Client client = entry.getValue();
      if (client.asked) {
        continue;
      }
      if (now >= client.since + PATIENCE) {
        leave(entry.getKey(), into);
      } else {
        next = Math.min(next, client.since + PATIENCE);
      }
    }
    return next;
  }

  private static void send(Client client, Reply reply) {
    try {
      ControlMessage.send(client.fd, reply.encode(), List.of());
    } catch (IOException e) {
      return; // the client has gone: its end of stream says so to the loop
    }
  }

  private void leave(long number, List<Happening> into) {
    Client client = clients.remove(number);
    if (client != null) {
      remove(client.fd);
      client.fd.close();
      into.add(new Happening.ClientLeft(number));
    }
  }

  private void remove(Fd fd) {
    try {
      poller.remove(fd);
    } catch (ErrnoException e) {
      throw new AssertionError("a descriptor of ours is not in our poller", e);
    }
  }

  @Override
  public void close() {
    for (Client client : clients.values()) {
      client.fd.close();
    }
    clients.clear();
    listener.close();
    try {
      Files.deleteIfExists(socket);
      Files.deleteIfExists(lockFile);
      lock.close();
    } catch (IOException e) {
      return; // the folder went away before us: nobody can find an instance there anyway
    }
  }
}
