package io.jhot.tests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The main job: the next generation takes over and nobody notices. */
@ExtendWith(SandboxExtension.class)
class HotReloadIT {
  @ParameterizedTest
  @ValueSource(strings = {"HUP", "USR1"})
  void aSignalReloadsAndNoRequestFails(String signal, Sandbox box) {
    int port = box.port();
    Jhot jhot = box.exec(Sandbox.app("listen:" + port)).awaitServing(1);
    Load load = Load.on(port);

    jhot.signal(signal);
    jhot.awaitServing(2);
    jhot.awaitGone(1);

    load.endWithoutFailure();
  }

  @Test
  void reloadReturnsAtOnceAndNoRequestFails(Sandbox box) {
    int port = box.port();
    Jhot jhot = box.exec(Sandbox.app("listen:" + port)).awaitServing(1);
    Load load = Load.on(port);

    Finished reload = box.jhot("reload").good();
    jhot.awaitServing(2);
    jhot.awaitGone(1);

    assertEquals(1, reload.out().lines().count(), reload::toString);
    load.endWithoutFailure();
  }

  @Test
  void reloadWaitReturnsWhenTheNextGenerationServes(Sandbox box) throws IOException {
    int port = box.port();
    Jhot jhot = box.exec(Sandbox.app("listen:" + port)).awaitServing(1);
    String first = Http.get(port, "/pid");
    Load load = Load.on(port);

    Finished reload = jhot.replace(1);

    String second = Http.get(port, "/pid");
    assertNotEquals(first, second);
    assertTrue(reload.out().contains("generation 2 serves"), reload::toString);
    assertEquals(1, reload.out().lines().count(), reload::toString);
    load.endWithoutFailure();
    Status status = jhot.status();
    assertTrue(status.servesAlone(2), status::toString);
    assertEquals(second, Long.toString(status.serving().pid()));
    assertTrue(status.lastReload().startsWith("ok"), status::toString);
  }

  @Test
  void whereChildrenAreForkedItIsTheSame(Sandbox box) {
    box.environment("JHOT_SPAWN", "fork");
    int port = box.port();
    Jhot jhot = box.exec(Sandbox.app("listen:" + port)).awaitServing(1);
    Load load = Load.on(port);

    jhot.replace(1);

    load.endWithoutFailure();
  }

  @Test
  void twentyReloadsInARowLoseNothingAndLeaveNothingBehind(Sandbox box) {
    int port = box.port();
    Jhot jhot = box.exec(Sandbox.app("listen:" + port)).awaitServing(1);
    jhot.reload().good();
    long second = jhot.awaitAlone(2).serving().pid();
    int descriptorsOfJhot = jhot.descriptors();
    int descriptorsOfApp = Proc.descriptors(second).size();
    Load load = Load.on(port);

    for (int reload = 0; reload < 20; reload++) {
      jhot.reload().good();
    }

    load.endWithoutFailure();
    Status status = jhot.awaitAlone(22);
    assertEquals(1, status.listeners().size(), status::toString);
    assertEquals(List.of(status.serving().pid()), Proc.children(jhot.pid()));
    assertEquals(descriptorsOfJhot, jhot.descriptors());
    Await.until(
        "the app has as many descriptors as 20 generations before",
        () -> Proc.descriptors(status.serving().pid()).size() == descriptorsOfApp,
        () -> descriptorsOfApp + " and now " + Proc.descriptors(status.serving().pid()));
  }

  @ParameterizedTest
  @ValueSource(strings = {"platform", "virtual", "channel", "selector", "asynchronous"})
  void everyKindOfListenerOfTheJdkIsHandedOver(String kind, Sandbox box) {
    int port = box.port();
    List<String> app = Sandbox.javaClass("SocketServerApp", kind, Integer.toString(port));
    Jhot jhot = box.exec(app).awaitServing(1);
    Load load = Load.on(port);

    jhot.replace(1);
    jhot.replace(2);

    load.endWithoutFailure();
  }

