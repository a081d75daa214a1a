package io.jhot.ffm;

import io.jhot.ffm.gen.Abi;
import java.io.IOException;
import java.net.Inet6Address;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Opens sockets (man 2 socket, man 7 ip, man 7 ipv6, man 7 unix). Every socket is close-on-exec
 * from the start and owned by the caller. All methods may be called from any thread.
 *
 * <p>A unix address that begins with {@code @} is a name in the abstract namespace.
 */
public final class Sockets {
  private static final int MAX_NOTIFY_BYTES = 4096; // as systemd has it: PIPE_BUF

  /** Of a name that nobody can guess. */
  private static final int RANDOM_BYTES = 16;

  private static final int MAX_ATTEMPTS = 100;
  private static final int FIRST_PASSED = 3; // SD_LISTEN_FDS_START

  private static final int SHUT_RD = 0; // man 2 shutdown

  private Sockets() {}

  /** The kind of a socket. */
  public enum Type {
    /** A stream of bytes: TCP, or a unix stream. */
    STREAM(Abi.SOCK_STREAM),
    /** Single messages: UDP, or unix datagrams. */
    DATAGRAM(Abi.SOCK_DGRAM),
    /** Messages over a connection. */
    SEQPACKET(Abi.SOCK_SEQPACKET);

    final int number;

    Type(int number) {
      this.number = number;
    }
  }

  /**
   * Two sockets that are connected to each other.
   *
   * @param first one end
   * @param second the other
   */
  public record Pair(Fd first, Fd second) {}

  /**
   * A socket for {@code sd_notify} messages.
   *
   * @param fd the socket
   * @param name what NOTIFY_SOCKET is set to, {@code @...}
   */
  public record Notify(Fd fd, String name) {}

  /**
   * A message to a {@link Notify} socket.
   *
   * @param bytes its text
   * @param pid who sent it, as the kernel says; 0 for a process outside our pid namespace
   * @param uid the sender's user
   * @param fds descriptors that rode along, owned by the receiver
   */
  public record Datagram(byte[] bytes, int pid, int uid, List<Fd> fds) {}

  /**
   * The process at the other end of a unix connection.
   *
   * @param pid the process that connected or listened; 0 when it is outside our pid namespace
   * @param uid its effective user at that time
   * @param gid its effective group
   */
  public record Peer(int pid, int uid, int gid) {}

  /**
   * Two connected unix sockets, blocking (man 2 socketpair).
   *
   * @param type any of them
   * @return both ends
   * @throws ErrnoException EMFILE, ENFILE
   */
  public static Pair pair(Type type) throws ErrnoException {
    try (Frame frame = Frame.of(8)) {
      int ends = frame.reserve(8);
      int result =
          Libc.socketpair(
              frame, Abi.AF_UNIX, type.number | Abi.SOCK_CLOEXEC, 0, frame.address(ends));
      if (result < 0) {
        throw ErrnoException.of("open a pair of sockets", "socketpair", result);
      }
      return new Pair(
          Fd.owned(frame.memory().getInt(ends)), Fd.owned(frame.memory().getInt(ends + 4)));
    }
  }

  /**
   * A listening TCP socket, nonblocking, with SO_REUSEADDR. The wildcard {@code ::} takes IPv4
   * connections too.
   *
   * @param address a resolved address; an {@link Inet6Address} makes an AF_INET6 socket
   * @param backlog how many connections may wait; the kernel caps it at net.core.somaxconn
   * @return the socket
   * @throws ErrnoException EADDRINUSE, EACCES, EADDRNOTAVAIL, EAFNOSUPPORT where there is no IPv6
   * @throws IllegalArgumentException for an unresolved address
   */
  public static Fd listen(InetSocketAddress address, int backlog) throws ErrnoException {
    String doing = "listen on " + SocketAddresses.text("tcp", address);
    try (Frame frame = Frame.of(SocketAddresses.ROOM + 3 * 16)) {
      Fd socket = bound(frame, doing, address, Abi.SOCK_STREAM);
      listen(frame, doing, socket, backlog);
      return socket;
    }
  }

