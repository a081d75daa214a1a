package io.jhot.supervisor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What happens when the service ends without having been asked to. */
class RestartTest {

  @Test
  void jhotEndsWithTheAppByDefault() {
    assertEquals(List.of("CloseListeners()", "Exit(3)"), Story.serving().exited(1, 3).did());
    assertEquals(List.of("CloseListeners()", "Exit(0)"), Story.serving().exited(1, 0).did());
    assertEquals(List.of("CloseListeners()", "Exit(139)"), Story.serving().killed(1, 11).did());
  }

  @Test
  void appThatFailsBeforeReadyEndsJhotByDefault() {
    Story story = new Story(Story.java()).start().spawned(1).exited(1, 2);

    assertEquals(List.of("CloseListeners()", "Exit(2)"), story.did());
    assertEquals(
        List.of("ERROR generation 1 exited with code 2 before it was ready"), story.said());
  }

  @Test
  void appThatEndsWellBeforeReadyIsNoFailure() {
    Story story = new Story(Story.java()).start().spawned(1).exited(1, 0);

    assertEquals(List.of("CloseListeners()", "Exit(0)"), story.did());
    assertEquals(
        List.of("DEBUG generation 1 exited with code 0 before it was ready"), story.said());
  }

  @Test
  void programThatCannotBeStartedEndsJhotWithTheCodeOfTheSpawn() {
    for (int code : new int[] {125, 126, 127}) {
      Story story = new Story(Story.java()).start().spawnFailed(1, code);
      assertEquals(List.of("CloseListeners()", "Exit(" + code + ")"), story.did());
      assertEquals(
          List.of("ERROR generation 1 could not be started: no such program"), story.said());
    }
  }

  @Test
  void failedAppIsStartedAgainWithTheSocketsThatWereKept() {
    Story story = Story.serving(Story.restarting(3)).exited(1, 1);
    assertEquals(List.of(), story.did());
    assertEquals(
        List.of("WARN generation 1 exited with code 1", "WARN generation 2 starts in 100 ms"),
        story.said());

    assertEquals(List.of(), story.pass(99).did());
    assertEquals(List.of("Spawn(2 [1])"), story.pass(1).did());
    assertTrue(story.generation(2).sockets().live(), "nobody is there to stage it against");
    assertEquals(
        List.of("RestoreOutput(2)", "MarkReady(2)"),
        story.spawned(2).connected(2).taken(2, 1).did());
  }

  @Test
  void appThatEndsWellIsNotStartedAgain() {
    assertEquals(
        List.of("CloseListeners()", "Exit(0)"),
        Story.serving(Story.restarting(-1)).exited(1, 0).did());
  }

  @Test
  void codeThatIsMappedToZeroIsNoFailure() {
    assertEquals(
        List.of("CloseListeners()", "Exit(0)"),
        Story.serving(Story.restarting(-1)).killed(1, 15).did());
  }

  @Test
  void waitBetweenRestartsDoublesUpToTenSeconds() {
    Story story = Story.serving(Story.restarting(-1)).exited(1, 1);
    long[] waits = {100, 200, 400, 800, 1_600, 3_200, 6_400, 10_000, 10_000, 10_000};

    for (int i = 0; i < waits.length; i++) {
      int next = 2 + i;
      assertEquals(List.of(), story.pass(waits[i] - 1).did(), "before generation " + next);
      assertEquals(List.of("Spawn(" + next + " [1])"), story.pass(1).did());
      story.spawned(next).exited(next, 1);
    }
    for (int i = 0; i < 100; i++) {
      long before = story.now;
      story.passToDeadline();
      assertEquals(10_000, story.now - before);
      story.spawned(story.fleet.lastNumber()).exited(story.fleet.lastNumber(), 1);
    }
  }

  @Test
  void restartsAreForgottenAfterAMinuteOfService() {
    Story story = Story.serving(Story.restarting(2)).exited(1, 1).pass(100);
    story.spawned(2).connected(2).taken(2, 1).pass(59_999).exited(2, 1);
    assertEquals(2, story.fleet.slot().restarts());
    story.pass(200).spawned(3).connected(3).taken(3, 1).pass(60_000).exited(3, 1);

    assertEquals(List.of(), story.did());
    assertEquals(List.of("Spawn(4 [1])"), story.pass(100).did());
  }

  @Test
  void jhotGivesUpAfterTheLastRestartAndExitsWithTheCodeOfTheLastToServe() {
    Story story = Story.serving(Story.restarting(2)).exited(1, 7);
    story.pass(100).spawned(2).exited(2, 8);
    story.pass(200).spawned(3).exited(3, 9);

    assertEquals(List.of("CloseListeners()", "Exit(7)"), story.did());
    assertTrue(
        story
            .said()
            .contains("ERROR the service failed again after 2 restarts in a row: jhot gives up"),
        story.said().toString());
  }

  @Test
  void jhotExitsWithTheLastCodeWhereNoGenerationEverServed() {
    Story story = new Story(Story.restarting(1)).start().spawned(1).exited(1, 7);

    story.pass(100).spawned(2).exited(2, 8);

    assertEquals(List.of("CloseListeners()", "Exit(8)"), story.did());
  }

  @Test
  void firstStartThatFailsIsTriedAgain() {
    Story story = new Story(Story.restarting(1)).start(3).spawned(1).exited(1, 7);
    assertEquals(List.of(), story.did());
    assertEquals(List.of("Spawn(2 [3])"), story.pass(100).did());
  }

