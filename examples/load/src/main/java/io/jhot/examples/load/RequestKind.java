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
  SLOW("slow");

  private final String text;

  RequestKind(String text) {
    this.text = text;
  }

  /** The kind in a few words. */
  public String text() {
    return text;
  }
}
