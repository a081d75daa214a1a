package io.jhot.supervisor;

import java.util.SortedSet;

/**
 * One run of the service: a process and what jhot knows of it. All moments are monotonic
 * milliseconds, {@link Long#MAX_VALUE} is never.
 *
 * @param number 1 for the first, and one more for each that is spawned after it, for whatever
 *     reason
 * @param phase where it is in its life
 * @param drainStep how far the farewell has come
 * @param startStep how far its start has come
 * @param why why it is in this phase
 * @param phaseSince when it came into this phase
 * @param startedAt when its {@link Effect.Spawn} was decided
 * @param pid its process; 0 until {@link Event.Spawned}
 * @param agent jhot's agent is connected
 * @param agentGivenUp jhot has stopped waiting for an agent that was {@link
 *     Policy.AgentHope#POSSIBLE}
 * @param readySaid the app said that it is ready
 * @param readyDeclared the app said that it will say so: nothing else makes it ready
 * @param attempt how many attempts of the probe were begun
 * @param attemptAt when the last one began
 * @param probing an attempt of the probe is under way
 * @param successes how many attempts in a row succeeded
 * @param seen what the last attempt saw, as a clause about the probe; empty: none has ended
 * @param live its agent puts the shared sockets under the app's, at bind, and not the staging
 *     socket. So from the start where nobody serves, else from {@link Event.WentLive} on
 * @param parked it accepts no connection any more
 * @param reload its outcome is that of a reload, and {@link FleetEvent.ReloadSucceeded} or {@link
 *     FleetEvent.ReloadFailed} tells it
 * @param offered listeners that it was given and may still take
 * @param listeners listeners that it holds: opened or taken, and not closed
 * @param sighted where its processes listen, as seen from outside, but for what jhot holds itself
 * @param lasting those of them that its successor has to have too
 * @param hopeUntil until when an agent is hoped for
 * @param lookAt when its listeners are looked for from outside next
 * @param deadline when the next thing is due that happens to it if nothing else does
 * @param limit STARTING: when its start has failed; DRAINING, STOPPING: when it is ended by force
 */
public record Generation(
    int number,
    Phase phase,
    DrainStep drainStep,
    StartStep startStep,
    Reason why,
    long phaseSince,
    long startedAt,
    int pid,
    boolean agent,
    boolean agentGivenUp,
    boolean readySaid,
    boolean readyDeclared,
    int attempt,
    long attemptAt,
    boolean probing,
    int successes,
    String seen,
    boolean live,
    boolean parked,
    boolean reload,
    SortedSet<Integer> offered,
    SortedSet<Integer> listeners,
    SortedSet<String> sighted,
    SortedSet<String> lasting,
    long hopeUntil,
    long lookAt,
    long deadline,
    long limit) {

  /** Whether it is ready, and its agent is awaited. */
  public boolean goingLive() {
    return startStep == StartStep.GO_LIVE;
  }

  /**
   * How long its agent may take, in milliseconds, to exchange what lies under its listeners: to
   * make them live, or to park them.
   */
  public long exchangeMillis() {
    return Turn.exchange(listeners.size());
  }

  /** Whether it is not {@link Phase#GONE}. */
  public boolean alive() {
    return phase != Phase.GONE;
  }
}
