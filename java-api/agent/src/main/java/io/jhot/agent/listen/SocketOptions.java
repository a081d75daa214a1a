package io.jhot.agent.listen;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import sun.nio.ch.JhotHook;

/**
 * What the app has set on its own socket before bind, to be set on the socket that it gets instead.
 * Only what a listening socket passes on to its connections matters. Immutable.
 */
public final class SocketOptions {
  public static final int SOL_SOCKET = 1;
  static final int SO_REUSEADDR = 2;
  public static final int SO_TYPE = 3;
  static final int SO_REUSEPORT = 15;
  static final int SO_ACCEPTCONN = 30;
  public static final int SO_DOMAIN = 39;
  static final int IPPROTO_IPV6 = 41;
  static final int IPV6_V6ONLY = 26;

  public static final int AF_UNIX = 1;
  static final int AF_INET = 2;
  public static final int AF_INET6 = 10;
  public static final int SOCK_STREAM = 1;

  private static final int IPPROTO_IP = 0;
  private static final int IPPROTO_TCP = 6;
  private static final int SO_SNDBUF = 7;
  private static final int SO_RCVBUF = 8;

  /** Level and name, from the kernel's uapi headers. */
  private static final int[][] PASSED_ON = {
    {SOL_SOCKET, SO_SNDBUF},
    {SOL_SOCKET, SO_RCVBUF},
    {SOL_SOCKET, 9}, // SO_KEEPALIVE
    {IPPROTO_TCP, 1}, // TCP_NODELAY
    {IPPROTO_TCP, 4}, // TCP_KEEPIDLE
    {IPPROTO_TCP, 5}, // TCP_KEEPINTVL
    {IPPROTO_TCP, 6}, // TCP_KEEPCNT
    {IPPROTO_TCP, 9}, // TCP_DEFER_ACCEPT
    {IPPROTO_TCP, 23}, // TCP_FASTOPEN
    {IPPROTO_IP, 1}, // IP_TOS
    {IPPROTO_IPV6, 67}, // IPV6_TCLASS
  };

  private final List<int[]> differing;

  private SocketOptions(List<int[]> differing) {
    this.differing = differing;
  }

  /** What {@code socket} has otherwise than {@code shared}. */
  static SocketOptions differing(int socket, int shared) throws IOException {
    boolean ipv6 = JhotHook.option(socket, SOL_SOCKET, SO_DOMAIN) == AF_INET6;
    List<int[]> differing = new ArrayList<>();
    for (int[] option : PASSED_ON) {
      int level = option[0];
      int name = option[1];
      if (level == IPPROTO_IPV6 && !ipv6) {
        continue;
      }
      int wanted = JhotHook.option(socket, level, name);
      if (wanted != JhotHook.option(shared, level, name)) {
        // the kernel doubles a buffer's size when it is set: socket(7)
        boolean doubled = level == SOL_SOCKET && (name == SO_SNDBUF || name == SO_RCVBUF);
        differing.add(new int[] {level, name, doubled ? wanted / 2 : wanted});
      }
    }
    return new SocketOptions(differing);
  }

  /** Sets them on the shared socket. */
  void applyTo(int shared) throws IOException {
    for (int[] option : differing) {
      JhotHook.setOption(shared, option[0], option[1], option[2]);
    }
  }
}
