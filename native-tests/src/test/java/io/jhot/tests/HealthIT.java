package io.jhot.tests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** {@code jhot status --healthy}: what a health check asks, and nothing but yes or no. */
@ExtendWith(SandboxExtension.class)
class HealthIT {
  private static String unhealthy(Sandbox box) {
    Finished no = box.jhot("status", "--healthy").with(1);
    assertEquals("", no.out());
    assertEquals(1, no.err().lines().count(), no::toString);
    return no.err();
  }

  @Test
  void anInstanceIsHealthyFromItsFirstReadinessToTheBeginOfItsLastDrain(Sandbox box)
      throws IOException {
    assertTrue(unhealthy(box).contains("no instance is running"));
    int port = box.port();
    Path go = box.directory().resolve("go");
    Path script = box.file("script", "say:starting", "await:" + go, "listen:" + port);
    Jhot jhot =
        box.exec(
            List.of("--drain-delay", "5m", "--drain-timeout", "10m"),
            Sandbox.app("script:" + script));
    jhot.out().await("starting");
    assertTrue(unhealthy(box).contains("generation 1 is starting"));

    box.file("go");
    jhot.awaitServing(1);
    assertTrue(
        box.jhot("status", "--healthy").good().out().contains("healthy: generation 1 serves"));

    box.file("script", "listen:" + port);
    jhot.reload().good();
    Status both = Status.parse(box.jhot("status", "--healthy", "--json").good().out());
    assertTrue(both.healthy() && both.has(1, "draining"), "a drain with a successor is no matter");

    jhot.signal("TERM");
    jhot.err().await("generation 2 drains");
    assertEquals("{\"message\":\"pong\"}", Http.get(port, "/ping"), "it still accepts");
    assertTrue(unhealthy(box).contains("generation 2 is draining: it was asked to stop"));
    assertEquals(false, jhot.status().healthy());
    jhot.signal("TERM");
    jhot.awaitExit();
  }

  @Test
  void anInstanceThatDoesNotAnswerIsNotHealthy(Sandbox box) {
    Jhot jhot = box.exec(Sandbox.app("listen:" + box.port())).awaitServing(1);

    jhot.signal("STOP");
    String reason = unhealthy(box);
    jhot.signal("CONT");

    assertTrue(reason.contains("no answer"), reason);
    box.jhot("status", "--healthy").good();
  }
}
