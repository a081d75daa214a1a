package io.jhot.examples.load;

import java.util.List;
import java.util.Map;

/**
 * What a run saw.
 *
 * @param kinds one per kind that had requests, in the order of {@link RequestKind}
 * @param pids the processes that answered, each once, in the order of their first answer
 * @param failures the first {@value #MOST_FAILURES} failures, in the order in which they were seen
 */
public record LoadResult(List<OfKind> kinds, List<String> pids, List<Failure> failures) {
  static final int MOST_FAILURES = 1000;

  /**
   * One kind's counts. Latencies are those of good answers, in nanoseconds from the moment when
   * each was due; those of the warm-up are left out.
   *
   * @param requests sent, and so answered or failed
   * @param announcedCloses good answers that said {@code Connection: close}
   * @param idleCloses connections of which the client saw, before it sent a request there, that the
   *     server had closed them; only looked for where they are idle long
   */
  public record OfKind(
      RequestKind kind,
      int requests,
      int failed,
      Map<FailureCause, Integer> causes,
      int connections,
      int announcedCloses,
      int idleCloses,
      long p50,
      long p99,
      long max) {}

  /**
   * One failed request.
   *
   * @param atMillis when it failed, in milliseconds after the run's start
   */
  public record Failure(RequestKind kind, FailureCause cause, long atMillis, String text) {}

  /** How many requests were sent, over all kinds. */
  public int requests() {
    return kinds.stream().mapToInt(OfKind::requests).sum();
  }

  /** How many of them have no good answer. */
  public int failed() {
    return kinds.stream().mapToInt(OfKind::failed).sum();
  }

  /** The counts of one kind, which must have had requests. */
  public OfKind of(RequestKind kind) {
    return kinds.stream().filter(k -> k.kind() == kind).findFirst().orElseThrow();
  }
}
