package io.jhot.tests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** The agent gets into the app's JVM however that is started, and leaves no trace there. */
@ExtendWith(SandboxExtension.class)
class AgentIT {

  /** Reloads once under load. */
  private static Jhot isReloadedHot(Sandbox box, int port, List<String> command) {
    Jhot jhot = box.exec(command).awaitServing(1);
    Load load = Load.on(port);

    jhot.replace(1);

    load.endWithoutFailure();
    return jhot;
  }

  private static String line(List<String> command) {
    return String.join(" ", command);
  }

  @Test
  void behindAShellScriptThatBecomesJava(Sandbox box) {
    int port = box.port();
    Path script =
        box.script("start.sh", "#!/bin/sh", "exec " + line(Sandbox.app("listen:" + port)));

    isReloadedHot(box, port, List.of(script.toString()));
  }

  @Test
  void behindAShellScriptThatWaitsForJava(Sandbox box) {
    int port = box.port();
    Path script =
        box.script(
            "start.sh",
            "#!/bin/sh",
            line(Sandbox.app("listen:" + port)),
            "echo java ended with $?");

    Jhot jhot = isReloadedHot(box, port, List.of(script.toString()));

    jhot.stop();
    assertEquals(2, jhot.out().count("java ended with 143"), jhot::toString);
  }

  /** As Keycloak's kc.sh does with 3, and others with what logs they keep. */
  @Test
  void behindAShellScriptThatUsesEveryDescriptorOfOneDigit(Sandbox box) {
    int port = box.port();
    Path script =
        box.script(
            "start.sh",
            "#!/bin/sh",
            "exec 4>&1 5>&2 6</dev/null 7>&1 8>&2 9</dev/null",
            "{ " + line(Sandbox.app("listen:" + port)) + " <&3 3<&- & } 3<&0",
            "wait $!");

    isReloadedHot(box, port, List.of(script.toString()));
  }

  @Test
  void behindAShellScriptThatAsksForTheVersionFirst(Sandbox box) {
    int port = box.port();
    Path script =
        box.script(
            "start.sh",
            "#!/bin/sh",
            Sandbox.java() + " -version",
            "exec " + line(Sandbox.app("listen:" + port)));

    isReloadedHot(box, port, List.of(script.toString()));
  }

  @Test
  void behindEnv(Sandbox box) throws IOException {
    int port = box.port();

    isReloadedHot(
        box,
        port,
        Sandbox.concat(List.of(List.of("env", "COLOUR=blue"), Sandbox.app("listen:" + port))));

    assertEquals("blue", Http.get(port, "/variable?COLOUR"));
  }

  @Test
  void behindASymlinkOfAnotherName(Sandbox box) throws IOException {
    int port = box.port();
    Path link =
        Files.createSymbolicLink(box.directory().resolve("my service"), Path.of(Sandbox.java()));
    List<String> app = Sandbox.app("listen:" + port);

    isReloadedHot(
        box, port, Sandbox.concat(List.of(List.of(link.toString()), app.subList(1, app.size()))));
  }

  @Test
  void asJavaInThePath(Sandbox box) {
    int port = box.port();
    List<String> app = Sandbox.app("listen:" + port);

    isReloadedHot(box, port, Sandbox.concat(List.of(List.of("java"), app.subList(1, app.size()))));
  }

  @Test
  void theUsersOwnJavaOptionsStayInPlaceBehindAScript(Sandbox box) throws IOException {
    int port = box.port();
    box.environment("JDK_JAVA_OPTIONS", "-Dmine=yes");
    Path script =
        box.script("start.sh", "#!/bin/sh", "exec " + line(Sandbox.app("listen:" + port)));
    box.exec(List.of(script.toString())).awaitServing(1);

    String options = Http.get(port, "/variable?JDK_JAVA_OPTIONS");
    assertTrue(options.startsWith("-javaagent:") && options.endsWith(" -Dmine=yes"), options);
  }

  @Test
  void aJvmThatTheAppStartsIsLeftAlone(Sandbox box) throws IOException {
    int port = box.port();
    int other = box.port();
    List<String> app = Sandbox.app("jvm:listen:" + other, "listen:" + port);
    // behind a script, so that the other JVM inherits the option that loads the agent, too
    Path script = box.script("start.sh", "#!/bin/sh", "exec " + line(app));
    Jhot jhot = box.exec(List.of(script.toString())).awaitServing(1);
    Await.until("the other JVM listens", () -> !Http.isRefused(other));

    List<Status.Listener> listeners = jhot.status().listeners();

    Http.assertAnswers(other);
    assertEquals(1, listeners.size(), listeners::toString);
    assertEquals("tcp://127.0.0.1:" + port, listeners.getFirst().address());
    jhot.stop();
    assertEquals(0, jhot.err().count("xception"), jhot::toString);
  }

  @Test
  void theAppsOutputIsTheSameWithAndWithoutTheAgent(Sandbox box) {
    Finished direct = box.run(Sandbox.app("say:out", "complain:err").toArray(String[]::new));

    Finished through =
        box.jhot(
            Sandbox.concat(
                    List.of(
                        List.of("exec", "--quiet", "--"), Sandbox.app("say:out", "complain:err")))
                .toArray(String[]::new));

    assertEquals(direct.code(), through.code());
    assertEquals(direct.out(), through.out());
    assertEquals(direct.err(), through.err());
  }

