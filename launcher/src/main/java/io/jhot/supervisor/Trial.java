package io.jhot.supervisor;

/**
 * How the probe of a generation goes.
 *
 * @param attempt how many attempts were begun
 * @param attemptAt when the last one began
 * @param running an attempt is under way
 * @param successes how many attempts in a row succeeded
 * @param seen what the last attempt saw, as a clause about the probe; empty: none has ended
 */
public record Trial(int attempt, long attemptAt, boolean running, int successes, String seen) {

  static final Trial NONE = new Trial(0, 0, false, 0, "");

  Trial begun(long now) {
    return new Trial(attempt + 1, now, true, successes, seen);
  }

  Trial brokenOff() {
    return new Trial(attempt, attemptAt, false, successes, seen);
  }

  Trial ended(boolean ok, String saw) {
    return new Trial(attempt, attemptAt, false, ok ? successes + 1 : 0, saw);
  }

  Trial fromTheBegin() {
    return new Trial(attempt, attemptAt, running, 0, seen);
  }
}
