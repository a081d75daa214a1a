package io.jhot.supervisor;

/** Whether a generation that starts is ready, as {@link ReadyRule} judges. */
enum Ready {
  /** It is ready. */
  YES,
  /** It lacks something that may yet come. */
  NOT_YET,
  /** Its agent is lost, and nobody else can make its sockets live: it will not be ready. */
  NEVER;

  /**
   * A judgement.
   *
   * @param because {@link #YES}: why it is ready; else what it lacks
   */
  record Verdict(Ready ready, Reason because) {
    boolean isYes() {
      return ready == YES;
    }
  }
}
