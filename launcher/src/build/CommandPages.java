import io.jhot.cli.Main;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import picocli.AutoComplete;
import picocli.CommandLine;
import picocli.CommandLine.Help;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;
import picocli.CommandLine.Model.UsageMessageSpec;

/**
 * Writes what belongs beside the program, from the picocli model that parses its command line: a
 * man page for each command, and completion for bash and zsh. Run at build time: {@code java -cp
 * JARS CommandPages.java SHARE_FOLDER VERSION}.
 */
class CommandPages {
  public static void main(String[] args) throws IOException {
    Path share = Path.of(args[0]);
    String version = args[1];
    CommandLine jhot = Main.commandLine();
    withSubcommands(jhot).forEach(each -> sayWhatValuesFit(each.getCommandSpec()));
    for (CommandLine command : withSubcommands(jhot)) {
      Path page = share.resolve("man/man1").resolve(pageName(command.getCommandSpec()) + ".1");
      write(page, new ManPage(command, version).text());
    }
    write(share.resolve("bash-completion/completions/jhot"), AutoComplete.bash("jhot", jhot));
    write(share.resolve("zsh/site-functions/_jhot"), ZshCompletion.of(jhot));
  }

  /** What completion offers is in the labels: {@code text|json} are all values, FILE is a path. */
  private static void sayWhatValuesFit(CommandSpec spec) {
    List<OptionSpec> options = List.copyOf(spec.options());
    options.forEach(spec::remove);
    for (OptionSpec option : options) {
      String label = option.paramLabel();
      OptionSpec.Builder fitting = OptionSpec.builder(option);
      if (takesValue(option) && label.matches("[a-z-]+(\\|[a-z-]+)+")) {
        fitting.completionCandidates(List.of(label.split("\\|")));
      } else if (label.equals("FILE") || label.equals("DIR")) {
        fitting.type(Path.class);
      }
      spec.addOption(fitting.build());
    }
  }

  private static void write(Path file, String text) throws IOException {
    Files.createDirectories(file.getParent());
    Files.writeString(file, text);
  }

  static List<CommandLine> withSubcommands(CommandLine command) {
    List<CommandLine> all = new ArrayList<>(List.of(command));
    subcommands(command).forEach(each -> all.addAll(withSubcommands(each)));
    return all;
  }

  static List<CommandLine> subcommands(CommandLine command) {
    return command.getSubcommands().values().stream()
        .distinct()
        .filter(each -> !each.getCommandSpec().usageMessage().hidden())
        .toList();
  }

  static List<OptionSpec> options(CommandSpec spec) {
    return spec.options().stream().filter(each -> !each.hidden()).toList();
  }

  static List<PositionalParamSpec> parameters(CommandSpec spec) {
    return spec.positionalParameters().stream().filter(each -> !each.hidden()).toList();
  }

  static String pageName(CommandSpec spec) {
    return spec.qualifiedName("-");
  }

  /**
   * The lines as picocli prints them without colours: no markup, {@code %n} and {@code %%} done.
   */
  static List<String> plain(String... lines) {
    List<String> plain = new ArrayList<>();
    for (String line : lines) {
      String text = String.format(Help.Ansi.OFF.string(line));
      plain.addAll(text.isEmpty() ? List.of("") : text.lines().toList());
    }
    return plain;
  }

  /** One line that says what the command does. */
  static String summary(CommandSpec spec) {
    UsageMessageSpec usage = spec.usageMessage();
    String line =
        plain(usage.header().length > 0 ? usage.header() : usage.description()).getFirst();
    return line.endsWith(".") ? line.substring(0, line.length() - 1) : line;
  }

  static boolean takesValue(OptionSpec option) {
    return option.arity().max() > 0;
  }
}

/** A command's page in section 1, in the man(7) macros. */
final class ManPage {
  private final CommandLine command;
  private final CommandSpec spec;
  private final UsageMessageSpec usage;
  private final StringBuilder page = new StringBuilder();

  private final String version;

