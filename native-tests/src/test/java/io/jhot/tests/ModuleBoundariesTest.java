package io.jhot.tests;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.assignableTo;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.conditions.ArchConditions.callMethodWhere;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaMethodCall;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.lang.ArchRule;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/**
 * Who may know whom: {@code cli -> {config, host, runtime, text}}, {@code runtime -> {config, host,
 * supervisor, protocol, text, ffm}}, {@code host -> {config, supervisor, ffm}}, {@code config ->
 * {supervisor, ffm}}, {@code agent -> {protocol, ffm}}; nothing points back.
 */
class ModuleBoundariesTest {
  private static final JavaClasses PRODUCT =
      new ClassFileImporter()
          .importPaths(
              Path.of("../ffm-bindings/target/classes"),
              Path.of("../java-api/api/target/classes"),
              Path.of("../java-api/agent/target/classes"),
              Path.of("../launcher/target/classes"));

  /**
   * Packages that NullAway does not look at: generated ones, and those whose nulls their javadoc
   * alone tells. One that is marked leaves this list.
   */
  private static final SortedSet<String> NOT_NULL_MARKED = new TreeSet<>(Set.of("io.jhot.ffm.gen"));

  @Test
  void theSupervisorKnowsNobody() {
    check(onlyKnows("io.jhot.supervisor.."));
  }

  @Test
  void theApiKnowsNobodyAndTheAgentDoesNotKnowIt() {
    check(onlyKnows("io.jhot.api.."));
    check(
        noClasses()
            .that(resideInAPackage("io.jhot.agent.."))
            .should()
            .dependOnClassesThat(resideInAPackage("io.jhot.api..")));
  }

  @Test
  void theProtocolKnowsNobody() {
    check(onlyKnows("io.jhot.protocol.."));
  }

  @Test
  void theWayTextIsWrittenKnowsNobody() {
    check(onlyKnows("io.jhot.text.."));
  }

  @Test
  void theBindingsKnowNobody() {
    check(onlyKnows("io.jhot.ffm.."));
  }

  @Test
  void theConfigurationKnowsTheSupervisorAndTheNamesOfSignals() {
    check(onlyKnows("io.jhot.config..", "io.jhot.supervisor..", "io.jhot.ffm"));
  }

  @Test
  void theRuntimeDoesNotKnowTheCommandLine() {
    check(
        onlyKnows(
            "io.jhot.runtime..",
            "io.jhot.config..",
            "io.jhot.host..",
            "io.jhot.supervisor..",
            "io.jhot.protocol..",
            "io.jhot.text..",
            "io.jhot.ffm"));
  }

  @Test
  void eachPackageOfTheRuntimeKnowsOnlyThoseBelowIt() {
    checkLayers(
        "io.jhot.runtime.poll",
        "io.jhot.runtime.control",
        "io.jhot.runtime",
        "io.jhot.runtime.child",
        "io.jhot.runtime.trial",
        "io.jhot.runtime.linux");
  }

  @Test
  void eachPackageOfTheAgentKnowsOnlyThoseBelowIt() {
    checkLayers(
        "io.jhot.protocol",
        "io.jhot.agent.patch",
        "io.jhot.agent.channel",
        "io.jhot.agent.app",
        "io.jhot.agent.drain",
        "io.jhot.agent.listen",
        "io.jhot.agent.api",
        "io.jhot.agent");
  }

  @Test
  void theAgentKnowsTheProtocolAndTheBindings() {
    check(
        noClasses()
            .that(resideInAPackage("io.jhot.agent.."))
            .should()
            .dependOnClassesThat(
                resideInAPackage("io.jhot..")
                    .and(not("io.jhot.agent.."))
                    .and(not("io.jhot.protocol.."))
                    .and(not("io.jhot.ffm"))));
  }

  /** NullAway (make check) looks at packages that are marked, and at no others. */
  @Test
  void everyPackageSaysWhatMayBeNull() {
    SortedSet<String> unmarked = new TreeSet<>();
    for (JavaClass type : PRODUCT) {
      if (type.getPackageName().startsWith("io.jhot.")
          && !type.getPackage().isAnnotatedWith("org.jspecify.annotations.NullMarked")) {
        unmarked.add(type.getPackageName());
      }
    }
    assertEquals(NOT_NULL_MARKED, unmarked);
  }

  @Test
  void whatLooksAtTheHostKnowsNoLoop() {
    check(onlyKnows("io.jhot.host..", "io.jhot.config..", "io.jhot.supervisor..", "io.jhot.ffm"));
  }

  @Test
  void noPackagesFormACycle() {
    check(slices().matching("io.jhot.(**)").should().beFreeOfCycles());
  }

