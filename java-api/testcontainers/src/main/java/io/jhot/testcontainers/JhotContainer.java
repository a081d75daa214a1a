package io.jhot.testcontainers;

import com.github.dockerjava.api.command.InspectContainerResponse.ContainerState;
import com.github.dockerjava.api.command.WaitContainerResultCallback;
import com.github.dockerjava.api.exception.DockerClientException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.testcontainers.containers.ContainerLaunchException;
import org.testcontainers.containers.GenericContainer;
import org.testcontainers.containers.output.OutputFrame.OutputType;
import org.testcontainers.utility.DockerImageName;
import org.testcontainers.utility.MountableFile;

/**
 * A service under jhot in a container. The image's entry point is {@code jhot exec --}, as in
 * jhot's own image and in those made {@code FROM} it; what the container runs is the image's
 * command, or the jar of {@link #withJar}.
 *
 * <p>{@link #start()} returns when generation 1 serves. {@link #stop()} and {@link #close()} remove
 * the container at once and let nothing drain: {@link #drain()} is how a service is ended in peace.
 *
 * <p>Like every Testcontainers container it is meant for one thread; methods that wait may be
 * called from several.
 */
public final class JhotContainer extends GenericContainer<JhotContainer> {
  private static final String JHOT = "/opt/jhot/bin/jhot";
  private static final String JAR = "/app/app.jar";
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final long LOOK_EVERY_NANOS = TimeUnit.MILLISECONDS.toNanos(50);

  private final List<String> jvmOptions = new ArrayList<>();
  private final List<String> arguments = new ArrayList<>();
  private boolean jar;

  /**
   * A container of that image.
   *
   * @param image for example {@code jhot}, or the name of your service's own image
   */
  public JhotContainer(String image) {
    this(DockerImageName.parse(image));
  }

  /** A container of that image. */
  public JhotContainer(DockerImageName image) {
    super(image);
    withEnv("JHOT_LOG_FORMAT", "json"); // so that its lines are never taken for the service's
    waitingFor(new GenerationWaitStrategy(this));
  }

  /**
   * Runs this jar by {@code java -jar}. It is copied into the container.
   *
   * @param file on this machine
   */
  public JhotContainer withJar(Path file) {
    jar = true;
    return withCopyFileToContainer(MountableFile.forHostPath(file), JAR);
  }

  /** Options of the service's JVM, before {@code -jar}. Only with {@link #withJar}. */
  public JhotContainer withJvmOptions(String... options) {
    jvmOptions.addAll(List.of(options));
    return this;
  }

  /** Arguments of the service, behind its jar. Only with {@link #withJar}. */
  public JhotContainer withArguments(String... more) {
    arguments.addAll(List.of(more));
    return this;
  }

  /**
   * An option of {@code jhot exec}, given as its variable.
   *
   * @param name for example {@code --drain-timeout}
   * @param value for example {@code 5s}
   */
  public JhotContainer withOption(String name, String value) {
    if (!name.startsWith("--")) {
      throw new IllegalArgumentException("an option of jhot exec begins with --: " + name);
    }
    return withEnv("JHOT_" + name.substring(2).replace('-', '_').toUpperCase(Locale.ROOT), value);
  }

  @Override
  protected void configure() {
    if (jar) {
      List<String> command = new ArrayList<>(List.of("java"));
      command.addAll(jvmOptions);
      command.addAll(List.of("-jar", JAR));
      command.addAll(arguments);
      withCommand(command.toArray(String[]::new));
    } else if (!jvmOptions.isEmpty() || !arguments.isEmpty()) {
      throw new ContainerLaunchException("options or arguments, but no withJar that they are for");
    }
  }

  /**
   * Reloads and waits for what comes of it.
   *
   * @return the outcome; a reload that failed is a result and no exception
   * @throws IllegalStateException when the container does not run
   */
  public Reload reload() {
    ExecResult result = jhot("reload", "--wait");
    return Reload.read(result.getExitCode(), result.getStdout(), result.getStderr());
  }

  /**
   * Replaces the jar of {@link #withJar} and reloads.
   *
   * @param next the jar that the next generation runs, on this machine
   * @return the outcome
   */
  public Reload reload(Path next) {
    copyFileToContainer(MountableFile.forHostPath(next), JAR);
    return reload();
  }

  /** Sends a signal to jhot, and returns at once. */
  public void signal(ContainerSignal signal) {
    getDockerClient().killContainerCmd(getContainerId()).withSignal(signal.name()).exec();
  }

  /**
   * What jhot says of itself now.
   *
   * @throws IllegalStateException when it says nothing, for example because it has ended
   */
  public JhotStatus status() {
    ExecResult result = jhot("status", "--json");
    if (result.getExitCode() != 0) {
      throw new IllegalStateException("jhot status: " + result.getStderr().strip());
    }
    return JhotStatus.read(result.getStdout());
  }

