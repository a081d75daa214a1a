package io.jhot.tests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** A next generation that goes wrong leaves the old one as it was, and the operator knows why. */
@ExtendWith(SandboxExtension.class)
class FailedReloadIT {
  private static final List<String> IMPATIENT = List.of("--ready-timeout", "8s");

  /** A service whose next generation does what the test says, with load on it. */
  private static final class Service {
    final Sandbox box;
    final int port;
    final Jhot jhot;
    final long pid;
    final int descriptors;
    final Load load;

    Service(Sandbox box, List<String> options) {
      this.box = box;
      port = box.port();
      becomes("listen:" + port);
      jhot = box.exec(options, box.appByScript()).awaitServing(1);
      pid = jhot.status().serving().pid();
      descriptors = jhot.descriptors();
      load = Load.on(port);
    }

    void becomes(String... steps) {
      box.file("script", steps);
    }

    /** Reloads in vain; returns what the operator was told. */
    Finished fails() {
      Finished reload = jhot.reload().with(1);
      assertEquals("", reload.out());
      List<String> lines = reload.err().lines().toList();
      assertTrue(
          lines.getFirst().startsWith("jhot: the reload failed: generation "), reload::toString);
      assertTrue(
          lines.stream().skip(1).allMatch(line -> line.startsWith("  | ")), reload::toString);
      return reload;
    }

    /** Checks that the old generation serves as before and that the next reload works. */
    void servesAndReloads() {
      Status status = jhot.awaitAlone(1);
      assertEquals(pid, status.serving().pid());
      assertTrue(status.lastReload().startsWith("failed: "), status::toString);
      assertEquals(1, status.listeners().size(), status::toString);
      Await.until(
          "what the reload opened is closed",
          () -> jhot.descriptors() == descriptors,
          jhot::toString);
      becomes("listen:" + port);
      jhot.replace(1);
      load.endWithoutFailure();
    }
  }

  @Test
  void aBrokenJar(Sandbox box) throws IOException {
    int port = box.port();
    Path jar = box.directory().resolve("app.jar");
    Files.copy(Sandbox.fixtures(), jar);
    Jhot jhot = box.exec(Sandbox.jar(jar.toString(), "listen:" + port)).awaitServing(1);
    Load load = Load.on(port);

    Files.move(box.file("broken", "this is no jar"), jar, StandardCopyOption.REPLACE_EXISTING);
    Finished broken = jhot.reload().with(1);
    Files.delete(jar);
    Finished missing = jhot.reload().with(1);

    assertTrue(broken.err().contains("generation 2 exited with code 1"), broken::toString);
    assertTrue(broken.err().contains("  | Error: Invalid or corrupt jarfile"), broken::toString);
    assertTrue(missing.err().contains("  | Error: Unable to access jarfile"), missing::toString);
    Files.copy(Sandbox.fixtures(), jar);
    jhot.replace(1);
    load.endWithoutFailure();
    assertEquals(4, jhot.status().serving().number());
  }

  @Test
  void aProgramThatExitsAtOnce(Sandbox box) {
    Service service = new Service(box, List.of());
    service.becomes("complain:no licence found", "exit:3");

    Finished reload = service.fails();

    assertTrue(reload.err().contains("exited with code 3"), reload::toString);
    assertTrue(reload.err().contains("  | no licence found\n"), reload::toString);
    assertTrue(service.jhot.err().text().contains("\nno licence found\n"), "relayed as well");
    service.servesAndReloads();
  }

  @Test
  void aProgramThatDiesOfAnException(Sandbox box) {
    Service service = new Service(box, List.of());
    service.becomes("say:reading the configuration", "throw:no database");

    Finished reload = service.fails();

    assertTrue(reload.err().contains("IllegalStateException: no database"), reload::toString);
    assertTrue(reload.err().contains("  | reading the configuration\n"), reload::toString);
    assertFalse(reload.err().contains("\tat "), () -> "no frames: " + reload);
    service.servesAndReloads();
  }

  @Test
  void aProgramThatNeverListens(Sandbox box) {
    Service service = new Service(box, IMPATIENT);
    service.becomes("say:thinking", "wait");

    Finished reload = service.fails();

    assertTrue(reload.err().contains("not ready after 8 s"), reload::toString);
    assertTrue(
        reload.err().contains("does not hold tcp://127.0.0.1:" + service.port), reload::toString);
    assertTrue(reload.err().contains("  | thinking\n"), reload::toString);
    service.servesAndReloads();
  }

