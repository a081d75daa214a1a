package io.jhot.supervisor;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.jhot.supervisor.Policy.AgentExpectation;
import io.jhot.supervisor.Policy.Readiness;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The end of jhot, and what it exits with. */
class EndingTest {

  @Test
  void servingGenerationIsDrainedForGoodAndJhotExitsWithItsCode() {
    Story story = Story.serving();

    assertEquals(List.of("Park(1 last)"), story.stop().did());
    assertEquals(List.of("CloseListeners()"), story.parked(1).did());
    assertEquals(List.of("SignalStop(1)"), story.counted(1, 0, 0, -1).did());
    assertEquals(List.of("Exit(143)"), story.killed(1, 15).did());
  }

  /** One whose end may take 8 s, and a reload's drain 30 s. */
  private static Policy endingWithin8Seconds() {
    return Policies.with().stopTimeout(8_000).policy();
  }

  @Test
  void aDrainAtTheEndFitsIntoTheTimeForIt() {
    Story story = Story.serving(endingWithin8Seconds());

    story.stop().parked(1).counted(1, 1, 1, 0);
    assertEquals(List.of("SignalStop(1)"), story.pass(6_000).did()); // two for its own farewell
    assertEquals(List.of("NameConnections(1)", "DumpThreads(1)"), story.pass(2_000).did());
    assertEquals(List.of(), story.pass(2_999).did());
    assertEquals(List.of("Kill(1)"), story.pass(1).did(), "jhot itself is killed soon");
  }

  @Test
  void aDrainThatAReloadBeganIsShortenedWhenTheEndIsAskedFor() {
    Story story = Story.serving(endingWithin8Seconds()).reloaded().parked(1).counted(1, 1, 1, 0);

    story.stop().parked(2).counted(2, 1, 1, 0).counted(1, 1, 1, 0);
    assertEquals(List.of("SignalStop(1)", "SignalStop(2)"), story.pass(6_000).did());
  }

  @Test
  void aReloadsDrainKeepsItsTime() {
    Story story = Story.serving(endingWithin8Seconds()).reloaded().parked(1).counted(1, 1, 1, 0);

    assertEquals(List.of(), story.pass(24_000).did());
    assertEquals(List.of("SignalStop(1)"), story.pass(1_000).did());
  }

  @Test
  void exitCodeIsRemapped() {
    Policy remapping = Policies.with().remapExit(Map.of(143, 0, 3, 4)).policy();

    assertEquals(
        List.of("Exit(0)"),
        Story.serving(remapping).stop().parked(1).counted(1, 0, 0, -1).killed(1, 15).did());
    assertEquals(
        List.of("CloseListeners()", "Exit(4)"), Story.serving(remapping).exited(1, 3).did());
    assertEquals(
        List.of("CloseListeners()", "Exit(5)"), Story.serving(remapping).exited(1, 5).did());
  }

  @Test
  void everyExitCodeAndEverySignalIsHandedOn() {
    for (int code = 0; code < 256; code++) {
      Story story = Story.serving().exited(1, code);
      assertEquals("Exit(" + code + ")", story.did().getLast());
    }
    for (int signal = 1; signal < 65; signal++) {
      Story story = Story.serving().killed(1, signal);
      assertEquals("Exit(" + (128 + signal) + ")", story.did().getLast());
    }
  }

  @Test
  void secondRequestKillsEverythingThatIsLeft() {
    Story story = Story.serving().reloaded().parked(1).stop();
    assertEquals("PARKING", story.state(2));

    assertEquals(List.of("Kill(1)", "Kill(2)", "CloseListeners()"), story.stop().did());
    assertEquals(List.of(), story.killed(1, 9).did());
    assertEquals(List.of("Exit(137)"), story.killed(2, 9).did());
  }

  @Test
  void thirdRequestHasNothingLeftToDo() {
    Story story = Story.serving().stop().stop();

    assertEquals(List.of(), story.stop().did());
  }

  @Test
  void requestToStopAtOnceKillsWithoutDrain() {
    Story story = Story.serving().reloading();

    assertEquals(
        List.of("ReloadFailed(2)", "Kill(1)", "Kill(2)", "CloseListeners()"),
        story.stopAtOnce().did());
    assertEquals(List.of(), story.killed(2, 9).did());
    assertEquals(List.of("Exit(137)"), story.killed(1, 9).did());
  }

  @Test
  void requestToStopAtOnceAfterAGracefulOneKills() {
    assertEquals(List.of("Kill(1)", "CloseListeners()"), Story.serving().stop().stopAtOnce().did());
  }

  @Test
  void successorThatIsNotReadyIsKilledAndItsReloadRefused() {
    Story story = Story.serving().reloading().stop();

    assertEquals(List.of("ReloadFailed(2)", "Kill(2)", "Park(1 last)"), story.did());
    assertEquals("jhot is stopping", story.reason());
  }

  @Test
  void successorThatMayHaveGoneLiveIsDrainedForItsConnectionsSake() {
    Story story = Story.serving().reloading().taken(2, 1).stop();

    assertEquals(List.of("ReloadFailed(2)", "Park(2 last)", "Park(1 last)"), story.did());
    assertEquals(List.of(), story.live(2).did());
    assertEquals("PARKING", story.state(2));
  }

  @Test
  void reloadThatWasToFollowIsRefusedToo() {
    Story story = Story.serving().reloading().reload().stop();

    assertEquals(
        List.of("ReloadFailed(2)", "ReloadFailed(3)", "Kill(2)", "Park(1 last)"), story.did());
  }

  @Test
  void reloadIsRefusedOnceTheStopHasBegun() {
    Story story = Story.serving().stop().reload();

    assertEquals(List.of("ReloadFailed(2)"), story.did());
    assertEquals("jhot is stopping", story.reason());
    assertEquals(2, story.fleet.answeringGeneration());
  }

