package io.jhot.tests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The new generation dies right after it took over, and the old one is still there. */
@ExtendWith(SandboxExtension.class)
class RollbackIT {
  /** A request that keeps generation 1 draining until the test lets it go. */
  private static CompletableFuture<String> hold(Sandbox box, Jhot jhot, int port) {
    CompletableFuture<String> answer = Http.begin(port, "/hold?" + box.directory() + "/go");
    jhot.out().await("holding ");
    return answer;
  }

  @Test
  void theOldGenerationTakesOverAgainAndClientsWaitButAreNotRefused(Sandbox box) throws Exception {
    int port = box.port();
    int second = box.port();
    Jhot jhot =
        box.exec(
                List.of("--drain-timeout", "10m"),
                Sandbox.app("listen:" + port, "listen:" + second, "say:both"))
            .awaitServing(1);
    jhot.awaitListeners(2);
    String first = Http.get(port, "/pid");
    CompletableFuture<String> held = hold(box, jhot, port);
    jhot.reload().good();
    Status parked = jhot.awaitParked(1);

    Proc.signal(parked.serving().pid(), "KILL");

    assertEquals(first, Http.get(port, "/pid"), "a connection waits in the queue until then");
    assertEquals(first, Http.get(second, "/pid"));
    Status back = jhot.awaitAlone(1);
    assertTrue(back.healthy());
    assertTrue(
        back.lastReload()
            .startsWith(
                "undone: generation 1 serves: it took over again when generation 2 was killed by"
                    + " SIGKILL"),
        back::toString);
    box.file("go");
    assertEquals("held " + box.directory() + "/go", held.get());
    Load load = Load.on(port);
    Load onSecond = Load.on(second);
    jhot.replace(1);
    load.endWithoutFailure();
    onSecond.endWithoutFailure();
    assertEquals(3, jhot.status().serving().number());
  }

  @ParameterizedTest
  @ValueSource(strings = {"platform", "virtual", "channel", "selector", "asynchronous"})
  void everyKindOfListenerComesBack(String kind, Sandbox box) throws IOException {
    int port = box.port();
    List<String> app = Sandbox.javaClass("SocketServerApp", kind, Integer.toString(port));
    Jhot jhot = box.exec(List.of("--drain-delay", "1s"), app).awaitServing(1);
    String first = Http.get(port, "/pid");
    HeldRequest held = HeldRequest.begin("127.0.0.1", port);
    jhot.awaitConnection();
    jhot.reload().good();
    Status parked = jhot.awaitParked(1);

    Proc.signal(parked.serving().pid(), "KILL");

    assertEquals(first, Http.get(port, "/pid"));
    jhot.awaitAlone(1);
    held.isAnswered();
    Load load = Load.on(port);
    jhot.replace(1);
    load.endWithoutFailure();
  }

  @Test
  void anOldGenerationThatStillAcceptsNeverStops(Sandbox box) {
    int port = box.port();
    Jhot jhot =
        box.exec(
                List.of("--drain-delay", "5m", "--drain-timeout", "10m"),
                Sandbox.app("listen:" + port))
            .awaitServing(1);
    jhot.reload().good();
    long second = jhot.status().serving().pid();

    Proc.signal(second, "KILL");

    jhot.awaitAlone(1);
    Load load = Load.on(port);
    load.endWithoutFailure();
    jhot.signal("TERM");
    jhot.err().await("generation 1 drains: it was asked to stop");
    jhot.signal("TERM");
    jhot.awaitExit();
  }
}
