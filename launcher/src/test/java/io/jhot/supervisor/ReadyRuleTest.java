package io.jhot.supervisor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.jhot.supervisor.Policy.AgentExpectation;
import io.jhot.supervisor.Policy.Overlap;
import io.jhot.supervisor.Policy.Readiness;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** A service of which jhot knows little: no agent, no listener, or one that is seen only. */
class ReadyRuleTest {
  private static final String WEB = "tcp://[::]:8080";

  private static Story story(AgentExpectation agent) {
    return new Story(Story.policy(Readiness.AUTO, agent));
  }

  /** Generation 1 has an agent, opens no listener, and was taken as running. */
  private static Story consumer() {
    return new Story(Story.java()).start().spawned(1).connected(1).pass(Story.READY_TIMEOUT);
  }

  @Test
  void firstGenerationThatOpensNoListenerIsTakenAsRunningAtTheTimeout() {
    Story story = story(AgentExpectation.CERTAIN).start().spawned(1).connected(1);

    assertEquals("STARTING", story.pass(Story.READY_TIMEOUT - 1).state(1));
    story.pass(1);

    assertEquals("LIVE", story.state(1));
    assertEquals(
        "INFO generation 1 serves: it has opened no listener: taken as running",
        story.said().getLast());
  }

  @Test
  void firstGenerationOfAnUnknownJdkIsTakenAsRunningAtTheTimeout() {
    Story story = story(AgentExpectation.CERTAIN).start().spawned(1).pass(5_000);
    assertEquals(
        List.of(
            "WARN generation 1 has no connection to jhot's agent: until it has, jhot goes by what"
                + " it sees from outside, and cannot hand the app's sockets over"),
        story.said());
    assertEquals(List.of("LookForListeners(1)"), story.did());

    story.pass(Story.READY_TIMEOUT - 5_000);

    assertEquals("LIVE", story.state(1));
    assertEquals(
        "has opened no listener and runs without jhot's agent: taken as running", story.why(1));
  }

  @Test
  void listenerThatIsSeenFromOutsideMakesAnUnknownJvmReady() {
    Story story = story(AgentExpectation.CERTAIN).start().spawned(1).pass(5_000);

    assertEquals(List.of("MarkReady(1)"), story.seen(1, WEB).did());
    assertEquals("listens on tcp://[::]:8080, and runs without jhot's agent", story.why(1));
  }

  @Test
  void listenerOfAnotherAgentIsNotTheAppsAsLongAsJhotsMayComeUp() {
    Story story = story(AgentExpectation.CERTAIN).start().spawned(1).pass(2_000).seen(1, WEB);
    assertEquals("STARTING", story.state(1));

    story.connected(1).pass(10_000).seen(1, WEB);
    assertEquals("STARTING", story.state(1));

    assertEquals(List.of("MarkReady(1)"), story.opened(1, 1).did());
  }

  @Test
  void listenersAreLookedForEachSecondUntilTheGenerationIsReady() {
    Story story = story(AgentExpectation.CERTAIN).start().spawned(1).connected(1);

    assertEquals(List.of(), story.pass(4_999).did());
    assertEquals(List.of("LookForListeners(1)"), story.pass(1).did());
    assertEquals(List.of(), story.pass(999).did());
    assertEquals(List.of("LookForListeners(1)"), story.pass(1).did());
    assertEquals(List.of("MarkReady(1)"), story.opened(1, 1).did());
    assertEquals(Long.MAX_VALUE, story.fleet.nextDeadline());
  }

  @Test
  void listenerThatTheAgentDidNotTellOfIsNamedAtTheTimeout() {
    Story story = story(AgentExpectation.CERTAIN).start().spawned(1).connected(1).seen(1, WEB);

    story.pass(Story.READY_TIMEOUT);

    assertEquals(
        "listens on tcp://[::]:8080, which jhot cannot hand over: taken as running", story.why(1));
  }

