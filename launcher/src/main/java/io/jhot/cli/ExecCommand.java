package io.jhot.cli;

import io.jhot.config.Activation;
import io.jhot.config.AppCommand;
import io.jhot.config.AppEnvironment;
import io.jhot.config.ConfigException;
import io.jhot.config.ExecOptions;
import io.jhot.config.FileFailure;
import io.jhot.config.Probe;
import io.jhot.ffm.Fd;
import io.jhot.ffm.OsPath;
import io.jhot.ffm.Own;
import io.jhot.ffm.Spawn;
import io.jhot.ffm.Terminal;
import io.jhot.host.StopTime;
import io.jhot.runtime.EventLoop;
import io.jhot.runtime.EventStream;
import io.jhot.runtime.Journal;
import io.jhot.runtime.child.CommandSource;
import io.jhot.runtime.control.NameLock;
import io.jhot.runtime.control.RuntimeDirectory;
import io.jhot.runtime.linux.LinuxOs;
import io.jhot.supervisor.Effect.Level;
import io.jhot.supervisor.Policy;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * {@code jhot exec}: wires what runs a service. {@link ExecSpec} has its options, {@link
 * ExecOptionsReader} reads and checks them.
 */
final class ExecCommand {
  /** jhot's exit code when jhot itself failed, not the app. */
  static final int FAILED = 125;

  private final String[] arguments;
  private final List<String> inherited;
  private final Map<String, String> environment;
  private final ExecOptions options;
  private final Activation activation;
  private final Journal journal;

  private ExecCommand(
      String[] arguments,
      List<String> inherited,
      Map<String, String> environment,
      ExecOptions options,
      Activation activation,
      Journal journal) {
    this.arguments = arguments;
    this.inherited = inherited;
    this.environment = environment;
    this.options = options;
    this.activation = activation;
    this.journal = journal;
  }

  /**
   * Runs the service until it ends.
   *
   * @param arguments what follows {@code exec} on the command line
   * @return jhot's exit code
   */
  static int run(String[] arguments) {
    Own.prepareCalls(); // links in the background; nothing before the first native call waits
    List<String> inherited = Invocation.environment();
    Map<String, String> environment = Invocation.variables(inherited);
    ExecOptions options;
    Activation activation;
    try {
      Given given = ExecOptionsReader.parse(arguments);
      if (given.help() != null) {
        given.help().usage(System.out);
        return 0;
      }
      activation = Activation.of(environment, Own::pid);
      options = ExecOptionsReader.read(given, environment, activation.names());
    } catch (ConfigException e) {
      return Main.misused("jhot exec", e.getMessage());
    }
    boolean plain = environment.containsKey("NO_COLOR");
    Journal journal =
        new Journal(
            new FileOutputStream(FileDescriptor.err),
            options.log(),
            options.logLevel(),
            () -> !plain && Terminal.isTerminal(Fd.lent(2)));
    try {
      return new ExecCommand(arguments, inherited, environment, options, activation, journal)
          .supervise();
    } catch (AppCommand.NotExecutable e) {
      journal.log(Level.ERROR, e.getMessage());
      return e.exitCode;
    } catch (IOException e) {
      journal.log(Level.ERROR, FileFailure.words(e));
      return FAILED;
    } catch (UncheckedIOException e) {
      journal.log(Level.ERROR, FileFailure.words(Objects.requireNonNull(e.getCause())));
      return FAILED;
    } finally {
      journal.finish();
    }
  }

