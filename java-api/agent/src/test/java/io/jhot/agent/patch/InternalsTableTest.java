package io.jhot.agent.patch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.jhot.agent.app.AppClasses;
import io.jhot.agent.fixtures.Jdk;
import io.jhot.agent.patch.ClassPatch.Prologue;
import java.io.IOException;
import java.lang.classfile.ClassFile;
import java.lang.classfile.constantpool.PoolEntry;
import java.lang.classfile.constantpool.StringEntry;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** docs/internals.md: what of the JDK's internals the agent stands on, and in which releases. */
class InternalsTableTest {
  private static final Path PAGE = Path.of("..", "..", "docs", "internals.md");

  /** {@code | `owner.name(type)` | how | releases |} */
  private static final Pattern ROW =
      Pattern.compile("\\| `([^`]+)` \\| (patched|called|looked up) \\| (\\d*-?\\d*) \\|");

  private static final Pattern MEMBER = Pattern.compile("(\\S+)\\.([^.(:]+)(?:: )?(.+)");

  /**
   * One row.
   *
   * @param first the first release that has it
   * @param last the last one
   */
  record Row(String member, String how, int first, int last) {
    boolean isIn(int release) {
      return first <= release && release <= last;
    }
  }

  private static TreeMap<String, Row> table() throws IOException {
    TreeMap<String, Row> rows = new TreeMap<>();
    for (String line : Files.readAllLines(PAGE)) {
      Matcher row = ROW.matcher(line);
      if (row.matches()) {
        String releases = row.group(3);
        int dash = releases.indexOf('-');
        String last = dash < 0 ? releases : releases.substring(dash + 1);
        int first = Integer.parseInt(dash < 0 ? releases : releases.substring(0, dash));
        Row one =
            new Row(
                row.group(1),
                row.group(2),
                first,
                last.isEmpty() ? Integer.MAX_VALUE : Integer.parseInt(last));
        assertTrue(rows.put(one.member(), one) == null, () -> "twice: " + one);
      }
    }
    return rows;
  }

  @Test
  void allThatIsPatchedOrCalledIsInTheTableAndNothingElse() throws IOException {
    TreeSet<String> patched = new TreeSet<>();
    InternalsTest.ALL.forEach(
        (owner, lists) -> {
          for (List<Prologue> prologues : lists) {
            for (Prologue one : prologues) {
              patched.add(owner.replace('.', '/') + "." + one.method() + one.descriptor());
            }
          }
        });
    for (AppClasses.Patch patch : AppClasses.Known.ANSWERS) {
      if (patch.name().startsWith("sun/")) {
        for (Prologue one : patch.prologues()) {
          patched.add(patch.name() + "." + one.method() + one.descriptor());
        }
      }
    }
    TreeSet<String> called = new TreeSet<>();
    for (UsedMember used : UsedMember.all()) {
      if (used.isInternal()) {
        called.add(used.toString());
      }
    }
    called.removeAll(patched);
    assertHasRows("patched", patched);
    assertHasRows("called", called);
  }

  private static void assertHasRows(String how, TreeSet<String> used) throws IOException {
    TreeSet<String> rows = new TreeSet<>();
    for (Row row : table().values()) {
      if (row.how().equals(how)) {
        rows.add(row.member());
      }
    }
    TreeSet<String> lacking = new TreeSet<>(used);
    lacking.removeAll(rows);
    assertEquals(new TreeSet<>(), lacking, () -> how + ", and without a row in " + PAGE);
    rows.removeAll(used);
    assertEquals(new TreeSet<>(), rows, () -> "not " + how + " any more, but a row in " + PAGE);
  }

  static Iterable<Jdk> jdks() {
    return Jdk.known();
  }

  @ParameterizedTest
  @MethodSource("jdks")
  void eachJdkHasWhatTheTableSaysAndNothingElse(Jdk jdk) throws IOException {
    TreeSet<String> expected = new TreeSet<>();
    TreeSet<String> found = new TreeSet<>();
    try (JdkClasses classes = JdkClasses.of(jdk)) {
      for (Row row : table().values()) {
        Matcher member = MEMBER.matcher(row.member());
        assertTrue(member.matches(), row::member);
        if (row.isIn(jdk.version())) {
          expected.add(row.member());
        }
        if (classes.has(member.group(1), member.group(2), member.group(3))) {
          found.add(row.member());
        }
      }
    }
    assertEquals(String.join("\n", expected), String.join("\n", found));
    assertTrue(expected.size() > 60, expected.size() + " rows");
  }

