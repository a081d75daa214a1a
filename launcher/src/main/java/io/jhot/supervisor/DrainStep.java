package io.jhot.supervisor;

/** How far the farewell to a generation has come: the steps of DRAINING, then those of STOPPING. */
public enum DrainStep {
  /** STARTING, SERVING or GONE: there is no farewell under way. */
  NONE,
  /** DRAINING: still accepts, while load balancers learn that it will not for long. */
  DELAY,
  /** DRAINING: the agent was asked to park its listeners and has not confirmed it. */
  PARK,
  /**
   * DRAINING: the app runs its drain hooks and ends its tracked work; its agent says when. An app
   * that has none says so at once.
   */
  HOOKS,
  /**
   * DRAINING: its connections are to end by themselves. The loop counts them about every 250 ms as
   * long as a generation is in this step, and says {@link Event.ConnectionsCounted}.
   */
  CONNECTIONS,
  /**
   * DRAINING: its successor died, and its agent was asked to give it the shared sockets back; it
   * serves again with {@link Event.WentLive}. Goes back to PARK if somebody else serves first.
   */
  RETURN,
  /** STOPPING: the stop signal was sent, or is sent as soon as the process exists. */
  SIGNAL,
  /** STOPPING: its time is up; {@link Event.ThreadsDumped} is awaited. */
  DUMP,
  /** STOPPING: it was killed, and is killed again now and then until it is gone. */
  KILL
}
