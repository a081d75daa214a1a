package io.jhot.agent.listen;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.jhot.agent.fixtures.AppProcess;
import io.jhot.agent.fixtures.Client;
import io.jhot.agent.fixtures.Eventually;
import io.jhot.agent.fixtures.Jdk;
import io.jhot.agent.fixtures.LeftBehind;
import io.jhot.agent.fixtures.WithApps;
import io.jhot.ffm.Fd;
import io.jhot.ffm.Signal;
import io.jhot.ffm.SocketDescription;
import io.jhot.ffm.Sockets;
import io.jhot.protocol.Message;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** One generation after the other, in real JVMs, for each way in which the JDK listens. */
@Tag("slow")
@ExtendWith(LeftBehind.class)
class HandoverTest extends WithApps {
  private static final List<String> WAYS =
      List.of(
          "http", "platform", "channel", "adaptor", "selector-before", "selector-after", "async");
  private static final String IPV4_ONLY = "-Djava.net.preferIPv4Stack=true";
  private static final int CONNECTIONS = 12;

  /** What the app listens on, and from where it is reached. */
  record Case(Jdk jdk, String way, String bind, String option, List<String> clients) {
    @Override
    public String toString() {
      return jdk + ", " + way + " on " + bind + (option.isEmpty() ? "" : " with " + option);
    }
  }

  static List<Case> exportingCases() {
    List<Case> cases = new ArrayList<>();
    for (Jdk jdk : Jdk.exporting()) {
      for (String way : WAYS) {
        cases.add(new Case(jdk, way, "::", "", List.of("127.0.0.1", "::1")));
      }
      cases.add(new Case(jdk, "virtual", "::", "", List.of("127.0.0.1", "::1")));
      cases.add(new Case(jdk, "http", "0.0.0.0", "", List.of("127.0.0.1", "::1")));
      cases.add(new Case(jdk, "http", "127.0.0.1", "", List.of("127.0.0.1")));
      cases.add(new Case(jdk, "platform", "::1", "", List.of("::1")));
      cases.add(new Case(jdk, "channel", "0.0.0.0", IPV4_ONLY, List.of("127.0.0.1")));
      cases.add(new Case(jdk, "selector-after", "127.0.0.1", IPV4_ONLY, List.of("127.0.0.1")));
    }
    return cases;
  }

  static List<Case> notExportingCases() {
    List<Case> cases = new ArrayList<>();
    for (Jdk jdk : Jdk.notExporting()) {
      for (String way : WAYS) {
        cases.add(new Case(jdk, way, "::", "", List.of("127.0.0.1", "::1")));
      }
      cases.add(new Case(jdk, "http", "127.0.0.1", IPV4_ONLY, List.of("127.0.0.1")));
    }
    return cases;
  }

  @ParameterizedTest
  @MethodSource("exportingCases")
  void whatTheFirstGenerationOpenedGoesToTheSecond(Case one) throws Exception {
    int port = freePort();
    try (AppProcess first = plan(one).start(app(one, port))) {
      assertTrue(first.greet().canExport());
      AppProcess.Heard opened = first.hearOpened();
      try (Fd socket = opened.descriptors().getFirst()) {
        SocketDescription description = SocketDescription.of(socket);
        assertTrue(description.listening(), description::text);
        assertEquals(port, description.port());
        assertTrue(socket.isNonBlocking(), "or a thread in accept(2) could steal a connection");
        handOver(one, first, socket, port);
      }
    }
  }

  @ParameterizedTest
  @MethodSource("notExportingCases")
  void whatJhotOpenedGoesFromGenerationToGeneration(Case one) throws Exception {
    int port = freePort();
    try (Fd socket = Sockets.listen(new InetSocketAddress(one.bind(), port), 50);
        AppProcess first = plan(one).lend(1, socket, "tcp://test").start(app(one, port))) {
      assertFalse(first.greet().canExport());
      first.hear(new Message.Taken(1));
      handOver(one, first, socket, port);
    }
  }

