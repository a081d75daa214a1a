package io.jhot.agent.listen;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.jhot.agent.fixtures.AppProcess;
import io.jhot.agent.fixtures.Client;
import io.jhot.agent.fixtures.Eventually;
import io.jhot.agent.fixtures.Jdk;
import io.jhot.agent.fixtures.LeftBehind;
import io.jhot.agent.fixtures.WithApps;
import io.jhot.ffm.Fd;
import io.jhot.ffm.SocketDescription;
import io.jhot.ffm.Sockets;
import io.jhot.protocol.Message;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What the app does to its own sockets, before and while others share them. */
@ExtendWith(LeftBehind.class)
class BindTest extends WithApps {
  private static final String LOCAL = "127.0.0.1";

  /** A socket as the app itself would open it: IPv6, for that IPv4 address. */
  private static Fd listen(int port) throws IOException {
    return Sockets.listen(new InetSocketAddress("::", port), 50);
  }

  @ParameterizedTest
  @MethodSource("exporting")
  void aSecondBindOfAnExportedPortIsABindException(Jdk jdk) throws Exception {
    int port = freePort();
    try (AppProcess app = plan(jdk).start("apps.Server", "platform", "::", "" + port)) {
      app.greet();
      app.hearOpened().descriptors().getFirst().close();
      assertEquals("BindException", Client.get(at(port), "/bind?" + port));
      app.roundTrip(); // and jhot hears nothing of it
    }
  }

  @ParameterizedTest
  @MethodSource("exporting")
  void jhotHasTheListenersOfAnAppThatSaysItIsReady(Jdk jdk) throws Exception {
    for (int round = 0; round < 3; round++) {
      try (AppProcess app = plan(jdk).start("apps.Talkative", "listen:" + freePort(), "ready")) {
        app.greet();
        app.hearOpened().descriptors().getFirst().close();
        app.hear(new Message.Ready());
      }
    }
  }

  @ParameterizedTest
  @MethodSource("all")
  void aSecondBindOfATakenPortIsABindException(Jdk jdk) throws Exception {
    int port = freePort();
    try (Fd socket = listen(port);
        AppProcess app =
            plan(jdk)
                .lend(1, socket, "tcp://test")
                .start("apps.Server", "platform", "::", "" + port)) {
      app.greet();
      app.hear(new Message.Taken(1));
      assertEquals("BindException", Client.get(at(port), "/bind?" + port));
      app.roundTrip();
    }
  }

  @ParameterizedTest
  @MethodSource("exporting")
  void anExportedListenerCanBeClosedAndBoundAgain(Jdk jdk) throws Exception {
    int port = freePort();
    for (String way : new String[] {"platform", "selector-after", "async"}) {
      try (AppProcess app = plan(jdk).start("apps.Server", way, "::", "" + port);
          Client client = openAndConnect(app, port)) {
        int first = closeAndRelease(app, client);
        AppProcess.Heard again = app.hearOpened();
        again.descriptors().getFirst().close();
        assertNotEquals(first, ((Message.Opened) again.message()).ref());
        assertEquals("reopened", client.answer().body());
        assertEquals("" + app.pid(), Client.get(at(port), "/pid"));
      }
    }
  }

  /** Asks the app to close its listener and bind anew, and closes jhot's copy when it hears so. */
  private int closeAndRelease(AppProcess app, Client client) throws IOException {
    client.ask("/reopen");
    int ref = app.hear(Message.Closed.class).ref();
    opened.close();
    app.send(new Message.Released(ref));
    return ref;
  }

  /** jhot's copy. */
  private static void closeCopy(Fd socket) {
    socket.close();
  }

  private Fd opened;

  @AfterEach
  void closeOpened() {
    if (opened != null) {
      opened.close();
    }
  }

  private Client openAndConnect(AppProcess app, int port) throws IOException {
    app.greet();
    opened = app.hearOpened().descriptors().getFirst();
    app.awaitOutput("listening");
    return new Client(at(port));
  }

  @ParameterizedTest
  @MethodSource("exporting")
  void clientsAreRefusedWhenTheAppHasClosedItsListener(Jdk jdk) throws Exception {
    int port = freePort();
    try (AppProcess app = plan(jdk).start("apps.Server", "platform", "::", "" + port);
        Client client = openAndConnect(app, port)) {
      client.ask("/close");
      int ref = app.hear(Message.Closed.class).ref();
      assertTrue(SocketDescription.of(opened).listening(), "the app waits for jhot");
      opened.close();
      app.send(new Message.Released(ref));
      assertEquals("closed", client.answer().body());
      // a thread of the app's may need a moment to leave poll(2), as without jhot
      Eventually.holds(() -> refuses(port), () -> "the port still accepts");
    }
  }

