package io.jhot.supervisor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.jhot.supervisor.Policy.AgentExpectation;
import io.jhot.supervisor.Policy.Readiness;
import java.util.List;
import org.junit.jupiter.api.Test;

/** One generation after the other, and what becomes of those that fail. */
class SuccessionTest {

  @Test
  void oldGenerationKeepsServingWhenTheNewOneDiesBeforeReady() {
    Story story = Story.serving();
    Generation old = story.generation(1);

    story.reloading().exited(2, 1);

    assertEquals(List.of("ReloadFailed(2)"), story.did());
    assertEquals("generation 2 exited with code 1 before it was ready", story.reason());
    assertEquals(old, story.generation(1));
  }

  @Test
  void oldGenerationKeepsServingWhenTheNewOneIsKilled() {
    Story story = Story.serving().reloading().killed(2, 9);

    assertEquals("generation 2 was killed by SIGKILL before it was ready", story.reason());
    assertEquals("LIVE", story.state(1));
  }

  @Test
  void oldGenerationKeepsServingWhenTheNewOneCannotBeSpawned() {
    Story story = Story.serving();
    Generation old = story.generation(1);

    story.reload().spawnFailed(2, 127);

    assertEquals("generation 2 could not be started: no such program", story.reason());
    assertEquals(old, story.generation(1));
  }

  @Test
  void newGenerationThatEndsWellBeforeReadyHasFailedAllTheSame() {
    Story story = Story.serving().reloading().exited(2, 0);

    assertEquals("generation 2 exited with code 0 before it was ready", story.reason());
    assertEquals(List.of("ReloadFailed(2)"), story.did());
  }

  @Test
  void reloadAfterAFailedOneWorks() {
    Story story = Story.serving().reloading().exited(2, 1);

    story.reload();
    assertEquals(List.of("Spawn(3 [1])"), story.did());
    assertEquals(
        List.of("RestoreOutput(3)", "MarkReady(3)", "ReloadSucceeded(3)", "Park(1)"),
        story.spawned(3).connected(3).taken(3, 1).live(3).did());
  }

  @Test
  void reloadsDuringAReloadAreOneMoreAfterItSucceeded() {
    Story story = Story.serving().reloading();

    assertEquals(List.of(), story.reload().did());
    assertEquals(3, story.fleet.answeringGeneration());
    assertEquals(List.of(), story.reload().did());
    assertEquals(3, story.fleet.answeringGeneration());

    story.taken(2, 1).live(2);
    assertEquals(
        List.of(
            "RestoreOutput(2)", "MarkReady(2)", "ReloadSucceeded(2)", "Park(1)", "Spawn(3 [1])"),
        story.did());

    story.spawned(3).connected(3).taken(3, 1).live(3);
    assertEquals(
        List.of("RestoreOutput(3)", "MarkReady(3)", "ReloadSucceeded(3)", "Park(2)"), story.did());
  }

  @Test
  void reloadDuringAReloadFollowsWhenThatFailed() {
    Story story = Story.serving().reloading().reload();

    story.exited(2, 1);

    assertEquals(List.of("ReloadFailed(2)", "Spawn(3 [1])"), story.did());
  }

  @Test
  void reloadDoesNotWaitForAFailedGenerationThatIsSlowToDie() {
    Story story = Story.serving().reloading().reload();

    story.pass(Story.READY_TIMEOUT);

    assertEquals(List.of("Kill(2)", "ReloadFailed(2)", "Spawn(3 [1])"), story.did());
    assertEquals("KILLED", story.state(2));
    assertEquals("UNBORN", story.state(3));
  }

  @Test
  void reloadDuringTheFirstStartFollowsIt() {
    Story story = new Story(Story.java()).start().spawned(1).connected(1).reload();
    assertEquals(List.of(), story.did());
    assertEquals(2, story.fleet.answeringGeneration());

    assertEquals(List.of("MarkReady(1)", "Spawn(2 [1])"), story.opened(1, 1).did());
  }

  @Test
  void reloadDuringAFirstStartThatFailsIsStillOwed() {
    Story story = new Story(Story.java()).start().spawned(1).connected(1).reload();

    story.exited(1, 1);

    assertEquals(List.of("Spawn(2 [])"), story.did());
    assertEquals(
        List.of("ReloadFailed(2)", "CloseListeners()", "Exit(3)"),
        story.spawned(2).exited(2, 3).did());
  }

