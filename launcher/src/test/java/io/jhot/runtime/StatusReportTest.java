package io.jhot.runtime;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.jhot.runtime.control.FleetStatus;
import io.jhot.runtime.control.FleetStatus.GenerationStatus;
import io.jhot.runtime.control.FleetStatus.HookStatus;
import io.jhot.runtime.control.FleetStatus.ListenerStatus;
import io.jhot.runtime.control.FleetStatus.WorkStatus;
import io.jhot.supervisor.Effect.Level;
import io.jhot.supervisor.Event;
import io.jhot.supervisor.Fleet;
import io.jhot.supervisor.FleetEvent;
import io.jhot.supervisor.Policies;
import io.jhot.supervisor.Reason;
import io.jhot.supervisor.Transitions;
import java.util.List;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

class StatusReportTest {
  private static final Reason REASON =
      new Reason(Reason.Kind.RUNS, 0, new TreeSet<>(), new TreeSet<>(), "", null, null);

  private final FakeOs os = new FakeOs((world, generation) -> {});
  private final StatusReport report = new StatusReport(os, new ConnectionCounts(os), "shop", 42);
  private final EventStream stream = new EventStream("shop", () -> 0);
  private final long start = os.now();
  private Fleet fleet = Fleet.initial(Policies.usual());

  StatusReportTest() {
    stream.subscribe(report);
  }

  private void publish(StreamEvent event, String reason) {
    stream.publish(event, Level.INFO, "", -1, reason);
  }

  private FleetStatus serving() {
    os.listeners.put(1, new Os.Listener(1, "tcp-80", "tcp://[::]:80", false));
    for (Event event :
        List.of(
            new Event.Started(start, new TreeSet<>()),
            new Event.Spawned(start, 1, 4711),
            new Event.AgentConnected(start, 1),
            new Event.ListenerOpened(start, 1, 1))) {
      fleet = Transitions.step(fleet, event).fleet();
    }
    return report.of(fleet, start + 500);
  }

  @Test
  void itShowsTheFleetAndWhatTheKernelSaysOfIt() {
    FleetStatus status = serving();

    assertEquals("shop", status.name());
    assertEquals(42, status.pid());
    assertEquals(500, status.uptimeMillis());
    assertEquals(
        List.of(new ListenerStatus(1, "tcp-80", "tcp://[::]:80", false)), status.listeners());
    GenerationStatus one = status.generations().getFirst();
    assertEquals("serving", one.phase());
    assertEquals("", one.step());
    assertEquals(1001, one.pid());
    assertEquals("holds tcp://[::]:80", one.why());
  }

  @Test
  void whatTheStreamToldOfAGenerationIsShownUntilItIsForgotten() {
    publish(new StreamEvent.AppStatus(1, "warm"), "");
    publish(new StreamEvent.HookEnded(1, "flush", 2, 12, ""), "");

    GenerationStatus one = serving().generations().getFirst();
    assertEquals("warm", one.note());
    assertEquals(List.of(new HookStatus("flush", 2, 12, "")), one.hooks());

    report.forget(1);
    GenerationStatus forgotten = report.of(fleet, start).generations().getFirst();
    assertEquals("", forgotten.note());
    assertEquals(List.of(), forgotten.hooks());
  }

  @Test
  void hooksAreShownUpToALimit() {
    for (int i = 0; i < 2 * FleetStatus.MAX_HOOKS; i++) {
      publish(new StreamEvent.HookEnded(1, "flush", 2, i, ""), "");
    }
    assertEquals(FleetStatus.MAX_HOOKS, serving().generations().getFirst().hooks().size());
  }

  @Test
  void theLastReloadIsTheLastOutcomeOfOne() {
    assertEquals("", serving().lastReload());

    publish(new StreamEvent.Decided(new FleetEvent.ReloadSucceeded(2, REASON), "it serves"), "");
    assertEquals("ok: it serves", report.of(fleet, start).lastReload());

    publish(new StreamEvent.HookEnded(1, "flush", 2, 12, ""), "");
    publish(new StreamEvent.Decided(new FleetEvent.RolledBack(1, REASON), "it is back"), "");
    assertEquals("undone: it is back", report.of(fleet, start).lastReload());
    assertEquals(List.of(), report.of(fleet, start).generations().getFirst().hooks());

    publish(new StreamEvent.Decided(new FleetEvent.ReloadFailed(3, REASON), "it died"), "");
    assertEquals("failed: it died", report.of(fleet, start).lastReload());
  }

  @Test
  void theLastCutIsWhatTheLogSaidOfIt() {
    publish(
        new StreamEvent.ConnectionsCut(1, true, List.of(new WorkStatus("k", "text", 1))),
        "generation 1 ended with 1 connection in use");
    assertEquals("generation 1 ended with 1 connection in use", report.lastCut());
    assertEquals(report.lastCut(), serving().lastCut());
  }
}
