package io.jhot.tests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * What a generation finds when it starts: program, arguments, environment, descriptors, signals.
 */
@ExtendWith(SandboxExtension.class)
class GenerationIT {
  @Test
  void aJarThatWasReplacedOnDiskIsWhatTheNextGenerationRuns(Sandbox box) throws IOException {
    int port = box.port();
    Path jar = box.directory().resolve("app.jar");
    deploy(box, jar, "one");
    Jhot jhot = box.exec(Sandbox.jar("app.jar", "listen:" + port)).awaitServing(1);
    assertEquals("one", Http.get(port, "/version"));

    deploy(box, jar, "two");
    jhot.replace(1);

    assertEquals("two", Http.get(port, "/version"));
    assertEquals("app", jhot.status().name());
  }

  /** As a deployment should: beside it, then moved over it. */
  private static void deploy(Sandbox box, Path jar, String version) throws IOException {
    Path fresh = box.directory().resolve("fresh.jar");
    Files.copy(Sandbox.fixtures(), fresh);
    try (FileSystem zip = FileSystems.newFileSystem(fresh)) {
      Files.writeString(zip.getPath("version.txt"), version);
    }
    Files.move(fresh, jar, StandardCopyOption.ATOMIC_MOVE);
  }

  @Test
  void genIsTheNumberInArgumentsAndVariables(Sandbox box) throws IOException {
    int port = box.port();
    Jhot jhot =
        box.exec(
                List.of("--env", "LOG=log-{gen}-{gen}", "--env", "PLAIN={gen"),
                Sandbox.app("say:I am {gen}", "listen:" + port))
            .awaitServing(1);
    jhot.out().await("I am 1");
    assertEquals("log-1-1", Http.get(port, "/variable?LOG"));

    jhot.replace(1);

    jhot.out().await("I am 2");
    assertEquals("log-2-2", Http.get(port, "/variable?LOG"));
    assertEquals("{gen", Http.get(port, "/variable?PLAIN"));
    assertEquals("2", Http.get(port, "/variable?JHOT_GENERATION"));
    assertEquals("say:I am 2 listen:" + port, Http.get(port, "/arguments"));
  }

  @Test
  void theCommandInAnArgumentFileIsReadAgainAtEachReload(Sandbox box) throws IOException {
    int port = box.port();
    Path file = box.file("service", "--ready-timeout=50s", quoted(Sandbox.app("listen:" + port)));
    Jhot jhot = box.execFile(file).awaitServing(1);
    assertEquals("listen:" + port, Http.get(port, "/arguments"));

    box.file(
        "service", "--ready-timeout=50s", quoted(Sandbox.app("say:it is new", "listen:" + port)));
    jhot.replace(1);

    assertEquals("say:it is new listen:" + port, Http.get(port, "/arguments"));
  }

  @Test
  void anArgumentFileThatIsWrongAtAReloadFailsTheReloadOnly(Sandbox box) throws IOException {
    int port = box.port();
    Path file = box.file("service", quoted(Sandbox.app("listen:" + port)));
    Jhot jhot = box.execFile(file).awaitServing(1);

    box.file("service", "--no-such-option");
    Finished wrong = jhot.reload().with(1);
    Files.delete(file);
    Finished missing = jhot.reload().with(1);

    assertTrue(wrong.err().contains("--no-such-option"), wrong::toString);
    assertTrue(missing.err().contains("service"), missing::toString);
    assertEquals(1, jhot.status().serving().number());
    box.file("service", quoted(Sandbox.app("listen:" + port)));
    jhot.replace(1);
  }

  private static String quoted(List<String> command) {
    return '"' + String.join("\"\n\"", command) + '"';
  }

  @Test
  void theAppRunsInTheDirectoryThatCwdNames(Sandbox box) throws IOException {
    int port = box.port();
    Path folder = Files.createDirectory(box.directory().resolve("a folder"));
    box.exec(List.of("--cwd", folder.toString()), Sandbox.app("listen:" + port)).awaitServing(1);

    assertEquals(folder.toString(), Http.get(port, "/directory"));
  }

  @Test
  void aRelativeProgramIsLookedUpWhereCwdIs(Sandbox box) throws IOException {
    Path folder = Files.createDirectory(box.directory().resolve("folder"));
    Files.move(box.script("program", "#!/bin/sh", "pwd"), folder.resolve("program"));

    Finished done = box.jhot("exec", "--cwd", folder.toString(), "--", "./program").good();

    assertEquals(folder + "\n", done.out());
  }

