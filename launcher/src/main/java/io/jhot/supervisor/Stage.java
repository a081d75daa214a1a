package io.jhot.supervisor;

/**
 * How far a generation has come. It goes down this list and may skip any of it but the end. There
 * are two ways up: from PROBED and WARMING to STARTING, if it is not ready any more; and from
 * DELAYED and RETURNING to LIVE, when its successor died.
 */
public enum Stage {
  /** Its spawn was decided; it has no process yet. */
  UNBORN(Phase.STARTING),
  /** Its process comes up; it is not ready in the sense of {@link Policy.Readiness}. */
  STARTING(Phase.STARTING),
  /** It is ready and is probed. */
  PROBED(Phase.STARTING),
  /** It is ready, has passed its probe, and is warmed up. */
  WARMING(Phase.STARTING),
  /** {@link Event.WentLive} is awaited: its agent puts the shared sockets under the app's. */
  GOING_LIVE(Phase.STARTING),
  /** It serves. */
  LIVE(Phase.SERVING),
  /** It still accepts, while load balancers learn that it will not for long. */
  DELAYED(Phase.DRAINING),
  /** Its agent was asked to park its listeners and has not confirmed it. */
  PARKING(Phase.DRAINING),
  /**
   * The app runs its drain hooks and ends its tracked work; its agent says when. An app that has
   * none says so at once.
   */
  HOOKS(Phase.DRAINING),
  /**
   * Its connections are to end by themselves. The loop counts them about every 250 ms as long as a
   * generation is in this stage, and says {@link Event.ConnectionsCounted}.
   */
  CONNECTIONS(Phase.DRAINING),
  /**
   * Its successor died, and its agent was asked to give it the shared sockets back; it serves again
   * with {@link Event.WentLive}. Goes back to PARKING if somebody else serves first.
   */
  RETURNING(Phase.DRAINING),
  /** The stop signal was sent, or is sent as soon as the process exists. */
  STOPPING(Phase.STOPPING),
  /** Its time is up; {@link Event.ThreadsDumped} is awaited. */
  DUMPING(Phase.STOPPING),
  /** It was killed, and is killed again now and then until it is gone. */
  KILLED(Phase.STOPPING),
  /** Its process has been reaped, or never was one. */
  GONE(Phase.GONE);

  private final Phase phase;

  Stage(Phase phase) {
    this.phase = phase;
  }

  /** The coarse view of it, for operators. */
  public Phase phase() {
    return phase;
  }

  /** Whether it comes up, and nothing has been decided about it yet. */
  boolean isComingUp() {
    return this == UNBORN || this == STARTING;
  }
}
