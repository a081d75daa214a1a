package io.jhot.tests;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
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

  /** One GET on a connection that is open already, and the last one there. */
  static String exchange(Socket socket, String target) throws IOException {
    socket.setSoTimeout(millis());
    String request = "GET " + target + " HTTP/1.1\r\nHost: it\r\nConnection: close\r\n\r\n";
    socket.getOutputStream().write(request.getBytes(StandardCharsets.ISO_8859_1));
    String answer = new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    if (!answer.startsWith("HTTP/1.1 200 ")) {
      throw new IOException(target + " was answered: \"" + answer + "\"");
    }
    return answer.substring(answer.indexOf("\r\n\r\n") + 4);
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
