package io.jhot.supervisor;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What the operator wants of every generation. All times are milliseconds.
 *
 * @param ready what counts as ready
 * @param agent whether jhot's agent can be expected in the app
 * @param readyTimeout how long a generation may take to become ready; at least 1
 * @param drainDelay how long a generation goes on accepting when its drain has begun; at least 0,
 *     and part of {@code drainTimeout}
 * @param drainTimeout how long after the begin of its drain a generation is ended by force; at
 *     least 0
 * @param stopSignal the number of the signal that asks the app to end
 * @param restarts how often in a row an app that failed is started again: 0 is never, -1 is without
 *     limit
 * @param remapExit the app's exit code (128+n for a signal) to the code that jhot takes it for
 * @param maxDraining how many generations may be on their way out at once; 0: any number
 * @param probe what a generation that is ready has to pass before it serves; null: nothing
 * @param warmUp whether it is warmed up after that, and before it serves
 * @param overlap whether the next generation starts while the old one serves
 * @param idleGrace for how long the connections of a draining generation, all at rest, have to be
 *     quiet before it ends with them; at least 0
 * @param stopTimeout what {@code drainTimeout} is for the drain at the end of jhot, if that is
 *     less: who asked for it may not wait longer; at least 0
 * @param readyAfter how long a generation has to have run to be ready, where nothing else can be
 *     known of it and its predecessor is known to have opened no listener; at least 0
 */
public record Policy(
    Readiness ready,
    AgentExpectation agent,
    long readyTimeout,
    long drainDelay,
    long drainTimeout,
    int stopSignal,
    int restarts,
    Map<Integer, Integer> remapExit,
    int maxDraining,
    @Nullable Probe probe,
    boolean warmUp,
    Overlap overlap,
    long idleGrace,
    long stopTimeout,
    long readyAfter) {

  /** What {@link #idleGrace} is where the operator does not say, or a third of the drain. */
  private static final long MAX_IDLE_GRACE = 5_000;

  /** What {@code readyAfter} is unless the operator says otherwise. */
  public static final long READY_AFTER = 5_000;

  /** Whether the next generation starts while the old one serves, where both are short of room. */
  public enum Overlap {
    /** It does where both have room; else the old one ends first, and clients wait meanwhile. */
    AUTO,
    /** It does; a reload for which there is no room is refused. */
    ALWAYS,
    /** It does not: the old one ends first. */
    NEVER
  }

  /**
   * How a generation is probed. What is asked, and what is a success, is the loop's business.
   *
   * @param successes how many in a row it takes; at least 1
   * @param interval from the begin of one attempt to that of the next; at least 1
   * @param timeout how long one attempt may take; at least 1
   */
  public record Probe(int successes, long interval, long timeout) {
    /**
     * Checks the ranges.
     *
     * @throws IllegalArgumentException if a number is out of its range
     */
    public Probe {
      if (successes < 1 || interval < 1 || timeout < 1) {
        throw new IllegalArgumentException(
            "out of range: successes "
                + successes
                + ", interval "
                + interval
                + ", timeout "
                + timeout);
      }
    }
  }

  /** What counts as ready. An explicit word of the app counts always. */
  public enum Readiness {
    /** It holds every listener that its predecessor holds; the very first: one listener. */
    AUTO,
    /** It says so. */
    NOTIFY,
    /** Its process runs. */
    EXEC
  }

  /** Whether jhot's agent can be expected in the app. */
  public enum AgentExpectation {
    /** The command is {@code java}, and gets the agent. */
    CERTAIN,
    /** The command may lead to a {@code java}, as a script does. */
    POSSIBLE,
    /**
     * Nothing says that the command leads to a {@code java}: no agent is awaited. One that comes is
     * as good as any, and its listeners are due in the next generation.
     */
    UNEXPECTED,
    /** There will be none. */
    NONE;

    /** Whether one is awaited before anything else makes the generation ready. */
    public boolean isAwaited() {
      return this == CERTAIN || this == POSSIBLE;
    }
  }

  /**
   * Checks the ranges.
   *
   * @throws IllegalArgumentException if a number is out of its range
   */
  public Policy {
    if (readyTimeout < 1
        || drainDelay < 0
        || drainTimeout < 0
        || stopTimeout < 0
        || restarts < -1
        || maxDraining < 0
        || idleGrace < 0
        || readyAfter < 0) {
      throw new IllegalArgumentException(
          "out of range: readyTimeout "
              + readyTimeout
              + ", drainDelay "
              + drainDelay
              + ", drainTimeout "
              + drainTimeout
              + ", stopTimeout "
              + stopTimeout
              + ", restarts "
              + restarts
              + ", maxDraining "
              + maxDraining
              + ", idleGrace "
              + idleGrace
              + ", readyAfter "
              + readyAfter);
    }
    remapExit = Map.copyOf(remapExit);
  }

  /** The grace for idle connections where the operator does not say. */
  public static long idleGraceOf(long drainTimeout) {
    return Math.min(MAX_IDLE_GRACE, drainTimeout / 3);
  }
}
