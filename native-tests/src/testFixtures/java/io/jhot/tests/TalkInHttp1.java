package io.jhot.tests;

import java.io.EOFException;
import java.io.IOException;
import java.util.Locale;

/** HTTP/1.1 (RFC 9112), with or without server-sent events in the answers. */
final class TalkInHttp1 extends Talk {
  private static final int HALF = CONTENT.length() / 2;

  private final String pieces;
  private boolean chunked;
  private int length;
  private final StringBuilder content = new StringBuilder();

  /**
   * @param pieces the target without the words
   */
  TalkInHttp1(Wire wire, String pieces) {
    super(wire);
    this.pieces = pieces;
  }

  @Override
  void begin(Pause pause) throws IOException {
    switch (pause) {
      case SLOW_UPLOAD -> {
        wire.write(post(""));
        wire.write(CONTENT.substring(0, HALF));
      }
      case CONTINUE -> {
        wire.write(post("Expect: 100-continue\r\n"));
        check("the interim answer", "HTTP/1.1 100", head().substring(0, 12));
      }
      case HEAD_IN_TWO -> wire.write(firstHalf(get(target(pause))));
      case PAUSE_AND_REQUEST -> askForThePid();
      case SLOW_KEPT_ANSWER -> {
        askForThePid();
        wire.write(get(target(pause)));
      }
      case STALLED_DOWNLOAD, PAUSED_STREAM -> {
        wire.write(get(target(pause)));
        good(head());
        readContent("begun");
      }
      default -> wire.write(get(target(pause)));
    }
  }

  @Override
  void end(Pause pause, String pid) throws IOException {
    switch (pause) {
      case SLOW_UPLOAD, CONTINUE -> {
        wire.write(CONTENT.substring(pause == Pause.CONTINUE ? 0 : HALF));
        good(head());
        readContent(null);
        check("the echo", CONTENT, content.toString());
      }
      case PAUSE_AND_REQUEST -> {
        if (!wire.hasEnded()) {
          check("the pid", pid, askForThePid());
        }
      }
      default -> {
        if (pause == Pause.HEAD_IN_TWO) {
          String request = get(target(pause));
          wire.write(request.substring(firstHalf(request).length()));
        }
        if (content.isEmpty()) {
          good(head());
        }
        readContent(null);
        check("the answer", expected(pause, pid), withoutBulk(pause, content.toString()));
      }
    }
  }

  private String target(Pause pause) {
    return pieces + "&" + String.join("&", words(pause));
  }

  private static String get(String target) {
    return "GET " + target + " HTTP/1.1\r\nHost: it\r\nX-Filler: filler\r\n\r\n";
  }

  /** Ends in the middle of a field of its head. */
  private static String firstHalf(String request) {
    return request.substring(0, request.indexOf("ler: "));
  }

  private static String post(String more) {
    return "POST /echo HTTP/1.1\r\nHost: it\r\nContent-Type: text/plain\r\n"
        + more
        + "Content-Length: "
        + CONTENT.length()
        + "\r\n\r\n";
  }

  private String askForThePid() throws IOException {
    wire.write(get("/pid"));
    good(head());
    readContent(null);
    String pid = content.toString();
    content.setLength(0);
    return pid;
  }

  private static void good(String status) throws IOException {
    if (!status.startsWith("HTTP/1.1 200")) {
      throw new IOException("answered by \"" + status + "\"");
    }
  }

  /** Reads it and returns its first line. */
  private String head() throws IOException {
    String status = wire.line();
    chunked = false;
    length = -1;
    for (String field = wire.line(); !field.isEmpty(); field = wire.line()) {
      String low = field.toLowerCase(Locale.ROOT);
      chunked |= low.startsWith("transfer-encoding:") && low.endsWith("chunked");
      if (low.startsWith("content-length:")) {
        length = Integer.parseInt(low.substring("content-length:".length()).strip());
      }
    }
    return status;
  }

  /** Reads to the end of the content, or only so far that it contains a text. */
  private void readContent(String until) throws IOException {
    if (!chunked && length >= 0) {
      content.append(wire.text(length));
      return;
    }
    if (!chunked) {
      int next = 0;
      while (next >= 0 && (until == null || content.indexOf(until) < 0)) {
        next = wire.in.read();
        content.append(next < 0 ? "" : (char) next);
      }
      return;
    }
    while (until == null || content.indexOf(until) < 0) {
      if (!content.isEmpty()) {
        wire.line(); // of the piece before: not all send it along with that
      }
      int size = Integer.parseInt(wire.line().strip(), 16);
      content.append(wire.text(size));
      if (size == 0) {
        wire.line();
        if (until != null) {
          throw new EOFException("an answer ended before \"" + until + "\"");
        }
        return;
      }
    }
  }
}
