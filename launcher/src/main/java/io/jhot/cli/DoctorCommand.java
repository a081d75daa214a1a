package io.jhot.cli;

import io.jhot.host.Doctor;
import io.jhot.host.Finding;
import io.jhot.runtime.control.RuntimeDirectory;
import io.jhot.text.HarmlessText;
import io.jhot.text.JsonWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/** {@code jhot doctor}: says what will not work on this host, before it is needed. */
final class DoctorCommand {
  private DoctorCommand() {}

  /** The model of the command. */
  static CommandSpec model() {
    CommandSpec spec = CommandSpec.create().name("doctor");
    spec.usageMessage()
        .synopsisHeading("%nUsage: ")
        .customSynopsis("jhot doctor [--json] [--] [COMMAND [ARG...]]")
        .header("Checks what will not work on this host or in this container, and says what to do.")
        .description(
            "%nLooks at the kernel, at every system call that jhot makes, at limits and memory, and"
                + " at the JDK that COMMAND runs on (without COMMAND: the java in PATH or"
                + " JAVA_HOME). COMMAND itself is not run.%n")
        .optionListHeading("%nOptions:%n")
        .footer("%nExit code: 0; 1 when something will not work; 2 for wrong usage.");
    spec.addOption(Option.flag("--json", "Print one JSON object.").model());
    spec.addOption(Option.help());
    spec.addPositional(Option.command());
    return spec;
  }

  /**
   * Examines the host and prints what was found.
   *
   * @param arguments what follows {@code doctor} on the command line
   * @return jhot's exit code
   */
  static int run(String[] arguments) {
    int dashes = Arrays.asList(arguments).indexOf("--");
    String[] ours = dashes < 0 ? arguments : Arrays.copyOf(arguments, dashes);
    ParseResult parsed;
    try {
      parsed =
          new CommandLine(model())
              .setStopAtPositional(true)
              .setExpandAtFiles(false)
              .parseArgs(ours);
    } catch (CommandLine.ParameterException e) {
      return Main.misused("jhot doctor", Main.firstLine(e));
    }
    if (parsed.isUsageHelpRequested()) {
      parsed.commandSpec().commandLine().usage(System.out);
      return 0;
    }
    List<String> command = new ArrayList<>();
    if (parsed.hasMatchedPositional(0)) {
      command.addAll(parsed.matchedPositionalValue(0, List.<String>of()));
    }
    if (dashes >= 0) {
      command.addAll(Arrays.asList(arguments).subList(dashes + 1, arguments.length));
    }
    Map<String, String> environment = System.getenv();
    String home = System.getProperty("jhot.home", "");
    List<Finding> findings =
        new ArrayList<>(
            Doctor.examine(
                command, environment, home.isEmpty() ? "" : home + "/lib/agent/jhot-agent.jar"));
    findings.add(controlSockets(RuntimeDirectory.locate(environment)));
    boolean works = true;
    for (Finding finding : findings) {
      works &= finding.level() != Finding.Level.FAILURE;
    }
    System.out.print(parsed.hasMatchedOption("--json") ? json(findings, works) : text(findings));
    return works ? 0 : 1;
  }

  private static Finding controlSockets(RuntimeDirectory directory) {
    String subject = "control socket";
    String lost = "jhot status, reload and stop find nothing (signals work)";
    String advice = "set JHOT_RUNTIME_DIR to a directory of your own, for instance on a tmpfs";
    Path path = directory.path();
    try {
      if (Files.exists(path)) {
        directory.check();
      }
    } catch (IOException e) {
      return new Finding(Finding.Level.WARNING, subject, e.getMessage() + ": " + lost, advice);
    }
    Path writable = Files.exists(path) ? path : path.toAbsolutePath().getParent();
    if (writable == null || !Files.isWritable(writable)) {
      return new Finding(
          Finding.Level.WARNING, subject, writable + " is not writable: " + lost, advice);
    }
    return new Finding(Finding.Level.OK, subject, "goes into " + path, "");
  }

  static String text(List<Finding> findings) {
    StringBuilder out = new StringBuilder();
    for (Finding finding : findings) {
      out.append(
          switch (finding.level()) {
            case OK -> "ok       ";
            case WARNING -> "warning  ";
            case FAILURE -> "FAILS    ";
          });
      out.append(HarmlessText.of(finding.subject())).append(": ");
      out.append(HarmlessText.of(finding.text()));
      if (!finding.advice().isEmpty()) {
        out.append("; ").append(HarmlessText.of(finding.advice()));
      }
      out.append('\n');
    }
    return out.toString();
  }

  static String json(List<Finding> findings, boolean works) {
    JsonWriter out = new JsonWriter().beginObject();
    out.name("works").value(works);
    out.name("findings").beginArray();
    for (Finding finding : findings) {
      out.beginObject();
      out.name("level").value(word(finding.level()));
      out.name("subject").value(finding.subject());
      out.name("text").value(finding.text());
      out.name("advice").value(finding.advice());
      out.endObject();
    }
    return out.endArray().endObject() + "\n";
  }

  private static String word(Finding.Level level) {
    return switch (level) {
      case OK -> "ok";
      case WARNING -> "warning";
      case FAILURE -> "failure";
    };
  }
}
