package io.jhot.supervisor;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.jhot.supervisor.Policy.AgentExpectation;
import io.jhot.supervisor.Policy.Readiness;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Which listeners jhot keeps, gives on, and lets go of. */
class FleetListenersTest {

  @Test
  void nextGenerationIsGivenAllListenersThereAre() {
    Story story = new Story(Story.java()).start(7).spawned(1).connected(1).taken(1, 7);
    story.opened(1, 9).opened(1, 8);

    assertEquals(List.of("Spawn(2 [7, 8, 9])"), story.reload().did());
  }

  @Test
  void listenerThatTheServingGenerationClosesIsReleased() {
    Story story = Story.serving().closed(1, 1);

    assertEquals(List.of("ReleaseListener(1)"), story.did());
    assertEquals(List.of("Spawn(2 [])"), story.reload().did());
  }

  @Test
  void listenerThatTheAppOpensAgainIsANewOne() {
    Story story = Story.serving().closed(1, 1).opened(1, 2);

    assertEquals(Story.ids(2), story.generation(1).listeners());
    assertEquals(List.of("Spawn(2 [2])"), story.reload().did());
  }

  @Test
  void listenerThatTheFirstGenerationClosesBeforeItIsReadyIsReleased() {
    Story story =
        new Story(Story.policy(Readiness.NOTIFY, AgentExpectation.CERTAIN))
            .start()
            .spawned(1)
            .connected(1)
            .opened(1, 1);

    assertEquals(List.of("ReleaseListener(1)"), story.closed(1, 1).did());
  }

  @Test
  void ownListenerIsNeverReleasedBeforeTheEnd() {
    Story story = new Story(Story.java()).start(7).spawned(1).connected(1).taken(1, 7);

    assertEquals(List.of(), story.closed(1, 7).did());
    story.reload().spawned(2).connected(2).exited(2, 1);
    assertEquals(List.of("Spawn(3 [7])"), story.reload().did());
  }

  @Test
  void closingTwiceReleasesOnce() {
    Story story = Story.serving().closed(1, 1).closed(1, 1);

    assertEquals(List.of(), story.did());
  }

  @Test
  void listenerThatAnOldGenerationClosesIsOnlyForgottenForThatOne() {
    Story story = Story.serving().reloaded().closed(1, 1);

    assertEquals(List.of(), story.did());
    assertEquals(Story.ids(), story.generation(1).listeners());
    assertEquals(Story.ids(1), story.generation(2).listeners());
  }

  @Test
  void listenerIsKeptForTheSuccessorWhenTheServingGenerationClosesIt() {
    Story offered = Story.serving().reloading().closed(1, 1);
    assertEquals(List.of(), offered.did());

    Story taken = Story.serving().opened(1, 2).reloading().taken(2, 1).closed(1, 1);
    assertEquals(List.of(), taken.did());
    assertEquals(Story.ids(1, 2), taken.fleet.adopted());
  }

  @Test
  void listenerThatWasKeptForASuccessorGoesWhenThatFails() {
    Story story = Story.serving().reloading().closed(1, 1).exited(2, 1);

    assertEquals(List.of("ReloadFailed(2)", "ReleaseListener(1)"), story.did());
  }

  @Test
  void listenerOfAFailedSuccessorGoesWithIt() {
    Story story = Story.serving().reloading().opened(2, 5).exited(2, 1);

    assertEquals(List.of("ReloadFailed(2)", "ReleaseListener(5)"), story.did());
    assertEquals(Story.ids(1), story.fleet.adopted());
  }

  @Test
  void listenerOfASuccessorThatIsKilledGoesWhenTheProcessIsGone() {
    Story story = Story.serving().reloading().opened(2, 5).pass(Story.READY_TIMEOUT);
    assertEquals(List.of("Kill(2)", "ReloadFailed(2)"), story.did());

    assertEquals(List.of("ReleaseListener(5)"), story.killed(2, 9).did());
  }

  @Test
  void listenerThatTheSuccessorHasNoUseForGoesWhenTheTimeToTakeItIsUp() {
    Story story = Story.serving().opened(1, 2).reloading().taken(2, 1).ready(2).live(2);
    story.parked(1);
    assertEquals(List.of(), story.did(), "generation 2 may take it yet");

    story.drained(1);
    assertEquals(List.of(), story.pass(Story.READY_TIMEOUT - 1).did());

    assertEquals(List.of("ReleaseListener(2)"), story.pass(1).did());
  }

