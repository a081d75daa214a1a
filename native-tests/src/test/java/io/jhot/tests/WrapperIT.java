package io.jhot.tests;

import static org.junit.jupiter.api.Assertions.assertEquals;

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

  private static List<String> listening(Sandbox box) {
    return box.processes().stream()
        .flatMap(pid -> Proc.listeners(pid).stream())
        .distinct()
        .sorted()
        .toList();
  }
}
