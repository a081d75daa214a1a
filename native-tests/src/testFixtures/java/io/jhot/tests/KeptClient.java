package io.jhot.tests;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.locks.LockSupport;

/**
 * One GET after the other on a kept connection, with a new one only where an answer has said that
 * it is the last. A connection that ends in any other way is a failure: nothing is asked again.
 */
final class KeptClient implements Scenario.Traffic {
  private static final long PAUSE_NANOS = 30_000_000;

  private final List<String> failures = new ArrayList<>();
  private final int port;
  private final String target;
  private final Thread thread;
  private volatile boolean over;
  private int asked;

  private KeptClient(int port, String target) {
    this.port = port;
    this.target = target;
    this.thread = Thread.ofPlatform().name("kept client").start(this::run);
  }

  static KeptClient begin(int port, String target) {
    return new KeptClient(port, target);
  }

  private void run() {
    while (!over) {
      try (Socket socket = new Socket()) {
        socket.connect(new InetSocketAddress("127.0.0.1", port), (int) Await.PATIENCE.toMillis());
        socket.setSoTimeout((int) Await.PATIENCE.toMillis());
        InputStream in = new BufferedInputStream(socket.getInputStream());
        while (!over && ask(socket, in)) {
          LockSupport.parkNanos(PAUSE_NANOS);
        }
      } catch (IOException e) {
        failures.add("request " + asked + ": " + e);
      }
    }
  }

  /** Whether the connection stays. */
  private boolean ask(Socket socket, InputStream in) throws IOException {
    asked++;
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

  @Override
  public int endWithoutFailure(int generations) {
    over = true;
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError("interrupted while a client ends", e);
    }
    assertEquals(List.of(), failures);
    return asked;
  }
}
