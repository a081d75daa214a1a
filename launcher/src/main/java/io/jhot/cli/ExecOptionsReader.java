package io.jhot.cli;

import io.jhot.config.ConfigException;
import io.jhot.config.ExecOptions;
import io.jhot.config.ExecOptions.LogStyle;
import io.jhot.config.GenerationText;
import io.jhot.config.ListenAddress;
import io.jhot.config.OptionValues;
import io.jhot.config.OwnPorts;
import io.jhot.config.Probe;
import io.jhot.config.WarmUp;
import io.jhot.ffm.Signal;
import io.jhot.supervisor.Effect.Level;
import io.jhot.supervisor.Policy;
import io.jhot.supervisor.Policy.Overlap;
import io.jhot.supervisor.Policy.Readiness;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;

/**
 * Reads what {@code jhot exec} was told and checks it: each value by itself, and together those
 * that exclude one another. What leaves here is valid; whatever is wrong is refused by a {@link
 * ConfigException} that names the option and says what to write.
 */
final class ExecOptionsReader {
  private static final List<String> PROBE_DETAILS =
      List.of(
          "--probe-status",
          "--probe-body",
          "--probe-successes",
          "--probe-interval",
          "--probe-timeout");

  private final OptionSources sources;

  private ExecOptionsReader(OptionSources sources) {
    this.sources = sources;
  }

  /**
   * Reads the command line. What follows the first {@code --} is the app's, literally: picocli
   * never sees it, because it would read an app's own {@code @argfile} as one of jhot's.
   *
   * @param arguments what follows {@code exec}
   */
  static Given parse(String[] arguments) throws ConfigException {
    int dashes = 0;
    while (dashes < arguments.length && !arguments[dashes].equals("--")) {
      dashes++;
    }
    String[] ours = Arrays.copyOf(arguments, dashes);
    List<String> rest =
        dashes < arguments.length
            ? Arrays.asList(arguments).subList(dashes + 1, arguments.length)
            : List.of();
    Given given = Given.plain(ExecSpec.OPTIONS, ours);
    if (given == null) {
      CommandLine line = new CommandLine(ExecSpec.model()).setStopAtPositional(true);
      try {
        given = Given.parsed(ExecSpec.OPTIONS, line.parseArgs(ours));
      } catch (CommandLine.ParameterException e) {
        throw new ConfigException(Main.firstLine(e));
      }
      if (!given.command().isEmpty() && given.command().getFirst().startsWith("@")) {
        throw new ConfigException(
            "cannot read the arguments file " + given.command().getFirst().substring(1));
      }
    }
    given.command().addAll(rest);
    return given;
  }

  /** Whether part of the command line is in an {@code @file}, which is read at each reload. */
  static boolean hasFile(String[] arguments) {
    for (String argument : arguments) {
      if (argument.equals("--")) {
        return false;
      }
      if (argument.startsWith("@") && !argument.startsWith("@@")) {
        return true;
      }
    }
    return false;
  }

  /** The app's command, at least its program. */
  static List<String> command(Given given) throws ConfigException {
    List<String> command = given.command();
    if (command.isEmpty()) {
      throw new ConfigException("no COMMAND: write jhot exec -- java -jar app.jar");
    }
    for (String argument : command) {
      GenerationText.check(argument);
    }
    return List.copyOf(command);
  }

  /**
   * All options, checked.
   *
   * @param given the command line
   * @param environment jhot's own variables
   * @param passed the names of the sockets that jhot was given ({@code LISTEN_FDS})
   */
  static ExecOptions read(Given given, Map<String, String> environment, List<String> passed)
      throws ConfigException {
    OptionSources sources = new OptionSources(given, environment);
    return new ExecOptionsReader(sources).options(environment.get("PWD"), passed);
  }

