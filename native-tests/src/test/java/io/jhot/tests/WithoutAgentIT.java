package io.jhot.tests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** JVMs that do not want an agent, or make it hard for one: the app runs in each. */
@ExtendWith(SandboxExtension.class)
class WithoutAgentIT {
  private static final String AGAIN = "is started again without it";

  @TempDir static Path folder;

  /** The JVM of a runtime image that lacks java.instrument. */
  private static String small;

  @BeforeAll
  static void makeImage() throws IOException, InterruptedException {
    Path image = folder.resolve("image");
    Process jlink =
        new ProcessBuilder(
                Sandbox.javaHome() + "/bin/jlink",
                "--add-modules",
                "jdk.httpserver",
                "--output",
                image.toString())
            .inheritIO()
            .start();
    assertEquals(0, jlink.waitFor());
    Files.delete(image.resolve("release")); // as in many images that are made small
    small = image.resolve("bin/java").toString();
  }

  @Test
  void aRuntimeImageWithoutJavaInstrumentRunsWithoutTheAgent(Sandbox box) throws IOException {
    int port = box.port();
    Jhot jhot = box.exec(Sandbox.appBy(small, List.of(), "listen:" + port, "say:listening"));
    jhot.out().await("listening");

    Http.assertAnswers(port);
    jhot.err().await("lacks the module java.instrument: the app runs without the agent");
    assertEquals(0, jhot.err().count(AGAIN), jhot::toString);
    assertEquals(143, jhot.stop().code());
  }

  @Test
  void behindAScriptItIsStartedAgainWithoutTheAgentThatItRefused(Sandbox box) throws IOException {
    int port = box.port();
    Path script =
        box.script(
            "start.sh",
            "#!/bin/sh",
            "exec "
                + String.join(
                    " ", Sandbox.appBy(small, List.of(), "listen:" + port, "say:listening")));
    Jhot jhot = box.exec(List.of(script.toString()));
    jhot.out().await("listening");

    jhot.err().await(AGAIN);
    Http.assertAnswers(port);
    Status status = jhot.awaitAlone(1);
    assertEquals(status.serving().pid() + "", Http.get(port, "/pid"));
    assertEquals(1, jhot.err().count(AGAIN), jhot::toString);
    assertEquals(143, jhot.stop().code());
  }

  @Test
  void aJvmThatCannotStartInEitherWayEndsWithItsOwnCode(Sandbox box) {
    Finished done =
        box.exec(Sandbox.appBy(Sandbox.java(), List.of("-no-such-option"), "say:x")).finish();

    assertEquals(1, done.code());
    assertEquals(1, done.err().split(AGAIN, -1).length - 1, done::err);
    assertTrue(done.err().contains("Unrecognized option: -no-such-option"), done::err);
  }

  @Test
  void aJvmThatAllowsNoAttachIsReloadedAsEver(Sandbox box) {
    isReloadedHot(box, "%d", Sandbox.java(), List.of("-XX:+DisableAttachMechanism"));
  }

  @Test
  void underASecurityManagerOfJava17TheAppNeedsNoPermissionForTheAgent(Sandbox box) {
    assumeTrue(Files.isExecutable(Sandbox.JAVA_17), "there is no JDK 17 in " + Sandbox.JAVA_17);
    Path policy =
        box.file(
            "app.policy",
            "grant codeBase \"file:" + Sandbox.fixtures() + "\" {",
            "  permission java.net.SocketPermission \"*\", \"accept,listen,connect,resolve\";",
            "  permission java.io.FilePermission \"<<ALL FILES>>\", \"read\";",
            "  permission java.lang.RuntimePermission \"*\";",
            "  permission java.util.PropertyPermission \"*\", \"read,write\";",
            "};");
    Jhot jhot =
        isReloadedHot(
            box,
            "*:%d",
            Sandbox.JAVA_17.toString(),
            List.of("-Djava.security.manager", "-Djava.security.policy==" + policy));

    assertEquals(0, jhot.err().count("warning: generation"), jhot::toString);
  }

  private static Jhot isReloadedHot(
      Sandbox box, String address, String java, List<String> options) {
    int port = box.port();
    Jhot jhot =
        box.exec(Sandbox.appBy(java, options, "listen:" + address.formatted(port))).awaitServing(1);
    Load load = Load.on(port);

    jhot.replace(1);

    load.endWithoutFailure();
    assertEquals(1, jhot.status().listeners().size(), jhot::toString);
    return jhot;
  }

  @Test
  void whereTmpIsFullOnlyTheControlSocketIsMissing(Sandbox box) {
    int port = box.port();
    List<String> inFullTmp =
        List.of(
            "unshare",
            "--mount",
            "--propagation",
            "private",
            "sh",
            "-c",
            "mount -t tmpfs -o size=4k,nr_inodes=1 full /tmp && exec \"$@\"",
            "sh");
    assumeTrue(
        box.run(Sandbox.concat(List.of(inFullTmp, List.of("true"))).toArray(String[]::new)).code()
            == 0,
        "a mount of our own takes root");
    Jhot jhot = box.exec(inFullTmp, List.of(), Sandbox.app("listen:" + port)).awaitServing(1);
    jhot.err().await("no control socket");
    Load load = Load.on(port);

    jhot.signal("HUP");
    jhot.awaitServing(2);
    jhot.awaitGone(1);

    load.endWithoutFailure();
  }
}
