package io.jhot.runtime.trial;

import io.jhot.config.HttpTarget;
import io.jhot.protocol.Excerpt;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * One HTTP request and its answer on a connection of their own (RFC 9112), for probes and warm-ups.
 * The JDK's client is not used: it would add a module, threads and a selector to jhot.
 */
final class HttpExchange {
  private static final int MAX_HEAD = 64 * 1024;

  /** How much of a malformed number is shown. */
  private static final int MAX_SHOWN = 64;

  /** How much of an answer's content {@code --probe-body} looks at. */
  static final int MAX_BODY = 64 * 1024;

  /**
   * An answer.
   *
   * @param status such as 200
   * @param body its first {@link #MAX_BODY} bytes, as ISO 8859-1
   */
  record Answer(int status, String body) {}

  private final InputStream in;
  private final ByteArrayOutputStream body = new ByteArrayOutputStream();

  private HttpExchange(SocketChannel connection) {
    in = new BufferedInputStream(Channels.newInputStream(connection));
  }

  /**
   * Sends a request and reads the whole answer. Blocks until the connection is closed at the
   * latest.
   *
   * @param connection connected and blocking
   * @param method such as GET
   * @param target what for
   * @param port what {@code Host} says where the target names no port
   * @return the answer
   * @throws IOException when there is none, or it is none
   */
  static Answer ask(SocketChannel connection, String method, HttpTarget target, int port)
      throws IOException {
    String host = target.host().isEmpty() ? "localhost" : target.host();
    StringBuilder head = new StringBuilder(200);
    head.append(method).append(' ').append(target.path()).append(" HTTP/1.1\r\nHost: ");
    head.append(host).append(':').append(target.port() == 0 ? port : target.port());
    head.append("\r\nUser-Agent: jhot\r\nAccept: */*\r\nConnection: close\r\n");
    if (!method.equals("GET") && !method.equals("HEAD")) {
      head.append("Content-Length: 0\r\n");
    }
    head.append("\r\n");
    ByteBuffer bytes = ByteBuffer.wrap(head.toString().getBytes(StandardCharsets.ISO_8859_1));
    while (bytes.hasRemaining()) {
      connection.write(bytes);
    }
    return new HttpExchange(connection).answer(method);
  }

  private Answer answer(String method) throws IOException {
    String head = head();
    int status = status(head);
    while (status < 200) { // 100, 103: the answer follows
      head = head();
      status = status(head);
    }
    boolean none = method.equals("HEAD") || status == 204 || status == 304;
    if (!none) {
      String encoding = field(head, "transfer-encoding");
      String length = field(head, "content-length");
      if (encoding != null && encoding.toLowerCase(Locale.ROOT).contains("chunked")) {
        readChunks();
      } else if (length != null) {
        read(number(length, 10));
      } else {
        for (boolean more = true; more; ) {
          more = keep(in.read());
        }
      }
    }
    return new Answer(status, body.toString(StandardCharsets.ISO_8859_1));
  }

  private String head() throws IOException {
    StringBuilder head = new StringBuilder();
    while (head.indexOf("\r\n\r\n", Math.max(0, head.length() - 4)) < 0) {
      int c = in.read();
      if (c < 0) {
        throw new EOFException(
            head.isEmpty()
                ? "the connection was closed without an answer"
                : "the connection was closed within the answer's head");
      }
      head.append((char) c);
      if (head.length() > MAX_HEAD) {
        throw new IOException("the answer's head has more than " + MAX_HEAD + " bytes");
      }
    }
    return head.toString();
  }

  private static int status(String head) throws IOException {
    if (!head.startsWith("HTTP/1.") || head.length() < 12) {
      throw new IOException("the answer is not HTTP/1.1");
    }
    return (int) number(head.substring(9, 12), 10);
  }

  /** The value of a field, or null. */
  private static @Nullable String field(String head, String name) {
    for (String line : head.split("\r\n")) {
      int colon = line.indexOf(':');
      if (colon == name.length() && line.regionMatches(true, 0, name, 0, colon)) {
        return line.substring(colon + 1).strip();
      }
    }
    return null;
  }

  private static long number(String digits, int radix) throws IOException {
    try {
      return Long.parseLong(digits, radix);
    } catch (NumberFormatException e) {
      throw new IOException(
          "the answer is not HTTP/1.1: '" + Excerpt.of(digits, MAX_SHOWN) + "' is no number", e);
    }
  }

  private void readChunks() throws IOException {
    while (true) {
      StringBuilder size = new StringBuilder();
      for (int c = in.read(); c != '\n'; c = in.read()) {
        if (c < 0 || size.length() > 100) {
          throw new EOFException("the answer ended within its content");
        }
        size.append((char) c);
      }
      int end = size.indexOf(";");
      String digits = end < 0 ? size.toString() : size.substring(0, end);
      long length = number(digits.strip(), 16);
      if (length == 0) {
        return;
      }
      read(length);
      in.read();
      in.read(); // CR LF
    }
  }

  private void read(long length) throws IOException {
    for (long left = length; left > 0; left--) {
      if (!keep(in.read())) {
        throw new EOFException("the answer ended within its content");
      }
    }
  }

  private boolean keep(int c) {
    if (c >= 0 && body.size() < MAX_BODY) {
      body.write(c);
    }
    return c >= 0;
  }
}