  @Test
  void anAppWithTwoPortsHandsBothOver(Sandbox box) {
    int web = box.port();
    int management = box.port();
    Jhot jhot =
        box.exec(Sandbox.app("listen:" + web, "listen:" + management, "say:both")).awaitServing(1);
    jhot.out().await("both");
    Load onWeb = Load.on(web);
    Load onManagement = Load.on(management);

    Status status = jhot.status();
    jhot.replace(1);

    onWeb.endWithoutFailure();
    onManagement.endWithoutFailure();
    assertEquals(
        Set.of("tcp://127.0.0.1:" + web, "tcp://127.0.0.1:" + management), addresses(status));
    assertEquals(addresses(status), addresses(jhot.status()));
  }

  private static Set<String> addresses(Status status) {
    return status.listeners().stream()
        .map(Status.Listener::address)
        .collect(Collectors.toUnmodifiableSet());
  }

  @Test
  void aListenerOnEveryAddressIsHandedOverForBothFamilies(Sandbox box) throws IOException {
    int port = box.port();
    Jhot jhot = box.exec(Sandbox.app("listen:*:" + port)).awaitServing(1);

    jhot.replace(1);

    String pid = Long.toString(jhot.status().serving().pid());
    assertEquals(pid, Http.get("127.0.0.1", port, "/pid"));
    assertEquals(pid, Http.get("::1", port, "/pid"));
    assertEquals(Set.of("tcp://[::]:" + port), addresses(jhot.status()));
  }

  @Test
  void anIpv6ListenerIsHandedOver(Sandbox box) throws IOException {
    int port = box.port();
    Jhot jhot = box.exec(Sandbox.app("listen:::1:" + port)).awaitServing(1);

    jhot.replace(1);

    assertEquals(Long.toString(jhot.status().serving().pid()), Http.get("::1", port, "/pid"));
    assertEquals(Set.of("tcp://[::1]:" + port), addresses(jhot.status()));
  }

  @Test
  void clientsThatWaitInTheQueueAreServedByTheNextGeneration(Sandbox box) throws Exception {
    int port = box.port();
    Jhot jhot = box.exec(Sandbox.app("listen:" + port)).awaitServing(1);
    long first = jhot.status().serving().pid();
    Proc.signal(first, "STOP");
    CompletableFuture<String> waiting = Http.begin(port, "/pid");

    jhot.reload().good();

    // whichever of the two accepted it: it has an answer
    Proc.signal(first, "CONT");
    assertTrue(Long.parseLong(waiting.get()) > 0);
  }

  @Test
  void reloadsDuringAReloadBecomeOneMore(Sandbox box) {
    int port = box.port();
    Path script = box.file("script", "listen:" + port);
    Path go = box.directory().resolve("go");
    Jhot jhot = box.exec(Sandbox.app("script:" + script)).awaitServing(1);
    box.file("script", "say:in generation 2 or later", "await:" + go, "listen:" + port);

    Running first = box.start(Sandbox.bin(), "reload", "--wait");
    jhot.out().await("in generation 2 or later");
    Running second = box.start(Sandbox.bin(), "reload", "--wait");
    Running third = box.start(Sandbox.bin(), "reload", "--wait");
    jhot.err().await("after the start in progress", 2);
    jhot.signal("HUP");
    jhot.err().await("SIGHUP");
    box.file("go");

    assertTrue(first.finish().good().out().contains("generation 2 serves"));
    assertTrue(second.finish().good().out().contains("generation 3 serves"));
    assertTrue(third.finish().good().out().contains("generation 3 serves"));
    jhot.awaitAlone(3);
  }

  @Test
  void aStormOfSignalsLosesNoRequest(Sandbox box) {
    int port = box.port();
    Jhot jhot = box.exec(Sandbox.app("listen:" + port)).awaitServing(1);
    Load load = Load.on(port);

    for (int i = 0; i < 30; i++) {
      jhot.signal(i % 2 == 0 ? "HUP" : "USR1");
    }
    Finished last = jhot.reload().good();

    load.endWithoutFailure();
    String served = last.out().replaceAll("generation (\\d+) serves.*\n", "$1");
    jhot.awaitStatus("it is alone", s -> s.servesAlone(Integer.parseInt(served)));
  }
}
