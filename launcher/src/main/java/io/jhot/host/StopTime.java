package io.jhot.host;

import java.nio.file.Path;
import java.util.Map;

/**
 * How long a drain may take when jhot itself is asked to end. Whoever asks kills after a while:
 * Docker after ten seconds, unless told otherwise. Unless the operator has said how long a drain
 * takes, one at a stop fits into that time, so that the app says its own farewell and its threads
 * are known; one at a reload keeps its time, for nobody waits there.
 */
public final class StopTime {
  /** What is left for the dump of the threads and the end after it, in milliseconds. */
  private static final long RESERVE = 3_000;

  private StopTime() {}

  /**
   * The time for a drain at a stop, in milliseconds.
   *
   * @param drainMillis the time for any drain
   * @param drainGiven whether the operator has given it
   * @param graceMillis how long whoever stops jhot waits, as the operator says; -1: he does not
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

  /** How long whoever stops jhot waits; {@link Long#MAX_VALUE} where that is not known. */
  static long grace(long graceMillis, Container container) {
    return graceMillis >= 0
        ? graceMillis
        : container == Container.NONE ? Long.MAX_VALUE : container.graceSeconds * 1000L;
  }

  /** What a drain may take of that. */
  static long within(long grace) {
    return Math.max(grace - RESERVE, grace / 2);
  }
}
