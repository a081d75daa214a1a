package io.jhot.supervisor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.jhot.supervisor.Policy.AgentExpectation;
import io.jhot.supervisor.Policy.Readiness;
import java.util.List;
import org.junit.jupiter.api.Test;

/** How a generation comes to serve, and how an old one does again when the new one dies. */
class TakeoverTest {

  @Test
  void oldGenerationThatHasParkedTakesOverAgainWhenTheNewOneDies() {
    Story story = Story.serving().reloaded().parked(1);

    assertEquals(List.of("GoLive(1)"), story.killed(2, 9).did());
    assertEquals("RETURNING", story.state(1));
    assertEquals(List.of("MarkReady(1)", "RolledBack(1)"), story.live(1).did());
    assertEquals("LIVE", story.state(1));
    assertEquals("took over again when generation 2 was killed by SIGKILL", story.why(1));
    assertEquals(Long.MAX_VALUE, story.fleet.nextDeadline());

    story.reload();
    assertEquals(List.of("Spawn(3 [1])"), story.did());
    story.spawned(3).connected(3).taken(3, 1).live(3);
    assertTrue(story.did().contains("Park(1)"), story.did().toString());
    assertEquals("CONNECTIONS", story.parked(1).state(1));
  }

  @Test
  void oldGenerationThatHasNotConfirmedTheParkingIsAskedToComeBackAllTheSame() {
    Story story = Story.serving().reloaded();

    assertEquals(List.of("GoLive(1)"), story.killed(2, 9).did());
    assertEquals("RETURNING", story.parked(1).state(1));
    assertFalse(story.generation(1).sockets().parked(), "the late word is about what was before");
    assertEquals("LIVE", story.live(1).state(1));
  }

  @Test
  void oldGenerationThatStillAcceptsServesAtOnce() {
    Story story = Story.serving(Story.delaying(3_000)).reloaded().killed(2, 9);

    assertEquals(List.of("MarkReady(1)", "RolledBack(1)"), story.did());
    assertEquals(List.of(), story.pass(3_000).did());
    assertEquals("LIVE", story.state(1));
  }

  @Test
  void noRestartIsNeededWhereTheOldOneTakesOver() {
    Story story = Story.serving(Story.restarting(3)).reloaded().parked(1).exited(2, 1).live(1);

    assertEquals(Long.MAX_VALUE, story.fleet.nextDeadline());
    assertEquals(0, story.fleet.slot().restarts());
  }

  @Test
  void oldGenerationThatDoesNotComeBackIsStoppedAndTheServiceIsRestarted() {
    Story story = Story.serving(Story.restarting(3)).reloaded().parked(1).killed(2, 9);

    assertEquals(List.of("SignalStop(1)"), story.pass(5_050).did());
    assertEquals(story.now + 100, story.fleet.nextDeadline());
  }

  @Test
  void oldGenerationThatDiesOnItsWayBackEndsTheServiceAsEver() {
    Story story = Story.serving().reloaded().parked(1).exited(2, 3).killed(1, 9);

    assertEquals(List.of("CloseListeners()", "Exit(3)"), story.did());
  }

  @Test
  void newestOfThoseThatDrainComesBackAndTheNextOneIfItCannot() {
    Story story = Story.serving().reloaded().parked(1).reloaded().parked(2);

    assertEquals(List.of("GoLive(2)"), story.killed(3, 9).did());
    assertEquals(List.of("GoLive(1)"), story.killed(2, 9).did());
    assertEquals("LIVE", story.live(1).state(1));
    assertEquals(1, story.fleet.lastServed());
  }

  @Test
  void generationThatHasItsStopSignalDoesNotComeBack() {
    Story story = Story.serving().reloaded().parked(1).counted(1, 0, 0, -1).exited(2, 3);

    assertEquals(List.of("CloseListeners()"), story.did());
    assertEquals("STOPPING", story.state(1));
  }

  @Test
  void serviceThatEndsWellIsNotTakenBack() {
    Story story = Story.serving().reloaded().parked(1).exited(2, 0);

    assertEquals(List.of("Park(1 last)", "CloseListeners()"), story.did());
  }

  @Test
  void deathDuringTheStopOfAllIsNoReasonToComeBack() {
    Story story = Story.serving().reloaded().parked(1).stop().killed(2, 9);

    assertFalse(story.did().contains("GoLive(1)"), story.did().toString());
    assertEquals("CONNECTIONS", story.state(1));
  }

  @Test
  void stopOnTheWayBackParksForGood() {
    Story story = Story.serving().reloaded().parked(1).killed(2, 9).stop();

    assertEquals(List.of("Park(1 last)"), story.did());
    assertEquals("PARKING", story.state(1));
    assertEquals("PARKING", story.live(1).state(1));
    assertEquals(List.of("CloseListeners()"), story.parked(1).did());
  }

  @Test
  void successorThatIsReadyFirstSendsTheOldOneBackIntoItsDrain() {
    Story story = Story.serving().reloaded().parked(1).reload().spawned(3).connected(3);
    story.taken(3, 1).killed(2, 9);
    assertEquals(List.of("GoLive(1)"), story.did());

    story.live(3);

    assertTrue(story.did().contains("Park(1)"), story.did().toString());
    assertEquals("PARKING", story.state(1));
    assertEquals("LIVE", story.state(3));
    assertEquals("PARKING", story.live(1).state(1), "a late word");
  }

