package io.jhot.tests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What an app does with its own listeners stays its own business. */
@ExtendWith(SandboxExtension.class)
class AppListenersIT {
  @Test
  void aListenerThatTheAppClosesRefusesClients(Sandbox box) throws IOException {
    int port = box.port();
    int control = box.port();
    Jhot jhot =
        box.exec(Sandbox.app("listen:" + port, "listen:" + control, "say:both")).awaitServing(1);
    jhot.awaitListeners(2);

    Http.get(control, "/do?close:" + port);
    jhot.out().await("did close:" + port);

    Await.until("clients are refused", () -> Http.isRefused(port));
    Status status = jhot.awaitListeners(1);
    assertEquals("tcp://127.0.0.1:" + control, status.listeners().getFirst().address());
    Http.assertAnswers(control);
  }

  @Test
  void aListenerThatTheAppClosesAfterAReloadRefusesClientsToo(Sandbox box) throws IOException {
    int port = box.port();
    int control = box.port();
    Jhot jhot =
        box.exec(Sandbox.app("listen:" + port, "listen:" + control, "say:both")).awaitServing(1);
    jhot.awaitListeners(2);
    jhot.replace(1);

    Http.get(control, "/do?close:" + port);
    jhot.out().await("did close:" + port);

    Await.until("clients are refused", () -> Http.isRefused(port));
    Http.assertAnswers(control);
  }

  @Test
  void aListenerThatIsClosedAndBoundAgainIsHandedOver(Sandbox box) throws IOException {
    int port = box.port();
    int control = box.port();
    Jhot jhot =
        box.exec(Sandbox.app("listen:" + port, "listen:" + control, "say:both")).awaitServing(1);
    for (int round = 1; round <= 3; round++) {
      Http.get(control, "/do?close:" + port);
      jhot.out().await("did close:" + port, round);
      Http.get(control, "/do?listen:" + port);
      jhot.out().await("did listen:" + port, round);
      Http.assertAnswers(port);
    }
    jhot.awaitListeners(2);
    Load load = Load.on(port);

    jhot.replace(1);

    load.endWithoutFailure();
    assertEquals(2, jhot.status().listeners().size());
  }

  @Test
  void aListenerThatIsOpenedLaterIsHandedOverToo(Sandbox box) throws IOException {
    int port = box.port();
    int late = box.port();
    box.file("script", "listen:" + port);
    Jhot jhot = box.exec(box.appByScript()).awaitServing(1);
    Http.get(port, "/do?listen:" + late);
    jhot.awaitListeners(2);
    Load load = Load.on(late);
    box.file("script", "listen:" + port, "listen:" + late);

    jhot.replace(1);

    load.endWithoutFailure();
  }

  @Test
  void aSecondBindOfATakenPortFailsInTheAppAsEver(Sandbox box) throws IOException {
    int port = box.port();
    Jhot jhot = box.exec(Sandbox.app("listen:" + port)).awaitServing(1);
    for (int generation = 1; generation <= 2; generation++) {
      Http.get(port, "/do?listen:" + port);
      String line = jhot.out().await("could not listen:" + port, generation);
      assertTrue(line.contains("BindException"), line);
      Http.assertAnswers(port);
      jhot.replace(generation);
    }
  }

  @Test
  void aPortThatSomebodyElseHoldsFailsTheFirstGenerationAsWithoutJhot(Sandbox box)
      throws IOException {
    int port = box.port();
    try (ServerSocket holder = new ServerSocket(port, 1, InetAddress.getByName("127.0.0.1"))) {
      assertFalse(holder.isClosed());

      Finished end = box.exec(Sandbox.app("listen:" + port)).finish().with(1);

      assertTrue(end.err().contains("java.net.BindException: Address already in use"));
      assertTrue(end.err().contains("generation 1 exited with code 1"), end::toString);
    }
  }

  @Test
  void aPortThatSomebodyElseHoldsFailsTheReloadOnly(Sandbox box) throws IOException {
    int port = box.port();
    int second = box.port();
    box.file("script", "listen:" + port);
    Jhot jhot = box.exec(box.appByScript()).awaitServing(1);
    box.file("script", "listen:" + second, "listen:" + port);
    Load load = Load.on(port);
    try (ServerSocket holder = new ServerSocket(second, 1, InetAddress.getByName("127.0.0.1"))) {
      assertFalse(holder.isClosed());

      Finished reload = jhot.reload().with(1);

      assertTrue(reload.err().contains("BindException"), reload::toString);
      assertTrue(jhot.awaitAlone(1).has(1, "serving"));
    }
    jhot.replace(1);
    load.endWithoutFailure();
    Http.assertAnswers(second);
  }

  @Test
  void anAppWithAThousandDescriptorsIsReloaded(Sandbox box) {
    int port = box.port();
    Jhot jhot = box.exec(Sandbox.app("open:1000", "listen:" + port)).awaitServing(1);
    Load load = Load.on(port);

    jhot.replace(1);
    jhot.replace(2);

    load.endWithoutFailure();
    assertTrue(Proc.descriptors(jhot.status().serving().pid()).size() > 1000);
    assertTrue(jhot.descriptors() < 100, "jhot has none of them");
  }

  @Test
  void aListenerThatANewGenerationNoLongerWantsMakesTheReloadFail(Sandbox box) {
    int port = box.port();
    int dropped = box.port();
    Path script = box.file("script", "listen:" + port, "listen:" + dropped);
    Jhot jhot =
        box.exec(List.of("--ready-timeout", "8s"), Sandbox.app("script:" + script)).awaitServing(1);
    jhot.awaitListeners(2);
    box.file("script", "listen:" + port);

    Finished reload = jhot.reload().with(1);

    assertTrue(
        reload.err().contains("does not hold tcp://127.0.0.1:" + dropped + " yet"),
        reload::toString);
  }

  /**
   * The mode belongs to the socket that all generations share: a thread that waits inside accept(2)
   * would take a connection after its generation was parked. Here it is set before each accept:
   * while staged, live, and (timed) parked.
   */
  @ParameterizedTest
  @ValueSource(strings = {"changing", "changing-timed"})
  void aListenerThatTheAppSetsToBlockingStaysAsItIsForTheOthers(String kind, Sandbox box)
      throws IOException {
    int port = box.port();
    Jhot jhot =
        box.exec(
                List.of("--probe", "/ping", "--drain-timeout", "10m"),
                Sandbox.javaClass("SocketServerApp", kind, Integer.toString(port)))
            .awaitServing(1);
    assertTrue(Http.get(port, "/ping").contains("pong")); // so it has been set while live
    Load load = Load.on(port);
    Http.begin(port, "/slow?ms=600000"); // keeps generation 1 parked
    jhot.awaitConnection();

    jhot.reload().good();

    Status parked = jhot.awaitParked(1);
    String second = Long.toString(parked.serving().pid());
    for (int i = 0; i < 30; i++) {
      assertEquals(second, Http.get(port, "/pid"), "the first one accepts nothing any more");
      assertTrue(Proc.isNonBlockingListener(jhot.pid(), port), jhot::toString);
    }
    jhot.replace(2);
    load.endWithoutFailure();
    jhot.endNow();
  }
}
