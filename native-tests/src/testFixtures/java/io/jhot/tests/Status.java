package io.jhot.tests;

import java.util.List;
import java.util.Map;
import java.util.function.Predicate;

/** What {@code jhot status --json} said. Numbers that it did not know are null. */
record Status(
    String name,
    long pid,
    long uptimeMillis,
    boolean healthy,
    List<Listener> listeners,
    List<Generation> generations,
    String lastReload,
    String lastCut) {

  record Listener(String name, String address, boolean own) {}

  record Generation(
      long number,
      String phase,
      String step,
      long pid,
      long ageMillis,
      Long residentKilobytes,
      Long connections,
      String why,
      String note,
      Map<String, Object> underWay) {}

  static Status parse(String json) {
    return Json.record(json, Status.class);
  }

  /** The one generation that serves. */
  Generation serving() {
    List<Generation> serving = generations.stream().filter(in("serving")).toList();
    if (serving.size() != 1) {
      throw new AssertionError("not exactly one generation serves: " + this);
    }
    return serving.getFirst();
  }

  Generation generation(int number) {
    return generations.stream().filter(g -> g.number() == number).findFirst().orElseThrow();
  }

  boolean has(int number, String phase) {
    return generations.stream().anyMatch(in(phase).and(g -> g.number() == number));
  }

  /** Whether that generation serves and no other is there. */
  boolean servesAlone(int number) {
    return generations.size() == 1 && has(number, "serving");
  }

  private static Predicate<Generation> in(String phase) {
    return generation -> generation.phase().equals(phase);
  }
}
