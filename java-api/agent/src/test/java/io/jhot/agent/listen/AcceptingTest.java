package io.jhot.agent.listen;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.jhot.agent.fixtures.AppProcess;
import io.jhot.agent.fixtures.Jdk;
import io.jhot.agent.fixtures.LeftBehind;
import io.jhot.agent.fixtures.WithApps;
import io.jhot.ffm.Fd;
import io.jhot.ffm.Sockets;
import io.jhot.protocol.Message;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** A selector tells of a connection only where accept then returns one. */
@ExtendWith(LeftBehind.class)
class AcceptingTest extends WithApps {
  private static final int CLIENTS = 4;
  private static final int CONNECTIONS = 150;
  private static final int EXCHANGES = 300;

  record Case(Jdk jdk, String kind) {
    @Override
    public String toString() {
      return jdk + ", " + kind;
    }
  }

  static List<Case> cases() {
    List<Case> cases = new ArrayList<>();
    for (Jdk jdk : Jdk.installed()) {
      for (String kind : List.of("plain", "consumer", "late", "moving", "two")) {
        cases.add(new Case(jdk, kind));
      }
    }
    return cases;
  }

  /**
   * Two generations accept from one queue, and one of them is parked and unparked all the while.
   */
  @ParameterizedTest
  @MethodSource("cases")
  void aLoopThatTrustsItsSelectorIsNeverGivenNull(Case one) throws Exception {
    int port = freePort();
    String[] app = {"apps.PlainLoop", one.kind(), "127.0.0.1", "" + port};
    InetSocketAddress address = new InetSocketAddress("127.0.0.1", port);
    try (Fd socket = Sockets.listen(mapped(address), 1000);
        AppProcess first = plan(one).lend(1, socket, "tcp://test").start(app);
        AppProcess second = plan(one).lend(1, socket, "tcp://test").start(app)) {
      for (AppProcess each : List.of(first, second)) {
        each.greet();
        each.hear(new Message.Taken(1));
        each.awaitOutput("listening");
      }
      ExecutorService clients = Executors.newFixedThreadPool(CLIENTS);
      try {
        List<Future<List<String>>> answers = new ArrayList<>();
        for (int i = 0; i < CLIENTS; i++) {
          answers.add(clients.submit(() -> ask(address)));
        }
        while (!answers.stream().allMatch(Future::isDone)) {
          second.park(false, 1);
          second.goLive();
        }
        List<String> pids = List.of("" + first.pid(), "" + second.pid());
        for (Future<List<String>> each : answers) {
          for (String answer : each.get()) {
            assertTrue(pids.contains(answer), "a client was let down: '" + answer + "'");
          }
        }
      } finally {
        clients.shutdownNow();
      }
      second.park(false, 1);
      for (int i = 0; i < 20; i++) {
        assertEquals("" + first.pid(), ask(address, 1).getFirst());
      }
      assertEquals(-1, second.out().indexOf("died"), second.out());
      assertEquals(-1, first.out().indexOf("died"), first.out());
    }
  }

  /** The number of one that was closed is the next one's at once. */
  @Test
  void selectorsThatComeAndGoAreNoWantOfDescriptors() throws Exception {
    int port = freePort();
    InetSocketAddress address = new InetSocketAddress("127.0.0.1", port);
    Case one = new Case(Jdk.installed().getLast(), "restless");
    try (Fd socket = Sockets.listen(mapped(address), 1000);
        AppProcess app =
            plan(one)
                .lend(1, socket, "tcp://test")
                .start("apps.PlainLoop", one.kind(), "127.0.0.1", "" + port)) {
      app.greet();
      app.hear(new Message.Taken(1));
      app.awaitOutput("listening");
      for (int i = 0; i < EXCHANGES; i++) {
        app.park(false, 1);
        app.goLive();
      }
      assertEquals("" + app.pid(), ask(address, 1).getFirst());
      assertEquals(-1, app.out().indexOf("died"), app.out());
    }
  }

  private static List<String> ask(InetSocketAddress address) throws IOException {
    return ask(address, CONNECTIONS);
  }

  private static List<String> ask(InetSocketAddress address, int times) throws IOException {
    List<String> answers = new ArrayList<>();
    for (int i = 0; i < times; i++) {
      try (Socket client = new Socket()) {
        client.setSoTimeout(20_000);
        client.connect(address, 20_000);
        byte[] pid = client.getInputStream().readAllBytes();
        answers.add(new String(pid, StandardCharsets.ISO_8859_1));
      }
    }
    return answers;
  }

  private static InetSocketAddress mapped(InetSocketAddress address) throws IOException {
    byte[] v6 = new byte[16];
    v6[10] = v6[11] = (byte) 0xff;
    System.arraycopy(address.getAddress().getAddress(), 0, v6, 12, 4);
    return new InetSocketAddress(
        java.net.Inet6Address.getByAddress(null, v6, 0), address.getPort());
  }

  private static AppProcess.Plan plan(Case one) {
    return plan(one.jdk());
  }
}
