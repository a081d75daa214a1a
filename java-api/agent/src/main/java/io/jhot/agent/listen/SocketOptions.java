package io.jhot.agent.listen;

import static io.jhot.agent.listen.SocketConstants.AF_INET6;
import static io.jhot.agent.listen.SocketConstants.IPPROTO_IPV6;
import static io.jhot.agent.listen.SocketConstants.SOL_SOCKET;
import static io.jhot.agent.listen.SocketConstants.SO_DOMAIN;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import sun.nio.ch.JhotSockets;

/**
 * What the app has set on its own socket before bind, to be set on the socket that it gets instead.
 * Only what a listening socket passes on to its connections matters. Immutable.
 */
final class SocketOptions {
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
    boolean ipv6 = JhotSockets.option(socket, SOL_SOCKET, SO_DOMAIN) == AF_INET6;
    List<int[]> differing = new ArrayList<>();
    for (int[] option : PASSED_ON) {
      int level = option[0];
      int name = option[1];
      if (level == IPPROTO_IPV6 && !ipv6) {
        continue;
      }
      int wanted = JhotSockets.option(socket, level, name);
      if (wanted != JhotSockets.option(shared, level, name)) {
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
      JhotSockets.setOption(shared, option[0], option[1], option[2]);
    }
  }
}
