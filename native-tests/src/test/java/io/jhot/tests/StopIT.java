package io.jhot.tests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The end of a service: drained when there is time, at once when it is asked for. */
@ExtendWith(SandboxExtension.class)
class StopIT {
  private static final int TERMINATED = 128 + 15;
  private static final int KILLED = 128 + 9;

  /** A request that is answered when the test lets it be. */
  private static CompletableFuture<String> hold(Sandbox box, Jhot jhot, int port) {
    CompletableFuture<String> answer = Http.begin(port, "/hold?" + box.directory() + "/go");
    jhot.out().await("holding ");
    return answer;
  }

  @ParameterizedTest
  @ValueSource(strings = {"TERM", "INT"})
  void aRequestInFlightIsAnsweredBeforeTheEnd(String signal, Sandbox box) throws Exception {
    int port = box.port();
    Jhot jhot = box.exec(Sandbox.app("listen:" + port)).awaitServing(1);
    CompletableFuture<String> answer = hold(box, jhot, port);

    jhot.signal(signal);
    Await.until("nobody new is let in", () -> Http.isRefused(port));
    assertTrue(jhot.isAlive() && !answer.isDone());
    box.file("go");

    assertEquals("held " + box.directory() + "/go", answer.get());
    assertEquals(TERMINATED, jhot.awaitExit());
  }

  @Test
  void stopDrainsAndReturnsWhenAllIsOver(Sandbox box) throws Exception {
    int port = box.port();
    Jhot jhot = box.exec(Sandbox.app("listen:" + port)).awaitServing(1);
    CompletableFuture<String> answer = hold(box, jhot, port);

    Running stop = box.start(Sandbox.bin(), "stop");
    Await.until("nobody new is let in", () -> Http.isRefused(port));
    assertTrue(stop.isAlive());
    box.file("go");

    assertEquals("held " + box.directory() + "/go", answer.get());
    stop.finish().good();
    assertEquals(TERMINATED, jhot.awaitExit());
  }

  @Test
  void stopThatIsTiredOfWaitingEndsWith124AndTheDrainGoesOn(Sandbox box) throws Exception {
    int port = box.port();
    Jhot jhot = box.exec(Sandbox.app("listen:" + port)).awaitServing(1);
    CompletableFuture<String> answer = hold(box, jhot, port);

    box.jhot("stop", "--timeout", "10ms").with(124);
    box.file("go");

    assertEquals("held " + box.directory() + "/go", answer.get());
    assertEquals(TERMINATED, jhot.awaitExit());
  }

  @Test
  void aSecondSignalEndsAtOnce(Sandbox box) {
    int port = box.port();
    Jhot jhot = box.exec(Sandbox.app("listen:" + port)).awaitServing(1);
    CompletableFuture<String> answer = hold(box, jhot, port);

    jhot.signal("TERM");
    jhot.err().await("draining");
    jhot.signal("TERM");

    assertEquals(KILLED, jhot.awaitExit());
    assertThrows(ExecutionException.class, answer::get);
  }

  @Test
  void stopNowDoesNotDrain(Sandbox box) {
    int port = box.port();
    Jhot jhot = box.exec(Sandbox.app("listen:" + port)).awaitServing(1);
    CompletableFuture<String> answer = hold(box, jhot, port);

    box.jhot("stop", "--now").good();

    assertEquals(KILLED, jhot.awaitExit());
    assertThrows(ExecutionException.class, answer::get);
  }

  @Test
  void theAppsOwnExitCodeIsJhots(Sandbox box) {
    Jhot jhot = box.exec(Sandbox.app("on-term-exit:7", "listen:" + box.port())).awaitServing(1);

    assertEquals(7, jhot.stop().code());
  }

  @Test
  void theStopSignalIsWhatTheOperatorSays(Sandbox box) {
    Jhot jhot =
        box.exec(List.of("--stop-signal", "SIGINT"), Sandbox.app("listen:" + box.port()))
            .awaitServing(1);

    assertEquals(128 + 2, jhot.stop().code());
  }

