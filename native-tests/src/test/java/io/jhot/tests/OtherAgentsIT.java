package io.jhot.tests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.jar.Attributes;
import java.util.jar.JarFile;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import java.util.zip.ZipEntry;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Agents that open ports of their own come after jhot's, in whatever way the JVM got them. */
@ExtendWith(SandboxExtension.class)
class OtherAgentsIT {
  private static final String AGENT = "com.example.fixture.PortAgent";

  /** A jar with the fixture's agent in it. */
  private static Path jar(Sandbox box, String name, Map<String, String> manifest)
      throws IOException {
    Manifest attributes = new Manifest();
    attributes.getMainAttributes().put(Attributes.Name.MANIFEST_VERSION, "1.0");
    manifest.forEach((key, value) -> attributes.getMainAttributes().putValue(key, value));
    Path jar = box.directory().resolve(name);
    String file = AGENT.replace('.', '/') + ".class";
    try (OutputStream out = Files.newOutputStream(jar);
        JarOutputStream entries = new JarOutputStream(out, attributes);
        JarFile fixtures = new JarFile(Sandbox.fixtures().toFile());
        InputStream in = fixtures.getInputStream(fixtures.getEntry(file))) {
      entries.putNextEntry(new ZipEntry(file));
      in.transferTo(entries);
      entries.closeEntry();
    }
    return jar;
  }

  private static Path agent(Sandbox box) throws IOException {
    return jar(box, "agent.jar", Map.of("Premain-Class", AGENT));
  }

  private static void isServedByTheNewest(Jhot jhot, List<Integer> ports) throws IOException {
    jhot.replace(1);
    String pid = Long.toString(jhot.status().serving().pid());
    for (int port : ports) {
      assertEquals(pid, Http.get(port, "/pid"), () -> "port " + port + " of " + ports);
    }
    assertEquals(0, jhot.err().count("warning"), jhot::toString);
  }

  @Test
  void inEveryVariableInAFileAndInAManifest(Sandbox box) throws IOException {
    List<Integer> ports = new ArrayList<>();
    for (int i = 0; i < 6; i++) {
      ports.add(box.port());
    }
    String option = "-javaagent:" + agent(box) + "=";
    box.environment("JAVA_TOOL_OPTIONS", option + ports.get(0));
    box.environment("JDK_JAVA_OPTIONS", option + ports.get(1));
    box.environment("_JAVA_OPTIONS", option + ports.get(2));
    Path options = box.file("options", option + ports.get(3), "-Dport.agent=" + ports.get(4));
    Path app =
        jar(
            box,
            "app.jar",
            Map.of(
                "Main-Class",
                "com.example.fixture.ScriptedApp",
                "Class-Path",
                Sandbox.fixtures().toUri().toString(),
                "Launcher-Agent-Class",
                AGENT));

    Jhot jhot =
        box.exec(
                List.of(
                    Sandbox.java(),
                    "@" + options,
                    "-jar",
                    app.toString(),
                    "listen:" + ports.get(5)))
            .awaitServing(1);
    for (int port : ports) {
      Await.until(port + " is open", () -> !Http.isRefused(port), jhot::toString);
    }

    isServedByTheNewest(jhot, ports);
  }

  @Test
  void behindAScriptThatHandsThemOnOrSetsItsOwn(Sandbox box) throws IOException {
    int inherited = box.port();
    int own = box.port();
    int port = box.port();
    String option = "-javaagent:" + agent(box) + "=";
    box.environment("JAVA_TOOL_OPTIONS", option + inherited);
    Path script =
        box.script(
            "start.sh",
            "#!/bin/sh",
            "export JDK_JAVA_OPTIONS=\"$JDK_JAVA_OPTIONS " + option + own + "\"",
            "exec " + String.join(" ", Sandbox.app("listen:" + port)));

    Jhot jhot = box.exec(List.of(script.toString())).awaitServing(1);
    Await.until("the app is there", () -> !Http.isRefused(port), jhot::toString);

    isServedByTheNewest(jhot, List.of(inherited, own, port));
  }

  @Test
  void withoutOtherAgentsNoVariableIsUsedAndNoLineIsPrinted(Sandbox box) {
    Jhot jhot = box.exec(Sandbox.app("listen:" + box.port())).awaitServing(1);

    assertFalse(jhot.err().text().contains("Picked up"), jhot::toString);
  }

  @Test
  void aLauncherThatLoadsTheJvmItselfIsReloadedHot(Sandbox box) {
    int port = box.port();
    Jhot jhot =
        box.exec(
                List.of(
                    Programs.path("embedding"),
                    Sandbox.javaHome() + "/lib/server/libjvm.so",
                    Sandbox.fixtures().toString(),
                    "com.example.fixture.ScriptedApp",
                    "listen:" + port))
            .awaitServing(1);
    Load load = Load.on(port);

    jhot.replace(1);

    load.endWithoutFailure();
    assertTrue(jhot.err().text().contains("Picked up JAVA_TOOL_OPTIONS"), jhot::toString);
  }

  @Test
  void jwebserverIsReloadedHot(Sandbox box) throws IOException {
    int port = box.port();
    box.file("page.txt", "hello");
    Jhot jhot =
        box.exec(
                List.of(
                    Sandbox.javaHome() + "/bin/jwebserver",
                    "-p",
                    Integer.toString(port),
                    "-d",
                    box.directory().toString()))
            .awaitServing(1);
    assertEquals("hello\n", Http.get(port, "/page.txt"));

    jhot.replace(1);

    assertEquals("hello\n", Http.get(port, "/page.txt"));
  }
}
