package io.jhot.agent.patch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.jhot.agent.fixtures.Jdk;
import java.util.TreeSet;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The agent is compiled against one JDK and runs in others: what it links to must be there, by name
 * and type, in each. The internals, which come and go, have a table of their own: {@link
 * InternalsTableTest}.
 */
class LinkageTest {
  /** Defined from Java 22 on only. */
  private static final String NATIVE_ACCESS = "java/lang/ModuleLayer$Controller.enableNativeAccess";

  static Iterable<Jdk> jdks() {
    return Jdk.known();
  }

  @ParameterizedTest
  @MethodSource("jdks")
  void everyExportedMemberThatTheAgentUsesIsInThatJdk(Jdk jdk) throws Exception {
    TreeSet<String> missing = new TreeSet<>();
    int checked = 0;
    try (JdkClasses classes = JdkClasses.of(jdk)) {
      for (UsedMember used : UsedMember.all()) {
        if (used.isInternal() || used.toString().startsWith(NATIVE_ACCESS) && jdk.version() < 22) {
          continue;
        }
        checked++;
        if (!classes.has(used.owner(), used.name(), used.type())) {
          missing.add(used + " for " + used.user());
        }
      }
    }
    assertEquals(new TreeSet<>(), missing);
    assertTrue(checked > 300, checked + " members");
  }
}