  private static boolean refuses(int port) throws IOException {
    try {
      new Client(at(port)).close();
      return false;
    } catch (ConnectException e) {
      return true;
    }
  }

  @ParameterizedTest
  @MethodSource("exporting")
  void aTakenListenerThatJhotGivesUpCanBeBoundAgain(Jdk jdk) throws Exception {
    int port = freePort();
    try (Fd socket = listen(port);
        AppProcess app =
            plan(jdk)
                .lend(4, socket, "tcp://test")
                .start("apps.Server", "selector-after", "::", "" + port)) {
      app.greet();
      app.hear(new Message.Taken(4));
      app.awaitOutput("listening");
      try (Client client = new Client(at(port))) {
        client.ask("/reopen");
        app.hear(new Message.Closed(4));
        closeCopy(socket);
        app.send(new Message.Released(4, false));
        app.hearOpened().descriptors().getFirst().close(); // a socket of the app's own by now
        assertEquals("reopened", client.answer().body());
      }
      assertEquals("" + app.pid(), Client.get(at(port), "/pid"));
    }
  }

  @ParameterizedTest
  @MethodSource("all")
  void aTakenListenerThatJhotKeepsIsTakenAgain(Jdk jdk) throws Exception {
    int port = freePort();
    try (Fd socket = listen(port);
        AppProcess app =
            plan(jdk)
                .lend(4, socket, "tcp://test")
                .start("apps.Server", "platform", "::", "" + port)) {
      app.greet();
      app.hear(new Message.Taken(4));
      app.awaitOutput("listening");
      try (Client client = new Client(at(port))) {
        client.ask("/reopen");
        app.hear(new Message.Closed(4));
        app.send(new Message.Released(4, true));
        app.hear(new Message.Taken(4));
        assertEquals("reopened", client.answer().body());
      }
      assertEquals("" + app.pid(), Client.get(at(port), "/pid"));
    }
  }

  @ParameterizedTest
  @MethodSource("all")
  void aStagedListenerThatIsClosedAndBoundAgainIsStagedAgain(Jdk jdk) throws Exception {
    int port = freePort();
    try (Fd socket = listen(port);
        AppProcess app =
            plan(jdk)
                .staged()
                .lend(4, socket, "tcp://test")
                .start("apps.Rebinding", "::", "" + port)) {
      app.greet();
      app.hear(new Message.Taken(4));
      app.hear(new Message.Closed(4));
      app.send(new Message.Released(4));
      app.hear(new Message.Taken(4));
      app.awaitOutput("bound again to " + port);
      app.goLive();
      new Client(at(port)).close();
      app.awaitOutput("accepted");
      app.roundTrip();
    }
  }

  @ParameterizedTest
  @MethodSource("exporting")
  void aSocketThatTheServingGenerationGivesUpComesBackFromTheStagedOne(Jdk jdk) throws Exception {
    int port = freePort();
    try (Fd socket = listen(port);
        AppProcess app =
            plan(jdk)
                .staged()
                .lend(4, socket, "tcp://test")
                .start("apps.Server", "http", "::", "" + port)) {
      app.greet();
      app.hear(new Message.Taken(4));
      closeCopy(socket);
      app.send(new Message.Released(4, false));
      app.goLive();
      opened = app.hearOpened().descriptors().getFirst();
      assertEquals(port, SocketDescription.of(opened).port());
      assertEquals("" + app.pid(), Client.get(at(port), "/pid"));
    }
  }

  @ParameterizedTest
  @MethodSource("all")
  void aParkedGenerationLetsGoOfWhatTheServingOneGivesUp(Jdk jdk) throws Exception {
    int port = freePort();
    try (Fd socket = listen(port);
        AppProcess app =
            plan(jdk)
                .lend(4, socket, "tcp://test")
                .start("apps.Server", "platform", "::", "" + port)) {
      app.greet();
      app.hear(new Message.Taken(4));
      app.awaitOutput("listening");
      app.park(false, 1);
      long inode = SocketDescription.of(socket).inode();
      assertNotEquals(List.of(), app.descriptorsOf(inode), "for the case that it goes live again");
      app.send(new Message.Released(4, false));
      app.roundTrip();
      assertEquals(List.of(), app.descriptorsOf(inode));
    }
  }

