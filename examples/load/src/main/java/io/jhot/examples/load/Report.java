package io.jhot.examples.load;

import java.util.Locale;
import java.util.Map;
import java.util.StringJoiner;

/** A result as text: a table for people, or JSON for programs. */
public final class Report {
  private static final int MOST_FAILURES_SHOWN = 10;

  private Report() {}

  /** A table, with the first failures below it. */
  public static String table(LoadResult result) {
    StringBuilder text = new StringBuilder();
    text.append(
        String.format(
            Locale.ROOT,
            "%-16s %9s %7s %12s %10s %10s %10s%n",
            "",
            "requests",
            "failed",
            "connections",
            "p50 ms",
            "p99 ms",
            "max ms"));
    int connections = 0;
    for (LoadResult.OfKind kind : result.kinds()) {
      connections += kind.connections();
      text.append(
          String.format(
              Locale.ROOT,
              "%-16s %9d %7d %12d %10.2f %10.2f %10.2f%n",
              kind.kind().text(),
              kind.requests(),
              kind.failed(),
              kind.connections(),
              millis(kind.p50()),
              millis(kind.p99()),
              millis(kind.max())));
    }
    text.append(
        String.format(
            Locale.ROOT,
            "%-16s %9d %7d %12d%n",
            "all",
            result.requests(),
            result.failed(),
            connections));
    text.append(
        String.format(
            Locale.ROOT,
            "generations seen %9d (pid %s)%n",
            result.pids().size(),
            String.join(", ", result.pids())));
    for (LoadResult.OfKind kind : result.kinds()) {
      if (kind.failed() > 0) {
        text.append("failed, ").append(kind.kind().text()).append(": ");
        text.append(causes(kind.causes())).append(System.lineSeparator());
      }
    }
    result.failures().stream()
        .limit(MOST_FAILURES_SHOWN)
        .forEach(
            failure ->
                text.append(
                    String.format(
                        Locale.ROOT,
                        "  at %.3f s, %s, %s: %s%n",
                        failure.atMillis() / 1000.0,
                        failure.kind().text(),
                        failure.cause().text(),
                        failure.text())));
    if (result.failed() > MOST_FAILURES_SHOWN) {
      text.append("  ... and ").append(result.failed() - MOST_FAILURES_SHOWN).append(" more");
      text.append(System.lineSeparator());
    }
    return text.toString();
  }

  private static String causes(Map<FailureCause, Integer> causes) {
    StringJoiner text = new StringJoiner(", ");
    causes.forEach((cause, count) -> text.add(count + " " + cause.text()));
    return text.toString();
  }

  /**
   * One JSON object on one line; latencies in milliseconds, causes and kinds by their constants.
   */
  public static String json(LoadResult result) {
    StringJoiner kinds = new StringJoiner(",", "{", "}");
    for (LoadResult.OfKind kind : result.kinds()) {
      StringJoiner causes = new StringJoiner(",", "{", "}");
      kind.causes().forEach((cause, count) -> causes.add(quoted(cause.name()) + ":" + count));
      kinds.add(
          quoted(kind.kind().name())
              + String.format(
                  Locale.ROOT,
                  ":{\"requests\":%d,\"failed\":%d,\"causes\":%s,\"connections\":%d,"
                      + "\"announcedCloses\":%d,\"idleCloses\":%d,\"p50\":%.3f,\"p99\":%.3f,\"max\":%.3f}",
                  kind.requests(),
                  kind.failed(),
                  causes,
                  kind.connections(),
                  kind.announcedCloses(),
                  kind.idleCloses(),
                  millis(kind.p50()),
                  millis(kind.p99()),
                  millis(kind.max())));
    }
    StringJoiner pids = new StringJoiner(",", "[", "]");
    result.pids().forEach(pids::add);
    StringJoiner failures = new StringJoiner(",", "[", "]");
    for (LoadResult.Failure failure : result.failures()) {
      failures.add(
          "{\"kind\":"
              + quoted(failure.kind().name())
              + ",\"cause\":"
              + quoted(failure.cause().name())
              + ",\"atMillis\":"
              + failure.atMillis()
              + ",\"text\":"
              + quoted(failure.text())
              + "}");
    }
    return "{\"requests\":"
        + result.requests()
        + ",\"failed\":"
        + result.failed()
        + ",\"generations\":"
        + result.pids().size()
        + ",\"pids\":"
        + pids
        + ",\"kinds\":"
        + kinds
        + ",\"failures\":"
        + failures
        + "}";
  }

  private static double millis(long nanos) {
    return nanos / 1e6;
  }

  /** A JSON string (RFC 8259, 7); the text may hold whatever a server sent. */
  private static String quoted(String text) {
    StringBuilder json = new StringBuilder("\"");
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '"' || c == '\\') {
        json.append('\\').append(c);
      } else if (c < ' ' || c > '~') {
        json.append(String.format(Locale.ROOT, "\\u%04x", (int) c));
      } else {
        json.append(c);
      }
    }
    return json.append('"').toString();
  }
}
