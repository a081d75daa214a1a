package io.jhot.runtime;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.jhot.supervisor.Event;
import io.jhot.supervisor.Fleet;
import io.jhot.supervisor.Policies;
import io.jhot.supervisor.Transitions;
import java.util.List;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

class StepWatchTest {
  private final StepWatch watch = new StepWatch();
  private Fleet fleet = Fleet.initial(Policies.usual());

  private List<StreamEvent.StepEntered> after(Event event) {
    fleet = Transitions.step(fleet, event).fleet();
    return watch.observe(fleet, event.now());
  }

  @Test
  void eachStepIsToldOnceWithHowLongTheOneBeforeTook() {
    assertEquals(List.of(), watch.observe(fleet, 0));
    assertEquals(
        List.of(new StreamEvent.StepEntered(1, "", "starting", 0)),
        after(new Event.Started(100, new TreeSet<>())));
    assertEquals(List.of(), after(new Event.Spawned(110, 1, 4711)));
    assertEquals(List.of(), after(new Event.AgentConnected(120, 1)));
    assertEquals(40, watch.millis(1, 140));
    assertEquals(-1, watch.ended(1));

    assertEquals(
        List.of(new StreamEvent.StepEntered(1, "starting", "serving", 50)),
        after(new Event.ListenerOpened(150, 1, 1)));
    assertEquals(50, watch.ended(1));
    assertEquals(List.of(), after(new Event.TimePassed(160)));
    assertEquals(-1, watch.ended(1), "it has been told");

    assertEquals(
        List.of(new StreamEvent.StepEntered(1, "serving", "draining/parking", 1_000)),
        after(new Event.StopRequested(1_150, false)));
    assertEquals("draining/parking", watch.step(1));
  }

  @Test
  void ofAGenerationThatNobodyKnowsNothingIsKnown() {
    assertEquals("", watch.step(7));
    assertEquals(-1, watch.millis(7, 1_000));
  }

  @Test
  void whatTheFleetForgetsIsForgotten() {
    after(new Event.Started(0, new TreeSet<>()));
    assertEquals("starting", watch.step(1));

    watch.observe(Fleet.initial(fleet.policy()), 10);

    assertEquals("", watch.step(1));
  }
}