  @ParameterizedTest
  @MethodSource("all")
  void aCloseGoesOnWhenJhotDoesNotAnswer(Jdk jdk) throws Exception {
    int port = freePort();
    try (Fd socket = listen(port);
        AppProcess app =
            plan(jdk)
                .lend(4, socket, "tcp://test")
                .start("apps.Server", "platform", "::", "" + port)) {
      app.greet();
      app.hear(new Message.Taken(4));
      app.awaitOutput("listening");
      assertEquals("closed", Client.get(at(port), "/close"));
      app.hear(new Message.Closed(4));
    }
  }

  @ParameterizedTest
  @MethodSource("exporting")
  void aClientThatBindsItsLocalAddressIsNotExported(Jdk jdk) throws Exception {
    int port = freePort();
    try (AppProcess app = plan(jdk).start("apps.Server", "platform", "::", "" + port);
        Client client = openAndConnect(app, port)) {
      assertEquals("connected", client.get("/client?" + port).body());
      assertNextOpenedIs(app, client, freePort());
    }
  }

  @ParameterizedTest
  @MethodSource("exporting")
  void portZeroAndUdpAreTheAppsOwnBusiness(Jdk jdk) throws Exception {
    int port = freePort();
    try (AppProcess app = plan(jdk).start("apps.Server", "platform", "::", "" + port);
        Client client = openAndConnect(app, port)) {
      assertEquals("opened", client.get("/others?" + port).body());
      assertNextOpenedIs(app, client, freePort());
    }
  }

  /** What the app opens now is the first that jhot hears of. */
  private static void assertNextOpenedIs(AppProcess app, Client client, int port)
      throws IOException {
    assertEquals("bound", client.get("/bind?" + port).body());
    try (Fd next = app.hearOpened().descriptors().getFirst()) {
      assertEquals(port, SocketDescription.of(next).port());
    }
  }

  @ParameterizedTest
  @MethodSource("all")
  void anIpv4SocketUnderAnIpv6JvmIsNotTakenAndTheLineSaysWhatToWrite(Jdk jdk) throws Exception {
    int port = freePort();
    try (Fd socket = Sockets.listen(new InetSocketAddress("0.0.0.0", port), 50);
        AppProcess app =
            plan(jdk)
                .lend(1, socket, "tcp://0.0.0.0:" + port)
                .start("apps.Server", "platform", "::", "" + port)) {
      app.greet();
      String line = app.hear(Message.Trouble.class).text();
      assertTrue(line.contains("--listen tcp://[::]:" + port), line);
      assertEquals(1, app.await().code());
      assertTrue(app.out().contains("failed: java.net.BindException"), app.out());
    }
  }

  @ParameterizedTest
  @MethodSource("all")
  void anIpv4JvmTakesAnIpv6SocketThatServesIpv4Too(Jdk jdk) throws Exception {
    int port = freePort();
    for (String way : new String[] {"platform", "channel", "selector-after", "async"}) {
      try (Fd socket = listen(port);
          AppProcess app =
              plan(jdk)
                  .lend(1, socket, "tcp://[::]:" + port)
                  .option("-Djava.net.preferIPv4Stack=true")
                  .start("apps.Server", way, "0.0.0.0", "" + port)) {
        app.greet();
        app.hear(new Message.Taken(1));
        assertEquals("" + app.pid(), Client.get(at(port), "/pid"));
      }
    }
  }

  @ParameterizedTest
  @MethodSource("all")
  void anotherAddressOfALentPortIsExplained(Jdk jdk) throws Exception {
    int port = freePort();
    try (Fd socket = listen(port);
        AppProcess app =
            plan(jdk)
                .lend(1, socket, "tcp://[::]:" + port)
                .start("apps.Server", "platform", LOCAL, "" + port)) {
      app.greet();
      String line = app.hear(Message.Trouble.class).text();
      assertTrue(line.contains("tcp://127.0.0.1:" + port), line);
      assertTrue(line.contains("tcp://[0:0:0:0:0:0:0:0]:" + port), line);
      assertEquals(1, app.await().code());
    }
  }

