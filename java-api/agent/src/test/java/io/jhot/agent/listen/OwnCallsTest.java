package io.jhot.agent.listen;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.jhot.agent.fixtures.AppProcess;
import io.jhot.agent.fixtures.Client;
import io.jhot.agent.fixtures.Jdk;
import io.jhot.agent.fixtures.LeftBehind;
import io.jhot.agent.fixtures.WithApps;
import io.jhot.ffm.Fd;
import io.jhot.ffm.Sockets;
import io.jhot.protocol.Message;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** An app that connects to its own port reaches itself, or nobody. */
@ExtendWith(LeftBehind.class)
class OwnCallsTest extends WithApps {

  record Case(Jdk jdk, String way) {
    @Override
    public String toString() {
      return jdk + ", " + way;
    }
  }

  static List<Case> cases() {
    List<Case> cases = new ArrayList<>();
    for (Jdk jdk : Jdk.installed()) {
      for (String way :
          List.of(
              "http",
              "platform",
              "channel",
              "adaptor",
              "selector-before",
              "selector-after",
              "async")) {
        cases.add(new Case(jdk, way));
      }
      if (jdk.version() >= 21) {
        cases.add(new Case(jdk, "virtual"));
      }
    }
    return cases;
  }

  @ParameterizedTest
  @MethodSource("cases")
  void aCallOfItsOwnIsAnsweredByTheGenerationItself(Case one) throws Exception {
    int port = freePort();
    InetSocketAddress address = new InetSocketAddress("127.0.0.1", port);
    try (Fd socket = Sockets.listen(new InetSocketAddress("::", port), 50);
        AppProcess first = plan(one.jdk()).lend(1, socket, "tcp://test").start(app(one, port));
        AppProcess second =
            plan(one.jdk()).staged().lend(1, socket, "tcp://test").start(app(one, port))) {
      first.greet();
      first.hear(new Message.Taken(1));
      first.awaitOutput("called " + first.pid());
      try (Client kept = new Client(address)) {
        assertEquals("" + first.pid(), kept.get("/pid").body());
        second.greet();
        second.hear(new Message.Taken(1));
        second.awaitOutput("called " + second.pid()); // staged: nobody else can reach it
        second.goLive();
        first.park(false, 1);

        assertEquals("" + second.pid(), Client.get(address, "/pid"));
        assertEquals("" + first.pid(), kept.get("/call").body(), "not its successor");
        assertEquals("" + second.pid(), Client.get(address, "/call"));
      }
      first.goLive();
      second.park(true, 1);
      assertEquals("" + first.pid(), Client.get(address, "/pid"), "it can go back");
    }
  }

  @Test
  void aCallToAListenerThatItHasClosedWhileParkedIsRefused() throws Exception {
    int port = freePort();
    InetSocketAddress address = new InetSocketAddress("127.0.0.1", port);
    Case one = new Case(Jdk.installed().getLast(), "platform");
    try (Fd socket = Sockets.listen(new InetSocketAddress("::", port), 50);
        AppProcess only = plan(one.jdk()).lend(1, socket, "tcp://test").start(app(one, port))) {
      only.greet();
      only.hear(new Message.Taken(1));
      only.awaitOutput("called " + only.pid());
      try (Client kept = new Client(address)) {
        assertEquals("" + only.pid(), kept.get("/pid").body());
        only.park(false, 1);
        assertEquals("" + only.pid(), kept.get("/call").body());
        kept.ask("/close");
        only.send(new Message.Released(only.hear(Message.Closed.class).ref(), true));
        kept.answer();
        String refused = kept.get("/call").body();
        assertTrue(refused.contains("ConnectException"), refused);
      }
    }
  }

  private static String[] app(Case one, int port) {
    return new String[] {"apps.Server", one.way(), "::", "" + port, "call"};
  }
}
