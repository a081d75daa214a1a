package io.jhot.examples.load;

import java.io.Closeable;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.SSLSocketFactory;

/**
 * One TCP connection that carries requests, one after the other or in pairs, and each once.
 *
 * <p>A strict reader of HTTP/1.1 (RFC 9112): the length of an answer must be certain, and a byte
 * more than the answer is an error. Not thread-safe; one thread at a time owns a connection.
 * Deadlines are {@link System#nanoTime} values.
 */
final class HttpConnection implements Closeable {
  private static final int MOST_HEAD_BYTES = 16 * 1024;
  private static final int MOST_BODY_BYTES = 1024 * 1024;

  private final Socket socket;
  private final String host;
  private final byte[] buffer = new byte[8 * 1024];
  private int position;
  private int limit;
  private int answers;
  private boolean insideAnswer;

  private HttpConnection(Socket socket, String host) {
    this.socket = socket;
    this.host = host;
  }

  /** Connects, once, to one address, without TLS. */
  static HttpConnection open(InetSocketAddress address, long deadline)
      throws RequestFailedException {
    return open(address, null, deadline);
  }

  /**
   * Connects, once, to one address.
   *
   * @param tls makes the connection secure; null for one that is not
   */
  static HttpConnection open(InetSocketAddress address, SSLSocketFactory tls, long deadline)
      throws RequestFailedException {
    Socket socket = new Socket();
    try {
      socket.setTcpNoDelay(true);
      socket.connect(address, millisUntil(deadline));
      if (tls != null) {
        SSLSocket secure =
            (SSLSocket) tls.createSocket(socket, address.getHostString(), address.getPort(), true);
        secure.setSoTimeout(millisUntil(deadline));
        secure.startHandshake();
        socket = secure;
      }
      String name = address.getHostString();
      String host = name.indexOf(':') < 0 ? name : "[" + name + "]"; // RFC 3986, 3.2.2
      return new HttpConnection(socket, host + ":" + address.getPort());
    } catch (IOException e) {
      closeQuietly(socket, e);
      throw new RequestFailedException(causeOfConnect(e), "connect: " + e.getMessage(), e);
    }
  }

  private static FailureCause causeOfConnect(IOException e) {
    String message = String.valueOf(e.getMessage());
    if (e instanceof SocketTimeoutException || message.contains("timed out")) {
      return FailureCause.TIMEOUT;
    }
    if (e instanceof ConnectException && message.contains("refused")) {
      return FailureCause.REFUSED;
    }
    return isReset(message) ? FailureCause.RESET : FailureCause.OTHER;
  }

  private static boolean isReset(String message) {
    return message.contains("reset") || message.contains("Broken pipe");
  }

  /**
   * Sends a GET and reads its answer. After any failure the connection is of no more use.
   *
   * @param target path and query, as they stand in the request line
   * @param last whether to say {@code Connection: close}
   */
  Answer get(String target, boolean last, long deadline) throws RequestFailedException {
    write(head("GET", target, last ? "Connection: close\r\n" : ""));
    return answer(deadline);
  }

  /** Sends a POST with {@code content} (ISO 8859-1) in one write and reads its answer. */
  Answer post(String target, String content, long deadline) throws RequestFailedException {
    String fields = "Content-Type: text/plain\r\nContent-Length: " + content.length() + "\r\n";
    write(head("POST", target, fields) + content);
    return answer(deadline);
  }

  /**
   * Sends two GETs in one write. Their answers are read by {@link #answerBeforeAnother} and then
   * {@link #answer}.
   */
  void sendPair(String first, String second) throws RequestFailedException {
    write(head("GET", first, "") + head("GET", second, ""));
  }

  private String head(String method, String target, String fields) {
    return method + " " + target + " HTTP/1.1\r\nHost: " + host + "\r\n" + fields + "\r\n";
  }

  private void write(String request) throws RequestFailedException {
    insideAnswer = false;
    try {
      socket.getOutputStream().write(request.getBytes(StandardCharsets.ISO_8859_1));
    } catch (IOException e) {
      throw failure(e);
    }
  }

  /** Reads the answer to the last request that was sent. */
  Answer answer(long deadline) throws RequestFailedException {
    Answer answer = answerBeforeAnother(deadline);
    if (position < limit) {
      throw malformed((limit - position) + " or more bytes after the end of the answer");
    }
    return answer;
  }

