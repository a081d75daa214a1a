package io.jhot.supervisor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.jhot.supervisor.Policy.AgentExpectation;
import io.jhot.supervisor.Policy.Readiness;
import java.util.List;
import org.junit.jupiter.api.Test;

/** How a generation ends, from the begin of its drain. */
class FarewellTest {

  private static Policy draining(long delay, long timeout) {
    return Policies.with().drainDelay(delay).drainTimeout(timeout).policy();
  }

  @Test
  void drainGoesFromParkingOverConnectionsToTheStopSignal() {
    Story story = Story.serving().reloaded();
    assertEquals("PARKING", story.state(1));

    assertEquals("CONNECTIONS", story.parked(1).state(1));
    assertEquals("CONNECTIONS", story.counted(1, 2, 1, 0).state(1));

    story.counted(1, 0, 0, -1);
    assertEquals(List.of("SignalStop(1)"), story.did());
    assertEquals("has no connection left", story.why(1));

    story.killed(1, 15);
    assertEquals("has no connection left; it was killed by SIGTERM", story.why(1));
    assertEquals("LIVE", story.state(2));
  }

  @Test
  void generationAcceptsOnForTheDrainDelay() {
    Story story = Story.serving(Story.delaying(3_000)).reloaded();
    assertEquals("DELAYED", story.state(1));

    assertEquals(List.of(), story.pass(2_999).did());
    assertEquals(List.of("Park(1)"), story.pass(1).did());
  }

  @Test
  void drainDelayIsPartOfTheDrainTimeout() {
    Story story = Story.serving(draining(60_000, 20_000)).reloaded();

    story.pass(15_000);

    assertEquals(List.of("Park(1)", "RunHooks(1 to 2)", "SignalStop(1)"), story.did());
  }

  @Test
  void generationThatDoesNotConfirmParkingIsGivenFiveSecondsAndABitForEachListener() {
    Story story = Story.serving().reloaded();

    assertEquals("PARKING", story.pass(5_049).state(1));
    assertEquals("HOOKS", story.pass(1).state(1));
    assertEquals(
        List.of("WARN generation 1 has not confirmed that it stopped accepting"), story.said());
    assertTrue(story.parked(1).generation(1).sockets().parked(), "the late word is noted");
  }

  @Test
  void connectionsThatHaveBeenIdleForFiveSecondsAreNotWaitedFor() {
    Story story = Story.serving().reloaded().parked(1);

    assertEquals(List.of(), story.counted(1, 3, 0, 4_999).did());
    assertEquals(List.of(), story.counted(1, 3, 1, 5_000).did());
    assertEquals(List.of("SignalStop(1)"), story.counted(1, 3, 0, 5_000).did());
    assertEquals("has only idle connections left", story.why(1));
  }

  @Test
  void idleForAThirdOfAShortDrainIsEnough() {
    Story story = Story.serving(draining(0, 6_000)).reloaded().parked(1);

    assertEquals(List.of(), story.counted(1, 3, 0, 1_999).did());
    assertEquals(List.of("SignalStop(1)"), story.counted(1, 3, 0, 2_000).did());
  }

  private static Policy graceful(long idleGrace) {
    return Policies.with().idleGrace(idleGrace).policy();
  }

  @Test
  void idleConnectionsAreWaitedForAsLongAsTheOperatorSays() {
    Story story = Story.serving(graceful(20_000)).reloaded().parked(1);

    assertEquals(List.of(), story.counted(1, 3, 0, 19_999).did());
    assertEquals(List.of("SignalStop(1)"), story.counted(1, 3, 0, 20_000).did());
  }

  @Test
  void graceOfTheWholeDrainEndsWithIt() {
    Story story = Story.serving(graceful(3_600_000)).reloaded().parked(1);

    assertEquals(List.of(), story.counted(1, 3, 0, 24_999).did());
    assertEquals(List.of("SignalStop(1)"), story.pass(25_000).did());
  }

