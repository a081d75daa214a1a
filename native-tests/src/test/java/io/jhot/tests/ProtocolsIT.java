package io.jhot.tests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.jhot.examples.load.LoadResult;
import io.jhot.examples.load.Report;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Connections that are no request and answer: how long each is kept, and how it ends. */
@ExtendWith(SandboxExtension.class)
class ProtocolsIT {
  private static final int SETTINGS = 4;
  private static final int GO_AWAY = 7;

  private static Jhot start(String name, Sandbox box, int port, String drain) {
    Server server = Server.all().filter(s -> s.name().equals(name)).findFirst().get();
    List<String> options = List.of("--drain-timeout", drain);
    return box.exec(options, server.command("*", port, 0)).awaitServing(1);
  }

  static Stream<Server> withTlsOfTheirOwn() {
    return Server.withTlsOfTheirOwn();
  }

  @ParameterizedTest
  @MethodSource("withTlsOfTheirOwn")
  void connectionsUnderTlsOfTheServersOwnAreAllAnsweredAndLeave(Server server, Sandbox box) {
    int port = box.port();
    Jhot jhot = box.exec(server.command("*", port, 0)).awaitServing(1);
    Load load = Load.mixed("127.0.0.1", port, Duration.ofSeconds(1), true);

    jhot.replace(1);

    LoadResult result = load.endWithoutFailure();
    assertEquals(2, result.pids().size(), () -> Report.table(result));
    assertEquals(0, jhot.err().count("but little time"), jhot::toString);
  }

