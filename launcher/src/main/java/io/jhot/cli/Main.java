package io.jhot.cli;

import io.jhot.runtime.LogQueue;
import io.jhot.text.HarmlessText;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.lang.module.ModuleDescriptor;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParseResult;

/** Entry point of {@code bin/jhot}: reads the command line and runs one command. */
public final class Main {
  private static final int USAGE = 2;

  private Main() {}

  /**
   * Runs one command and ends the JVM with its exit code.
   *
   * @param arguments the command line
   */
  public static void main(String[] arguments) {
    int code;
    try {
      code = run(Invocation.arguments(arguments));
    } catch (RuntimeException | Error e) {
      // the app ends with jhot (PR_SET_PDEATHSIG): better than a supervisor in an unknown state
      reportBug(e);
      code = ExecCommand.FAILED;
    }
    System.out.flush();
    // nothing is left to clean up, and shutdown hooks would only cost time
    Runtime.getRuntime().halt(code);
  }

  /** Written by a queue: a reader of stderr that blocks must not keep this process alive. */
  private static void reportBug(Throwable bug) {
    StringWriter trace = new StringWriter();
    bug.printStackTrace(new PrintWriter(trace, true));
    LogQueue last = new LogQueue(new FileOutputStream(FileDescriptor.err), n -> new byte[0]);
    last.add(
        ("jhot: error: a bug in jhot; please report it with these lines\n" + trace)
            .getBytes(StandardCharsets.UTF_8));
    last.finish(2_000);
  }

  private static int run(String[] arguments) {
    if (arguments.length > 0 && arguments[0].equals("exec")) {
      return ExecCommand.run(Arrays.copyOfRange(arguments, 1, arguments.length));
    }
    if (arguments.length > 0 && arguments[0].equals("doctor")) {
      return DoctorCommand.run(Arrays.copyOfRange(arguments, 1, arguments.length));
    }
    String name = arguments.length == 0 ? "" : arguments[0];
    List<Option> known = ClientCommands.options(name);
    Given given =
        known == null
            ? null
            : Given.plain(known, Arrays.copyOfRange(arguments, 1, arguments.length));
    if (given != null && given.command().isEmpty()) {
      return ClientCommands.run(name, given);
    }
    CommandLine line = commandLine();
    ParseResult result;
    try {
      result = line.parseArgs(arguments);
    } catch (CommandLine.ParameterException e) {
      String misused = e.getCommandLine().getCommandSpec().qualifiedName(" ");
      return misused(misused, firstLine(e));
    }
    ParseResult command = result.hasSubcommand() ? result.subcommand() : result;
    CommandLine chosen = command.commandSpec().commandLine();
    if (command.isVersionHelpRequested()) {
      System.out.println("jhot " + version());
      return 0;
    }
    if (command.isUsageHelpRequested()) {
      chosen.usage(System.out);
      return 0;
    }
    if (!result.hasSubcommand()) {
      return misused("jhot", "no command: exec, status, reload, stop or doctor");
    }
    String asked = command.commandSpec().name();
    List<Option> options = Objects.requireNonNull(ClientCommands.options(asked));
    return ClientCommands.run(asked, Given.parsed(options, command));
  }

  /** The picocli model of all commands: for help, completion scripts and man pages. */
  public static CommandLine commandLine() {
    CommandSpec spec = CommandSpec.create().name("jhot");
    spec.usageMessage()
        .synopsisHeading("%nUsage: ")
        .customSynopsis("jhot [--help | --version] COMMAND ...")
        .header("Runs JVM services and restarts them without losing a request.")
        .description(
            "%nStart with: jhot exec -- java -jar app.jar%n"
                + "and then, from another shell: jhot reload --wait")
        .commandListHeading("%nCommands:%n")
        .footer("%nEach command has its own --help.");
    spec.addOption(Option.help());
    spec.addOption(
        OptionSpec.builder("-V", "--version")
            .versionHelp(true)
            .description("Show the version.")
            .build());
    spec.addSubcommand("exec", ExecSpec.model());
    ClientCommands.addTo(spec);
    spec.addSubcommand("doctor", DoctorCommand.model());
    return new CommandLine(spec);
  }

  /** One line of jhot's on stderr. */
  static void complain(@Nullable String text) {
    System.err.println("jhot: " + HarmlessText.of(String.valueOf(text)));
  }

  /** Says what was wrong with a command line; returns the exit code for that. */
  static int misused(String command, String text) {
    complain(text + "; see " + command + " --help");
    return USAGE;
  }

  /** What picocli says is wrong, without its usage. */
  static String firstLine(CommandLine.ParameterException e) {
    String text = String.valueOf(e.getMessage());
    int end = text.indexOf('\n');
    return (end < 0 ? text : text.substring(0, end)).trim();
  }

  private static String version() {
    ModuleDescriptor descriptor = Main.class.getModule().getDescriptor();
    return descriptor == null ? "unknown" : descriptor.rawVersion().orElse("unknown");
  }
}