  @Test
  void theAppHasTheEnvironmentOfJhotButForJhotsOwn(Sandbox box) {
    box.environment("GREETING", "grüße");
    box.environment("JHOT_DRAIN_TIMEOUT", "7s");
    box.environment("LISTEN_FDS", "1");
    box.environment("NOTIFY_SOCKET", "/nowhere");
    Map<String, String> direct = variables(box.run("env"));

    Map<String, String> through = variables(box.jhot("exec", "--env", "K=a=b", "--", "env"));

    direct.remove("JHOT_DRAIN_TIMEOUT");
    direct.remove("JHOT_STOP_GRACE"); // the sandbox's, see there
    direct.remove("LISTEN_FDS");
    direct.put("JHOT_GENERATION", "1");
    direct.put("JHOT_START", "FIRST");
    direct.put("K", "a=b");
    assertFalse(through.get("NOTIFY_SOCKET").equals("/nowhere"), through::toString);
    direct.put("NOTIFY_SOCKET", through.get("NOTIFY_SOCKET"));
    // env is a wrapper: a JVM could come behind it
    direct.put("JHOT_CONTROL_FD", through.get("JHOT_CONTROL_FD"));
    direct.put("JHOT_CONTROL_SOCKET", through.get("JHOT_CONTROL_SOCKET"));
    direct.put("JDK_JAVA_OPTIONS", through.get("JDK_JAVA_OPTIONS"));
    assertEquals(direct, through);
  }

  private static Map<String, String> variables(Finished env) {
    Map<String, String> variables = new TreeMap<>();
    env.good()
        .out()
        .lines()
        .forEach(l -> variables.put(l.replaceFirst("=.*", ""), l.replaceFirst("[^=]*=", "")));
    variables.remove("_");
    return variables;
  }

  @Test
  void variablesThatAJvmObeysReachTheAppAndNotJhot(Sandbox box) throws IOException {
    int port = box.port();
    box.environment("JAVA_TOOL_OPTIONS", "-Dtool=1");
    box.environment("JDK_JAVA_OPTIONS", "-Djdk=1");
    box.environment("_JAVA_OPTIONS", "-Dold=1");
    Jhot jhot = box.exec(Sandbox.app("listen:" + port)).awaitServing(1);

    assertEquals("-Dtool=1", Http.get(port, "/variable?JAVA_TOOL_OPTIONS"));
    assertEquals("-Djdk=1", Http.get(port, "/variable?JDK_JAVA_OPTIONS"));
    assertEquals("-Dold=1", Http.get(port, "/variable?_JAVA_OPTIONS"));
    assertEquals("null", Http.get(port, "/variable?_JAVA_SR_SIGNUM"));
    jhot.stop();
    assertEquals(1, jhot.err().count("Picked up JAVA_TOOL_OPTIONS"), jhot::toString);
    assertEquals(1, jhot.err().count("Picked up _JAVA_OPTIONS"), jhot::toString);
  }

  @Test
  void theAppHasTheSignalsAndDescriptorsThatItWouldHaveWithoutJhot(Sandbox box) {
    // --no-agent: a shell may lead to a JVM, which would get a control channel
    List<String> options = List.of("exec", "--no-agent", "--");
    List<String> program =
        List.of(
            "/bin/sh", "-c", "grep ^Sig[BI] /proc/self/status; ls /proc/self/fd; umask; ulimit -n");
    Finished direct = box.run(program.toArray(String[]::new)).good();

    Finished through =
        box.jhot(Sandbox.concat(List.of(options, program)).toArray(String[]::new)).good();

    assertEquals(facts(direct), facts(through));
    assertEquals("", through.err());
  }

  /** Signals above 31 are left out: glibc keeps two of them, and no program can reset those. */
  private static List<String> facts(Finished program) {
    return program.out().lines().map(GenerationIT::withoutRealTimeSignals).toList();
  }

  private static String withoutRealTimeSignals(String line) {
    int tab = line.indexOf('\t');
    return tab < 0
        ? line
        : line.substring(0, tab)
            + (Long.parseUnsignedLong(line.substring(tab + 1), 16) & ~(-1L << 31));
  }

  @Test
  void argumentsReachTheAppByteForByte(Sandbox box) {
    String odd = "a b\t'\"$HOME *\\ ä€😀\n@x --name";

    Finished done = box.jhot("exec", "--", "printf", "%s|", odd, "", "@none", "--", "last").good();

    assertEquals(odd + "||@none|--|last|", done.out());
  }
}
