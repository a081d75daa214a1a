package io.jhot.tests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * What apps of whatever name do around their listeners: one small fixture for each kind. A launcher
 * that loads libjvm itself is in {@link OtherAgentsIT}.
 */
@ExtendWith(SandboxExtension.class)
class KindsIT {

  /** A management port, an agent's, that of a warm-up: it says nothing of the service. */
  @Test
  void aListenerThatIsOpenedBeforeTheAppIsReadyTakesNoClientAway(Sandbox box) throws IOException {
    int early = box.port();
    int port = box.port();
    box.file("go-1");
    Jhot jhot =
        box.exec(
                Sandbox.app(
                    "listen:" + early, "await:" + box.directory() + "/go-{gen}", "listen:" + port))
            .awaitServing(1);
    jhot.awaitListeners(2);
    String first = Http.get(port, "/pid");
    Load load = Load.on(port);
    Load loadOfTheEarlyOne = Load.on(early);

    Running reload = box.start(Sandbox.bin(), "reload", "--wait");
    jhot.awaitStatus(
        "it holds one of two",
        s ->
            s.has(2, "starting")
                && s.generation(2).why().contains("does not hold")
                && s.generation(2).why().contains(":" + port)
                && !s.generation(2).why().contains(":" + early));
    assertEquals(first, Http.get(port, "/pid"));
    assertEquals(first, Http.get(early, "/pid"));
    assertTrue(reload.isAlive(), jhot::toString);
    box.file("go-2");

    reload.finish().good();
    jhot.awaitGone(1);
    load.endWithoutFailure();
    loadOfTheEarlyOne.endWithoutFailure();
  }

  @Test
  void aPortThatTheAppHasBoundAndLeftToSeeThatItIsFreeIsTakenOver(Sandbox box) {
    int port = box.port();
    Jhot jhot = box.exec(Sandbox.app("look-for:" + port, "listen:" + port));
    jhot.awaitServing(1);
    Await.until("it listens", () -> !Http.isRefused(port), jhot::toString);
    Load load = Load.on(port);

    jhot.replace(1);

    load.endWithoutFailure();
  }
}
