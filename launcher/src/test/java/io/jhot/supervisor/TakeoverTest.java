package io.jhot.supervisor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;

/** The new generation dies while the old one is still there. */
class RollbackTest {

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
}
