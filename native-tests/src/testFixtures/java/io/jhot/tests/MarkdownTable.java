package io.jhot.tests;

import java.util.List;
import java.util.StringJoiner;

/** A table of a Markdown page. */
final class MarkdownTable {
  private final StringBuilder text = new StringBuilder();

  /**
   * @param columns their titles
   * @param numbers the titles of those that are aligned to the right
   */
  MarkdownTable(List<String> columns, List<String> numbers) {
    row(columns);
    StringJoiner line = new StringJoiner("|", "|", "|\n");
    for (String column : columns) {
      line.add(numbers.contains(column) ? "---:" : "---");
    }
    text.append(line);
  }

  void row(List<String> cells) {
    text.append("| ").append(String.join(" | ", cells)).append(" |\n");
  }

  /** The table, a line for each row. */
  @Override
  public String toString() {
    return text.toString();
  }
}