  private int supervise() throws IOException, AppCommand.NotExecutable {
    checkFolders();
    String home = System.getProperty("jhot.home", "");
    String agentJar = home.isEmpty() ? "" : home + "/lib/agent/jhot-agent.jar";
    AppCommand command =
        AppCommand.resolve(
            options.command(),
            1,
            environment.get("PATH"),
            options.directory(),
            options.agent() ? agentJar : "");
    checkProbed(command);
    Policy policy = policy(command);
    Spawn.Mode mode = spawnMode(environment.get("JHOT_SPAWN"));
    NameLock lock =
        InstanceName.take(
            options.name(), options.command(), RuntimeDirectory.candidates(environment), journal);
    // all before this line needs no native call but for lines on stderr: they are being linked
    try (lock;
        LinuxOs os =
            new LinuxOs(
                options,
                commandSource(),
                new AppEnvironment(inherited),
                journal,
                agentJar,
                mode,
                bindsAsJava(command),
                activation)) {
      String name = options.name();
      if (lock != null) {
        InstanceName.openControl(os, lock, journal);
        name = lock.name();
      } else if (name.isEmpty()) {
        name = InstanceName.derived(options.command());
      }
      EventStream stream = new EventStream(name, System::currentTimeMillis);
      return new EventLoop(os, stream, journal, Own.pid(), policy, activation)
          .run(os.ownListeners());
    }
  }

  private void checkFolders() throws IOException {
    if (!options.directory().isEmpty() && !isDirectory(options.directory())) {
      throw new IOException("--cwd " + options.directory() + ": no such directory");
    }
    if (!options.dumpDirectory().isEmpty() && !isWritable(options.dumpDirectory())) {
      throw new IOException(
          "--dump-dir " + options.dumpDirectory() + ": not a directory that jhot can write to");
    }
  }

  /** Refuses requests of jhot's own where they would reach any generation, not the new one. */
  private void checkProbed(AppCommand command) throws IOException {
    boolean asksListeners =
        options.warmUp() != null
            || options.probe() != null && options.probe().kind() != Probe.Kind.COMMAND;
    if (asksListeners && !command.agent().isAwaited()) {
      throw new IOException(
          (command.notice().isEmpty() ? "the program is not a JVM" : command.notice())
              + "; without the agent a --probe or --warmup would reach whatever generation accepts"
              + " first: write --probe exec:command");
    }
  }

  private Policy policy(AppCommand command) {
    Probe probe = options.probe();
    return new Policy(
        options.ready(),
        command.agent(),
        options.readyTimeoutMillis(),
        options.drainDelayMillis(),
        options.drainTimeoutMillis(),
        options.stopSignal().number(),
        options.restarts(),
        options.remapExit(),
        options.maxDraining(),
        probe == null
            ? null
            : new Policy.Probe(probe.successes(), probe.intervalMillis(), probe.timeoutMillis()),
        options.warmUp() != null,
        options.overlap(),
        options.idleGraceMillis(),
        StopTime.millis(
            options.drainTimeoutMillis(),
            options.drainTimeoutGiven(),
            options.stopGraceMillis(),
            Path.of("/"),
            environment),
        options.readyAfterMillis());
  }

  /** The command for each new generation: an {@code @file} is read again at every reload. */
  private CommandSource commandSource() {
    return ExecOptionsReader.hasFile(arguments)
        ? () -> ExecOptionsReader.command(ExecOptionsReader.parse(arguments))
        : options::command;
  }

  private static Spawn.Mode spawnMode(@Nullable String variable) throws IOException {
    try {
      return variable == null ? Spawn.Mode.CLONE_VM : Spawn.Mode.parse(variable);
    } catch (IllegalArgumentException e) {
      throw new IOException("JHOT_SPAWN: " + e.getMessage(), e);
    }
  }

  /** Whether the app is a JVM, as far as we know, that makes IPv6 sockets for IPv4 too. */
  private static boolean bindsAsJava(AppCommand command) {
    return command.agent().isAwaited()
        && !command.argv().contains("-Djava.net.preferIPv4Stack=true");
  }

  private static boolean isDirectory(String directory) {
    try (OsPath path = OsPath.open(directory)) {
      return Files.isDirectory(path.path());
    } catch (IOException e) {
      return false;
    }
  }

  private static boolean isWritable(String directory) {
    try (OsPath path = OsPath.open(directory)) {
      return Files.isWritable(path.path().resolve("."));
    } catch (IOException e) {
      return false;
    }
  }
}
