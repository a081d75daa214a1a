package io.jhot.cli;

import io.jhot.cli.Option.Kind;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.ParseResult;

/**
 * The options and operands of a command line.
 *
 * <p>picocli defines what a command line means, but takes 10 ms to build its model, and as long
 * again if its classes are not in the AOT cache. So a plain line is read here: known options only,
 * each written out, with its value. {@link #plain} leaves all else to picocli: help, an
 * {@code @file}, and mistakes.
 */
final class Given {
  private final Map<String, List<String>> options = new HashMap<>();
  private final List<String> command = new ArrayList<>();
  private @Nullable CommandLine help;

  private Given() {}

  /**
   * Reads a plain command line.
   *
   * @param known the command's options
   * @param arguments what follows the command's name; from the first that is not an option on they
   *     are operands
   * @return null if picocli has to read it
   */
  static @Nullable Given plain(List<Option> known, String[] arguments) {
    for (String argument : arguments) {
      if (argument.startsWith("@")) {
        return null;
      }
    }
    Given given = new Given();
    int i = 0;
    while (i < arguments.length && arguments[i].startsWith("-")) {
      String argument = arguments[i++];
      int equals = argument.indexOf('=');
      Option option = find(known, equals < 0 ? argument : argument.substring(0, equals));
      if (option == null) {
        return null;
      }
      boolean again = given.options.containsKey(option.name());
      if (option.kind() == Kind.FLAG
          ? equals >= 0 || again
          : option.kind() == Kind.VALUE && again) {
        return null;
      }
      String value = "";
      if (equals >= 0) {
        value = argument.substring(equals + 1);
      } else if (option.kind() != Kind.FLAG) {
        if (i == arguments.length || arguments[i].startsWith("-")) {
          return null;
        }
        value = arguments[i++];
      }
      given.add(option, value);
    }
    given.command.addAll(Arrays.asList(arguments).subList(i, arguments.length));
    return given;
  }

  private static @Nullable Option find(List<Option> known, String name) {
    for (int i = 0; i < known.size(); i++) {
      if (known.get(i).name().equals(name)) {
        return known.get(i);
      }
    }
    return null;
  }

  private void add(Option option, String value) {
    List<String> values = options.get(option.name());
    if (values == null) {
      values = new ArrayList<>();
      options.put(option.name(), values);
    }
    values.add(value);
  }

  /**
   * Converts picocli's result.
   *
   * @param known the command's options
   * @param result picocli's
   * @return the same
   */
  static Given parsed(List<Option> known, ParseResult result) {
    Given given = new Given();
    if (result.isUsageHelpRequested()) {
      given.help = result.commandSpec().commandLine();
    }
    for (Option option : known) {
      if (!result.hasMatchedOption(option.name())) {
        continue;
      }
      switch (option.kind()) {
        case FLAG -> given.add(option, "");
        case VALUE -> given.add(option, result.matchedOptionValue(option.name(), ""));
        case LIST -> {
          for (String value : result.matchedOptionValue(option.name(), List.<String>of())) {
            given.add(option, value);
          }
        }
      }
    }
    if (result.hasMatchedPositional(0)) {
      given.command.addAll(result.matchedPositionalValue(0, List.<String>of()));
    }
    return given;
  }

  boolean has(String option) {
    return options.containsKey(option);
  }

  /** The option's value, or null. */
  @Nullable String value(String option) {
    List<String> values = options.get(option);
    return values == null ? null : values.getFirst();
  }

  /** All values of an option; none if it was not given. */
  List<String> values(String option) {
    List<String> values = options.get(option);
    return values == null ? List.of() : values;
  }

  /** The operands. */
  List<String> command() {
    return command;
  }

  /** The command whose help was asked for, or null. */
  @Nullable CommandLine help() {
    return help;
  }
}
