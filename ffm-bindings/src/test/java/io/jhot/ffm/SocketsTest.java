package io.jhot.ffm;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.jhot.ffm.gen.Abi;
import java.io.IOException;
import java.net.ConnectException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

@ExtendWith(LeavesNothingBehind.class)
class SocketsTest {
  private static InetSocketAddress address(String host, int port) throws IOException {
    return new InetSocketAddress(InetAddress.getByName(host), port);
  }

  private static void assertCloseOnExec(Fd fd) {
    try (Frame frame = Frame.empty()) {
      assertEquals(Abi.FD_CLOEXEC, Libc.fcntl(frame, fd.number(), Abi.F_GETFD, 0) & Abi.FD_CLOEXEC);
    }
  }

  @ParameterizedTest
  @EnumSource
  void aPairIsConnectedAndBlocking(Sockets.Type type) throws IOException {
    Sockets.Pair pair = Sockets.pair(type);
    try (Fd first = pair.first();
        Fd second = pair.second()) {
      assertCloseOnExec(first);
      assertCloseOnExec(second);
      assertFalse(first.isNonBlocking() || second.isNonBlocking());
      Bytes.write(first, "there");
      assertArrayEquals("there".getBytes(StandardCharsets.UTF_8), Bytes.read(second, 100));
      assertEquals(type, SocketDescription.of(first).type());
      assertEquals(SocketDescription.Family.UNIX, SocketDescription.of(first).family());
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"127.0.0.1", "0.0.0.0", "::1", "::"})
  void aListenerTakesConnections(String host) throws IOException {
    try (Fd listener = Sockets.listen(address(host, 0), 16)) {
      assertCloseOnExec(listener);
      assertTrue(listener.isNonBlocking());
      SocketDescription description = SocketDescription.of(listener);
      assertEquals(host, description.address());
      assertTrue(description.listening());
      // The kernel sets it for every address but the wildcard.
      assertEquals(host.equals("::1"), description.v6only());
      assertNull(Sockets.accept(listener));
      List<String> clients = new ArrayList<>(List.of(host));
      if (host.equals("::")) {
        clients.add("127.0.0.1"); // dual stack
      }
      for (String client : clients) {
        try (Socket connection = new Socket(InetAddress.getByName(client), description.port());
            Fd accepted = Eventually.get("a connection", () -> Sockets.accept(listener))) {
          assertCloseOnExec(accepted);
          assertTrue(accepted.isNonBlocking());
          connection.getOutputStream().write('x');
          assertArrayEquals(
              new byte[] {'x'}, Eventually.get("a byte", () -> Bytes.read(accepted, 9)));
        }
      }
    }
  }

  @Test
  void aPortThatIsTakenIsOneClearError() throws IOException {
    try (Fd listener = Sockets.listen(address("127.0.0.1", 0), 16)) {
      int port = SocketDescription.of(listener).port();
      ErrnoException taken =
          assertThrows(ErrnoException.class, () -> Sockets.listen(address("127.0.0.1", port), 16));
      assertEquals(
          "listen on tcp://127.0.0.1:"
              + port
              + ": bind: EADDRINUSE (Address already in use): it is in use",
          taken.getMessage());
      assertEquals(Errno.EADDRINUSE, taken.errno());
    }
  }

  @Test
  void aListenerThatStopsRefusesClientsAndFreesItsPortThoughACopyIsOpen() throws IOException {
    try (Fd listener = Sockets.listen(address("127.0.0.1", 0), 16);
        Fd copy = listener.duplicate()) {
      int port = SocketDescription.of(listener).port();
      Sockets.stopListening(listener);
      assertFalse(SocketDescription.of(copy).listening());
      assertThrows(ConnectException.class, () -> new Socket("127.0.0.1", port).close());
      try (Fd next = Sockets.listen(address("127.0.0.1", port), 16)) {
        assertTrue(SocketDescription.of(next).listening());
      }
      Sockets.stopListening(copy); // a second time is nothing to it
    }
  }

  @Test
  void anAddressThatIsNotOursIsOneClearError() {
    ErrnoException foreign =
        assertThrows(ErrnoException.class, () -> Sockets.listen(address("192.0.2.1", 4711), 16));
    assertEquals(Errno.EADDRNOTAVAIL, foreign.errno());
    assertTrue(foreign.getMessage().startsWith("listen on tcp://192.0.2.1:4711: bind: "));
    ErrnoException foreign6 =
        assertThrows(
            ErrnoException.class, () -> Sockets.bindDatagram(address("2001:db8::1:0:0:1", 4711)));
    assertTrue(
        foreign6.getMessage().startsWith("receive on udp://[2001:db8::1:0:0:1]:4711: bind: "),
        foreign6.getMessage());
  }

