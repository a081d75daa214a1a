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
    Map<String, Object> o = Json.object(json);
    return new Status(
        (String) o.get("name"),
        (long) o.get("pid"),
        (long) o.get("uptimeMillis"),
        (boolean) o.get("healthy"),
        objects(o, "listeners").stream()
            .map(
                l ->
                    new Listener(
                        (String) l.get("name"), (String) l.get("address"), (boolean) l.get("own")))
            .toList(),
        objects(o, "generations").stream().map(Status::generation).toList(),
        (String) o.get("lastReload"),
        (String) o.get("lastCut"));
  }

  private static Generation generation(Map<String, Object> g) {
    return new Generation(
        (long) g.get("number"),
        (String) g.get("phase"),
        (String) g.get("step"),
        (long) g.get("pid"),
        (long) g.get("ageMillis"),
        (Long) g.get("residentKilobytes"),
        (Long) g.get("connections"),
        (String) g.get("why"),
        (String) g.get("note"),
        map(g.get("underWay")));
  }

  @SuppressWarnings("unchecked")
  private static Map<String, Object> map(Object value) {
    return (Map<String, Object>) value;
  }

  @SuppressWarnings("unchecked")
  private static List<Map<String, Object>> objects(Map<String, Object> of, String name) {
    return (List<Map<String, Object>>) of.get(name);
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