  /**
   * A UDP socket, nonblocking. The wildcard {@code ::} takes IPv4 datagrams too.
   *
   * @param address a resolved address
   * @return the socket
   * @throws ErrnoException as for {@link #listen}
   * @throws IllegalArgumentException for an unresolved address
   */
  public static Fd bindDatagram(InetSocketAddress address) throws ErrnoException {
    String doing = "receive on " + SocketAddresses.text("udp", address);
    try (Frame frame = Frame.of(SocketAddresses.ROOM + 2 * 16)) {
      return bound(frame, doing, address, Abi.SOCK_DGRAM);
    }
  }

  /**
   * Whether a TCP socket has SO_REUSEPORT (man 7 socket).
   *
   * @param socket any socket
   * @throws ErrnoException ENOTSOCK
   */
  public static boolean hasReusePort(Fd socket) throws ErrnoException {
    try (Frame frame = Frame.of(2 * 16)) {
      int value = IntSocketOptions.get(frame, socket.number(), Abi.SOL_SOCKET, Abi.SO_REUSEPORT);
      if (value < 0) {
        throw ErrnoException.of("see whether a port is shared", "getsockopt", value);
      }
      return value != 0;
    }
  }

  /**
   * Whether this user can bind one more TCP socket where one listens already: it can if all sockets
   * there have SO_REUSEPORT and belong to this user. Tests it with a bind; no client can connect to
   * the test socket, since it does not listen.
   *
   * @param listener one of our network namespace
   * @throws ErrnoException any errno but EADDRINUSE and EACCES
   */
  public static boolean canJoin(InetDiag.Listener listener) throws ErrnoException {
    String doing = "see who shares " + listener.text();
    InetSocketAddress address = new InetSocketAddress(listener.host(), listener.port());
    try (Frame frame = Frame.of(SocketAddresses.ROOM + 16)) {
      int start = frame.reserve(SocketAddresses.ROOM);
      int length =
          listener.ipv6()
              ? SocketAddresses.putMapped(frame, start, address)
              : SocketAddresses.put(frame, start, address);
      int family = listener.ipv6() ? Abi.AF_INET6 : Abi.AF_INET;
      try (Fd socket = open(frame, doing, family, Abi.SOCK_STREAM)) {
        set(frame, doing, socket, Abi.SOL_SOCKET, Abi.SO_REUSEPORT, 1);
        int result = Libc.bind(frame, socket.number(), frame.address(start), length);
        if (result == -Errno.EADDRINUSE || result == -Errno.EACCES) {
          return false;
        }
        check(doing, "bind", result);
        return true;
      }
    }
  }

  private static Fd bound(Frame frame, String doing, InetSocketAddress address, int type)
      throws ErrnoException {
    int family = SocketAddresses.family(address);
    Fd socket = open(frame, doing, family, type | Abi.SOCK_NONBLOCK);
    try {
      if (type == Abi.SOCK_STREAM) {
        set(frame, doing, socket, Abi.SOL_SOCKET, Abi.SO_REUSEADDR, 1);
      }
      if (family == Abi.AF_INET6) {
        set(frame, doing, socket, Abi.IPPROTO_IPV6, Abi.IPV6_V6ONLY, 0);
      }
      int start = frame.reserve(SocketAddresses.ROOM);
      int length = SocketAddresses.put(frame, start, address);
      bind(frame, doing, socket, start, length);
      return socket;
    } catch (ErrnoException failed) {
      socket.close();
      throw failed;
    }
  }

