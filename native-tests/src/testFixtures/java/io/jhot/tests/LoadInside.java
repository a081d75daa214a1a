package io.jhot.tests;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.jhot.testcontainers.JhotContainer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.testcontainers.containers.Container.ExecResult;

/**
 * The load client in a container, on the service's own loopback: what an engine's port proxy does
 * to connections is not jhot's. It runs until it is told to end.
 */
final class LoadInside {
  private static final String END = "load-ends";

  private final Containers box;
  private final CompletableFuture<ExecResult> result;

  private LoadInside(Containers box, JhotContainer service) {
    this.box = box;
    List<String> command = new ArrayList<>(Containers.java("-jar", "/load.jar"));
    command.addAll(
        List.of(
            "--port",
            "8080",
            "--duration",
            "600",
            "--until",
            Containers.SHARED + "/" + END,
            "--json"));
    command.addAll(List.of("--keep-alive-rate", "100", "--connections", "5", "--timeout", "60"));
    result =
        CompletableFuture.supplyAsync(
            () -> {
              try {
                return service.execInContainer(command.toArray(String[]::new));
              } catch (IOException e) {
                throw new UncheckedIOException(e);
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new AssertionError("interrupted while the load ran", e);
              }
            },
            task -> Thread.ofPlatform().name("load").start(task));
  }

  /** Begins, and waits until it has connections. */
  static LoadInside on(Containers box, JhotContainer service) {
    LoadInside load = new LoadInside(box, service);
    Await.until(
        "the load is connected",
        () ->
            load.result.isDone()
                || service.status().serving().orElseThrow().connections().orElse(0) > 0,
        service::getLogs);
    return load;
  }

  /** Ends it, checks that each request had its answer, and returns its report. */
  String endWithoutFailure() {
    box.share(END);
    ExecResult ended = result.join();
    String said = ended.getStdout() + ended.getStderr();
    assertEquals(0, ended.getExitCode(), said);
    return said;
  }
}
