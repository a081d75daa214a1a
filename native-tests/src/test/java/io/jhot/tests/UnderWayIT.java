package io.jhot.tests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A draining generation knows what is under way on its connections, and cuts none of it. */
@ExtendWith(SandboxExtension.class)
class UnderWayIT {
  private static final String POST = "POST /echo HTTP/1.1\r\nHost: it\r\nContent-Length: 5\r\n";

  /** One client on a connection of its own. */
  private record Client(Socket socket) implements AutoCloseable {
    static Client open(int port, Path keys) throws Exception {
      Socket socket =
          keys == null
              ? new Socket("127.0.0.1", port)
              : SecureIT.trusting(keys).getSocketFactory().createSocket("127.0.0.1", port);
      socket.setSoTimeout(Math.toIntExact(Await.PATIENCE.toMillis()));
      return new Client(socket);
    }

    Client say(String text) throws IOException {
      socket.getOutputStream().write(text.getBytes(StandardCharsets.ISO_8859_1));
      return this;
    }

    Client await(String end) throws IOException {
      StringBuilder read = new StringBuilder();
      InputStream in = socket.getInputStream();
      while (read.indexOf(end) < 0) {
        int next = in.read();
        assertTrue(next >= 0, () -> "cut after: " + read);
        read.append((char) next);
      }
      return this;
    }

    @Override
    public void close() throws IOException {
      socket.close();
    }
  }

  private static String get(String path) {
    return "GET " + path + " HTTP/1.1\r\nHost: it\r\n\r\n";
  }

  private static Map<String, Object> underWay(Jhot jhot) {
    Status status = jhot.status();
    return status.has(1, "draining") ? status.generation(1).underWay() : Map.of();
  }

  @ParameterizedTest
  @CsvSource({"jdk, http", "jdk, https", "netty, http", "netty, https"})
  void requestsThatAreNotAnsweredAreKnownByKindAndNoneIsCut(
      String server, String scheme, Sandbox box) throws Exception {
    int port = box.port();
    Path keys = scheme.equals("https") ? SecureIT.keys(box) : null;
    Path gate = box.directory().resolve("gate");
    Jhot jhot = start(box, server, port, gate, keys);
    List<Client> clients = new ArrayList<>();
    try {
      for (int i = 0; i < 6; i++) {
        clients.add(Client.open(port, keys));
      }
      clients.get(0).say(get("/slow"));
      clients.get(1).say(get("/stream")).await("begun");
      clients
          .get(2)
          .say(POST + "Expect: 100-continue\r\n\r\n")
          .await("100 Continue")
          .await("\r\n\r\n");
      clients.get(3).say(POST + "\r\nup");
      clients.get(4).say("GET /half HT");
      clients.get(5).say(get("/ping")).await("\r\n\r\n"); // rests
      long receiving = 3;
      if (keys != null) {
        clients.add(Client.open(port, null).say("\u0016\u0003\u0001\u0002\u0000")); // a handshake
        receiving++;
      }

      jhot.reload().good();

      Map<String, Object> all =
          server.equals("jdk")
              ? Map.of("receiving", receiving, "answering", 2L) // it does not tell those two apart
              : Map.of("receiving", receiving, "unanswered", 1L, "answering", 1L);
      Await.until(
          "each is known by its kind", () -> underWay(jhot).equals(all), () -> "" + jhot.status());

      box.file("gate");
      clients.get(0).await("200 OK");
      clients.get(1).await("ended");
      clients.get(2).say("12345").await("12345");
      clients.get(3).say("345").await("up345");
      clients.get(4).say("TP/1.1\r\nHost: it\r\n\r\n").await("200 OK");
      clients.getLast().close();
      jhot.awaitGone(1);
    } finally {
      for (Client one : clients) {
        one.close();
      }
    }
    assertEquals(0, jhot.err().count("in use:"), jhot::toString);
    assertEquals(null, jhot.status().lastCut());
  }

  @ParameterizedTest
  @CsvSource({"http, opaque", "https, unanswered"})
  void bytesOfAnUnknownProtocolThatAreNotAnsweredAreNotIdle(String scheme, String kind, Sandbox box)
      throws Exception {
    int port = box.port();
    Path keys = scheme.equals("https") ? SecureIT.keys(box) : null;
    Path gate = box.directory().resolve("gate");
    Jhot jhot = start(box, "sockets", port, gate, keys);
    try (Client slow = Client.open(port, keys).say("slow\n");
        Client resting = Client.open(port, keys).say("quick\n").await("quick\n")) {
      jhot.reload().good();
      Await.until(
          "one is known to be under way",
          () -> underWay(jhot).equals(Map.of(kind, 1L)),
          () -> "" + jhot.status());

      box.file("gate");
      slow.await("slow\n");
      assertEquals(-1, slow.socket().getInputStream().read());
      assertEquals(-1, resting.socket().getInputStream().read());
    }
    jhot.awaitGone(1);
    assertEquals(0, jhot.err().count("in use:"), jhot::toString);
  }

  private static Jhot start(Sandbox box, String server, int port, Path gate, Path keys) {
    List<String> command =
        Sandbox.concat(
            List.of(
                Sandbox.server("all", "GatedApp", server, Integer.toString(port), gate.toString()),
                keys == null ? List.of() : List.of(keys.toString())));
    // a drain that waits for its deadline, or for more than its grace, fails the test by time
    return box.exec(List.of("--idle-grace", "300ms", "--drain-timeout", "1h"), command)
        .awaitServing(1);
  }
}
