package io.jhot.cli;

import java.util.List;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

/**
 * One option of a command: for parsing, help, completion and the man page.
 *
 * @param name with its dashes
 * @param kind what it takes
 * @param label the name of its value in help
 * @param description for help
 */
record Option(String name, Kind kind, String label, String description) {
  /** What an option takes. */
  enum Kind {
    /** No value. */
    FLAG,
    /** One value, once. */
    VALUE,
    /** One value, as often as one likes. */
    LIST
  }

  static Option flag(String name, String description) {
    return new Option(name, Kind.FLAG, "", description);
  }

  static Option value(String name, String label, String description) {
    return new Option(name, Kind.VALUE, label, description);
  }

  static Option list(String name, String label, String description) {
    return new Option(name, Kind.LIST, label, description);
  }

  /** {@code --help}, which every command has. */
  static OptionSpec help() {
    return OptionSpec.builder("-h", "--help")
        .usageHelp(true)
        .description("Show this help.")
        .build();
  }

  /** An app's command: what follows the options, whatever it is. */
  static PositionalParamSpec command() {
    return PositionalParamSpec.builder()
        .paramLabel("COMMAND")
        .index("0..*")
        .arity("0..*")
        .type(List.class)
        .auxiliaryTypes(String.class)
        .hidden(true)
        .build();
  }

  /** The same for picocli. */
  OptionSpec model() {
    OptionSpec.Builder builder = OptionSpec.builder(name).description(description);
    if (kind == Kind.FLAG) {
      return builder.arity("0").type(boolean.class).build();
    }
    builder.paramLabel(label).arity("1");
    if (kind == Kind.VALUE) {
      return builder.type(String.class).build();
    }
    return builder.type(List.class).auxiliaryTypes(String.class).build();
  }
}