  @Test
  void busyConnectionIsNotIdleHoweverQuietItIs() {
    Story story = Story.serving(graceful(0)).reloaded().parked(1);

    assertEquals(List.of(), story.counted(1, 1, 1, 24_000).did());
  }

  @Test
  void countThatCouldNotBeMadeEndsNoDrain() {
    Story story = Story.serving().reloaded().parked(1);

    assertEquals("CONNECTIONS", story.counted(1, -1, 0, -1).state(1));
    assertEquals("CONNECTIONS", story.counted(1, 1, 0, -1).state(1));
  }

  @Test
  void countFromBeforeTheParkingSaysNothing() {
    Story story = Story.serving().reloaded();

    assertEquals("PARKING", story.counted(1, 0, 0, -1).state(1));
  }

  @Test
  void stopSignalComesFiveSecondsBeforeTheEndOfTheDrain() {
    Story story = Story.serving().reloaded().parked(1);

    assertEquals(List.of(), story.pass(24_999).did());
    assertEquals(List.of("SignalStop(1)"), story.pass(1).did());
    assertEquals("has connections left, but little time", story.why(1));
  }

  @Test
  void stopSignalComesAQuarterBeforeTheEndOfAShortDrain() {
    Story story = Story.serving(draining(0, 8_000)).reloaded().parked(1);

    assertEquals(List.of(), story.pass(5_999).did());
    assertEquals(List.of("SignalStop(1)"), story.pass(1).did());
  }

  @Test
  void generationThatIgnoresTheStopSignalPrintsItsThreadsAndIsKilled() {
    Story story = Story.serving().reloaded().parked(1).counted(1, 0, 0, -1);

    assertEquals(List.of(), story.pass(29_999).did());
    assertEquals(List.of("NameConnections(1)", "DumpThreads(1)"), story.pass(1).did());
    assertEquals(List.of(), story.pass(14_999).did());
    assertEquals(List.of("Kill(1)"), story.pass(1).did());
    assertEquals("KILLED", story.state(1));
  }

  @Test
  void generationThatHasToldItsThreadsIsKilledAtOnce() {
    Story story = Story.serving().reloaded().parked(1).counted(1, 0, 0, -1).passToDeadline();

    assertEquals(List.of("Kill(1)"), story.pass(10).dumped(1).did());
    assertEquals(List.of(), story.dumped(1).did());
  }

  @Test
  void killIsRepeatedAndReportedWhileTheProcessIsStillThere() {
    Story story = Story.serving().reloaded().parked(1).counted(1, 0, 0, -1).pass(31_000);
    assertEquals("DUMPING", story.state(1));
    story.pass(15_000);

    for (int i = 0; i < 3; i++) {
      assertEquals(List.of(), story.pass(9_999).did());
      assertEquals(List.of("Kill(1)"), story.pass(1).did());
      assertEquals(
          List.of(
              "WARN generation 1 is still there after SIGKILL; its process 1001 may hang in the"
                  + " kernel"),
          story.said());
    }
  }

  @Test
  void appWithoutAnAgentIsNotAskedForItsThreads() {
    Story story = new Story(Story.policy(Readiness.EXEC, AgentExpectation.NONE)).start().spawned(1);
    story.reload().spawned(2);
    assertTrue(story.did().contains("SignalStop(1)"));

    assertEquals(List.of("NameConnections(1)", "Kill(1)"), story.pass(Story.DRAIN_TIMEOUT).did());
  }

  @Test
  void timePassingByInOneLeapMakesUpForEveryStep() {
    Story story = Story.serving(Story.delaying(3_000)).reloaded();

    story.pass(600_000);

    assertEquals(
        List.of(
            "Park(1)", "RunHooks(1 to 2)", "SignalStop(1)", "NameConnections(1)", "DumpThreads(1)"),
        story.did());
    assertTrue(story.fleet.nextDeadline() > story.now);
  }