  @Test
  void aProgramThatListensElsewhere(Sandbox box) {
    Service service = new Service(box, IMPATIENT);
    int elsewhere = box.port();
    service.becomes("listen:" + elsewhere, "wait");

    Finished reload = service.fails();

    assertTrue(
        reload.err().contains("does not hold tcp://127.0.0.1:" + service.port), reload::toString);
    service.servesAndReloads();
    assertTrue(Http.isRefused(elsewhere), "nothing of the failed one listens");
  }

  @Test
  void aProgramThatHoldsOnlyOneOfTwoListeners(Sandbox box) {
    int one = box.port();
    int two = box.port();
    box.file("script", "listen:" + one, "listen:" + two, "say:both");
    Jhot jhot = box.exec(IMPATIENT, box.appByScript()).awaitServing(1);
    jhot.awaitListeners(2);
    Load load = Load.on(two);
    box.file("script", "listen:" + one, "wait");

    Finished reload = jhot.reload().with(1);

    assertTrue(reload.err().contains("does not hold tcp://127.0.0.1:" + two), reload::toString);
    load.endWithoutFailure();
    assertEquals(2, jhot.awaitAlone(1).listeners().size());
  }

  @Test
  void aNewGenerationThatIsKilledWhileItStarts(Sandbox box) {
    Service service = new Service(box, List.of());
    service.becomes("say:starting", "wait");
    Running reload = box.start(Sandbox.bin(), "reload", "--wait");
    service.jhot.out().await("starting");
    long starting =
        service.jhot.awaitStatus("2 is starting", s -> s.has(2, "starting")).generation(2).pid();

    Proc.signal(starting, "KILL");

    Finished end = reload.finish().with(1);
    assertTrue(end.err().contains("was killed by SIGKILL"), end::toString);
    service.servesAndReloads();
  }

  private static Jhot serving(Sandbox box, Path java, int port) {
    return box.exec(Sandbox.appBy(java.toString(), List.of(), "listen:" + port)).awaitServing(1);
  }

  @Test
  void aProgramThatIsNotThereAnyMore(Sandbox box) throws IOException {
    int port = box.port();
    Path java = Files.createSymbolicLink(box.directory().resolve("java"), Path.of(Sandbox.java()));
    Jhot jhot = serving(box, java, port);
    Files.delete(java);

    Finished reload = jhot.reload().with(1);

    assertTrue(reload.err().contains("cannot start " + java), reload::toString);
    assertEquals(1, reload.err().lines().count(), reload::toString);
    Files.createSymbolicLink(java, Path.of(Sandbox.java()));
    jhot.reload().good();
    Http.assertAnswers(port);
  }

  @Test
  void aProgramThatTheKernelDoesNotExecuteLeavesNoDescriptorBehind(Sandbox box) throws IOException {
    int port = box.port();
    Path java = Files.createSymbolicLink(box.directory().resolve("java"), Path.of(Sandbox.java()));
    Jhot jhot = serving(box, java, port);
    int descriptors = jhot.descriptors();
    Files.delete(java);
    box.script("java", "#!" + box.directory().resolve("missing"));

    Finished reload = jhot.reload().with(1);

    assertTrue(reload.err().contains("cannot start " + java), reload::toString);
    Await.until(
        "jhot holds no more descriptors than before: " + descriptors,
        () -> jhot.descriptors() <= descriptors,
        () -> Proc.descriptors(jhot.pid()) + "\n" + jhot);
    Http.assertAnswers(port);
  }

  @Test
  void whereverTheDescriptorsOfAStartRunOutNothingIsLeftOfIt(Sandbox box) {
    int port = box.port();
    Jhot jhot = box.exec(Sandbox.app("listen:" + port)).awaitServing(1);
    int descriptors = jhot.descriptors();
    int generation = 1;
    do {
      generation++;
      limit(box, jhot, descriptors + generation);
      Proc.signal(jhot.pid(), "HUP");
      String started = "generation " + generation;
      Await.until(
          started + " could not be started, or serves",
          () ->
              jhot.err().count("the reload failed: " + started + " could not be started") > 0
                  || jhot.err().count(started + " serves") > 0,
          jhot::toString);
    } while (jhot.err().count("generation " + generation + " serves") == 0);
    limit(box, jhot, 1_000);
    jhot.awaitGone(1);

    Await.until(
        "jhot holds no more descriptors than before: " + descriptors,
        () -> jhot.descriptors() <= descriptors,
        () -> Proc.descriptors(jhot.pid()) + "\n" + jhot);
    assertTrue(generation > 5, jhot::toString);
    assertEquals(1, Proc.children(jhot.pid()).size());
  }

