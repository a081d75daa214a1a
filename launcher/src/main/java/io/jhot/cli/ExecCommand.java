package io.jhot.cli;

import io.jhot.config.Activation;
import io.jhot.config.AppCommand;
import io.jhot.config.AppEnvironment;
import io.jhot.config.ConfigException;
import io.jhot.config.Durations;
import io.jhot.config.ExecOptions;
import io.jhot.config.ExecOptions.LogStyle;
import io.jhot.config.FileFailure;
import io.jhot.config.GenerationText;
import io.jhot.config.ListenAddress;
import io.jhot.config.OptionValues;
import io.jhot.config.OwnPorts;
import io.jhot.config.Probe;
import io.jhot.config.WarmUp;
import io.jhot.ffm.Fd;
import io.jhot.ffm.OsPath;
import io.jhot.ffm.Own;
import io.jhot.ffm.Signal;
import io.jhot.ffm.Spawn;
import io.jhot.ffm.Terminal;
import io.jhot.host.StopTime;
import io.jhot.runtime.EventLoop;
import io.jhot.runtime.Journal;
import io.jhot.runtime.Journal.Level;
import io.jhot.runtime.child.CommandSource;
import io.jhot.runtime.control.NameLock;
import io.jhot.runtime.control.RuntimeDirectory;
import io.jhot.runtime.linux.LinuxOs;
import io.jhot.supervisor.Policy;
import io.jhot.supervisor.Policy.AgentHope;
import io.jhot.supervisor.Policy.Overlap;
import io.jhot.supervisor.Policy.Readiness;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

/**
 * {@code jhot exec}. Its picocli model is made by hand, not by annotations: under {@code -Xint},
 * reflection over annotations would cost more than the rest of the start; and where {@link Given}
 * can do without, no model is made at all.
 */
final class ExecCommand {
  /** What jhot ends with when it is jhot that failed. */
  static final int FAILED = 125;

  private static final List<String> PROBE_DETAILS =
      List.of(
          "--probe-status",
          "--probe-body",
          "--probe-successes",
          "--probe-interval",
          "--probe-timeout");

