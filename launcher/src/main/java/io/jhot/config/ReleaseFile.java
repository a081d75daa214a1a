package io.jhot.config;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The file {@code release} of a JDK or of a runtime image that jlink made.
 *
 * @param version as its maker writes it, such as {@code 25.0.3} or {@code 1.8.0_402}; empty where
 *     the file does not tell
 * @param modules the modules of the runtime image; empty where the file does not tell
 */
public record ReleaseFile(String version, List<String> modules) {
  private static final int MAX_DIGITS = 4;

  /**
   * Reads it.
   *
   * @param home the folder that it is in
   * @return null where there is no such file
   * @throws IOException when it cannot be read
   */
  public static @Nullable ReleaseFile in(Path home) throws IOException {
    Path file = home.resolve("release");
    if (!Files.isRegularFile(file)) {
      return null;
    }
    String version = "";
    List<String> modules = List.of();
    for (String line : Files.readAllLines(file)) {
      if (line.startsWith("JAVA_VERSION=")) {
        version = unquoted(line.substring("JAVA_VERSION=".length()));
      } else if (line.startsWith("MODULES=")) {
        modules = List.of(unquoted(line.substring("MODULES=".length())).split(" "));
      }
    }
    return new ReleaseFile(version, modules);
  }

  /**
   * The feature release of a version: 25 for 25.0.3, 8 for 1.8.0_402.
   *
   * @param version as {@link #version} has it
   * @return 0 where it does not begin with a number
   */
  public static int feature(String version) {
    String digits = version.startsWith("1.") ? version.substring(2) : version;
    int value = 0;
    for (int i = 0; i < digits.length() && i < MAX_DIGITS; i++) {
      char digit = digits.charAt(i);
      if (digit < '0' || digit > '9') {
        break;
      }
      value = value * 10 + (digit - '0');
    }
    return value;
  }

  private static String unquoted(String text) {
    return text.length() > 1 && text.startsWith("\"") ? text.substring(1, text.length() - 1) : text;
  }
}
