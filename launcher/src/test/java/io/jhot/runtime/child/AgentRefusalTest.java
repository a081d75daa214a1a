package io.jhot.runtime.child;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.jhot.ffm.ExitStatus;
import io.jhot.ffm.Signal;
import io.jhot.protocol.Message;
import java.util.List;
import org.junit.jupiter.api.Test;

class AgentRefusalTest {
  private static final ExitStatus NO_JVM = new ExitStatus(false, 1, false);

  private final Child child = new Child(1, 4711, null);

  {
    child.welcome = new Message.Welcome(1, 3, 4, -1, -1, true, false, List.of());
  }

  @Test
  void aJavaThatCouldNotBeginOrAbortedHasRefusedTheAgent() {
    assertTrue(AgentRefusal.is(child, "java", NO_JVM));
    assertTrue(AgentRefusal.is(child, "java", new ExitStatus(true, Signal.ABRT.number(), true)));
  }

  @Test
  void anAppThatBeganOrWasEndedOrAScriptHasNot() {
    assertFalse(AgentRefusal.is(child, "sh", NO_JVM), "it may have done half of its work");
    assertFalse(AgentRefusal.is(child, "java", new ExitStatus(false, 0, false)));
    assertFalse(AgentRefusal.is(child, "java", new ExitStatus(false, 143, false)));
    assertFalse(AgentRefusal.is(child, "java", new ExitStatus(true, Signal.KILL.number(), false)));
    child.greeted = true;
    assertFalse(AgentRefusal.is(child, "java", NO_JVM));
  }

  @Test
  void whereNoAgentWasOfferedNoneIsRefused() {
    child.welcome = null;
    assertFalse(AgentRefusal.is(child, "java", NO_JVM));
  }
}
