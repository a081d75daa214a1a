package io.jhot.ffm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.StandardSocketOptions;
import java.nio.channels.ServerSocketChannel;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Who listens, without being asked himself. */
@ExtendWith(LeavesNothingBehind.class)
class ListenersSeenTest {
  /** Both ways to know. */
  enum Way {
    NETLINK {
      @Override
      List<InetDiag.Listener> ask() throws IOException {
        List<InetDiag.Listener> found = InetDiag.askKernelForListeners();
        assertNotNull(found, "this kernel refuses netlink");
        return found;
      }
    },
    PROC {
      @Override
      List<InetDiag.Listener> ask() throws IOException {
        return InetDiag.readListeners("/proc/self/net/");
      }
    };

    abstract List<InetDiag.Listener> ask() throws IOException;

    InetDiag.Listener at(int port) throws IOException {
      InetDiag.Listener found = null;
      for (InetDiag.Listener listener : ask()) {
        if (listener.port() == port) {
          assertEquals(null, found, "one listener of that port");
          found = listener;
        }
      }
      return found;
    }
  }

  private static Fd listen(String host) throws IOException {
    return Sockets.listen(new InetSocketAddress(InetAddress.getByName(host), 0), 64);
  }

  @ParameterizedTest
  @EnumSource
  void aListenerIsSeenWithItsAddressInodeAndUser(Way way) throws IOException {
    for (String host : List.of("127.0.0.1", "0.0.0.0", "::1", "::")) {
      try (Fd listener = listen(host)) {
        SocketDescription known = SocketDescription.of(listener);
        InetDiag.Listener seen = way.at(known.port());
        assertEquals(known.inode(), seen.inode());
        assertEquals(Own.uid(), seen.uid());
        assertEquals(known.text(), seen.text());
        assertEquals(host.contains(":"), seen.ipv6());
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void aJavaListenerOfAnIpv4AddressIsNamedAsPeopleNameIt(Way way) throws IOException {
    try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
      assertEquals(
          "tcp://127.0.0.1:" + server.getLocalPort(), way.at(server.getLocalPort()).text());
    }
  }

  @ParameterizedTest
  @EnumSource
  void aConnectionIsNoListener(Way way) throws IOException {
    try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"));
        Socket client = new Socket(server.getInetAddress(), server.getLocalPort())) {
      assertNotNull(way.at(server.getLocalPort()));
      assertEquals(null, way.at(client.getLocalPort()));
    }
  }

  @Test
  void ourOwnNamespaceIsAskedByTheNumberOfAnyProcessInIt() throws IOException {
    assertTrue(InetDiag.isOurNamespace(Own.pid()));
    try (Fd listener = listen("127.0.0.1")) {
      long inode = SocketDescription.of(listener).inode();
      assertTrue(InetDiag.listening(Own.pid()).stream().anyMatch(seen -> seen.inode() == inode));
    }
  }

  @Test
  void anotherNamespaceShowsItsOwnListenersOnly() throws Exception {
    Process other =
        new ProcessBuilder(
                "unshare",
                "--map-root-user",
                "--net",
                "python3",
                "-c",
                "import socket,sys\n"
                    + "s=socket.socket(); s.bind(('0.0.0.0',8080)); s.listen()\n"
                    + "print('up',flush=True); sys.stdin.read()")
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    try (Fd ours = listen("127.0.0.1")) {
      assertEquals('u', other.getInputStream().read());
      int pid = (int) other.pid();
      assertFalse(InetDiag.isOurNamespace(pid));
      List<InetDiag.Listener> seen = InetDiag.listening(pid);
      assertEquals(List.of("tcp://0.0.0.0:8080"), seen.stream().map(l -> l.text()).toList());
      assertNotNull(Way.NETLINK.at(SocketDescription.of(ours).port()));
    } finally {
      other.getOutputStream().close();
      other.waitFor();
      other.getInputStream().close();
      other.getErrorStream().close();
    }
  }

  @Test
  void aProcessThatIsGoneHasNoListeners() throws Exception {
    Process gone = new ProcessBuilder("true").start();
    gone.waitFor();
    assertEquals(List.of(), InetDiag.listening((int) gone.pid()));
    gone.getInputStream().close();
    gone.getErrorStream().close();
    gone.getOutputStream().close();
  }

  @ParameterizedTest
  @CsvSource({
    "127.0.0.1, true",
    "127.0.0.1, false",
    "0.0.0.0, true",
    "::1, true",
    "::1, false",
    "::, true",
    "::, false"
  })
  void aPortCanBeJoinedWhereItsListenerHasReusePort(String host, boolean shared)
      throws IOException {
    try (ServerSocketChannel channel = ServerSocketChannel.open()) {
      channel.setOption(StandardSocketOptions.SO_REUSEPORT, shared);
      channel.bind(new InetSocketAddress(InetAddress.getByName(host), 0));
      int port = ((InetSocketAddress) channel.getLocalAddress()).getPort();
      for (Way way : Way.values()) {
        assertEquals(shared, Sockets.canJoin(way.at(port)));
      }
    }
  }

  @Test
  void reusePortIsReadFromASocket() throws IOException {
    try (Fd plain = listen("127.0.0.1")) {
      assertFalse(Sockets.hasReusePort(plain));
    }
  }
}
