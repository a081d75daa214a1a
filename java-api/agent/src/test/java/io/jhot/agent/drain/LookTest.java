package io.jhot.agent.drain;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.jhot.agent.fixtures.AppProcess;
import io.jhot.agent.fixtures.Eventually;
import io.jhot.agent.fixtures.Jdk;
import io.jhot.agent.fixtures.LeftBehind;
import io.jhot.agent.fixtures.WithApps;
import io.jhot.ffm.Fd;
import io.jhot.ffm.SocketDescription;
import io.jhot.ffm.Sockets;
import io.jhot.protocol.Message;
import io.jhot.protocol.Work;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What a real JVM's own server says of its connections, on each JDK. */
@ExtendWith(LeftBehind.class)
class LookTest extends WithApps {
  private static final InetSocketAddress ANY_PORT = new InetSocketAddress("::", 0);

  private int lastRequest;

  static List<Jdk> jdks() {
    return Jdk.installed();
  }

  private static Socket client(int port, String text) throws IOException {
    Socket socket = new Socket("127.0.0.1", port);
    socket.getOutputStream().write(text.getBytes(StandardCharsets.ISO_8859_1));
    return socket;
  }

  /** By the clients' ports; what no server names is not in it. */
  private Map<Integer, Work> look(AppProcess app) throws IOException {
    app.send(new Message.Look(++lastRequest));
    Message.Looked looked = (Message.Looked) app.hear().message();
    assertEquals(lastRequest, looked.request());
    assertTrue(looked.whole() && !looked.more());
    Map<Integer, Work> found = new TreeMap<>();
    for (Message.Connection one : looked.connections()) {
      assertEquals(new Message.Cargo(new byte[] {127, 0, 0, 1}), one.peer());
      found.put(one.peerPort(), one.work());
    }
    return found;
  }

  @ParameterizedTest
  @MethodSource("jdks")
  void serverOfTheJdkSaysWhatIsUnderWayOnEachConnection(Jdk jdk) throws Exception {
    try (Fd listener = Sockets.listen(ANY_PORT, 50)) {
      int port = SocketDescription.of(listener).port();
      AppProcess.Plan plan = plan(jdk).lend(1, listener, "tcp://test");
      try (AppProcess app = plan.start("apps.Server", "http", "::", "" + port)) {
        app.greet();
        app.hear(new Message.Taken(1));
        try (Socket half = client(port, "GET /pid HT");
            Socket slow = client(port, "GET /slow?600000 HTTP/1.1\r\nHost: it\r\n\r\n");
            Socket rests = client(port, "GET /pid HTTP/1.1\r\nHost: it\r\n\r\n");
            Socket silent = client(port, "")) {
          assertTrue(rests.getInputStream().read() > 0);
          app.park(false, 1);
          Map<Integer, Work> expected =
              Map.of(
                  half.getLocalPort(), Work.RECEIVING,
                  slow.getLocalPort(), Work.ANSWERING,
                  rests.getLocalPort(), Work.AT_REST,
                  silent.getLocalPort(), Work.AT_REST);
          Map<Integer, Work> last = new TreeMap<>();
          Eventually.holds(
              () -> {
                last.clear();
                last.putAll(look(app));
                return last.equals(expected);
              },
              () -> last + " instead of " + expected);
        }
      }
    }
  }

  @Test
  void serverThatNobodyKnowsIsNotNamedAndDoesNotHideAnything() throws Exception {
    try (Fd listener = Sockets.listen(ANY_PORT, 50)) {
      int port = SocketDescription.of(listener).port();
      AppProcess.Plan plan = plan(Jdk.installed().getLast()).lend(1, listener, "tcp://test");
      try (AppProcess app = plan.start("apps.Server", "selector-after", "::", "" + port)) {
        app.greet();
        app.hear(new Message.Taken(1));
        try (Socket half = client(port, "GET /pid HT")) {
          app.park(false, 1);
          assertEquals(Map.of(), look(app));
          assertTrue(half.isConnected());
        }
      }
    }
  }
}
