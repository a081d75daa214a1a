package io.jhot.runtime;

import io.jhot.protocol.Work;
import io.jhot.runtime.control.FleetStatus.WorkStatus;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What each generation on its way out had under way when it was counted last, so that its end can
 * be told with what it cut. Of the loop's thread.
 */
final class UnderWay {
  private final Map<Integer, Map<Work, Integer>> last = new HashMap<>();

  /** It was counted. */
  void counted(int generation, Os.Vitals vitals) {
    if (vitals.connections() >= 0) {
      last.put(generation, vitals.work());
    }
  }

  /** It serves again, or is gone. */
  void forget(int generation) {
    last.remove(generation);
  }

  /** By kind, those that people take for the same together. */
  List<WorkStatus> of(int generation) {
    Map<String, WorkStatus> kinds = new LinkedHashMap<>();
    last.getOrDefault(generation, Map.of())
        .forEach(
            (work, count) ->
                kinds.merge(
                    work.key(),
                    new WorkStatus(work.key(), work.text(), count),
                    (a, b) ->
                        new WorkStatus(a.kind(), a.text(), a.connections() + b.connections())));
    return new ArrayList<>(kinds.values());
  }

  /** As a clause, such as {@code 2 connections in use: 2 x answer not ended}; empty for none. */
  String text(int generation) {
    StringBuilder text = new StringBuilder();
    int sum = 0;
    for (WorkStatus one : of(generation)) {
      sum += one.connections();
      text.append(text.isEmpty() ? "" : ", ").append(one.connections()).append(" x ");
      text.append(one.text());
    }
    return sum == 0 ? "" : sum + (sum == 1 ? " connection" : " connections") + " in use: " + text;
  }
}
