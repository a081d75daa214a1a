package io.jhot.runtime.trial;

import java.io.IOException;
import java.nio.charset.StandardCharsets;

/** Splits bytes that come in pieces into lines. A line that is too long is cut and marked. */
final class BoundedLines {
  /** In bytes; a frame with the longest class and method names has some hundreds. */
  static final int MAX_LINE = 4096;

  /** In bytes; 100,000 threads of 60 frames each. */
  static final long MAX_TEXT = 512L << 20;

  /** Gets the lines. */
  interface Sink {
    void line(String text) throws IOException;
  }

  private final Sink sink;
  private final long most;
  private final byte[] line = new byte[MAX_LINE];
  private int length;
  private boolean cut;
  private long all;

  BoundedLines(Sink sink) {
    this(sink, MAX_TEXT);
  }

  BoundedLines(Sink sink, long most) {
    this.sink = sink;
    this.most = most;
  }

  /** Takes the next bytes. */
  void add(byte[] bytes) throws IOException {
    all += bytes.length;
    if (all > most) {
      throw new IOException("more than " + most + " bytes of text");
    }
    for (byte b : bytes) {
      if (b == '\n') {
        pass();
      } else if (length < line.length) {
        line[length++] = b;
      } else {
        cut = true;
      }
    }
  }

  /** No more bytes come: the last line may be without an end. */
  void end() throws IOException {
    if (length > 0) {
      pass();
    }
  }

  private void pass() throws IOException {
    String text = new String(line, 0, length, StandardCharsets.UTF_8);
    String shown = cut ? text + " ... (cut)" : text;
    length = 0;
    cut = false;
    sink.line(shown);
  }
}
