package io.jhot.supervisor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.jhot.supervisor.Policy.AgentExpectation;
import io.jhot.supervisor.Policy.Readiness;
import java.util.List;
import org.junit.jupiter.api.Test;

/** When a generation counts as ready, and what happens to it if it does not. */
class StartupTest {

  private static Story story(Readiness ready, AgentExpectation agent) {
    return new Story(Story.policy(ready, agent));
  }

  @Test
  void startingSpawnsTheFirstGenerationWithJhotsOwnListeners() {
    Story story = new Story(Story.java()).start(3, 4);

    assertEquals(List.of("Spawn(1 [3, 4])"), story.did());
    assertEquals("UNBORN", story.state(1));
  }

  @Test
  void firstGenerationIsReadyWithItsFirstListener() {
    Story story = new Story(Story.java()).start().spawned(1).connected(1);
    assertEquals(List.of(), story.did());

    story.opened(1, 1);

    assertEquals(List.of("MarkReady(1)"), story.did());
    assertEquals("LIVE", story.state(1));
  }

  @Test
  void oneWhoseJvmRefusedTheAgentRunsAgainAndIsReadyWithoutAListener() {
    Story story = story(Readiness.AUTO, AgentExpectation.POSSIBLE).start().spawned(1);

    story.startedAgain(1);

    assertEquals(List.of("MarkReady(1)"), story.did());
    assertEquals("LIVE", story.state(1));
    assertEquals(2001, story.generation(1).birth().pid());
  }

  @Test
  void firstGenerationIsReadyWhenItTakesAListenerThatJhotOpened() {
    Story story = new Story(Story.java()).start(3).spawned(1).connected(1).taken(1, 3);

    assertEquals("LIVE", story.state(1));
  }

  @Test
  void explicitWordWinsOverEverythingElseThatAutoWaitsFor() {
    Story story = new Story(Story.java()).start().spawned(1).connected(1).ready(1);

    assertEquals("LIVE", story.state(1));
  }

  @Test
  void notifyWaitsForTheWordHoweverManyListenersAreOpen() {
    Story story = story(Readiness.NOTIFY, AgentExpectation.CERTAIN).start().spawned(1).connected(1);

    story.opened(1, 1);
    assertEquals("STARTING", story.state(1));
    assertEquals("has not said READY=1 yet", story.why(1));

    story.ready(1);
    assertEquals("LIVE", story.state(1));
  }

  @Test
  void execIsReadyAsSoonAsItRuns() {
    Story story = story(Readiness.EXEC, AgentExpectation.CERTAIN).start();
    assertEquals("UNBORN", story.state(1));

    assertEquals(List.of("MarkReady(1)"), story.spawned(1).did());
  }

  @Test
  void withoutAnAgentTheAppIsReadyAsSoonAsItRuns() {
    Story story = story(Readiness.AUTO, AgentExpectation.NONE).start(3).spawned(1);

    assertEquals("LIVE", story.state(1));
  }

  @Test
  void firstGenerationThatHadNothingToProveLeavesNoLineInTheLog() {
    for (Policy policy :
        List.of(
            Story.policy(Readiness.AUTO, AgentExpectation.NONE),
            Story.policy(Readiness.EXEC, AgentExpectation.CERTAIN))) {
      Story story = new Story(policy).start();
      assertEquals(List.of(), story.said());
      story.spawned(1);
      assertEquals("LIVE", story.state(1));
      assertTrue(story.said().getFirst().startsWith("DEBUG"), story.said().toString());
    }
  }

  @Test
  void everyOtherStepOfAGenerationLeavesALineInTheLog() {
    Story story = new Story(Story.java()).start().spawned(1).connected(1).opened(1, 1);
    assertEquals(List.of("INFO generation 1 serves: it holds {listener:1}"), story.said());

    assertEquals(List.of("INFO generation 2 starts"), story.reload().said());
    story.spawned(2).connected(2).taken(2, 1).live(2);
    assertEquals(
        List.of("INFO generation 1 drains: it was replaced by generation 2"), story.said());
    story.drained(1);
    assertEquals(List.of("INFO generation 1 is gone: it was killed by SIGTERM"), story.said());
  }

  @Test
  void scriptThatBringsUpNoJvmIsTakenAsRunningAfterFiveSeconds() {
    Story story = story(Readiness.AUTO, AgentExpectation.POSSIBLE).start().spawned(1);

    assertEquals("STARTING", story.pass(4_999).state(1));
    assertEquals("LIVE", story.pass(1).state(1));
    assertEquals("runs, and no JVM with jhot's agent came up in it", story.why(1));
  }