  /** Its options, but for help. */
  static final List<Option> OPTIONS =
      List.of(
          Option.value(
              "--name",
              "NAME",
              "The instance's name for 'jhot reload' and its kin. Default: from"
                  + " the jar or program."),
          Option.list(
              "--listen",
              "[NAME=]URL",
              "Open this socket before the app starts and pass it on (LISTEN_FDS, from descriptor"
                  + " 3; the agent gives it to a plain bind of the same address): tcp://host:port,"
                  + " udp://host:port, unix:///path; an empty host is every address. A unix path"
                  + " may end in ?mode=0660&owner=NAME&group=NAME (default: mode=0666)."
                  + " Repeatable."),
          Option.list(
              "--own-port",
              "PORT[-PORT]|NAME",
              "This port belongs to one generation: it is not handed over, and a second bind of it"
                  + " fails as without jhot. A listener that the app opens may be given by its name"
                  + " in 'jhot status'. By itself for ports with {gen} in them, and for a"
                  + " debugger's. Repeatable, or with commas."),
          Option.value(
              "--stdin-socket",
              "NAME",
              "Pass the --listen socket NAME as descriptor 0 too, for"
                  + " System.inheritedChannel()."),
          Option.value(
              "--ready",
              "auto|notify|exec",
              "What makes a generation ready. auto: it says so (READY=1), or holds every listener"
                  + " that the old one serves (the first one: has opened a listener). notify: it"
                  + " says so. exec: it runs. Default: auto, or exec with --stdin-socket."),
          Option.value(
              "--ready-timeout",
              "TIME",
              "A new generation that is not ready by then is ended, and the old one serves on. The"
                  + " first one is taken as running, unless --ready notify or --probe was to tell."
                  + " Default: 60s."),
          Option.value(
              "--ready-after",
              "TIME",
              "Where nothing tells that a new generation is ready (it opens no listener, like the"
                  + " one before it, or cannot have jhot's agent), it is when it has run for this"
                  + " long. Default: 5s."),
          Option.value(
              "--probe",
              "URL|exec:COMMAND",
              "Ask the new generation, and no other, before clients may reach it: /path or"
                  + " http://host:port/path is a GET (the port names the listener, the host is what"
                  + " Host says), tcp://:port a connection, exec:COMMAND a command that finds the"
                  + " address in JHOT_PROBE_ADDRESS. If it does not succeed within --ready-timeout,"
                  + " the old one serves on."),
          Option.value(
              "--probe-status",
              "FROM-TO",
              "The statuses of an HTTP answer that are a success. Default: 200-299."),
          Option.value(
              "--probe-body",
              "REGEX",
              "What the content of an HTTP answer must contain (a Java regular expression)."),
          Option.value("--probe-successes", "N", "How many in a row it takes. Default: 1."),
          Option.value(
              "--probe-interval",
              "TIME",
              "From the begin of one attempt to that of the next. Default: 500ms."),
          Option.value("--probe-timeout", "TIME", "How long one attempt may take. Default: 2s."),
          Option.value(
              "--warmup",
              "REQUEST|FILE",
              "Send these to the new generation, and no other, after the probe and before clients"
                  + " may reach it: 'GET /path x200', or a file with such a line for each. One that"
                  + " is not answered, or with a status of 500 or more, fails the reload."),
          Option.value(
              "--warmup-concurrency",
              "N",
              "How many requests of the warm-up are under way at once. Default: 4."),
          Option.value(
              "--drain-delay",
              "TIME",
              "Go on accepting for this long when the drain begins, so"
                  + " that load balancers notice. Default: 0s."),
          Option.value(
              "--drain-timeout",
              "TIME",
              "From the begin of its drain a generation has this long;"
                  + " then its threads are dumped and it is killed. Default: 30s; when jhot is"
                  + " stopped, no more than --stop-grace has room for."),
          Option.value(
              "--idle-grace",
              "TIME",
              "A draining generation ends when nothing is under way on its connections and they"
                  + " have been quiet for this long. Default: 5s, a third of --drain-timeout at"
                  + " most."),
          Option.value(
              "--max-draining",
              "N",
              "So many generations may be on their way out at once; past it the oldest is ended"
                  + " first. Default: 0, any number."),
          Option.value(
              "--dump-dir",
              "DIR",
              "Where the thread dump of an app goes that does not end in time, one file each."
                  + " Default: stderr."),
          Option.value(
              "--overlap",
              "auto|always|never",
              "Whether a new generation starts while the old one serves. auto: where the memory"
                  + " cgroup has room for both; else the old one drains and ends first, and clients"
                  + " wait in the queue of the socket, which jhot holds. always: a reload without"
                  + " room is refused. never: the old one always ends first. Default: auto."),
          Option.value(
              "--stop-grace",
              "TIME",
              "How long whoever stops jhot waits before he kills it (docker stop -t,"
                  + " stop_grace_period, terminationGracePeriodSeconds). A drain at a stop ends 3 s"
                  + " before that, unless --drain-timeout is given: jhot warns if that is longer."
                  + " Default: 10s in Docker and Podman, 30s in Kubernetes."),
          Option.value(
              "--stop-signal",
              "SIGNAL",
              "What asks the app to end when its connections are gone." + " Default: TERM."),
          Option.value(
              "--restart",
              "no|on-failure[:MAX]",
              "Whether a service that failed is started again,"
                  + " on the same sockets. Default: no."),
          Option.list(
              "--remap-exit",
              "FROM:TO",
              "End with TO where the app ended with FROM, as" + " 143:0. Repeatable."),
          Option.value(
              "--cwd",
              "DIR",
              "The app's working directory, looked for anew at each start, as is what is relative"
                  + " to it. Default: jhot's own, by the way that the shell went ($PWD): where a"
                  + " link in it has been switched, a reload runs what it leads to then."),
          Option.list("--env", "K=V", "A variable for the app. Repeatable."),
          Option.value(
              "--pid-file", "FILE", "Write jhot's pid there once the first generation is ready."),
          Option.flag(
              "--no-agent",
              "Leave the app's JVM alone: no agent; sockets come from --listen" + " only."),
          Option.value(
              "--orphan",
              "kill|keep",
              "What becomes of the app when jhot itself is killed." + " Default: kill."),
          Option.value(
              "--log-format", "text|json", "How jhot's own lines on stderr look. Default: text."),
          Option.flag("--quiet", "Only errors."));

