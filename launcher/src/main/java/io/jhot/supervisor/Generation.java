package io.jhot.supervisor;

import java.util.SortedSet;

/**
 * One run of the service: a process and what jhot knows of it. All moments are monotonic
 * milliseconds, {@link Timer#NEVER} is never.
 *
 * <p>What belongs together is a record of its own: a new fact is a field there, and nowhere else.
 *
 * @param number 1 for the first, and one more for each that is spawned after it, for whatever
 *     reason
 * @param startedAt when its {@link Effect.Spawn} was decided
 * @param reload its outcome is that of a reload, and {@link FleetEvent.ReloadSucceeded} or {@link
 *     FleetEvent.ReloadFailed} tells it
 * @param pid its process; 0 until {@link Event.Spawned}
 * @param stage how far it has come
 * @param why why it is where it is
 * @param phaseSince when it came into its {@link Phase}
 * @param timer what happens to it next if nothing else does
 * @param lookAt when its listeners are looked for from outside next
 * @param limit {@link Phase#STARTING}: when its start has failed; {@link Phase#DRAINING}, {@link
 *     Phase#STOPPING}: when it is ended by force
 * @param word what its app says of its readiness
 * @param agents its agents
 * @param trial how its probe goes
 * @param sockets its listeners, as its agent tells of them
 * @param sight its listeners, as seen from outside
 */
public record Generation(
    int number,
    long startedAt,
    boolean reload,
    int pid,
    Stage stage,
    Reason why,
    long phaseSince,
    Timer timer,
    long lookAt,
    long limit,
    Word word,
    Agents agents,
    Trial trial,
    Sockets sockets,
    Sight sight) {

  /** The coarse view of {@link #stage}. */
  public Phase phase() {
    return stage.phase();
  }

  /** Whether jhot's agent is connected. */
  public boolean agent() {
    return agents.any();
  }

  /** The listeners that it holds: opened or taken, and not closed. */
  public SortedSet<Integer> listeners() {
    return sockets.held();
  }

  /** When the next thing happens to it if nothing else does. */
  public long deadline() {
    return timer.at();
  }

  /**
   * How long its agent may take, in milliseconds, to exchange what lies under its listeners: to
   * make them live, or to park them.
   */
  public long exchangeMillis() {
    return Takeover.exchange(listeners().size());
  }

  /** Whether it is not {@link Stage#GONE}. */
  public boolean alive() {
    return stage != Stage.GONE;
  }
}
