package io.jhot.tests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The C entry in a tree whose {@code java} is a fixture that reports what it was started with, so
 * that every fact here is one that the kernel told.
 */
class NativeEntryIT {
  private static final int REPORTED = 42;
  private static final int JHOT_FAILED = 125;

  @TempDir static Path compiled;
  @TempDir Path folder;

  private Path tree;
  private Path report;

  @BeforeAll
  static void compile() throws Exception {
    gcc(Path.of("../launcher/src/main/c/jhot.c"), compiled.resolve("jhot"));
    gcc(Path.of("src/test/c/report.c"), compiled.resolve("java"));
  }

  @BeforeEach
  void plantTree() throws IOException {
    report = folder.resolve("report");
    tree = folder.resolve("a tree with spaces");
    Path java = tree.resolve("lib/runtime/bin/java");
    Files.createDirectories(java.getParent());
    Files.createDirectories(tree.resolve("bin"));
    Files.copy(compiled.resolve("java"), java);
    Files.copy(compiled.resolve("jhot"), tree.resolve("bin/jhot"));
    Files.writeString(tree.resolve("lib/jvm.flags"), "-Xint\n");
  }

  @Test
  void theJvmGetsItsFlagsThenTheMainClassThenTheArgumentsAsTyped() throws Exception {
    assertEquals(REPORTED, run(jhot(), "exec", "--", "a b", "", "@x").code);
    assertEquals(
        List.of(
            "jhot",
            "@" + tree + "/lib/jvm.flags",
            "-XX:AOTCache=" + tree + "/lib/jhot.aot",
            "-Djhot.home=" + tree,
            "-m",
            "io.jhot.launcher/io.jhot.cli.Main",
            "exec",
            "--",
            "a b",
            "",
            "@x"),
        reported("argument"));
  }

  @Test
  void theTreeIsFoundThroughASymlinkToASymlink() throws Exception {
    Path first = Files.createSymbolicLink(folder.resolve("first"), tree.resolve("bin/jhot"));
    Path second = Files.createSymbolicLink(folder.resolve("second"), first.getFileName());
    assertEquals(REPORTED, run(second.toString()).code);
    assertEquals("-Djhot.home=" + tree, reported("argument").get(3));
  }

  @Test
  void theTreeIsFoundThroughARelativePath() throws Exception {
    assertEquals(REPORTED, run("bash", "-c", "PATH='a tree with spaces/bin' exec jhot").code);
    assertEquals("-Djhot.home=" + tree, reported("argument").get(3));
  }

  @Test
  void aTreeThatWasMovedIsFoundAtItsNewPlace() throws Exception {
    tree = Files.move(tree, folder.resolve("moved"));
    assertEquals(REPORTED, run(jhot()).code);
    assertEquals("-Djhot.home=" + tree, reported("argument").get(3));
  }

  @Test
  void closedStandardDescriptorsAreOpenedOnDevNull() throws Exception {
    assertEquals(REPORTED, run("bash", "-c", "exec \"$0\" <&- >&- 2>&-", jhot()).code);
    assertEquals(List.of("0 /dev/null", "1 /dev/null", "2 /dev/null"), reported("descriptor"));
  }

  @Test
  void onlyTheDescriptorThatIsClosedIsOpened() throws Exception {
    assertEquals(REPORTED, run("bash", "-c", "exec \"$0\" <jhot.in >&- 2>jhot.err", jhot()).code);
    assertEquals(
        List.of("0 " + folder.resolve("jhot.in"), "1 /dev/null", "2 " + folder.resolve("jhot.err")),
        reported("descriptor"));
  }

  @Test
  void otherDescriptorsPassUntouched() throws Exception {
    String command = "exec 3</dev/zero 9</dev/full; exec \"$0\" </dev/null >/dev/null 2>&1";
    assertEquals(REPORTED, run("bash", "-c", command, jhot()).code);
    assertEquals(
        List.of("0 /dev/null", "1 /dev/null", "2 /dev/null", "3 /dev/zero", "9 /dev/full"),
        reported("descriptor"));
  }

  @Test
  void exactlyTheSignalsThatJhotReadsAreBlocked() throws Exception {
    assertEquals(REPORTED, run(jhot()).code);
    assertEquals(
        new TreeSet<>(
            Set.of(
                "HUP", "INT", "QUIT", "USR1", "USR2", "TERM", "CHLD", "CONT", "TSTP", "TTIN",
                "TTOU", "WINCH")),
        new TreeSet<>(reported("blocked")));
  }

