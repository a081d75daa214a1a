package io.jhot.agent;

import java.io.BufferedReader;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** A connection to the app; never retries. */
final class Client implements AutoCloseable {
  private static final int PATIENCE_MILLIS = 20_000;

  /** An answer: its header lines, lower case, and its body. */
  record Answer(List<String> head, String body) {
    boolean saysClose() {
      return head.contains("connection: close");
    }
  }

  private final Socket socket = new Socket();
  private final BufferedReader in;

  Client(InetSocketAddress address) throws IOException {
    try {
      socket.connect(address, PATIENCE_MILLIS);
      socket.setSoTimeout(PATIENCE_MILLIS);
      in =
          new BufferedReader(
              new InputStreamReader(socket.getInputStream(), StandardCharsets.ISO_8859_1));
    } catch (IOException e) {
      socket.close();
      throw e;
    }
  }

  /** One request on a connection of its own; the body of the answer. */
  static String get(InetSocketAddress address, String path) throws IOException {
    try (Client client = new Client(address)) {
      return client.get(path).body();
    }
  }

  /** One request on this connection. */
  Answer get(String path) throws IOException {
    ask(path);
    return answer();
  }

  void ask(String path) throws IOException {
    String request = "GET " + path + " HTTP/1.1\r\nHost: test\r\n\r\n";
    socket.getOutputStream().write(request.getBytes(StandardCharsets.ISO_8859_1));
  }

  Answer answer() throws IOException {
    List<String> head = new ArrayList<>();
    int length = 0;
    for (String line = line(); !line.isEmpty(); line = line()) {
      head.add(line.toLowerCase(Locale.ROOT));
      if (head.getLast().startsWith("content-length:")) {
        length = Integer.parseInt(line.substring(line.indexOf(':') + 1).strip());
      }
    }
    char[] body = new char[length];
    for (int at = 0; at < length; ) {
      int count = in.read(body, at, length - at);
      if (count < 0) {
        throw new EOFException("in a body, after " + at);
      }
      at += count;
    }
    return new Answer(head, new String(body));
  }

  private String line() throws IOException {
    String line = in.readLine();
    if (line == null) {
      throw new EOFException("instead of an answer");
    }
    return line;
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
