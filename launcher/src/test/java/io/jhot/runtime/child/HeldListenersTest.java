package io.jhot.runtime.child;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.jhot.config.ListenAddress;
import io.jhot.ffm.Fd;
import io.jhot.ffm.Own;
import io.jhot.ffm.SocketDescription;
import io.jhot.ffm.Sockets;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HeldListenersTest {
  @TempDir Path folder;

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  @Test
  void tcpListenerAcceptsUntilItIsClosed() throws Exception {
    int port = freePort();
    InetSocketAddress address = new InetSocketAddress("127.0.0.1", port);
    try (HeldListeners listeners = new HeldListeners()) {
      int number = listeners.open(ListenAddress.parse("web=tcp://127.0.0.1:" + port), false);
      HeldListeners.Entry entry = listeners.get(number);
      assertEquals("web", entry.name());
      assertEquals("tcp://127.0.0.1:" + port, entry.address());
      assertEquals(port, entry.port());
      try (Socket client = new Socket()) {
        client.connect(address);
      }
      listeners.release(number);
      try (Socket client = new Socket()) {
        assertThrows(IOException.class, () -> client.connect(address));
      }
    }
  }

  @Test
  void javaGetsAnIpv6SocketForAnIpv4Address() throws Exception {
    int port = freePort();
    try (HeldListeners listeners = new HeldListeners()) {
      int number = listeners.open(ListenAddress.parse("tcp://127.0.0.1:" + port), true);
      HeldListeners.Entry entry = listeners.get(number);
      assertEquals(SocketDescription.Family.INET6, SocketDescription.of(entry.fd()).family());
      assertEquals("tcp://127.0.0.1:" + port, entry.address());
      try (Socket client = new Socket()) {
        client.connect(new InetSocketAddress("127.0.0.1", port));
      }
    }
  }

  @Test
  void stagingSocketIsOfTheSameFamilyOnALoopbackAddressThatNobodyElseHas() throws Exception {
    for (boolean asJava : new boolean[] {true, false}) {
      try (HeldListeners listeners = new HeldListeners()) {
        int number = listeners.open(ListenAddress.parse("tcp://127.0.0.1:" + freePort()), asJava);
        HeldListeners.Entry entry = listeners.get(number);
        try (Fd one = entry.openStaging();
            Fd other = entry.openStaging()) {
          SocketDescription description = SocketDescription.of(one);
          assertEquals(SocketDescription.of(entry.fd()).family(), description.family());
          assertTrue(description.listening());
          assertTrue(one.isNonBlocking());
          InetSocketAddress address = HeldListeners.reachable(one);
          assertTrue(address.getAddress().isLoopbackAddress(), address::toString);
          assertFalse(address.equals(HeldListeners.reachable(other)));
          try (Socket client = new Socket()) {
            client.connect(address);
          }
        }
      }
    }
  }

  @Test
  void listenerOnEveryAddressIsReachedByTheLoopbackOne() throws Exception {
    int port = freePort();
    try (HeldListeners listeners = new HeldListeners()) {
      HeldListeners.Entry entry =
          listeners.get(listeners.open(ListenAddress.parse(":" + port), true));
      assertEquals(new InetSocketAddress("127.0.0.1", port), entry.reachable());
    }
  }

  @Test
  void portThatSomebodyHoldsIsOneClearLine() throws Exception {
    try (ServerSocket holder = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        HeldListeners listeners = new HeldListeners()) {
      String address = "tcp://127.0.0.1:" + holder.getLocalPort();
      IOException e =
          assertThrows(
              IOException.class, () -> listeners.open(ListenAddress.parse(address), false));
      assertTrue(e.getMessage().contains("EADDRINUSE"), e::getMessage);
      assertTrue(e.getMessage().contains(String.valueOf(holder.getLocalPort())), e::getMessage);
      assertFalse(e.getMessage().contains("\n"));
    }
  }

  @Test
  void udpSocketsCarryNoConnectionsToDrain() throws Exception {
    try (HeldListeners listeners = new HeldListeners()) {
      int number = listeners.open(ListenAddress.parse("udp://127.0.0.1:" + freePort()), false);
      assertEquals(0, listeners.get(number).port());
      assertTrue(listeners.get(number).address().startsWith("udp://127.0.0.1:"));
    }
  }

  @Test
  void unixSocketIsUnlinkedAtTheEndButNotASuccessors() throws Exception {
    Path path = folder.resolve("s");
    try (HeldListeners listeners = new HeldListeners()) {
      listeners.open(ListenAddress.parse("unix://" + path), false);
      assertTrue(Files.exists(path, LinkOption.NOFOLLOW_LINKS));
    }
    assertFalse(Files.exists(path, LinkOption.NOFOLLOW_LINKS));
    try (HeldListeners listeners = new HeldListeners()) {
      listeners.open(ListenAddress.parse("unix://" + path), false);
      Files.delete(path);
      Files.writeString(path, "somebody else's");
    }
    assertTrue(Files.exists(path));
  }

  @Test
  void unixSocketHasTheRightsThatWereAskedForAndElseThoseOfSystemd() throws Exception {
    Path path = folder.resolve("s");
    Path other = folder.resolve("t");
    try (HeldListeners listeners = new HeldListeners()) {
      listeners.open(ListenAddress.parse("unix://" + path + "?mode=0640"), false);
      listeners.open(ListenAddress.parse("unix://" + other), false);
      assertEquals("rw-r-----", rights(path));
      assertEquals("rw-rw-rw-", rights(other));
    }
  }

  private static String rights(Path path) throws IOException {
    return PosixFilePermissions.toString(Files.getPosixFilePermissions(path));
  }

  @Test
  void unixSocketIsGivenToItsOwnerAndGroup() throws Exception {
    assumeTrue(Own.uid() == 0, "only root gives files away");
    Path path = folder.resolve("s");
    try (HeldListeners listeners = new HeldListeners()) {
      listeners.open(
          ListenAddress.parse("unix://" + path + "?mode=0660&owner=65534&group=1"), false);
      assertEquals(65534, Files.getAttribute(path, "unix:uid"));
      assertEquals(1, Files.getAttribute(path, "unix:gid"));
      assertEquals("rw-rw----", rights(path));
      Fd client = Sockets.connectUnix(path.toString(), Sockets.Type.STREAM);
      client.close();
    }
  }

  @Test
  void unixSocketThatCannotBeGivenAwayIsOneClearLineAndLeavesNoPath() throws Exception {
    Path path = folder.resolve("s");
    try (HeldListeners listeners = new HeldListeners()) {
      for (String nobody : List.of("owner=no-such-user", "group=no-such-group")) {
        ListenAddress address = ListenAddress.parse("unix://" + path + "?" + nobody);
        IOException e = assertThrows(IOException.class, () -> listeners.open(address, false));
        assertTrue(e.getMessage().contains(nobody.replace("=", " ").replace("owner", "user")));
        assertFalse(e.getMessage().contains("\n"));
        assertFalse(Files.exists(path, LinkOption.NOFOLLOW_LINKS));
      }
    }
  }

  @Test
  void unixSocketThatWasLeftBehindIsReplacedAndOneThatIsServedIsNot() throws Exception {
    Path path = folder.resolve("s");
    Sockets.listenUnix(path.toString(), Sockets.Type.STREAM, 0600, 1).close();
    ListenAddress address = ListenAddress.parse("unix://" + path);
    try (HeldListeners listeners = new HeldListeners();
        HeldListeners others = new HeldListeners()) {
      listeners.open(address, false);
      IOException e = assertThrows(IOException.class, () -> others.open(address, false));
      assertTrue(e.getMessage().contains("another process listens there"), e::getMessage);
    }
    Files.writeString(path, "a file of the operator's");
    try (HeldListeners listeners = new HeldListeners()) {
      assertThrows(IOException.class, () -> listeners.open(address, false));
    }
    assertEquals("a file of the operator's", Files.readString(path));
  }

  @Test
  void onlyWhatAServiceListensOnIsAdoptedAndTheRestIsClosed() throws Exception {
    try (HeldListeners listeners = new HeldListeners()) {
      Sockets.Pair pair = Sockets.pair(Sockets.Type.STREAM);
      try (Fd second = pair.second()) {
        assertThrows(IOException.class, () -> listeners.adopt(pair.first()));
        assertFalse(pair.first().isOpen());
        assertTrue(second.isOpen());
      }
      Fd good = Sockets.listen(new InetSocketAddress("127.0.0.1", 0), 1);
      int number = listeners.adopt(good);
      assertFalse(listeners.get(number).own());
      assertEquals(Set.of(), listeners.own());
    }
  }

  @Test
  void adoptedSocketsOfOtherKindsAreNamedAndAUnixPathGoesWithItsSocket() throws Exception {
    Path path = folder.resolve("admin.sock");
    try (HeldListeners listeners = new HeldListeners()) {
      Fd udp = Sockets.bindDatagram(new InetSocketAddress("127.0.0.1", 0));
      int number = listeners.adopt(udp);
      assertTrue(listeners.get(number).address().startsWith("udp://127.0.0.1:"));
      assertTrue(listeners.get(number).name().startsWith("udp-"));
      Fd unix = Sockets.listenUnix(path.toString(), Sockets.Type.STREAM, 0600, 1);
      number = listeners.adopt(unix);
      assertEquals("unix://" + path, listeners.get(number).address());
      assertEquals("unix-admin.sock", listeners.get(number).name());
      assertTrue(Files.exists(path));

      listeners.release(number);

      assertFalse(Files.exists(path));
    }
  }
}