  @Test
  void anAppThatIgnoresItsStopSignalIsDumpedAndKilled(Sandbox box) {
    Jhot jhot =
        box.exec(
                List.of("--drain-timeout", "2s"),
                Sandbox.app("ignore-term", "listen:" + box.port()))
            .awaitServing(1);

    Finished end = jhot.stop().with(KILLED);

    assertTrue(end.err().contains("\nFull thread dump"), end::toString);
    assertTrue(end.err().contains("\n\"at-end\""), end::toString);
    assertFalse(end.out().contains("Full thread dump"), "the app's own output is left alone");
  }

  @Test
  void aReplacedGenerationThatDoesNotEndIsDumpedAndKilledWhileTheNewOneServes(Sandbox box)
      throws IOException {
    int port = box.port();
    Jhot jhot =
        box.exec(List.of("--drain-timeout", "2s"), Sandbox.app("listen:" + port)).awaitServing(1);
    CompletableFuture<String> answer = hold(box, jhot, port);

    jhot.replace(1);

    assertThrows(ExecutionException.class, answer::get);
    Http.assertAnswers(port);
    assertTrue(jhot.status().servesAlone(2));
  }

  @Test
  void duringTheDrainDelayNewClientsAreStillLetIn(Sandbox box) throws IOException {
    int port = box.port();
    Jhot jhot =
        box.exec(
                List.of("--drain-delay", "5m", "--drain-timeout", "10m"),
                Sandbox.app("listen:" + port))
            .awaitServing(1);

    jhot.signal("TERM");
    jhot.err().await("generation 1 drains");

    Http.assertAnswers(port);
    assertTrue(jhot.status().has(1, "draining"));
    jhot.signal("TERM");
    assertEquals(KILLED, jhot.awaitExit());
  }

  @Test
  void aStopDuringAReloadEndsBoth(Sandbox box) {
    int port = box.port();
    box.file("script", "listen:" + port);
    Jhot jhot = box.exec(box.appByScript()).awaitServing(1);
    box.file("script", "say:starting", "wait");
    Running reload = box.start(Sandbox.bin(), "reload", "--wait");
    jhot.out().await("starting");

    Finished end = jhot.stop();

    assertEquals(TERMINATED, end.code());
    Finished refused = reload.finish().with(1);
    assertTrue(refused.err().contains("stop"), refused::toString);
  }

  @Test
  void aReloadDuringTheStopIsRefused(Sandbox box) {
    int port = box.port();
    Jhot jhot = box.exec(Sandbox.app("listen:" + port)).awaitServing(1);
    CompletableFuture<String> answer = hold(box, jhot, port);
    jhot.signal("TERM");
    jhot.err().await("draining");

    Finished refused = jhot.reload().with(1);

    assertTrue(refused.err().contains("stopping"), refused::toString);
    box.file("go");
    assertEquals("held " + box.directory() + "/go", answer.join());
    assertEquals(TERMINATED, jhot.awaitExit());
  }

  @Test
  void quitMakesTheAppPrintItsThreadsAndGoOn(Sandbox box) throws IOException {
    int port = box.port();
    Jhot jhot = box.exec(Sandbox.app("listen:" + port)).awaitServing(1);

    jhot.signal("QUIT");
    jhot.out().await("Full thread dump");

    Http.assertAnswers(port);
    assertFalse(jhot.err().text().contains("thread dump"), jhot::toString);
  }

  @Test
  void quitAfterAReloadReachesTheGenerationThatServes(Sandbox box) {
    int port = box.port();
    Jhot jhot = box.exec(Sandbox.app("say:from {gen}", "listen:" + port)).awaitServing(1);
    jhot.replace(1);

    jhot.signal("QUIT");

    jhot.out().await("Full thread dump");
  }
}