  ManPage(CommandLine command, String version) {
    this.command = command;
    this.version = version;
    this.spec = command.getCommandSpec();
    this.usage = spec.usageMessage();
  }

  String text() {
    String name = CommandPages.pageName(spec);
    macro("TH", name.toUpperCase(Locale.ROOT), "1", "", "jhot " + version, "");
    macro("nh"); // options and URLs must not be hyphenated
    macro("ad", "l");
    section("NAME");
    line(escaped(name) + " \\- " + escaped(CommandPages.summary(spec)));
    section("SYNOPSIS");
    synopsis();
    section("DESCRIPTION");
    paragraphs(CommandPages.plain(usage.description()));
    arguments("ARGUMENTS", CommandPages.parameters(spec));
    arguments("OPTIONS", CommandPages.options(spec));
    commands();
    exitStatus();
    footer();
    seeAlso();
    return page.toString();
  }

  private void synopsis() {
    command.setUsageHelpWidth(10_000); // man breaks the lines
    String name = spec.qualifiedName();
    String separator = "";
    for (String line : command.getHelp().synopsis(0).strip().lines().toList()) {
      String rest = line.startsWith(name) ? line.substring(name.length()) : line;
      page.append(separator);
      line("\\fB" + escaped(name) + "\\fR" + escaped(rest));
      separator = ".br\n";
    }
  }

  private void arguments(String title, List<? extends ArgSpec> arguments) {
    if (arguments.isEmpty()) {
      return;
    }
    section(title);
    for (ArgSpec argument : arguments) {
      macro("TP");
      line(argument instanceof OptionSpec option ? names(option) : italic(argument.paramLabel()));
      List<String> description = CommandPages.plain(argument.description());
      paragraphs(description);
      if (usage.showDefaultValues() && argument.defaultValue() != null) {
        line(escaped("(default: " + argument.defaultValue() + ")"));
      }
    }
  }

  private String names(OptionSpec option) {
    String names =
        List.of(option.names()).stream()
            .map(name -> "\\fB" + escaped(name) + "\\fR")
            .collect(Collectors.joining(", "));
    if (!CommandPages.takesValue(option)) {
      return names;
    }
    String value = escaped(spec.parser().separator()) + italic(option.paramLabel());
    return names + (option.arity().min() == 0 ? "[" + value + "]" : value);
  }

  private void commands() {
    if (CommandPages.subcommands(command).isEmpty()) {
      return;
    }
    section("COMMANDS");
    for (CommandLine each : CommandPages.subcommands(command)) {
      macro("TP");
      line("\\fB" + escaped(each.getCommandName()) + "\\fR");
      line(escaped(CommandPages.summary(each.getCommandSpec())) + ".");
    }
  }

  private void exitStatus() {
    if (usage.exitCodeList().isEmpty()) {
      return;
    }
    section("EXIT STATUS");
    for (Map.Entry<String, String> code : usage.exitCodeList().entrySet()) {
      macro("TP");
      line("\\fB" + escaped(code.getKey().strip()) + "\\fR");
      paragraphs(CommandPages.plain(code.getValue()));
    }
  }

  private void footer() {
    if (usage.footer().length == 0) {
      return;
    }
    String heading = String.join(" ", CommandPages.plain(usage.footerHeading())).strip();
    section(heading.isEmpty() ? "NOTES" : heading.replaceFirst(":$", "").toUpperCase(Locale.ROOT));
    paragraphs(CommandPages.plain(usage.footer()));
  }

  private void seeAlso() {
    List<CommandLine> others =
        CommandPages.withSubcommands(spec.root().commandLine()).stream()
            .filter(each -> each != command)
            .toList();
    section("SEE ALSO");
    line(
        others.stream()
            .map(each -> "\\fB" + escaped(CommandPages.pageName(each.getCommandSpec())) + "\\fR(1)")
            .collect(Collectors.joining(", ")));
  }

