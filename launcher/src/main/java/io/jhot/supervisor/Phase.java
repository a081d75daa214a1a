package io.jhot.supervisor;

/** Where a generation is in its life, as operators see it: the coarse view of its {@link Stage}. */
public enum Phase {
  /** Spawned, or about to be; not ready yet. At most one generation is here. */
  STARTING,
  /** Ready, and the one that new connections are meant for. At most one generation is here. */
  SERVING,
  /** Finishes what it has; a successor took over, or jhot is ending. */
  DRAINING,
  /** Told to end, by signal; waits for its exit. */
  STOPPING,
  /** Its process has been reaped, or never was one. */
  GONE
}