  /** Reads an answer that another one may follow. */
  Answer answerBeforeAnother(long deadline) throws RequestFailedException {
    try {
      insideAnswer = position < limit;
      Answer answer = readAnswer(deadline);
      answers++;
      return answer;
    } catch (IOException e) {
      throw failure(e);
    }
  }

  private RequestFailedException failure(IOException e) {
    if (e instanceof RequestFailedException known) {
      return known;
    }
    if (e instanceof SocketTimeoutException) {
      String where = insideAnswer ? "inside the answer" : "before the answer";
      return new RequestFailedException(FailureCause.TIMEOUT, "timeout " + where, e);
    }
    if (!isReset(String.valueOf(e.getMessage()))) {
      return new RequestFailedException(FailureCause.OTHER, e.toString(), e);
    }
    FailureCause cause = idleBefore() ? FailureCause.UNANNOUNCED_CLOSE : FailureCause.RESET;
    return new RequestFailedException(cause, e.getMessage(), e);
  }

  /**
   * Whether the server has ended this connection, on which no answer is awaited; a client that
   * keeps connections looks before it reuses one. Waits a millisecond.
   */
  boolean isEndedByServer() throws RequestFailedException {
    try {
      socket.setSoTimeout(1);
      if (socket.getInputStream().read() < 0) {
        return true;
      }
      throw malformed("a byte that nobody asked for");
    } catch (SocketTimeoutException e) {
      return false;
    } catch (RequestFailedException e) {
      throw e;
    } catch (IOException e) {
      return true; // a reset
    }
  }

  /** Whether this is a reused connection on which nothing of the present answer has come yet. */
  private boolean idleBefore() {
    return answers > 0 && !insideAnswer;
  }

  private Answer readAnswer(long deadline) throws IOException {
    Head head = readHead(deadline);
    while (head.status < 200) {
      if (head.status == 101) {
        throw malformed("101 to a request without Upgrade");
      }
      head = readHead(deadline);
    }
    return new Answer(head.status, readBody(head, deadline), head.persistent());
  }

  private Head readHead(long deadline) throws IOException {
    int[] budget = {MOST_HEAD_BYTES};
    Head head = new Head(readLine(budget, deadline));
    for (String line = readLine(budget, deadline);
        !line.isEmpty();
        line = readLine(budget, deadline)) {
      head.add(line);
    }
    return head;
  }

  private String readBody(Head head, long deadline) throws IOException {
    if (head.status == 204 || head.status == 304) {
      return "";
    }
    if (head.chunked) {
      return readChunks(deadline);
    }
    if (head.length >= 0) {
      return readBytes(head.length, deadline);
    }
    if (head.persistent()) {
      throw malformed("neither Content-Length nor chunked, and the connection is kept alive");
    }
    StringBuilder body = new StringBuilder();
    for (int b = read(deadline); b >= 0; b = read(deadline)) {
      if (body.length() == MOST_BODY_BYTES) {
        throw malformed("more than " + MOST_BODY_BYTES + " bytes of content");
      }
      body.append((char) b);
    }
    return body.toString();
  }

  private String readChunks(long deadline) throws IOException {
    StringBuilder body = new StringBuilder();
    int[] budget = {MOST_HEAD_BYTES};
    while (true) {
      String line = readLine(budget, deadline);
      int semicolon = line.indexOf(';');
      int size = number(semicolon < 0 ? line : line.substring(0, semicolon), 16);
      if (body.length() + size > MOST_BODY_BYTES) {
        throw malformed("more than " + MOST_BODY_BYTES + " bytes of content");
      }
      if (size == 0) {
        while (!readLine(budget, deadline).isEmpty()) {
          // trailer fields mean nothing to us
        }
        return body.toString();
      }
      body.append(readBytes(size, deadline));
      if (!readLine(budget, deadline).isEmpty()) {
        throw malformed("a chunk longer than it says");
      }
    }
  }

  private String readBytes(int count, long deadline) throws IOException {
    StringBuilder text = new StringBuilder(count);
    for (int i = 0; i < count; i++) {
      text.append((char) readOrFail(deadline));
    }
    return text.toString();
  }

