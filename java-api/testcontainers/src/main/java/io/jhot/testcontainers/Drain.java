package io.jhot.testcontainers;

import java.time.Duration;
import java.util.List;

/**
 * How a service came to its end.
 *
 * @param exitCode the container's, which is the service's own, or 128 and the signal that killed it
 * @param took from the request to the end of the container
 * @param journal what jhot said meanwhile, and all that it said before
 */
public record Drain(int exitCode, Duration took, List<JournalLine> journal) {
  private static final int KILLED = 128 + 9;

  /** Whether the service ended by itself and did not have to be killed at the drain's deadline. */
  public boolean graceful() {
    return exitCode != KILLED;
  }
}