  @Test
  void lookHappensBeforeAShortTimeoutToo() {
    Policy hasty = Policies.with().readyTimeout(2_000).policy();
    Story story = new Story(hasty).start().spawned(1);

    assertEquals(List.of("LookForListeners(1)"), story.pass(1_000).did());
    story.seen(1, WEB);
    assertEquals("STARTING", story.state(1));

    assertEquals("LIVE", story.pass(1_000).state(1));
  }

  @Test
  void appThatBreaksItsPromiseToSayWhenItIsReadyIsNotEndedForIt() {
    Story story = new Story(Story.java()).start().spawned(1).connected(1).declared(1).opened(1, 1);

    story.pass(Story.READY_TIMEOUT);

    assertEquals("LIVE", story.state(1));
    assertEquals(
        "has not said that it is ready, as it had declared: taken as running", story.why(1));
  }

  @Test
  void probeThatHasNothingToProbeIsAFailedStart() {
    Story story = new Story(Story.trying(true, false)).start().spawned(1).connected(1);

    story.pass(Story.READY_TIMEOUT);

    assertEquals("STOPPING", story.state(1));
    assertTrue(
        story.said().getLast().endsWith("a service that opens none is probed with --ready exec"),
        () -> story.said().toString());
  }

  @Test
  void processThatEndsIsAFailedStartWhateverIsKnownOfIt() {
    Story story = story(AgentExpectation.CERTAIN).start().spawned(1).pass(6_000).exited(1, 3);

    assertEquals(List.of("CloseListeners()", "Exit(3)"), story.did());
  }

  @Test
  void reloadOfAServiceWithoutListenersIsReadyWhenItHasLivedForAWhile() {
    Story story = consumer();
    story.reload().spawned(2).connected(2);

    assertEquals("STARTING", story.pass(Policy.READY_AFTER - 1).state(2));
    assertEquals("LIVE", story.state(1));

    assertEquals(List.of("GoLive(2)"), story.pass(1).did());
    assertEquals(
        List.of("RestoreOutput(2)", "MarkReady(2)", "ReloadSucceeded(2)", "Park(1)"),
        story.live(2).did());
    assertEquals(
        "generation 2 serves: it has run for 5 s and has opened no listener, as the one before it:"
            + " no more is known",
        story.reason());
  }

  @Test
  void reloadOfAServiceWithoutListenersFailsIfTheNewOneEndsInThatTime() {
    Story story = consumer();
    Generation old = story.generation(1);

    story.reload().spawned(2).connected(2).pass(3_000).exited(2, 1);

    assertEquals("generation 2 exited with code 1 before it was ready", story.reason());
    assertEquals(old, story.generation(1));
  }

  @Test
  void successorOfOneThatSaidThatItIsReadyIsWaitedForToSayItToo() {
    Story story = new Story(Story.java()).start().spawned(1).connected(1).ready(1);
    story.reload().spawned(2).connected(2).pass(Policy.READY_AFTER + 1_000);
    assertEquals("STARTING", story.state(2));
    assertEquals("has not said that it is ready, as generation 1 did", story.why(2));

    assertEquals(List.of("GoLive(2)"), story.ready(2).did());
  }

  @Test
  void successorOfAnUnknownJvmWithoutListenersIsReadyWhenItHasLivedForAWhile() {
    Story story = story(AgentExpectation.CERTAIN).start().spawned(1).pass(Story.READY_TIMEOUT);
    story.reload().spawned(2);

    assertEquals("STARTING", story.pass(4_999).state(2));

    assertEquals("LIVE", story.pass(1).state(2));
    assertEquals(
        "generation 2 serves: it has run for 5 s, and nothing more can be known without jhot's"
            + " agent",
        story.reason());
  }

  @Test
  void successorThatDiesOfATakenPortDoesNotEndTheOneThatServes() {
    for (AgentExpectation agent : AgentExpectation.values()) {
      Story story = story(agent).start().spawned(1).pass(Story.READY_TIMEOUT);
      assertEquals("LIVE", story.state(1), agent.toString());

      story.reload().spawned(2).pass(1_000).exited(2, 1);

      assertEquals("LIVE", story.state(1), agent.toString());
      assertEquals(List.of("ReloadFailed(2)"), story.did(), agent.toString());
    }
  }

