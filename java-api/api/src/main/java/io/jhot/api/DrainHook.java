package io.jhot.api;

import java.util.concurrent.CompletionStage;

/**
 * Something that the app does once when its generation drains: it accepts no connection any more,
 * and a successor serves or the service ends.
 *
 * <p>Hooks are registered by {@link Jhot#onDrain}, or found by {@link java.util.ServiceLoader}.
 * They run in ascending {@link #phase}s, those of one phase side by side, each on a thread of its
 * own (a virtual one where the JVM has them), and each once in the life of a process, unless it is
 * {@link #resume resumed} in between.
 *
 * <p>Phases are numbers and not "before hook X": a number orders every pair of hooks, no matter who
 * wrote them, and goes on doing so when X is renamed or not there. They ascend in the order of
 * time.
 */
@FunctionalInterface
public interface DrainHook {

  /** The phase in which new work is to stop coming in: consumers are paused, jobs not started. */
  int STOP_INTAKE = -1000;

  /** The phase of a hook that declares none: what was {@link Jhot#track tracked} has ended. */
  int WORK_DONE = 0;

  /** The phase in which what everything else stood on is closed. */
  int RELEASE = 1000;

  /**
   * Called once in a drain. An exception, of whatever kind, is reported by the hook's name and
   * holds up nobody else; so is a hook that is still at it when the drain's time is up.
   *
   * @param context why, and how much time there is
   * @return what completes when the hook is done; null: it is done when it returns
   * @throws Exception when it could not do its work; jhot shows the exception's text
   */
  CompletionStage<?> drain(DrainContext context) throws Exception;

  /**
   * Takes up again what {@link #drain} has ended. Called when its generation serves again after
   * all: the successor died while this one still drained. It then has its listeners back, and may
   * serve for long. Hooks that have not begun by then stay as they are, and those that have are
   * asked when they are done, also if they failed: in descending phases, those of one phase side by
   * side, and the next phase after ten seconds at the latest. An exception is a line in the log.
   *
   * @return whether all is as before, so that the hook is to run again in the next drain; false:
   *     what it has ended stays ended
   * @throws Exception when it cannot be taken up; as false, and shown in the log
   */
  default boolean resume() throws Exception {
    return false;
  }

  /** {@return how {@code jhot status} and the log name it} Asked of those of ServiceLoader only. */
  default String name() {
    return getClass().getName();
  }

  /**
   * When it runs: lower ones first. Those below {@link #WORK_DONE} run before drain waits for
   * {@link Jhot#track tracked} work to end, the others after. Asked of hooks found by ServiceLoader
   * only.
   *
   * @return any number
   */
  default int phase() {
    return WORK_DONE;
  }
}
