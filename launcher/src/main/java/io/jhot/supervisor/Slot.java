package io.jhot.supervisor;

import java.util.List;
import java.util.SortedSet;
import org.jspecify.annotations.Nullable;

/**
 * A place in the service that generations follow one another in. A fleet has one.
 *
 * @param generations by ascending number; those that are alive, and the last few that are gone
 * @param lastServed the number of the generation that became LIVE last; 0: none
 * @param lastHeld while nobody serves: what the last one to serve held when it died
 * @param rollback whose death makes one that drains take over again; null: none is to
 * @param makingRoom every generation that is there is on its way out, so that the next one can
 *     start: two do not fit
 * @param restarts how many restarts in a row there were
 * @param restartAt when the next restart is due, in monotonic milliseconds; {@link Timer#NEVER}:
 *     none is
 */
public record Slot(
    List<Generation> generations,
    int lastServed,
    SortedSet<Integer> lastHeld,
    @Nullable Rollback rollback,
    boolean makingRoom,
    int restarts,
    long restartAt) {

  /**
   * A generation that served has died, and one that drains is to take over again.
   *
   * @param from the number of the one that died
   * @param how its process ended
   */
  public record Rollback(int from, Reason how) {}

  /** Before any generation. */
  static final Slot EMPTY = new Slot(List.of(), 0, Ids.NONE, null, false, 0, Timer.NEVER);

  /** The generation of that number, or null if it is not known, or gone for long. */
  public @Nullable Generation generation(int number) {
    for (int i = 0; i < generations.size(); i++) {
      if (generations.get(i).number() == number) {
        return generations.get(i);
      }
    }
    return null;
  }

  @Nullable Generation in(Phase phase) {
    for (int i = 0; i < generations.size(); i++) {
      if (generations.get(i).phase() == phase) {
        return generations.get(i);
      }
    }
    return null;
  }

  /** When the next thing happens in it if nothing else does. */
  long nextDeadline() {
    long next = restartAt;
    for (int i = 0; i < generations.size(); i++) {
      next = Math.min(next, generations.get(i).deadline());
    }
    return next;
  }
}
