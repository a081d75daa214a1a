package io.jhot.cli;

import io.jhot.runtime.control.FleetStatus;
import io.jhot.runtime.control.FleetStatus.GenerationStatus;
import java.util.HashSet;
import java.util.Set;

/** Follows the generations that a reload replaces until they have ended, by polling status. */
final class DrainWatch {
  private final Set<Integer> watched = new HashSet<>();
  private final String cutBefore;

  /**
   * @param before the fleet before the reload
   */
  DrainWatch(FleetStatus before) {
    for (GenerationStatus one : before.generations()) {
      watched.add(one.number());
    }
    cutBefore = before.lastCut();
  }

  /** Whether each of them has ended, or serves again. */
  boolean isOver(FleetStatus now) {
    for (GenerationStatus one : now.generations()) {
      if (watched.contains(one.number()) && !one.phase().equals("serving")) {
        return false;
      }
    }
    return true;
  }

  /** One line that says how they ended. */
  String outcome(FleetStatus now) {
    return now.lastCut().equals(cutBefore)
        ? "the old generation has ended, and nothing was cut off"
        : now.lastCut();
  }
}
