package io.jhot.runtime.child;

import io.jhot.ffm.ExitStatus;
import io.jhot.ffm.Signal;

/**
 * Detects a JVM that could not be created with jhot's agent: its runtime image lacks
 * java.instrument, the agent's jar is unreadable for it, or a patch was refused. Such a JVM ends
 * before the app's first line and without the agent's hello, so the program can be started again
 * without the agent.
 *
 * <p>Not decided for a script: it may have done half of its work already.
 */
public final class AgentRefusal {
  /** The exit code of a launcher whose JVM could not be created. */
  private static final int NO_JVM = 1;

  private AgentRefusal() {}

  /** Whether that can be the reason why a child has ended. */
  public static boolean mayBe(Child child) {
    return child.welcome != null && !child.greeted;
  }

  /**
   * Whether that is the reason.
   *
   * @param child one that may have
   * @param name of the program that ended
   */
  public static boolean is(Child child, String name, ExitStatus status) {
    boolean refused =
        status.signaled() ? status.value() == Signal.ABRT.number() : status.value() == NO_JVM;
    return mayBe(child) && refused && name.equals("java");
  }
}