  @Test
  void drainTimeoutOfZeroLeavesNoTimeForAnything() {
    Story story = Story.serving(draining(0, 0)).reloaded();

    assertTrue(story.did().contains("SignalStop(1)"));
    assertEquals(List.of("Kill(1)"), story.pass(15_000).did());
  }

  @Test
  void drainGoesOnToTheStopSignalWhenTheAgentIsLost() {
    Story parking = Story.serving().reloaded().lost(1);
    assertEquals(List.of("SignalStop(1)"), parking.did());

    Story parked = Story.serving().reloaded().parked(1).lost(1);
    assertEquals(List.of("SignalStop(1)"), parked.did());
  }

  @Test
  void generationThatLosesItsAgentWhileServingGetsTheStopSignalWhenItIsReplaced() {
    Story story = Story.serving().lost(1);
    assertEquals(List.of(), story.effects);
    assertEquals("LIVE", story.state(1));

    story.reloaded();

    assertTrue(story.did().contains("SignalStop(1)"), story.did().toString());
    assertEquals("STOPPING", story.state(1));
  }

  @Test
  void generationWithoutAgentStillGetsItsDrainDelay() {
    Story story = Story.serving(Story.delaying(3_000)).lost(1).reloaded();
    assertEquals("DELAYED", story.state(1));

    assertEquals(List.of("SignalStop(1)"), story.pass(3_000).did());
  }

  @Test
  void deathDuringTheDrainIsTheEndOfIt() {
    Story story = Story.serving().reloaded().killed(1, 9);

    assertEquals(List.of(), story.did());
    assertEquals(
        List.of("INFO generation 1 is gone: it was killed by SIGKILL while it drained"),
        story.said());
    assertEquals(
        "was replaced by generation 2; it was killed by SIGKILL while it drained", story.why(1));
  }

  @Test
  void generationsThatDrainHaveTheirOwnDeadlines() {
    Story story = Story.serving().reloaded().parked(1).pass(10_000).reloaded().parked(2);

    assertEquals(List.of("SignalStop(1)"), story.pass(15_000).did());
    assertEquals("CONNECTIONS", story.state(2));
    story.killed(1, 15);
    assertEquals(List.of("SignalStop(2)"), story.pass(10_000).did());
  }

  @Test
  void hooksRunWhenNothingNewIsAcceptedAndBeforeConnectionsAreWaitedFor() {
    Story story = Story.serving().reloaded();
    assertFalse(story.did().toString().contains("RunHooks"), "it may still accept");

    story.tell(new Event.Parked(story.now, 1));
    assertEquals(List.of("RunHooks(1 to 2)"), story.did());
    assertEquals(
        new Effect.RunHooks(1, 24_500, 2),
        story.effects.getLast(),
        "up to shortly before the stop signal");
    assertEquals("HOOKS", story.counted(1, 0, 0, -1).state(1));

    assertEquals("CONNECTIONS", story.hooksEnded(1).state(1));
  }

  @Test
  void hooksOfTheLastGenerationHaveNoSuccessor() {
    Story story = Story.serving().stop();

    story.tell(new Event.Parked(story.now, 1));

    assertEquals(List.of("RunHooks(1 to 0)", "CloseListeners()"), story.did());
  }

  @Test
  void hookThatDoesNotEndDoesNotHoldUpTheStopSignal() {
    Story story = Story.serving().reloaded();
    story.tell(new Event.Parked(story.now, 1));

    assertEquals(List.of(), story.pass(24_999).did());
    assertEquals(List.of("SignalStop(1)"), story.pass(1).did());
    assertEquals("has drain hooks or work that did not end in time", story.why(1));
  }

  @Test
  void oneThatStartedAgainWhileItIsToStopIsStoppedAgain() {
    Story story = new Story(Story.java()).start().spawned(1).stop();
    assertEquals(List.of("SignalStop(1)", "CloseListeners()"), story.did());

    story.startedAgain(1);

    assertEquals(List.of("SignalStop(1)"), story.did());
  }
}
