package io.jhot.tests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Services behind a program that starts their JVM and stays: it inherits what the JVM does. */
@ExtendWith(SandboxExtension.class)
class WrapperIT {
  /** A script that waits for its JVM, as standalone.sh and many home-made ones do. */
  private static List<String> waiting(Sandbox box) {
    String java = String.join(" ", box.appByScript());
    return List.of(box.script("start.sh", "#!/bin/sh", java, "exit $?").toString());
  }

  @Test
  void aListenerThatTheAppClosesRefusesClientsThoughTheScriptHasACopy(Sandbox box)
      throws IOException {
    int port = box.port();
    int control = box.port();
    box.file("script", "listen:" + port, "listen:" + control, "say:both");
    Jhot jhot = box.exec(waiting(box)).awaitServing(1);
    jhot.awaitListeners(2);
    jhot.replace(1);

    Http.get(control, "/do?close:" + port);
    jhot.out().await("did close:" + port);

    Await.until("clients are refused", () -> Http.isRefused(port));
    Http.get(control, "/do?listen:" + port);
    jhot.out().await("did listen:" + port);
    Http.assertAnswers(port);
    jhot.awaitListeners(2);
    Load load = Load.on(port);

    jhot.replace(2);
    jhot.replace(3);

    load.endWithoutFailure();
    assertEquals(2, jhot.status().listeners().size(), jhot::toString);
  }

  @Test
  void aPrivateSocketOfAProbeIsOpenInNoScriptOnceTheGenerationServes(Sandbox box) {
    int port = box.port();
    box.file("script", "listen:" + port);
    Jhot jhot = box.exec(List.of("--probe", "/ping"), waiting(box)).awaitServing(1);
    List<String> before = listening(box);

    jhot.replace(1);

    Await.until("what was private listens no more", () -> listening(box).equals(before));
  }

  @Test
  void aScriptThatUsesLowDescriptorsLosesNoRequest(Sandbox box) {
    int port = box.port();
    box.file("script", "listen:" + port);
    String java = String.join(" ", box.appByScript());
    String script =
        box.script(
                "start.sh",
                "#!/bin/bash",
                "exec 9>" + box.directory() + "/nine 200>" + box.directory() + "/two-hundred",
                "flock 9 && flock 200",
                "flock -u 9; flock -u 200",
                "{ " + java + " <&3 3<&- & } 3<&0",
                "wait $!")
            .toString();
    Jhot jhot = box.exec(List.of(script)).awaitServing(1);
    jhot.err().await("it holds tcp://127.0.0.1:" + port);
    Load load = Load.on(port);

    jhot.replace(1);
    jhot.replace(2);

    load.endWithoutFailure();
  }

  @Test
  void whereFewDescriptorsAreAllowedAReloadStillLosesNoRequest(Sandbox box) {
    int port = box.port();
    box.file("script", "listen:" + port);
    List<String> limited = List.of("sh", "-c", "ulimit -n 128 && exec \"$@\"", "sh");
    Jhot jhot = box.exec(limited, List.of(), waiting(box)).awaitServing(1);
    Load load = Load.on(port);

    jhot.replace(1);

    load.endWithoutFailure();
  }

  @Test
  void aServiceThatHadAListenerAndHasNoneIsNotHealthy(Sandbox box) throws IOException {
    int port = box.port();
    box.file("script", "listen:" + port, "await:" + box.directory() + "/go", "close:" + port);
    Jhot jhot = box.exec(Sandbox.concat(List.of(box.appByScript(), List.of("wait"))));
    jhot.awaitServing(1);
    box.jhot("status", "--healthy").good();

    box.file("go");
    jhot.awaitListeners(0);

    Finished status = box.jhot("status", "--healthy").with(1);
    assertTrue(status.toString().contains("it has no listener any more"), status::toString);
    assertEquals("no-listener", jhot.status().serving().step(), jhot::toString);
  }

  @Test
  void theAgentGetsThroughAProgramThatExecsItsArguments(Sandbox box) {
    int port = box.port();
    box.file("script", "listen:" + port);
    List<String> unknown = List.of(Programs.path("refusing"), "pidfd_getfd", "1");
    Jhot jhot = box.exec(Sandbox.concat(List.of(unknown, box.appByScript()))).awaitServing(1);
    jhot.err().await("it holds tcp://127.0.0.1:" + port);
    Load load = Load.on(port);

    jhot.replace(1);

    load.endWithoutFailure();
  }

  /** Its arguments name no JVM: it reads the command from a file. */
  @Test
  void anAgentThatNobodyExpectsHandsItsListenersOver(Sandbox box) {
    int port = box.port();
    box.file("script", "listen:" + port);
    box.file("command", String.join(" ", box.appByScript()));
    String command = box.directory().resolve("command").toString();
    List<String> unknown = List.of(Programs.path("refusing"), "pidfd_getfd", "1");
    Jhot jhot = box.exec(Sandbox.concat(List.of(List.of("xargs", "-a", command), unknown)));
    jhot.awaitListeners(1);
    Load load = Load.on(port);

    Finished reload = jhot.replace(1);

    load.endWithoutFailure();
    assertTrue(reload.out().contains("it holds tcp://127.0.0.1:" + port), reload::toString);
  }

  private static List<String> listening(Sandbox box) {
    return box.processes().stream()
        .flatMap(pid -> Proc.listeners(pid).stream())
        .distinct()
        .sorted()
        .toList();
  }
}