  /**
   * A listening unix socket, nonblocking, at a path that does not exist yet. Its mode is set before
   * any client can connect. The caller removes the path in the end.
   *
   * @param path at most 107 bytes
   * @param type STREAM or SEQPACKET
   * @param mode who may connect, such as 0600; without effect for an abstract name
   * @param backlog how many connections may wait
   * @return the socket
   * @throws ErrnoException EADDRINUSE when the path exists, EACCES, ENOENT, ENAMETOOLONG
   */
  public static Fd listenUnix(String path, Type type, int mode, int backlog) throws ErrnoException {
    Fd socket = bindUnix(path, type, mode);
    try (Frame frame = Frame.empty()) {
      int result = Libc.listen(frame, socket.number(), backlog);
      if (result < 0) {
        unlink(path);
        socket.close();
        throw ErrnoException.of("listen on " + path, "listen", result);
      }
      return socket;
    }
  }

  /**
   * The same, but not listening yet: until {@link #listen(Fd, int)} no client can connect, so the
   * path can still be given to another owner.
   */
  public static Fd bindUnix(String path, Type type, int mode) throws ErrnoException {
    String doing = "listen on " + path;
    byte[] name = OsText.bytes(path);
    try (Frame frame = Frame.of(SocketAddresses.ROOM + Frame.room(name.length + 1))) {
      int start = frame.reserve(SocketAddresses.ROOM);
      int length = unixAddress(frame, doing, "bind", start, path);
      Fd socket = open(frame, doing, Abi.AF_UNIX, type.number | Abi.SOCK_NONBLOCK);
      boolean bound = false;
      try {
        // bind(2) gives the path the socket's mode without the umask; chmod(2) restores those bits
        check(doing, "fchmod", Libc.fchmod(frame, socket.number(), mode));
        bind(frame, doing, socket, start, length);
        if (!path.startsWith("@")) {
          bound = true;
          int file = frame.reserveText(name);
          check(doing, "chmod", Libc.chmod(frame, frame.address(file), mode));
        }
        return socket;
      } catch (ErrnoException failed) {
        if (bound) {
          unlink(path);
        }
        socket.close();
        throw failed;
      }
    }
  }

  /**
   * Starts listening on a socket of {@link #bindUnix}; from here on clients can connect.
   *
   * @param socket the caller still owns it
   * @param backlog how many connections may wait
   * @throws ErrnoException what listen says
   */
  public static void listen(Fd socket, int backlog) throws ErrnoException {
    try (Frame frame = Frame.empty()) {
      check("listen", "listen", Libc.listen(frame, socket.number(), backlog));
    }
  }

  /**
   * Ends the listening of a stream socket for every process that has a descriptor of it (man 2
   * shutdown, SHUT_RD): clients are refused, those that wait in its queue are reset, and a TCP port
   * can be bound again by a socket with SO_REUSEADDR, as Java's server sockets have it, though
   * descriptors stay open. Nothing happens to one that does not listen any more.
   *
   * @param listener a TCP or unix listener; the caller still owns it
   * @throws ErrnoException what shutdown says
   */
  public static void stopListening(Fd listener) throws ErrnoException {
    try (Frame frame = Frame.empty()) {
      int result = Libc.shutdown(frame, listener.number(), SHUT_RD);
      if (result != -Errno.ENOTCONN) {
        check("stop listening", "shutdown", result);
      }
    }
  }

  private static void unlink(String path) {
    byte[] name = OsText.bytes(path);
    if (path.startsWith("@")) {
      return;
    }
    try (Frame frame = Frame.of(Frame.room(name.length + 1))) {
      Libc.unlink(frame, frame.address(frame.reserveText(name)));
    }
  }