  private void handOver(Case one, AppProcess first, Fd socket, int port) throws Exception {
    List<InetSocketAddress> addresses = new ArrayList<>();
    for (String client : one.clients()) {
      addresses.add(new InetSocketAddress(InetAddress.getByName(client), port));
    }
    first.awaitOutput("listening");
    assertAnswers(addresses, first.pid());
    try (Client idle = new Client(addresses.getFirst());
        Client busy = new Client(addresses.getLast());
        AppProcess second =
            plan(one).staged().lend(7, socket, "tcp://test").start(app(one, port))) {
      assertFalse(idle.get("/pid").saysClose(), "it does not drain yet");
      second.greet();
      second.hear(new Message.Taken(7));
      second.awaitOutput("listening");
      assertAnswers(addresses, first.pid()); // a staged generation never answers

      busy.ask("/slow?1000"); // on its way until the drain has begun
      second.goLive();
      first.park(false, 1);
      assertAnswers(addresses, second.pid());

      Client.Answer slow = busy.answer();
      assertEquals("" + first.pid(), slow.body());
      assertTrue(slow.saysClose(), "an answer that was on its way: " + slow);
      assertSleeps(first, addresses.getFirst());
      assertEquals("" + first.pid(), assertCloses(idle), "connections of the parked one live on");

      first.signal(Signal.TERM);
      assertEquals(128 + Signal.TERM.number(), first.await().code());
      assertAnswers(addresses, second.pid());
      assertTrue(socket.isNonBlocking(), "nobody has switched O_NONBLOCK off");
      assertTrue(SocketDescription.of(socket).listening());

      second.park(true, 1);
      assertEquals(
          List.of(),
          second.descriptorsOf(SocketDescription.of(socket).inode()),
          "the last one holds nothing back");
    }
  }

  private static String assertCloses(Client client) throws IOException {
    Client.Answer answer = client.get("/pid");
    assertTrue(answer.saysClose(), answer::toString);
    return answer.body();
  }

  private static void assertAnswers(List<InetSocketAddress> addresses, int pid) throws IOException {
    for (int i = 0; i < CONNECTIONS; i++) {
      assertEquals("" + pid, Client.get(addresses.get(i % addresses.size()), "/pid"));
    }
  }

  /**
   * A selector with a stale registration would spin: it takes a whole processor. So there must come
   * a while, of many round trips to the other generation, in which the parked one hardly runs.
   */
  private static void assertSleeps(AppProcess parked, InetSocketAddress other) {
    Eventually.holds(
        () -> {
          long began = System.nanoTime();
          long before = parked.processorNanos();
          for (int i = 0; i < 3 * CONNECTIONS; i++) {
            Client.get(other, "/pid");
          }
          long used = parked.processorNanos() - before;
          return used < (System.nanoTime() - began) / 10;
        },
        () -> "the parked generation does not sleep");
  }

  @Test
  void aHundredAndMoreDescriptorsAreNoObstacle() throws Exception {
    Case one = exportingCases().getFirst();
    int port = freePort();
    String[] app = {"apps.Server", "selector-before", "127.0.0.1", "" + port, "open=1000"};
    try (AppProcess first = plan(one).start(app)) {
      first.greet();
      try (Fd socket = first.hearOpened().descriptors().getFirst();
          AppProcess second = plan(one).staged().lend(3, socket, "tcp://test").start(app)) {
        second.greet();
        second.hear(new Message.Taken(3));
        second.goLive();
        first.park(false, 1);
        assertAnswers(List.of(new InetSocketAddress("127.0.0.1", port)), second.pid());
      }
    }
  }

  @Test
  void aParkedGenerationGoesLiveAgain() throws Exception {
    Case one = exportingCases().getFirst();
    int port = freePort();
    List<InetSocketAddress> address = List.of(new InetSocketAddress("127.0.0.1", port));
    try (AppProcess only = plan(one).start("apps.Server", "selector-after", "::", "" + port)) {
      only.greet();
      try (Fd socket = only.hearOpened().descriptors().getFirst()) {
        only.park(false, 1);
        assertTrue(SocketDescription.of(socket).listening());
        only.send(new Message.GoLive());
        only.hear(new Message.Live());
        assertAnswers(address, only.pid());
        try (Client client = new Client(address.getFirst())) {
          assertFalse(client.get("/pid").saysClose(), "it drains no more");
        }
      }
    }
  }

  @Test
  void theLastOneParkedRefusesConnections() throws Exception {
    Case one = exportingCases().getFirst();
    int port = freePort();
    InetSocketAddress address = new InetSocketAddress("127.0.0.1", port);
    try (AppProcess only = plan(one).start("apps.Server", "selector-after", "::", "" + port)) {
      only.greet();
      only.hearOpened().descriptors().getFirst().close();
      assertEquals("" + only.pid(), Client.get(address, "/pid"));
      only.park(true, 1);
      Eventually.holds(
          () -> {
            try {
              new Client(address).close();
              return false;
            } catch (ConnectException e) {
              return true;
            }
          },
          () -> "the port still accepts");
    }
  }

  private static AppProcess.Plan plan(Case one) {
    AppProcess.Plan plan = plan(one.jdk());
    return one.option().isEmpty() ? plan : plan.option(one.option());
  }

  private static String[] app(Case one, int port) {
    return new String[] {"apps.Server", one.way(), one.bind(), "" + port};
  }
}