  @Test
  void firstStartThatTakesTooLongIsTriedAgainWhenItHasEnded() {
    Policy notify =
        Policies.with()
            .ready(Policy.Readiness.NOTIFY)
            .restarts(1)
            .remapExit(Map.of(143, 0))
            .policy();
    Story story = new Story(notify).start().spawned(1).pass(Story.READY_TIMEOUT);
    assertEquals(List.of("SignalStop(1)"), story.did());

    assertEquals(List.of(), story.pass(10_000).did());
    assertEquals(List.of(), story.killed(1, 15).did());
    assertEquals(List.of("Spawn(2 [])"), story.pass(100).did());
  }

  @Test
  void reloadDuringTheWaitForARestartStartsAtOnceAndInItsPlace() {
    Story story = Story.serving(Story.restarting(-1)).exited(1, 1).reload();

    assertEquals(List.of("Spawn(2 [1])"), story.did());
    assertEquals(2, story.fleet.answeringGeneration());
    assertEquals(List.of(), story.spawned(2).connected(2).pass(10_000).did());
    assertEquals(
        List.of("RestoreOutput(2)", "MarkReady(2)", "ReloadSucceeded(2)"), story.taken(2, 1).did());
  }

  @Test
  void reloadDuringARestartFollowsIt() {
    Story story = Story.serving(Story.restarting(-1)).exited(1, 1).pass(100).spawned(2).reload();
    assertEquals(List.of(), story.did());

    assertEquals(
        List.of("RestoreOutput(2)", "MarkReady(2)", "Spawn(3 [1])"),
        story.connected(2).taken(2, 1).did());
  }

  @Test
  void reloadDuringARestartThatFailsIsItsSuccessorWithoutAWait() {
    Story story = Story.serving(Story.restarting(-1)).exited(1, 1).pass(100).spawned(2).reload();

    assertEquals(List.of("Spawn(3 [1])"), story.exited(2, 1).did());
  }

  @Test
  void restartedGenerationOwesWhatTheDeadOneHeld() {
    Story story = Story.serving(Story.restarting(-1)).opened(1, 2).exited(1, 1).pass(100);

    story.spawned(2).connected(2).taken(2, 1);
    assertEquals("STARTING", story.state(2));
    assertEquals("LIVE", story.taken(2, 2).state(2));
  }

  @Test
  void restartedGenerationServesWithFewerListenersWhenItsTimeIsUp() {
    Story story = Story.serving(Story.restarting(-1)).opened(1, 2).exited(1, 1).pass(100);

    story.spawned(2).connected(2).taken(2, 1).pass(Story.READY_TIMEOUT);

    assertEquals("LIVE", story.state(2));
    assertEquals("holds {listener:1}, but not {listener:2} as before", story.why(2));
  }

  @Test
  void failureOfAReloadIsNoReasonToRestartAnything() {
    Story story = Story.serving(Story.restarting(-1)).reloading().exited(2, 1);

    assertEquals(List.of("ReloadFailed(2)"), story.did());
    assertEquals(Long.MAX_VALUE, story.fleet.slot().restartAt());
  }

  @Test
  void jhotDrainsWhatStillDrainsBeforeItExitsWithTheDeadOnesCode() {
    Story story = Story.serving().reloaded().parked(1).exited(2, 0);
    assertEquals(List.of("Park(1 last)", "CloseListeners()"), story.did());

    assertEquals(List.of("SignalStop(1)"), story.counted(1, 0, 0, -1).did());
    assertEquals(List.of("Exit(0)"), story.killed(1, 15).did());
  }

  @Test
  void restartDoesNotWaitForGenerationsThatAreStillThere() {
    Story story = Story.serving(Story.restarting(-1)).reloaded().parked(1);
    story.counted(1, 0, 0, -1).exited(2, 3);

    assertEquals(List.of("Spawn(3 [1])"), story.pass(100).did());
    assertEquals("STOPPING", story.state(1));
  }

  @Test
  void serviceThatIsBeingStoppedIsNotRestarted() {
    Story story = Story.serving(Story.restarting(-1)).stop().exited(1, 1);

    assertEquals(List.of("CloseListeners()", "Exit(1)"), story.did());
  }

  @Test
  void stopDuringARestartWhereNoneEverServedExitsWithTheCodeOfTheOneThatWasStopped() {
    Story story = new Story(Story.restarting(1)).start().spawned(1).exited(1, 7);

    story.pass(100).spawned(2).stop();

    assertEquals(List.of("Exit(5)"), story.exited(2, 5).did());
  }

  @Test
  void listenersThatADeadGenerationHeldAreForgottenOnceAnotherServes() {
    Story story = Story.serving(Story.restarting(1)).exited(1, 7).pass(100);
    story.spawned(2).connected(2).taken(2, 1);
    assertEquals(Story.ids(), story.fleet.slot().lastHeld());

    assertEquals(List.of("ReleaseListener(1)"), story.closed(2, 1).did());
  }

  @Test
  void timeThatAGenerationTookToStartIsNoTimeOfService() {
    Story story = Story.serving(Story.restarting(1)).exited(1, 1).pass(100);
    story.spawned(2).connected(2).pass(50_000).taken(2, 1);
    assertEquals(story.now, story.generation(2).progress().phaseSince());

    assertEquals(List.of("CloseListeners()", "Exit(1)"), story.pass(59_999).exited(2, 1).did());
  }
}
