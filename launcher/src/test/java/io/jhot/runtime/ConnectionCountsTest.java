package io.jhot.runtime;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.jhot.protocol.Work;
import io.jhot.runtime.control.FleetStatus.WorkStatus;
import io.jhot.supervisor.Event;
import io.jhot.supervisor.Fleet;
import io.jhot.supervisor.Policies;
import io.jhot.supervisor.Transitions;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

class ConnectionCountsTest {
  private final FakeOs os = new FakeOs((world, generation) -> {});
  private final ConnectionCounts counts = new ConnectionCounts(os);
  private final long start = os.now();
  private Fleet fleet = Fleet.initial(Policies.usual());

  private void step(Event event) {
    fleet = Transitions.step(fleet, event).fleet();
    counts.observe(fleet);
  }

  private void untilItsHooksHaveEnded() {
    step(new Event.Started(start, new TreeSet<>()));
    step(new Event.Spawned(start, 1, 4711));
    step(new Event.AgentConnected(start, 1));
    step(new Event.ListenerOpened(start, 1, 1));
    assertEquals(Long.MAX_VALUE, counts.next(), "nobody counts what serves");
    step(new Event.StopRequested(start, false));
    step(new Event.Parked(start, 1));
    step(new Event.HooksEnded(start, 1));
  }

  @Test
  void connectionsAreCountedFromTheParkOnFourTimesASecond() {
    untilItsHooksHaveEnded();
    assertEquals(start, counts.next());
    os.vitals.put(1, new Os.Vitals(4711, 1, 3, Map.of(Work.ANSWERING, 2), 7));

    assertEquals(
        List.of(new Event.ConnectionsCounted(start, 1, 3, 2, 7)), counts.count(fleet, start));

    assertEquals(start + 250, counts.next());
    assertEquals(List.of(), counts.count(fleet, start + 249));
    assertEquals(1, counts.count(fleet, start + 250).size());
  }

  @Test
  void whatCannotBeCountedIsNotReported() {
    untilItsHooksHaveEnded();
    os.vitals.put(1, new Os.Vitals(4711, -1, -1, Map.of(), 0));

    assertEquals(List.of(), counts.count(fleet, start));
    assertEquals(List.of(), counts.inProgress(1));
  }

  @Test
  void whatReadsTheSameIsAddedUpAndForgottenWithTheGeneration() {
    untilItsHooksHaveEnded();
    Map<Work, Integer> some = Map.of(Work.UNANSWERED, 1, Work.NOTHING_OPEN, 1, Work.WEB_SOCKET, 1);
    os.vitals.put(1, new Os.Vitals(4711, 1, 4, new EnumMap<>(some), 0));
    counts.count(fleet, start);

    assertEquals(
        List.of(
            new WorkStatus("unanswered", "request without an answer", 2),
            new WorkStatus("webSocket", "WebSocket in use", 1)),
        counts.inProgress(1));

    counts.forget(1);
    assertEquals(List.of(), counts.inProgress(1));
  }
}
