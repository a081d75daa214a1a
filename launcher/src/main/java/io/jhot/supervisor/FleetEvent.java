package io.jhot.supervisor;

/**
 * What has become of the fleet, as a fact for whoever reads the stream of events: the log, the
 * status, who waits for a reload. {@link Wording} has the words for it, and says how much an
 * operator cares.
 */
public sealed interface FleetEvent {

  /** The generation that it is about; 0: none, or all. */
  int generation();

  /** A generation after the first one is being started. */
  record GenerationStarted(int generation) implements FleetEvent {}

  /** It is ready, and its probe begins. */
  record ProbeBegan(int generation, Reason because) implements FleetEvent {}

  /**
   * An attempt of the probe has ended; told when its outcome is another one than before.
   *
   * @param ok it was a success
   * @param seen what the probe saw, as a clause about it of at most {@link Reason#MAX_TEXT}
   *     characters
   */
  record Probed(int generation, boolean ok, String seen) implements FleetEvent {
    /** Bounds the text. */
    public Probed {
      seen = Reason.bounded(seen);
    }
  }

  /** It is ready, and its warm-up begins. */
  record WarmUpBegan(int generation, Reason because) implements FleetEvent {}

  /**
   * It is warmed up.
   *
   * @param seen what came of it, as a clause about the warm-up of at most {@link Reason#MAX_TEXT}
   *     characters
   */
  record WarmedUp(int generation, String seen) implements FleetEvent {
    /** Bounds the text. */
    public WarmedUp {
      seen = Reason.bounded(seen);
    }
  }

  /**
   * It serves, and no reload had asked for it.
   *
   * @param plain it is ready because it runs: nobody has to be told
   */
  record Served(int generation, Reason because, boolean plain) implements FleetEvent {}

  /** It serves, and all reloads that it answers are over. */
  record ReloadSucceeded(int generation, Reason because) implements FleetEvent {}

  /**
   * All reloads that a generation answers are over, and it does not serve.
   *
   * @param generation the one that was started, or, where none was, the one that would have been
   * @param because {@link Reason.Kind#JHOT_STOPS}, or why it does not serve
   */
  record ReloadFailed(int generation, Reason because) implements FleetEvent {}

  /**
   * A generation that no reload had asked for did not become ready.
   *
   * @param fine it has done its work and ended: no failure
   */
  record StartFailed(int generation, Reason because, boolean fine) implements FleetEvent {}

  /** An agent that was certain has not come in time. */
  record AgentMissed(int generation) implements FleetEvent {}

  /** Its app said that it will say when it is ready, when it served already. */
  record ReadyDeclaredTooLate(int generation) implements FleetEvent {}

  /**
   * The one that served has ended, and nobody had asked it to.
   *
   * @param failed it ended with something else than 0
   * @param successor the generation that is starting, 0: none is
   */
  record Died(int generation, Reason how, boolean failed, int successor) implements FleetEvent {}

  /** A generation that drains is to take over again. */
  record RollbackBegan(int generation) implements FleetEvent {}

  /** A generation that was draining serves again. */
  record RolledBack(int generation, Reason because) implements FleetEvent {}

  /**
   * Its drain has begun.
   *
   * @param delay for how many milliseconds it still accepts
   */
  record DrainBegan(int generation, Reason because, long delay) implements FleetEvent {}

  /** It accepts no connection any more. */
  record Parked(int generation) implements FleetEvent {}

  /** Its agent has not said in time that it accepts no more. */
  record ParkUnconfirmed(int generation) implements FleetEvent {}

  /** More generations drain than the operator allows; this one, the oldest, is ended. */
  record DrainLimitExceeded(int generation, int limit) implements FleetEvent {}

  /**
   * Its drain is over, and it is sent the stop signal.
   *
   * @param signal the number of that
   */
  record StopSent(int generation, int signal, Reason because) implements FleetEvent {}

  /** It has not ended in time, and its threads are dumped. */
  record DumpBegan(int generation) implements FleetEvent {}

  /** It has not ended in time, and is killed. */
  record KillSent(int generation) implements FleetEvent {}

  /** It is still there after SIGKILL. */
  record KillOutlived(int generation, int pid) implements FleetEvent {}

  /** A generation that was on its way out has ended. */
  record Ended(int generation, Reason how) implements FleetEvent {}

  /**
   * The service has failed and is started again later.
   *
   * @param generation the one that will be started
   * @param delay in how many milliseconds
   */
  record RestartPlanned(int generation, long delay) implements FleetEvent {}

  /** The service has failed after so many restarts in a row, and is not started again. */
  record RestartsExhausted(int restarts) implements FleetEvent {
    @Override
    public int generation() {
      return 0;
    }
  }
}