  @Test
  void successorThatIsStartingReplacesTheOneThatCameBack() {
    Story story = Story.serving().reloaded().parked(1).reload().spawned(3).connected(3);
    story.killed(2, 9).live(1);
    assertEquals("LIVE", story.state(1));

    assertEquals(List.of("GoLive(3)"), story.taken(3, 1).did());
    assertTrue(story.live(3).did().contains("Park(1)"));
  }

  @Test
  void listenerThatTheDeadOneHadClosedForGoodIsNotHeldByTheOneThatComesBack() {
    Story story = Story.serving().opened(1, 2).reload().spawned(2).connected(2);
    story.taken(2, 1).taken(2, 2).live(2).parked(1);
    assertEquals(List.of("ReleaseListener(2)"), story.closed(2, 2).did());

    story.killed(2, 9).live(1);

    assertEquals(Story.ids(1), story.generation(1).listeners());
    assertEquals(List.of("Spawn(3 [1])"), story.reload().did());
  }

  @Test
  void firstGenerationNeedsNoWordToGoLiveForItIsLiveFromTheStart() {
    Story story = new Story(Story.java()).start().spawned(1).connected(1);

    assertTrue(story.generation(1).sockets().live());
    assertEquals(List.of("MarkReady(1)"), story.opened(1, 1).did());
  }

  @Test
  void agentThatComesUpLateMakesTheGenerationWholeAndGetsItsOutputBack() {
    Story story =
        new Story(Story.policy(Readiness.AUTO, AgentExpectation.POSSIBLE))
            .start()
            .spawned(1)
            .pass(5_000);
    story.reload().spawned(2).pass(5_000);
    assertEquals("LIVE", story.state(2));

    story.connected(2);

    assertEquals(List.of("RestoreOutput(2)"), story.did());
    assertTrue(story.generation(2).agent());
    assertTrue(
        story.generation(2).sockets().live(), "what it binds from now on is the shared socket");
  }

  @Test
  void successorServesOnlyWhenItsSocketsAreLive() {
    Story story = Story.serving().reloading().taken(2, 1);
    assertEquals("GOING_LIVE", story.state(2));
    assertEquals("LIVE", story.state(1));

    story.live(2);

    assertEquals(
        List.of("RestoreOutput(2)", "MarkReady(2)", "ReloadSucceeded(2)", "Park(1)"), story.did());
    assertEquals("generation 2 serves: it holds {listener:1}", story.reason());
    assertEquals("LIVE", story.state(2));
    assertEquals("PARKING", story.state(1));
  }

  @Test
  void liveWordOfAGenerationThatWasNotToldToGoLiveMeansNothing() {
    Story story = Story.serving().reloading();
    Fleet before = story.fleet;

    story.live(2);

    assertEquals(before, story.fleet);
    assertEquals(List.of(), story.effects);
  }

  @Test
  void successorThatDoesNotGoLiveInTimeHasFailed() {
    Story story = Story.serving();
    Generation old = story.generation(1);
    story.reloading().pass(59_000).taken(2, 1);

    story.pass(Takeover.exchange(1) - 1);
    assertEquals("GOING_LIVE", story.state(2));
    story.pass(1);

    assertEquals(List.of("Kill(2)", "ReloadFailed(2)"), story.did());
    assertEquals(
        "generation 2 was ready, but did not take over the sockets within 5050 ms", story.reason());
    assertEquals(old, story.generation(1));
  }

  @Test
  void successorThatLosesItsAgentWithStagedSocketsHasFailed() {
    Story story = Story.serving().opened(1, 2).reloading().taken(2, 1);

    story.lost(2);
    assertEquals("STARTING", story.state(2));
    story.pass(1_000);

    assertEquals(List.of("Kill(2)", "ReloadFailed(2)"), story.did());
    assertEquals(
        "generation 2 lost its connection to jhot before it took over the sockets", story.reason());
  }

  @Test
  void wordOfReadinessDoesNotMakeUpForSocketsThatNobodyCanMakeLive() {
    Story story = Story.serving().opened(1, 2).reloading().taken(2, 1).lost(2);

    story.ready(2);

    assertEquals("STARTING", story.state(2));
    assertEquals(List.of(), story.did());
  }

  @Test
  void outputOfTheFirstGenerationIsNeverRestored() {
    Story story = new Story(Story.java()).start().spawned(1).connected(1);

    assertFalse(story.opened(1, 1).did().contains("RestoreOutput(1)"));
    assertFalse(story.connected(1).did().contains("RestoreOutput(1)"));
  }

  @Test
  void deathOfTheServingGenerationBetweenGoLiveAndWentLiveChangesNothingForTheSuccessor() {
    Story story = Story.serving().reloading().taken(2, 1);

    story.killed(1, 11);
    assertEquals(List.of(), story.did());

    assertEquals(
        List.of("RestoreOutput(2)", "MarkReady(2)", "ReloadSucceeded(2)"), story.live(2).did());
  }
}
