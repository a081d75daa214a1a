package io.jhot.tests;

import com.github.dockerjava.api.DockerClient;
import com.github.dockerjava.api.command.CreateContainerCmd;
import com.github.dockerjava.api.command.WaitContainerResultCallback;
import com.github.dockerjava.api.exception.ConflictException;
import com.github.dockerjava.api.exception.NotFoundException;
import com.github.dockerjava.api.model.Bind;
import com.github.dockerjava.api.model.Container;
import com.github.dockerjava.api.model.HostConfig;
import io.jhot.testcontainers.JhotContainer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.testcontainers.DockerClientFactory;
import org.testcontainers.containers.output.OutputFrame.OutputType;
import org.testcontainers.utility.LogUtils;

/**
 * One test's containers. Each has the fixtures mounted, a folder that it shares with the test, and
 * a label with this JVM's pid: what a JVM that is gone has left behind is swept by the next one.
 */
final class Containers {
  private static final String LABEL = "io.jhot.tests";
  private static final String OURS = Long.toString(ProcessHandle.current().pid());

  /** Where the shared folder is in each container. */
  static final String SHARED = "/shared";

  private static final String FIXTURES = "/fixtures";
  private static final String JDK = "/opt/java/openjdk";
  private static final int PORT = 8080;

  private final List<JhotContainer> services = new ArrayList<>();
  private final Path shared;

  Containers() {
    sweep();
    try {
      shared = Files.createTempDirectory("jhot-container-test");
      Files.setPosixFilePermissions(shared, PosixFilePermissions.fromString("rwxrwxrwx"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static DockerClient docker() {
    return DockerClientFactory.instance().client();
  }

  /** The folder on this side. */
  Path shared() {
    return shared;
  }

  Path share(String name, String... lines) {
    try {
      return Files.write(shared.resolve(name), List.of(lines));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  // Commands, as they are in a container.

  static List<String> java(String... arguments) {
    return Sandbox.concat(
        List.of(List.of(JDK + "/bin/java"), Sandbox.jvmFlags(), List.of(arguments)));
  }

  static List<String> javaClass(String name, String... arguments) {
    return Sandbox.concat(
        List.of(
            java("-cp", FIXTURES + "/fixtures.jar", "com.example.fixture." + name),
            List.of(arguments)));
  }

  /** The scripted app, on the port that is published. */
  static List<String> app(String... steps) {
    return javaClass("ScriptedApp", steps);
  }

  /** A C program of the tests. */
  static String program(String name) {
    return FIXTURES + "/programs/" + Programs.statically(name).getFileName();
  }

  // Containers.

  /** A service on port 8080 that does these steps; not started yet. */
  JhotContainer service(JhotImage image, String... steps) {
    List<String> all = new ArrayList<>(List.of("listen:*:" + PORT));
    all.addAll(List.of(steps));
    return container(image, app(all.toArray(String[]::new)));
  }

  /** A container with that command behind {@code jhot exec --}; not started yet. */
  JhotContainer container(JhotImage image, List<String> command) {
    JhotContainer service =
        new JhotContainer(image.tag)
            .withExposedPorts(PORT)
            .withLabel(LABEL, OURS)
            .withCommand(command.toArray(String[]::new))
            .withCreateContainerCmdModifier(create -> mount(image, create));
    services.add(service);
    return service;
  }

  /** Runs a command in a container to its end. */
  Finished run(JhotImage image, Consumer<CreateContainerCmd> how, String... command) {
    return run(image.tag, image, how, command);
  }

  /** Runs a command in a container of another image, to its end. */
  Finished run(String tag, String... command) {
    return run(tag, JhotImage.FULL, create -> {}, command);
  }

  private Finished run(
      String tag, JhotImage image, Consumer<CreateContainerCmd> how, String... command) {
    CreateContainerCmd create =
        docker()
            .createContainerCmd(tag)
            .withHostConfig(HostConfig.newHostConfig())
            .withLabels(Map.of(LABEL, OURS))
            .withCmd(command);
    mount(image, create);
    how.accept(create);
    String id = create.exec().getId();
    try (WaitContainerResultCallback end = new WaitContainerResultCallback()) {
      docker().startContainerCmd(id).exec();
      int code =
          docker()
              .waitContainerCmd(id)
              .exec(end)
              .awaitStatusCode(Await.PATIENCE.toSeconds() * 3, TimeUnit.SECONDS);
      return new Finished(
          Arrays.toString(command),
          code,
          LogUtils.getOutput(docker(), id, OutputType.STDOUT),
          LogUtils.getOutput(docker(), id, OutputType.STDERR));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } finally {
      docker().removeContainerCmd(id).withForce(true).exec();
    }
  }

  private void mount(JhotImage image, CreateContainerCmd create) {
    Path fixtures = Sandbox.fixtures().toAbsolutePath().getParent();
    Path load = Path.of("../examples/load/target/load.jar").toAbsolutePath().normalize();
    List<String> binds = new ArrayList<>();
    binds.add(fixtures + ":" + FIXTURES + ":ro");
    binds.add(load + ":/load.jar:ro");
    binds.add(shared + ":" + SHARED);
    if (image == JhotImage.BARE) {
      binds.add(Sandbox.javaHome() + ":" + JDK + ":ro");
    }
    create.getHostConfig().withBinds(binds.stream().map(Bind::parse).toArray(Bind[]::new));
  }

  // What goes on in a container.

  /** Its published port, on this side. */
  static int port(JhotContainer service) {
    return service.getMappedPort(PORT);
  }

  /** Waits until jhot has said so. */
  static void awaitSaid(JhotContainer service, String part) {
    Await.until(
        "jhot says \"" + part + "\"",
        () -> service.journal().stream().anyMatch(line -> line.message().contains(part)),
        service::getLogs);
  }

  static void awaitOutput(JhotContainer service, String part) {
    Await.until(
        "the app writes \"" + part + "\"",
        () -> service.appOutput().contains(part),
        service::getLogs);
  }

  /** The pid of a container's jhot as this side sees it. */
  static long outerPid(JhotContainer service) {
    return service.getCurrentContainerInfo().getState().getPidLong();
  }

  // The end.

  String transcript() {
    StringBuilder text = new StringBuilder();
    for (JhotContainer service : services) {
      if (service.getContainerId() != null) {
        text.append(service.getDockerImageName()).append(":\n").append(service.getLogs());
      }
    }
    return text.toString();
  }

  /** Removes all, and checks that nothing is left. */
  void close() {
    services.forEach(JhotContainer::stop);
    try (Stream<Path> files = Files.walk(shared)) {
      for (Path file : files.sorted((a, b) -> b.compareTo(a)).toList()) {
        Files.delete(file);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    List<String> left = containers(Map.of(LABEL, OURS)).stream().map(Container::getId).toList();
    left.forEach(Containers::remove);
    if (!left.isEmpty()) {
      throw new AssertionError("containers were left: " + left);
    }
  }

  private static void sweep() {
    for (Container container : containers(Map.of())) {
      String owner = container.getLabels().get(LABEL);
      if (owner != null && ProcessHandle.of(Long.parseLong(owner)).isEmpty()) {
        remove(container.getId());
      }
    }
  }

  private static void remove(String id) {
    try {
      docker().removeContainerCmd(id).withForce(true).exec();
    } catch (NotFoundException | ConflictException e) {
      return; // another JVM's tests sweep too, or are at it
    }
  }

  private static List<Container> containers(Map<String, String> labels) {
    return docker().listContainersCmd().withShowAll(true).withLabelFilter(labels).exec();
  }
}
