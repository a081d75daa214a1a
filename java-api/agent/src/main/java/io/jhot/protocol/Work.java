package io.jhot.protocol;

import java.util.List;

/**
 * What is under way on a connection, as the server that has it knows. A word of an agent for jhot;
 * on the wire by its place in this list, so new ones go to the end.
 */
public enum Work {
  /** Its protocol says that nothing is asked that is not answered. */
  AT_REST(false, "atRest", "at rest"),
  /** A request has begun to come, and not all of it is there. */
  RECEIVING(true, "receiving", "request still coming in"),
  /** A request is there, and its answer has not begun, or an interim one only. */
  UNANSWERED(true, "unanswered", "request without an answer"),
  /** An answer has begun and not ended. */
  ANSWERING(true, "answering", "answer not ended"),
  /** HTTP/2 with streams that have not ended. */
  STREAMS(true, "streams", "HTTP/2 connection with open streams"),
  /** The server is busy with something that cannot be inspected now. */
  HIDDEN(true, "hidden", "connection that cannot be looked at"),
  /** A WebSocket that is open: either side may speak at any time, so it is never at rest. */
  WEB_SOCKET(true, "webSocket", "WebSocket in use"),
  /** A protocol that nobody here understands: bytes tell. */
  OPAQUE(false, "opaque", "connection of another protocol in use"),
  /**
   * A server of HTTP knows of nothing that is open, but not for sure: an interim answer may have
   * counted as the answer. So bytes have the last word.
   */
  NOTHING_OPEN(false, "unanswered", "request without an answer");

  private static final List<Work> ALL = List.of(values());

  private final boolean busy;
  private final String key;
  private final String text;

  Work(boolean busy, String key, String text) {
    this.busy = busy;
    this.key = key;
    this.text = text;
  }

  /** Whether the connection must not be ended, however quiet it is. */
  public boolean isBusy() {
    return busy;
  }

  /** Whether the bytes that came and went must tell. */
  public boolean isByBytes() {
    return this == OPAQUE || this == NOTHING_OPEN;
  }

  /** A word for programs; states that mean the same to those who wait share it. */
  public String key() {
    return key;
  }

  /** One connection on which that is under way, for a person. */
  public String text() {
    return text;
  }

  /** The one at that place; one of a newer peer is as good as hidden. */
  static Work at(int place) {
    return place < ALL.size() ? ALL.get(place) : HIDDEN;
  }
}