  /**
   * Connects to a unix socket without ever waiting; the connection itself is blocking.
   *
   * @param path where a server listens
   * @param type the server's type
   * @return the connection
   * @throws ErrnoException ENOENT, ECONNREFUSED when no server listens, EACCES, EAGAIN when more
   *     connections wait than the listener allows, EPROTOTYPE
   */
  public static Fd connectUnix(String path, Type type) throws ErrnoException {
    String doing = "connect to " + path;
    try (Frame frame = Frame.of(SocketAddresses.ROOM)) {
      int start = frame.reserve(SocketAddresses.ROOM);
      int length = unixAddress(frame, doing, "connect", start, path);
      Fd socket = open(frame, doing, Abi.AF_UNIX, type.number | Abi.SOCK_NONBLOCK);
      try {
        check(doing, "connect", Libc.connect(frame, socket.number(), frame.address(start), length));
        socket.setNonBlocking(false);
        return socket;
      } catch (ErrnoException failed) {
        socket.close();
        throw failed;
      }
    }
  }

  /**
   * A listening unix STREAM socket, nonblocking, that no client can connect to. It takes the place
   * of an app's listener while that must not get connections.
   *
   * <p>It is bound to a path, and the path is unlinked before it listens: no process can address it
   * any more. An abstract name could be found in /proc/net/unix by any process in the network
   * namespace.
   *
   * @return the socket
   * @throws ErrnoException when none of the usual folders for temporary files is writable; EMFILE
   */
  public static Fd listenUnreachable() throws ErrnoException {
    String[] folders = {System.getProperty("java.io.tmpdir"), "/dev/shm", "/run", "/tmp"};
    ErrnoException last = null;
    for (String folder : folders) {
      for (int attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
        String path = folder + "/.jhot-" + Own.pid() + "-" + Long.toHexString(System.nanoTime());
        try {
          return listenUnreachable(path);
        } catch (ErrnoException failed) {
          last = failed;
          if (failed.errno() == Errno.EMFILE || failed.errno() == Errno.ENFILE) {
            throw failed;
          }
          if (failed.errno() != Errno.EADDRINUSE) {
            break;
          }
        }
      }
    }
    throw Objects.requireNonNull(last); // no folder let it be made
  }

  private static Fd listenUnreachable(String path) throws ErrnoException {
    String doing = "listen where nobody can connect";
    byte[] name = OsText.bytes(path);
    try (Frame frame = Frame.of(SocketAddresses.ROOM + Frame.room(name.length + 1))) {
      int start = frame.reserve(SocketAddresses.ROOM);
      int length = unixAddress(frame, doing, "bind", start, path);
      Fd socket = open(frame, doing, Abi.AF_UNIX, Abi.SOCK_STREAM | Abi.SOCK_NONBLOCK);
      try {
        check(doing, "fchmod", Libc.fchmod(frame, socket.number(), 0600));
        bind(frame, doing, socket, start, length);
        long file = frame.address(frame.reserveText(name));
        check(doing, "unlink", Libc.unlink(frame, file));
        check(doing, "listen", Libc.listen(frame, socket.number(), 1));
        return socket;
      } catch (ErrnoException failed) {
        socket.close();
        throw failed;
      }
    }
  }

  /**
   * A socket for {@code sd_notify} messages (man 3 sd_notify), nonblocking, under an abstract name
   * that cannot be guessed and is never used again. The kernel would choose a name of five digits
   * and may give it to a later socket: a process of an old generation would then write to the wrong
   * one. Any process in the network namespace can find the name and write to it, so check the
   * sender of each message.
   *
   * @return the socket and its name
   * @throws ErrnoException EMFILE, ENFILE
   */
  public static Notify bindNotify() throws ErrnoException {
    String doing = "open a notify socket";
    String name = "@jhot-notify-" + random(doing);
    try (Frame frame = Frame.of(SocketAddresses.ROOM + 2 * 16)) {
      Fd socket = open(frame, doing, Abi.AF_UNIX, Abi.SOCK_DGRAM | Abi.SOCK_NONBLOCK);
      try {
        set(frame, doing, socket, Abi.SOL_SOCKET, Abi.SO_PASSCRED, 1);
        int start = frame.reserve(SocketAddresses.ROOM);
        int length = unixAddress(frame, doing, "bind", start, name);
        bind(frame, doing, socket, start, length);
        return new Notify(socket, name);
      } catch (ErrnoException failed) {
        socket.close();
        throw failed;
      }
    }
  }

