package io.jhot.runtime;

import io.jhot.protocol.Excerpt;
import io.jhot.supervisor.Effect.Level;

/**
 * One event of the fleet as it stands in the {@link EventStream}. Its texts are bounded, whatever
 * an app or a client put into them.
 *
 * @param version of this form; a new field makes a new one
 * @param number 1 for the first record of this jhot, and one more for each that follows
 * @param time milliseconds since 1970
 * @param instance the instance's name
 * @param generation the generation that it concerns; 0: none, or all
 * @param step how far that one had come, as {@code jhot status} says it, such as {@code
 *     draining/connections}; empty: not known
 * @param millis how long it took: a start, a hook, or the step of the generation that ended with
 *     it; else how long the generation has been in that step; -1: not known
 * @param level how much an operator cares
 * @param reason one line for people, as the log has it
 * @param event what has happened, for programs
 */
public record StreamRecord(
    int version,
    long number,
    long time,
    String instance,
    int generation,
    String step,
    long millis,
    Level level,
    String reason,
    StreamEvent event) {
  /** The version that this jhot writes. */
  public static final int VERSION = 1;

  /** Bounds of the texts, in bytes of UTF-8. */
  static final int MAX_INSTANCE = 200;

  static final int MAX_STEP = 100;
  static final int MAX_REASON = 3_800;

  /** Bounds the texts. */
  public StreamRecord {
    instance = Excerpt.of(instance, MAX_INSTANCE);
    step = Excerpt.of(step, MAX_STEP);
    reason = Excerpt.of(reason, MAX_REASON);
  }
}
