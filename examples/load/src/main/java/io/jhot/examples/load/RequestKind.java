package io.jhot.examples.load;

/** The ways in which a run sends requests; each has its own rate, counts and latencies. */
public enum RequestKind {
  /**
   * A fixed number of connections, each with its own share of the schedule, reused as long as may
   * be.
   */
  KEEP_ALIVE("keep-alive"),
  /** A connection for each request, which says {@code Connection: close}. */
  NEW_CONNECTION("new connection"),
  /** {@code /slow?ms=N} on kept-alive connections, as many as are needed at a time. */
  SLOW("slow"),
  /**
   * {@code POST /echo} with content, on kept-alive connections, as many as are needed at a time.
   */
  POST("post"),
  /** Two requests in one write, on kept-alive connections, as many as are needed at a time. */
  PAIR("pipelined pair"),
  /**
   * One request after a long pause on each of a fixed number of connections. As a pool of
   * connections does, it first looks whether the server has closed the connection meanwhile.
   */
  IDLE("idle before");

  private final String text;

  RequestKind(String text) {
    this.text = text;
  }

  /** The kind in a few words. */
  public String text() {
    return text;
  }
}