  @Test
  void scriptThatBringsUpAJvmIsWaitedFor() {
    Story story = story(Readiness.AUTO, AgentExpectation.POSSIBLE).start().spawned(1).connected(1);

    assertEquals("STARTING", story.pass(5_000).state(1));
    assertEquals("LIVE", story.opened(1, 1).state(1));
  }

  @Test
  void scriptWhoseOnlyJvmWasAProbeIsTakenAsRunningFiveSecondsAfterThat() {
    Story story = story(Readiness.AUTO, AgentExpectation.POSSIBLE).start().spawned(1).connected(1);

    story.pass(3_000).lost(1);

    assertEquals("STARTING", story.pass(4_999).state(1));
    assertEquals("LIVE", story.pass(1).state(1));
  }

  @Test
  void hopeForAnAgentEndsWithTheReadyTimeoutAndIsSettledFirst() {
    Policy hasty = Policies.with().agent(AgentExpectation.POSSIBLE).readyTimeout(2_000).policy();
    Story story = new Story(hasty).start().spawned(1);

    assertEquals(List.of("MarkReady(1)"), story.pass(2_000).did(), "a look would be of no use");
    assertEquals("LIVE", story.state(1));
  }

  @Test
  void scriptWithoutAJvmDoesNotReplaceAGenerationWhoseListenersItCannotTake() {
    Story story = Story.serving(Story.policy(Readiness.AUTO, AgentExpectation.POSSIBLE));
    story.reload().spawned(2);

    story.pass(5_000);
    assertEquals("STARTING", story.state(2));

    story.pass(Story.READY_TIMEOUT - 5_000);
    assertEquals(
        "generation 2 was not ready after 60 s: it does not hold {listener:1} yet, and has no"
            + " connection to jhot's agent",
        story.reason());
    assertEquals("LIVE", story.state(1));
  }

  @Test
  void successorIsReadyWhenItHoldsEveryListenerOfTheOneThatServes() {
    Story story = Story.serving().opened(1, 2).reloading();

    story.taken(2, 1);
    assertEquals("STARTING", story.state(2));
    assertEquals("does not hold {listener:2} yet", story.why(2));

    story.taken(2, 2);
    assertEquals(List.of("GoLive(2)"), story.did());
  }

  @Test
  void successorThatListensElsewhereOnlyIsNotReady() {
    Story story = Story.serving().reloading().opened(2, 5);

    assertEquals("STARTING", story.state(2));
    assertEquals("does not hold {listener:1} yet", story.why(2));
  }

  @Test
  void successorOwesNoListenerThatItWasNotGiven() {
    Story story = Story.serving().reloading();

    story.opened(1, 2); // opened when generation 2 had been spawned with listener 1
    story.taken(2, 1);

    assertEquals(List.of("GoLive(2)"), story.did());
  }

  @Test
  void successorIsReadyWhenItsPredecessorClosesTheListenerThatItLacks() {
    Story story = Story.serving().opened(1, 2).reloading().taken(2, 1);

    story.closed(1, 2);

    assertEquals(List.of("GoLive(2)"), story.did());
  }

  @Test
  void successorThatOnlyProbedAPortStillOwesIt() {
    Story story = Story.serving().opened(1, 2).reloading();

    story.taken(2, 1).closed(2, 1).taken(2, 2);

    assertEquals("STARTING", story.state(2));
    assertEquals("does not hold {listener:1} yet", story.why(2));
  }

  @Test
  void successorOfAGenerationWithoutListenersIsMeasuredLikeTheFirst() {
    Story story = new Story(Story.java()).start().spawned(1).connected(1).ready(1);
    story.reloading();
    assertEquals("STARTING", story.state(2));

    story.opened(2, 1);
    assertEquals(List.of("GoLive(2)"), story.did());
  }

  @Test
  void successorWithoutAgentServesAtOnceWhenItSaysSo() {
    Story story = Story.serving();
    story.reload().spawned(2).ready(2);

    assertEquals(List.of("MarkReady(2)", "ReloadSucceeded(2)", "Park(1)"), story.did());
  }

  @Test
  void readinessSaidBeforeTheSpawnWasSeenCountsWhenItIs() {
    Story story = Story.serving().reload();

    story.ready(2);
    assertEquals("UNBORN", story.state(2));

    assertEquals(List.of("MarkReady(2)", "ReloadSucceeded(2)", "Park(1)"), story.spawned(2).did());
  }

  @Test
  void listenersAndAgentSeenBeforeTheSpawnCountWhenItIsSeen() {
    Story story = Story.serving().reload().connected(2).taken(2, 1);
    assertEquals("UNBORN", story.state(2));

    assertEquals(List.of("GoLive(2)"), story.spawned(2).did());
  }

