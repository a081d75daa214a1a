package io.jhot.runtime.trial;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.jhot.config.Probe;
import io.jhot.config.WarmUp;
import io.jhot.ffm.Poller;
import io.jhot.runtime.OsEvent;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.function.Function;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Probes and warm-ups on real sockets, against a server that answers what the test says. */
class TrialIoTest {
  private static final String OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nup";

  private final List<String> requests = Collections.synchronizedList(new ArrayList<>());
  private final CountDownLatch asked = new CountDownLatch(1);
  private Mailbox mailbox;
  private ServerSocket server;
  private Thread acceptor;
  private volatile Function<String, String> answers = request -> OK;

  @BeforeEach
  void open() throws IOException {
    mailbox = Mailbox.open();
    server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    acceptor = Thread.ofVirtual().start(this::serve);
  }

  @AfterEach
  void close() throws Exception {
    stopServer();
    mailbox.close();
  }

  /** A socket under a thread that accepts goes on listening until that thread has left it. */
  private void stopServer() throws Exception {
    server.close();
    acceptor.join();
  }

  private void serve() {
    try {
      while (true) {
        Socket client = server.accept();
        Thread.ofVirtual().start(() -> serve(client));
      }
    } catch (IOException e) {
      return; // the test is over
    }
  }

  private void serve(Socket client) {
    try (client) {
      StringBuilder request = new StringBuilder();
      InputStream in = client.getInputStream();
      while (request.indexOf("\r\n\r\n") < 0) {
        int c = in.read();
        if (c < 0) {
          return;
        }
        request.append((char) c);
      }
      requests.add(request.toString());
      asked.countDown();
      String answer = answers.apply(request.toString());
      if (answer == null) {
        in.read(); // says nothing until the client leaves
        return;
      }
      client.getOutputStream().write(answer.getBytes(StandardCharsets.ISO_8859_1));
    } catch (IOException e) {
      return; // the client did not wait
    }
  }

  private Trial trial() {
    InetSocketAddress address =
        new InetSocketAddress(server.getInetAddress(), server.getLocalPort());
    return new Trial(
        mailbox, port -> port == 0 || port == 8080 ? new Trial.Place(address, 8080) : null);
  }

  private OsEvent next() throws IOException {
    List<OsEvent> happened = new ArrayList<>();
    try (Poller poller = Poller.open()) {
      poller.add(mailbox.fd(), 1, Poller.READABLE);
      assertEquals(1, poller.await(60_000, (token, events) -> {}));
      mailbox.empty(happened);
    }
    assertEquals(1, happened.size());
    return happened.getFirst();
  }

  private OsEvent.Probed probed(String text, String body) throws Exception {
    trial().probe(2, 7, Probe.parse(text, "200-299", body, 1, 500, 2000));
    OsEvent.Probed probed = (OsEvent.Probed) next();
    assertEquals(2, probed.generation());
    assertEquals(7, probed.attempt());
    return probed;
  }

  @Test
  void answerWithinTheStatusesIsASuccess() throws Exception {
    OsEvent.Probed probed = probed("/health?deep", "");

    assertTrue(probed.ok());
    assertEquals("succeeded: it was answered with 200", probed.seen());
    String request = requests.getFirst();
    assertTrue(request.startsWith("GET /health?deep HTTP/1.1\r\n"), request);
    assertTrue(request.contains("\r\nHost: localhost:8080\r\n"), "as clients would write it");
  }

  @Test
  void hostIsWhatTheOperatorWrote() throws Exception {
    assertTrue(probed("http://app.test:8080/", "").ok());

    assertTrue(requests.getFirst().contains("\r\nHost: app.test:8080\r\n"));
  }

  @Test
  void otherStatusIsAFailure() throws Exception {
    answers = request -> "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n";

    OsEvent.Probed probed = probed("/", "");

    assertFalse(probed.ok());
    assertEquals("was answered with 503", probed.seen());
  }

