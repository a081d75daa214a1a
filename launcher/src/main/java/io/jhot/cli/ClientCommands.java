package io.jhot.cli;

import io.jhot.config.Accounts;
import io.jhot.config.ConfigException;
import io.jhot.config.Durations;
import io.jhot.config.FileFailure;
import io.jhot.ffm.Own;
import io.jhot.runtime.control.ControlClient;
import io.jhot.runtime.control.FleetStatus;
import io.jhot.runtime.control.Reply;
import io.jhot.runtime.control.Request;
import io.jhot.runtime.control.RuntimeDirectory;
import io.jhot.text.HarmlessText;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;

/**
 * {@code jhot status}, {@code reload} and {@code stop}: each asks a running instance by its control
 * socket and turns the answer into lines and an exit code.
 */
final class ClientCommands {
  private static final long LOOK_MILLIS = 250;
  private static final long ANSWER_MILLIS = 10_000;
  private static final int FAILED = 1;
  private static final int TIMED_OUT = 124;

  private ClientCommands() {}

  /**
   * Runs one of them.
   *
   * @param command its name, one that {@link #options} knows
   * @return jhot's exit code
   */
  static int run(String command, Given given) {
    try {
      return switch (command) {
        case "status" -> status(given);
        case "reload" -> reload(given);
        case "stop" -> stop(given);
        default -> throw new AssertionError(command);
      };
    } catch (ConfigException e) {
      return Main.misused("jhot " + command, e.getMessage());
    } catch (ControlClient.NoAnswer e) {
      Main.complain(e.getMessage());
      return e.timedOut ? TIMED_OUT : FAILED;
    } catch (UncheckedIOException e) {
      Main.complain(FileFailure.words(Objects.requireNonNull(e.getCause())));
      return FAILED;
    }
  }

  /** The picocli models of all of them, as subcommands of {@code jhot}. */
  static void addTo(CommandSpec jhot) {
    jhot.addSubcommand(
        "status",
        model(
            "status",
            "Shows what is running.",
            "%nShows the listeners, and each generation with its phase and the reason for it."));
    jhot.addSubcommand(
        "reload",
        model(
            "reload",
            "Replaces the running generation by a new one.",
            "%nThe same as SIGHUP. A reload that is asked for during a reload runs after it."));
    jhot.addSubcommand(
        "stop",
        model(
            "stop",
            "Drains the service and ends it.",
            "%nThe same as SIGTERM. Returns when jhot has ended."));
  }

  private static CommandSpec model(String name, String header, String description) {
    CommandSpec spec = CommandSpec.create().name(name);
    spec.usageMessage()
        .synopsisHeading("%nUsage: ")
        .header(header)
        .description(description)
        .optionListHeading("%nOptions:%n")
        .footer("%nExit code: 0; 1 when it failed or no instance was found; 2 for wrong usage.");
    for (Option option : Objects.requireNonNull(options(name))) {
      spec.addOption(option.model());
    }
    spec.addOption(Option.help());
    return spec;
  }

  /** The options, without help, of a command that asks a running jhot; null for other commands. */
  static @Nullable List<Option> options(String command) {
    Option name =
        Option.value(
            "--name", "NAME", "Name of the instance; not needed when only one is running.");
    Option user =
        Option.value(
            "--user",
            "USER",
            "For root: the instance of this user (name or uid). Other users can reach their own"
                + " instances only.");
    return switch (command) {
      case "status" ->
          List.of(
              name,
              user,
              Option.flag("--json", "Print one JSON object."),
              Option.flag(
                  "--healthy",
                  "For health checks: exit code 0 while a generation serves; else 1 and one line:"
                      + " when the last one has begun to drain (also during its --drain-delay),"
                      + " when none is ready, and when jhot does not run or does not answer."));
      case "reload" ->
          List.of(
              name,
              user,
              Option.flag(
                  "--wait",
                  "Wait for the outcome: exit code 0 when the new generation serves and the old"
                      + " one has stopped accepting (or accepts during its --drain-delay), 1 when"
                      + " the reload failed and the old generation goes on serving."),
              Option.flag(
                  "--drained",
                  "With --wait: also wait until the old generation has ended, and report what was"
                      + " still in progress on its connections, by kind."),
              Option.value(
                  "--timeout",
                  "TIME",
                  "With --wait: stop waiting after this long, with exit code 124. The reload goes"
                      + " on."));
      case "stop" ->
          List.of(
              name,
              user,
              Option.flag("--now", "Do not drain."),
              Option.value(
                  "--timeout", "TIME", "Stop waiting after this long, with exit code 124."));
      default -> null;
    };
  }