  @Test
  void aNameWithoutAnAddressIsRefused() {
    InetSocketAddress unresolved = InetSocketAddress.createUnresolved("example.invalid", 80);
    assertThrows(IllegalArgumentException.class, () -> Sockets.listen(unresolved, 1));
  }

  @Test
  void aPortCanBeTakenAgainAtOnceWhileOldConnectionsLinger() throws IOException {
    int port;
    try (Fd listener = Sockets.listen(address("127.0.0.1", 0), 16)) {
      port = SocketDescription.of(listener).port();
      try (Socket client = new Socket(InetAddress.getLoopbackAddress(), port)) {
        Fd accepted = Eventually.get("a connection", () -> Sockets.accept(listener));
        accepted.close(); // first, so that TIME_WAIT is on this side
        assertEquals(-1, client.getInputStream().read());
      }
    }
    Sockets.listen(address("127.0.0.1", port), 16).close();
  }

  @ParameterizedTest
  @ValueSource(strings = {"127.0.0.1", "::1", "::"})
  void aDatagramSocketReceives(String host) throws IOException {
    try (Fd socket = Sockets.bindDatagram(address(host, 0));
        DatagramSocket sender = new DatagramSocket()) {
      assertTrue(socket.isNonBlocking());
      SocketDescription description = SocketDescription.of(socket);
      assertEquals(Sockets.Type.DATAGRAM, description.type());
      assertFalse(description.listening());
      assertNull(Bytes.read(socket, 100));
      String target = host.equals("::") ? "127.0.0.1" : host;
      sender.send(new DatagramPacket(new byte[] {1, 2}, 2, address(target, description.port())));
      assertArrayEquals(
          new byte[] {1, 2}, Eventually.get("a datagram", () -> Bytes.read(socket, 100)));
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"STREAM", "SEQPACKET"})
  void aUnixListenerHasItsModeAndTellsWhoConnected(Sockets.Type type, @TempDir Path folder)
      throws IOException {
    for (int mode : new int[] {0600, 0666, 0660}) {
      Path path = folder.resolve("socket " + mode);
      try (Fd listener = Sockets.listenUnix(path.toString(), type, mode, 4)) {
        assertCloseOnExec(listener);
        assertTrue(listener.isNonBlocking());
        assertEquals(mode, permissions(path));
        assertNull(Sockets.accept(listener));
        try (Fd client = Sockets.connectUnix(path.toString(), type);
            Fd accepted = Sockets.accept(listener)) {
          assertCloseOnExec(client);
          assertFalse(client.isNonBlocking());
          Sockets.Peer peer = Sockets.peer(accepted);
          assertEquals(Own.pid(), peer.pid());
          assertEquals(Own.uid(), peer.uid());
          assertEquals(Fixture.output("/usr/bin/id", "-g").strip(), Integer.toString(peer.gid()));
          assertEquals(Own.pid(), Sockets.peer(client).pid());
        }
      }
      Files.delete(path);
    }
  }

  private static int permissions(Path path) throws IOException {
    String text = PosixFilePermissions.toString(Files.getPosixFilePermissions(path));
    int mode = 0;
    for (char c : text.toCharArray()) {
      mode = mode << 1 | (c == '-' ? 0 : 1);
    }
    return mode;
  }

  @Test
  void anAbstractNameIsAnAddressToo() throws IOException {
    String name = "@jhot-test-" + Own.pid();
    try (Fd listener = Sockets.listenUnix(name, Sockets.Type.STREAM, 0600, 4);
        Fd client = Sockets.connectUnix(name, Sockets.Type.STREAM)) {
      assertEquals(name, SocketDescription.of(listener).address());
      assertEquals("unix:" + name, SocketDescription.of(listener).text());
      assertTrue(client.isOpen());
    }
  }