  @Test
  void onlyTheCommandLineKnowsPicocli() {
    check(
        noClasses()
            .that(resideInAPackage("io.jhot..").and(not("io.jhot.cli..")))
            .should()
            .dependOnClassesThat(resideInAPackage("picocli..")));
  }

  @Test
  void onlyTheBindingsUseTheForeignFunctionInterface() {
    check(
        noClasses()
            .that(resideInAPackage("io.jhot..").and(not("io.jhot.ffm..")))
            .should()
            .dependOnClassesThat(resideInAPackage("java.lang.foreign..")));
  }

  @Test
  void onlyTheBindingsUseTheGeneratedBindings() {
    check(
        noClasses()
            .that(resideInAPackage("io.jhot..").and(not("io.jhot.ffm..")))
            .should()
            .dependOnClassesThat(resideInAPackage("io.jhot.ffm.gen..")));
  }

  @Test
  void processesAreStartedByTheBindingsAndNotByTheJdk() {
    check(
        noClasses()
            .should()
            .dependOnClassesThat(assignableTo(ProcessBuilder.class).or(assignableTo(Process.class)))
            .orShould(
                callMethodWhere(call("Runtime.exec", call -> owner(call, Runtime.class, "exec")))));
  }

  @Test
  void theSupervisorHasNoClock() {
    check(
        noClasses()
            .that(resideInAPackage("io.jhot.supervisor.."))
            .should()
            .dependOnClassesThat(
                resideInAnyPackage("java.time..", "java.util.concurrent..")
                    .or(assignableTo(java.util.Date.class))
                    .or(assignableTo(Thread.class)))
            .orShould(
                callMethodWhere(
                    call(
                        "a clock of System",
                        call ->
                            owner(call, System.class, "nanoTime")
                                || owner(call, System.class, "currentTimeMillis")))));
  }

  @Test
  void noTestServerIsPartOfTheBuildOfJhot() throws IOException {
    Path root = Path.of("..").toAbsolutePath().normalize();
    Path servers = root.resolve("native-tests/servers");
    List<String> inside = new ArrayList<>();
    Deque<Path> folders = new ArrayDeque<>(List.of(root));
    while (!folders.isEmpty()) {
      Path folder = folders.remove();
      String pom = Files.readString(folder.resolve("pom.xml"));
      if (folder.startsWith(servers) || pom.contains("<groupId>com.example.servers</groupId>")) {
        inside.add(folder.toString());
      }
      Matcher module = Pattern.compile("<module>([^<]+)</module>").matcher(pom);
      while (module.find()) {
        folders.add(folder.resolve(module.group(1)));
      }
    }
    assertEquals(List.of(), inside);
    assertTrue(Files.readString(servers.resolve("pom.xml")).contains("com.example.servers"));
  }

  /**
   * Checks that a package knows none of those behind it.
   *
   * @param packages names without those below, from the lowest to the highest
   */
  private static void checkLayers(String... packages) {
    for (int i = 0; i + 1 < packages.length; i++) {
      String[] above = Arrays.copyOfRange(packages, i + 1, packages.length);
      check(
          noClasses()
              .that(resideInAPackage(packages[i]))
              .should()
              .dependOnClassesThat(resideInAnyPackage(above)));
    }
  }

  private static void check(ArchRule rule) {
    rule.check(PRODUCT);
  }

  /**
   * What lives in the first package depends on java.base, on itself and on the other packages; and
   * names annotations of JSpecify, whose classes nobody needs to run.
   */
  private static ArchRule onlyKnows(String... packages) {
    DescribedPredicate<JavaClass> known =
        resideInAnyPackage(packages)
            .or(resideInAnyPackage("java.lang..", "java.io..", "java.math..", "java.net.."))
            .or(resideInAnyPackage("java.nio..", "java.util..", "java.time.."))
            .or(resideInAPackage("org.jspecify.annotations"))
            .or(DescribedPredicate.describe("primitives", JavaClass::isPrimitive));
    return classes().that(resideInAPackage(packages[0])).should().onlyDependOnClassesThat(known);
  }

  private static DescribedPredicate<JavaClass> not(String packages) {
    return DescribedPredicate.not(resideInAPackage(packages));
  }

  private static DescribedPredicate<JavaMethodCall> call(
      String what, Predicate<JavaMethodCall> calls) {
    return DescribedPredicate.describe(what, calls);
  }

  private static boolean owner(JavaMethodCall call, Class<?> type, String method) {
    return call.getTargetOwner().isEquivalentTo(type) && call.getName().equals(method);
  }
}
