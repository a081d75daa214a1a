package io.jhot.runtime.child;

import io.jhot.config.AppCommand;
import io.jhot.config.AppEnvironment;
import io.jhot.config.ConfigException;
import io.jhot.config.DebugPorts;
import io.jhot.config.ExecOptions;
import io.jhot.config.GenerationText;
import io.jhot.config.OwnPorts;
import io.jhot.ffm.Errno;
import io.jhot.ffm.Spawn;
import io.jhot.ffm.SpawnException;
import io.jhot.runtime.Journal;
import io.jhot.runtime.Os;
import io.jhot.supervisor.Effect.Level;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * Starts generations: resolves the command and environment that a generation has now, and says why
 * it cannot be started. Keeps nothing of the generations that it has started.
 */
public final class Starter {
  /** Variables from which a JVM takes options. */
  private static final List<String> OPTION_VARIABLES =
      List.of("JDK_JAVA_OPTIONS", "JAVA_TOOL_OPTIONS", "_JAVA_OPTIONS");

  private final ExecOptions options;
  private final CommandSource commands;
  private final AppEnvironment inherited;
  private final String agentJar;
  private final Spawn.Mode mode;
  private final Journal journal;

  public Starter(
      ExecOptions options,
      CommandSource commands,
      AppEnvironment inherited,
      String agentJar,
      Spawn.Mode mode,
      Journal journal) {
    this.options = options;
    this.commands = commands;
    this.inherited = inherited;
    this.agentJar = agentJar;
    this.mode = mode;
    this.journal = journal;
  }

  /**
   * Starts a generation, as {@link Os#spawn}.
   *
   * @param lent the sockets that it gets
   * @param withAgent false: its JVM has refused the agent
   * @return its first process, owned by the caller
   * @throws IOException when its descriptors cannot be had
   */
  public Child start(
      int generation,
      String start,
      int predecessor,
      List<HeldListeners.Entry> lent,
      boolean withAgent)
      throws Os.NotStarted, IOException {
    AppEnvironment environment = environment(generation);
    AppCommand command = command(generation, environment, withAgent);
    if (!command.notice().isEmpty()) {
      journal.log(Level.WARN, command.notice());
    }
    environment.put("JHOT_START", start);
    if (predecessor != 0) {
      environment.put("JHOT_PREDECESSOR", Integer.toString(predecessor));
    }
    OwnPorts own = ownPorts(generation, command, environment);
    if (!own.text().isEmpty()) {
      environment.put("JHOT_OWN_PORTS", own.text());
    }
    try (GenerationLaunch launch =
        new GenerationLaunch(generation, command, environment, lent, options)) {
      Child child = launch.run(mode);
      child.start = start;
      child.predecessor = predecessor;
      child.ownPorts = own;
      return child;
    } catch (SpawnException e) {
      boolean missing = e.errno() == Errno.ENOENT;
      boolean refused = "execve".equals(e.step());
      throw new Os.NotStarted(
          missing ? 127 : refused ? 126 : 125,
          "cannot start " + command.argv().getFirst() + ": " + e.getMessage());
    }
  }

  /**
   * The ports that no generation takes over from another: those that the operator named, those that
   * differ from generation to generation, and those on which a JVM waits for its debugger.
   */
  private OwnPorts ownPorts(int generation, AppCommand command, AppEnvironment environment)
      throws Os.NotStarted {
    List<String> jvmOptions = new ArrayList<>(command.argv());
    for (String variable : OPTION_VARIABLES) {
      String value = environment.get(variable);
      if (value != null) {
        jvmOptions.add(value);
      }
    }
    List<String> written = new ArrayList<>(options.environment());
    try {
      written.addAll(commands.command());
    } catch (ConfigException e) {
      throw new Os.NotStarted(125, e.getMessage());
    }
    return options
        .ownPorts()
        .with(GenerationText.ports(written, generation))
        .with(DebugPorts.of(jvmOptions));
  }

  /** The command of a generation as it is now. */
  public AppCommand command(int generation) throws Os.NotStarted {
    return command(generation, environment(generation), true);
  }

  private AppCommand command(int generation, AppEnvironment environment, boolean withAgent)
      throws Os.NotStarted {
    try {
      return AppCommand.resolve(
          commands.command(),
          generation,
          environment.get("PATH"),
          options.directory(),
          options.agent() && withAgent ? agentJar : "");
    } catch (AppCommand.NotExecutable e) {
      throw new Os.NotStarted(e.exitCode, e.getMessage());
    } catch (ConfigException e) {
      throw new Os.NotStarted(125, e.getMessage());
    }
  }

  /** The environment of all that runs for a generation. */
  public AppEnvironment environment(int generation) {
    AppEnvironment environment = new AppEnvironment(inherited);
    String number = Integer.toString(generation);
    for (String variable : options.environment()) {
      int equals = variable.indexOf('=');
      environment.put(
          variable.substring(0, equals),
          GenerationText.fill(variable.substring(equals + 1), generation));
    }
    environment.put("JHOT_GENERATION", number);
    return environment;
  }
}
