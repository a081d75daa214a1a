package io.jhot.tests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.jhot.testcontainers.ContainerSignal;
import io.jhot.testcontainers.JhotContainer;
import io.jhot.testcontainers.JhotStatus;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;
import org.testcontainers.containers.Container.ExecResult;

/** jhot as the first process of a container, with a real Java server as its app. */
@ParameterizedClass
@EnumSource(JhotImage.class)
@ExtendWith(ContainersExtension.class)
class PidOneContainerIT {
  private static final String GO = Containers.SHARED + "/go";
  private static final int KILLED = 137;

  @Parameter JhotImage image;

  /** Begins a request that is answered when there is {@code /shared/go}. */
  private static CompletableFuture<String> hold(JhotContainer service) {
    CompletableFuture<String> answer = Http.begin(Containers.port(service), "/hold?" + GO);
    Containers.awaitOutput(service, "holding " + GO);
    return answer;
  }

  @Test
  void termDrainsARequestInFlightAndEndsWithTheAppsCode(Containers box) {
    JhotContainer service = box.service(image, "on-term-exit:7");
    service.start();
    assertEquals(1, service.status().pid());
    CompletableFuture<String> answer = hold(service);

    service.signal(ContainerSignal.TERM);
    Containers.awaitSaid(service, "drains");
    box.share("go");

    assertEquals("held " + GO, answer.join());
    assertEquals(7, service.awaitEnd(Await.PATIENCE));
  }

  @Test
  void aSecondTermEndsAtOnce(Containers box) {
    JhotContainer service = box.service(image).withOption("--drain-timeout", "1h");
    service.start();
    CompletableFuture<String> answer = hold(service);

    service.signal(ContainerSignal.TERM);
    Containers.awaitSaid(service, "drains");
    service.signal(ContainerSignal.TERM);

    assertEquals(KILLED, service.awaitEnd(Await.PATIENCE));
    assertThrows(ExecutionException.class, answer::get);
  }

  @Test
  void hupAndUsr1ReloadAndQuitDumpsThreadsAndIntDrains(Containers box) {
    JhotContainer service = box.service(image);
    service.start();

    service.signal(ContainerSignal.HUP);
    Containers.awaitSaid(service, "generation 2 serves");
    Containers.awaitSaid(service, "generation 1 is gone");
    service.signal(ContainerSignal.USR1);
    Containers.awaitSaid(service, "generation 3 serves");
    Containers.awaitSaid(service, "generation 2 is gone");
    assertTrue(service.status().servesAlone(3));

    service.signal(ContainerSignal.QUIT);
    Containers.awaitOutput(service, "Full thread dump");
    assertTrue(service.status().servesAlone(3));

    CompletableFuture<String> answer = hold(service);
    service.signal(ContainerSignal.INT);
    Containers.awaitSaid(service, "generation 3 drains");
    box.share("go");
    assertEquals("held " + GO, answer.join());
    assertEquals(143, service.awaitEnd(Await.PATIENCE));
  }

  /** What {@code docker stop} cannot wait for is lost, and the container can be started again. */
  @Test
  void aStopWithAGraceShorterThanTheDrainKillsAndTheContainerStartsAgain(Containers box)
      throws IOException {
    JhotContainer service = box.service(image).withOption("--drain-timeout", "1h");
    service.start();
    CompletableFuture<String> answer = hold(service);

    Containers.docker().stopContainerCmd(service.getContainerId()).withTimeout(1).exec();

    assertEquals(KILLED, service.awaitEnd(Await.PATIENCE));
    assertThrows(ExecutionException.class, answer::get);
    long before = served(service);
    Containers.docker().startContainerCmd(service.getContainerId()).exec();
    Await.until("it serves again", () -> served(service) > before, service::getLogs);
    assertTrue(service.status().servesAlone(1));
    assertEquals(143, service.drain().exitCode());
  }

  private static long served(JhotContainer service) {
    return service.journal().stream()
        .filter(line -> line.message().contains("generation 1 serves"))
        .count();
  }

  /** {@code docker exec} makes them: their parents are gone before them, and PID 1 inherits. */
  @Test
  void tenThousandOrphansAreReapedWhileItServes(Containers box) throws Exception {
    JhotContainer service = box.service(image);
    service.start();
    long jhot = Containers.outerPid(service);
    LoadInside load = LoadInside.on(box, service);

    ExecResult storm = service.execInContainer(Containers.program("orphans"), "10000", "end");

    assertEquals(0, storm.getExitCode(), storm::getStderr);
    assertEquals(10_001, storm.getStdout().lines().count());
    load.endWithoutFailure();
    Await.until(
        "the app is its only child",
        () -> Proc.children(jhot).size() == 1,
        () -> Proc.children(jhot).toString());
    assertTrue(service.status().servesAlone(1));
  }

  @Test
  void tenReloadsByHupUnderLoadLoseNothing(Containers box) {
    JhotContainer service = box.service(image);
    service.start();
    LoadInside load = LoadInside.on(box, service);

    for (int next = 2; next <= 11; next++) {
      service.signal(ContainerSignal.HUP);
      service.awaitGeneration(next);
    }
    service.awaitOnly(11);
    service.awaitConnections(1);

    String result = load.endWithoutFailure();
    assertTrue(result.contains("\"generations\":11,"), result);
    JhotStatus status = service.status();
    assertEquals(1, status.listeners().size(), status::toString);
  }

  @Test
  void theContainersExitCodeIsTheApps(Containers box) {
    for (int code : new int[] {0, 1, 42, 255}) {
      box.run(image, create -> {}, Containers.program("endings"), "exit", "" + code).with(code);
    }
    box.run(image, create -> {}, Containers.program("endings"), "die", "11").with(128 + 11);
    Finished missing = box.run(image, create -> {}, "no-such-program").with(127);
    assertTrue(missing.err().contains("no-such-program"), missing::toString);
    Finished nothing = box.run(image, create -> {}).with(2);
    assertEquals(1, nothing.err().lines().count(), nothing::toString);
  }

  @Test
  void theImagesEntryPointIsJhotAndItTakesItsCache(Containers box) {
    List<String> entry =
        List.of(Containers.docker().inspectImageCmd(image.tag).exec().getConfig().getEntrypoint());
    assertEquals(List.of("/opt/jhot/bin/jhot", "exec", "--"), entry);

    box.run(
            image,
            create ->
                create
                    .withEntrypoint("/opt/jhot/lib/runtime/bin/java")
                    .withEnv("_JAVA_SR_SIGNUM=41"),
            "@/opt/jhot/lib/jvm.flags",
            "-XX:AOTMode=on",
            "-XX:AOTCache=/opt/jhot/lib/jhot.aot",
            "-Djhot.home=/opt/jhot",
            "-m",
            "io.jhot.launcher/io.jhot.cli.Main",
            "--version")
        .good();
  }
}
