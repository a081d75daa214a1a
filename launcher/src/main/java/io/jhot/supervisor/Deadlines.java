package io.jhot.supervisor;

/**
 * What awaits a generation, and when.
 *
 * @param timer what happens to it next if nothing else does
 * @param lookAt when its listeners are looked for from outside next
 * @param limit {@link Phase#STARTING}: when its start has failed; {@link Phase#DRAINING}, {@link
 *     Phase#STOPPING}: when it is ended by force
 */
public record Deadlines(Timer timer, long lookAt, long limit) {

  static final Deadlines NONE = new Deadlines(Timer.NONE, Timer.NEVER, Timer.NEVER);

  Deadlines withTimer(Timer next) {
    return new Deadlines(next, lookAt, limit);
  }

  Deadlines withLookAt(long moment) {
    return new Deadlines(timer, moment, limit);
  }

  Deadlines withLimit(long moment) {
    return new Deadlines(timer, lookAt, moment);
  }
}