  /** Reads up to CR LF; {@code budget[0]} is what its caller still allows. */
  private String readLine(int[] budget, long deadline) throws IOException {
    StringBuilder line = new StringBuilder();
    for (int b = readOrFail(deadline); b != '\r'; b = readOrFail(deadline)) {
      if (b == '\n') {
        throw malformed("a line that ends without carriage return");
      }
      if (--budget[0] < 0) {
        throw malformed("more than " + MOST_HEAD_BYTES + " bytes of head");
      }
      line.append((char) b);
    }
    if (readOrFail(deadline) != '\n') {
      throw malformed("a carriage return inside a line");
    }
    return line.toString();
  }

  private int readOrFail(long deadline) throws IOException {
    int b = read(deadline);
    if (b >= 0) {
      return b;
    }
    if (insideAnswer) {
      throw new RequestFailedException(FailureCause.EOF_INSIDE_ANSWER, "end inside the answer");
    }
    throw new RequestFailedException(
        idleBefore() ? FailureCause.UNANNOUNCED_CLOSE : FailureCause.EOF_BEFORE_ANSWER,
        "end before the answer");
  }

  private int read(long deadline) throws IOException {
    if (position == limit) {
      socket.setSoTimeout(millisUntil(deadline));
      int count = socket.getInputStream().read(buffer);
      if (count < 0) {
        return -1;
      }
      position = 0;
      limit = count;
      insideAnswer = true;
    }
    return buffer[position++] & 0xff;
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }

  private static void closeQuietly(Socket socket, IOException because) {
    try {
      socket.close();
    } catch (IOException e) {
      because.addSuppressed(e);
    }
  }

  private static int millisUntil(long deadline) throws SocketTimeoutException {
    long millis = (deadline - System.nanoTime()) / 1_000_000;
    if (millis <= 0) {
      throw new SocketTimeoutException("timed out");
    }
    return (int) Math.min(millis, Integer.MAX_VALUE);
  }

  private static RequestFailedException malformed(String text) {
    return new RequestFailedException(FailureCause.MALFORMED, text);
  }

  private static int number(String digits, int radix) throws RequestFailedException {
    String trimmed = digits.strip();
    // parseInt alone would take a sign
    if (!trimmed.isEmpty() && Character.digit(trimmed.charAt(0), radix) >= 0) {
      try {
        return Integer.parseInt(trimmed, radix);
      } catch (NumberFormatException e) {
        throw new RequestFailedException(
            FailureCause.MALFORMED, "not a length: \"" + trimmed + "\"", e);
      }
    }
    throw malformed("not a length: \"" + trimmed + "\"");
  }

  /** What matters of a status line and its fields. */
  private static final class Head {
    final int status;
    private final boolean http11;
    private boolean close;
    private int length = -1;
    private boolean chunked;

    Head(String statusLine) throws RequestFailedException {
      http11 = statusLine.startsWith("HTTP/1.1 ");
      if (!http11 && !statusLine.startsWith("HTTP/1.0 ")) {
        throw malformed("not a status line: \"" + statusLine + "\"");
      }
      String code = statusLine.length() > 12 ? statusLine.substring(9, 12) : "";
      status = number(code, 10);
      if (status < 100 || status > 599 || statusLine.charAt(12) != ' ') {
        throw malformed("not a status line: \"" + statusLine + "\"");
      }
    }

    void add(String field) throws RequestFailedException {
      int colon = field.indexOf(':');
      if (colon <= 0) {
        throw malformed("not a field line: \"" + field + "\"");
      }
      String value = field.substring(colon + 1).strip();
      switch (field.substring(0, colon).toLowerCase(Locale.ROOT)) {
        case "connection" -> {
          for (String option : value.split(",")) {
            close |= option.strip().equalsIgnoreCase("close");
          }
        }
        case "content-length" -> {
          int announced = number(value, 10);
          if (length >= 0 && length != announced) {
            throw malformed("two lengths: " + length + " and " + announced);
          }
          if (announced > MOST_BODY_BYTES) {
            throw malformed("more than " + MOST_BODY_BYTES + " bytes of content");
          }
          length = announced;
        }
        case "transfer-encoding" -> {
          if (!value.equalsIgnoreCase("chunked")) {
            throw malformed("Transfer-Encoding: " + value);
          }
          chunked = true;
        }
        default -> {
          // no other field changes where an answer ends
        }
      }
      if (chunked && length >= 0) {
        throw malformed("both Content-Length and chunked");
      }
    }

    boolean persistent() {
      return http11 && !close;
    }
  }
}
