package io.jhot.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.jhot.config.AppCommand.NotExecutable;
import io.jhot.supervisor.Policy.AgentExpectation;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AppCommandTest {
  private static final String JAR = "/opt/jhot/agent.jar";

  @TempDir Path folder;

  /** The app's, once the agent has been placed. */
  private AppEnvironment environment;

  private List<String> placed(AppCommand command, String... variables) {
    environment = new AppEnvironment(List.of(variables));
    return command.option().place(command.argv(), environment);
  }

  private Path program(String name, String content) throws IOException {
    Path file = folder.resolve(name);
    Files.createDirectories(file.getParent());
    Files.writeString(file, content);
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
    return file;
  }

  private AppCommand resolve(String... command) throws NotExecutable {
    return AppCommand.resolve(List.of(command), 3, folder.toString(), "", JAR);
  }

  @Test
  void javaGetsTheAgentAsItsFirstOption() throws Exception {
    program("java", "");
    AppCommand command = resolve("java", "-jar", "app-{gen}.jar");
    assertEquals(folder.resolve("java").toString(), command.program());
    assertEquals(List.of("java", "-jar", "app-3.jar"), command.argv());
    assertEquals(
        List.of("java", "-agentlib:instrument=" + JAR, "-jar", "app-3.jar"), placed(command));
    assertEquals(AgentExpectation.CERTAIN, command.agent());
  }

  @Test
  void anAppThatMayNotHaveTheAgentsModuleGetsItAdded() throws Exception {
    program("java", "");
    for (List<String> options :
        List.of(
            List.of("-p", "lib", "-m", "app/app.Main"),
            List.of("--module=app"),
            List.of("--limit-modules", "java.base", "-jar", "app.jar"),
            List.of("@options", "-jar", "app.jar"))) {
      List<String> line = new ArrayList<>(options);
      line.add(0, "java");
      assertEquals("-javaagent:" + JAR, placed(resolve(line.toArray(String[]::new))).get(1));
    }
    assertEquals(
        "-agentlib:instrument=" + JAR,
        placed(resolve("java", "-jar", "app.jar", "-m", "fast")).get(1));
  }

  @Test
  void symbolicLinkToJavaIsJava() throws Exception {
    Files.createSymbolicLink(folder.resolve("my-java"), program("jdk/bin/java", ""));
    assertEquals(AgentExpectation.CERTAIN, resolve("my-java", "Main").agent());
  }

  @Test
  void scriptsAndWrappersGetTheAgentByTheirEnvironment() throws Exception {
    program("start.sh", "#!/bin/sh\n");
    program("env", "\177ELF");
    assertEquals(AgentExpectation.POSSIBLE, resolve("start.sh").agent());
    AppCommand command = resolve("env", "java");
    assertEquals(List.of("env", "java"), placed(command, "JDK_JAVA_OPTIONS=-javaagent:x.jar"));
    assertEquals("-javaagent:" + JAR + " -javaagent:x.jar", environment.get("JDK_JAVA_OPTIONS"));
    assertNull(environment.get("JAVA_TOOL_OPTIONS"));
  }

  @Test
  void aWrapperMayHandOtherAgentsOnByTheVariableThatComesFirst() throws Exception {
    program("env", "\177ELF");
    placed(resolve("env", "java"), "JAVA_TOOL_OPTIONS=-Dx=y -agentpath:x.so");
    assertEquals("-javaagent:" + JAR, environment.get("JDK_JAVA_OPTIONS"));
    assertEquals(
        "-javaagent:" + JAR + " -Dx=y -agentpath:x.so", environment.get("JAVA_TOOL_OPTIONS"));
  }

  @Test
  void theAgentComesBeforeThoseInVariablesAndOnceOnly() throws Exception {
    program("java", "");
    String ours = "-agentlib:instrument=" + JAR;
    List<String> bare = List.of("java", "-jar", "app.jar");
    AppCommand command = resolve(bare.toArray(String[]::new));
    for (String other : List.of("-javaagent:x.jar=9404:cfg", "-agentlib:jdwp", "-agentpath:x")) {
      for (String name : List.of("JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS")) {
        assertEquals(bare, placed(command, name + "=-Xmx1g " + other));
        assertEquals(ours + " -Xmx1g " + other, environment.get(name));
      }
      assertEquals(
          bare, placed(command, "JAVA_TOOL_OPTIONS=" + other, "JDK_JAVA_OPTIONS=" + other));
      assertEquals(ours + " " + other, environment.get("JAVA_TOOL_OPTIONS"));
      assertEquals(other, environment.get("JDK_JAVA_OPTIONS"));
    }
    assertEquals(bare, placed(command, "JDK_JAVA_OPTIONS=@/etc/java.options"));
    assertEquals(ours + " @/etc/java.options", environment.get("JDK_JAVA_OPTIONS"));
  }

  @Test
  void noVariableIsTouchedThatHoldsNoAgentOrComesAfterTheCommandLine() throws Exception {
    program("java", "");
    AppCommand command = resolve("java", "@options", "-jar", "app.jar");
    List<String> variables =
        List.of(
            "JAVA_TOOL_OPTIONS=-Xmx1g", "JDK_JAVA_OPTIONS=-Xmx1g", "_JAVA_OPTIONS=-javaagent:x");
    assertEquals("-javaagent:" + JAR, placed(command, variables.toArray(String[]::new)).get(1));
    assertEquals(variables, environment.entries());
  }

  @Test
  void whoLoadsTheJvmItselfGetsTheAgentByTheOneVariableThatReachesIt() throws Exception {
    for (String name : List.of("JNI_CreateJavaVM", "JLI_Launch", "libapplauncher.so")) {
      program("app/bin/launcher", "\177ELF..." + name + "...");
      AppCommand command = resolve(folder + "/app/bin/launcher", "8080");
      assertEquals(AgentExpectation.POSSIBLE, command.agent());
      assertEquals(command.argv(), placed(command, "JAVA_TOOL_OPTIONS=-Xmx1g"));
      assertEquals("-javaagent:" + JAR + " -Xmx1g", environment.get("JAVA_TOOL_OPTIONS"));
      assertNull(environment.get("JDK_JAVA_OPTIONS"));
    }
    Files.createDirectories(folder.resolve("app/lib/runtime"));
    Files.writeString(
        folder.resolve("app/lib/runtime/release"), "JAVA_VERSION=\"25\"\nMODULES=\"java.base\"\n");
    assertEquals(AgentExpectation.NONE, resolve(folder + "/app/bin/launcher").agent());
  }

  @Test
  void aLargeProgramHoldsTheAppItself() throws Exception {
    program("image", "\177ELF" + "JNI_CreateJavaVM".repeat(100_000));
    assertEquals(AgentExpectation.UNEXPECTED, resolve("image").agent());
  }

  @Test
  void pathOfTheAgentWithABlankIsQuoted() throws Exception {
    program("start.sh", "#!/bin/sh\n");
    AppCommand command =
        AppCommand.resolve(List.of("start.sh"), 1, folder.toString(), "", "/my tree/a.jar");
    placed(command, "JDK_JAVA_OPTIONS=-Xmx1g");
    assertEquals("\"-javaagent:/my tree/a.jar\" -Xmx1g", environment.get("JDK_JAVA_OPTIONS"));
  }

  @Test
  void noAgentIsAwaitedInAnotherProgramButOneThatComesIsWelcome() throws Exception {
    program("nginx", "\177ELF");
    AppCommand command = resolve("nginx", "-g");
    assertEquals(AgentExpectation.UNEXPECTED, command.agent());
    assertEquals(List.of("nginx", "-g"), command.argv());
    assertEquals(command.argv(), placed(command));
    assertEquals("-javaagent:" + JAR, environment.get("JDK_JAVA_OPTIONS"));
    assertNull(environment.get("JAVA_TOOL_OPTIONS"));
  }

  @Test
  void anyProgramWhoseArgumentsNameWhatBecomesAJvmMayLeadToOne() throws Exception {
    program("vault", "\177ELF");
    program("run.sh", "#!/bin/sh\n");
    for (List<String> arguments :
        List.of(
            List.of("vault", "exec", "prod", "--", "java", "-jar", "app.jar"),
            List.of("vault", "exec", "--", "/opt/jdk/bin/java"),
            List.of("vault", "-c", "app.jar"),
            List.of("vault", "run.sh", "start"),
            List.of("vault", "nice", "-n", "10", "x"))) {
      AppCommand command = resolve(arguments.toArray(String[]::new));
      assertEquals(AgentExpectation.POSSIBLE, command.agent(), arguments::toString);
      assertEquals("", command.notice());
    }
    assertEquals(AgentExpectation.UNEXPECTED, resolve("vault", "exec", "prod").agent());
  }

  @Test
  void whatResetsTheEnvironmentIsNamedWithWhatToWriteInstead() throws Exception {
    for (String name : List.of("sudo", "doas", "su")) {
      program(name, "\177ELF");
    }
    assertTrue(resolve("sudo", "-u", "app", "java").notice().contains("sudo -u USER jhot exec"));
    assertTrue(resolve("doas", "java").notice().contains("doas -u USER jhot exec"));
    assertTrue(
        resolve("su", "-", "app", "-c", "java -jar x.jar").notice().contains("with a login"));
    assertEquals("", resolve("su", "app", "-c", "java -jar x.jar").notice());
  }

  @Test
  void javaThatIsTooOldOrLacksTheModuleGoesOnWithoutTheAgent() throws Exception {
    program("old/bin/java", "");
    Files.writeString(folder.resolve("old/release"), "JAVA_VERSION=\"11.0.2\"\n");
    program("small/bin/java", "");
    Files.writeString(
        folder.resolve("small/release"), "JAVA_VERSION=\"25\"\nMODULES=\"java.base\"\n");
    program("good/bin/java", "");
    Files.writeString(
        folder.resolve("good/release"),
        "JAVA_VERSION=\"17.0.1\"\nMODULES=\"java.base java.instrument\"\n");
    AppCommand old = resolve(folder + "/old/bin/java");
    assertEquals(AgentExpectation.NONE, old.agent());
    assertTrue(old.notice().contains("Java 11.0.2"), old::notice);
    assertTrue(resolve(folder + "/small/bin/java").notice().contains("java.instrument"));
    assertEquals(AgentExpectation.CERTAIN, resolve(folder + "/good/bin/java").agent());
  }

  @Test
  void aRuntimeImageWithoutTheLibraryThatLoadsAgentsIsToldWithoutItsReleaseFile() throws Exception {
    program("image/bin/java", "");
    Files.createDirectories(folder.resolve("image/lib"));
    Files.writeString(folder.resolve("image/lib/modules"), "");
    program("image/bin/app", "#!/bin/sh\n"); // as jlink --launcher makes one
    for (String name : List.of("java", "app")) {
      AppCommand command = resolve(folder + "/image/bin/" + name);
      assertEquals(AgentExpectation.NONE, command.agent(), name);
      assertTrue(command.notice().contains("lacks the module java.instrument"), command::notice);
      assertEquals(AgentOption.NONE, command.option(), name);
    }
    Files.writeString(folder.resolve("image/lib/libinstrument.so"), "");
    assertEquals(AgentExpectation.CERTAIN, resolve(folder + "/image/bin/java").agent());
    assertEquals(AgentExpectation.POSSIBLE, resolve(folder + "/image/bin/app").agent());
  }

  @Test
  void missingProgramIs127AndOneThatMayNotRunIs126() throws Exception {
    Files.writeString(folder.resolve("plain"), "");
    Files.setPosixFilePermissions(
        folder.resolve("plain"), PosixFilePermissions.fromString("rw-r--r--"));
    Files.createDirectory(folder.resolve("directory"));
    assertEquals(127, code("no-such-program"));
    assertEquals(127, code("/no/such/program"));
    assertEquals(127, code(""));
    assertEquals(126, code("plain"));
    assertEquals(126, code("directory"));
    assertEquals(126, code(folder + "/directory"));
  }

  private int code(String name) {
    NotExecutable e = assertThrows(NotExecutable.class, () -> resolve(name, "x"));
    assertTrue(e.getMessage().startsWith("cannot start " + (name.isEmpty() ? "''" : name)));
    return e.exitCode;
  }
}
