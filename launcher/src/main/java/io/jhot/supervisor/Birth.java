package io.jhot.supervisor;

/**
 * How a generation came to be.
 *
 * @param number 1 for the first, and one more for each that is spawned after it, for whatever
 *     reason
 * @param startedAt when its {@link Effect.Spawn} was decided
 * @param reload its outcome is that of a reload, and {@link FleetEvent.ReloadSucceeded} or {@link
 *     FleetEvent.ReloadFailed} tells it
 * @param pid its process; 0 until {@link Event.Spawned}
 */
public record Birth(int number, long startedAt, boolean reload, int pid) {

  Birth withPid(int process) {
    return new Birth(number, startedAt, reload, process);
  }
}
