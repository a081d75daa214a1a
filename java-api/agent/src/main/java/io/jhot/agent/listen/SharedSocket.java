package io.jhot.agent.listen;

import static io.jhot.agent.listen.SocketConstants.AF_INET;
import static io.jhot.agent.listen.SocketConstants.AF_INET6;
import static io.jhot.agent.listen.SocketConstants.AF_UNIX;
import static io.jhot.agent.listen.SocketConstants.IPPROTO_IPV6;
import static io.jhot.agent.listen.SocketConstants.IPV6_V6ONLY;
import static io.jhot.agent.listen.SocketConstants.SOCK_STREAM;
import static io.jhot.agent.listen.SocketConstants.SOL_SOCKET;
import static io.jhot.agent.listen.SocketConstants.SO_DOMAIN;
import static io.jhot.agent.listen.SocketConstants.SO_TYPE;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import sun.nio.ch.JhotSockets;

/**
 * A socket that other generations accept or receive from too, and the duplicate of it that the
 * agent owns: inherited from jhot, or retained when a listener is parked or closed. Guarded by the
 * lock of {@link ListenerTable}.
 */
final class SharedSocket {
  /** Its name to jhot. */
  final int ref;

  /** The agent's own duplicate. */
  final int fd;

  /** The address it is bound to; null if that is a path. */
  final @Nullable InetSocketAddress address;

  /** Whether a plain bind of the app can mean it; what else there is, it gets by the API alone. */
  final boolean isTcp;

  /** What a listener is staged on that jhot probes; -1: on what all are staged on. */
  int staging = -1;

  /** How many of the app's descriptors stand for it now. */
  int users;

  /** Whether jhot has closed its copy, because the app's serving generation closed its listener. */
  boolean givenUp;

  /** Whether the app has closed its listener and jhot has not yet answered whether it keeps it. */
  boolean unsettled;

  private final int domain;
  private final boolean v6only;

  private SharedSocket(
      int ref,
      int fd,
      @Nullable InetSocketAddress address,
      boolean isTcp,
      int domain,
      boolean v6only) {
    this.ref = ref;
    this.fd = fd;
    this.address = address;
    this.isTcp = isTcp;
    this.domain = domain;
    this.v6only = v6only;
  }

  /**
   * What the descriptor is; null if it is nothing that an app listens on.
   *
   * @throws IOException if it is no socket
   */
  static @Nullable SharedSocket of(int ref, int fd) throws IOException {
    int domain = JhotSockets.option(fd, SOL_SOCKET, SO_DOMAIN);
    boolean stream = JhotSockets.option(fd, SOL_SOCKET, SO_TYPE) == SOCK_STREAM;
    boolean internet = domain == AF_INET || domain == AF_INET6;
    if (!internet && !(stream && domain == AF_UNIX)) {
      return null;
    }
    return new SharedSocket(
        ref,
        fd,
        internet ? JhotSockets.boundAddress(fd) : null,
        stream && internet,
        domain,
        isV6Only(fd, domain));
  }

  /** The address of one that is not bound to a path. */
  InetSocketAddress internet() {
    return Objects.requireNonNull(address);
  }

  /** Whether it is a UDP socket. */
  boolean isDatagrams() {
    return !isTcp && address != null;
  }

  /** Whether a UDP socket of this JVM's own would be of another family. */
  boolean isOfOtherFamily(boolean ipv6) {
    return ipv6 != (domain == AF_INET6);
  }

  private static boolean isV6Only(int fd, int domain) throws IOException {
    return domain == AF_INET6 && JhotSockets.option(fd, IPPROTO_IPV6, IPV6_V6ONLY) != 0;
  }

  /**
   * Whether a bind of the app's socket to that address means this one: an address family that it
   * can take, the same port, and the same address, where one wildcard is like another.
   */
  boolean matches(int socket, InetAddress wanted, int port) throws IOException {
    return isTcp && isAddress(wanted, port) && whyNot(socket, wanted) == null;
  }

  /**
   * Why a bind that must collide with this one cannot take it, and what to do; null if it can, or
   * need not collide.
   */
  @Nullable String whyNot(int socket, InetAddress wanted, int port) throws IOException {
    if (!isTcp || port != internet().getPort()) {
      return null;
    }
    if (isAddress(wanted, port)) {
      return whyNot(socket, wanted);
    }
    if (wanted.isAnyLocalAddress() || internet().getAddress().isAnyLocalAddress()) {
      return "the app binds "
          + text(wanted, port)
          + ", but jhot holds "
          + text(internet().getAddress(), port)
          + ": let both say the same address";
    }
    return null;
  }

  /** Whether it is bound to that address, where one wildcard is like another. */
  boolean isAddress(InetAddress wanted, int port) {
    InetAddress own = internet().getAddress();
    return port == internet().getPort()
        && (own.isAnyLocalAddress() && wanted.isAnyLocalAddress() || own.equals(wanted));
  }

  private @Nullable String whyNot(int socket, InetAddress wanted) throws IOException {
    int port = internet().getPort();
    int wantedDomain = JhotSockets.option(socket, SOL_SOCKET, SO_DOMAIN);
    if (wantedDomain == domain) {
      if (wanted.isAnyLocalAddress() && v6only != isV6Only(socket, domain)) {
        return "the app binds port "
            + port
            + " for IPv4 and IPv6, but the socket that jhot was given is for IPv6 only: let it take"
            + " both (BindIPv6Only=both in a systemd socket unit)";
      }
      return null;
    }
    if (domain == AF_INET6 && !v6only) {
      // IPv4 clients reach it, their addresses fold to IPv4 ones, and Linux knows the options of
      // IPv4 on it too (man 7 ipv6): a JVM that knows no IPv6 cannot tell
      return null;
    }
    if (domain == AF_INET) {
      // socket options such as IP_TOS fail on it in a JVM that takes its sockets for IPv6
      return "the app binds "
          + text(wanted, port)
          + " with an IPv6 socket and cannot take the IPv4 one of --listen "
          + text(internet().getAddress(), port)
          + ": write "
          + advice(wanted, port, wantedDomain);
    }
    return "the app binds "
        + text(wanted, port)
        + " with an IPv4 socket and cannot take the one for IPv6 only of --listen "
        + text(internet().getAddress(), port)
        + ": write "
        + advice(wanted, port, wantedDomain);
  }

  /** The --listen that makes a socket which the app can take. */
  static String advice(InetAddress wanted, int port, int wantedDomain) {
    if (wantedDomain == AF_INET6 && wanted.isAnyLocalAddress()) {
      return "--listen tcp://[::]:" + port + " (IPv4 clients reach it too)";
    }
    if (wantedDomain == AF_INET6 && wanted.getAddress().length == 4) {
      return "--listen "
          + text(wanted, port)
          + " and run the app with -Djava.net.preferIPv4Stack=true, or let it bind the wildcard"
          + " address and write --listen tcp://[::]:"
          + port
          + "; in a systemd socket unit: ListenStream=[::ffff:"
          + wanted.getHostAddress()
          + "]:"
          + port;
    }
    if (wanted.isAnyLocalAddress()) {
      return "--listen tcp://0.0.0.0:" + port;
    }
    return "--listen " + text(wanted, port);
  }

  private static String text(InetAddress address, int port) {
    return text("tcp", address, port);
  }

  /** As in --listen. */
  static String text(String kind, InetAddress address, int port) {
    String host = address.getHostAddress();
    return kind
        + "://"
        + (address.getAddress().length == 16 ? "[" + host + "]" : host)
        + ":"
        + port;
  }
}
