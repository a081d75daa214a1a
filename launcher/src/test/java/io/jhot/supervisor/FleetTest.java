package io.jhot.supervisor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.jhot.supervisor.Policy.AgentExpectation;
import java.util.HashMap;
import java.util.Map;
import java.util.SortedSet;
import org.junit.jupiter.api.Test;

/** The values that the state machine is made of. */
class FleetTest {

  @Test
  void fleetThatHasNotStartedWaitsForNothing() {
    Fleet fleet = Fleet.initial(Story.java());

    assertEquals(Long.MAX_VALUE, fleet.nextDeadline());
    assertNull(fleet.starting());
    assertNull(fleet.serving());
    assertNull(fleet.generation(1));
  }

  @Test
  void nextDeadlineIsTheNearestOfAll() {
    Story story = Story.serving();
    assertEquals(Long.MAX_VALUE, story.fleet.nextDeadline());

    story.reloading();
    assertEquals(story.now + 60_000, story.fleet.nextDeadline());

    story.pass(1_000).taken(2, 1);
    assertEquals(story.now + Takeover.exchange(1), story.fleet.nextDeadline());

    story.live(2);
    assertEquals(story.now + Takeover.exchange(1), story.fleet.nextDeadline());

    story.pass(1_000).parked(1);
    assertEquals(story.now + 24_000, story.fleet.nextDeadline());
  }

  @Test
  void waitForARestartIsADeadline() {
    Story story = Story.serving(Story.restarting(1)).exited(1, 1);

    assertEquals(story.now + 100, story.fleet.nextDeadline());
  }

  @Test
  void timesThatNeverEndDoNotOverflow() {
    Policy patient =
        Policies.with()
            .readyTimeout(Long.MAX_VALUE)
            .drainDelay(Long.MAX_VALUE)
            .drainTimeout(Long.MAX_VALUE)
            .policy();
    Story story = Story.serving(patient).reloading();
    story.pass(1_000_000_000_000L);
    assertEquals("STARTING", story.state(2));

    story.taken(2, 1).live(2).pass(1_000_000_000_000L);
    assertEquals("DELAYED", story.state(1));
  }

  @Test
  void stepComesToAnEndAtAnyMoment() {
    for (long moment : new long[] {Long.MIN_VALUE, -1, 0, Long.MAX_VALUE - 1, Long.MAX_VALUE}) {
      Story story = new Story(Story.restarting(-1));
      story.now = moment;
      story.start(1).spawned(1).connected(1).taken(1, 1).reloading();
      story.tell(new Event.TimePassed(Long.MAX_VALUE));
      assertEquals("LIVE", story.state(1));
      story.exited(2, 1).exited(1, 1).tell(new Event.TimePassed(Long.MAX_VALUE)).stop();
    }
  }

  @Test
  void stepDoesNotChangeTheFleetThatItWasGiven() {
    Story story = Story.serving().reloading();
    Fleet before = story.fleet;
    String text = before.toString();

    story.taken(2, 1).live(2).drained(1);

    assertEquals(text, before.toString());
  }

  @Test
  void fleetAndStepCannotBeChangedFromOutside() {
    Story story = Story.serving();
    Step step = Transitions.step(story.fleet, new Event.ReloadRequested(story.now));
    SortedSet<Integer> listeners = step.fleet().generation(1).listeners();

    assertThrows(UnsupportedOperationException.class, () -> step.fleet().generations().clear());
    assertThrows(UnsupportedOperationException.class, () -> step.effects().clear());
    assertThrows(UnsupportedOperationException.class, listeners::clear);
    assertThrows(UnsupportedOperationException.class, () -> step.fleet().adopted().clear());
  }

  @Test
  void fleetKeepsItsOwnCopyOfTheListenersThatItWasGiven() {
    SortedSet<Integer> mine = Story.ids(1, 2);
    Story story = new Story(Story.java());
    story.tell(new Event.Started(story.now, mine));

    mine.clear();

    assertEquals(Story.ids(1, 2), story.fleet.own());
  }

  @Test
  void policyKeepsItsOwnCopyOfTheMap() {
    Map<Integer, Integer> mine = new HashMap<>(Map.of(143, 0));
    Policy policy =
        Policies.with()
            .agent(AgentExpectation.NONE)
            .readyTimeout(1)
            .drainTimeout(0)
            .remapExit(mine)
            .policy();

    mine.clear();

    assertEquals(Map.of(143, 0), policy.remapExit());
  }

  @Test
  void policyRefusesTimesAndCountsOutOfRange() {
    long[][] wrong = {{0, 0, 0, 0}, {1, -1, 0, 0}, {1, 0, -1, 0}, {1, 0, 0, -2}};
    for (long[] w : wrong) {
      assertThrows(
          IllegalArgumentException.class,
          () ->
              Policies.with()
                  .agent(AgentExpectation.NONE)
                  .readyTimeout(w[0])
                  .drainDelay(w[1])
                  .drainTimeout(w[2])
                  .restarts((int) w[3])
                  .policy());
    }
  }
}