  @Test
  void reloadAfterAFirstStartThatTookTooLongWaitsUntilThatHasEnded() {
    Story story =
        new Story(Story.policy(Readiness.NOTIFY, AgentExpectation.CERTAIN))
            .start()
            .spawned(1)
            .pass(Story.READY_TIMEOUT);
    assertEquals("STOPPING", story.state(1));

    assertEquals(List.of(), story.reload().did());
    assertEquals(List.of("Spawn(2 [])"), story.killed(1, 15).did());
    story.spawned(2).connected(2).ready(2);
    assertEquals(List.of("RestoreOutput(2)", "MarkReady(2)", "ReloadSucceeded(2)"), story.did());
  }

  @Test
  void reloadBeforeTheStartIsAnsweredByTheFirstGeneration() {
    Story story = new Story(Story.java()).reload();
    assertEquals(List.of(), story.did());
    assertEquals(1, story.fleet.answeringGeneration());

    story.start().spawned(1).connected(1).opened(1, 1);

    assertEquals(List.of("MarkReady(1)", "ReloadSucceeded(1)"), story.did());
  }

  @Test
  void reloadIsAnsweredByTheGenerationThatItStarted() {
    Story story = Story.serving().reload();

    assertEquals(2, story.fleet.answeringGeneration());
  }

  @Test
  void oldGenerationsDrainSideBySideWhileTheNextReloadGoesOn() {
    Story story = Story.serving().reloaded().reloaded().reloading();

    assertEquals("PARKING", story.state(1));
    assertEquals("PARKING", story.state(2));
    assertEquals("LIVE", story.state(3));
    assertEquals("UNBORN", story.state(4));
  }

  @Test
  void endOfAnOldDrainDoesNotTouchTheReloadThatIsUnderWay() {
    Story story = Story.serving().reloaded().reloading();
    Generation serving = story.generation(2);
    Generation starting = story.generation(3);

    story.drained(1);

    assertEquals(serving, story.generation(2));
    assertEquals(starting, story.generation(3));
  }

  @Test
  void successorGoesOnWhenTheServingGenerationDies() {
    Story story = Story.serving().reloading();

    story.killed(1, 9);
    assertEquals(List.of(), story.did());

    story.taken(2, 1);
    assertEquals(List.of("GoLive(2)"), story.did());
    assertEquals(
        List.of("RestoreOutput(2)", "MarkReady(2)", "ReloadSucceeded(2)"), story.live(2).did());
  }

  @Test
  void successorOwesWhatTheServingGenerationHeldWhenItDied() {
    Story story = Story.serving().opened(1, 2).reloading().taken(2, 1);

    story.killed(1, 9);

    assertEquals("STARTING", story.state(2));
    assertEquals("does not hold {listener:2} yet", story.why(2));
    assertEquals(List.of("GoLive(2)"), story.taken(2, 2).did());
  }

  @Test
  void successorServesWithFewerListenersWhenItsTimeIsUpAndNobodyElseServes() {
    Story story = Story.serving().opened(1, 2).reloading().taken(2, 1).killed(1, 9);

    story.pass(Story.READY_TIMEOUT);
    assertEquals(List.of("GoLive(2)"), story.did());

    story.live(2);
    assertEquals("LIVE", story.state(2));
    assertEquals(
        "generation 2 serves: it holds {listener:1}, but not {listener:2} as before",
        story.reason());
  }

  @Test
  void jhotEndsWithTheDeadOnesCodeWhenTheSuccessorFailsToo() {
    Story story = Story.serving().reloading().exited(1, 7);

    story.exited(2, 9);

    assertEquals(List.of("ReloadFailed(2)", "CloseListeners()", "Exit(7)"), story.did());
  }

  @Test
  void successorThatFailsAfterTheServingOneDiedIsAskedToEndBeforeTheNextStarts() {
    Story story = Story.serving(Story.restarting(-1)).reloading().exited(1, 7);

    story.pass(Story.READY_TIMEOUT);
    assertEquals(List.of("SignalStop(2)", "ReloadFailed(2)"), story.did());
    assertEquals(List.of(), story.killed(2, 15).did());
    assertEquals(List.of("Spawn(3 [1])"), story.pass(100).did());
  }

