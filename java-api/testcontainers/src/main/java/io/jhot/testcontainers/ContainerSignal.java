package io.jhot.testcontainers;

/** A signal that an engine can send to a container's first process, which is jhot. */
public enum ContainerSignal {
  /** Reload. */
  HUP,
  /** Drain and end; a second one ends at once. */
  INT,
  /** Reaches the service, whose JVM prints its threads. */
  QUIT,
  /** Reload. */
  USR1,
  /** Drain and end, as {@code docker stop} asks first; a second one ends at once. */
  TERM,
  /** Ends everything at once; neither jhot nor the service has a say. */
  KILL
}