  private ExecOptions options(@Nullable String shellDirectory, List<String> passed)
      throws ConfigException {
    List<ListenAddress> listen = listen(passed);
    String stdinSocket = stdinSocket(listen, passed);
    OwnPorts ownPorts = ownPorts(listen);
    long readyTimeout = readyTimeout();
    long drainDelay = sources.millis("--drain-delay", "0s");
    long drainTimeout = sources.millis("--drain-timeout", "30s");
    if (drainDelay > drainTimeout) {
      throw new ConfigException(
          "--drain-delay is longer than --drain-timeout, of which it is part");
    }
    return new ExecOptions(
        name(),
        listen,
        stdinSocket,
        ownPorts,
        ready(!stdinSocket.isEmpty()),
        readyTimeout,
        readyAfter(readyTimeout),
        drainDelay,
        drainTimeout,
        sources.has("--idle-grace")
            ? sources.millis("--idle-grace", "")
            : Policy.idleGraceOf(drainTimeout),
        sources.has("--drain-timeout"),
        stopSignal(),
        OptionValues.parseRestart(sources.text("--restart", "no")),
        remapExit(),
        WorkingDirectory.of(sources.text("--cwd", ""), shellDirectory),
        variables(),
        sources.text("--pid-file", ""),
        !sources.flag("--no-agent"),
        sources.choice("--orphan", "kill", "keep").equals("keep"),
        probe(),
        warmUp(),
        OptionValues.parseCount("--max-draining", sources.text("--max-draining", "0"), 0, 1000),
        sources.text("--dump-dir", ""),
        overlap(),
        sources.has("--stop-grace") ? sources.millis("--stop-grace", "") : -1,
        logStyle(),
        logLevel(),
        command(sources.given()));
  }

  private String name() throws ConfigException {
    String name = sources.text("--name", "");
    if (!name.isEmpty()) {
      OptionValues.checkName(name);
    }
    return name;
  }

  private List<ListenAddress> listen(List<String> passed) throws ConfigException {
    List<ListenAddress> listen = new ArrayList<>();
    for (String text : sources.list("--listen", " ")) {
      ListenAddress address = ListenAddress.parse(text);
      if (isNamed(listen, address.name())) {
        throw new ConfigException("--listen: two sockets have the name " + address.name());
      }
      if (passed.contains(address.name())) {
        throw new ConfigException(
            "--listen "
                + text
                + ": a socket of that name was passed to jhot already; give another name, or leave"
                + " --listen out");
      }
      listen.add(address);
    }
    return List.copyOf(listen);
  }

  private String stdinSocket(List<ListenAddress> listen, List<String> passed)
      throws ConfigException {
    String name = sources.text("--stdin-socket", "");
    if (!name.isEmpty() && !isNamed(listen, name) && !passed.contains(name)) {
      throw new ConfigException(
          "--stdin-socket " + name + ": no --listen and no passed socket has that name");
    }
    return name;
  }

  private static boolean isNamed(List<ListenAddress> listen, String name) {
    for (ListenAddress address : listen) {
      if (address.name().equals(name)) {
        return true;
      }
    }
    return false;
  }

  private OwnPorts ownPorts(List<ListenAddress> listen) throws ConfigException {
    OwnPorts ownPorts = OwnPorts.parse(sources.list("--own-port", ","));
    for (ListenAddress address : listen) {
      ownPorts.checkApart(address);
    }
    return ownPorts;
  }

  private long readyTimeout() throws ConfigException {
    long timeout = sources.millis("--ready-timeout", "60s");
    if (timeout == 0) {
      throw new ConfigException("--ready-timeout 0: no generation is ready immediately; write 60s");
    }
    return timeout;
  }

  private long readyAfter(long readyTimeout) throws ConfigException {
    long after = sources.millis("--ready-after", "5s");
    if (after > readyTimeout && sources.has("--ready-after")) {
      throw new ConfigException(
          "--ready-after is longer than --ready-timeout, by which a generation has to be ready");
    }
    return after;
  }

