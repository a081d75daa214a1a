package io.jhot.supervisor;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Prints {@code docs/state-machine.md} from what the table's test has tried. */
final class StateMachinePage {

  /**
   * A generation came from one stage into another.
   *
   * @param cause the event, and of whom if not of itself
   */
  record Way(Stage from, Stage to, String cause) {}

  private final StringBuilder page = new StringBuilder();

  private StateMachinePage() {}

  /**
   * The page.
   *
   * @param rows for each event and each situation of generation 2: what it is then and what the
   *     loop is told to do; a dot: nothing
   * @param ways from one stage to another
   */
  static String of(Map<String, Map<String, String>> rows, Set<Way> ways) {
    StateMachinePage printed = new StateMachinePage();
    printed.introduction();
    printed.stages();
    printed.diagram(ways);
    printed.timers();
    printed.matrix(rows);
    printed.details(rows);
    return printed.page.toString();
  }

  private void line(String text) {
    page.append(text).append('\n');
  }

  private void introduction() {
    line("# The state machine of a generation");
    line("");
    line("<!-- Printed by TransitionsTableTest: do not edit. -->");
    line("");
    line(
        "`Transitions.step(fleet, event)` decides what happens next. This page is printed from"
            + " the");
    line(
        "table that `TransitionsTableTest` tries, event by event and stage by stage. The test"
            + " fails");
    line("when this page is stale, and says how to write it again.");
    line("");
    line(
        "After each event the same conclusions are drawn, in the same order (`Turn.conclude`): is"
            + " the");
    line(
        "generation that starts ready; do too many drain; does an old one take over again; is"
            + " another");
    line(
        "one to be started; which listeners does nobody use; is jhot at its end. Then each timer"
            + " that");
    line("is due expires (`Turn.expire`), with the same conclusions after it.");
    line("");
  }

  private void stages() {
    line("## Stages");
    line("");
    line("| phase | stages |");
    line("|---|---|");
    for (Phase phase : Phase.values()) {
      List<String> names = new ArrayList<>();
      for (Stage stage : Stage.values()) {
        if (stage.phase() == phase) {
          names.add(stage.name());
        }
      }
      line("| " + phase + " | " + String.join(", ", names) + " |");
    }
    line("");
  }

  private void diagram(Set<Way> ways) {
    line("## Diagram");
    line("");
    line("Two edges are left out, as they lead from every stage: `Exited` to GONE, and a second");
    line("`StopRequested` to KILLED.");
    line("");
    line("```mermaid");
    line("stateDiagram-v2");
    line("  [*] --> UNBORN: Spawn");
    Map<String, List<String>> edges = new LinkedHashMap<>();
    for (Stage from : Stage.values()) {
      for (Stage to : Stage.values()) {
        for (Way way : ways) {
          if (way.from() == from && way.to() == to) {
            edges
                .computeIfAbsent("  " + from + " --> " + to, e -> new ArrayList<>())
                .add(way.cause());
          }
        }
      }
    }
    edges.forEach((edge, causes) -> line(edge + ": " + String.join(", ", causes)));
    line("  GONE --> [*]");
    line("```");
    line("");
  }

  private void timers() {
    line("## Timers");
    line("");
    line("A generation has one timer at a time. What expires then is one switch in `Turn.expire`:");
    List<String> kinds = new ArrayList<>();
    for (Timer.Kind kind : Timer.Kind.values()) {
      if (kind != Timer.Kind.NOTHING) {
        kinds.add("`" + kind + "`");
      }
    }
    line(String.join(", ", kinds) + ".");
    line("");
  }

  private void matrix(Map<String, Map<String, String>> rows) {
    line("## Every stage and every event");
    line("");
    line(
        "Generation 2, which has replaced generation 1 or is about to, and is replaced by"
            + " generation");
    line(
        "3. A stage: it is there then. `=`: it stays, and something is noted or done. Empty:"
            + " nothing");
    line("happens. `KILLED unborn`: it was killed before it had a process.");
    line("");
    List<String> events = new ArrayList<>(rows.keySet());
    List<String> situations = new ArrayList<>(rows.get(events.get(0)).keySet());
    situations.sort(Comparator.comparing(situation -> Stage.valueOf(situation.split(" ")[0])));
    line("| event | " + String.join(" | ", situations) + " |");
    line("|---" + "|---".repeat(situations.size()) + "|");
    for (String event : events) {
      StringBuilder cells = new StringBuilder("| " + event + " |");
      for (String situation : situations) {
        cells.append(' ').append(brief(situation, rows.get(event).get(situation))).append(" |");
      }
      line(cells.toString());
    }
    line("");
  }

  private static String brief(String situation, String outcome) {
    String stage = outcome.split(" ")[0];
    if (stage.equals(".")) {
      return "";
    }
    return stage.equals(situation.split(" ")[0]) ? "=" : stage;
  }

  private void details(Map<String, Map<String, String>> rows) {
    line("## What the loop is told to do");
    line("");
    line(
        "In the same situations. The number is a generation's, or in `ReleaseListener` a"
            + " listener's;");
    line(
        "NONE: the start is taken back. What is only published is not listed, but the outcomes"
            + " that");
    line("somebody waits for are.");
    rows.forEach(
        (event, cells) -> {
          line("");
          line("### " + event);
          line("");
          Map<String, List<String>> situations = new LinkedHashMap<>();
          cells.forEach(
              (situation, outcome) -> {
                if (!outcome.equals(".")) {
                  situations.computeIfAbsent(outcome, o -> new ArrayList<>()).add(situation);
                }
              });
          if (situations.isEmpty()) {
            line("Nothing, once it has come.");
            return;
          }
          line("| in | then | effects |");
          line("|---|---|---|");
          situations.forEach(
              (outcome, in) -> {
                String[] parts = outcome.split(" ", 2);
                line(
                    "| "
                        + String.join(", ", in)
                        + " | "
                        + parts[0]
                        + " | "
                        + (parts.length == 1 ? "" : "`" + parts[1] + "`")
                        + " |");
              });
        });
  }

  /** The ways that a table shows, but for {@code Exited}, which leads from everywhere to GONE. */
  static Set<Way> ways(Map<String, Map<String, String>> rows) {
    Set<Way> all = new LinkedHashSet<>();
    rows.forEach(
        (event, cells) ->
            cells.forEach(
                (situation, outcome) -> {
                  String from = situation.split(" ")[0];
                  String to = outcome.split(" ")[0];
                  boolean stays = to.equals(".") || to.equals("NONE") || to.equals(from);
                  if (!stays && !event.equals("Exited")) {
                    all.add(new Way(Stage.valueOf(from), Stage.valueOf(to), event));
                  }
                }));
    return all;
  }
}
