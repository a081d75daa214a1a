package io.jhot.examples.load;

import java.time.Duration;

/**
 * What a run will do; all of it is bounded.
 *
 * @param host name or address of the server
 * @param port 1 to 65535
 * @param duration over which requests are scheduled; more than zero, at most an hour
 * @param warmUp how much of the duration, from its start, is counted but not timed: the time in
 *     which this client itself is slow because its own code is cold; from zero to the duration
 * @param connections how many kept-alive connections share the keep-alive rate, 1 to 10,000
 * @param keepAliveRate requests per second over all kept-alive connections, 0 to 50,000
 * @param newRate requests per second each on a new connection, 0 to 50,000
 * @param slowRate slow requests per second, 0 to 50,000
 * @param slowMillis how long the server is asked to take for a slow one, 0 to 60,000
 * @param timeout from sending a request (its connect included) to the last byte of its answer; more
 *     than zero, at most five minutes
 * @param postRate requests with content per second, 0 to 50,000
 * @param pairRate pipelined pairs per second, so half as many as requests, 0 to 50,000
 * @param idleConnections how many connections carry a request after each pause, 0 to 10,000
 * @param idlePause how long each of those is left idle between two requests; more than zero
 * @param tls whether the connections are TLS; whatever certificate the server has is trusted
 */
public record LoadPlan(
    String host,
    int port,
    Duration duration,
    Duration warmUp,
    int connections,
    int keepAliveRate,
    int newRate,
    int slowRate,
    int slowMillis,
    Duration timeout,
    int postRate,
    int pairRate,
    int idleConnections,
    Duration idlePause,
    boolean tls) {
  private static final int MOST_REQUESTS = 5_000_000;

  /** Refuses what is out of range. */
  public LoadPlan {
    within("port", port, 1, 65_535);
    within("duration in milliseconds", duration.toMillis(), 1, 3_600_000);
    within("warm-up in milliseconds", warmUp.toMillis(), 0, duration.toMillis());
    within("connections", connections, 1, 10_000);
    within("keep-alive rate", keepAliveRate, 0, 50_000);
    within("new-connection rate", newRate, 0, 50_000);
    within("slow rate", slowRate, 0, 50_000);
    within("slow milliseconds", slowMillis, 0, 60_000);
    within("timeout in milliseconds", timeout.toMillis(), 1, 300_000);
    within("rate of posts", postRate, 0, 50_000);
    within("rate of pipelined pairs", pairRate, 0, 50_000);
    within("idle connections", idleConnections, 0, 10_000);
    within("idle pause in milliseconds", idlePause.toMillis(), 1, 3_600_000);
    long requests = idleConnections * (duration.toMillis() / idlePause.toMillis());
    for (int rate : new int[] {keepAliveRate, newRate, slowRate, postRate, 2 * pairRate}) {
      requests += planned(rate, duration);
    }
    within("number of requests", requests, 1, MOST_REQUESTS);
  }

  /** A plan of kept-alive, new and slow requests alone. */
  public LoadPlan(
      String host,
      int port,
      Duration duration,
      Duration warmUp,
      int connections,
      int keepAliveRate,
      int newRate,
      int slowRate,
      int slowMillis,
      Duration timeout) {
    this(
        host,
        port,
        duration,
        warmUp,
        connections,
        keepAliveRate,
        newRate,
        slowRate,
        slowMillis,
        timeout,
        0,
        0,
        0,
        Duration.ofSeconds(1),
        false);
  }

  /** The same with content, pipelined pairs and idle connections as well. */
  public LoadPlan with(int postRate, int pairRate, int idleConnections, Duration idlePause) {
    return copy(postRate, pairRate, idleConnections, idlePause, tls);
  }

  /** The same by TLS. */
  public LoadPlan overTls() {
    return copy(postRate, pairRate, idleConnections, idlePause, true);
  }

  private LoadPlan copy(
      int postRate, int pairRate, int idleConnections, Duration idlePause, boolean tls) {
    return new LoadPlan(
        host,
        port,
        duration,
        warmUp,
        connections,
        keepAliveRate,
        newRate,
        slowRate,
        slowMillis,
        timeout,
        postRate,
        pairRate,
        idleConnections,
        idlePause,
        tls);
  }

  private static void within(String what, long value, long least, long most) {
    if (value < least || value > most) {
      throw new IllegalArgumentException(
          what + " must be from " + least + " to " + most + ", not " + value);
    }
  }

  int rate(RequestKind kind) {
    return switch (kind) {
      case KEEP_ALIVE -> keepAliveRate;
      case NEW_CONNECTION -> newRate;
      case SLOW -> slowRate;
      case POST -> postRate;
      case PAIR -> pairRate;
      case IDLE -> throw new IllegalArgumentException("idle connections have a pause, no rate");
    };
  }

  /** How many requests of that kind a run sends. */
  int requests(RequestKind kind) {
    return kind == RequestKind.PAIR ? 2 * writes(kind) : writes(kind);
  }

  /** How often a run writes requests of that kind: as often as it sends some, but for pairs. */
  int writes(RequestKind kind) {
    return kind == RequestKind.IDLE
        ? Math.toIntExact(idleConnections * (duration.toMillis() / idlePause.toMillis()))
        : Math.toIntExact(planned(rate(kind), duration));
  }

  /**
   * When write number {@code index} of that kind is due, in nanoseconds after the start. Those of
   * idle connections are counted in rounds: one for each connection, then the second one for each.
   */
  long due(RequestKind kind, int index) {
    return kind == RequestKind.IDLE
        ? index * idlePause.toNanos() / idleConnections
        : index * 1_000_000_000L / rate(kind);
  }

  private static long planned(int rate, Duration duration) {
    return rate * duration.toMillis() / 1000;
  }
}
