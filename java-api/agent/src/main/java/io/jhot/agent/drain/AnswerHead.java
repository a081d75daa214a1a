package io.jhot.agent.drain;

import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * Finds the head of a plaintext HTTP/1 answer at the start of what a server writes, and says what
 * to change in it so that the client ends the connection after this answer (RFC 9112, 9.3 and 9.6).
 * Pure.
 *
 * <p>Anything that is not certainly such a head is left alone: no status line, one without its end,
 * other line ends than CRLF. Interim answers (1xx) are passed over, as the connection goes on after
 * them; 101 ends HTTP on the connection.
 */
final class AnswerHead {
  private static final byte[] CLOSE = ascii("close");
  private static final byte[] CLOSE_LINE = ascii("Connection: close\r\n");
  private static final byte[] NOTHING = {};

  private static final int SWITCHING_PROTOCOLS = 101;
  private static final int FIRST_FINAL_STATUS = 200;
  private static final int NO_CONTENT = 204;
  private static final int NOT_MODIFIED = 304;

  /**
   * A change of bytes.
   *
   * @param at where
   * @param skip how many bytes of the app's are left out there
   * @param replacement what is written instead; empty: the last answer that matters on the
   *     connection is right as it is
   * @param answers how many final answers start in these bytes, as far as their lengths tell
   */
  record Edit(int at, int skip, byte[] replacement, int answers) {
    private static Edit none(int answers) {
      return new Edit(0, 0, NOTHING, answers);
    }

    boolean changesNothing() {
      return replacement.length == 0;
    }
  }

  private final byte[] bytes;
  private final int end;

  // about the head that is being read
  private boolean complete;
  private boolean closes;
  private int keepAliveAt;
  private int next;
  private long contentLength;

  private AnswerHead(byte[] bytes, int end) {
    this.bytes = bytes;
    this.end = end;
  }

  /** Whether bytes may be the start of an answer: a cheap look at the first few. */
  static boolean mayStartOne(byte[] bytes, int length) {
    return length >= 14 && new AnswerHead(bytes, length).status(0) > 0;
  }

  /**
   * What to change: the last answer that starts there, for a server may write those to pipelined
   * requests in one piece.
   *
   * @param bytes what the server writes, from index 0
   * @param length how many there are
   * @return null if no final answer starts here
   */
  static @Nullable Edit edit(byte[] bytes, int length) {
    return new AnswerHead(bytes, length).edit();
  }

  private @Nullable Edit edit() {
    Edit last = null;
    int answers = 0;
    for (long at = 0; at < end; at = next + contentLength) {
      int status = status((int) at);
      int headers = status < 0 ? -1 : afterLine((int) at);
      if (headers < 0) {
        break;
      }
      readHeaders(headers);
      if (status == SWITCHING_PROTOCOLS) {
        return Edit.none(Math.max(1, answers));
      }
      if (status >= FIRST_FINAL_STATUS) {
        answers++;
        last = change((int) at, headers, answers);
      }
      if (status < FIRST_FINAL_STATUS || status == NO_CONTENT || status == NOT_MODIFIED) {
        contentLength = 0;
      }
      if (!complete || contentLength < 0) {
        break;
      }
    }
    return last;
  }

  private Edit change(int at, int headers, int answers) {
    boolean persistent = bytes[at + 7] == '1'; // HTTP/1.1; a 1.0 answer says so if it persists
    if (closes || keepAliveAt < 0 && !persistent) {
      return Edit.none(answers);
    }
    return keepAliveAt >= 0
        ? new Edit(keepAliveAt, "keep-alive".length(), CLOSE, answers)
        : new Edit(headers, 0, CLOSE_LINE, answers);
  }

  /** The status code of the status line that starts there; -1 if none does. */
  private int status(int at) {
    // HTTP/1.1 200 and then a space, or the end of the line
    if (end - at < 14
        || bytes[at] != 'H'
        || bytes[at + 1] != 'T'
        || bytes[at + 2] != 'T'
        || bytes[at + 3] != 'P'
        || bytes[at + 4] != '/'
        || bytes[at + 5] != '1'
        || bytes[at + 6] != '.'
        || bytes[at + 7] != '0' && bytes[at + 7] != '1'
        || bytes[at + 8] != ' '
        || bytes[at + 12] != ' ' && bytes[at + 12] != '\r') {
      return -1;
    }
    int status = 0;
    for (int i = at + 9; i < at + 12; i++) {
      if (bytes[i] < '0' || bytes[i] > '9') {
        return -1;
      }
      status = status * 10 + bytes[i] - '0';
    }
    return status < 100 ? -1 : status;
  }

  /** Where the next line starts; -1 if this one does not end within the bytes. */
  private int afterLine(int at) {
    for (int i = at; i + 1 < end; i++) {
      if (bytes[i] == '\r' && bytes[i + 1] == '\n') {
        return i + 2;
      }
      if (bytes[i] == '\n') {
        return -1; // not HTTP as we know it
      }
    }
    return -1;
  }

  private void readHeaders(int at) {
    complete = false;
    closes = false;
    keepAliveAt = -1;
    contentLength = -1;
    int line = at;
    for (int after = afterLine(line); after >= 0; after = afterLine(line)) {
      if (after == line + 2) {
        complete = true;
        next = after;
        return;
      }
      int value = valueOf("connection", line, after - 2);
      if (value >= 0) {
        readOptions(value, after - 2);
      }
      value = valueOf("content-length", line, after - 2);
      if (value >= 0) {
        readLength(value, after - 2);
      }
      line = after;
    }
  }

  /** Where the value starts if the line is that header; -1 if it is not. */
  private int valueOf(String header, int line, int lineEnd) {
    int colon = line + header.length();
    return colon < lineEnd && bytes[colon] == ':' && equals(line, colon, header) ? colon + 1 : -1;
  }

  private void readLength(int from, int lineEnd) {
    contentLength = 0;
    for (int i = from; i < lineEnd; i++) {
      if (bytes[i] >= '0' && bytes[i] <= '9' && contentLength < Integer.MAX_VALUE) {
        contentLength = contentLength * 10 + bytes[i] - '0';
      }
    }
  }

  private void readOptions(int from, int lineEnd) {
    int at = from;
    while (at < lineEnd) {
      while (at < lineEnd && (bytes[at] == ' ' || bytes[at] == '\t' || bytes[at] == ',')) {
        at++;
      }
      int start = at;
      while (at < lineEnd && bytes[at] != ' ' && bytes[at] != '\t' && bytes[at] != ',') {
        at++;
      }
      if (equals(start, at, "close")) {
        closes = true;
      } else if (keepAliveAt < 0 && equals(start, at, "keep-alive")) {
        keepAliveAt = start;
      }
    }
  }

  private boolean equals(int from, int to, String lowerCase) {
    if (to - from != lowerCase.length()) {
      return false;
    }
    for (int i = from; i < to; i++) {
      int c = bytes[i];
      if ((c >= 'A' && c <= 'Z' ? c + 32 : c) != lowerCase.charAt(i - from)) {
        return false;
      }
    }
    return true;
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }
}
