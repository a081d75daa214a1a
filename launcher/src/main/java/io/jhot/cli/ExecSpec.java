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
    spec.addOption(Option.help());
    spec.addPositional(Option.command());
    return spec;
  }
}