  private ExecCommand() {}

  /** The model of the command: options, help and all. */
  static CommandSpec spec() {
    CommandSpec spec = CommandSpec.create().name("exec");
    spec.usageMessage()
        .synopsisHeading("%nUsage: ")
        .customSynopsis("jhot exec [OPTIONS] [--] COMMAND [ARG...]")
        .header("Runs a service and replaces it without losing a request.")
        .description(
            "%nStarts COMMAND as generation 1 and stays in the foreground. SIGHUP, SIGUSR1 or"
                + " 'jhot reload' start the next generation, wait until it is ready, hand the"
                + " listening sockets over and drain the old one. SIGTERM, SIGINT or 'jhot stop'"
                + " drain and end; a second one ends at once. SIGQUIT reaches the app.%n")
        .optionListHeading("%nOptions:%n")
        .footer(
            "%nEach option may also be given as a variable: --drain-timeout is JHOT_DRAIN_TIMEOUT;"
                + " JHOT_LISTEN holds several with blanks between, JHOT_ENV one a line. @FILE"
                + " stands for the arguments in FILE, which is read again at each reload. {gen} in"
                + " an argument or in --env is the generation's number, {gen%%10} its last digit,"
                + " {gen:18030-18039} counts from one to the other, over and over.%n%nUnder systemd"
                + " jhot is a Type=notify service: it says when the first generation serves, when"
                + " it reloads and when it stops (NOTIFY_SOCKET, WATCHDOG_USEC), and sockets that"
                + " it was passed (LISTEN_FDS) are used like those of --listen.%n%nExit code: the"
                + " app's own; 128+n when it died of signal n; 125 jhot failed; 126 COMMAND is not"
                + " executable; 127 COMMAND is not found; 2 wrong usage.");
    for (Option option : OPTIONS) {
      spec.addOption(option.model());
    }
    spec.addOption(
        OptionSpec.builder("-h", "--help").usageHelp(true).description("Show this help.").build());
    spec.addPositional(
        PositionalParamSpec.builder()
            .paramLabel("COMMAND")
            .index("0..*")
            .arity("0..*")
            .type(List.class)
            .auxiliaryTypes(String.class)
            .hidden(true)
            .build());
    return spec;
  }

  /**
   * Runs the service until it ends.
   *
   * @param arguments what stands behind {@code exec}
   * @return jhot's exit code
   */
  static int run(String[] arguments) {
    Own.prepareCalls(); // what comes before the first of them needs none
    List<String> entries = ownEnvironment();
    Map<String, String> environment = variables(entries);
    ExecOptions options;
    Activation activation;
    try {
      Given given = parse(arguments);
      if (given.help() != null) {
        given.help().usage(System.out);
        return 0;
      }
      activation = Activation.of(environment, Own::pid);
      options = options(given, environment, activation.names());
    } catch (ConfigException e) {
      return Main.misused("jhot exec", e.getMessage());
    }
    boolean plain = environment.containsKey("NO_COLOR");
    Journal journal =
        new Journal(
            new FileOutputStream(FileDescriptor.err),
            options.log(),
            () -> !plain && Terminal.isTerminal(Fd.lent(2)));
    try {
      return run(options, activation, arguments, entries, environment, journal);
    } catch (AppCommand.NotExecutable e) {
      journal.log(Level.ERROR, e.getMessage());
      return e.exitCode;
    } catch (IOException e) {
      journal.log(Level.ERROR, FileFailure.words(e));
      return FAILED;
    } catch (UncheckedIOException e) {
      journal.log(Level.ERROR, FileFailure.words(e.getCause()));
      return FAILED;
    } finally {
      journal.finish();
    }
  }

