package io.jhot.api;

import java.util.Objects;
import java.util.OptionalInt;

/**
 * What an app may say to jhot, and ask it. All methods are safe for any thread and none of them
 * throws because jhot is missing: without it a process is a first and only generation.
 *
 * @see io.jhot.api
 */
public final class Jhot {
  /** What {@code jhot status} shows of a text. */
  private static final int MOST_STATUS = 200;

  private static final Copy COPY = Copy.INSTANCE;

  private Jhot() {}

  // ---- readiness ----

  /**
   * The app can serve: its generation ends {@code STARTING}. Once is enough; said again, or by a
   * generation that drains, it changes nothing. A generation that never says so although it is
   * expected to is given up after {@code --ready-timeout}.
   */
  public static void ready() {
    COPY.say(Copy.READY);
  }

  /**
   * The app will call {@link #ready()}: until then it is not ready, whatever it listens on. To be
   * said before the app opens its first listener; the manifest attribute {@code Jhot-Ready:
   * explicit} of {@code java -jar}'s jar says the same, and {@code --ready notify} is the
   * operator's way to say it.
   */
  public static void readyIsExplicit() {
    COPY.say(Copy.EXPLICIT);
  }

  /**
   * How the app fares, for {@code jhot status}: {@code warming cache 40 %}. The last word counts.
   *
   * @param text one line; what is longer than 200 characters is cut
   */
  public static void status(String text) {
    String line = text.replace('\n', ' ');
    COPY.say(Copy.STATUS, line.length() > MOST_STATUS ? line.substring(0, MOST_STATUS) : line);
  }

  /** Which generation this is. */
  public static Generation generation() {
    if (COPY.say(Copy.GENERATION) instanceof Object[] told && told.length >= 3) {
      int predecessor = (Integer) told[2];
      return new Generation(
          (Integer) told[0],
          start((String) told[1]),
          predecessor > 0 ? OptionalInt.of(predecessor) : OptionalInt.empty());
    }
    return Generation.ALONE;
  }

  private static Generation.Start start(String word) {
    try {
      return Generation.Start.valueOf(word);
    } catch (IllegalArgumentException e) {
      return Generation.Start.RELOAD; // a newer jhot's word: it is not the first in any case
    }
  }

  // ---- drain ----

  /** Registers a hook in the phase {@link DrainHook#WORK_DONE}. */
  public static Registration onDrain(String name, DrainHook hook) {
    return onDrain(name, DrainHook.WORK_DONE, hook);
  }

  /**
   * Registers a hook. One that is registered while the drain runs, by another hook say, still runs
   * in it. Without jhot, hooks run when the JVM ends, by TERM or by itself, for at most 30 s
   * ({@code -Djhot.drain.seconds}).
   *
   * @param name how the log and {@code jhot status} name it
   * @param phase lower ones run first; see {@link DrainHook}
   * @return takes it back, unless it has begun
   */
  public static Registration onDrain(String name, int phase, DrainHook hook) {
    return COPY.hooks.add(Objects.requireNonNull(name), phase, Objects.requireNonNull(hook));
  }

  /**
   * Begins a unit of work that drain waits for: a job, a message that is consumed. Cheap: one
   * atomic addition.
   *
   * {@snippet :
   * try (var work = Jhot.track()) {
   *   handle(message);
   * }
   * }
   */
  public static InFlight track() {
    return new InFlight(COPY.hooks);
  }

  /**
   * Whether this generation drains: a consumer takes no new work then. Cheap: one volatile read.
   */
  public static boolean draining() {
    return COPY.draining();
  }
}
