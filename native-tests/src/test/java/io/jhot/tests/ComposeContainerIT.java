package io.jhot.tests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import com.github.dockerjava.api.command.InspectContainerResponse;
import com.github.dockerjava.api.model.Container;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.testcontainers.containers.output.OutputFrame.OutputType;
import org.testcontainers.utility.LogUtils;

/** {@code examples/compose.yaml}, as it is. */
@ExtendWith(SandboxExtension.class)
class ComposeContainerIT {
  private static final Path FILE = Path.of("../examples/compose.yaml").toAbsolutePath().normalize();

  private final String project = "jhot-it-" + ProcessHandle.current().pid();

  /** The client keeps its connections for good; the sandbox would take a first one for ours. */
  @BeforeAll
  static void theClientHasItsConnection() {
    Containers.docker().listContainersCmd().exec();
  }

  @Test
  void theExampleGetsHealthyReloadsAndDrains(Sandbox box) throws IOException {
    int port = box.port();
    box.environment("PORT", Integer.toString(port));
    try {
      compose(box, "up", "-d");
      Await.until("it is healthy", () -> health().equals("healthy"), this::health);
      String first = Http.get(port, "/pid");

      compose(box, "exec", "-T", "ping", "/opt/jhot/bin/jhot", "reload", "--wait");
      Await.until("generation 2 answers", () -> !pid(port).equals(first), this::health);
      String second = pid(port);

      compose(box, "kill", "-s", "HUP", "ping");
      Await.until(
          "generation 3 answers", () -> !Set.of(first, second).contains(pid(port)), this::health);
      assertEquals("healthy", health());

      compose(box, "stop");
      InspectContainerResponse ended = container();
      assertEquals(143, ended.getState().getExitCodeLong());
      String log = LogUtils.getOutput(Containers.docker(), ended.getId(), OutputType.STDERR);
      assertFalse(log.contains("warning"), log);
    } finally {
      compose(box, "down", "--timeout", "0");
    }
  }

  private static String pid(int port) {
    try {
      return Http.get(port, "/pid");
    } catch (IOException e) {
      throw new AssertionError("no answer during a reload", e);
    }
  }

  /** Compose is a plugin of docker, or, as in Debian 12, a program of its own. */
  private void compose(Sandbox box, String... arguments) {
    boolean plugin = box.run("docker", "compose", "version").code() == 0;
    List<String> command =
        new ArrayList<>(plugin ? List.of("docker", "compose") : List.of("docker-compose"));
    command.addAll(List.of("-p", project, "-f", FILE.toString()));
    command.addAll(List.of(arguments));
    box.run(command.toArray(String[]::new)).good();
  }

  private InspectContainerResponse container() {
    List<Container> all =
        Containers.docker()
            .listContainersCmd()
            .withShowAll(true)
            .withLabelFilter(Map.of("com.docker.compose.project", project))
            .exec();
    assertEquals(1, all.size());
    return Containers.docker().inspectContainerCmd(all.getFirst().getId()).exec();
  }

  private String health() {
    return container().getState().getHealth().getStatus();
  }
}