  @Test
  void reloadOfAnAppWithoutAgentStopsTheOldOneOnceTheNewOneHasLivedForAWhile() {
    Story story =
        new Story(Story.policy(Readiness.AUTO, AgentExpectation.NONE)).start(3).spawned(1);

    story.reload();
    assertEquals(List.of("Spawn(2 [3])"), story.did());
    assertEquals(List.of(), story.spawned(2).did());
    assertEquals(List.of(), story.pass(Policy.READY_AFTER - 1).did());

    assertEquals(
        List.of("MarkReady(2)", "ReloadSucceeded(2)", "SignalStop(1)"), story.pass(1).did());
  }

  @Test
  void exitSeenBeforeTheSpawnIsAnExitAndTheLateSpawnMeansNothing() {
    Story story = Story.serving().reload().exited(2, 1);
    assertEquals(List.of("ReloadFailed(2)"), story.did());
    Fleet before = story.fleet;

    story.spawned(2);

    assertEquals(before, story.fleet);
    assertEquals(List.of(), story.effects);
  }

  @Test
  void eventsOfGenerationsThatNobodyKnowsChangeNothing() {
    Story story = Story.serving();
    Fleet before = story.fleet;

    for (int stranger : new int[] {Integer.MIN_VALUE, -1, 0, 2, Integer.MAX_VALUE}) {
      story.spawned(stranger).spawnFailed(stranger, 125).connected(stranger).lost(stranger);
      story.taken(stranger, 1).closed(stranger, 1).ready(stranger).live(stranger);
      story.parked(stranger).counted(stranger, 0, 0, 0).exited(stranger, 0);
      assertEquals(before, story.fleet);
      assertEquals(List.of(), story.effects);
    }
  }

  @Test
  void onlyTheLastGenerationsThatAreGoneAreRemembered() {
    Story story = Story.serving();
    for (int i = 2; i < 10; i++) {
      story.reload().spawned(i).exited(i, 1);
    }

    assertEquals(1 + MutableSlot.GONE_REMEMBERED, story.fleet.generations().size());
    assertEquals("GONE", story.state(9));
    assertEquals("exited with code 1 before it was ready", story.why(9));
    assertTrue(story.generation(1).alive());
  }

  @Test
  void pastTheMostThatMayDrainTheOldestIsEndedFirst() {
    Story story = Story.serving(Story.drainingAtMost(2)).reloaded().parked(1).pass(1_000);
    story.reloaded().parked(2).pass(1_000);
    assertEquals("CONNECTIONS", story.state(1));

    story.reloaded();

    assertTrue(story.did().contains("SignalStop(1)"), story.did().toString());
    assertTrue(
        story
            .said()
            .contains(
                "WARN more than 2 generations would drain: generation 1, the oldest, is ended"
                    + " first"),
        story.said().toString());
    assertEquals("CONNECTIONS", story.state(2));
    assertEquals("PARKING", story.state(3));
    assertEquals(
        story.now + 5_000, story.generation(1).deadlines().limit(), "its time is cut short");
    assertEquals(
        List.of("NameConnections(1)", "DumpThreads(1)"), story.parked(3).pass(5_000).did());
  }

  @Test
  void generationThatHasItsStopSignalStillCountsAsDraining() {
    Story story = Story.serving(Story.drainingAtMost(1)).reloaded().parked(1).counted(1, 0, 0, -1);
    assertEquals("STOPPING", story.state(1));

    story.reloaded();

    assertEquals("PARKING", story.state(2), "the surplus is ending already");
  }

  @Test
  void failedStartIsNoneOfThoseThatDrain() {
    Policy policy = Policies.with().readyTimeout(1_000).maxDraining(1).policy();
    Story story = Story.serving(policy).reloaded().reload().spawned(3).pass(1_000);

    assertEquals("KILLED", story.state(3));
    assertEquals("PARKING", story.state(1));
  }

  @Test
  void theEndOfAllIsNotHurried() {
    Story story = Story.serving(Story.drainingAtMost(1)).reloaded().parked(1).stop();

    assertEquals("CONNECTIONS", story.state(1));
    assertEquals("PARKING", story.state(2));
  }
}