  /** Lines stay apart and are filled each, but an indented one stands as it is. */
  private void paragraphs(List<String> lines) {
    boolean begun = false;
    boolean gap = false;
    for (String line : lines) {
      if (line.isBlank()) {
        gap = begun;
        continue;
      }
      if (begun) {
        macro(gap ? "sp" : "br");
      }
      if (line.startsWith(" ")) {
        macro("EX");
        line(escaped(line));
        macro("EE");
      } else {
        line(escaped(line));
      }
      begun = true;
      gap = false;
    }
  }

  private void section(String title) {
    macro("SH", title);
  }

  private void macro(String name, String... arguments) {
    page.append('.').append(name);
    for (String argument : arguments) {
      boolean bare = argument.matches("[a-z]+");
      String quote = bare ? "" : "\"";
      page.append(" " + quote + escaped(argument).replace("\"", "\\(dq") + quote);
    }
    page.append('\n');
  }

  private void line(String text) {
    // A control character at the line's start would make it a request.
    page.append(text.startsWith(".") || text.startsWith("'") ? "\\&" : "")
        .append(text)
        .append('\n');
  }

  private static String italic(String text) {
    return "\\fI" + escaped(text) + "\\fR";
  }

  private static String escaped(String text) {
    return text.replace("\\", "\\e")
        .replace("-", "\\-")
        .replace("'", "\\(aq")
        .replace("`", "\\(ga");
  }
}

/**
 * Completion for zsh's {@code _arguments}: options with what they mean, then the app's own command.
 */
final class ZshCompletion {
  static String of(CommandLine jhot) {
    StringBuilder script = new StringBuilder("#compdef jhot\n\nlocal context state line\n\n");
    script.append("_arguments -C").append(options(jhot.getCommandSpec()));
    List<String> commands =
        CommandPages.subcommands(jhot).stream()
            .map(
                each ->
                    each.getCommandName()
                        + "\\:"
                        + word(CommandPages.summary(each.getCommandSpec())))
            .toList();
    script.append(" \\\n  '1:command:((").append(String.join(" ", commands)).append("))'");
    script.append(" \\\n  '*::argument:->argument'\n\n");
    script.append("[[ $state == argument ]] || return\n");
    script.append("case $words[1] in\n");
    for (CommandLine each : CommandPages.subcommands(jhot)) {
      script.append("  ").append(each.getCommandName()).append(")\n    _arguments");
      script.append(options(each.getCommandSpec()));
      if (!each.getCommandSpec().positionalParameters().isEmpty()) {
        // The rest of the line is a command of its own, with its own completion.
        script.append(" \\\n  '*:::command:_normal'");
      }
      script.append(" ;;\n");
    }
    return script.append("esac\n").toString();
  }

  private static String options(CommandSpec spec) {
    StringBuilder all = new StringBuilder();
    for (OptionSpec option : CommandPages.options(spec)) {
      String names = List.of(option.names()).stream().collect(Collectors.joining(" "));
      String description = CommandPages.plain(option.description()).stream().findFirst().orElse("");
      for (String name : option.names()) {
        String repeat = option.isMultiValue() ? "*" : "(" + names + ")";
        String value = "";
        if (CommandPages.takesValue(option)) {
          value = ":" + quoted(option.paramLabel()) + ":" + action(option);
        }
        String equals = value.isEmpty() ? "" : name.startsWith("--") ? "=" : "+";
        all.append(" \\\n  '").append(repeat).append(name).append(equals);
        all.append('[').append(quoted(description)).append(']').append(value).append('\'');
      }
    }
    return all.toString();
  }

  private static String action(OptionSpec option) {
    if (option.completionCandidates() != null) {
      List<String> candidates = new ArrayList<>();
      option.completionCandidates().forEach(candidates::add);
      return "(" + String.join(" ", candidates) + ")";
    }
    Class<?> type = option.type();
    return type == Path.class || type == java.io.File.class ? "_files" : " ";
  }

  private static String quoted(String text) {
    return text.replace("\\", "\\\\")
        .replace("[", "\\[")
        .replace("]", "\\]")
        .replace(":", "\\:")
        .replace("'", "'\\''");
  }

  private static String word(String text) {
    return "\"" + quoted(text).replace("\"", "\\\"") + "\"";
  }
}
