package io.jhot.host;

import java.nio.file.Path;
import java.util.Map;

/**
 * How long a drain may take when jhot itself is stopped. Whoever stops it kills it after a while:
 * Docker after ten seconds by default. Unless the operator has set the time of a drain, one at a
 * stop fits into that, so that the app can shut down and its threads can be dumped. One at a reload
 * has its full time.
 */
public final class StopTime {
  /** Kept for the thread dump and the end after it, in milliseconds. */
  private static final long RESERVE = 3_000;

  private StopTime() {}

  /**
   * The time for a drain at a stop, in milliseconds.
   *
   * @param drainMillis the time for any drain
   * @param drainGiven whether the operator set it
   * @param graceMillis how long whoever stops jhot waits, as the operator set it; -1: not set
   * @param root the root folder
   * @param environment our variables
   */
  public static long millis(
      long drainMillis,
      boolean drainGiven,
      long graceMillis,
      Path root,
      Map<String, String> environment) {
    return drainGiven
        ? drainMillis
        : Math.min(drainMillis, within(grace(graceMillis, Container.around(root, environment))));
  }

  /** How long whoever stops jhot waits; {@link Long#MAX_VALUE} if unknown. */
  static long grace(long graceMillis, Container container) {
    return graceMillis >= 0
        ? graceMillis
        : container == Container.NONE ? Long.MAX_VALUE : container.graceSeconds * 1000L;
  }

  /** The part of that for a drain. */
  static long within(long grace) {
    return Math.max(grace - RESERVE, grace / 2);
  }
}
