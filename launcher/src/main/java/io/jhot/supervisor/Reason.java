package io.jhot.supervisor;

import java.util.Collections;
import java.util.SortedSet;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Why something is so with a generation, or was done to it: a kind, and what belongs to it. {@link
 * Wording#clause} has the words.
 *
 * @param kind which reason
 * @param number a number, whose meaning the kind tells; else 0
 * @param listeners the listeners that it is about; else empty
 * @param addresses the addresses that it is about; else empty
 * @param text what somebody else said, at most {@link #MAX_TEXT} characters; else empty
 * @param cause the reason that this one begins with; null if the kind has none
 * @param then the reason that it ends with; null but for {@link Kind#GONE}
 */
public record Reason(
    Kind kind,
    long number,
    SortedSet<Integer> listeners,
    SortedSet<String> addresses,
    String text,
    @Nullable Reason cause,
    @Nullable Reason then) {

  /** The bound of {@link #text}. */
  public static final int MAX_TEXT = 2_000;

  private static final SortedSet<String> NO_ADDRESS =
      Collections.unmodifiableSortedSet(new TreeSet<>());

  /** All reasons there are. */
  public enum Kind {
    // It is ready.
    /** The app said so. */
    SAID_READY,
    /** Its process runs, and the operator wants no more. */
    RUNS,
    /** It holds these listeners. */
    HOLDS,
    /** It runs, and jhot has no agent in it that could tell more. */
    RUNS_UNKNOWN,
    /** It runs, and no JVM with the agent came up in it. */
    RUNS_WITHOUT_AGENT,
    /** It listens on these addresses, as seen from outside; it has no agent. */
    LISTENS_WITHOUT_AGENT,
    /** It has run for so many milliseconds and listens on the addresses of the one before it. */
    HAS_RUN_AND_LISTENS,
    /** It has run for so many milliseconds, without an agent. */
    HAS_RUN_WITHOUT_AGENT,
    /** It has run for so many milliseconds without a listener, as the one before it. */
    HAS_RUN_WITHOUT_LISTENER,
    /** It holds some listeners (cause), but not these, which the one before it held. */
    HOLDS_TOO_FEW,
    /** Nobody else serves, and it runs with the lack that the cause names. */
    TAKEN_AS_RUNNING,
    /** The same, and it has no agent. */
    TAKEN_AS_RUNNING_WITHOUT_AGENT,
    /** It was ready, and is no more, in a way that nobody noted. */
    WAS_READY,

    // It is not ready.
    /** Its process is being started. */
    SPAWNING,
    /** Its agent, with sockets staged, is lost. */
    LOST_BEFORE_LIVE,
    /** {@code --ready notify}, and no word yet. */
    READY_UNSAID,
    /** It declared that it says when it is ready. */
    DECLARED_UNSAID,
    /** The same, when its time is over. */
    DECLARED_NEVER_SAID,
    /** The one before it, of this number, said that it was ready. */
    UNSAID_AS_PREDECESSOR,
    /** It does not hold these listeners yet. */
    LISTENERS_MISSING,
    /** It does not listen on these addresses yet. */
    ADDRESSES_MISSING,
    /** The same, when its time is over. */
    ADDRESSES_NEVER_OPENED,
    /** It has not opened any listener yet. */
    NO_LISTENER_YET,
    /** The same, when its time is over. */
    NO_LISTENER,
    /** It listens on these addresses, on sockets that jhot has no copy of. */
    LISTENS_OUT_OF_REACH,
    /** What the cause says, and there is no connection to the agent. */
    AND_NO_AGENT,
    /** It has no process yet. */
    NO_PROCESS,

    // It is tried.
    /** It is ready (cause) and is probed. */
    AND_PROBED,
    /** It is ready (cause); its last probe saw the text. */
    AND_PROBE_SAW,
    /** It is ready (cause) and is warmed up. */
    AND_WARMED_UP,

    // Its start has failed.
    /** It was not ready after so many milliseconds: the cause is what it lacks. */
    NOT_READY_IN_TIME,
    /** It is ready (cause), but its probe saw the text, or nothing. */
    BUT_PROBE_SAW,
    /** It is ready (cause), but its warm-up had not ended. */
    BUT_WARM_UP_OPEN,
    /** It lacks a listener (cause), and without one it cannot be probed. */
    CANNOT_BE_PROBED,
    /** It was ready, but its agent did not exchange the sockets within so many milliseconds. */
    NOT_LIVE_IN_TIME,
    /** Its warm-up failed with the text. */
    WARM_UP_FAILED,
    /** Its program could not be started, for the text. */
    SPAWN_FAILED,
    /** There was no room for it beside the others, for the text. */
    NO_ROOM,
    /** It could not become ready beside the one that serves, for the text. */
    REFUSED,
    /** Its process ended (cause) before it was ready. */
    BEFORE_READY,
    /** jhot itself is ending. */
    JHOT_STOPS,

    // It serves again.
    /** The one that had replaced it, of this number, ended (cause). */
    SUCCESSOR_DIED,

    // It drains.
    /** The generation of this number serves instead. */
    REPLACED,
    /** It makes room for the generation of this number, for the text. */
    MAKES_ROOM,
    /** The operator asked for the end. */
    ASKED_TO_STOP,
    /** The operator asked for the end at once. */
    ASKED_TO_STOP_AT_ONCE,

    // It is sent the stop signal, or killed.
    /** It drains (cause), and no agent could park its listeners. */
    AND_NO_AGENT_TO_PARK,
    /** Its agent was lost. */
    LOST_WHILE_DRAINING,
    /** All its connections have ended. */
    NO_CONNECTION_LEFT,
    /** All its connections are at rest. */
    IDLE_CONNECTIONS_LEFT,
    /** It has connections, and its time is nearly over. */
    CONNECTIONS_LEFT,
    /** It has hooks or work, and its time is nearly over. */
    HOOKS_LEFT,
    /** Its agent did not take the sockets back in time. */
    NOT_BACK_IN_TIME,
    /** It is the oldest, and more than this number drain. */
    OLDEST_OF_TOO_MANY,
    /** It did not end in time after the stop signal. */
    NOT_ENDED_IN_TIME,

    // It is gone.
    /** Its process ended with this exit code. */
    EXITED,
    /** The signal of this number ended its process. */
    KILLED,
    /** Its process ended (cause) while it drained. */
    WHILE_DRAINING,
    /** It was on its way out (cause), and ended so (then). */
    GONE
  }

  /** Bounds the text. */
  public Reason {
    text = bounded(text);
  }

  /** The first {@link #MAX_TEXT} characters of what somebody else said. */
  static String bounded(String text) {
    if (text.length() <= MAX_TEXT) {
      return text;
    }
    boolean pair = Character.isHighSurrogate(text.charAt(MAX_TEXT - 1));
    return text.substring(0, pair ? MAX_TEXT - 1 : MAX_TEXT);
  }

  static Reason of(Kind kind) {
    return new Reason(kind, 0, Ids.NONE, NO_ADDRESS, "", null, null);
  }

  static Reason of(Kind kind, long number) {
    return new Reason(kind, number, Ids.NONE, NO_ADDRESS, "", null, null);
  }

  static Reason of(Kind kind, long number, String text) {
    return new Reason(kind, number, Ids.NONE, NO_ADDRESS, text, null, null);
  }

  static Reason of(Kind kind, String text) {
    return of(kind, 0, text);
  }

  static Reason ofListeners(Kind kind, SortedSet<Integer> listeners) {
    return new Reason(kind, 0, listeners, NO_ADDRESS, "", null, null);
  }

  static Reason ofAddresses(Kind kind, long number, SortedSet<String> addresses) {
    return new Reason(kind, number, Ids.NONE, addresses, "", null, null);
  }

  static Reason ofExit(boolean signaled, int value) {
    return of(signaled ? Kind.KILLED : Kind.EXITED, value);
  }

  /** This one, and what another kind adds to it. */
  Reason and(Kind kind) {
    return and(kind, 0, "");
  }

  Reason and(Kind kind, long number) {
    return and(kind, number, "");
  }

  Reason and(Kind kind, String text) {
    return and(kind, 0, text);
  }

  private Reason and(Kind kind, long number, String text) {
    return new Reason(kind, number, Ids.NONE, NO_ADDRESS, text, this, null);
  }

  Reason butNot(SortedSet<Integer> missing) {
    return new Reason(Kind.HOLDS_TOO_FEW, 0, missing, NO_ADDRESS, "", this, null);
  }

  Reason andThen(Reason end) {
    return new Reason(Kind.GONE, 0, Ids.NONE, NO_ADDRESS, "", this, end);
  }
}
