package io.jhot.agent;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.BiFunction;

/**
 * Plays jhot's agent: io.jhot.api finds it by this name. It records what the API says, and lets a
 * test make the generation drain.
 */
public final class ApiDoor {
  /** What was said, each word with its first argument if it has one. */
  public static final List<String> SAID = new CopyOnWriteArrayList<>();

  private static volatile BiFunction<String, Object[], Object> copy;

  private ApiDoor() {}

  /** Called by the API. */
  public static Object open(int version, BiFunction<String, Object[], Object> api) {
    copy = api;
    BiFunction<String, Object[], Object> agent = ApiDoor::hear;
    return agent;
  }

  private static Object hear(String word, Object[] arguments) {
    SAID.add(arguments.length == 0 ? word : word + " " + arguments[0]);
    return null;
  }

  /** Lets the generation drain, or not. */
  public static void draining(boolean now) {
    copy.apply("draining", new Object[] {now});
  }

  /** Runs the hooks as jhot would. */
  public static void drain() {
    draining(true);
    long deadline = System.nanoTime() + 60_000_000_000L;
    copy.apply("drive", new Object[] {List.of(copy), "RELOAD", deadline, 1, 2});
  }

  /** The generation serves again after all. */
  public static void resume() {
    draining(false);
    copy.apply("drive-back", new Object[] {List.of(copy)});
  }

  /** How many units of work are in flight. */
  public static int inFlight() {
    return (Integer) copy.apply("in-flight", new Object[0]);
  }
}
