package io.jhot.tests;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.Closeable;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;

/**
 * A POST of which the client has sent all but the last byte: it keeps its generation from ending
 * for as long as the test wants to look at it.
 */
final class HeldRequest implements Closeable {
  private final Socket socket = new Socket();

  private HeldRequest() {}

  /** Sends it to whoever serves on that port now. */
  static HeldRequest begin(String host, int port) throws IOException {
    HeldRequest held = new HeldRequest();
    held.socket.connect(new InetSocketAddress(host, port));
    held.socket.setSoTimeout(Math.toIntExact(Await.PATIENCE.toMillis()));
    held.send(
        "POST /echo HTTP/1.1\r\nHost: it\r\nConnection: close\r\nContent-Type: text/plain\r\n"
            + "Content-Length: 4\r\n\r\nhel");
    return held;
  }

  /** Sends the last byte and checks the answer. */
  void isAnswered() throws IOException {
    try (socket) {
      send("d");
      assertEquals("held", Http.content(socket, "/echo"));
    }
  }

  private void send(String bytes) throws IOException {
    socket.getOutputStream().write(bytes.getBytes(StandardCharsets.ISO_8859_1));
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
