package io.jhot.supervisor;

/**
 * How far a generation has come.
 *
 * @param stage where it is
 * @param why why it is there
 * @param phaseSince when it came into its {@link Phase}
 */
public record Progress(Stage stage, Reason why, long phaseSince) {

  Progress because(Reason reason) {
    return new Progress(stage, reason, phaseSince);
  }

  Progress enter(Stage next, Reason reason, long now) {
    return new Progress(next, reason, next.phase() == stage.phase() ? phaseSince : now);
  }
}