  @ParameterizedTest
  @MethodSource("all")
  void optionsSetBeforeBindReachTheSharedSocketOnlyWhenItGoesLive(Jdk jdk) throws Exception {
    int port = freePort();
    try (Fd socket = listen(port);
        AppProcess first =
            plan(jdk)
                .lend(1, socket, "tcp://test")
                .start("apps.Server", "platform", "::", "" + port);
        AppProcess second =
            plan(jdk)
                .staged()
                .lend(1, socket, "tcp://test")
                .start("apps.Server", "platform", "::", "" + port, "buffer")) {
      first.greet();
      first.hear(new Message.Taken(1));
      first.awaitOutput("listening");
      second.greet();
      second.hear(new Message.Taken(1));
      second.awaitOutput("listening");
      assertNotEquals("20000", Client.get(at(port), "/buffer"), "the serving one is untouched");
      second.goLive();
      first.park(false, 1);
      assertEquals("20000", Client.get(at(port), "/buffer"));
    }
  }

  @ParameterizedTest
  @MethodSource("all")
  void aStagedListenerLooksToTheAppLikeItsOwn(Jdk jdk) throws Exception {
    int port = freePort();
    try (Fd socket = listen(port);
        AppProcess app =
            plan(jdk)
                .staged()
                .lend(1, socket, "tcp://test")
                .start("apps.Server", "platform", "::", "" + port, "late")) {
      app.greet();
      app.hear(new Message.Taken(1));
      app.awaitOutput("listening");
      assertTrue(app.out().contains("port " + port + " "), app.out());
      assertTrue(app.out().contains("tos 16"), app.out());
      app.goLive();
      assertEquals("30000", Client.get(at(port), "/buffer"), "what was set while it was staged");
    }
  }

  @ParameterizedTest
  @MethodSource("all")
  void aSocketThatIsNoTcpListenerIsNeverTaken(Jdk jdk) throws Exception {
    int port = freePort();
    Path path = folder.resolve("socket-" + port);
    try (Fd udp = Sockets.bindDatagram(new InetSocketAddress("::", port));
        Fd unix = Sockets.listenUnix(path.toString(), Sockets.Type.STREAM, 0600, 1);
        Fd tcp = listen(port);
        AppProcess app =
            plan(jdk)
                .lend(1, udp, "udp://test")
                .lend(2, unix, "unix://test")
                .lend(3, tcp, "tcp://test")
                .start("apps.Server", "http", "::", "" + port)) {
      app.greet();
      app.hear(new Message.Taken(3));
      app.awaitOutput("listening");
      assertEquals("" + app.pid(), Client.get(at(port), "/pid"));
    } finally {
      Files.deleteIfExists(path);
    }
  }

  /** The message of the app's own BindException is the JDK's. */
  @ParameterizedTest
  @MethodSource("exporting")
  void aPortThatSomebodyElseHoldsIsABindExceptionAsEver(Jdk jdk) throws Exception {
    try (ServerSocket other = new ServerSocket(0, 1, InetAddress.getByName("::"));
        AppProcess app =
            plan(jdk).start("apps.Server", "platform", "::", "" + other.getLocalPort())) {
      app.greet();
      assertEquals(1, app.await().code());
      assertTrue(
          app.out().contains("failed: java.net.BindException: Address already in use"), app.out());
      assertThrows(AssertionError.class, app::hear, "the agent has nothing to say");
    }
  }

  @ParameterizedTest
  @MethodSource("exporting")
  void severalListenersAreHandedOverTogether(Jdk jdk) throws Exception {
    int port = freePort();
    int more = freePort();
    try (AppProcess app = plan(jdk).start("apps.Server", "selector-after", "::", "" + port);
        Client client = openAndConnect(app, port)) {
      assertEquals("bound", client.get("/bind?" + more).body());
      AppProcess.Heard second = app.hearOpened();
      try (Fd moreSocket = second.descriptors().getFirst();
          AppProcess next =
              plan(jdk)
                  .staged()
                  .lend(8, moreSocket, "tcp://test")
                  .lend(9, opened, "tcp://test")
                  .start("apps.Server", "selector-after", "::", "" + port)) {
        next.greet();
        next.hear(new Message.Taken(9));
        assertInstanceOf(Message.Opened.class, second.message());
        next.goLive();
        app.park(false, 2);
        assertEquals("" + next.pid(), Client.get(at(port), "/pid"));
      }
    }
  }
}
