package io.jhot.config;

import java.util.HashMap;
import java.util.Map;

/** Reads the small values of options that have a form of their own. */
public final class OptionValues {
  private OptionValues() {}

  /**
   * Reads {@code --restart}.
   *
   * @param text {@code no}, {@code on-failure} or {@code on-failure:MAX}
   * @return 0 for never, -1 for no limit, else the most restarts
   * @throws ConfigException when it has another form
   */
  public static int parseRestart(String text) throws ConfigException {
    if (text.equals("no")) {
      return 0;
    }
    if (text.equals("on-failure")) {
      return -1;
    }
    if (text.startsWith("on-failure:")) {
      int most = number(text.substring("on-failure:".length()), 1, 1_000_000);
      if (most > 0) {
        return most;
      }
    }
    throw new ConfigException(
        "--restart '" + text + "': write no, on-failure or on-failure:MAX with MAX of 1 or more");
  }

  /**
   * Reads a plain number.
   *
   * @param option the option's name, for the message of a refusal
   * @param text decimal digits
   * @param least the smallest that is allowed, 0 or more
   * @param most the largest
   * @return the number
   * @throws ConfigException when it is none, or out of range
   */
  public static int parseCount(String option, String text, int least, int most)
      throws ConfigException {
    int value = text.startsWith("-") ? -1 : number(text, least, most);
    if (value < 0) {
      throw new ConfigException(
          option + " '" + text + "': write a number of " + least + " to " + most);
    }
    return value;
  }

  /**
   * Reads {@code --remap-exit}.
   *
   * @param text {@code FROM:TO}, several with commas between; each 0 to 255
   * @return from -> to
   * @throws ConfigException when it has another form
   */
  public static Map<Integer, Integer> parseRemap(String text) throws ConfigException {
    Map<Integer, Integer> remap = new HashMap<>();
    int start = 0;
    while (start <= text.length()) {
      int comma = text.indexOf(',', start);
      String pair = comma < 0 ? text.substring(start) : text.substring(start, comma);
      int colon = pair.indexOf(':');
      int from = colon < 0 ? -1 : number(pair.substring(0, colon), 0, 255);
      int to = colon < 0 ? -1 : number(pair.substring(colon + 1), 0, 255);
      if (from < 0 || to < 0) {
        throw new ConfigException(
            "--remap-exit '" + text + "': write FROM:TO with exit codes of 0 to 255, as 143:0");
      }
      remap.put(from, to);
      if (comma < 0) {
        break;
      }
      start = comma + 1;
    }
    return remap;
  }

  /**
   * Checks {@code --env}.
   *
   * @param text {@code K=V}
   * @throws ConfigException when it has no name
   */
  public static void checkVariable(String text) throws ConfigException {
    if (text.indexOf('=') < 1) {
      throw new ConfigException("--env '" + text + "': write NAME=VALUE");
    }
  }

  /**
   * Checks {@code --name}, which becomes a file's name.
   *
   * @param name the instance's name
   * @throws ConfigException unless it is 1 to 64 letters, digits, {@code . _ -}, not first a dot
   */
  public static void checkName(String name) throws ConfigException {
    boolean good = !name.isEmpty() && name.length() <= 64 && name.charAt(0) != '.';
    for (int i = 0; good && i < name.length(); i++) {
      good = isNameCharacter(name.charAt(i));
    }
    if (!good) {
      throw new ConfigException(
          "--name '"
              + name
              + "': write 1 to 64 letters, digits, '.', '_' or '-', the first not a dot");
    }
  }

  /**
   * Whether a character may stand in a name that becomes a file's or a socket's.
   *
   * @param c the character
   */
  public static boolean isNameCharacter(char c) {
    return c >= 'a' && c <= 'z'
        || c >= 'A' && c <= 'Z'
        || c >= '0' && c <= '9'
        || c == '.'
        || c == '_'
        || c == '-';
  }

  private static int number(String digits, int least, int most) {
    try {
      int value = Integer.parseInt(digits);
      return digits.charAt(0) == '+' || value < least || value > most ? -1 : value;
    } catch (NumberFormatException e) {
      return -1;
    }
  }
}
