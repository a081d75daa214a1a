package io.jhot.supervisor;

import io.jhot.supervisor.Slot.Rollback;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.SortedSet;
import org.jspecify.annotations.Nullable;

/** A {@link Slot} while a step changes it; the fields are the record's, and told there. */
final class MutableSlot {

  /** How many generations that are gone it remembers, for the operator to look at. */
  static final int GONE_REMEMBERED = 3;

  final List<MutableGeneration> generations = new ArrayList<>();
  int lastServed;
  SortedSet<Integer> lastHeld;
  @Nullable Rollback rollback;
  boolean makingRoom;
  int restarts;
  long restartAt;

  MutableSlot(Slot from) {
    for (int i = 0; i < from.generations().size(); i++) {
      generations.add(new MutableGeneration(from.generations().get(i)));
    }
    lastServed = from.lastServed();
    lastHeld = from.lastHeld();
    rollback = from.rollback();
    makingRoom = from.makingRoom();
    restarts = from.restarts();
    restartAt = from.restartAt();
  }

  Slot freeze() {
    List<Generation> frozen = new ArrayList<>(generations.size());
    int gone = 0;
    for (int i = generations.size() - 1; i >= 0; i--) {
      MutableGeneration g = generations.get(i);
      if (g.alive() || ++gone <= GONE_REMEMBERED) {
        frozen.add(g.freeze());
      }
    }
    Collections.reverse(frozen);
    return new Slot(
        Collections.unmodifiableList(frozen),
        lastServed,
        lastHeld,
        rollback,
        makingRoom,
        restarts,
        restartAt);
  }

  @Nullable MutableGeneration generation(int number) {
    for (int i = 0; i < generations.size(); i++) {
      if (generations.get(i).number() == number) {
        return generations.get(i);
      }
    }
    return null;
  }

  /** The generation that is not ready yet, or null. */
  @Nullable MutableGeneration starting() {
    return in(Phase.STARTING);
  }

  /** The generation that serves, or null. */
  @Nullable MutableGeneration serving() {
    return in(Phase.SERVING);
  }

  /** The generation that was asked to take over again, or null. */
  @Nullable MutableGeneration returning() {
    for (int i = 0; i < generations.size(); i++) {
      if (generations.get(i).stage() == Stage.RETURNING) {
        return generations.get(i);
      }
    }
    return null;
  }

  private @Nullable MutableGeneration in(Phase phase) {
    for (int i = 0; i < generations.size(); i++) {
      if (generations.get(i).phase() == phase) {
        return generations.get(i);
      }
    }
    return null;
  }

  boolean anyIsAlive() {
    for (int i = 0; i < generations.size(); i++) {
      if (generations.get(i).alive()) {
        return true;
      }
    }
    return false;
  }

  /** Whether one that never served has not ended yet. */
  boolean failedOneIsStillThere() {
    for (int i = 0; i < generations.size(); i++) {
      if (generations.get(i).alive() && generations.get(i).number() > lastServed) {
        return true;
      }
    }
    return false;
  }

  /** The first whose timer is due, or null. */
  @Nullable MutableGeneration due(long now) {
    for (int i = 0; i < generations.size(); i++) {
      long at = generations.get(i).timer().at();
      if (at <= now && at != Timer.NEVER) {
        return generations.get(i);
      }
    }
    return null;
  }
}
