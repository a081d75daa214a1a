package io.jhot.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.jhot.runtime.control.FleetStatus;
import io.jhot.runtime.control.FleetStatus.GenerationStatus;
import io.jhot.runtime.control.FleetStatus.HookStatus;
import io.jhot.runtime.control.FleetStatus.WorkStatus;
import io.jhot.runtime.control.Statuses;
import java.util.List;
import org.junit.jupiter.api.Test;

class StatusViewTest {
  private static FleetStatus status(String note) {
    return new FleetStatus(
        "ping",
        7,
        65_000,
        List.of(Statuses.listener("tcp-80", "tcp://[::]:80", false)),
        List.of(
            new GenerationStatus(
                1,
                "draining",
                "connections",
                8,
                64_000,
                51_200,
                1,
                "2 took over",
                "",
                List.of(
                    new HookStatus("flush \u001b", 0, 12, ""),
                    new HookStatus("close", 0, 3, "no \"disk\"")),
                List.of(
                    new WorkStatus("unanswered", "request without an answer", 2),
                    new WorkStatus("webSocket", "WebSocket in use", 1))),
            Statuses.generation(2, "serving", "", 9, 900, -1, -1, "it is ready", note, List.of())),
        "",
        "generation 0 ended with 1 connection in use: 1 x answer not ended");
  }

  @Test
  void peopleSeeOneGenerationALineWithItsReason() {
    assertEquals(
        """
        ping: pid 7, up 1 min 5 s
          listener tcp://[::]:80 (tcp-80, from the app)
          generation 1: draining (connections), pid 8, age 1 min 4 s, 50 MiB, 1 connection
            2 took over
            under way: 2 x request without an answer
            under way: 1 x WebSocket in use
            drain hook flush ?: done in 12 ms
            drain hook close: failed after 3 ms: no "disk"
          generation 2: serving, pid 9, age 900 ms
            it is ready
            it says: warming
          last cut: generation 0 ended with 1 connection in use: 1 x answer not ended
        """,
        StatusView.text(status("warming")));
  }

  @Test
  void jsonHasNullForWhatIsNotKnown() {
    assertEquals(
        """
        {"name":"ping","pid":7,"uptimeMillis":65000,"healthy":true,\
        "listeners":[{"name":"tcp-80","address":"tcp://[::]:80","own":false}],\
        "generations":[{"number":1,"phase":"draining","step":"connections","pid":8,"ageMillis":64000,\
        "residentKilobytes":51200,"connections":1,"why":"2 took over","note":"","hooks":[\
        {"name":"flush \\u001b","phase":0,"millis":12,"failure":null},\
        {"name":"close","phase":0,"millis":3,"failure":"no \\"disk\\""}],"underWay":{"unanswered":2,"webSocket":1}},\
        {"number":2,"phase":"serving","step":null,"pid":9,"ageMillis":900,\
        "residentKilobytes":null,"connections":null,"why":"it is ready","note":"a\\"b\\\\c","hooks":[],"underWay":{}}],\
        "lastReload":null,"lastCut":"generation 0 ended with 1 connection in use: 1 x answer not ended"}
        """,
        StatusView.json(status("a\"b\\c")));
  }

  private static FleetStatus only(String phase, String why) {
    return new FleetStatus(
        "ping",
        7,
        65_000,
        List.of(),
        phase.isEmpty()
            ? List.of()
            : List.of(Statuses.generation(3, phase, "", 8, 64_000, -1, -1, why, "", List.of())),
        "",
        "generation 0 ended with 1 connection in use: 1 x answer not ended");
  }

  @Test
  void onlyAGenerationThatServesIsHealthy() {
    assertTrue(status("").healthy(), "one drains, and its successor serves");
    assertEquals("healthy: generation 2 serves", status("").health());
    for (String phase : List.of("starting", "draining", "stopping")) {
      assertFalse(only(phase, "was asked to stop").healthy(), phase);
      assertEquals(
          "not healthy: generation 3 is " + phase + ": it was asked to stop",
          only(phase, "was asked to stop").health());
    }
    assertFalse(only("", "").healthy());
    assertEquals("not healthy: no generation runs", only("", "").health());
  }

  @Test
  void textFromAnAppCannotActOnTheTerminal() {
    String shown = StatusView.text(status("\033]0;evil\007 \u202Etxt \u009B2J\nnext"));
    assertFalse(shown.contains("\033"));
    assertFalse(shown.contains("\u202E"));
    assertFalse(shown.contains("\u009B"));
    assertTrue(shown.contains("it says: ?]0;evil? ?txt ?2J next"), shown);
  }
}
