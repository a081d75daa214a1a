package io.jhot.runtime;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.jhot.ffm.Signal;
import io.jhot.protocol.Work;
import io.jhot.runtime.control.FleetStatus.WorkStatus;
import io.jhot.supervisor.Effect.Level;
import io.jhot.supervisor.FleetEvent;
import io.jhot.supervisor.Reason;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** What a hostile app or a long address can put into an event, and what the log says of each. */
class StreamEventTest {
  private static final String LONG = "\033[2J" + "€".repeat(20_000);

  private static Os.Connection connection(int port) {
    return new Os.Connection("192.0.2.7:" + port, 80, 28_400, 19, Work.AT_REST);
  }

  /** One of each, with texts that are too long wherever somebody else has a say in them. */
  private static List<StreamEvent> all() {
    List<Os.Connection> many = new ArrayList<>();
    for (int i = 0; i < 1_000; i++) {
      many.add(connection(i));
    }
    return List.of(
        new StreamEvent.Decided(new FleetEvent.Parked(1), LONG),
        new StreamEvent.StepEntered(2, "serving", "draining/parking", 5),
        new StreamEvent.SignalReceived(Signal.WINCH),
        new StreamEvent.ReloadAsked("SIGHUP", false),
        new StreamEvent.StopAsked("SIGTERM", false),
        new StreamEvent.HangUpIgnored(),
        new StreamEvent.AgentGreeted(1, LONG, 9, false),
        new StreamEvent.AgentTroubled(1, LONG),
        new StreamEvent.ListenerOpened(1, LONG),
        new StreamEvent.ListenerReleased(LONG),
        new StreamEvent.ListenersSeen(1, Collections.nCopies(1_000, LONG)),
        new StreamEvent.AppStatus(1, LONG),
        new StreamEvent.HookEnded(1, LONG, 1, 12, LONG),
        new StreamEvent.WorkLeft(1, 2),
        new StreamEvent.ConnectionsCut(1, true, List.of(new WorkStatus("k", "text", 1))),
        new StreamEvent.ConnectionsLeft(1, 1_000, many),
        new StreamEvent.ThreadsDumped(1, LONG));
  }

  @Test
  void nothingIsLeftOut() {
    Set<Class<?>> kinds = new HashSet<>();
    for (StreamEvent event : all()) {
      kinds.add(event.getClass());
    }
    assertEquals(Set.of(StreamEvent.class.getPermittedSubclasses()), kinds);
  }

  @Test
  void eachHasWordsOfABoundedLength() {
    for (StreamEvent event : all()) {
      String text = StreamWording.text(event);
      assertTrue(text.getBytes().length <= 5_000, event.getClass()::toString);
      assertFalse(text.contains("\033"), text);
      assertNotNull(StreamWording.level(event));
      assertTrue(StreamWording.details(event).size() <= StreamEvent.MAX_LISTED + 1);
    }
  }

  @Test
  void whatTheOperatorAsksForIsSaidWithWhoAsked() {
    assertEquals(
        "SIGHUP: reloading", StreamWording.text(new StreamEvent.ReloadAsked("SIGHUP", false)));
    assertEquals(
        "jhot reload: reloading after the start in progress",
        StreamWording.text(new StreamEvent.ReloadAsked("jhot reload", true)));
    assertEquals(
        "SIGTERM: draining, then ending",
        StreamWording.text(new StreamEvent.StopAsked("SIGTERM", false)));
    assertEquals(
        "jhot stop: ending at once",
        StreamWording.text(new StreamEvent.StopAsked("jhot stop", true)));
  }

  @Test
  void aSignalThatJhotHasNoUseForIsAWarning() {
    StreamEvent ignored = new StreamEvent.SignalReceived(Signal.USR2);
    assertEquals("SIGUSR2 is ignored", StreamWording.text(ignored));
    assertEquals(Level.WARN, StreamWording.level(ignored));
    assertEquals(Level.DEBUG, StreamWording.level(new StreamEvent.SignalReceived(Signal.HUP)));
  }

  @Test
  void aFailedReloadIsCalledOneInTheLog() {
    Reason reason =
        new Reason(Reason.Kind.RUNS, 0, new TreeSet<>(), new TreeSet<>(), "", null, null);
    StreamEvent failed =
        new StreamEvent.Decided(new FleetEvent.ReloadFailed(2, reason), "generation 2 died");
    assertEquals("the reload failed: generation 2 died", StreamWording.text(failed));
    assertEquals(Level.ERROR, StreamWording.level(failed));
  }
}
