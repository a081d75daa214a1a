package io.jhot.supervisor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.jhot.supervisor.Effect.Level;
import io.jhot.supervisor.Reason.Kind;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** The words for each reason and each event. */
class WordingTest {
  private static final Reason SAID = Reason.of(Kind.SAID_READY);

  /** One of each. */
  private static final List<FleetEvent> ALL =
      List.of(
          new FleetEvent.GenerationStarted(7),
          new FleetEvent.ProbeBegan(7, SAID),
          new FleetEvent.Probed(7, true, "succeeded"),
          new FleetEvent.WarmUpBegan(7, SAID),
          new FleetEvent.WarmedUp(7, "ended"),
          new FleetEvent.Served(7, SAID, true),
          new FleetEvent.ReloadSucceeded(7, SAID),
          new FleetEvent.ReloadFailed(7, Reason.ofExit(false, 3)),
          new FleetEvent.StartFailed(7, Reason.ofExit(false, 0), true),
          new FleetEvent.AgentMissed(7),
          new FleetEvent.ReadyDeclaredTooLate(7),
          new FleetEvent.Died(7, Reason.ofExit(true, 9), true, 8),
          new FleetEvent.RollbackBegan(7),
          new FleetEvent.RolledBack(7, SAID),
          new FleetEvent.DrainBegan(7, Reason.of(Kind.ASKED_TO_STOP), 3_000),
          new FleetEvent.Parked(7),
          new FleetEvent.ParkUnconfirmed(7),
          new FleetEvent.DrainLimitExceeded(7, 1),
          new FleetEvent.StopSent(7, 15, Reason.of(Kind.HOOKS_LEFT)),
          new FleetEvent.DumpBegan(7),
          new FleetEvent.KillSent(7),
          new FleetEvent.KillOutlived(7, 4711),
          new FleetEvent.Ended(7, Reason.ofExit(true, 15)),
          new FleetEvent.RestartPlanned(7, 200),
          new FleetEvent.RestartsExhausted(3));

  @Test
  void everyEventHasWordsOfItsOwnThatNameItsGeneration() {
    Set<Class<?>> kinds = new HashSet<>();
    Set<String> texts = new HashSet<>();
    for (FleetEvent event : ALL) {
      String text = Wording.text(event);
      kinds.add(event.getClass());
      texts.add(text);
      assertFalse(text.contains("null") || text.contains("\n"), text);
      assertTrue(event.generation() == 0 || text.contains("generation 7"), text);
    }
    assertEquals(Set.of(FleetEvent.class.getPermittedSubclasses()), kinds);
    // a reload that succeeded, a return and a start that nobody waited for say the same
    assertEquals(ALL.size() - 2, texts.size());
  }

  @Test
  void everyReasonHasWordsOfItsOwn() {
    Set<String> texts = new TreeSet<>();
    for (Kind kind : Kind.values()) {
      Reason reason =
          new Reason(
              kind, 4, Story.ids(1), new TreeSet<>(Set.of("tcp://[::]:80")), "it says", SAID, SAID);
      String text = Wording.clause(reason);
      texts.add(text);
      assertFalse(text.isBlank() || text.contains("null") || text.contains("\n"), text);
    }
    // NO_ROOM and REFUSED say the same, and leave the rest to who refuses
    assertEquals(Kind.values().length - 1, texts.size());
  }

  @Test
  void trainOfReasonsReadsAsOneSentence() {
    assertEquals(
        "was replaced by generation 2, and has no agent that could park its listeners; it was"
            + " killed by SIGTERM while it drained",
        Wording.clause(
            Reason.of(Kind.REPLACED, 2)
                .and(Kind.AND_NO_AGENT_TO_PARK)
                .andThen(Reason.ofExit(true, 15).and(Kind.WHILE_DRAINING))));
  }

  @Test
  void levelIsWhatItMeansForTheService() {
    assertEquals(Level.DEBUG, Wording.level(new FleetEvent.Served(1, SAID, true)));
    assertEquals(Level.INFO, Wording.level(new FleetEvent.Served(1, SAID, false)));
    assertEquals(Level.ERROR, Wording.level(new FleetEvent.StartFailed(1, SAID, false)));
    assertEquals(Level.DEBUG, Wording.level(new FleetEvent.StartFailed(1, SAID, true)));
    assertEquals(Level.ERROR, Wording.level(new FleetEvent.ReloadFailed(1, SAID)));
    assertEquals(Level.INFO, Wording.level(new FleetEvent.ReloadSucceeded(1, SAID)));
    assertEquals(Level.DEBUG, Wording.level(new FleetEvent.Died(1, SAID, false, 0)));
    assertEquals(Level.WARN, Wording.level(new FleetEvent.Died(1, SAID, false, 2)));
    assertEquals(Level.WARN, Wording.level(new FleetEvent.Died(1, SAID, true, 0)));
  }

  @Test
  void textOfSomebodyElseIsBoundedAndNoCharacterIsCutInTwo() {
    String longest = "x".repeat(Reason.MAX_TEXT - 1);
    assertEquals(longest + "y", Reason.of(Kind.NO_ROOM, longest + "yz").text());
    assertEquals(longest, Reason.of(Kind.NO_ROOM, longest + "\uD83D\uDE00").text());
  }
}
