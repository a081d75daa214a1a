package io.jhot.testcontainers;

import java.util.List;

/**
 * What came of a reload.
 *
 * @param succeeded whether the next generation serves; if not, the old one still does
 * @param outcome jhot's word on it, one line
 * @param lastLines of a generation that failed: what it wrote last, oldest first; otherwise empty
 */
public record Reload(boolean succeeded, String outcome, List<String> lastLines) {
  private static final String LINE = "  | ";
  private static final String JHOT = "jhot: ";

  /** Reads what {@code jhot reload --wait} ended with and wrote. */
  static Reload read(int exitCode, String out, String err) {
    if (exitCode == 0) {
      return new Reload(true, out.strip(), List.of());
    }
    List<String> said = err.lines().toList();
    return new Reload(
        false,
        said.stream()
            .filter(line -> line.startsWith(JHOT))
            .map(line -> line.substring(JHOT.length()))
            .findFirst()
            .orElse(err.strip()),
        said.stream()
            .filter(line -> line.startsWith(LINE))
            .map(line -> line.substring(LINE.length()))
            .toList());
  }
}
