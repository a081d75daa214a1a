package io.jhot.tests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.jhot.examples.load.LoadResult;
import io.jhot.examples.load.Report;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * An agent that speaks nonsense, closes its channel, falls silent or dies, at each step of a
 * generation's life. The one of {@code agent.c} does so by a plan.
 */
@ExtendWith(SandboxExtension.class)
class FaultyAgentIT {
  /** A service whose generations do wrong what the plan says that they find when they start. */
  private static final class Service {
    final Sandbox box;
    final int port;
    final Jhot jhot;

    Service(Sandbox box, String plan, String... options) {
      this.box = box;
      port = box.port();
      if (!plan.isEmpty()) {
        plan(plan);
      }
      Path script =
          box.script(
              "service",
              "#!/bin/sh",
              "exec " + Programs.path("agent") + " " + port + " " + box.port());
      jhot = box.exec(List.of(options), List.of(script.toString())).awaitServing(1);
      if (!plan.isEmpty()) {
        noPlan();
      }
      jhot.awaitListeners(2);
    }

    void plan(String plan) {
      box.file("plan", plan);
    }

    void noPlan() {
      try {
        Files.delete(box.directory().resolve("plan"));
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  @ParameterizedTest
  @CsvSource({
    "hello, noise",
    "hello, closed",
    "hello, silent",
    "hello, killed",
    "welcome, noise",
    "welcome, closed",
    "bind, closed",
    "bind, silent",
    "bind, killed",
    "staged, noise",
    "staged, closed",
    "staged, killed",
    "probing, noise",
    "probing, closed",
    "probing, killed",
    "live, noise",
    "live, closed",
    "live, silent",
    "live, killed",
  })
  void aGenerationThatComes(String step, String fault, Sandbox box) {
    Service service =
        new Service(
            box,
            "",
            "--ready-timeout",
            "8s",
            "--drain-timeout",
            "3s",
            "--probe",
            "/",
            "--probe-interval",
            "50ms");
    Jhot jhot = service.jhot;
    Aftermath aftermath = new Aftermath(jhot);
    Load load = Load.on(service.port);
    service.plan(step + " " + fault);

    Finished reload = jhot.reload().with(fault.equals("noise") ? 0 : 1);

    service.noPlan();
    assertTrue(
        fault.equals("killed") || jhot.out().count("did " + step + " " + fault) == 1,
        jhot::toString);
    assertTrue(
        !fault.equals("killed") || reload.err().contains("was killed by SIGKILL"),
        reload::toString);
    load.endWithoutFailure();
    aftermath.check();
  }

  @ParameterizedTest
  @CsvSource({
    "serving, noise",
    "serving, closed",
    "serving, silent",
    "parking, noise",
    "parking, closed",
    "parking, silent",
    "parking, killed",
    "hooks, noise",
    "hooks, closed",
    "hooks, silent",
    "hooks, killed",
    "parked, noise",
    "parked, closed",
    "parked, silent",
    "parked, killed",
  })
  void aGenerationThatGoes(String step, String fault, Sandbox box) {
    Service service = new Service(box, step + " " + fault, "--drain-timeout", "3s");
    Jhot jhot = service.jhot;
    boolean lost = step.equals("serving") && fault.equals("closed");
    Aftermath aftermath = new Aftermath(jhot, lost ? 1 : 0);
    Load load = Load.onNewConnections(service.port);

    jhot.replace(1);
    assertTrue(
        fault.equals("killed") || jhot.out().count("did " + step + " " + fault) == 1,
        jhot::toString);
    LoadResult result = load.end();
    // what one that is killed had in its hands is lost, as ever
    assertTrue(fault.equals("killed") || result.failed() == 0, () -> Report.table(result));
    aftermath.check();
  }

  @ParameterizedTest
  @ValueSource(strings = {"older", "newer"})
  void anotherVersionOfTheProtocolIsSaidInOneLineAndWorks(String which, Sandbox box) {
    Service service = new Service(box, "", "--drain-timeout", "3s");
    Jhot jhot = service.jhot;
    Aftermath aftermath = new Aftermath(jhot);
    Load load = Load.on(service.port);
    service.plan("hello " + which);

    jhot.reload().good();

    service.noPlan();
    jhot.awaitGone(1);
    aftermath.check();
    load.endWithoutFailure();
    String version = which.equals("older") ? "1" : "99";
    jhot.err().await("generation 2: its agent (test) speaks version " + version);
    assertEquals(1, jhot.err().count("generation 2: its agent"), jhot::toString);
  }

  @Test
  void whoeverFloodsTheChannelKeepsNobodyElseWaiting(Sandbox box) {
    Service service = new Service(box, "serving flood", "--drain-timeout", "3s");
    Jhot jhot = service.jhot;
    jhot.out().await("did serving flood");
    Aftermath aftermath = new Aftermath(jhot);
    Load load = Load.on(service.port);

    jhot.replace(1);
    load.endWithoutFailure();
    aftermath.check();
    assertEquals(1, jhot.err().count("which is ignored from now on"), jhot::toString);
  }

  @ParameterizedTest
  @CsvSource({"noise", "closed", "silent", "killed"})
  void aGenerationThatIsToComeBack(String fault, Sandbox box) {
    Service service =
        new Service(box, "return " + fault, "--drain-timeout", "12s", "--restart", "on-failure");
    Jhot jhot = service.jhot;
    Aftermath aftermath = new Aftermath(jhot);
    CompletableFuture<String> slow = Http.begin(service.port, "/slow?ms=4000");
    jhot.awaitConnection();
    jhot.reload().good();
    Status parked = jhot.awaitParked(1);

    Proc.signal(parked.serving().pid(), "KILL");

    jhot.awaitServing(fault.equals("noise") ? 1 : 3);
    if (!fault.equals("killed")) {
      assertEquals("{\"slept\":4000}", slow.join());
    }
    aftermath.check();
  }
}
