package io.jhot.tests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** A reload in a container that is too small for two generations: clients wait, none is refused. */
@ExtendWith(SandboxExtension.class)
class OverlapIT {
  private static final int LIMIT = 400;

  /** An app that has a heap of so many MiB, and all of it. */
  private static List<String> app(int heap, String... steps) {
    List<String> command = new ArrayList<>(Sandbox.app(steps));
    command.removeIf(argument -> argument.startsWith("-Xmx"));
    command.addAll(1, List.of("-Xms" + heap + "m", "-Xmx" + heap + "m", "-XX:+AlwaysPreTouch"));
    return command;
  }

  private static int at(Running jhot, String part) {
    List<String> lines = jhot.err().lines();
    for (int i = 0; i < lines.size(); i++) {
      if (lines.get(i).contains(part)) {
        return i;
      }
    }
    throw new AssertionError("nobody said " + part + ": " + jhot);
  }

  @Test
  void whereTwoDoNotFitTheOldOneEndsFirstAndNoRequestFails(Sandbox box) {
    int port = box.port();
    try (MemoryLimit limit = MemoryLimit.of(LIMIT)) {
      Jhot jhot = box.exec(limit, List.of(), app(230, "listen:" + port)).awaitServing(1);
      Load load = Load.on(port);

      jhot.reload().good();
      jhot.reload().good();

      load.endWithoutFailure();
      assertEquals(0, limit.killed());
      assertTrue(at(jhot, "generation 1 is gone") < at(jhot, "generation 2 serves"));
      assertTrue(at(jhot, "generation 2 is gone") < at(jhot, "generation 3 serves"));
      String why = jhot.err().lines().get(at(jhot, "generation 1 drains"));
      assertTrue(
          why.contains("makes room for generation 2: generation 1 has ")
              && why.contains("(400 MiB)"),
          why);
      jhot.stop();
    }
  }

  @Test
  void whereTwoFitTheyOverlap(Sandbox box) {
    int port = box.port();
    try (MemoryLimit limit = MemoryLimit.of(LIMIT)) {
      Jhot jhot = box.exec(limit, List.of(), app(64, "listen:" + port)).awaitServing(1);
      Load load = Load.on(port);

      jhot.replace(1);

      load.endWithoutFailure();
      assertTrue(at(jhot, "generation 2 serves") < at(jhot, "generation 1 drains"));
      assertEquals(0, limit.killed());
      jhot.stop();
    }
  }

  @Test
  void anOverlapThatIsDemandedAndDoesNotFitIsRefusedBeforehandWithTheFigures(Sandbox box) {
    int port = box.port();
    try (MemoryLimit limit = MemoryLimit.of(LIMIT)) {
      Jhot jhot =
          box.exec(limit, List.of("--overlap", "always"), app(230, "listen:" + port))
              .awaitServing(1);
      long pid = jhot.status().serving().pid();
      Load load = Load.on(port);

      Finished refused = jhot.reload().with(1);

      assertTrue(
          refused.err().contains("generation 2 was not started: generation 1 has "),
          refused::toString);
      assertTrue(refused.err().contains("(400 MiB) leaves"), refused::toString);
      assertEquals(pid, jhot.awaitAlone(1).serving().pid());
      load.endWithoutFailure();
      jhot.stop();
    }
  }

  @Test
  void withoutOverlapClientsWaitInTheQueueOfTheSocketThatJhotHolds(Sandbox box) {
    int port = box.port();
    box.file("script", "listen:" + port);
    Jhot jhot = box.exec(List.of("--overlap", "never"), box.appByScript()).awaitServing(1);
    Load load = Load.on(port);
    box.file("script", "say:starting", "await:" + box.directory() + "/go", "listen:" + port);

    Running reload = box.start(Sandbox.bin(), "reload", "--wait");
    jhot.out().await("starting");
    CompletableFuture<String> waiting = Http.begin(port, "/ping");
    assertTrue(jhot.status().generations().stream().allMatch(g -> g.number() == 2));
    box.file("go");

    reload.finish().good();
    assertEquals("{\"message\":\"pong\"}", waiting.join());
    load.endWithoutFailure();
    assertTrue(at(jhot, "generation 1 is gone") < at(jhot, "generation 2 serves"));
  }

  @Test
  void aNewGenerationThatFailsIsReportedAndJhotEndsWithItsCode(Sandbox box) {
    int port = box.port();
    box.file("script", "listen:" + port);
    Jhot jhot = box.exec(List.of("--overlap", "never"), box.appByScript()).awaitServing(1);
    box.file("script", "complain:no database", "exit:9");

    Finished reload = jhot.reload().with(1);

    assertTrue(reload.err().contains("generation 2 exited with code 9"), reload::toString);
    assertTrue(reload.err().contains("  | no database"), reload::toString);
    jhot.finish().with(9);
  }

  @Test
  void withRestartTheSocketIsHeldUntilAGenerationComesUpAndClientsWait(Sandbox box) {
    int port = box.port();
    box.file("script", "listen:" + port);
    Jhot jhot =
        box.exec(List.of("--overlap", "never", "--restart", "on-failure"), box.appByScript())
            .awaitServing(1);
    box.file("script", "exit:9");

    assertTrue(jhot.reload().with(1).err().contains("generation 2 exited with code 9"));
    CompletableFuture<String> waiting = Http.begin(port, "/ping");
    jhot.err().await("generation 3 exited with code 9");
    box.file("script", "listen:" + port);

    assertEquals("{\"message\":\"pong\"}", waiting.join());
  }

  @Test
  void aProgramThatIsNotThereIsNoReasonToEndTheOneThatServes(Sandbox box) throws IOException {
    int port = box.port();
    Path file = box.file("service", "--overlap never", quoted(Sandbox.app("listen:" + port)));
    Jhot jhot = box.execFile(file).awaitServing(1);
    box.file("service", "--overlap never", "no-such-program");

    Finished reload = jhot.reload().with(1);

    assertTrue(reload.err().contains("cannot start no-such-program"), reload::toString);
    Http.assertAnswers(port);
  }

  private static String quoted(List<String> command) {
    return command.stream().map(word -> '"' + word + '"').collect(Collectors.joining(" "));
  }
}