  @Test
  void whatCannotBeConnectedToIsOneClearError(@TempDir Path folder) throws IOException {
    String path = folder.resolve("socket").toString();
    assertConnectFails(Errno.ENOENT, path);
    Fd listener = Sockets.listenUnix(path, Sockets.Type.SEQPACKET, 0600, 1);
    ErrnoException wrongType =
        assertThrows(ErrnoException.class, () -> Sockets.connectUnix(path, Sockets.Type.STREAM));
    assertTrue(wrongType.getMessage().contains("EPROTOTYPE"), wrongType.getMessage());
    ErrnoException taken =
        assertThrows(
            ErrnoException.class, () -> Sockets.listenUnix(path, Sockets.Type.SEQPACKET, 0600, 1));
    assertEquals(Errno.EADDRINUSE, taken.errno());
    assertTrue(Files.exists(Path.of(path)), "somebody else's socket is left alone");
    listener.close();
    assertConnectFails(Errno.ECONNREFUSED, path);
    assertConnectFails(Errno.ENOENT, "");
    assertConnectFails(Errno.ENAMETOOLONG, "/" + "x".repeat(107));
    assertConnectFails(Errno.ECONNREFUSED, "@" + "x".repeat(107));
    assertConnectFails(Errno.ENAMETOOLONG, "@" + "x".repeat(108));
    Files.delete(Path.of(path));
  }

  private static void assertConnectFails(int errno, String path) {
    ErrnoException failed =
        assertThrows(ErrnoException.class, () -> Sockets.connectUnix(path, Sockets.Type.SEQPACKET));
    assertEquals(errno, failed.errno());
    assertTrue(failed.getMessage().startsWith("connect to " + path + ": connect: "));
  }

  @Test
  void aListenerThatDoesNotAcceptIsNotWaitedFor(@TempDir Path folder) throws IOException {
    String path = folder.resolve("socket").toString();
    List<Fd> clients = new ArrayList<>();
    try (Fd listener = Sockets.listenUnix(path, Sockets.Type.STREAM, 0600, 1)) {
      ErrnoException full =
          assertThrows(
              ErrnoException.class,
              () -> {
                while (clients.size() < 10) {
                  clients.add(Sockets.connectUnix(path, Sockets.Type.STREAM));
                }
              });
      assertEquals(Errno.EAGAIN, full.errno());
      assertNotNull(listener);
    } finally {
      clients.forEach(Fd::close);
    }
  }

  @Test
  void aPathThatCannotBeBoundLeavesNothing(@TempDir Path folder) {
    ErrnoException failed =
        assertThrows(
            ErrnoException.class,
            () ->
                Sockets.listenUnix(
                    folder.resolve("no/such/folder").toString(), Sockets.Type.STREAM, 0600, 1));
    assertEquals(Errno.ENOENT, failed.errno());
    ErrnoException datagram =
        assertThrows(
            ErrnoException.class,
            () ->
                Sockets.listenUnix(
                    folder.resolve("socket").toString(), Sockets.Type.DATAGRAM, 0600, 1));
    assertEquals(Errno.EOPNOTSUPP, datagram.errno());
    assertEquals("listen", datagram.call());
    assertFalse(Files.exists(folder.resolve("socket")));
  }

  @Test
  void anUnreachableListenerIsReachedByNobody() throws IOException {
    try (Fd listener = Sockets.listenUnreachable();
        Poller poller = Poller.open()) {
      assertCloseOnExec(listener);
      assertTrue(listener.isNonBlocking());
      SocketDescription description = SocketDescription.of(listener);
      assertTrue(description.listening());
      assertFalse(Files.exists(Path.of(description.address())));
      assertThrows(
          ErrnoException.class,
          () -> Sockets.connectUnix(description.address(), Sockets.Type.STREAM));
      poller.add(listener, 1, Poller.READABLE);
      assertEquals(0, poller.await(0, (token, events) -> {}));
    }
  }

  @Test
  void aNotificationArrivesWithItsSender() throws Exception {
    Sockets.Notify notify = Sockets.bindNotify();
    try (Fd socket = notify.fd()) {
      assertTrue(notify.name().startsWith("@"), notify.name());
      assertTrue(socket.isNonBlocking());
      assertNull(Sockets.receiveNotify(socket));
      assertTrue(Sockets.sendNotify(notify.name(), "READY=1\nSTATUS=\u00fc"));
      Sockets.Datagram datagram = Sockets.receiveNotify(socket);
      assertEquals("READY=1\nSTATUS=\u00fc", new String(datagram.bytes(), StandardCharsets.UTF_8));
      assertEquals(Own.pid(), datagram.pid());
      assertEquals(Own.uid(), datagram.uid());
      assertEquals(List.of(), datagram.fds());
      assertNull(Sockets.receiveNotify(socket));
    }
  }