  private static int status(Given command) throws ConfigException, ControlClient.NoAnswer {
    if (command.has("--healthy")) {
      return health(command);
    }
    Reply reply = wholeStatus(command);
    if (reply instanceof Reply.Status(var status, long next)) {
      System.out.print(command.has("--json") ? StatusView.json(status) : StatusView.text(status));
      return 0;
    }
    return show(reply);
  }

  /**
   * Ends with 0 or 1 only: docker reserves 2 in a health check, and other checkers know no third.
   */
  private static int health(Given command) {
    Reply reply;
    try {
      reply = wholeStatus(command);
    } catch (ControlClient.NoAnswer | ConfigException e) {
      Main.complain(e.getMessage());
      return FAILED;
    }
    if (!(reply instanceof Reply.Status(var status, long next))) {
      return show(reply);
    }
    if (command.has("--json")) {
      System.out.print(StatusView.json(status));
    } else if (status.healthy()) {
      System.out.println(HarmlessText.of(status.name() + " is " + status.health()));
    } else {
      Main.complain(status.name() + " is " + status.health());
    }
    return status.healthy() ? 0 : FAILED;
  }

  private static int reload(Given command) throws ConfigException, ControlClient.NoAnswer {
    boolean wait = command.has("--wait");
    long timeout = timeout(command);
    if (!command.has("--drained")) {
      return show(ask(command, new Request.Reload(wait), wait ? timeout : ANSWER_MILLIS));
    }
    if (!wait) {
      throw new ConfigException("--drained needs --wait");
    }
    long deadline = timeout < 0 ? Long.MAX_VALUE : System.nanoTime() / 1_000_000 + timeout;
    DrainWatch watch = new DrainWatch(fleet(command));
    int code = show(ask(command, new Request.Reload(true), timeout));
    return code == 0 ? awaitDrained(command, watch, deadline) : code;
  }

  private static int awaitDrained(Given command, DrainWatch watch, long deadline)
      throws ConfigException, ControlClient.NoAnswer {
    FleetStatus now = fleet(command);
    while (!watch.isOver(now)) {
      if (System.nanoTime() / 1_000_000 >= deadline) {
        Main.complain(
            "the new generation serves; the old one has not ended in time and is still draining");
        return TIMED_OUT;
      }
      try {
        Thread.sleep(LOOK_MILLIS);
      } catch (InterruptedException e) {
        return FAILED; // nobody interrupts the only thread of a command
      }
      now = fleet(command);
    }
    System.out.println(HarmlessText.of(watch.outcome(now)));
    return 0;
  }

  private static FleetStatus fleet(Given command) throws ConfigException, ControlClient.NoAnswer {
    Reply reply = wholeStatus(command);
    if (reply instanceof Reply.Status(var status, long next)) {
      return status;
    }
    throw new AssertionError("the answer to a question for status is " + reply);
  }

  private static int stop(Given command) throws ConfigException, ControlClient.NoAnswer {
    return show(ask(command, new Request.Stop(command.has("--now")), timeout(command)));
  }

  private static long timeout(Given command) throws ConfigException {
    String text = command.value("--timeout");
    return text == null ? -1 : Durations.parseMillis("--timeout", text);
  }

  private static Reply wholeStatus(Given command) throws ConfigException, ControlClient.NoAnswer {
    String name = command.value("--name");
    return ControlClient.status(
        directories(command.value("--user")), name == null ? "" : name, ANSWER_MILLIS);
  }

  private static Reply ask(Given command, Request request, long timeoutMillis)
      throws ControlClient.NoAnswer, ConfigException {
    String name = command.value("--name");
    return ControlClient.ask(
        directories(command.value("--user")), name == null ? "" : name, request, timeoutMillis);
  }

  /** Where to look for instances: one's own, or as root those of {@code --user}. */
  private static List<RuntimeDirectory> directories(@Nullable String user) throws ConfigException {
    if (user == null) {
      return RuntimeDirectory.candidates(System.getenv());
    }
    int uid = Accounts.uid(user);
    int own = Own.uid();
    if (own != 0 && own != uid) {
      throw new ConfigException("--user " + user + ": only root may ask another user's instance");
    }
    return RuntimeDirectory.candidatesOf(System.getenv(), uid);
  }

  private static int show(Reply reply) {
    return switch (reply) {
      case Reply.Accepted(String text) -> {
        System.out.println(HarmlessText.of(text));
        yield 0;
      }
      case Reply.Finished(boolean ok, String text, List<String> lines) -> {
        if (ok) {
          System.out.println(HarmlessText.of(text));
          yield 0;
        }
        Main.complain("the reload failed: " + text);
        for (String line : lines) {
          System.err.println("  | " + HarmlessText.of(line));
        }
        yield FAILED;
      }
      case Reply.Refused(String text) -> {
        Main.complain(text);
        yield FAILED;
      }
      case Reply.Status status -> {
        Main.complain("the instance sent an answer of the wrong kind");
        yield FAILED;
      }
    };
  }
}
