package io.jhot.supervisor;

import java.util.SortedSet;

/**
 * One run of the service: a process and what jhot knows of it. All moments are monotonic
 * milliseconds, {@link Timer#NEVER} is never.
 *
 * <p>What belongs together is a record of its own: a new fact is a field there, and nowhere else.
 *
 * @param birth how it came to be
 * @param progress how far it has come
 * @param deadlines what awaits it
 * @param word what its app says of its readiness
 * @param agents its agents
 * @param trial how its probe goes
 * @param sockets its listeners, as its agent tells of them
 * @param sight its listeners, as seen from outside
 */
public record Generation(
    Birth birth,
    Progress progress,
    Deadlines deadlines,
    Word word,
    Agents agents,
    Trial trial,
    Sockets sockets,
    Sight sight) {

  /** Its number, which no other generation has. */
  public int number() {
    return birth.number();
  }

  /** When its {@link Effect.Spawn} was decided. */
  public long startedAt() {
    return birth.startedAt();
  }

  /** How far it has come. */
  public Stage stage() {
    return progress.stage();
  }

  /** Why it is where it is. */
  public Reason why() {
    return progress.why();
  }

  /** The coarse view of {@link #stage()}. */
  public Phase phase() {
    return stage().phase();
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
    return deadlines.timer().at();
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
    return stage() != Stage.GONE;
  }
}
