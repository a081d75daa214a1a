package io.jhot.supervisor;

/** How far the start of a generation has come: the steps of STARTING, in this order. */
public enum StartStep {
  /** It is not STARTING. */
  NONE,
  /** It comes up; it is not ready in the sense of {@link Policy.Readiness}. */
  READINESS,
  /** It is ready and is probed. Falls back to READINESS if it is not ready any more after that. */
  PROBE,
  /** Its probe succeeded, and it is warmed up. */
  WARM_UP,
  /** {@link Event.WentLive} is awaited: its agent puts the shared sockets under the app's. */
  GO_LIVE
}