  @Test
  void successorThatIsNotReadyInTimeIsKilledAndTheOldOneIsWhatItWas() {
    Story story = Story.serving();
    Generation old = story.generation(1);
    story.reloading();

    story.pass(Story.READY_TIMEOUT - 1);
    assertEquals("STARTING", story.state(2));
    story.pass(1);

    assertEquals(List.of("Kill(2)", "ReloadFailed(2)"), story.did());
    assertEquals(
        "generation 2 was not ready after 60 s: it does not hold {listener:1} yet", story.reason());
    assertEquals(old, story.generation(1));
    assertEquals(List.of(), story.killed(2, 9).did());
    assertEquals(old, story.generation(1));
  }

  @Test
  void reasonNamesEveryListenerThatIsLacking() {
    Story story = Story.serving().opened(1, 2).opened(1, 3).reloading();

    story.pass(Story.READY_TIMEOUT);

    assertEquals(
        "generation 2 was not ready after 60 s: it does not hold {listener:1}, {listener:2} and"
            + " {listener:3} yet",
        story.reason());
  }

  @Test
  void listenerThatComesInTheLastMillisecondIsInTime() {
    Story story = Story.serving().reloading();
    story.now += Story.READY_TIMEOUT;

    assertEquals(List.of("GoLive(2)"), story.taken(2, 1).did());
  }

  @Test
  void deathThatIsSeenAfterTheLossOfTheAgentIsWhatIsTold() {
    Story story = Story.serving().reloading().taken(2, 1);

    story.lost(2).pass(20).exited(2, 3);

    assertEquals("generation 2 exited with code 3 before it was ready", story.reason());
  }

  @Test
  void firstGenerationThatDoesNotSayThatItIsReadyInTimeIsAskedToEndAndJhotExitsWith125() {
    Story story = story(Readiness.NOTIFY, AgentExpectation.CERTAIN).start().spawned(1).connected(1);

    story.pass(Story.READY_TIMEOUT);

    assertEquals(List.of("SignalStop(1)"), story.did());
    assertEquals(
        List.of("ERROR generation 1 was not ready after 60 s: it has not said READY=1 yet"),
        story.said());
    assertEquals(List.of("CloseListeners()", "Exit(125)"), story.killed(1, 15).did());
  }

  @Test
  void firstGenerationThatIsNotReadyAndDoesNotEndIsKilled() {
    Story story = story(Readiness.NOTIFY, AgentExpectation.CERTAIN).start().spawned(1).connected(1);
    story.pass(Story.READY_TIMEOUT);

    assertEquals(
        List.of("NameConnections(1)", "DumpThreads(1)"), story.pass(Story.DRAIN_TIMEOUT).did());
    assertEquals(List.of("Kill(1)"), story.dumped(1).did());
    assertEquals(List.of("CloseListeners()", "Exit(125)"), story.killed(1, 9).did());
  }

  @Test
  void wordThatComesAfterTheTimeIsTooLate() {
    Story story = Story.serving().reloading();
    story.pass(Story.READY_TIMEOUT);
    Fleet before = story.fleet;

    story.ready(2);

    assertEquals(before, story.fleet);
    assertFalse(story.generation(2).word().ready());
  }

  @Test
  void whyOfAGenerationThatStartsTellsWhatItLacks() {
    Story story = new Story(Story.java()).start();
    assertEquals("is being started", story.why(1));

    story.spawned(1);
    assertEquals(
        "has not opened a listener yet, and has no connection to jhot's agent", story.why(1));

    story.connected(1);
    assertEquals("has not opened a listener yet", story.why(1));
  }

  @Test
  void successorOwesNothingOnceTheOneThatServesHasClosedItsLast() {
    Story story = Story.serving(Story.policy(Readiness.AUTO, AgentExpectation.POSSIBLE));
    story.reload().spawned(2).pass(4_000).connected(2);

    story.closed(1, 1);
    assertEquals("STARTING", story.state(2));

    assertEquals(List.of("GoLive(2)"), story.opened(2, 5).did());
  }

  @Test
  void appThatDeclaredToSaySoIsNotReadyByItsListener() {
    Story story = new Story(Story.java()).start().spawned(1).connected(1).declared(1).opened(1, 1);
    assertEquals("STARTING", story.state(1));
    assertEquals(
        "has declared that it says when it is ready, and has not said so yet", story.why(1));

    assertEquals("LIVE", story.ready(1).state(1));
  }

  @Test
  void declarationAfterTheFirstListenerIsTooLateAndSaidOnce() {
    Story story = new Story(Story.java()).start().spawned(1).connected(1).opened(1, 1).declared(1);

    assertEquals("LIVE", story.state(1));
    assertEquals(1, story.said().size());
    assertEquals(List.of(), story.declared(1).said());
  }
}
