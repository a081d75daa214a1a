package io.jhot.cli;

import io.jhot.config.ConfigException;
import io.jhot.config.Durations;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Where the value of an option comes from: the command line, else its {@code JHOT_} variable, else
 * its default. An empty variable counts as none.
 *
 * @param given the command line
 * @param environment jhot's own variables
 */
record OptionSources(Given given, Map<String, String> environment) {
  /** The value of the option's variable, {@code JHOT_DRAIN_TIMEOUT} for instance, or null. */
  private @Nullable String variable(String option) {
    StringBuilder name = new StringBuilder("JHOT_");
    for (int i = 2; i < option.length(); i++) {
      char c = option.charAt(i);
      name.append(c == '-' ? '_' : Character.toUpperCase(c));
    }
    return environment.get(name.toString());
  }

  /** Whether the operator gave it a value that is not empty. */
  boolean has(String option) {
    return !text(option, "").isEmpty();
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

  /**
   * One of several words.
   *
   * @param choices all that are allowed, the default first
   */
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

  /**
   * All values of an option that may be repeated.
   *
   * @param separator what separates them in the variable
   */
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
