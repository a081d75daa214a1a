package io.jhot.api;

import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * Something that the app does once when its generation drains: the generation accepts no more
 * connections, and a successor serves or the service ends.
 *
 * <p>Hooks are registered by {@link Jhot#onDrain}, or found by {@link java.util.ServiceLoader}.
 * They run in ascending {@link #phase}s, those of one phase side by side, each on a thread of its
 * own (a virtual one where the JVM has them), and each once in the life of a process, unless it is
 * {@link #resume resumed} in between.
 *
 * <p>Phases are numbers and not "before hook X": a number orders every pair of hooks, no matter who
 * wrote them, and still does when X is renamed or missing. They ascend in the order of time.
 */
@FunctionalInterface
public interface DrainHook {

  /** The phase that stops new work: consumers are paused, jobs not started. */
  int STOP_INTAKE = -1000;

  /** The phase of a hook that declares none: what was {@link Jhot#track tracked} has ended. */
  int WORK_DONE = 0;

  /** The phase that closes what everything else needed. */
  int RELEASE = 1000;

  /**
   * Called once in a drain. An exception of any kind is reported with the hook's name and delays no
   * other hook. A hook that still runs when the drain's time is up is reported too.
   *
   * @param context why, and how much time there is
   * @return what completes when the hook is done; null: it is done when it returns
   * @throws Exception when it could not do its work; jhot shows the exception's text
   */
  @Nullable CompletionStage<?> drain(DrainContext context) throws Exception;

  /**
   * Resumes what {@link #drain} has ended. Called when this generation serves again, because the
   * successor died while this one still drained. It then has its listeners back, and may serve for
   * long. Hooks that have not begun stay as they are. Hooks that have begun are asked when they are
   * done, also if they failed: in descending phases, those of one phase side by side, the next
   * phase after ten seconds at the latest. An exception is a line in the log.
   *
   * @return whether everything is as before, so that the hook runs again in the next drain; false:
   *     what it has ended stays ended
   * @throws Exception if it cannot resume; counts as false, and is shown in the log
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
