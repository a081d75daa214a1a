package io.jhot.tests;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;

/** One GET on a connection of its own, never repeated. */
final class Http {
  private Http() {}

  /** The content of a 200. */
  static String get(int port, String target) throws IOException {
    return get("127.0.0.1", port, target);
  }

  static String get(String host, int port, String target) throws IOException {
    try (Socket socket = new Socket()) {
      socket.connect(new InetSocketAddress(host, port), millis());
      return exchange(socket, target);
    }
  }

  /** Somebody answers there, as the fixtures answer {@code /ping}. */
  static void assertAnswers(int port) throws IOException {
    assertEquals("{\"message\":\"pong\"}", get(port, "/ping"));
  }

  /** One GET on a connection that is open already, and the last one there. */
  static String exchange(Socket socket, String target) throws IOException {
    socket.setSoTimeout(millis());
    String request = "GET " + target + " HTTP/1.1\r\nHost: it\r\nConnection: close\r\n\r\n";
    socket.getOutputStream().write(request.getBytes(StandardCharsets.ISO_8859_1));
    return content(socket, target);
  }

  /**
   * The content of the 200 that comes next. Not every server ends the connection after an answer
   * that says close (Helidon leaves that to the client), so its length ends it.
   */
  static String content(Socket socket, String target) throws IOException {
    InputStream in = socket.getInputStream();
    String head = line(in);
    String status = head;
    int length = -1;
    boolean chunked = false;
    for (head = line(in); !head.isEmpty(); head = line(in)) {
      String field = head.toLowerCase(Locale.ROOT);
      if (field.startsWith("content-length:")) {
        length = Integer.parseInt(field.substring("content-length:".length()).strip());
      }
      chunked |= field.startsWith("transfer-encoding:") && field.endsWith("chunked");
    }
    String content =
        chunked ? chunks(in) : text(length < 0 ? in.readAllBytes() : exactly(in, length));
    if (!status.startsWith("HTTP/1.1 200")) {
      throw new IOException(target + " was answered: \"" + status + "\" " + content);
    }
    return content;
  }

  private static String chunks(InputStream in) throws IOException {
    StringBuilder content = new StringBuilder();
    while (true) {
      int size = Integer.parseInt(line(in).strip(), 16);
      content.append(text(exactly(in, size)));
      line(in);
      if (size == 0) {
        return content.toString();
      }
    }
  }

  private static byte[] exactly(InputStream in, int length) throws IOException {
    byte[] bytes = in.readNBytes(length);
    if (bytes.length < length) {
      throw new EOFException("the connection ended inside an answer's content");
    }
    return bytes;
  }

  private static String line(InputStream in) throws IOException {
    StringBuilder line = new StringBuilder();
    for (int b = in.read(); b != '\n'; b = in.read()) {
      if (b < 0) {
        throw new EOFException("the connection ended inside an answer's head: \"" + line + "\"");
      }
      line.append((char) b);
    }
    return line.toString().strip();
  }

  private static String text(byte[] bytes) {
    return new String(bytes, StandardCharsets.UTF_8);
  }

  /** The same in a thread of its own. */
  static CompletableFuture<String> begin(int port, String target) {
    return CompletableFuture.supplyAsync(
        () -> {
          try {
            return get(port, target);
          } catch (IOException e) {
            throw new UncheckedIOException(e);
          }
        },
        task -> Thread.ofVirtual().start(task));
  }

  /**
   * Whether a connection is refused: nobody listens. One that is reset was on its way when the
   * listener closed: it had somebody to go to.
   */
  static boolean isRefused(int port) {
    try (Socket socket = new Socket()) {
      socket.connect(new InetSocketAddress("127.0.0.1", port), millis());
      return false;
    } catch (ConnectException e) {
      return true;
    } catch (SocketException e) {
      return false;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static int millis() {
    return Math.toIntExact(Await.PATIENCE.toMillis());
  }
}
