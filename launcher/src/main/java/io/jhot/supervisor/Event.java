package io.jhot.supervisor;

import java.util.SortedSet;

/**
 * Something that has happened, as the loop saw it. Events may come late, twice, or about a
 * generation that is gone.
 */
public sealed interface Event {

  /** When the loop saw it, in monotonic milliseconds; never less than in the event before. */
  long now();

  /** An event that one generation is concerned by. */
  sealed interface OfGeneration extends Event {
    /** The generation's number. */
    int generation();
  }

  /**
   * jhot is set up. Comes once.
   *
   * @param own the listeners that jhot opened or was given
   */
  record Started(long now, SortedSet<Integer> own) implements Event {}

  /** The operator wants a new generation. */
  record ReloadRequested(long now) implements Event {}

  /**
   * The operator wants the end.
   *
   * @param atOnce by force, without drain
   */
  record StopRequested(long now, boolean atOnce) implements Event {}

  /** Nothing but time, which may have passed a deadline. */
  record TimePassed(long now) implements Event {}

  /**
   * The generation's program runs. The loop answers each {@link Effect.Spawn} by this, by {@link
   * SpawnFailed} or by {@link NoRoom}.
   *
   * @param pid more than 0
   */
  record Spawned(long now, int generation, int pid) implements OfGeneration {}

  /**
   * The JVM of the generation refused jhot's agent and ended before the app began; its program runs
   * again, without.
   *
   * @param pid of the new process, more than 0
   */
  record StartedAgain(long now, int generation, int pid) implements OfGeneration {}

  /**
   * The generation's program could not be started; no process of it is left.
   *
   * @param exitCode 127 if it was not found, 126 if it cannot be executed, 125 if jhot failed
   * @param reason one clear line
   */
  record SpawnFailed(long now, int generation, int exitCode, String reason)
      implements OfGeneration {}

  /**
   * The generation was not started, because there is no room for it beside those that run. Answers
   * an {@link Effect.Spawn} while a generation serves.
   *
   * @param why a full clause with the figures
   */
  record NoRoom(long now, int generation, String why) implements OfGeneration {}

  /**
   * The generation was not started, because it could not become ready: what it needs is the other's
   * that serves, who cannot share it. Answers an {@link Effect.Spawn} while a generation serves.
   *
   * @param why a full clause that says what would make it work
   */
  record Refused(long now, int generation, String why) implements OfGeneration {}

  /**
   * The answer to {@link Effect.LookForListeners}: the TCP listeners of the generation's processes,
   * as the kernel shows them, but for those that jhot holds itself. May come unasked.
   *
   * @param addresses where they are, each once, such as {@code tcp://[::]:8080}
   * @param lasting those of them that a successor has to have too: not a port of one generation
   *     alone, nor one that the kernel chose
   */
  record ListenersSeen(
      long now, int generation, SortedSet<String> addresses, SortedSet<String> lasting)
      implements OfGeneration {}

  /** jhot's agent in the app's JVM says hello; once for each JVM if a script runs several. */
  record AgentConnected(long now, int generation) implements OfGeneration {}

  /** The agent's connection ended or was garbled, or the JVM that it was in is gone. */
  record AgentLost(long now, int generation) implements OfGeneration {}

  /** The app opened a listener for real, and jhot got a copy of it. */
  record ListenerOpened(long now, int generation, int listener) implements OfGeneration {}

  /** The app's bind got a listener that it was given. */
  record ListenerTaken(long now, int generation, int listener) implements OfGeneration {}

  /**
   * The app closes a listener. Its agent waits for the answer "released", which the loop sends when
   * it has performed the effects of this event, whatever they are.
   */
  record ListenerClosed(long now, int generation, int listener) implements OfGeneration {}

  /** The app said that it is ready: {@code READY=1} or by the control channel. */
  record ReadySaid(long now, int generation) implements OfGeneration {}

  /**
   * An attempt of the probe has ended.
   *
   * @param attempt the number of the {@link Effect.Probe} that this answers
   * @param ok it was a success
   * @param seen what it saw, as a clause whose subject is the probe
   */
  record Probed(long now, int generation, int attempt, boolean ok, String seen)
      implements OfGeneration {}

  /**
   * The answer to {@link Effect.WarmUp}.
   *
   * @param ok every request was answered
   * @param seen what came of it, as a clause whose subject is the warm-up
   */
  record WarmedUp(long now, int generation, boolean ok, String seen) implements OfGeneration {}

  /** The agent has put the shared sockets in the place of the staged ones. */
  record WentLive(long now, int generation) implements OfGeneration {}

  /** The agent has taken the listeners away from the app: it accepts no connection any more. */
  record Parked(long now, int generation) implements OfGeneration {}

  /** The app will say itself that it is ready. */
  record ReadyDeclared(long now, int generation) implements OfGeneration {}

  /** The app's drain hooks have run, or there are none. */
  record HooksEnded(long now, int generation) implements OfGeneration {}

  /**
   * The generation's connections were counted.
   *
   * @param open how many there are; -1: not known
   * @param busy how many of them have a request or an answer under way, or may have
   * @param idleMillis for how long the one that was busy last has been idle; -1: not known
   */
  record ConnectionsCounted(long now, int generation, int open, int busy, long idleMillis)
      implements OfGeneration {}

  /** The answer to {@link Effect.DumpThreads}, whatever came of it. */
  record ThreadsDumped(long now, int generation) implements OfGeneration {}

  /**
   * The generation's process ended and was reaped.
   *
   * @param signaled a signal ended it
   * @param value the signal's number, else the exit code
   */
  record Exited(long now, int generation, boolean signaled, int value) implements OfGeneration {}
}