  @Test
  void successorWhoseSpawnIsUnderWayIsKilledAsSoonAsItHasAProcess() {
    Story story = Story.serving().reload().stop();
    assertEquals(List.of("ReloadFailed(2)", "Park(1 last)"), story.did());

    assertEquals(List.of("Kill(2)"), story.spawned(2).did());
  }

  @Test
  void spawnThatFailsAfterTheStopIsNoMatter() {
    Story story = Story.serving().reload().stop().spawnFailed(2, 127);
    assertEquals(List.of(), story.did());

    story.parked(1).counted(1, 0, 0, -1);
    assertEquals(List.of("Exit(0)"), story.exited(1, 0).did());
  }

  @Test
  void firstGenerationThatIsNotReadyGetsTheStopSignalNotTheKill() {
    Story story = new Story(Story.java()).start().spawned(1).connected(1).stop();

    assertEquals(List.of("SignalStop(1)", "CloseListeners()"), story.did());
    assertEquals(List.of("Exit(143)"), story.killed(1, 15).did());
  }

  @Test
  void firstGenerationWhoseSpawnIsUnderWayGetsTheStopSignalAfterIt() {
    Story story = new Story(Story.java()).start().stop();
    assertEquals(List.of("CloseListeners()"), story.did());

    assertEquals(List.of("SignalStop(1)"), story.spawned(1).did());
  }

  @Test
  void firstGenerationThatIgnoresTheStopSignalIsKilledInTheEnd() {
    Story story = new Story(Story.java()).start().spawned(1).stop();

    assertEquals(List.of("NameConnections(1)", "Kill(1)"), story.pass(Story.DRAIN_TIMEOUT).did());
    assertEquals(List.of("Exit(137)"), story.killed(1, 9).did());
  }

  @Test
  void successorThatIsAllThereIsGetsTheStopSignalAndJhotExitsWithTheDeadOnesCode() {
    Story story = Story.serving().reloading().exited(1, 7).stop();

    assertEquals(List.of("ReloadFailed(2)", "SignalStop(2)", "CloseListeners()"), story.did());
    assertEquals(List.of("Exit(7)"), story.killed(2, 15).did());
  }

  @Test
  void drainDelayHoldsForTheLastGenerationToo() {
    Story story = Story.serving(Story.delaying(3_000));

    assertEquals(List.of(), story.stop().did());
    assertEquals(List.of("Park(1 last)"), story.pass(3_000).did());
  }

  @Test
  void appWithoutAgentGetsTheStopSignalAndJhotsCopiesAreClosed() {
    Story story =
        new Story(Story.policy(Readiness.AUTO, AgentExpectation.NONE)).start(3).spawned(1);

    assertEquals(List.of("SignalStop(1)", "CloseListeners()"), story.stop().did());
    assertEquals(List.of("Exit(0)"), story.exited(1, 0).did());
  }

  @Test
  void listenersStayOpenUntilTheLastGenerationHasStoppedAccepting() {
    Story story = Story.serving(Story.delaying(3_000)).reloaded().stop();

    story.pass(3_000);
    assertEquals(List.of("Park(1 last)", "Park(2 last)"), story.did());
    assertEquals(List.of(), story.parked(2).did());
    assertEquals(List.of("CloseListeners()"), story.parked(1).did());
  }

  @Test
  void generationsThatHaveParkedBeforeGiveUpTheDuplicatesThatTheyKept() {
    Story story = Story.serving().reloaded().parked(1);

    assertEquals(List.of("Park(1 last)", "Park(2 last)"), story.stop().did());
  }

  @Test
  void jhotExitsOnlyWhenAllChildrenAreGone() {
    Story story = Story.serving().reloaded().stop().parked(2).counted(2, 0, 0, -1);

    assertEquals(List.of(), story.exited(2, 5).did());
    assertEquals(List.of("CloseListeners()", "Exit(5)"), story.exited(1, 6).did());
  }

  @Test
  void stopWithNothingAliveExitsAtOnceAndIsTheEnd() {
    Story story = Story.serving(Story.restarting(-1)).exited(1, 3).stop();
    assertEquals(List.of("CloseListeners()", "Exit(3)"), story.did());
    Fleet end = story.fleet;

    story.stop().stopAtOnce().reload().pass(3_600_000).start();

    assertEquals(end, story.fleet);
    assertEquals(List.of(), story.effects);
    assertEquals(Long.MAX_VALUE, end.nextDeadline());
  }

  @Test
  void stopBeforeTheStartStartsNothing() {
    Story story = new Story(Story.java()).stop();
    assertEquals(List.of("CloseListeners()", "Exit(0)"), story.did());

    assertEquals(List.of(), story.start().did());
  }

  @Test
  void requestWhileJhotDrainsItsLastByItselfIsAFirstOne() {
    Story story = Story.serving().reloaded().exited(2, 0);
    assertEquals("PARKING", story.state(1));
    assertEquals(List.of("Park(1 last)"), story.did());

    assertEquals(List.of(), story.stop().did());
    assertEquals(List.of("Kill(1)", "CloseListeners()"), story.stop().did());
    assertEquals(List.of("Exit(0)"), story.killed(1, 9).did());
  }

  @Test
  void stopThatOutlastsTheDrainTimeoutEndsInAKill() {
    Story story = Story.serving().stop().parked(1);

    assertEquals(List.of("SignalStop(1)"), story.pass(25_000).did());
    assertEquals(List.of("NameConnections(1)", "DumpThreads(1)"), story.pass(5_000).did());
    assertEquals(List.of("Kill(1)"), story.dumped(1).did());
    assertEquals(List.of("Exit(137)"), story.killed(1, 9).did());
  }
}
