package io.jhot.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.jhot.runtime.control.FleetStatus;
import io.jhot.runtime.control.FleetStatus.GenerationStatus;
import io.jhot.runtime.control.Statuses;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class DrainWatchTest {
  private static final String CUT =
      "generation 1 ended with 1 connection in use: 1 x answer not ended";

  private static FleetStatus fleet(String lastCut, String... phases) {
    int[] number = {0};
    List<GenerationStatus> generations =
        Stream.of(phases)
            .map(
                phase ->
                    Statuses.generation(++number[0], phase, "", 9, 900, -1, -1, "", "", List.of()))
            .filter(one -> !one.phase().equals("gone"))
            .toList();
    return new FleetStatus("ping", 7, 65_000, List.of(), generations, "", lastCut);
  }

  @Test
  void reloadIsOverWhenWhatWasThereBeforeIsGone() {
    DrainWatch watch = new DrainWatch(fleet("", "draining", "serving"));
    assertFalse(watch.isOver(fleet("", "draining", "draining", "serving")));
    assertFalse(watch.isOver(fleet("", "gone", "stopping", "serving")));
    assertTrue(watch.isOver(fleet("", "gone", "gone", "serving")));
    assertTrue(watch.isOver(fleet("", "gone", "gone", "draining", "serving")), "a later reload");
  }

  @Test
  void oldGenerationThatServesAgainIsNotWaitedFor() {
    DrainWatch watch = new DrainWatch(fleet("", "serving"));
    assertTrue(watch.isOver(fleet("", "serving")));
  }

  @Test
  void whatAnEarlierReloadCutIsNotThisOnes() {
    DrainWatch watch = new DrainWatch(fleet(CUT, "gone", "serving"));
    assertEquals(
        "the old generation has ended, and nothing was cut off",
        watch.outcome(fleet(CUT, "gone", "gone", "serving")));
    String cut = CUT.replace("1 ended", "2 ended");
    assertEquals(cut, watch.outcome(fleet(cut, "gone", "gone", "serving")));
  }
}