  /** A client of HTTP/2 with prior knowledge that never asks (RFC 9113, 3.3 and 4.1). */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "Vert.x 5, JDK transport",
        "Vert.x 5, native (epoll)",
        "gRPC-java (shaded Netty, epoll)"
      })
  void anHttp2ConnectionOfNettyThatRestsIsToldWhenItsGenerationParksAndClosedThen(
      String server, Sandbox box) throws IOException {
    int port = box.port();
    Jhot jhot = start(server, box, port, "10m");
    try (Socket resting = new Socket("127.0.0.1", port)) {
      resting.setSoTimeout(Math.toIntExact(Await.PATIENCE.toMillis()));
      DataInputStream in = new DataInputStream(resting.getInputStream());
      OutputStream out = resting.getOutputStream();
      out.write("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
      out.write(new byte[] {0, 0, 0, SETTINGS, 0, 0, 0, 0, 0});
      awaitFrame(in, SETTINGS);

      jhot.reload().good();

      ByteBuffer goAway = ByteBuffer.wrap(awaitFrame(in, GO_AWAY));
      assertEquals(Integer.MAX_VALUE, goAway.getInt(), "the highest stream there may be");
      assertEquals(0, goAway.getInt(), "no error");
      awaitFrame(in, GO_AWAY); // of the server's own close
      in.transferTo(OutputStream.nullOutputStream()); // to the end of the connection
      jhot.awaitGone(1);
      assertEquals(0, jhot.err().count("warning: generation"), jhot::toString);
    }
  }

  private static byte[] awaitFrame(DataInputStream in, int type) throws IOException {
    while (true) {
      int lengthAndType = in.readInt();
      in.skipNBytes(5); // flags and stream
      byte[] payload = in.readNBytes(lengthAndType >>> 8);
      if ((lengthAndType & 0xff) == type) {
        return payload;
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"Vert.x 5, JDK transport", "Undertow", "Tomcat 11", "Jetty 12"})
  void aPollThatWaitsIsAnsweredByTheDrainingGenerationAndSaysClose(String server, Sandbox box)
      throws IOException {
    int port = box.port();
    Jhot jhot = start(server, box, port, "30s");
    try (RawConnection polling = RawConnection.open(port);
        RawConnection slow = RawConnection.open(port);
        RawConnection other = RawConnection.open(port)) {
      for (RawConnection one : List.of(slow, other)) {
        one.ask("/pid");
        one.awaitText("HTTP/1.1 200");
      }
      polling.ask("/poll");

      jhot.reload().good();
      jhot.err().await("generation 1 accepts nothing new", 1);
      slow.ask("/slow?ms=500"); // before the drain is 0.1 s old, a poll's answer says nothing
      slow.awaitText("slept");
      assertEquals("", polling.received.text());
      other.ask("/news");

      polling.awaitText("news");
      other.awaitText("told");
      String head = polling.received.text().toLowerCase(Locale.ROOT);
      assertTrue(head.contains("\r\nconnection: close\r\n"), head);
    }
    jhot.awaitGone(1);
    assertEquals(0, jhot.err().count("but little time"), jhot::toString);
  }

  @ParameterizedTest
  @ValueSource(strings = {"Vert.x 5, JDK transport", "Undertow", "Tomcat 11", "Jetty 12"})
  void eventsAndAWebSocketThatIsUsedGoOnThroughTheDrainAndEndAtItsDeadline(
      String server, Sandbox box) throws IOException {
    int port = box.port();
    Jhot jhot = start(server, box, port, "8s");
    String first = Http.get(port, "/pid");
    try (EventStream events = EventStream.open(port);
        HttpClient client = HttpClient.newHttpClient()) {
      events.awaitMore();
      Echoes echoes = new Echoes();
      URI address = URI.create("ws://127.0.0.1:" + port + "/socket");
      WebSocket socket = client.newWebSocketBuilder().buildAsync(address, echoes).join();
      socket.sendText("hello", true);
      echoes.awaitMore();

      jhot.reload().good();
      assertTrue(jhot.status().has(1, "draining"), jhot::toString);
      events.awaitMore();
      assertEquals(first, events.last(), "the old generation goes on with its stream");
      echoes.awaitMore();
      events.awaitEnd();
      echoes.end.join();
    }
    jhot.awaitGone(1);
    assertEquals(1, jhot.err().count("but little time"), jhot::toString);

    try (EventStream again = EventStream.open(port)) {
      again.awaitMore();
      assertEquals(Http.get(port, "/pid"), again.last(), "who comes again gets the new one");
    }
  }

  /** A connection that is asked by hand, with a thread that reads what comes. */
  private static class RawConnection implements AutoCloseable {
    private final Socket socket = new Socket();
    final Output received;

    RawConnection(int port) throws IOException {
      socket.connect(new InetSocketAddress("127.0.0.1", port));
      received = new Output(socket.getInputStream(), "connection");
    }

    static RawConnection open(int port) throws IOException {
      return new RawConnection(port);
    }

    void ask(String target) throws IOException {
      String request = "GET " + target + " HTTP/1.1\r\nHost: it\r\n\r\n";
      socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
    }

    void awaitText(String part) {
      Await.until(part, () -> received.text().contains(part), received::text);
    }

    @Override
    public void close() throws IOException {
      socket.close();
    }
  }

  /** A reader of {@code /events}. */
  private static final class EventStream extends RawConnection {
    private EventStream(int port) throws IOException {
      super(port);
      ask("/events");
    }

    static EventStream open(int port) throws IOException {
      return new EventStream(port);
    }

    void awaitMore() {
      long before = received.count("data:");
      Await.until("more events", () -> received.count("data:") > before + 1, received::text);
    }

    String last() {
      List<String> events = received.lines().stream().filter(l -> l.startsWith("data:")).toList();
      return events.getLast().substring("data:".length()).strip();
    }

    void awaitEnd() {
      received.awaitEnd();
    }
  }

  /**
   * The client's side of an echoing WebSocket: answers each echo, for a quiet one counts as idle.
   */
  private static final class Echoes implements WebSocket.Listener {
    final CompletableFuture<Integer> end = new CompletableFuture<>();
    private final AtomicInteger echoed = new AtomicInteger();

    void awaitMore() {
      int before = echoed.get();
      Await.until("echoes", () -> echoed.get() > before + 1);
    }

    @Override
    public CompletionStage<?> onText(WebSocket socket, CharSequence data, boolean last) {
      echoed.incrementAndGet();
      socket.request(1);
      CompletableFuture.delayedExecutor(100, TimeUnit.MILLISECONDS)
          .execute(() -> socket.sendText("hello", true));
      return null;
    }

    @Override
    public CompletionStage<?> onClose(WebSocket socket, int code, String reason) {
      end.complete(code);
      return null;
    }

    @Override
    public void onError(WebSocket socket, Throwable error) {
      end.complete(-1);
    }
  }
}
