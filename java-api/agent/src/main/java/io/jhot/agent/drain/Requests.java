package io.jhot.agent.drain;

import java.util.Arrays;

/**
 * How many plaintext HTTP/1 requests of one connection have been read and not yet been answered:
 * only behind the last of them may an answer say that the connection ends (RFC 9112, 9.6). Knows
 * what was read since it was made. For one connection; not for several threads at a time.
 */
final class Requests {
  private static final byte[] NOTHING = {};

  /** A head that does not end within that is not looked at any further. */
  private static final int MAX_HEAD = 16 * 1024;

  private int waiting;
  private boolean any;

  /** What is left of a head that did not end in what was read. */
  private byte[] begun = NOTHING;

  /** Bytes of content that are still to come before the next request. */
  private long content;

  /** Whether a request has been read at all. */
  boolean isAnyKnown() {
    return any;
  }

  /** How many wait for an answer. */
  int waiting() {
    return waiting;
  }

  /** So many final answers are written. */
  void answered(int count) {
    waiting = Math.max(0, waiting - count);
  }

  /**
   * Some bytes were read.
   *
   * @param bytes the first of them
   * @param length how many these are
   * @param all how many were read
   */
  void received(byte[] bytes, int length, long all) {
    byte[] now = bytes;
    int end = length;
    if (begun.length > 0) {
      now = Arrays.copyOf(begun, begun.length + length);
      System.arraycopy(bytes, 0, now, begun.length, length);
      end = now.length;
      begun = NOTHING;
      waiting--; // it is counted again
    }
    long at = content;
    while (at < end && startsRequest(now, (int) at, end)) {
      waiting++;
      any = true;
      int body = endOfHead(now, (int) at, end);
      if (body < 0) {
        if (end - at < MAX_HEAD && all == length) {
          begun = Arrays.copyOfRange(now, (int) at, end);
        }
        content = 0;
        return;
      }
      at = body + contentLength(now, (int) at, body);
    }
    // what is no request where one should be (chunks, another protocol) is passed over
    content = Math.max(0, at - end - (all - length));
  }

  /** Whether a request line starts there: {@code GET /path HTTP/1.}; or the begin of one. */
  private static boolean startsRequest(byte[] bytes, int at, int end) {
    int i = at;
    while (i < end && bytes[i] >= 'A' && bytes[i] <= 'Z') {
      i++;
    }
    if (i < at + 3 || i == end || bytes[i] != ' ') {
      return false;
    }
    for (i++; i < end && bytes[i] != '\r' && bytes[i] != '\n'; i++) {
      // the target and the version
    }
    return i < end ? hasVersion(bytes, i) : i - at < MAX_HEAD;
  }

  private static boolean hasVersion(byte[] bytes, int endOfLine) {
    String version = "HTTP/1.";
    int from = endOfLine - version.length() - 1;
    for (int i = 0; i < version.length(); i++) {
      if (from < 0 || bytes[from + i] != version.charAt(i)) {
        return false;
      }
    }
    return true;
  }

  private static int endOfHead(byte[] bytes, int at, int end) {
    for (int i = at; i + 3 < end; i++) {
      if (bytes[i] == '\r'
          && bytes[i + 1] == '\n'
          && bytes[i + 2] == '\r'
          && bytes[i + 3] == '\n') {
        return i + 4;
      }
    }
    return -1;
  }

  private static long contentLength(byte[] bytes, int at, int end) {
    String name = "\r\ncontent-length:";
    for (int i = at; i + name.length() < end; i++) {
      if (!matches(bytes, i, name)) {
        continue;
      }
      long length = 0;
      for (int j = i + name.length(); j < end && bytes[j] != '\r'; j++) {
        if (bytes[j] >= '0' && bytes[j] <= '9' && length < Integer.MAX_VALUE) {
          length = length * 10 + bytes[j] - '0';
        }
      }
      return length;
    }
    return 0;
  }

  private static boolean matches(byte[] bytes, int at, String lowerCase) {
    for (int i = 0; i < lowerCase.length(); i++) {
      int c = bytes[at + i];
      if ((c >= 'A' && c <= 'Z' ? c + 32 : c) != lowerCase.charAt(i)) {
        return false;
      }
    }
    return true;
  }
}
