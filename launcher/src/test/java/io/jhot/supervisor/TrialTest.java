package io.jhot.supervisor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.jhot.supervisor.Policy.AgentExpectation;
import io.jhot.supervisor.Policy.Readiness;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Probe and warm-up of a generation that no client can reach yet. */
class TrialTest {

  @Test
  void newGenerationIsProbedThenWarmedUpThenGoesLive() {
    Story story = Story.passing(true, true).reloading();

    assertEquals(List.of("Probe(2 #1 [1])"), story.taken(2, 1).did());
    assertEquals("PROBED", story.state(2));
    assertEquals(List.of(), story.probed(2, true, "succeeded").did());
    assertEquals(List.of(), story.pass(999).did());
    assertEquals(List.of("Probe(2 #2 [1])"), story.pass(1).did());
    assertEquals(List.of("WarmUp(2 [1])"), story.probed(2, true, "succeeded").did());
    assertEquals("WARMING", story.state(2));
    assertEquals("LIVE", story.state(1));
    assertEquals(List.of("GoLive(2)"), story.warmedUp(2, true, "ended").did());
    assertEquals("LIVE", story.live(2).state(2));
    assertEquals("PARKING", story.state(1));
  }

  @Test
  void readinessOfTheFirstGenerationWaitsForTheProbeOfItsRealListeners() {
    Story story = Story.serving(Story.trying(true, true));

    assertEquals(List.of("Probe(1 #1 [1] live)"), story.did());
    story.probed(1, true, "succeeded").pass(1_000);
    assertEquals(List.of("WarmUp(1 [1] live)"), story.probed(1, true, "succeeded").did());
    assertEquals(List.of("MarkReady(1)"), story.warmedUp(1, true, "ended").did());
  }

  @Test
  void successesCountOnlyInARow() {
    Story story = Story.passing(true, false).reloading().taken(2, 1);

    story.probed(2, true, "succeeded").pass(1_000).probed(2, false, "was answered with 503");
    assertEquals(List.of("Probe(2 #3 [1])"), story.pass(1_000).did());
    assertEquals(List.of(), story.probed(2, true, "succeeded").did());
    story.pass(1_000);
    assertEquals(List.of("GoLive(2)"), story.probed(2, true, "succeeded").did());
  }

  @Test
  void attemptWithoutAnAnswerIsBrokenOffAndCountsAsFailed() {
    Story story = Story.passing(true, false).reloading().taken(2, 1);
    story.probed(2, true, "succeeded").pass(1_000);

    assertEquals(List.of(), story.pass(399).did());
    assertEquals(List.of("EndProbe(2)"), story.pass(1).did());
    assertEquals(0, story.generation(2).trial().successes());
    assertEquals("holds {listener:1}; its probe had no answer within 400 ms", story.why(2));
    assertEquals(List.of("Probe(2 #3 [1])"), story.pass(600).did());
  }

  @Test
  void answerToAnAttemptThatWasBrokenOffIsNoAnswerToTheNextOne() {
    Story story = Story.passing(true, false).reloading().taken(2, 1).pass(400).pass(600);
    assertEquals(2, story.generation(2).trial().attempt());
    Fleet before = story.fleet;

    story.tell(new Event.Probed(story.now, 2, 1, true, "succeeded"));

    assertEquals(before, story.fleet);
  }

  @Test
  void attemptThatTookLongerThanTheIntervalIsFollowedAtOnce() {
    Policy slow = Policies.with().probe(new Policy.Probe(1, 100, 5_000)).policy();
    Story story = Story.serving(slow).pass(2_000);

    assertEquals(List.of("Probe(1 #2 [1] live)"), story.probed(1, false, "was cut off").did());
  }

  @Test
  void probeThatNeverSucceedsLeavesTheOldGenerationAsItWasAndSaysWhatItSawLast() {
    Story story = Story.passing(true, false);
    Generation old = story.generation(1);
    story.reloading().taken(2, 1);
    while (story.generation(2).phase() == Phase.STARTING) {
      if (story.generation(2).trial().running()) {
        story.probed(2, false, "was answered with 503");
      }
      story.passToDeadline();
    }

    assertEquals(
        "generation 2 was not ready after 60 s: it holds {listener:1}, but its probe was answered"
            + " with 503",
        story.reason());
    assertEquals(old, story.generation(1));
    assertTrue(story.did().contains("Kill(2)"), story.did().toString());
  }

  @Test
  void probeThatIsUnderWayAtTheEndOfTheTimeIsBrokenOff() {
    Policy slow = Policies.with().readyTimeout(1_000).probe(new Policy.Probe(1, 1, 5_000)).policy();
    Story story = Story.serving(slow).probed(1, true, "succeeded").reloading().taken(2, 1);

    assertEquals(List.of("EndProbe(2)", "Kill(2)", "ReloadFailed(2)"), story.pass(1_000).did());
    assertEquals(
        "generation 2 was not ready after 1 s: it holds {listener:1}, but its probe had no answer",
        story.reason());
  }

