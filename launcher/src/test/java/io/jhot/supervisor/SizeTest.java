package io.jhot.supervisor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** What grows with the number of listeners, and what must not. */
class SizeTest {
  private static final int MANY = 1000 * Wording.MAX_NAMED;

  /** Longer than any text of the supervisor's that names as many listeners as it may. */
  private static final int MAX_TEXT = 600;

  private static SortedSet<Integer> first(int count) {
    SortedSet<Integer> ids = new TreeSet<>();
    for (int id = 1; id <= count; id++) {
      ids.add(id);
    }
    return ids;
  }

  private static Story holding(int listeners) {
    Story story = new Story(Story.java()).start().spawned(1).connected(1);
    for (int id = 1; id <= listeners; id++) {
      story.opened(1, id);
    }
    return story;
  }

  private static Story handedOver(int listeners) {
    Story story = holding(listeners).reload().spawned(2).connected(2);
    for (int id = 1; id <= listeners; id++) {
      story.taken(2, id);
    }
    return story;
  }

  @Test
  void listenersAreNamedUpToALimitAndCountedPastIt() {
    assertEquals("", Wording.listeners(first(0)));
    assertEquals("{listener:1}", Wording.listeners(first(1)));
    assertEquals("{listener:1}, {listener:2} and {listener:3}", Wording.listeners(first(3)));
    String most = Wording.listeners(first(Wording.MAX_NAMED));
    assertTrue(most.endsWith("{listener:7} and {listener:8}"), most);
    for (int more : new int[] {1, 2, 999 * Wording.MAX_NAMED}) {
      assertEquals(
          most.replace(" and {", ", {") + " and " + more + " more",
          Wording.listeners(first(Wording.MAX_NAMED + more)));
    }
  }

  @Test
  void noTextGrowsWithTheListeners() {
    Story story = handedOver(MANY);
    assertTrue(story.why(1).length() < MAX_TEXT, story.why(1));
    assertTrue(story.why(2).length() < MAX_TEXT, story.why(2));
    story.live(2);
    assertTrue(story.reason().length() < MAX_TEXT, story.reason());

    Story late = holding(MANY).reload().spawned(2).connected(2);
    late.pass(Story.READY_TIMEOUT);
    assertTrue(late.reason().length() < MAX_TEXT, late.reason());
    assertTrue(late.reason().contains("and " + (MANY - 8) + " more yet"), late.reason());

    Story some = holding(MANY).killed(1, 9); // nobody serves: what comes next may hold fewer
    for (String said : some.said()) {
      assertTrue(said.length() < MAX_TEXT, said);
    }
  }

  @Test
  void whatAProbeOrAWarmUpSawIsBounded() {
    String endless = "was answered with " + "x".repeat(10 * Reason.MAX_TEXT);
    String bounded = endless.substring(0, Reason.MAX_TEXT);

    assertEquals(bounded, new FleetEvent.Probed(1, false, endless).seen());
    assertEquals(bounded, new FleetEvent.WarmedUp(1, endless).seen());

    Story story = Story.passing(true, false).reloading().taken(2, 1).probed(2, false, endless);
    assertEquals(List.of("INFO generation 2: its probe " + bounded), story.said());
    assertTrue(story.why(2).length() < Reason.MAX_TEXT + MAX_TEXT, story.why(2));
  }

  @Test
  void timeForAnExchangeGrowsWithTheListeners() {
    for (int listeners : new int[] {1, 200, 1000}) {
      Story story = handedOver(listeners);
      long allowed = Takeover.EXCHANGE + listeners * Takeover.EXCHANGE_EACH;

      story.pass(allowed - 1);
      assertEquals("GOING_LIVE", story.state(2), listeners + " listeners");

      story.pass(1);
      assertTrue(story.reason().contains("within " + Wording.millis(allowed)), story.reason());
      assertEquals("LIVE", story.state(1));
    }
  }

  @Test
  void timeToParkGrowsWithTheListenersWithinTheDrain() {
    Story story = handedOver(100).live(2);
    story.pass(Takeover.EXCHANGE + 100 * Takeover.EXCHANGE_EACH - 1);
    assertEquals("PARKING", story.state(1));

    story.pass(1);
    assertEquals("HOOKS", story.state(1));
  }
}
