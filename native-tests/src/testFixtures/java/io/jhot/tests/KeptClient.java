package io.jhot.tests;

import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

/**
 * One GET after the other on a kept connection, with a new one only where an answer has said that
 * it is the last. A connection that ends in any other way is a failure: nothing is asked again.
 */
final class KeptClient extends SerialClient {
  private static final long PAUSE_NANOS = 30_000_000;

  private final int port;
  private final String target;

  private KeptClient(int port, String target) {
    super("kept client");
    this.port = port;
    this.target = target;
  }

  static SerialClient begin(int port, String target) {
    return new KeptClient(port, target).begin();
  }

  @Override
  void run() {
    while (!isOver()) {
      try (Socket socket = new Socket()) {
        socket.connect(new InetSocketAddress("127.0.0.1", port), (int) Await.PATIENCE.toMillis());
        socket.setSoTimeout((int) Await.PATIENCE.toMillis());
        InputStream in = new BufferedInputStream(socket.getInputStream());
        while (!isOver() && ask(socket, in)) {
          pause(PAUSE_NANOS);
        }
      } catch (IOException e) {
        failed(e);
      }
    }
  }

  /** Whether the connection stays. */
  private boolean ask(Socket socket, InputStream in) throws IOException {
    asks();
    String request = "GET " + target + " HTTP/1.1\r\nHost: localhost\r\n\r\n";
    socket.getOutputStream().write(request.getBytes(StandardCharsets.ISO_8859_1));
    String status = line(in);
    int length = -1;
    boolean chunked = false;
    boolean closes = false;
    for (String field = line(in); !field.isEmpty(); field = line(in)) {
      String lower = field.toLowerCase(Locale.ROOT);
      if (lower.startsWith("content-length:")) {
        length = Integer.parseInt(lower.substring("content-length:".length()).strip());
      }
      chunked |= lower.startsWith("transfer-encoding:") && lower.endsWith("chunked");
      closes |= lower.startsWith("connection:") && lower.contains("close");
    }
    if (chunked) {
      int size;
      do {
        size = Integer.parseInt(line(in), 16);
        in.skipNBytes(size);
        line(in);
      } while (size > 0);
    } else if (length >= 0) {
      in.skipNBytes(length);
    } else {
      throw new IOException("an answer without a length: " + status);
    }
    if (!status.startsWith("HTTP/1.1 200")) {
      throw new IOException("answered " + status);
    }
    return !closes;
  }

  private static String line(InputStream in) throws IOException {
    StringBuilder line = new StringBuilder();
    for (int b = in.read(); b != '\n'; b = in.read()) {
      if (b < 0) {
        throw new EOFException("the connection ended in \"" + line + "\"");
      }
      line.append((char) b);
    }
    return line.toString().strip();
  }
}
