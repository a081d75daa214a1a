package io.jhot.supervisor;

/**
 * What happens to a generation, and when, if nothing else does before. It has one at a time: the
 * next.
 *
 * @param kind what happens
 * @param at when, in monotonic milliseconds; {@link #NEVER}: not at all
 */
public record Timer(Kind kind, long at) {

  /** The moment that does not come. */
  public static final long NEVER = Long.MAX_VALUE;

  /** Nothing happens. */
  static final Timer NONE = new Timer(Kind.NOTHING, NEVER);

  /** What happens. */
  public enum Kind {
    /** Nothing. */
    NOTHING,
    /** Its start has taken too long. */
    START_LIMIT,
    /** No agent has come; none is waited for any more. */
    AGENT_LIMIT,
    /** Its listeners are looked for from outside. */
    LOOK,
    /** It has run for as long as it has to, to be ready where no more is known. */
    AGE,
    /** The probe that runs has no answer. */
    PROBE_LIMIT,
    /** The next probe begins. */
    NEXT_PROBE,
    /** It serves, and what it has not taken by now it does not get. */
    CLAIM_LIMIT,
    /** It accepts no longer: its agent is told to park. */
    DELAY_END,
    /** Its agent has not confirmed that it parked. */
    PARK_LIMIT,
    /** Its hooks take no longer. */
    HOOKS_LIMIT,
    /** Its connections take no longer. */
    CONNECTIONS_LIMIT,
    /** Its agent has not taken the sockets back. */
    RETURN_LIMIT,
    /** It has not ended after the stop signal. */
    STOP_LIMIT,
    /** Its threads are not dumped yet. */
    DUMP_LIMIT,
    /** It is still there after SIGKILL. */
    KILL_LIMIT
  }

  /** The same, at that moment or earlier. */
  Timer notAfter(long moment) {
    return moment < at ? new Timer(kind, moment) : this;
  }
}
