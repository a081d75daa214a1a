package io.jhot.cli;

import java.util.List;
import picocli.CommandLine.Model.CommandSpec;

/**
 * The options of {@code jhot exec}: one table from which its command line is read, and from which
 * help, completion and the man page are made. The picocli model is made by hand, not by
 * annotations: under {@code -Xint}, reflection over annotations would cost more than the rest of
 * the start; and where {@link Given} can do without, no model is made at all.
 */
final class ExecSpec {
  /** All options but {@code --help}. */
  static final List<Option> OPTIONS =
      List.of(
          Option.value(
              "--name",
              "NAME",
              "Name of this instance, for 'jhot status', 'reload' and 'stop'. Default: the"
                  + " name of the jar or program."),
          Option.list(
              "--listen",
              "[NAME=]URL",
              "Open this socket before the app starts and pass it to the app: as LISTEN_FDS,"
                  + " from descriptor 3 on, and, with the agent, to a plain bind of the same"
                  + " address. tcp://host:port, udp://host:port or unix:///path; an empty host"
                  + " means every address. A unix path may end in ?mode=0660&owner=NAME&group=NAME"
                  + " (default: mode=0666). Repeatable."),
          Option.list(
              "--own-port",
              "PORT[-PORT]|NAME",
              "A port that each generation opens for itself: it is not handed over, and a"
                  + " bind fails while another generation has it, as without jhot. A listener that"
                  + " the app opens may also be given by its name in 'jhot status'. Automatic for"
                  + " ports with {gen} in them and for debugger ports. Repeatable, or separated by"
                  + " commas."),
          Option.value(
              "--stdin-socket",
              "NAME",
              "Also pass the --listen socket NAME as descriptor 0, for"
                  + " System.inheritedChannel()."),
          Option.value(
              "--ready",
              "auto|notify|exec",
              "When a generation is ready. auto: when it sends READY=1 or holds every"
                  + " listener that the old generation serves (the first generation: when it has"
                  + " opened a listener). notify: when it sends READY=1. exec: as soon as it runs."
                  + " Default: auto; exec with --stdin-socket."),
          Option.value(
              "--ready-timeout",
              "TIME",
              "How long a new generation may take to become ready. After that it is ended,"
                  + " and the old one goes on serving. The first generation is taken as running"
                  + " instead, unless --ready notify or --probe decides. Default: 60s."),
          Option.value(
              "--ready-after",
              "TIME",
              "A new generation that nothing else shows to be ready (it opens no listener,"
                  + " like the one before it, or cannot have the agent) counts as ready once it has"
                  + " run for this long. Default: 5s."),
          Option.value(
              "--probe",
              "URL|exec:COMMAND",
              "Check the new generation, and only that one, before clients can reach it."
                  + " /path or http://host:port/path sends a GET (the port selects the listener,"
                  + " the host goes into the Host header), tcp://:port connects, exec:COMMAND runs"
                  + " a command, which finds the address in JHOT_PROBE_ADDRESS. If the check does"
                  + " not succeed within --ready-timeout, the old generation goes on serving."),
          Option.value(
              "--probe-status",
              "FROM-TO",
              "HTTP statuses that count as success. Default: 200-299."),
          Option.value(
              "--probe-body",
              "REGEX",
              "A Java regular expression that must match somewhere in the HTTP body."),
          Option.value(
              "--probe-successes", "N", "How many successes in a row are needed. Default: 1."),
          Option.value(
              "--probe-interval",
              "TIME",
              "Time from the start of one attempt to the start of the next. Default: 500ms."),
          Option.value("--probe-timeout", "TIME", "Time limit of one attempt. Default: 2s."),
          Option.value(
              "--warmup",
              "REQUEST|FILE",
              "Send requests to the new generation, and only to that one, after the probe and"
                  + " before clients can reach it: 'GET /path x200', or a file with one such line"
                  + " for each kind of request. A request without an answer, or with status 500 or"
                  + " higher, fails the reload."),
          Option.value(
              "--warmup-concurrency",
              "N",
              "How many warm-up requests are in flight at once. Default: 4."),
          Option.value(
              "--drain-delay",
              "TIME",
              "Go on accepting for this long after a drain has begun, so that load balancers"
                  + " can notice. Default: 0s."),
          Option.value(
              "--drain-timeout",
              "TIME",
              "Time limit of a drain. After that the generation's threads are dumped and it"
                  + " is killed. Default: 30s; when jhot is stopped, at most what --stop-grace"
                  + " allows."),
          Option.value(
              "--idle-grace",
              "TIME",
              "A draining generation ends once no request is in progress on its connections"
                  + " and they have been quiet for this long. Default: 5s, but at most a third of"
                  + " --drain-timeout."),
          Option.value(
              "--max-draining",
              "N",
              "How many generations may drain at once. Beyond that the oldest one is ended"
                  + " first. Default: 0, no limit."),
          Option.value(
              "--dump-dir",
              "DIR",
              "Directory for the thread dumps of apps that do not end in time, one file each."
                  + " Default: stderr."),
          Option.value(
              "--overlap",
              "auto|always|never",
              "Whether a new generation starts while the old one serves. auto: yes, if the"
                  + " memory cgroup has room for both; otherwise the old one drains and ends first,"
                  + " and clients wait in the accept queue of the socket, which jhot holds. always:"
                  + " yes, and a reload without room is refused. never: the old one always ends"
                  + " first. Default: auto."),
          Option.value(
              "--stop-grace",
              "TIME",
              "How long whoever stops jhot waits before killing it (docker stop -t,"
                  + " stop_grace_period, terminationGracePeriodSeconds). When jhot is stopped, a"
                  + " drain ends 3 s before that, unless --drain-timeout is given; jhot warns if"
                  + " that is longer. Default: 10s in Docker and Podman, 30s in Kubernetes."),
          Option.value(
              "--stop-signal",
              "SIGNAL",
              "Signal that asks the app to end once its connections are gone. Default: TERM."),
          Option.value(
              "--restart",
              "no|on-failure[:MAX]",
              "Whether a service that failed is started again, on the same sockets. Default:"
                  + " no."),
          Option.list(
              "--remap-exit",
              "FROM:TO",
              "Exit with TO where the app exited with FROM, for example 143:0. Repeatable."),
          Option.value(
              "--cwd",
              "DIR",
              "Working directory of the app, resolved again at each start, as are paths"
                  + " relative to it. Default: jhot's own, by the path that the shell took ($PWD):"
                  + " where a symbolic link in that path has changed, a reload runs what it now"
                  + " points to."),
          Option.list("--env", "K=V", "Environment variable for the app. Repeatable."),
          Option.value(
              "--pid-file",
              "FILE",
              "File to write jhot's pid to, once the first generation is ready."),
          Option.flag(
              "--no-agent",
              "Start the app's JVM without the agent. It then gets sockets from --listen"
                  + " only."),
          Option.value(
              "--orphan",
              "kill|keep",
              "What happens to the app when jhot itself is killed. Default: kill."),
          Option.value(
              "--log-format", "text|json", "Format of jhot's own lines on stderr. Default: text."),
          Option.value(
              "--log-level",
              "debug|info|warn|error",
              "Write jhot's own lines from this level on. Default: info."),
          Option.flag("--quiet", "Log errors only: the same as --log-level error."));