  @Test
  void descriptorsRideAlongWithANotification() throws IOException {
    Sockets.Notify notify = Sockets.bindNotify();
    Pipe pipe = Pipe.open();
    try (Fd socket = notify.fd();
        Fd read = pipe.read();
        Fd write = pipe.write();
        Fd sender = connected(notify.name())) {
      assertTrue(ControlMessage.send(sender, new byte[] {'F'}, List.of(write, read)));
      Sockets.Datagram datagram = Sockets.receiveNotify(socket);
      assertEquals(Own.pid(), datagram.pid());
      assertEquals(2, datagram.fds().size());
      datagram.fds().forEach(SocketsTest::assertCloseOnExec);
      Bytes.write(datagram.fds().get(0), "x");
      assertArrayEquals(new byte[] {'x'}, Bytes.read(read, 9));
      datagram.fds().forEach(Fd::close);
    }
  }

  private static Fd connected(String name) throws IOException {
    return Sockets.connectUnix(name, Sockets.Type.DATAGRAM);
  }

  @Test
  void aNotificationThatIsTooLongIsDroppedWithAllThatCameAlong() throws IOException {
    Sockets.Notify notify = Sockets.bindNotify();
    Pipe pipe = Pipe.open();
    try (Fd socket = notify.fd();
        Fd read = pipe.read();
        Fd write = pipe.write();
        Fd sender = connected(notify.name())) {
      assertTrue(ControlMessage.send(sender, new byte[5_000], List.of(write)));
      assertTrue(ControlMessage.send(sender, new byte[] {'x'}, List.of()));
      Sockets.Datagram next = Sockets.receiveNotify(socket);
      assertArrayEquals(new byte[] {'x'}, next.bytes());
      assertTrue(read.isOpen());
    }
  }

  @Test
  void aFullQueueIsToldAndANobodyIsAnError() throws IOException {
    Sockets.Notify notify = Sockets.bindNotify();
    try (Fd socket = notify.fd()) {
      int sent = 0;
      while (Sockets.sendNotify(notify.name(), "x")) {
        sent++;
        assertTrue(sent < 100_000);
      }
      assertNotNull(Sockets.receiveNotify(socket));
      assertTrue(Sockets.sendNotify(notify.name(), "x"));
    }
    ErrnoException nobody =
        assertThrows(ErrnoException.class, () -> Sockets.sendNotify(notify.name(), "x"));
    assertEquals(Errno.ECONNREFUSED, nobody.errno());
    assertEquals(
        Errno.ENOENT,
        assertThrows(ErrnoException.class, () -> Sockets.sendNotify("/no/such/socket", "x"))
            .errno());
    assertEquals(
        Errno.ENAMETOOLONG,
        assertThrows(ErrnoException.class, () -> Sockets.sendNotify("x".repeat(200), "x")).errno());
  }

  @Test
  void passedSocketsAreTakenInOrderAndStayInThisProcess() throws IOException {
    Sockets.Pair pair = Sockets.pair(Sockets.Type.STREAM);
    try (Fd first = pair.first();
        Fd second = pair.second()) {
      int number = first.duplicate(300).transfer().number();
      int next = second.duplicate(number + 1).transfer().number();
      assertEquals(number + 1, next);
      try (Frame frame = Frame.empty()) {
        Libc.fcntl(frame, number, Abi.F_SETFD, 0);
        Libc.fcntl(frame, next, Abi.F_SETFD, 0);
      }
      List<Fd> passed = Sockets.passed(number, 2);
      try (Fd a = passed.getFirst();
          Fd b = passed.getLast()) {
        assertEquals(number, a.number());
        assertEquals(next, b.number());
        assertCloseOnExec(a);
        assertCloseOnExec(b);
        assertTrue(a.isNonBlocking() && b.isNonBlocking());
      }
    }
  }

  @Test
  void whatIsNoSocketIsNotTakenAndNothingElseEither() throws IOException {
    Sockets.Pair pair = Sockets.pair(Sockets.Type.STREAM);
    Pipe pipe = Pipe.open();
    try (Fd first = pair.first();
        Fd second = pair.second();
        Fd read = pipe.read();
        Fd write = pipe.write();
        Fd socket = first.duplicate(300);
        Fd noSocket = read.duplicate(socket.number() + 1)) {
      assertEquals(socket.number() + 1, noSocket.number());
      ErrnoException refused =
          assertThrows(ErrnoException.class, () -> Sockets.passed(socket.number(), 2));
      assertEquals(Errno.ENOTSOCK, refused.errno());
      assertTrue(
          refused.getMessage().startsWith("take descriptor " + noSocket.number()),
          refused::getMessage);
      assertFalse(socket.isNonBlocking() || second.isNonBlocking() || write.isNonBlocking());
      ErrnoException missing =
          assertThrows(ErrnoException.class, () -> Sockets.passed(noSocket.number() + 1, 1));
      assertEquals(Errno.EBADF, missing.errno());
    }
  }
}