  @Test
  void variablesThatAJvmObeysArePutAsideForTheApp() throws Exception {
    assertEquals(
        REPORTED,
        run(
                "env",
                "JAVA_TOOL_OPTIONS=-Da=1 -Db=2",
                "JDK_JAVA_OPTIONS=-Dc=3",
                "_JAVA_OPTIONS=",
                "_JAVA_SR_SIGNUM=12",
                "OTHER=kept",
                jhot())
            .code);
    List<String> environment = reported("environment");
    assertTrue(
        environment.containsAll(
            List.of(
                "JHOT_APP_JAVA_TOOL_OPTIONS=-Da=1 -Db=2",
                "JHOT_APP_JDK_JAVA_OPTIONS=-Dc=3",
                "JHOT_APP__JAVA_OPTIONS=",
                "JHOT_APP__JAVA_SR_SIGNUM=12",
                "_JAVA_SR_SIGNUM=41",
                "OTHER=kept")),
        environment::toString);
    for (String name : List.of("JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS", "_JAVA_OPTIONS")) {
      assertFalse(environment.stream().anyMatch(each -> each.startsWith(name + "=")), name);
    }
  }

  @Test
  void nothingIsPutAsideThatWasNotSet() throws Exception {
    assertEquals(REPORTED, run("env", "-i", "REPORT=" + report, jhot()).code);
    assertEquals(
        List.of("REPORT=" + report, "_JAVA_SR_SIGNUM=41"),
        reported("environment").stream().sorted().toList());
  }

  @Test
  void optionsForJhotsOwnJvmComeAfterItsFlags() throws Exception {
    String options = " -Xlog:gc   -Da=1 ";
    assertEquals(
        REPORTED, run("env", "JHOT_JAVA_OPTIONS=" + options, jhot(), "exec", "--", "true").code);
    assertEquals(
        List.of(
            "-Djhot.home=" + tree,
            "-Xlog:gc",
            "-Da=1",
            "-m",
            "io.jhot.launcher/io.jhot.cli.Main",
            "exec",
            "--",
            "true"),
        reported("argument").stream().skip(3).toList());
    assertTrue(reported("environment").contains("JHOT_JAVA_OPTIONS=" + options));
  }

  @Test
  void aMissingRuntimeIsOneLineAnd125() throws Exception {
    Files.delete(tree.resolve("lib/runtime/bin/java"));
    assertFailsInOneLine(
        "jhot: execute " + tree + "/lib/runtime/bin/java: No such file or directory; ");
  }

  @Test
  void aRuntimeThatIsNotExecutableIsOneLineAnd125() throws Exception {
    assertTrue(tree.resolve("lib/runtime/bin/java").toFile().setExecutable(false, false));
    assertFailsInOneLine("jhot: execute " + tree + "/lib/runtime/bin/java: Permission denied; ");
  }

  @Test
  void missingFlagsAreOneLineAnd125() throws Exception {
    Files.delete(tree.resolve("lib/jvm.flags"));
    assertFailsInOneLine("jhot: read " + tree + "/lib/jvm.flags: No such file or directory; ");
  }

  private void assertFailsInOneLine(String beginning) throws Exception {
    Ended ended = run(jhot(), "exec", "--", "true");
    assertEquals(JHOT_FAILED, ended.code);
    assertEquals(1, ended.output.lines().count(), ended.output);
    assertTrue(ended.output.startsWith(beginning), ended.output);
  }

  private String jhot() {
    return tree.resolve("bin/jhot").toString();
  }

  private List<String> reported(String kind) throws IOException {
    List<String> values = new ArrayList<>();
    for (String line : Files.readAllLines(report)) {
      if (line.startsWith(kind + " ")) {
        values.add(line.substring(kind.length() + 1));
      }
    }
    return values;
  }

  private record Ended(int code, String output) {}

  private Ended run(String... command) throws Exception {
    Files.writeString(folder.resolve("jhot.in"), "");
    Path output = folder.resolve("output");
    ProcessBuilder builder = new ProcessBuilder(command);
    builder.directory(folder.toFile()).redirectErrorStream(true).redirectOutput(output.toFile());
    builder.environment().put("REPORT", report.toString());
    return new Ended(exitCode(builder), Files.readString(output));
  }

  private static void gcc(Path source, Path program) throws Exception {
    Path output = Files.createTempFile(compiled, "gcc", ".log");
    ProcessBuilder builder =
        new ProcessBuilder(
            List.of(
                "gcc",
                "-std=gnu17",
                "-Wall",
                "-Wextra",
                "-Werror",
                "-O2",
                "-o",
                program.toString(),
                source.toString()));
    builder.redirectErrorStream(true).redirectOutput(output.toFile());
    assertEquals(0, exitCode(builder), () -> "gcc " + source + ": " + text(output));
  }

  private static int exitCode(ProcessBuilder builder) throws Exception {
    Process process = builder.start();
    try {
      assertTrue(process.waitFor(60, TimeUnit.SECONDS), () -> "hangs: " + builder.command());
      return process.exitValue();
    } finally {
      process.destroyForcibly().waitFor();
    }
  }

  private static String text(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      return e.toString();
    }
  }
}
