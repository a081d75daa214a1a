package io.jhot.tests;

import java.io.IOException;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.Set;

/** What a client speaks, and how it can pause in that. */
enum Dialect {
  HTTP_1("HTTP/1.1", EnumSet.allOf(Pause.class)),
  HTTP_2("HTTP/2", EnumSet.allOf(Pause.class)),
  WEB_SOCKET("WebSocket", EnumSet.complementOf(EnumSet.of(Pause.CONTINUE))),
  EVENTS("SSE", EnumSet.complementOf(EnumSet.of(Pause.CONTINUE, Pause.SLOW_UPLOAD))),
  GRPC("gRPC stream", EnumSet.complementOf(EnumSet.of(Pause.CONTINUE))),
  LINES("raw TCP", EnumSet.complementOf(EnumSet.of(Pause.CONTINUE, Pause.PAUSED_STREAM))),
  /** Only the operator knows that there is more to come. */
  PUSHED_LINES("raw TCP that pushes", EnumSet.of(Pause.PAUSED_STREAM));

  private final String title;
  private final Set<Pause> pauses;

  Dialect(String title, Set<Pause> pauses) {
    this.title = title;
    this.pauses = pauses;
  }

  Set<Pause> pauses() {
    return pauses;
  }

  /**
   * Connects.
   *
   * @param gate the file that whoever answers later waits for
   */
  Talk open(int port, boolean tls, Path gate) throws IOException {
    Wire wire = Wire.open(port, tls, this == HTTP_2 || this == GRPC);
    return switch (this) {
      case HTTP_1 -> new TalkInHttp1(wire, "/pieces?" + gate);
      case EVENTS -> new TalkInHttp1(wire, "/feed?" + gate);
      case HTTP_2 -> new TalkInHttp2(wire, tls, false, gate);
      case GRPC -> new TalkInHttp2(wire, tls, true, gate);
      case WEB_SOCKET -> new TalkInMessages(wire, true, gate);
      case LINES, PUSHED_LINES -> new TalkInMessages(wire, false, gate);
    };
  }

  @Override
  public String toString() {
    return title;
  }
}