  @Test
  void contentIsReadHoweverItIsFramed() throws Exception {
    String chunked =
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
            + "8\r\n{\"status\r\n9;x=y\r\n\":\"UP\"}  \r\n0\r\n\r\n";
    String unframed = "HTTP/1.0 200 OK\r\n\r\n{\"status\":\"UP\"}";
    String interim =
        "HTTP/1.1 100 Continue\r\n\r\n"
            + "HTTP/1.1 200 OK\r\ncontent-length:15\r\n\r\n{\"status\":\"UP\"}";
    for (String answer : List.of(chunked, unframed, interim)) {
      answers = request -> answer;
      assertTrue(probed("/", "\"status\":\"UP\"").ok(), answer);
      OsEvent.Probed wrong = probed("/", "DOWN");
      assertFalse(wrong.ok());
      assertEquals("was answered with 200, but its content does not contain DOWN", wrong.seen());
    }
  }

  @Test
  void answerThatIsNoneIsAFailureThatSaysWhy() throws Exception {
    answers = request -> "";
    assertEquals(
        "got no answer: the connection was closed without an answer", probed("/", "").seen());
    answers = request -> "220 mail.test ESMTP\r\n\r\n";
    assertEquals("got no answer: the answer is not HTTP/1.1", probed("/", "").seen());
    answers = request -> "HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\nup";
    assertEquals("got no answer: the answer ended within its content", probed("/", "").seen());
    stopServer();
    OsEvent.Probed refused = probed("/", "");
    assertFalse(refused.ok());
    assertEquals("got no answer: Connection refused", refused.seen());
  }

  @Test
  void whatItSaysOfALongAnswerIsShort() throws Exception {
    for (int digits : new int[] {1, 64, 65, 60_000}) {
      answers = request -> "HTTP/1.1 200 OK\r\nContent-Length: " + "x".repeat(digits) + "\r\n\r\n";
      String seen = probed("/", "").seen();
      assertTrue(seen.contains("is no number"), seen);
      assertTrue(seen.length() < 200, seen);
    }
  }

  @Test
  void connectionIsAllThatATcpProbeWants() throws Exception {
    assertTrue(probed("tcp://:8080", "").ok());
    assertEquals(
        "has nobody to ask: the generation holds no listener on port 9",
        probed("tcp://:9", "").seen());
    stopServer();
    assertFalse(probed("tcp://", "").ok());
  }

  @Test
  void probeThatIsEndedSaysNothingMore() throws Exception {
    answers = request -> null;
    Trial silent = trial();
    silent.probe(2, 1, Probe.parse("/", "200", "", 1, 500, 2000));
    asked.await();

    silent.end();
    answers = request -> OK;

    assertEquals(7, ((OsEvent.Probed) next7()).attempt());
  }

  /** The outcome of an attempt that was begun after the one that was ended. */
  private OsEvent next7() throws Exception {
    trial().probe(2, 7, Probe.parse("/", "200", "", 1, 500, 2000));
    return next();
  }

  @Test
  void warmUpSendsEachRequestAsOftenAsItSays() throws Exception {
    trial().warmUp(2, new WarmUp("GET /hot x40", 4));

    OsEvent.WarmedUp warmedUp = (OsEvent.WarmedUp) next();

    assertTrue(warmedUp.ok(), warmedUp::seen);
    assertTrue(warmedUp.seen().startsWith("ended: 40 requests in "), warmedUp::seen);
    assertEquals(40, requests.size());
    assertTrue(requests.stream().allMatch(r -> r.startsWith("GET /hot HTTP/1.1\r\n")));
  }

  @Test
  void warmUpFailsByTheFirstRequestThatTheServerFails() throws Exception {
    answers =
        request ->
            requests.size() < 10
                ? "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"
                : "HTTP/1.1 500 Oops\r\nContent-Length: 0\r\n\r\n";
    trial().warmUp(2, new WarmUp("GET /hot x1000", 2));

    OsEvent.WarmedUp warmedUp = (OsEvent.WarmedUp) next();

    assertFalse(warmedUp.ok());
    assertEquals("failed: GET /hot was answered with 500", warmedUp.seen());
    assertTrue(requests.size() < 20, () -> "it goes no further: " + requests.size());
  }

  @Test
  void warmUpWithAFileThatIsGoneFails() throws Exception {
    trial().warmUp(2, new WarmUp("/no/such/file", 2));

    assertTrue(((OsEvent.WarmedUp) next()).seen().contains("cannot read this file"));
  }
}