  @Test
  void warmUpThatFailsLeavesTheOldGenerationAsItWas() {
    Story story = Story.passing(false, true);
    Generation old = story.generation(1);

    story.reloading().taken(2, 1).warmedUp(2, false, "failed: GET / was answered with 500");

    assertEquals(
        "generation 2 was not taken into service: its warm-up failed: GET / was answered with 500",
        story.reason());
    assertEquals(List.of("Kill(2)", "ReloadFailed(2)"), story.did());
    assertEquals(old, story.generation(1));
  }

  @Test
  void warmUpThatDoesNotEndIsBrokenOffWithTheTimeForTheStart() {
    Story story = Story.passing(false, true).reloading().taken(2, 1);

    assertEquals(List.of("EndProbe(2)", "Kill(2)", "ReloadFailed(2)"), story.pass(60_000).did());
    assertTrue(story.reason().endsWith("but its warm-up had not ended"), story.reason());
  }

  @Test
  void deathDuringTheProbeFailsTheReloadOnly() {
    Story story = Story.passing(true, false).reloading().taken(2, 1).killed(2, 9);

    assertEquals(List.of("EndProbe(2)", "ReloadFailed(2)"), story.did());
    assertEquals("LIVE", story.state(1));
  }

  @Test
  void stagedGenerationThatLosesItsAgentDuringTheWarmUpHasFailed() {
    Story story = Story.passing(false, true).reloading().taken(2, 1).lost(2);

    assertEquals(List.of(), story.warmedUp(2, true, "ended").did());
    assertEquals("LIVE", story.state(1));
    story.pass(1_000);

    assertTrue(story.did().contains("Kill(2)"), story.did().toString());
    assertTrue(story.reason().contains("lost its connection to jhot"), story.reason());
  }

  @Test
  void stagedGenerationThatLosesItsAgentDuringTheProbeHasFailed() {
    Story story = Story.passing(true, false).reloading().taken(2, 1).lost(2);

    assertEquals(List.of(), story.probed(2, true, "succeeded").did());
    story.pass(1_000);

    assertTrue(story.did().contains("Kill(2)"), story.did().toString());
    assertTrue(story.reason().contains("lost its connection to jhot"), story.reason());
  }

  @Test
  void listenerThatIsClosedWhileItIsProbedIsOwedAgain() {
    Story story = Story.passing(true, false).reloading().taken(2, 1);
    story.probed(2, true, "succeeded").closed(2, 1).pass(1_000);

    story.probed(2, true, "succeeded");
    assertEquals("STARTING", story.state(2));
    assertEquals("does not hold {listener:1} yet", story.why(2));

    assertEquals(List.of("Probe(2 #3 [1])"), story.taken(2, 1).did());
  }

  @Test
  void deathOfTheOldOneDuringTheProbeDoesNotMakeTheNewOneServeUnproved() {
    Story story = Story.passing(true, false).reloading().taken(2, 1).killed(1, 9);
    assertEquals(List.of(), story.did());
    assertEquals("PROBED", story.state(2));

    story.probed(2, true, "succeeded").pass(1_000);
    assertEquals(List.of("GoLive(2)"), story.probed(2, true, "succeeded").did());
  }

  @Test
  void whatIsBetterThanNothingIsNotServedWithoutHavingPassedTheProbe() {
    Story story = Story.passing(true, false).opened(1, 2).reloading().taken(2, 1).killed(1, 9);

    story.pass(60_000);

    assertEquals("STOPPING", story.state(2));
  }

  @Test
  void stopDuringTheProbeOfTheFirstGenerationDrainsItForClientsMayHaveComeAlready() {
    Story story = Story.serving(Story.trying(true, false)).stop();

    assertEquals(List.of("EndProbe(1)", "Park(1 last)"), story.did());
  }

  @Test
  void stopDuringTheProbeOfAStagedGenerationKillsIt() {
    Story story = Story.passing(true, false).reloading().taken(2, 1).stop();

    assertEquals(List.of("ReloadFailed(2)", "EndProbe(2)", "Kill(2)", "Park(1 last)"), story.did());
  }

  @Test
  void wordOfReadinessIsProbedToo() {
    Policy p = Story.trying(true, false);
    Policy notify =
        Policies.with()
            .ready(Readiness.NOTIFY)
            .agent(AgentExpectation.NONE)
            .probe(p.probe())
            .policy();
    Story story = new Story(notify).start().spawned(1);

    assertEquals(List.of("Probe(1 #1 [] live)"), story.ready(1).did());
  }

  @Test
  void probeRefusesNumbersOutOfRange() {
    assertThrows(IllegalArgumentException.class, () -> new Policy.Probe(0, 1, 1));
    assertThrows(IllegalArgumentException.class, () -> new Policy.Probe(1, 0, 1));
    assertThrows(IllegalArgumentException.class, () -> new Policy.Probe(1, 1, 0));
  }
}
