package io.jhot.runtime.child;

import io.jhot.ffm.ExitStatus;
import io.jhot.ffm.Signal;

/**
 * A JVM that could not be created with jhot's agent: its runtime image lacks java.instrument, the
 * agent's jar cannot be read from where it is, or what the agent did was refused. It ends before
 * the app's first line, and the agent never said hello; so the same program may be started once
 * more.
 *
 * <p>Behind a script nothing can be known: it may have done half of its work.
 */
public final class AgentRefusal {
  /** The exit code of a launcher whose JVM could not be created. */
  private static final int NO_JVM = 1;

  private AgentRefusal() {}

  /** Whether a child that has ended may have ended for that. */
  public static boolean mayBe(Child child) {
    return child.welcome != null && !child.greeted;
  }

  /**
   * Whether it has.
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