  @Test
  void successorOfOneThatSharesItsPortHasToBeSeenThere() {
    for (AgentExpectation agent : AgentExpectation.values()) {
      Story story = story(agent).start().spawned(1).pass(5_000).seen(1, WEB);
      story.reload().spawned(2).pass(Policy.READY_AFTER);
      assertEquals("STARTING", story.state(2), agent.toString());
      assertTrue(story.why(2).startsWith("does not listen on tcp://[::]:8080 yet"), story.why(2));

      story.seen(2, WEB);

      assertEquals("LIVE", story.state(2), agent.toString());
      assertEquals(
          "generation 2 serves: it has run for 5 s and listens on tcp://[::]:8080",
          story.reason(),
          agent.toString());
    }
  }

  @Test
  void listenersOfAnAgentThatNobodyExpectedAreDueInTheNextGeneration() {
    Story story = story(AgentExpectation.UNEXPECTED).start().spawned(1);
    assertEquals("LIVE", story.state(1), "nobody is waited for");
    story.connected(1).opened(1, 7);

    story.reload().spawned(2).pass(Policy.READY_AFTER + 1_000);

    assertEquals("STARTING", story.state(2));
    story.connected(2).taken(2, 7).live(2);
    assertEquals("LIVE", story.state(2));
  }

  @Test
  void successorThatIsNotSeenOnTheSharedPortInTimeLeavesTheOldOneAlone() {
    Story story = story(AgentExpectation.NONE).start().spawned(1).seen(1, WEB);
    story.reload().spawned(2);

    story.pass(Story.READY_TIMEOUT);

    assertEquals(List.of("LookForListeners(2)", "Kill(2)", "ReloadFailed(2)"), story.did());
    assertEquals("LIVE", story.state(1));
  }

  @Test
  void listenerThatNeedNotLastIsNotWaitedFor() {
    Story story = story(AgentExpectation.NONE).start().spawned(1);
    story.tell(new Event.ListenersSeen(story.now, 1, new TreeSet<>(Set.of(WEB)), new TreeSet<>()));

    story.reload().spawned(2).pass(Policy.READY_AFTER);

    assertEquals("LIVE", story.state(2));
  }

  @Test
  void reloadThatCannotWorkIsRefusedAndTheOneThatServesNoticesNothing() {
    Story story = story(AgentExpectation.NONE).start().spawned(1);
    Generation old = story.generation(1);

    story.reload().refused(2);

    assertEquals(List.of("ReloadFailed(2)"), story.did());
    assertEquals("generation 2 was not started: it would find its port taken", story.reason());
    assertEquals(old, story.generation(1));
    assertEquals(List.of("Spawn(3 [])"), story.reload().did());
  }

  @Test
  void successorWithoutOverlapProvesItselfToo() {
    Story story = new Story(alone()).start().spawned(1).seen(1, WEB);
    story.reload().noRoom(2).exited(1, 143).spawned(2);
    assertEquals("STARTING", story.pass(Policy.READY_AFTER).state(2));

    story.seen(2, WEB);

    assertEquals("LIVE", story.state(2));
  }

  @Test
  void successorWithoutOverlapIsNotEndedForBeingSeenNowhere() {
    Story story = new Story(alone()).start().spawned(1).seen(1, WEB);
    story.reload().noRoom(2).exited(1, 143).spawned(2);

    story.pass(Story.READY_TIMEOUT);

    assertEquals("LIVE", story.state(2));
    assertEquals("does not listen on tcp://[::]:8080 as before: taken as running", story.why(2));
  }

  private static Policy alone() {
    return Policies.with().agent(AgentExpectation.NONE).overlap(Overlap.NEVER).policy();
  }
}
