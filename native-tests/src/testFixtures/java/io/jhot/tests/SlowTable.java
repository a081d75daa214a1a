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
    Map<List<String>, Map<Pause, List<String>>> rows = new LinkedHashMap<>();
    for (SlowRequests.Outcome outcome : outcomes) {
      SlowServer server = outcome.of().server();
      List<String> row = List.of(server.name(), server.tls(), outcome.of().dialect().toString());
      rows.computeIfAbsent(row, r -> new LinkedHashMap<>())
          .computeIfAbsent(outcome.of().pause(), p -> new ArrayList<>())
          .add(Integer.toString(outcome.lost().size()));
    }
    List<String> columns = new ArrayList<>(List.of("server", "", "protocol"));
    for (Pause pause : Pause.values()) {
      columns.add(pause.toString());
    }
    MarkdownTable table = new MarkdownTable(columns, List.of());
    rows.forEach(
        (row, lost) -> {
          List<String> cells = new ArrayList<>(row);
          for (Pause pause : Pause.values()) {
            cells.add(String.join("/", lost.getOrDefault(pause, List.of("."))));
          }
          table.row(cells);
        });
    return table.toString();
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