  private ExecSpec() {}

  /** The picocli model of the command: options, help and all. */
  static CommandSpec model() {
    CommandSpec spec = CommandSpec.create().name("exec");
    spec.usageMessage()
        .synopsisHeading("%nUsage: ")
        .customSynopsis("jhot exec [OPTIONS] [--] COMMAND [ARG...]")
        .header("Runs a service and replaces it without losing a request.")
        .description(
            "%nStarts COMMAND as generation 1 and stays in the foreground. SIGHUP, SIGUSR1 or"
                + " 'jhot reload' starts the next generation, waits until it is ready, hands the"
                + " listening sockets over to it and drains the old one. SIGTERM, SIGINT or 'jhot"
                + " stop' drains and ends; a second one ends immediately. SIGQUIT is forwarded to"
                + " the app.%n")
        .optionListHeading("%nOptions:%n")
        .footer(
            "%nEach option can also be set by a variable: --drain-timeout is JHOT_DRAIN_TIMEOUT."
                + " JHOT_LISTEN holds several values separated by blanks, JHOT_ENV one per line."
                + " JHOT_JAVA_OPTIONS has options for jhot's own JVM."
                + " @FILE stands for the arguments in FILE, which is read again at each reload. In"
                + " an argument or in --env, {gen} is the number of the generation, {gen%%10} its"
                + " last digit, and {gen:18030-18039} counts from 18030 to 18039 and starts"
                + " over.%n%nUnder systemd jhot is a Type=notify service: it reports when the first"
                + " generation serves, when it reloads and when it stops (NOTIFY_SOCKET,"
                + " WATCHDOG_USEC). Sockets that systemd passes (LISTEN_FDS) are used like those of"
                + " --listen.%n%nExit code: that of the app; 128+n when it was killed by signal n;"
                + " 125 when jhot failed; 126 when COMMAND is not executable; 127 when COMMAND was"
                + " not found; 2 for wrong usage.");
    for (Option option : OPTIONS) {
      spec.addOption(option.model());
    }
    spec.addOption(Option.help());
    spec.addPositional(Option.command());
    return spec;
  }
}