  private static void limit(Sandbox box, Jhot jhot, int descriptors) {
    box.run("prlimit", "--pid", Long.toString(jhot.pid()), "--nofile=" + descriptors + ":1024")
        .good();
  }

  @Test
  void twoFailuresInARowWhereTheSecondWasCoalesced(Sandbox box) {
    Service service = new Service(box, List.of());
    Path go = box.directory().resolve("go");
    service.becomes("say:starting", "await:" + go, "exit:4");
    Running first = box.start(Sandbox.bin(), "reload", "--wait");
    service.jhot.out().await("starting");
    Running second = box.start(Sandbox.bin(), "reload", "--wait");
    service.jhot.err().await("after the start in progress");
    Running third = box.start(Sandbox.bin(), "reload", "--wait");
    service.jhot.err().await("after the start in progress", 2);

    box.file("go");

    assertTrue(first.finish().with(1).err().contains("generation 2 exited with code 4"));
    assertTrue(second.finish().with(1).err().contains("generation 3 exited with code 4"));
    assertTrue(third.finish().with(1).err().contains("generation 3 exited with code 4"));
    service.servesAndReloads();
    assertEquals(4, service.jhot.status().serving().number());
  }

  @Test
  void aReloadThatIsNotWaitedForIsToldInTheLogAndInStatus(Sandbox box) {
    Service service = new Service(box, List.of());
    service.becomes("exit:5");

    service.jhot.signal("HUP");
    service.jhot.err().await("generation 2 exited with code 5");

    service.servesAndReloads();
  }

  @Test
  void aWaitThatIsTiredEndsWith124AndTheReloadGoesOn(Sandbox box) {
    Service service = new Service(box, List.of());
    Path go = box.directory().resolve("go");
    service.becomes("say:starting", "await:" + go, "listen:" + service.port);

    service.jhot.reload("--timeout", "10ms").with(124);
    box.file("go");

    service.jhot.awaitServing(2);
    service.jhot.awaitGone(1);
    service.load.endWithoutFailure();
  }

  @Test
  void anOldGenerationThatIsKilledWhileItDrains(Sandbox box) {
    Service service = new Service(box, List.of());
    CompletableFuture<String> held =
        Http.begin(service.port, "/hold?" + box.directory() + "/never");
    service.jhot.out().await("holding");
    service.load.endWithoutFailure();
    service.jhot.reload().good();
    assertTrue(service.jhot.status().has(1, "draining"));
    Load load = Load.on(service.port);

    Proc.signal(service.pid, "KILL");

    service.jhot.awaitGone(1);
    Assertions.assertThrows(ExecutionException.class, held::get);
    service.jhot.awaitAlone(2);
    load.endWithoutFailure();
  }

  @Test
  void aServingGenerationThatIsKilledEndsJhotWithItsCode(Sandbox box) {
    Jhot jhot = box.exec(Sandbox.app("listen:" + box.port())).awaitServing(1);

    Proc.signal(jhot.status().serving().pid(), "KILL");

    Finished end = jhot.finish().with(128 + 9);
    assertTrue(end.err().contains("was killed by SIGKILL"), end::toString);
  }

  @Test
  void withRestartAKilledGenerationIsReplacedWhileClientsWaitAndAreNotRefused(Sandbox box)
      throws IOException {
    int port = box.port();
    Jhot jhot =
        box.exec(List.of("--restart", "on-failure:3"), Sandbox.app("listen:" + port))
            .awaitServing(1);
    long killed = jhot.status().serving().pid();

    Proc.signal(killed, "KILL");
    Await.until("it is gone", () -> Proc.isGone(killed));

    long next = Long.parseLong(Http.get(port, "/pid"));
    assertEquals(next, jhot.awaitAlone(2).serving().pid());
  }

  @Test
  void aServingGenerationThatIsKilledDuringAReloadIsFollowedByTheNewOne(Sandbox box)
      throws IOException {
    int port = box.port();
    Path go = box.directory().resolve("go");
    box.file("script", "listen:" + port);
    Jhot jhot = box.exec(box.appByScript()).awaitServing(1);
    box.file("script", "say:starting", "await:" + go, "listen:" + port);
    Running reload = box.start(Sandbox.bin(), "reload", "--wait");
    jhot.out().await("starting");

    Proc.signal(jhot.status().serving().pid(), "KILL");
    jhot.err().await("generation 1 was killed by SIGKILL");
    CompletableFuture<String> waiting = Http.begin(port, "/ping");
    box.file("go");

    reload.finish().good();
    assertEquals("{\"message\":\"pong\"}", waiting.join());
    assertTrue(jhot.status().servesAlone(2));
  }
}
