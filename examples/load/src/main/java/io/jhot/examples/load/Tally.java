package io.jhot.examples.load;

import java.util.Arrays;
import java.util.EnumMap;
import java.util.Map;

/** Counts of one kind of request while a run goes on. Thread-safe. */
final class Tally {
  private final long[] latencies;
  private final Map<FailureCause, Integer> failures = new EnumMap<>(FailureCause.class);
  private int answered;
  private int timed;
  private int failed;
  private int connections;
  private int announcedCloses;
  private int idleCloses;

  Tally(int planned) {
    latencies = new long[planned];
  }

  /** Counts a good answer; {@code time} is false for one of the warm-up. */
  synchronized void answered(long latencyNanos, boolean time, boolean closes) {
    answered++;
    if (time) {
      latencies[timed++] = latencyNanos;
    }
    if (closes) {
      announcedCloses++;
    }
  }

  synchronized void failed(FailureCause cause) {
    failures.merge(cause, 1, Integer::sum);
    failed++;
  }

  synchronized void connected() {
    connections++;
  }

  synchronized void closedWhileIdle() {
    idleCloses++;
  }

  synchronized LoadResult.OfKind result(RequestKind kind) {
    long[] sorted = Arrays.copyOf(latencies, timed);
    Arrays.sort(sorted);
    return new LoadResult.OfKind(
        kind,
        answered + failed,
        failed,
        new EnumMap<>(failures),
        connections,
        announcedCloses,
        idleCloses,
        percentile(sorted, 50),
        percentile(sorted, 99),
        percentile(sorted, 100));
  }

  /** The smallest value that at least that share of all are not above (nearest rank); 0 of none. */
  static long percentile(long[] sorted, int percent) {
    if (sorted.length == 0) {
      return 0;
    }
    int rank = Math.toIntExact(Math.ceilDiv((long) sorted.length * percent, 100L));
    return sorted[rank - 1];
  }
}
