package io.jhot.examples.load;

/** Why a request has no good answer. */
public enum FailureCause {
  /** connect(2) was refused: nobody listens. */
  REFUSED("refused"),
  /** A reset, or a broken pipe, on a connection that was new or had begun to answer. */
  RESET("reset"),
  /** The end of the stream on a new connection, before a first byte of the answer. */
  EOF_BEFORE_ANSWER("end before the answer"),
  /** The end of the stream between an answer's first byte and its last. */
  EOF_INSIDE_ANSWER("end inside the answer"),
  /**
   * A kept-alive connection ended (end of stream, reset or broken pipe) before a first byte of the
   * answer, although the answer before had not said {@code Connection: close}.
   */
  UNANNOUNCED_CLOSE("closed without notice"),
  /**
   * The first answer of a pipelined pair said {@code Connection: close}: no second one may come.
   */
  CLOSED_INSIDE_PAIR("closed inside a pair"),
  /** No connection, or no complete answer, within the plan's timeout. */
  TIMEOUT("timeout"),
  /** An answer whose status is not 200. */
  BAD_STATUS("bad status"),
  /** A complete answer with other content than the request asks for. */
  BAD_BODY("bad body"),
  /** Bytes that are no HTTP/1.1 answer, or bytes that nobody asked for. */
  MALFORMED("malformed answer"),
  /** Its connection was busy with earlier requests until the run's last moment. */
  NEVER_SENT("never sent"),
  /**
   * Something else on this side of the wire, for example no free descriptor; the text says what.
   */
  OTHER("other");

  private final String text;

  FailureCause(String text) {
    this.text = text;
  }

  /** The cause in a few words. */
  public String text() {
    return text;
  }
}
