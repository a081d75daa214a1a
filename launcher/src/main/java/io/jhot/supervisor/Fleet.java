package io.jhot.supervisor;

import java.util.List;
import java.util.SortedSet;

/**
 * All that jhot knows about its service: the state that {@link Transitions} steps through.
 *
 * @param policy what the operator wants
 * @param started {@link Event.Started} came
 * @param generations by ascending number; those that are alive, and the last few that are gone
 * @param lastNumber the number of the generation spawned last; 0: none
 * @param lastServed the number of the generation that became SERVING last; 0: none
 * @param own listeners that jhot opened or was given; kept until the end
 * @param adopted listeners that came from the app, and of which jhot keeps a copy
 * @param lastHeld while nobody serves: what the last one to serve held when it died
 * @param rollBack why a generation that drains is to take over again; null: none is
 * @param reloadPending a reload was asked for and no generation has been spawned since
 * @param makingRoom every generation that is there is on its way out, so that the next one can
 *     start: two do not fit
 * @param restarts how many restarts in a row there were
 * @param restartAt when the next restart is due, in monotonic milliseconds; {@link Long#MAX_VALUE}:
 *     none is
 * @param ending no generation is started any more
 * @param stopAsked the operator asked for the end
 * @param exitCode what jhot would exit with now; -1: no generation has come to an end that counts
 * @param listenersClosed {@link Effect.CloseListeners} was given
 * @param exited {@link Effect.Exit} was given; nothing follows it
 */
public record Fleet(
    Policy policy,
    boolean started,
    List<Generation> generations,
    int lastNumber,
    int lastServed,
    SortedSet<Integer> own,
    SortedSet<Integer> adopted,
    SortedSet<Integer> lastHeld,
    Reason rollBack,
    boolean reloadPending,
    boolean makingRoom,
    int restarts,
    long restartAt,
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
        List.of(),
        0,
        0,
        Ids.NONE,
        Ids.NONE,
        Ids.NONE,
        null,
        false,
        false,
        0,
        Long.MAX_VALUE,
        false,
        false,
        -1,
        false,
        false);
  }

  /** The generation of that number, or null if it is not known, or gone for long. */
  public Generation generation(int number) {
    for (int i = 0; i < generations.size(); i++) {
      if (generations.get(i).number() == number) {
        return generations.get(i);
      }
    }
    return null;
  }

  /** The generation that is not ready yet, or null. */
  public Generation starting() {
    return in(Phase.STARTING);
  }

  /** The generation that serves, or null. */
  public Generation serving() {
    return in(Phase.SERVING);
  }

  /** Whether a generation was told to park, or to take over again, and has not said that it did. */
  public boolean changesHands() {
    for (int i = 0; i < generations.size(); i++) {
      DrainStep step = generations.get(i).drainStep();
      if (step == DrainStep.PARK || step == DrainStep.RETURN) {
        return true;
      }
    }
    return false;
  }

  private Generation in(Phase phase) {
    for (int i = 0; i < generations.size(); i++) {
      if (generations.get(i).phase() == phase) {
        return generations.get(i);
      }
    }
    return null;
  }

  /**
   * The moment, in monotonic milliseconds, at which {@link Event.TimePassed} must come at the
   * latest; {@link Long#MAX_VALUE}: never.
   */
  public long nextDeadline() {
    if (exited) {
      return Long.MAX_VALUE;
    }
    long next = restartAt;
    for (int i = 0; i < generations.size(); i++) {
      next = Math.min(next, generations.get(i).deadline());
    }
    return next;
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
