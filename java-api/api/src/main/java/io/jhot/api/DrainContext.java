package io.jhot.api;

import java.time.Duration;
import java.time.Instant;
import java.util.OptionalInt;

/** What a {@link DrainHook} may know about the drain. Immutable, except for the remaining time. */
public final class DrainContext {

  /** Why a generation drains. */
  public enum Reason {
    /** A successor serves. */
    RELOAD,
    /** The service ends, or this JVM does. */
    STOP,
    /** The generation ends and is started again, with no generation serving in between. */
    RESTART
  }

  private final Reason reason;
  private final long deadline;
  private final int generation;
  private final int successor;

  /**
   * @param deadline in terms of {@link System#nanoTime}
   * @param successor 0: there is none
   */
  DrainContext(Reason reason, long deadline, int generation, int successor) {
    this.reason = reason;
    this.deadline = deadline;
    this.generation = generation;
    this.successor = successor;
  }

  /** {@return why this generation drains} */
  public Reason reason() {
    return reason;
  }

  /** {@return how long all hooks together may still take; never negative} */
  public Duration remaining() {
    return Duration.ofNanos(Math.max(0, deadline - System.nanoTime()));
  }

  /** {@return when the time is up, by the clock of this machine} Prefer {@link #remaining}. */
  public Instant deadline() {
    return Instant.now().plusNanos(deadline - System.nanoTime());
  }

  /** {@return the number of the generation that drains} */
  public int generation() {
    return generation;
  }

  /** {@return the number of the generation that serves now, if one does} */
  public OptionalInt successor() {
    return successor > 0 ? OptionalInt.of(successor) : OptionalInt.empty();
  }

  /** Such as {@code RELOAD of generation 3 to 4, 24 s left}. */
  @Override
  public String toString() {
    return reason
        + " of generation "
        + generation
        + (successor > 0 ? " to " + successor : "")
        + ", "
        + remaining().toSeconds()
        + " s left";
  }
}
