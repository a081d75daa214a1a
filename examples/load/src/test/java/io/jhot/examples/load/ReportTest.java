package io.jhot.examples.load;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ReportTest {
  private static final LoadResult RESULT =
      new LoadResult(
          List.of(
              new LoadResult.OfKind(
                  RequestKind.SLOW,
                  3,
                  1,
                  Map.of(FailureCause.RESET, 1),
                  2,
                  0,
                  0,
                  300_500_000,
                  301_000_000,
                  302_000_000)),
          List.of("12", "7"),
          List.of(new LoadResult.Failure(RequestKind.SLOW, FailureCause.RESET, 1234, "a \"b\"\n")));

  @Test
  void theTableHoldsCountsLatenciesGenerationsAndCauses() {
    String table = Report.table(RESULT);
    assertTrue(table.contains("300.50     301.00     302.00"), table);
    assertTrue(table.contains("generations seen         2 (pid 12, 7)"), table);
    assertTrue(table.contains("failed, slow: 1 reset"), table);
    assertTrue(table.contains("at 1.234 s, slow, reset: a"), table);
  }

  @Test
  void jsonEscapesWhatAServerSent() {
    assertEquals(
        "{\"requests\":3,\"failed\":1,\"generations\":2,\"pids\":[12,7],\"kinds\":{\"SLOW\":"
            + "{\"requests\":3,\"failed\":1,\"causes\":{\"RESET\":1},\"connections\":2,"
            + "\"announcedCloses\":0,\"idleCloses\":0,\"p50\":300.500,\"p99\":301.000,\"max\":302.000}},"
            + "\"failures\":[{\"kind\":\"SLOW\",\"cause\":\"RESET\",\"atMillis\":1234,\"text\":\"a"
            + " \\\"b\\\"\\u000a\"}]}",
        Report.json(RESULT));
  }

  @Test
  void percentilesAreByNearestRank() {
    long[] hundred = new long[100];
    for (int i = 0; i < hundred.length; i++) {
      hundred[i] = i + 1;
    }
    assertEquals(50, Tally.percentile(hundred, 50));
    assertEquals(99, Tally.percentile(hundred, 99));
    assertEquals(100, Tally.percentile(hundred, 100));
    assertEquals(7, Tally.percentile(new long[] {7}, 50));
    assertEquals(3, Tally.percentile(new long[] {1, 2, 3}, 99));
    assertEquals(0, Tally.percentile(new long[0], 99));
  }
}