  /** Whoever looks a member of the JDK up by its name; others do so with classes of the app. */
  private static final List<String> LOOKUPS =
      List.of(
          "classes/io/jhot/agent/app/AppThreads",
          "classes/io/jhot/agent/drain/AppConnections",
          "classes/io/jhot/agent/drain/JdkServer",
          "classes/io/jhot/agent/drain/Tls",
          "hook-classes/sun/nio/ch/JhotAccepts",
          "hook-classes/sun/nio/ch/JhotDrain",
          "hook-classes/sun/nio/ch/JhotSockets",
          "hook-classes/sun/nio/ch/JhotThreads",
          "hook-classes/sun/nio/ch/JhotThreads$Later");

  /** States, versions and headers that stand beside the names. */
  private static final Set<String> NO_MEMBERS =
      Set.of("IDLE", "NEWLY_ACCEPTED", "REQUEST", "TLS13", "set", "Connection", "close");

  @Test
  void allThatIsLookedUpByNameIsInTheTableAndNothingElse() throws IOException {
    TreeSet<String> names = new TreeSet<>();
    for (String user : LOOKUPS) {
      Path file = Path.of("target", user + ".class");
      for (PoolEntry entry : ClassFile.of().parse(file).constantPool()) {
        if (entry instanceof StringEntry string && isName(string.stringValue())) {
          names.add(string.stringValue());
        }
      }
    }
    names.removeAll(NO_MEMBERS);
    TreeSet<String> known = new TreeSet<>();
    TreeSet<String> stale = new TreeSet<>();
    for (Row row : table().values()) {
      Matcher member = MEMBER.matcher(row.member());
      assertTrue(member.matches(), row::member);
      known.add(member.group(2));
      known.add(member.group(1).substring(member.group(1).lastIndexOf('/') + 1));
      if (row.how().equals("looked up") && !names.contains(member.group(2))) {
        stale.add(row.member());
      }
    }
    assertEquals(new TreeSet<>(), stale, () -> "not looked up any more, but a row in " + PAGE);
    names.removeAll(known);
    assertEquals(new TreeSet<>(), names, () -> "looked up, and without a row in " + PAGE);
  }

  private static boolean isName(String text) {
    return text.chars().allMatch(Character::isJavaIdentifierPart);
  }

  @Test
  void eachSectionSaysWhatIsLostWithoutItsRows() throws IOException {
    int sections = 0;
    for (String section : Files.readString(PAGE).split("\n## ")) {
      if (section.contains("\n| `")) {
        sections++;
        String text = section.substring(section.indexOf('\n')).strip();
        assertTrue(text.startsWith("Without these"), section);
      }
    }
    assertTrue(sections > 5, sections + " sections");
  }

  @Test
  void thePageNamesTheReleasesThatTheAgentTakesForKnown() throws IOException {
    String page = Files.readString(PAGE);
    int from = page.indexOf("\nSeen in: ");
    String line = page.substring(from, page.indexOf('.', from));
    for (int release : HookClasses.TESTED) {
      assertTrue(line.contains(" " + release), release + " in" + line);
    }
  }

  @Test
  void whereTheAgentDoesNotLookForThemAllThatTheHookLinksToIsKnownToBeThere() throws IOException {
    TreeMap<String, Row> rows = table();
    int checked = 0;
    for (UsedMember used : UsedMember.all()) {
      String user = used.user().getFileName().toString().replace(".class", "");
      if (used.isInternal() && HookClasses.LINKED.contains(user)) {
        checked++;
        for (int release : HookClasses.TESTED) {
          assertTrue(rows.get(used.toString()).isIn(release), used + " is not in " + release);
        }
      }
    }
    assertTrue(checked > 20, checked + " members");
  }
}