  /** An inherited channel is there from the start, and jhot sees no bind of it. */
  private Readiness ready(boolean inheritedChannel) throws ConfigException {
    if (inheritedChannel && !sources.has("--ready")) {
      return Readiness.EXEC;
    }
    return switch (sources.choice("--ready", "auto", "notify", "exec")) {
      case "notify" -> Readiness.NOTIFY;
      case "exec" -> Readiness.EXEC;
      default -> Readiness.AUTO;
    };
  }

  private Signal stopSignal() throws ConfigException {
    String text = sources.text("--stop-signal", "TERM");
    try {
      return Signal.parse(text);
    } catch (IllegalArgumentException e) {
      throw new ConfigException(
          "--stop-signal '" + text + "': no such signal; write TERM, INT, ...");
    }
  }

  private Map<Integer, Integer> remapExit() throws ConfigException {
    Map<Integer, Integer> remap = new HashMap<>();
    for (String text : sources.list("--remap-exit", ",")) {
      remap.putAll(OptionValues.parseRemap(text));
    }
    return Map.copyOf(remap);
  }

  private List<String> variables() throws ConfigException {
    List<String> variables = sources.list("--env", "\n");
    for (String variable : variables) {
      OptionValues.checkVariable(variable);
      GenerationText.check(variable);
    }
    return List.copyOf(variables);
  }

  /** Null for none. */
  private @Nullable Probe probe() throws ConfigException {
    String text = sources.text("--probe", "");
    if (text.isEmpty()) {
      for (String option : PROBE_DETAILS) {
        if (sources.has(option)) {
          throw new ConfigException(option + " needs --probe");
        }
      }
      return null;
    }
    Probe probe =
        Probe.parse(
            text,
            sources.text("--probe-status", "200-299"),
            sources.text("--probe-body", ""),
            OptionValues.parseCount(
                "--probe-successes", sources.text("--probe-successes", "1"), 1, 1000),
            sources.millis("--probe-interval", "500ms"),
            sources.millis("--probe-timeout", "2s"));
    if (probe.kind() != Probe.Kind.COMMAND && sources.flag("--no-agent")) {
      throw new ConfigException(
          "--probe "
              + text
              + " with --no-agent: every generation answers on the same socket, so the old one"
              + " would; write exec:command");
    }
    return probe;
  }

  /** Null for none. */
  private @Nullable WarmUp warmUp() throws ConfigException {
    String text = sources.text("--warmup", "");
    if (text.isEmpty()) {
      if (sources.has("--warmup-concurrency")) {
        throw new ConfigException("--warmup-concurrency needs --warmup");
      }
      return null;
    }
    if (sources.flag("--no-agent")) {
      throw new ConfigException(
          "--warmup with --no-agent: every generation accepts from the same socket, so the old one"
              + " would be warmed up too");
    }
    WarmUp warmUp =
        new WarmUp(
            text,
            OptionValues.parseCount(
                "--warmup-concurrency", sources.text("--warmup-concurrency", "4"), 1, 64));
    warmUp.requests(); // refuses a wrong request now, not at the first reload
    return warmUp;
  }

  private Overlap overlap() throws ConfigException {
    return switch (sources.choice("--overlap", "auto", "always", "never")) {
      case "always" -> Overlap.ALWAYS;
      case "never" -> Overlap.NEVER;
      default -> Overlap.AUTO;
    };
  }

  private LogStyle logStyle() throws ConfigException {
    return sources.choice("--log-format", "text", "json").equals("json")
        ? LogStyle.JSON
        : LogStyle.TEXT;
  }

  private Level logLevel() throws ConfigException {
    if (sources.flag("--quiet")) {
      return Level.ERROR;
    }
    return switch (sources.choice("--log-level", "info", "debug", "warn", "error")) {
      case "debug" -> Level.DEBUG;
      case "warn" -> Level.WARN;
      case "error" -> Level.ERROR;
      default -> Level.INFO;
    };
  }
}