  @Test
  void listenerThatTheSuccessorTakesAfterItsWordStays() {
    Story story = Story.serving().opened(1, 2).reloading().taken(2, 1).ready(2).live(2);

    story.pass(10_000).taken(2, 2).drained(1).pass(3_600_000);

    assertEquals(List.of(), story.did());
    assertEquals(Story.ids(1, 2), story.fleet.adopted());
  }

  @Test
  void listenersWaitForAGenerationThatCountedAsReadyBeforeItBound() {
    Story story = new Story(Story.policy(Readiness.EXEC, AgentExpectation.CERTAIN)).start();
    story.spawned(1).connected(1).opened(1, 1).reload().spawned(2);
    assertEquals("LIVE", story.state(2));

    story.drained(1);
    assertEquals(List.of(), story.did());
    story.connected(2).pass(5_000).taken(2, 1);

    assertEquals(Story.ids(1), story.fleet.adopted());
    assertEquals(List.of("Spawn(3 [1])"), story.reload().did());
  }

  @Test
  void listenersAreKeptWhileNobodyServes() {
    Story story = Story.serving(Story.restarting(-1)).exited(1, 1);
    story.pass(100).spawned(2).exited(2, 1);

    assertEquals(List.of(), story.did());
    assertEquals(List.of("Spawn(3 [1])"), story.pass(200).did());
  }

  @Test
  void listenerThatARestartedGenerationProbesAndClosesIsKeptForItsBind() {
    Story story = Story.serving(Story.restarting(-1)).opened(1, 2).exited(1, 1).pass(100);

    story.spawned(2).connected(2).taken(2, 1).closed(2, 1);

    assertEquals(List.of(), story.did());
    assertEquals(Story.ids(1, 2), story.generation(2).sockets().offered());
  }

  @Test
  void listenerOpenedByAGenerationThatIsGoneIsReleasedAtOnce() {
    Story story = Story.serving().reloading().exited(2, 1);
    Fleet before = story.fleet;

    assertEquals(List.of("ReleaseListener(5)"), story.opened(2, 5).did());
    assertEquals(List.of("ReleaseListener(6)"), story.opened(99, 6).did());
    assertEquals(before, story.fleet);
  }

  @Test
  void lateWordAboutAListenerThatIsKnownReleasesNothing() {
    Story story = Story.serving().reloading().exited(2, 1);

    assertEquals(List.of(), story.opened(2, 1).did());
  }

  @Test
  void listenerOpenedAfterTheListenersWereClosedIsReleasedAtOnce() {
    Story story = Story.serving().stop().parked(1);
    assertEquals(List.of("CloseListeners()"), story.did());

    assertEquals(List.of("ReleaseListener(5)"), story.opened(1, 5).did());
    assertEquals(Story.ids(), story.fleet.adopted());
  }

  @Test
  void listenerThatJhotLetGoOfCannotBeTakenForItsCopyIsGone() {
    Story story = Story.serving().closed(1, 1);
    Fleet before = story.fleet;

    story.taken(1, 1);

    assertEquals(before, story.fleet);
  }

  @Test
  void listenerThatOnlyAParkedGenerationHoldsIsReleased() {
    Story story = Story.serving().reloaded().parked(1);

    assertEquals(List.of("ReleaseListener(1)"), story.closed(2, 1).did());
  }

  @Test
  void listenerThatAnOldGenerationStillAcceptsOnIsKept() {
    Story story = Story.serving(Story.delaying(3_000)).reloaded().closed(2, 1);
    assertEquals(List.of(), story.did());

    story.pass(3_000).parked(1);

    assertEquals(List.of("ReleaseListener(1)"), story.did());
  }

  @Test
  void listenerThatWasKeptForASuccessorDoesNotWaitForItsDeath() {
    Story story = Story.serving().opened(1, 2).reloading().closed(1, 1);

    story.pass(Story.READY_TIMEOUT);

    assertEquals(List.of("Kill(2)", "ReloadFailed(2)", "ReleaseListener(1)"), story.did());
  }
}
