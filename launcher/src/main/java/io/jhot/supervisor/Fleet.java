package io.jhot.supervisor;

import java.util.List;
import java.util.SortedSet;
import org.jspecify.annotations.Nullable;

/**
 * All that jhot knows about its service: the state that {@link Transitions} steps through.
 *
 * @param policy what the operator wants
 * @param started {@link Event.Started} came
 * @param slots the places that generations follow one another in: one
 * @param lastNumber the number of the generation spawned last; 0: none
 * @param own listeners that jhot opened or was given; kept until the end
 * @param adopted listeners that came from the app, and of which jhot keeps a copy
 * @param reloadPending a reload was asked for and no generation has been spawned since
 * @param ending no generation is started any more
 * @param stopAsked the operator asked for the end
 * @param exitCode what jhot would exit with now; -1: no generation has come to an end that counts
 * @param listenersClosed {@link Effect.CloseListeners} was given
 * @param exited {@link Effect.Exit} was given; nothing follows it
 */
public record Fleet(
    Policy policy,
    boolean started,
    List<Slot> slots,
    int lastNumber,
    SortedSet<Integer> own,
    SortedSet<Integer> adopted,
    boolean reloadPending,
    boolean ending,
    boolean stopAsked,
    int exitCode,
    boolean listenersClosed,
    boolean exited) {

  /** The fleet before {@link Event.Started}. */
  public static Fleet initial(Policy policy) {
    return new Fleet(
        policy,
        false,
        List.of(Slot.EMPTY),
        0,
        Ids.NONE,
        Ids.NONE,
        false,
        false,
        false,
        Ending.UNKNOWN,
        false,
        false);
  }

  /** The one slot that there is. */
  public Slot slot() {
    return slots.get(0);
  }

  /** The generations of all slots. */
  public List<Generation> generations() {
    return slot().generations();
  }

  /** The generation of that number, or null if it is not known, or gone for long. */
  public @Nullable Generation generation(int number) {
    return slot().generation(number);
  }

  /** The generation that is not ready yet, or null. */
  public @Nullable Generation starting() {
    return slot().in(Phase.STARTING);
  }

  /** The generation that serves, or null. */
  public @Nullable Generation serving() {
    return slot().in(Phase.SERVING);
  }

  /** The number of the generation that became LIVE last; 0: none. */
  public int lastServed() {
    return slot().lastServed();
  }

  /** Whether a generation was told to park, or to take over again, and has not said that it did. */
  public boolean changesHands() {
    for (int i = 0; i < generations().size(); i++) {
      Stage stage = generations().get(i).stage();
      if (stage == Stage.PARKING || stage == Stage.RETURNING) {
        return true;
      }
    }
    return false;
  }

  /** The listeners that generations still accept from, or may take. */
  public SortedSet<Integer> inUse() {
    SortedSet<Integer> all = Ids.NONE;
    for (int i = 0; i < generations().size(); i++) {
      Generation g = generations().get(i);
      if (g.alive()) {
        all = Ids.union(all, g.sockets().inUse());
      }
    }
    return all;
  }

  /**
   * The moment, in monotonic milliseconds, at which {@link Event.TimePassed} must come at the
   * latest; {@link Timer#NEVER}: never.
   */
  public long nextDeadline() {
    return exited ? Timer.NEVER : slot().nextDeadline();
  }

  /**
   * The number of the generation whose {@link FleetEvent.ReloadSucceeded} or {@link
   * FleetEvent.ReloadFailed} answers a {@link Event.ReloadRequested} that has just been stepped:
   * ask right after that step. A request is also answered by one of a higher number.
   */
  public int answeringGeneration() {
    return reloadPending || ending ? lastNumber + 1 : lastNumber;
  }
}