  /**
   * Waits at most a minute until that generation serves, or a later one.
   *
   * @param number counted from 1
   * @return the generation that serves
   * @throws IllegalStateException when time is up or the container has ended; it holds the logs
   */
  public JhotStatus.Generation awaitGeneration(int number) {
    return awaitGeneration(number, PATIENCE);
  }

  /**
   * Waits until that generation serves, or a later one.
   *
   * @param number counted from 1
   * @param patience how long at most
   * @return the generation that serves
   * @throws IllegalStateException when time is up or the container has ended; it holds the logs
   */
  public JhotStatus.Generation awaitGeneration(int number, Duration patience) {
    return await(
            "generation " + number + " serves",
            patience,
            status -> status.serving().filter(serving -> serving.number() >= number).isPresent())
        .serving()
        .orElseThrow();
  }

  /**
   * Waits at most a minute until that generation is the only one. A reload has succeeded when the
   * next generation serves; the old one may answer a last connection even then, until it is gone.
   *
   * @param number counted from 1
   * @throws IllegalStateException when time is up or the container has ended; it holds the logs
   */
  public void awaitOnly(int number) {
    await(
        "generation " + number + " is the only one",
        PATIENCE,
        status -> status.servesAlone(number));
  }

  private JhotStatus await(String what, Duration patience, Predicate<JhotStatus> condition) {
    long deadline = System.nanoTime() + patience.toNanos();
    while (isRunning()) {
      JhotStatus status = status();
      if (condition.test(status)) {
        return status;
      }
      if (System.nanoTime() > deadline) {
        throw new IllegalStateException(
            "waited " + patience + " in vain: " + what + "; " + status + "; logs:\n" + getLogs());
      }
      LockSupport.parkNanos(LOOK_EVERY_NANOS);
    }
    throw new IllegalStateException(
        "the container has ended; waited for: " + what + "; logs:\n" + getLogs());
  }

  /**
   * Waits at most a minute until the generation that serves has so many connections: a request that
   * a test has sent is then surely on its way in, and what follows must not lose it.
   *
   * @param least how many
   * @throws IllegalStateException when time is up or the container has ended; it holds the logs
   */
  public void awaitConnections(int least) {
    await(
        least + " connections",
        PATIENCE,
        status ->
            status
                .serving()
                .filter(serving -> serving.connections().orElse(0) >= least)
                .isPresent());
  }

  /**
   * Drains, and waits for the end at most two minutes.
   *
   * @see #drain(Duration)
   */
  public Drain drain() {
    return drain(PATIENCE.multipliedBy(2));
  }

  /**
   * Asks jhot to drain the service and to end, as {@code docker stop} does but without its grace
   * period, and waits for the end. Logs can be read afterwards.
   *
   * @param patience how long at most; more than the service's {@code --drain-timeout}
   * @return how it ended
   * @throws IllegalStateException when it does not end; it holds the logs
   */
  public Drain drain(Duration patience) {
    long start = System.nanoTime();
    signal(ContainerSignal.TERM);
    int code = awaitEnd(patience);
    return new Drain(code, Duration.ofNanos(System.nanoTime() - start), journal());
  }

  /**
   * Waits until the container has ended by itself.
   *
   * @param patience how long at most
   * @return its exit code
   * @throws IllegalStateException when time is up; it holds the logs
   */
  public int awaitEnd(Duration patience) {
    try (WaitContainerResultCallback end = new WaitContainerResultCallback()) {
      return getDockerClient()
          .waitContainerCmd(getContainerId())
          .exec(end)
          .awaitStatusCode(patience.toMillis(), TimeUnit.MILLISECONDS);
    } catch (DockerClientException e) {
      ContainerState state = getCurrentContainerInfo().getState();
      throw new IllegalStateException(
          "the container is " + state.getStatus() + " after " + patience + "; logs:\n" + getLogs(),
          e);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Whether a generation serves; false, too, while jhot itself starts or when it has ended. */
  boolean serves() {
    if (!isRunning()) {
      return false;
    }
    ExecResult result = jhot("status", "--json");
    return result.getExitCode() == 0 && JhotStatus.read(result.getStdout()).serving().isPresent();
  }

  /** What the service has written to its stdout so far. */
  public String appOutput() {
    return getLogs(OutputType.STDOUT);
  }

  /** What the service has written to its stderr so far, without jhot's own lines in between. */
  public String appErrors() {
    return getLogs(OutputType.STDERR)
        .lines()
        .filter(line -> JournalLine.read(line).isEmpty())
        .map(line -> line + "\n")
        .collect(Collectors.joining());
  }

  /** What jhot itself has said so far. */
  public List<JournalLine> journal() {
    return getLogs(OutputType.STDERR).lines().flatMap(l -> JournalLine.read(l).stream()).toList();
  }

  private ExecResult jhot(String... arguments) {
    String[] command = new String[arguments.length + 1];
    command[0] = JHOT;
    System.arraycopy(arguments, 0, command, 1, arguments.length);
    try {
      return execInContainer(command);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while jhot " + arguments[0] + " ran", e);
    }
  }
}
