package io.jhot.ffm;

import io.jhot.ffm.gen.Abi;

/**
 * What a socket is and where it is bound; tells whether two descriptors are the same listener.
 *
 * @param type what it transfers
 * @param family the kind of its address
 * @param address the IP address in text form; a unix path, {@code @name} if abstract; "" for none
 * @param port 1 to 65535; 0 when not bound, or without ports
 * @param v6only whether an INET6 socket takes no IPv4
 * @param listening whether clients can connect to it
 * @param inode the number of the socket in this system, the same for all duplicates
 */
public record SocketDescription(
    Sockets.Type type,
    Family family,
    String address,
    int port,
    boolean v6only,
    boolean listening,
    long inode) {

  /** {@code socket:[4711]}, with a number of 64 bits. */
  private static final int LONGEST_LINK = 32;

  /** The kind of an address. */
  public enum Family {
    /** IPv4. */
    INET,
    /** IPv6. */
    INET6,
    /** A unix socket. */
    UNIX,
    /** Anything else, such as netlink. */
    OTHER
  }

  /**
   * Describes a socket (man 2 getsockname, man 7 socket).
   *
   * @param socket any socket, listening or not
   * @return what it is at this moment
   * @throws ErrnoException what the kernel says; EINVAL for a type that {@link Sockets.Type} does
   *     not have
   */
  public static SocketDescription of(Fd socket) throws ErrnoException {
    int number = socket.number();
    try (Frame frame = Frame.of(SocketAddresses.ROOM + 16 + 4 * 2 * 16)) {
      int start = frame.reserve(SocketAddresses.ROOM);
      int length = frame.reserve(4);
      frame.memory().putInt(length, SocketAddresses.ROOM);
      int result = Libc.getsockname(frame, number, frame.address(start), frame.address(length));
      if (result < 0) {
        throw ErrnoException.of("describe a socket", "getsockname", result);
      }
      int domain = option(frame, number, Abi.SOL_SOCKET, Abi.SO_DOMAIN);
      Sockets.Type type = type(option(frame, number, Abi.SOL_SOCKET, Abi.SO_TYPE));
      boolean listening = option(frame, number, Abi.SOL_SOCKET, Abi.SO_ACCEPTCONN) == 1;
      Family family = Family.OTHER;
      String address = "";
      int port = 0;
      boolean v6only = false;
      if (domain == Abi.AF_INET) {
        family = Family.INET;
        address = SocketAddresses.host(frame.bytes(start + Abi.SOCKADDR_IN_SIN_ADDR, 4));
        port = SocketAddresses.port(frame.memory(), start + Abi.SOCKADDR_IN_SIN_PORT);
      } else if (domain == Abi.AF_INET6) {
        family = Family.INET6;
        address = SocketAddresses.host(frame.bytes(start + Abi.SOCKADDR_IN6_SIN6_ADDR, 16));
        int scope = frame.memory().getInt(start + Abi.SOCKADDR_IN6_SIN6_SCOPE_ID);
        if (scope != 0) {
          address = address + "%" + scope;
        }
        port = SocketAddresses.port(frame.memory(), start + Abi.SOCKADDR_IN6_SIN6_PORT);
        v6only = option(frame, number, Abi.IPPROTO_IPV6, Abi.IPV6_V6ONLY) == 1;
      } else if (domain == Abi.AF_UNIX) {
        family = Family.UNIX;
        address = SocketAddresses.unixName(frame, start, frame.memory().getInt(length));
      }
      return new SocketDescription(type, family, address, port, v6only, listening, inode(number));
    }
  }

  private static int option(Frame frame, int socket, int level, int name) throws ErrnoException {
    int value = IntSocketOptions.get(frame, socket, level, name);
    if (value < 0) {
      throw ErrnoException.of("describe a socket", "getsockopt", value);
    }
    return value;
  }

  private static Sockets.Type type(int number) throws ErrnoException {
    for (Sockets.Type type : Sockets.Type.values()) {
      if (type.number == number) {
        return type;
      }
    }
    throw new ErrnoException("describe a socket of type " + number, "getsockopt", Errno.EINVAL);
  }

  /** The number in {@code socket:[4711]}. */
  private static long inode(int number) throws ErrnoException {
    String target = Fd.lent(number).target(LONGEST_LINK);
    long inode = 0;
    for (int i = 0; i < target.length(); i++) {
      int digit = target.charAt(i) - '0';
      if (digit >= 0 && digit <= 9) {
        inode = inode * 10 + digit;
      }
    }
    return inode;
  }

  /**
   * The socket in one word.
   *
   * @return {@code tcp://0.0.0.0:80}, {@code udp://[::]:53}, {@code unix:///run/x}, {@code
   *     unix:@name}
   */
  public String text() {
    switch (family) {
      case INET:
        return scheme() + address + ":" + port;
      case INET6:
        if (address.startsWith("::ffff:") && address.indexOf('.') > 0) {
          // bound to an IPv4 address by a program that makes IPv6 sockets only, as Java does
          return scheme() + address.substring("::ffff:".length()) + ":" + port;
        }
        return scheme() + "[" + address + "]:" + port;
      case UNIX:
        return address.startsWith("/") ? "unix://" + address : "unix:" + address;
      default:
        return "socket:[" + inode + "]";
    }
  }

  private String scheme() {
    return type == Sockets.Type.DATAGRAM ? "udp://" : "tcp://";
  }
}
