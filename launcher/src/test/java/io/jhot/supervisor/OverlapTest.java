package io.jhot.supervisor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.jhot.supervisor.Policy.Overlap;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A reload where two generations do not fit. */
class OverlapTest {
  private static Story serving(Overlap overlap, int restarts) {
    return Story.serving(Story.overlapping(overlap, restarts));
  }

  /** Generation 1 drains for generation 2, which is not there yet. */
  private static Story making(int restarts) {
    return serving(Overlap.AUTO, restarts).reload().noRoom(2);
  }

  /** Generation 2 runs alone, on the sockets that jhot has kept. */
  private static Story made(int restarts) {
    return making(restarts).drained(1).spawned(2).connected(2);
  }

  @ParameterizedTest
  @EnumSource(names = {"AUTO", "NEVER"})
  void theOldOneDrainsAndEndsBeforeTheNewOneIsStartedAndNoListenerIsClosed(Overlap overlap) {
    Story story = serving(overlap, 0).reload();
    assertEquals(List.of("Spawn(2 [1])"), story.did());

    assertEquals(List.of("Park(1)"), story.noRoom(2).did());
    assertEquals("NONE", story.state(2));
    assertEquals("makes room for generation 2: two do not fit", story.why(1));
    assertEquals(List.of(), story.parked(1).did());
    assertEquals(List.of("SignalStop(1)"), story.counted(1, 0, 0, -1).did());
    assertEquals(List.of(), story.closed(1, 1).did(), "the app closes it, jhot keeps it");
    assertEquals(List.of("Spawn(2 [1])"), story.killed(1, 15).did());

    story.spawned(2).connected(2);
    assertTrue(story.generation(2).sockets().live(), "nobody else accepts from the queue");
    assertEquals(
        List.of("RestoreOutput(2)", "MarkReady(2)", "ReloadSucceeded(2)"), story.taken(2, 1).did());
  }

  @Test
  void oldGenerationThatReturnsServesFirstAndMakesRoomThen() {
    Story story = serving(Overlap.AUTO, 0).reloaded().parked(1).reload();
    assertEquals(List.of("GoLive(1)"), story.killed(2, 9).did());

    assertEquals(List.of(), story.noRoom(3).did());
    assertFalse(story.fleet.slot().makingRoom(), "nobody does, and somebody is about to serve");
    assertEquals(List.of("MarkReady(1)", "RolledBack(1)", "Spawn(3 [1])"), story.live(1).did());
    assertEquals(List.of("Park(1)"), story.noRoom(3).did());
    assertTrue(story.fleet.slot().makingRoom());
  }

  @Test
  void whereAnOverlapIsDemandedTheReloadIsRefusedWithTheFiguresAndTheOldOneServesOn() {
    Story story = serving(Overlap.ALWAYS, 0);
    Generation old = story.generation(1);

    story.reload().noRoom(2);

    assertEquals(List.of("ReloadFailed(2)"), story.did());
    assertEquals("generation 2 was not started: two do not fit", story.reason());
    assertEquals(old, story.generation(1));
  }

  @Test
  void drainHooksOfTheOneThatMakesRoomKnowThatAnotherComes() {
    Story story = making(0);
    story.tell(new Event.Parked(story.now, 1));
    assertEquals(List.of("RunHooks(1 to 2)"), story.did());
  }

  @Test
  void aReloadWhileRoomIsMadeIsTheSameReload() {
    Story story = making(0).reload();

    assertEquals(List.of(), story.did());
    assertEquals(2, story.fleet.answeringGeneration());
  }

  @Test
  void aReloadBeforeTheAnswerIsAnsweredWithIt() {
    Story story = serving(Overlap.AUTO, 0).reload().reload();
    assertEquals(3, story.fleet.answeringGeneration());

    story.noRoom(2).drained(1);

    assertEquals(List.of("Spawn(3 [1])"), story.did(), "one generation for both");
  }

  @Test
  void roomIsMadeByAllThatAreThere() {
    Story story = Story.serving().reloaded().parked(1).reload().noRoom(3);

    assertEquals(List.of(), story.drained(2).did(), "generation 1 still drains");
    assertEquals(List.of("Spawn(3 [1])"), story.counted(1, 0, 0, -1).killed(1, 15).did());
  }

  @Test
  void anOldOneThatDiesWhileItMakesRoomHasMadeIt() {
    assertEquals(List.of("Spawn(2 [1])"), making(0).killed(1, 9).did());
  }

  @Test
  void anOldOneThatDoesNotEndIsKilledAndThenTheNewOneStarts() {
    Story story = making(0).parked(1);
    story.passToDeadline().passToDeadline().passToDeadline();
    assertEquals("KILLED", story.state(1));
    assertEquals(List.of("Spawn(2 [1])"), story.killed(1, 9).did());
  }

  @Test
  void aFailureIsAnsweredAndJhotEndsWithItsCodeUnlessItRestarts() {
    Story story = made(0).exited(2, 3);

    assertEquals(
        List.of("ReloadFailed(2)", "CloseListeners()", "Exit(3)"),
        story.did(),
        "not with the code of the one that was asked to end, which is mapped to 0");
  }

  @Test
  void whereItRestartsTheSocketsAreKeptUntilOneComesUp() {
    Story story = made(-1).exited(2, 3);
    assertEquals(List.of("ReloadFailed(2)"), story.did());

    assertEquals(List.of("Spawn(3 [1])"), story.passToDeadline().did());
    assertEquals(List.of(), story.spawned(3).exited(3, 3).did(), "it was nobody's reload");
    assertEquals(List.of("Spawn(4 [1])"), story.passToDeadline().did());
    story.spawned(4).connected(4).taken(4, 1);
    assertEquals("LIVE", story.state(4));
  }

  @Test
  void aNewOneThatHangsIsEndedAndAnswered() {
    Story story = made(0).pass(Story.READY_TIMEOUT);
    assertEquals(List.of("SignalStop(2)", "ReloadFailed(2)"), story.did());
    assertEquals(List.of("CloseListeners()", "Exit(125)"), story.killed(2, 15).did());
  }

  @Test
  void restartsOfOldDoNotCountAgainstTheNewOne() {
    Story story = serving(Overlap.AUTO, 1).exited(1, 3).passToDeadline();
    story.spawned(2).connected(2).taken(2, 1).reload().noRoom(3).drained(2);
    assertEquals(List.of("ReloadFailed(3)"), story.spawned(3).exited(3, 3).did());
    assertFalse(story.fleet.ending(), "it has a restart to come");
  }

  @Test
  void aStopWhileRoomIsMadeAnswersTheReloadAndStartsNothing() {
    Story story = making(0).stop();
    assertEquals(List.of("ReloadFailed(2)", "Park(1 last)"), story.did());
    story.drained(1);
    assertEquals(List.of("Exit(0)"), story.did());
  }

  @Test
  void aStopBeforeTheAnswerLeavesNothingToWaitFor() {
    Story story = serving(Overlap.AUTO, 0).reload().stop().noRoom(2);
    assertEquals("GONE", story.state(2));
    assertEquals("PARKING", story.state(1));
  }

  @Test
  void theNextReloadIsLookedAtAnew() {
    Story story = made(0).taken(2, 1);
    assertEquals(List.of("Spawn(3 [1])"), story.reload().did());
    story.spawned(3).connected(3).taken(3, 1).live(3);
    assertEquals("LIVE", story.state(3));
  }
}
