package io.jhot.runtime.control;

import io.jhot.runtime.control.FleetStatus.GenerationStatus;
import io.jhot.runtime.control.FleetStatus.ListenerStatus;
import java.util.ArrayList;
import java.util.List;

/**
 * A {@link FleetStatus} in as many answers as it takes, each of which fits into one datagram. The
 * server keeps nothing between them: each is the fleet as it is then, from where the one before
 * ended, so whatever was there all the time is shown once. Pure.
 */
public final class StatusPages {
  /** For the generations of one answer, in bytes; each one takes at most two thirds of it. */
  private static final int GENERATIONS = 52_000;

  /** For both lists. What {@code Wire.MAX_BYTES} leaves is for the rest. */
  private static final int LISTS = 60_000;

  private StatusPages() {}

  /**
   * One answer.
   *
   * @param all the whole fleet, both lists by ascending number
   * @param after the {@code next} of the answer before; 0: the first
   */
  public static Reply.Status page(FleetStatus all, long after) {
    int lastGeneration = (int) (after >> 32);
    int lastListener = (int) after;
    // the newest first: the one that serves is in the first answer
    int bytes = 0;
    boolean full = false;
    List<GenerationStatus> generations = new ArrayList<>();
    for (GenerationStatus one : all.generations().reversed()) {
      if ((lastGeneration == 0 || one.number() < lastGeneration) && !full) {
        int size = FleetFrames.size(one);
        full = bytes + size > GENERATIONS;
        if (!full) {
          bytes += size;
          lastGeneration = one.number();
          generations.addFirst(one);
        }
      }
    }
    List<ListenerStatus> listeners = new ArrayList<>();
    for (ListenerStatus one : all.listeners()) {
      if (one.number() > lastListener && !full) {
        int size = FleetFrames.size(one);
        full = bytes + size > LISTS;
        if (!full) {
          bytes += size;
          lastListener = one.number();
          listeners.add(one);
        }
      }
    }
    return new Reply.Status(
        with(all, listeners, generations), full ? (long) lastGeneration << 32 | lastListener : 0);
  }

  /** What two answers show together. */
  static FleetStatus joined(FleetStatus before, FleetStatus more) {
    List<ListenerStatus> listeners = new ArrayList<>(before.listeners());
    listeners.addAll(more.listeners());
    List<GenerationStatus> generations = new ArrayList<>(more.generations());
    generations.addAll(before.generations());
    return with(more, listeners, generations);
  }

  /** For a client that cannot ask for more: what there is room for, and that this is not all. */
  static FleetStatus only(FleetStatus part) {
    return new FleetStatus(
        part.name(),
        part.pid(),
        part.uptimeMillis(),
        part.listeners(),
        part.generations(),
        part.lastReload()
            + " (there is more to show than this command can read: use the jhot that the service"
            + " was started with)",
        part.lastCut());
  }

  private static FleetStatus with(
      FleetStatus status, List<ListenerStatus> listeners, List<GenerationStatus> generations) {
    return new FleetStatus(
        status.name(),
        status.pid(),
        status.uptimeMillis(),
        listeners,
        generations,
        status.lastReload(),
        status.lastCut());
  }
}
