package io.jhot.examples.load;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What counts as an answer. */
@Timeout(60)
class HttpConnectionTest {
  private static final String OK = "HTTP/1.1 200 OK\r\n";

  @Test
  void contentLengthEndsAnAnswerAndTheConnectionMayBeReused() throws IOException {
    Answer answer = answerTo(OK + "content-LENGTH:  2 \r\n\r\nhi", true);
    assertEquals(new Answer(200, "hi", true), answer);
  }

  @Test
  void chunksAreJoinedAndTrailersLeftOut() throws IOException {
    Answer answer =
        answerTo(
            OK
                + "Transfer-Encoding: chunked\r\n\r\n"
                + "2;x=y\r\n"
                + "hi\r\n"
                + "A\r\n"
                + "0123456789\r\n"
                + "0\r\n"
                + "T: 1\r\n\r\n",
            true);
    assertEquals(new Answer(200, "hi0123456789", true), answer);
  }

  @Test
  void interimAnswersAreSkipped() throws IOException {
    Answer answer =
        answerTo(
            "HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n" + OK + "Content-Length: 0\r\n\r\n",
            true);
    assertEquals(new Answer(200, "", true), answer);
  }

  @Test
  void theEndOfTheStreamEndsAnAnswerThatSaysClose() throws IOException {
    Answer answer = answerTo(OK + "Connection: close\r\n\r\nall of it", false);
    assertEquals("all of it", answer.body());
    assertFalse(answer.persistent());
  }

  @Test
  void http10IsNotPersistent() throws IOException {
    assertFalse(answerTo("HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n", true).persistent());
  }

  @Test
  void statusesWithoutContentNeedNoLength() throws IOException {
    assertTrue(answerTo("HTTP/1.1 204 No Content\r\n\r\n", true).persistent());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "HTTP/1.1 20 OK\r\n\r\n",
        "HTTP/1.1 2000 OK\r\n\r\n",
        "HTTP/2 200 OK\r\n\r\n",
        "HTTP/1.1 101 Switching Protocols\r\n\r\n",
        "HTTP/1.1 200 OK\nContent-Length: 0\n\n",
        "HTTP/1.1 200 OK\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: +1\r\n\r\nx",
        "HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nxx",
        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhiX\r\n0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        "HTTP/1.1 200 OK\r\nno field\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi!",
        "HTTP/1.1 200 OK\r\n"
            + "Content-Length: 2\r\n\r\n"
            + "hiHTTP/1.1 200 OK\r\n"
            + "Content-Length: 0\r\n\r\n",
      })
  void whatIsNoAnswerIsMalformed(String bytes) {
    RequestFailedException failure =
        assertThrows(RequestFailedException.class, () -> answerTo(bytes, true));
    assertEquals(FailureCause.MALFORMED, failure.failureCause());
  }

  @Test
  void anEndlessHeadIsMalformed() {
    String bytes = OK + "X: " + "x".repeat(17 * 1024);
    RequestFailedException failure =
        assertThrows(RequestFailedException.class, () -> answerTo(bytes, true));
    assertEquals(FailureCause.MALFORMED, failure.failureCause());
  }

  @Test
  void theHostOfAnIpv6AddressIsInBrackets() throws Exception {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
    try (ServerSocket listener = new ServerSocket(0, 1, InetAddress.getByName("::1"))) {
      InetSocketAddress address = new InetSocketAddress("::1", listener.getLocalPort());
      try (HttpConnection connection = HttpConnection.open(address, deadline);
          Socket accepted = listener.accept()) {
        connection.sendPair("/a", "/b");
        String request = new String(accepted.getInputStream().readNBytes(60), ISO_8859_1);
        assertTrue(
            request.contains("\r\nHost: [0:0:0:0:0:0:0:1]:" + listener.getLocalPort() + "\r\n")
                || request.contains("\r\nHost: [::1]:" + listener.getLocalPort() + "\r\n"),
            request);
      }
    }
  }

  private static Answer answerTo(String bytes, boolean goesOn) throws IOException {
    ScriptedServer.Act act =
        (socket, target) -> {
          ScriptedServer.raw(bytes).perform(socket, target);
          return goesOn;
        };
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
    try (ScriptedServer server = new ScriptedServer((c, r, t) -> act);
        HttpConnection connection =
            HttpConnection.open(new InetSocketAddress("127.0.0.1", server.port()), deadline)) {
      return connection.get("/ping", false, deadline);
    }
  }
}
