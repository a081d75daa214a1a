package io.jhot.runtime;

import io.jhot.supervisor.Fleet;
import io.jhot.supervisor.Generation;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Sees which generations have come a step further in their lives, and how long each step took. For
 * the loop's thread.
 */
final class StepWatch {
  /** Where a generation was when it was looked at, and since when in milliseconds. */
  private record Place(Generation generation, long since) {
    boolean isOf(Generation other) {
      return generation.stage() == other.stage()
          || StatusReport.place(generation).equals(StatusReport.place(other));
    }
  }

  private final Map<Integer, Place> places = new HashMap<>();

  /** How long the steps took that ended when the fleet was looked at last, by generation. */
  private final Map<Integer, Long> ended = new HashMap<>();

  /**
   * Looks at the fleet; after each step of the supervisor, or a step that is over by then is
   * missed.
   *
   * @param now the loop's clock, in milliseconds
   * @return who has come into another step since
   */
  List<StreamEvent.StepEntered> observe(Fleet fleet, long now) {
    List<StreamEvent.StepEntered> entered = new ArrayList<>();
    Collection<Generation> generations = fleet.generations();
    ended.clear();
    for (Generation generation : generations) {
      Place before = places.get(generation.number());
      if (before == null || !before.isOf(generation)) {
        places.put(generation.number(), new Place(generation, now));
        if (before != null) {
          ended.put(generation.number(), now - before.since());
        }
        entered.add(
            new StreamEvent.StepEntered(
                generation.number(),
                before == null ? "" : StatusReport.place(before.generation()),
                StatusReport.place(generation),
                before == null ? 0 : now - before.since()));
      }
    }
    if (places.size() > generations.size()) {
      forgetAllBut(generations);
    }
    return entered;
  }

  private void forgetAllBut(Collection<Generation> generations) {
    Set<Integer> known = new HashSet<>();
    for (Generation generation : generations) {
      known.add(generation.number());
    }
    places.keySet().retainAll(known);
  }

  /** The step that a generation is in; empty if it is not known. */
  String step(int generation) {
    Place place = places.get(generation);
    return place == null ? "" : StatusReport.place(place.generation());
  }

  /**
   * How long the step took, in milliseconds, that ended when the fleet was looked at last; -1 if
   * none of the generation's did.
   */
  long ended(int generation) {
    return ended.getOrDefault(generation, -1L);
  }

  /** How long it has been in that step, in milliseconds; -1 if it is not known. */
  long millis(int generation, long now) {
    Place place = places.get(generation);
    return place == null ? -1 : now - place.since();
  }
}