  /** 128 random bits of the kernel, in hexadecimal digits. */
  private static String random(String doing) throws ErrnoException {
    byte[] path = OsText.bytes("/dev/urandom");
    try (Frame frame = Frame.of(Frame.room(path.length + 1) + RANDOM_BYTES)) {
      int file =
          Libc.open(frame, frame.address(frame.reserveText(path)), Abi.O_RDONLY | Abi.O_CLOEXEC);
      check(doing, "open /dev/urandom", file);
      try (Fd fd = Fd.owned(file)) {
        int start = frame.reserve(RANDOM_BYTES);
        int read = Libc.read(frame, fd.number(), frame.address(start), RANDOM_BYTES);
        check(doing, "read /dev/urandom", read);
        return HexFormat.of().formatHex(frame.bytes(start, RANDOM_BYTES)); // whole: man 4 urandom
      }
    }
  }

  /**
   * Takes the next message of a notify socket; never waits. Messages of more than 4096 bytes, and
   * those whose descriptors did not all fit into this process, are dropped and their descriptors
   * closed.
   *
   * @param fd of {@link #bindNotify}
   * @return the message, or null when none waits
   * @throws ErrnoException what recvmsg says
   */
  public static @Nullable Datagram receiveNotify(Fd fd) throws ErrnoException {
    try (Frame frame = Frame.of(Ancillary.room(MAX_NOTIFY_BYTES, Ancillary.CONTROL_ROOM))) {
      Ancillary message = Ancillary.incoming(frame, MAX_NOTIFY_BYTES);
      while (true) {
        int result = message.receive(fd.number(), Abi.MSG_DONTWAIT);
        if (result == -Errno.EAGAIN) {
          return null;
        }
        if (result < 0) {
          throw ErrnoException.of("receive a notification", "recvmsg", result);
        }
        if (!message.isTruncated()) {
          return new Datagram(
              message.bytes(), message.senderPid(), message.senderUid(), message.descriptors());
        }
        message.closeDescriptors();
      }
    }
  }

  /**
   * Takes ownership of the sockets that the parent passed to this process (systemd's
   * sd_listen_fds(3)): descriptors 3 and following. They become close-on-exec and nonblocking. Call
   * it once.
   *
   * @param count how many, as LISTEN_FDS says
   * @return all of them, in order
   * @throws ErrnoException EBADF, ENOTSOCK: one of them is not what was announced; all are left as
   *     they were
   */
  public static List<Fd> passed(int count) throws ErrnoException {
    return passed(FIRST_PASSED, count);
  }

  static List<Fd> passed(int first, int count) throws ErrnoException {
    for (int number = first; number < first + count; number++) {
      try (Frame frame = Frame.of(2 * 16)) {
        int type = IntSocketOptions.get(frame, number, Abi.SOL_SOCKET, Abi.SO_TYPE);
        if (type < 0) {
          throw new ErrnoException(
              "take descriptor " + number + " as a socket that was passed to this process",
              "getsockopt",
              -type);
        }
      }
    }
    List<Fd> sockets = new ArrayList<>(count);
    for (int number = first; number < first + count; number++) {
      Fd socket = Fd.owned(number);
      sockets.add(socket);
      socket.setCloseOnExec(true);
      socket.setNonBlocking(true);
    }
    return sockets;
  }

  /**
   * Accepts a connection (man 2 accept4), close-on-exec and nonblocking. Never waits on a
   * nonblocking listener.
   *
   * @param listener a listening socket
   * @return the connection, or null when none waits
   * @throws ErrnoException EMFILE, ENFILE: the connection goes on waiting
   */
  public static @Nullable Fd accept(Fd listener) throws ErrnoException {
    try (Frame frame = Frame.empty()) {
      int result;
      do {
        result = Libc.accept4(frame, listener.number(), 0, 0, Abi.SOCK_CLOEXEC | Abi.SOCK_NONBLOCK);
      } while (result == -Errno.ECONNABORTED); // that client is gone, another may wait
      if (result == -Errno.EAGAIN) {
        return null;
      }
      if (result < 0) {
        throw ErrnoException.of("accept a connection", "accept4", result);
      }
      return Fd.owned(result);
    }
  }

