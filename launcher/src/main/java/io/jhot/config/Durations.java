package io.jhot.config;

/** Reads durations as operators write them: {@code 250ms}, {@code 30s}, {@code 2m}, {@code 1h}. */
public final class Durations {
  private static final long LONGEST = 7L * 24 * 60 * 60 * 1000;

  private Durations() {}

  /**
   * Reads one duration.
   *
   * @param option the option's name, for the message of a refusal
   * @param text digits and an optional unit ({@code ms}, {@code s}, {@code m}, {@code h}); a number
   *     alone counts seconds, as in {@code docker stop -t}
   * @return milliseconds, 0 to seven days
   * @throws ConfigException when the text is no duration or is longer than seven days
   */
  public static long parseMillis(String option, String text) throws ConfigException {
    int digits = 0;
    long value = 0;
    while (digits < text.length() && text.charAt(digits) >= '0' && text.charAt(digits) <= '9') {
      value = value * 10 + (text.charAt(digits) - '0');
      if (value > LONGEST) {
        throw new ConfigException(option + " " + text + ": longer than seven days");
      }
      digits++;
    }
    long unit =
        switch (text.substring(digits)) {
          case "ms" -> 1;
          case "", "s" -> 1000;
          case "m", "min" -> 60_000;
          case "h" -> 3_600_000;
          default -> 0;
        };
    if (digits == 0 || unit == 0) {
      throw new ConfigException(
          option + " '" + text + "' is not a duration: write 250ms, 30s, 2m or 1h");
    }
    if (value * unit > LONGEST) {
      throw new ConfigException(option + " " + text + ": longer than seven days");
    }
    return value * unit;
  }

  /**
   * Writes a duration for people.
   *
   * @param millis milliseconds, 0 or more
   * @return for example {@code 640 ms}, {@code 2.4 s}, {@code 3 min 5 s}, {@code 2 h 10 min}
   */
  public static String text(long millis) {
    if (millis < 1000) {
      return millis + " ms";
    }
    if (millis < 60_000) {
      long tenths = millis / 100;
      return tenths % 10 == 0 ? tenths / 10 + " s" : tenths / 10 + "." + tenths % 10 + " s";
    }
    long seconds = millis / 1000;
    if (seconds < 3600) {
      return seconds / 60 + " min " + seconds % 60 + " s";
    }
    return seconds / 3600 + " h " + seconds / 60 % 60 + " min";
  }
}
