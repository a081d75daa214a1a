package io.jhot.agent;

import java.lang.instrument.Instrumentation;

/**
 * The door of the agent, compiled for Java 8. Behind a wrapper script jhot cannot know which Java
 * comes; one that could not load this class would refuse to start the app.
 */
public final class Premain {
  private static final int FIRST = 17;

  private Premain() {}

  /**
   * Called by the JVM before the app's main method; never throws.
   *
   * @param arguments unused
   * @param instrumentation the JVM's
   */
  public static void premain(String arguments, Instrumentation instrumentation) {
    String version = System.getProperty("java.specification.version", "1.8");
    if (isOlder(version)) {
      if (System.getenv("JHOT_CONTROL_FD") != null) {
        System.err.println(
            "jhot: the agent needs Java "
                + FIRST
                + " and this is "
                + version
                + ": the app goes on without it; its sockets come from --listen only");
      }
      return;
    }
    try {
      Agent.premain(arguments, instrumentation); // first loaded here
    } catch (LinkageError e) {
      System.err.println("jhot: the agent cannot start: " + e + "; the app goes on without it");
    }
  }

  /** Whether {@code java.specification.version}, such as 1.8 or 21, is before the first. */
  static boolean isOlder(String version) {
    if (version.startsWith("1.")) {
      return true;
    }
    try {
      return Integer.parseInt(version) < FIRST;
    } catch (NumberFormatException e) {
      return false; // a form that only a later Java can have
    }
  }
}