  /**
   * The process at the other end of a connected unix socket, as the kernel saw it when the
   * connection was made (man 7 unix, SO_PEERCRED).
   *
   * @param fd the socket
   * @return the peer
   * @throws ErrnoException what getsockopt says
   */
  public static Peer peer(Fd fd) throws ErrnoException {
    try (Frame frame = Frame.of(3 * 16)) {
      int credentials = frame.reserve(Abi.UCRED_SIZE);
      int length = frame.reserve(4);
      frame.memory().putInt(length, Abi.UCRED_SIZE);
      check(
          "ask who is at the other end",
          "getsockopt",
          Libc.getsockopt(
              frame,
              fd.number(),
              Abi.SOL_SOCKET,
              Abi.SO_PEERCRED,
              frame.address(credentials),
              frame.address(length)));
      return new Peer(
          frame.memory().getInt(credentials + Abi.UCRED_PID),
          frame.memory().getInt(credentials + Abi.UCRED_UID),
          frame.memory().getInt(credentials + Abi.UCRED_GID));
    }
  }

  /**
   * Sends one message to a notify socket (man 3 sd_notify); never waits.
   *
   * @param socketName the value of NOTIFY_SOCKET: a path, or {@code @name}
   * @param text such as {@code READY=1}
   * @return false when the receiver's queue is full
   * @throws ErrnoException ENOENT, ECONNREFUSED when no process receives there; EACCES,
   *     ENAMETOOLONG, EMSGSIZE
   */
  public static boolean sendNotify(String socketName, String text) throws IOException {
    String doing = "notify " + socketName;
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    try (Frame frame = Frame.of(Ancillary.room(bytes.length, 0) + SocketAddresses.ROOM)) {
      unixAddress(frame, doing, "sendmsg", frame.reserve(SocketAddresses.ROOM), socketName);
      try (Fd socket = open(frame, doing, Abi.AF_UNIX, Abi.SOCK_DGRAM)) {
        int result =
            Ancillary.outgoing(frame, bytes, socketName).send(socket.number(), Abi.MSG_DONTWAIT);
        if (result == -Errno.EAGAIN) {
          return false;
        }
        check(doing, "sendmsg", result);
        return true;
      }
    }
  }

  private static Fd open(Frame frame, String doing, int family, int type) throws ErrnoException {
    int result = Libc.socket(frame, family, type | Abi.SOCK_CLOEXEC, 0);
    check(doing, "socket", result);
    return Fd.owned(result);
  }

  private static int unixAddress(Frame frame, String doing, String call, int start, String path)
      throws ErrnoException {
    int length = SocketAddresses.put(frame, start, path);
    check(doing, call, length);
    return length;
  }

  private static void bind(Frame frame, String doing, Fd socket, int start, int length)
      throws ErrnoException {
    check(doing, "bind", Libc.bind(frame, socket.number(), frame.address(start), length));
  }

  private static void listen(Frame frame, String doing, Fd socket, int backlog)
      throws ErrnoException {
    int result = Libc.listen(frame, socket.number(), backlog);
    if (result < 0) {
      socket.close();
      throw ErrnoException.of(doing, "listen", result);
    }
  }

  private static void set(Frame frame, String doing, Fd socket, int level, int name, int value)
      throws ErrnoException {
    check(doing, "setsockopt", IntSocketOptions.set(frame, socket.number(), level, name, value));
  }

  private static void check(String doing, String call, int result) throws ErrnoException {
    if (result < 0) {
      throw ErrnoException.of(doing, call, result);
    }
  }
}
