package io.jhot.tests;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** What became of clients that pause, as a table: a row for each server, TLS and protocol. */
final class SlowTable {
  private SlowTable() {}

  /** Lost of a reload and of a stop; {@code .} where there is nothing of the kind. */
  static String text(List<SlowRequests.Outcome> outcomes) {
    Map<String, Map<Pause, List<String>>> rows = new LinkedHashMap<>();
    for (SlowRequests.Outcome outcome : outcomes) {
      SlowRequests.Case of = outcome.of();
      String row = of.server().name() + " | " + of.server().tls() + " | " + of.dialect();
      rows.computeIfAbsent(row, r -> new LinkedHashMap<>())
          .computeIfAbsent(of.pause(), p -> new ArrayList<>())
          .add(Integer.toString(outcome.lost().size()));
    }
    StringBuilder text = new StringBuilder("| server | | protocol |");
    StringBuilder line = new StringBuilder("|---|---|---|");
    for (Pause pause : Pause.values()) {
      text.append(' ').append(pause).append(" |");
      line.append("---|");
    }
    text.append('\n').append(line).append('\n');
    rows.forEach(
        (row, lost) -> {
          text.append("| ").append(row).append(" |");
          for (Pause pause : Pause.values()) {
            text.append(' ').append(String.join("/", lost.getOrDefault(pause, List.of("."))));
            text.append(" |");
          }
          text.append('\n');
        });
    return text.toString();
  }

  /** One line for each kind that lost something. */
  static List<String> losses(List<SlowRequests.Outcome> outcomes) {
    return outcomes.stream()
        .filter(outcome -> !outcome.lost().isEmpty())
        .map(
            outcome ->
                String.format(
                    Locale.ROOT,
                    "%s: %d lost, the first by %s",
                    outcome.of(),
                    outcome.lost().size(),
                    outcome.lost().getFirst()))
        .toList();
  }
}