  @Test
  void anAotCacheThatWasTrainedWithoutJhotStaysUsable(Sandbox box) throws IOException {
    int port = box.port();
    String cache = box.directory().resolve("app.aot").toString();
    box.run(with("-XX:AOTCacheOutput=" + cache, Sandbox.java(), "say:trained")).good();
    String loaded = box.directory().resolve("loaded").toString();

    // a JVM with AOTMode=on does not start when its cache is refused
    Jhot jhot =
        box.exec(
                List.of(
                    with(
                        "-XX:AOTCache=" + cache + " -XX:AOTMode=on -Xlog:class+load:file=" + loaded,
                        Sandbox.java(),
                        "listen:" + port)))
            .awaitServing(1);
    jhot.reload().good();

    assertTrue(Http.get(port, "/pid").matches("\\d+"));
    assertTrue(
        Files.readString(Path.of(loaded))
            .contains("com.example.fixture.ScriptedApp source: shared objects file"));
  }

  @Test
  void aCdsArchiveOfJava17ThatWasMadeWithoutJhotStaysUsable(Sandbox box) throws IOException {
    assumeTrue(Files.isExecutable(Sandbox.JAVA_17), "there is no JDK 17 in " + Sandbox.JAVA_17);
    String archive = box.directory().resolve("app.jsa").toString();
    String java = Sandbox.JAVA_17.toString();
    box.run(with("-XX:ArchiveClassesAtExit=" + archive, java, "say:trained")).good();
    int port = box.port();
    String loaded = box.directory().resolve("loaded").toString();

    box.exec(
            List.of("--listen", "tcp://[::]:" + port),
            List.of(
                with(
                    "-XX:SharedArchiveFile="
                        + archive
                        + " -Xshare:on -Xlog:class+load:file="
                        + loaded,
                    java,
                    "listen:*:" + port)))
        .awaitServing(1);

    assertTrue(Http.get(port, "/pid").matches("\\d+"));
    assertTrue(
        Files.readString(Path.of(loaded))
            .contains("com.example.fixture.ScriptedApp source: shared objects file (top)"));
  }

  private static String[] with(String options, String java, String... steps) {
    List<String> app = Sandbox.app(steps);
    return Sandbox.concat(
            List.of(List.of(java), List.of(options.split(" ")), app.subList(1, app.size())))
        .toArray(String[]::new);
  }

  @Test
  void noAgentMeansNone(Sandbox box) {
    int port = box.port();
    Jhot jhot = box.exec(List.of("--no-agent"), Sandbox.app("listen:" + port, "say:listening"));
    jhot.out().await("listening");

    Status status = jhot.status();

    assertTrue(status.servesAlone(1), status::toString);
    assertEquals(List.of(), status.listeners());
    assertFalse(Proc.commandLine(status.serving().pid()).contains("jhot-agent.jar"));
  }

  @Test
  void aJava17AppIsReloadedThoughItOpensItsPortItself(Sandbox box) throws IOException {
    assumeTrue(Files.isExecutable(Sandbox.JAVA_17), "there is no JDK 17 in " + Sandbox.JAVA_17);
    int port = box.port();
    Jhot jhot = box.exec(onJava17("listen:*:" + port)).awaitServing(1);
    assertEquals(
        List.of(new Status.Listener("tcp-" + port, "tcp://[::]:" + port, false)),
        jhot.status().listeners());
    Load load = Load.on("127.0.0.1", port);

    for (int generation = 1; generation <= 3; generation++) {
      jhot.replace(generation);
    }

    load.endWithoutFailure();
    assertEquals(0, jhot.err().count("warning"), jhot::toString);
  }

  @Test
  void aJava17BehindAScriptIsReloadedToo(Sandbox box) {
    assumeTrue(Files.isExecutable(Sandbox.JAVA_17), "there is no JDK 17 in " + Sandbox.JAVA_17);
    int port = box.port();
    Path script = box.script("app.sh", "#!/bin/sh", "\"$@\"", "exit $?");
    List<String> app =
        Sandbox.concat(List.of(List.of(script.toString()), onJava17("listen:*:" + port)));
    Jhot jhot = box.exec(app).awaitServing(1);

    jhot.replace(1);

    assertEquals(1, jhot.status().listeners().size(), jhot::toString);
  }

  private static List<String> onJava17(String... steps) {
    List<String> app = Sandbox.app(steps);
    return Sandbox.concat(List.of(List.of(Sandbox.JAVA_17.toString()), app.subList(1, app.size())));
  }

  @Test
  void whereNothingMayBeFetchedAJava17AppRunsAndIsTold(Sandbox box) throws IOException {
    assumeTrue(Files.isExecutable(Sandbox.JAVA_17), "there is no JDK 17 in " + Sandbox.JAVA_17);
    int port = box.port();
    Jhot jhot =
        box.execWithout("pidfd_getfd", onJava17("listen:*:" + port, "say:listening"))
            .awaitServing(1);
    jhot.out().await("listening");

    Http.assertAnswers(port);
    jhot.err()
        .await(
            "Java 17 cannot hand it to jhot (Java 22 can), nor may jhot fetch it (pidfd_getfd): to"
                + " reload, start jhot with --listen tcp://[::]:"
                + port);
    jhot.reload().with(1);
    Http.assertAnswers(port);
  }
}
