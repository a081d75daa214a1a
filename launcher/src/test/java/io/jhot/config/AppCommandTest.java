package io.jhot.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.jhot.config.AppCommand.NotExecutable;
import io.jhot.supervisor.Policy.AgentHope;
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
    assertEquals(
        List.of("java", "-agentlib:instrument=" + JAR, "-jar", "app-3.jar"), command.argv());
    assertEquals(AgentHope.CERTAIN, command.agent());
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
      assertEquals("-javaagent:" + JAR, resolve(line.toArray(String[]::new)).argv().get(1));
    }
    assertEquals(
        "-agentlib:instrument=" + JAR,
        resolve("java", "-jar", "app.jar", "-m", "fast").argv().get(1));
  }

  @Test
  void symbolicLinkToJavaIsJava() throws Exception {
    Files.createSymbolicLink(folder.resolve("my-java"), program("jdk/bin/java", ""));
    assertEquals(AgentHope.CERTAIN, resolve("my-java", "Main").agent());
  }

  @Test
  void scriptsAndWrappersGetTheAgentByTheirEnvironment() throws Exception {
    program("start.sh", "#!/bin/sh\n");
    program("env", "\177ELF");
    assertEquals(AgentHope.POSSIBLE, resolve("start.sh").agent());
    assertEquals("-javaagent:" + JAR, resolve("env", "java").javaOptions());
  }

  @Test
  void pathOfTheAgentWithABlankIsQuoted() throws Exception {
    program("start.sh", "#!/bin/sh\n");
    AppCommand command =
        AppCommand.resolve(List.of("start.sh"), 1, folder.toString(), "", "/my tree/a.jar");
    assertEquals("\"-javaagent:/my tree/a.jar\"", command.javaOptions());
  }

  @Test
  void otherProgramsAreLeftAlone() throws Exception {
    program("nginx", "\177ELF");
    AppCommand command = resolve("nginx", "-g");
    assertEquals(AgentHope.NONE, command.agent());
    assertEquals(List.of("nginx", "-g"), command.argv());
    assertEquals("", command.javaOptions());
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
    assertEquals(AgentHope.NONE, old.agent());
    assertTrue(old.notice().contains("Java 11.0.2"), old::notice);
    assertTrue(resolve(folder + "/small/bin/java").notice().contains("java.instrument"));
    assertEquals(AgentHope.CERTAIN, resolve(folder + "/good/bin/java").agent());
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