  private static int run(
      ExecOptions options,
      Activation activation,
      String[] arguments,
      List<String> entries,
      Map<String, String> environment,
      Journal journal)
      throws IOException, AppCommand.NotExecutable {
    if (!options.directory().isEmpty() && !isDirectory(options.directory())) {
      throw new IOException("--cwd " + options.directory() + ": no such directory");
    }
    if (!options.dumpDirectory().isEmpty() && !isWritable(options.dumpDirectory())) {
      throw new IOException(
          "--dump-dir " + options.dumpDirectory() + ": no directory that jhot can write to");
    }
    String home = System.getProperty("jhot.home", "");
    String agentJar = home.isEmpty() ? "" : home + "/lib/agent/jhot-agent.jar";
    AppCommand command =
        AppCommand.resolve(
            options.command(),
            1,
            environment.get("PATH"),
            options.directory(),
            options.agent() ? agentJar : "");
    if (command.agent() == AgentHope.NONE && asksListeners(options)) {
      throw new IOException(
          (command.notice().isEmpty() ? "the program is no JVM" : command.notice())
              + "; without the agent a --probe or --warmup would reach whatever generation accepts"
              + " first: write --probe exec:command");
    }
    Policy policy =
        new Policy(
            options.ready(),
            command.agent(),
            options.readyTimeoutMillis(),
            options.drainDelayMillis(),
            options.drainTimeoutMillis(),
            options.stopSignal().number(),
            options.restarts(),
            options.remapExit(),
            options.maxDraining(),
            options.probe() == null
                ? null
                : new Policy.Probe(
                    options.probe().successes(),
                    options.probe().intervalMillis(),
                    options.probe().timeoutMillis()),
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
    CommandSource source = hasFile(arguments) ? () -> command(parse(arguments)) : options::command;
    AppEnvironment inherited = new AppEnvironment(entries);
    Spawn.Mode mode = spawnMode(environment.get("JHOT_SPAWN"));
    boolean named = !options.name().isEmpty();
    String name = named ? options.name() : derivedName(options.command());
    NameLock lock = takeName(name, named, RuntimeDirectory.candidates(environment), journal);
    // all before this line needs no native call but for lines on stderr: they are being linked
    try (lock;
        LinuxOs os =
            new LinuxOs(
                options,
                source,
                inherited,
                journal,
                agentJar,
                mode,
                bindsAsJava(command),
                activation)) {
      if (lock != null) {
        openControl(os, lock, journal);
        name = lock.name();
      }
      return new EventLoop(os, journal, name, Own.pid(), policy, activation).run(os.ownListeners());
    }
  }

  private static Spawn.Mode spawnMode(String variable) throws IOException {
    try {
      return variable == null ? Spawn.Mode.CLONE_VM : Spawn.Mode.parse(variable);
    } catch (IllegalArgumentException e) {
      throw new IOException("JHOT_SPAWN: " + e.getMessage(), e);
    }
  }

  private static boolean asksListeners(ExecOptions options) {
    return options.warmUp() != null
        || options.probe() != null && options.probe().kind() != Probe.Kind.COMMAND;
  }

  /** Whether the app is a JVM, as far as we know, that makes IPv6 sockets for IPv4 too. */
  private static boolean bindsAsJava(AppCommand command) {
    return command.agent() != AgentHope.NONE
        && !command.argv().contains("-Djava.net.preferIPv4Stack=true");
  }

  /**
   * What stood on the command line. What stands behind the first {@code --} is the app's,
   * literally: picocli never sees it, because it would read an app's own {@code @argfile} as one of
   * ours.
   */
  private static Given parse(String[] arguments) throws ConfigException {
    int dashes = 0;
    while (dashes < arguments.length && !arguments[dashes].equals("--")) {
      dashes++;
    }
    String[] ours = Arrays.copyOf(arguments, dashes);
    List<String> rest =
        dashes < arguments.length
            ? Arrays.asList(arguments).subList(dashes + 1, arguments.length)
            : List.of();
    Given given = Given.plain(OPTIONS, ours);
    if (given == null) {
      CommandLine line = new CommandLine(spec()).setStopAtPositional(true);
      try {
        given = Given.parsed(OPTIONS, line.parseArgs(ours));
      } catch (CommandLine.ParameterException e) {
        throw new ConfigException(Main.firstLine(e.getMessage()));
      }
      if (!given.command().isEmpty() && given.command().getFirst().startsWith("@")) {
        throw new ConfigException(
            "cannot read the arguments file " + given.command().getFirst().substring(1));
      }
    }
    given.command().addAll(rest);
    return given;
  }

  private static List<String> command(Given given) throws ConfigException {
    List<String> command = given.command();
    if (command.isEmpty()) {
      throw new ConfigException("no COMMAND: write jhot exec -- java -jar app.jar");
    }
    for (String argument : command) {
      GenerationText.check(argument);
    }
    return List.copyOf(command);
  }

  private static boolean hasFile(String[] arguments) {
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

  private static ExecOptions options(
      Given given, Map<String, String> environment, List<String> passed) throws ConfigException {
    Values values = new Values(given, environment);
    List<ListenAddress> listen = new ArrayList<>();
    for (String text : values.list("--listen", " ")) {
      ListenAddress address = ListenAddress.parse(text);
      for (ListenAddress other : listen) {
        if (other.name().equals(address.name())) {
          throw new ConfigException("--listen: two sockets have the name " + address.name());
        }
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
    String stdinSocket = values.text("--stdin-socket", "");
    if (!stdinSocket.isEmpty() && !isNamed(listen, stdinSocket) && !passed.contains(stdinSocket)) {
      throw new ConfigException(
          "--stdin-socket " + stdinSocket + ": no --listen and no passed socket has that name");
    }
    OwnPorts ownPorts = OwnPorts.parse(values.list("--own-port", ","));
    for (ListenAddress address : listen) {
      ownPorts.checkApart(address);
    }
    Map<Integer, Integer> remap = new HashMap<>();
    for (String text : values.list("--remap-exit", ",")) {
      remap.putAll(OptionValues.parseRemap(text));
    }
    List<String> variables = values.list("--env", "\n");
    for (String variable : variables) {
      OptionValues.checkVariable(variable);
      GenerationText.check(variable);
    }
    String name = values.text("--name", "");
    if (!name.isEmpty()) {
      OptionValues.checkName(name);
    }
    long readyTimeout = values.millis("--ready-timeout", "60s");
    if (readyTimeout == 0) {
      throw new ConfigException("--ready-timeout 0: nothing can be ready at once; write 60s");
    }
    long readyAfter = values.millis("--ready-after", "5s");
    if (readyAfter > readyTimeout && !values.text("--ready-after", "").isEmpty()) {
      throw new ConfigException(
          "--ready-after is longer than --ready-timeout, by which a generation has to be ready");
    }
    long drainDelay = values.millis("--drain-delay", "0s");
    long drainTimeout = values.millis("--drain-timeout", "30s");
    if (drainDelay > drainTimeout) {
      throw new ConfigException(
          "--drain-delay is longer than --drain-timeout, of which it is part");
    }
    return new ExecOptions(
        name,
        List.copyOf(listen),
        stdinSocket,
        ownPorts,
        ready(values, !stdinSocket.isEmpty()),
        readyTimeout,
        readyAfter,
        drainDelay,
        drainTimeout,
        values.text("--idle-grace", "").isEmpty()
            ? Policy.idleGraceOf(drainTimeout)
            : values.millis("--idle-grace", ""),
        !values.text("--drain-timeout", "").isEmpty(),
        stopSignal(values.text("--stop-signal", "TERM")),
        OptionValues.parseRestart(values.text("--restart", "no")),
        Map.copyOf(remap),
        directory(values.text("--cwd", ""), ownDirectory(environment.get("PWD"))),
        List.copyOf(variables),
        values.text("--pid-file", ""),
        !values.flag("--no-agent"),
        values.choice("--orphan", "kill", "keep").equals("keep"),
        probe(values),
        warmUp(values),
        OptionValues.parseCount("--max-draining", values.text("--max-draining", "0"), 0, 1000),
        values.text("--dump-dir", ""),
        overlap(values),
        values.text("--stop-grace", "").isEmpty() ? -1 : values.millis("--stop-grace", ""),
        logStyle(values),
        command(given));
  }

  private static boolean isNamed(List<ListenAddress> listen, String name) {
    for (ListenAddress address : listen) {
      if (address.name().equals(name)) {
        return true;
      }
    }
    return false;
  }

  /** An inherited channel is there from the start, and no bind of it can be seen. */
  private static Readiness ready(Values values, boolean inheritedChannel) throws ConfigException {
    if (inheritedChannel && values.text("--ready", "").isEmpty()) {
      return Readiness.EXEC;
    }
    return switch (values.choice("--ready", "auto", "notify", "exec")) {
      case "notify" -> Readiness.NOTIFY;
      case "exec" -> Readiness.EXEC;
      default -> Readiness.AUTO;
    };
  }

  private static Probe probe(Values values) throws ConfigException {
    String text = values.text("--probe", "");
    if (text.isEmpty()) {
      for (String option : PROBE_DETAILS) {
        if (!values.text(option, "").isEmpty()) {
          throw new ConfigException(
              option + " without --probe: there is nothing that it applies to");
        }
      }
      return null;
    }
    Probe probe =
        Probe.parse(
            text,
            values.text("--probe-status", "200-299"),
            values.text("--probe-body", ""),
            OptionValues.parseCount(
                "--probe-successes", values.text("--probe-successes", "1"), 1, 1000),
            values.millis("--probe-interval", "500ms"),
            values.millis("--probe-timeout", "2s"));
    if (probe.kind() != Probe.Kind.COMMAND && values.flag("--no-agent")) {
      throw new ConfigException(
          "--probe "
              + text
              + " with --no-agent: every generation answers on the same socket, so the old one"
              + " would; write exec:command");
    }
    return probe;
  }

  private static WarmUp warmUp(Values values) throws ConfigException {
    String text = values.text("--warmup", "");
    if (text.isEmpty()) {
      if (!values.text("--warmup-concurrency", "").isEmpty()) {
        throw new ConfigException("--warmup-concurrency without --warmup");
      }
      return null;
    }
    if (values.flag("--no-agent")) {
      throw new ConfigException(
          "--warmup with --no-agent: every generation accepts from the same socket, so the old one"
              + " would be warmed up too");
    }
    WarmUp warmUp =
        new WarmUp(
            text,
            OptionValues.parseCount(
                "--warmup-concurrency", values.text("--warmup-concurrency", "4"), 1, 64));
    warmUp.requests(); // what is wrong with them is to be known now, not at the first reload
    return warmUp;
  }

  private static Overlap overlap(Values values) throws ConfigException {
    return switch (values.choice("--overlap", "auto", "always", "never")) {
      case "always" -> Overlap.ALWAYS;
      case "never" -> Overlap.NEVER;
      default -> Overlap.AUTO;
    };
  }

  private static LogStyle logStyle(Values values) throws ConfigException {
    boolean json = values.choice("--log-format", "text", "json").equals("json");
    if (values.flag("--quiet")) {
      return json ? LogStyle.QUIET_JSON : LogStyle.QUIET;
    }
    return json ? LogStyle.JSON : LogStyle.TEXT;
  }

  private static Signal stopSignal(String text) throws ConfigException {
    try {
      return Signal.parse(text);
    } catch (IllegalArgumentException e) {
      throw new ConfigException(
          "--stop-signal '" + text + "': no such signal; write TERM, INT, ...");
    }
  }

  /** Options from the command line, else from {@code JHOT_} variables, else the default. */
  private record Values(Given given, Map<String, String> environment) {
    private String variable(String option) {
      StringBuilder name = new StringBuilder("JHOT_");
      for (int i = 2; i < option.length(); i++) {
        char c = option.charAt(i);
        name.append(c == '-' ? '_' : Character.toUpperCase(c));
      }
      return environment.get(name.toString());
    }

    String text(String option, String otherwise) {
      String value = given.value(option);
      if (value != null) {
        return value;
      }
      String inherited = variable(option);
      return inherited == null || inherited.isEmpty() ? otherwise : inherited;
    }

    long millis(String option, String otherwise) throws ConfigException {
      return Durations.parseMillis(option, text(option, otherwise));
    }

    String choice(String option, String... choices) throws ConfigException {
      String value = text(option, choices[0]);
      for (String choice : choices) {
        if (choice.equals(value)) {
          return value;
        }
      }
      throw new ConfigException(option + " '" + value + "': write " + String.join(" or ", choices));
    }

    boolean flag(String option) throws ConfigException {
      if (given.has(option)) {
        return true;
      }
      String value = variable(option);
      if (value == null || value.isEmpty() || value.equals("0") || value.equals("false")) {
        return false;
      }
      if (value.equals("1") || value.equals("true")) {
        return true;
      }
      throw new ConfigException(option + ": its variable is '" + value + "'; write true or false");
    }

    List<String> list(String option, String separator) {
      if (given.has(option)) {
        return given.values(option);
      }
      List<String> entries = new ArrayList<>();
      String inherited = variable(option);
      int start = 0;
      while (inherited != null && start <= inherited.length()) {
        int end = inherited.indexOf(separator, start);
        end = end < 0 ? inherited.length() : end;
        String entry = inherited.substring(start, end).trim();
        if (!entry.isEmpty()) {
          entries.add(entry);
        }
        start = end + 1;
      }
      return entries;
    }
  }

  /**
   * Takes the name under which {@code jhot status} and its kin find this instance. One that the
   * operator gave must be free; one that we derive gets a number when it is not.
   *
   * @return null where there can be no socket, as on a read-only file system: then the service runs
   *     without, for signals do the same
   */
  private static NameLock takeName(
      String base, boolean given, List<RuntimeDirectory> directories, Journal journal)
      throws IOException {
    NameLock name;
    try {
      name = NameLock.take(directories, base);
      for (int copy = 2; name == null && !given; copy++) {
        name = NameLock.take(directories, base + "-" + copy);
      }
    } catch (IOException e) {
      goWithoutControl(journal, e);
      return null;
    }
    if (name == null) {
      throw new IOException(
          "an instance named " + base + " is running already: stop it, or give another --name");
    }
    return name;
  }

  private static void openControl(LinuxOs os, NameLock name, Journal journal) {
    try {
      os.openControl(name);
    } catch (IOException e) {
      name.close();
      goWithoutControl(journal, e);
    }
  }

  private static void goWithoutControl(Journal journal, IOException why) {
    journal.log(
        Level.WARNING,
        "no control socket, so jhot status, reload and stop will not find this instance (signals"
            + " work): "
            + FileFailure.words(why));
  }

  static String derivedName(List<String> command) {
    String source = command.getFirst();
    for (int i = 1; i + 1 < command.size(); i++) {
      if (command.get(i).equals("-jar")) {
        source = command.get(i + 1);
        break;
      }
    }
    String file = source.substring(source.lastIndexOf('/') + 1);
    if (file.endsWith(".jar")) {
      file = file.substring(0, file.length() - ".jar".length());
    }
    StringBuilder name = new StringBuilder();
    for (int i = 0; i < file.length() && i < 56; i++) {
      char c = file.charAt(i);
      boolean good = OptionValues.isNameCharacter(c) && !(i == 0 && c == '.');
      name.append(good ? c : '_');
    }
    return name.isEmpty() ? "app" : name.toString();
  }

  /**
   * The working directory by the way that the shell was given: a link in it may lead elsewhere at
   * the next reload, to the release that was deployed since.
   *
   * @param given {@code $PWD}, or null
   * @return empty where that does not lead here, or cannot be gone by this user
   */
  private static String ownDirectory(String given) {
    if (given == null || !given.startsWith("/")) {
      return "";
    }
    try (OsPath path = OsPath.open(given)) {
      boolean leadsHere =
          Files.isSameFile(path.path(), Path.of("/proc/self/cwd"))
              && Files.isExecutable(path.path());
      return leadsHere ? given : "";
    } catch (IOException e) {
      return "";
    }
  }

  /** A relative one is made absolute: the child is in it already when it looks for its program. */
  private static String directory(String given, String own) {
    if (given.isEmpty() || given.startsWith("/")) {
      return given.isEmpty() ? own : given;
    }
    return (own.isEmpty() ? System.getProperty("user.dir") : own) + "/" + given;
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

  /**
   * jhot's environment as the kernel has it, byte for byte ({@link io.jhot.ffm.OsText}). The JVM's
   * own copy went through the locale's encoding, which loses what is none of its characters.
   */
  private static List<String> ownEnvironment() {
    try {
      return Main.zeroSeparated("/proc/self/environ");
    } catch (IOException e) {
      List<String> entries = new ArrayList<>();
      for (Map.Entry<String, String> entry : System.getenv().entrySet()) {
        entries.add(entry.getKey() + "=" + entry.getValue());
      }
      return entries;
    }
  }

  private static Map<String, String> variables(List<String> entries) {
    Map<String, String> variables = new HashMap<>();
    for (int i = entries.size() - 1; i >= 0; i--) { // of two the first counts, as in getenv(3)
      String entry = entries.get(i);
      int equals = entry.indexOf('=');
      if (equals > 0) {
        variables.put(entry.substring(0, equals), entry.substring(equals + 1));
      }
    }
    return variables;
  }
}
