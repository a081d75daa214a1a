package io.jhot.supervisor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/**
 * Every event in every phase. The subject is generation 2, which in the course of its life replaces
 * generation 1 and is replaced by generation 3.
 */
class TransitionsTableTest {

  /**
   * One line for each situation: the state of generation 2 after the event, and what the loop is
   * told to do. A dot: the fleet is what it was, and nothing is done.
   */
  private static final String TABLE =
      """
      Spawned
        STARTING              .
        STARTING unborn       STARTING
        STARTING going live   .
        STARTING/PROBE        .
        STARTING/WARM_UP      .
        SERVING               .
        DRAINING/DELAY        .
        DRAINING/PARK         .
        DRAINING/HOOKS        .
        DRAINING/CONNECTIONS  .
        DRAINING/RETURN       .
        STOPPING/SIGNAL       .
        STOPPING/DUMP         .
        STOPPING/KILL         .
        STOPPING/KILL unborn  STOPPING/KILL Kill(2)
        GONE                  .
      StartedAgain
        STARTING              .
        STARTING unborn       STARTING
        STARTING going live   .
        STARTING/PROBE        .
        STARTING/WARM_UP      .
        SERVING               .
        DRAINING/DELAY        .
        DRAINING/PARK         .
        DRAINING/HOOKS        .
        DRAINING/CONNECTIONS  .
        DRAINING/RETURN       .
        STOPPING/SIGNAL       .
        STOPPING/DUMP         .
        STOPPING/KILL         .
        STOPPING/KILL unborn  STOPPING/KILL Kill(2)
        GONE                  .
      SpawnFailed
        STARTING              .
        STARTING unborn       GONE ReloadFailed(2)
        STARTING going live   .
        STARTING/PROBE        .
        STARTING/WARM_UP      .
        SERVING               .
        DRAINING/DELAY        .
        DRAINING/PARK         .
        DRAINING/HOOKS        .
        DRAINING/CONNECTIONS  .
        DRAINING/RETURN       .
        STOPPING/SIGNAL       .
        STOPPING/DUMP         .
        STOPPING/KILL         .
        STOPPING/KILL unborn  GONE
        GONE                  .
      NoRoom
        STARTING              .
        STARTING unborn       NONE Park(1)
        STARTING going live   .
        STARTING/PROBE        .
        STARTING/WARM_UP      .
        SERVING               .
        DRAINING/DELAY        .
        DRAINING/PARK         .
        DRAINING/HOOKS        .
        DRAINING/CONNECTIONS  .
        DRAINING/RETURN       .
        STOPPING/SIGNAL       .
        STOPPING/DUMP         .
        STOPPING/KILL         .
        STOPPING/KILL unborn  GONE
        GONE                  .
      Refused
        STARTING              .
        STARTING unborn       GONE ReloadFailed(2)
        STARTING going live   .
        STARTING/PROBE        .
        STARTING/WARM_UP      .
        SERVING               .
        DRAINING/DELAY        .
        DRAINING/PARK         .
        DRAINING/HOOKS        .
        DRAINING/CONNECTIONS  .
        DRAINING/RETURN       .
        STOPPING/SIGNAL       .
        STOPPING/DUMP         .
        STOPPING/KILL         .
        STOPPING/KILL unborn  GONE
        GONE                  .
      ListenersSeen
        STARTING              STARTING
        STARTING unborn       STARTING
        STARTING going live   STARTING
        STARTING/PROBE        STARTING/PROBE
        STARTING/WARM_UP      STARTING/WARM_UP
        SERVING               SERVING
        DRAINING/DELAY        .
        DRAINING/PARK         .
        DRAINING/HOOKS        .
        DRAINING/CONNECTIONS  .
        DRAINING/RETURN       .
        STOPPING/SIGNAL       .
        STOPPING/DUMP         .
        STOPPING/KILL         .
        STOPPING/KILL unborn  .
        GONE                  .
      Exited
        STARTING              GONE ReloadFailed(2)
        STARTING unborn       GONE ReloadFailed(2)
        STARTING going live   GONE ReloadFailed(2)
        STARTING/PROBE        GONE EndProbe(2) ReloadFailed(2)
        STARTING/WARM_UP      GONE EndProbe(2) ReloadFailed(2)
        SERVING               GONE CloseListeners() Exit(1)
        DRAINING/DELAY        GONE
        DRAINING/PARK         GONE
        DRAINING/HOOKS        GONE
        DRAINING/CONNECTIONS  GONE
        DRAINING/RETURN       GONE CloseListeners() Exit(137)
        STOPPING/SIGNAL       GONE
        STOPPING/DUMP         GONE
        STOPPING/KILL         GONE
        STOPPING/KILL unborn  GONE
        GONE                  .
      AgentConnected
        STARTING              .
        STARTING unborn       STARTING
        STARTING going live   .
        STARTING/PROBE        .
        STARTING/WARM_UP      .
        SERVING               SERVING RestoreOutput(2)
        DRAINING/DELAY        .
        DRAINING/PARK         .
        DRAINING/HOOKS        .
        DRAINING/CONNECTIONS  .
        DRAINING/RETURN       .
        STOPPING/SIGNAL       .
        STOPPING/DUMP         .
        STOPPING/KILL         .
        STOPPING/KILL unborn  STOPPING/KILL
        GONE                  .
      AgentLost
        STARTING              STARTING
        STARTING unborn       .
        STARTING going live   STARTING
        STARTING/PROBE        STARTING/PROBE
        STARTING/WARM_UP      STARTING/WARM_UP
        SERVING               SERVING
        DRAINING/DELAY        DRAINING/DELAY
        DRAINING/PARK         STOPPING/SIGNAL SignalStop(2)
        DRAINING/HOOKS        STOPPING/SIGNAL SignalStop(2)
        DRAINING/CONNECTIONS  STOPPING/SIGNAL SignalStop(2)
        DRAINING/RETURN       STOPPING/SIGNAL SignalStop(2) CloseListeners()
        STOPPING/SIGNAL       STOPPING/SIGNAL
        STOPPING/DUMP         STOPPING/DUMP
        STOPPING/KILL         STOPPING/KILL
        STOPPING/KILL unborn  .
        GONE                  .
      ListenerOpened
        STARTING              STARTING
        STARTING unborn       STARTING
        STARTING going live   STARTING
        STARTING/PROBE        STARTING/PROBE
        STARTING/WARM_UP      STARTING/WARM_UP
        SERVING               SERVING
        DRAINING/DELAY        DRAINING/DELAY
        DRAINING/PARK         DRAINING/PARK
        DRAINING/HOOKS        DRAINING/HOOKS ReleaseListener(9)
        DRAINING/CONNECTIONS  DRAINING/CONNECTIONS ReleaseListener(9)
        DRAINING/RETURN       DRAINING/RETURN
        STOPPING/SIGNAL       STOPPING/SIGNAL ReleaseListener(9)
        STOPPING/DUMP         STOPPING/DUMP ReleaseListener(9)
        STOPPING/KILL         STOPPING/KILL
        STOPPING/KILL unborn  STOPPING/KILL
        GONE                  GONE ReleaseListener(9)
      ListenerTaken
        STARTING              STARTING GoLive(2)
        STARTING unborn       STARTING
        STARTING going live   .
        STARTING/PROBE        .
        STARTING/WARM_UP      .
        SERVING               .
        DRAINING/DELAY        .
        DRAINING/PARK         .
        DRAINING/HOOKS        .
        DRAINING/CONNECTIONS  .
        DRAINING/RETURN       .
        STOPPING/SIGNAL       .
        STOPPING/DUMP         .
        STOPPING/KILL         STOPPING/KILL
        STOPPING/KILL unborn  STOPPING/KILL
        GONE                  .
      ListenerClosed
        STARTING              .
        STARTING unborn       .
        STARTING going live   STARTING
        STARTING/PROBE        STARTING/PROBE
        STARTING/WARM_UP      STARTING/WARM_UP
        SERVING               SERVING ReleaseListener(1)
        DRAINING/DELAY        DRAINING/DELAY
        DRAINING/PARK         DRAINING/PARK
        DRAINING/HOOKS        DRAINING/HOOKS
        DRAINING/CONNECTIONS  DRAINING/CONNECTIONS
        DRAINING/RETURN       DRAINING/RETURN
        STOPPING/SIGNAL       STOPPING/SIGNAL
        STOPPING/DUMP         STOPPING/DUMP
        STOPPING/KILL         .
        STOPPING/KILL unborn  .
        GONE                  .
      ReadySaid
        STARTING              STARTING GoLive(2)
        STARTING unborn       STARTING
        STARTING going live   STARTING
        STARTING/PROBE        STARTING/PROBE
        STARTING/WARM_UP      STARTING/WARM_UP
        SERVING               .
        DRAINING/DELAY        .
        DRAINING/PARK         .
        DRAINING/HOOKS        .
        DRAINING/CONNECTIONS  .
        DRAINING/RETURN       .
        STOPPING/SIGNAL       .
        STOPPING/DUMP         .
        STOPPING/KILL         .
        STOPPING/KILL unborn  .
        GONE                  .
      ReadyDeclared
        STARTING              STARTING
        STARTING unborn       STARTING
        STARTING going live   STARTING
        STARTING/PROBE        STARTING/PROBE
        STARTING/WARM_UP      STARTING/WARM_UP
        SERVING               SERVING
        DRAINING/DELAY        .
        DRAINING/PARK         .
        DRAINING/HOOKS        .
        DRAINING/CONNECTIONS  .
        DRAINING/RETURN       .
        STOPPING/SIGNAL       .
        STOPPING/DUMP         .
        STOPPING/KILL         .
        STOPPING/KILL unborn  .
        GONE                  .
      WentLive
        STARTING              .
        STARTING unborn       .
        STARTING going live   SERVING RestoreOutput(2) MarkReady(2) ReloadSucceeded(2) Park(1)
        STARTING/PROBE        .
        STARTING/WARM_UP      .
        SERVING               .
        DRAINING/DELAY        .
        DRAINING/PARK         .
        DRAINING/HOOKS        .
        DRAINING/CONNECTIONS  .
        DRAINING/RETURN       SERVING MarkReady(2) RolledBack(2)
        STOPPING/SIGNAL       .
        STOPPING/DUMP         .
        STOPPING/KILL         .
        STOPPING/KILL unborn  .
        GONE                  .
      Parked
        STARTING              .
        STARTING unborn       .
        STARTING going live   .
        STARTING/PROBE        .
        STARTING/WARM_UP      .
        SERVING               .
        DRAINING/DELAY        .
        DRAINING/PARK         DRAINING/HOOKS RunHooks(2 to 3)
        DRAINING/HOOKS        .
        DRAINING/CONNECTIONS  .
        DRAINING/RETURN       .
        STOPPING/SIGNAL       .
        STOPPING/DUMP         .
        STOPPING/KILL         STOPPING/KILL
        STOPPING/KILL unborn  STOPPING/KILL
        GONE                  .
      HooksEnded
        STARTING              .
        STARTING unborn       .
        STARTING going live   .
        STARTING/PROBE        .
        STARTING/WARM_UP      .
        SERVING               .
        DRAINING/DELAY        .
        DRAINING/PARK         .
        DRAINING/HOOKS        DRAINING/CONNECTIONS
        DRAINING/CONNECTIONS  .
        DRAINING/RETURN       .
        STOPPING/SIGNAL       .
        STOPPING/DUMP         .
        STOPPING/KILL         .
        STOPPING/KILL unborn  .
        GONE                  .
      ConnectionsCounted
        STARTING              .
        STARTING unborn       .
        STARTING going live   .
        STARTING/PROBE        .
        STARTING/WARM_UP      .
        SERVING               .
        DRAINING/DELAY        .
        DRAINING/PARK         .
        DRAINING/HOOKS        .
        DRAINING/CONNECTIONS  STOPPING/SIGNAL SignalStop(2)
        DRAINING/RETURN       .
        STOPPING/SIGNAL       .
        STOPPING/DUMP         .
        STOPPING/KILL         .
        STOPPING/KILL unborn  .
        GONE                  .
      Probed
        STARTING              .
        STARTING unborn       .
        STARTING going live   .
        STARTING/PROBE        STARTING/WARM_UP WarmUp(2 [1])
        STARTING/WARM_UP      .
        SERVING               .
        DRAINING/DELAY        .
        DRAINING/PARK         .
        DRAINING/HOOKS        .
        DRAINING/CONNECTIONS  .
        DRAINING/RETURN       .
        STOPPING/SIGNAL       .
        STOPPING/DUMP         .
        STOPPING/KILL         .
        STOPPING/KILL unborn  .
        GONE                  .
      WarmedUp
        STARTING              .
        STARTING unborn       .
        STARTING going live   .
        STARTING/PROBE        .
        STARTING/WARM_UP      STARTING GoLive(2)
        SERVING               .
        DRAINING/DELAY        .
        DRAINING/PARK         .
        DRAINING/HOOKS        .
        DRAINING/CONNECTIONS  .
        DRAINING/RETURN       .
        STOPPING/SIGNAL       .
        STOPPING/DUMP         .
        STOPPING/KILL         .
        STOPPING/KILL unborn  .
        GONE                  .
      ThreadsDumped
        STARTING              .
        STARTING unborn       .
        STARTING going live   .
        STARTING/PROBE        .
        STARTING/WARM_UP      .
        SERVING               .
        DRAINING/DELAY        .
        DRAINING/PARK         .
        DRAINING/HOOKS        .
        DRAINING/CONNECTIONS  .
        DRAINING/RETURN       .
        STOPPING/SIGNAL       .
        STOPPING/DUMP         STOPPING/KILL Kill(2)
        STOPPING/KILL         .
        STOPPING/KILL unborn  .
        GONE                  .
      Started
        STARTING              .
        STARTING unborn       .
        STARTING going live   .
        STARTING/PROBE        .
        STARTING/WARM_UP      .
        SERVING               .
        DRAINING/DELAY        .
        DRAINING/PARK         .
        DRAINING/HOOKS        .
        DRAINING/CONNECTIONS  .
        DRAINING/RETURN       .
        STOPPING/SIGNAL       .
        STOPPING/DUMP         .
        STOPPING/KILL         .
        STOPPING/KILL unborn  .
        GONE                  .
      ReloadRequested
        STARTING              STARTING
        STARTING unborn       STARTING
        STARTING going live   STARTING
        STARTING/PROBE        STARTING/PROBE
        STARTING/WARM_UP      STARTING/WARM_UP
        SERVING               SERVING Spawn(3 [1])
        DRAINING/DELAY        DRAINING/DELAY Spawn(4 [1])
        DRAINING/PARK         DRAINING/PARK Spawn(4 [1])
        DRAINING/HOOKS        DRAINING/HOOKS Spawn(4 [1])
        DRAINING/CONNECTIONS  DRAINING/CONNECTIONS Spawn(4 [1])
        DRAINING/RETURN       DRAINING/RETURN
        STOPPING/SIGNAL       STOPPING/SIGNAL Spawn(4 [1])
        STOPPING/DUMP         STOPPING/DUMP Spawn(4 [1])
        STOPPING/KILL         STOPPING/KILL Spawn(3 [1])
        STOPPING/KILL unborn  STOPPING/KILL ReloadFailed(3)
        GONE                  GONE Spawn(4 [1])
      StopRequested
        STARTING              STOPPING/KILL ReloadFailed(2) Kill(2) Park(1 last)
        STARTING unborn       STOPPING/KILL ReloadFailed(2) Park(1 last)
        STARTING going live   DRAINING/PARK ReloadFailed(2) Park(2 last) Park(1 last)
        STARTING/PROBE        STOPPING/KILL ReloadFailed(2) EndProbe(2) Kill(2) Park(1 last)
        STARTING/WARM_UP      STOPPING/KILL ReloadFailed(2) EndProbe(2) Kill(2) Park(1 last)
        SERVING               DRAINING/PARK Park(2 last)
        DRAINING/DELAY        DRAINING/DELAY
        DRAINING/PARK         DRAINING/PARK Park(2 last) Park(3 last)
        DRAINING/HOOKS        DRAINING/HOOKS Park(2 last) Park(3 last)
        DRAINING/CONNECTIONS  DRAINING/CONNECTIONS Park(2 last) Park(3 last)
        DRAINING/RETURN       DRAINING/PARK Park(2 last)
        STOPPING/SIGNAL       STOPPING/SIGNAL Park(3 last)
        STOPPING/DUMP         STOPPING/DUMP Park(3 last)
        STOPPING/KILL         STOPPING/KILL Park(1 last)
        STOPPING/KILL unborn  STOPPING/KILL Kill(1) CloseListeners()
        GONE                  GONE Park(3 last)
      TimePassed
        STARTING              STOPPING/KILL Kill(2) ReloadFailed(2)
        STARTING unborn       STOPPING/KILL ReloadFailed(2)
        STARTING going live   STOPPING/KILL Kill(2) ReloadFailed(2)
        STARTING/PROBE        STARTING/PROBE EndProbe(2)
        STARTING/WARM_UP      STOPPING/KILL EndProbe(2) Kill(2) ReloadFailed(2)
        SERVING               .
        DRAINING/DELAY        DRAINING/PARK Park(2)
        DRAINING/PARK         DRAINING/HOOKS RunHooks(2 to 3)
        DRAINING/HOOKS        STOPPING/SIGNAL SignalStop(2)
        DRAINING/CONNECTIONS  STOPPING/SIGNAL SignalStop(2)
        DRAINING/RETURN       STOPPING/SIGNAL SignalStop(2) CloseListeners()
        STOPPING/SIGNAL       STOPPING/DUMP NameConnections(2) DumpThreads(2)
        STOPPING/DUMP         STOPPING/KILL Kill(2)
        STOPPING/KILL         STOPPING/KILL Kill(2)
        STOPPING/KILL unborn  STOPPING/KILL RunHooks(1 to 0) CloseListeners()
        GONE                  .
      """;

  private static Map<String, Story> situations() {
    Map<String, Story> all = new LinkedHashMap<>();
    all.put("STARTING", Story.serving().reloading());
    all.put("STARTING unborn", Story.serving().reload());
    all.put("STARTING going live", Story.serving().reloading().taken(2, 1));
    all.put("STARTING/PROBE", tried());
    all.put("STARTING/WARM_UP", Story.passing(false, true).reloading().taken(2, 1));
    all.put("SERVING", Story.serving().reloaded().drained(1));
    all.put("DRAINING/DELAY", replaced(Story.delaying(3_000)));
    all.put("DRAINING/PARK", replaced(Story.java()));
    Story hooks = replaced(Story.java());
    all.put("DRAINING/HOOKS", hooks.tell(new Event.Parked(hooks.now, 2)));
    all.put("DRAINING/CONNECTIONS", replaced(Story.java()).parked(2));
    all.put("DRAINING/RETURN", replaced(Story.java()).parked(2).killed(3, 9));
    all.put("STOPPING/SIGNAL", replaced(Story.java()).parked(2).counted(2, 0, 0, -1));
    all.put(
        "STOPPING/DUMP", replaced(Story.java()).parked(2).counted(2, 0, 0, -1).passToDeadline());
    all.put("STOPPING/KILL", Story.serving().reloading().passToDeadline());
    all.put("STOPPING/KILL unborn", Story.serving().reload().stop());
    all.put("GONE", replaced(Story.java()).drained(2));
    return all;
  }

  /** Generation 3 serves, generation 2 is on its way out, and generation 1 is forgotten. */
  private static Story replaced(Policy policy) {
    Story story = Story.serving(policy).reloaded();
    if (policy.drainDelay() > 0) {
      story.passToDeadline();
    }
    return story.drained(1).reloaded();
  }

  /** One of two attempts of the probe succeeded, and the other one is under way. */
  private static Story tried() {
    return Story.passing(true, true)
        .reloading()
        .taken(2, 1)
        .probed(2, true, "succeeded")
        .passToDeadline();
  }

  private static Event event(String name, long now) {
    return switch (name) {
      case "Started" -> new Event.Started(now, Story.ids(7));
      case "ReloadRequested" -> new Event.ReloadRequested(now);
      case "StopRequested" -> new Event.StopRequested(now, false);
      case "TimePassed" -> new Event.TimePassed(now);
      case "Spawned" -> new Event.Spawned(now, 2, 77);
      case "SpawnFailed" -> new Event.SpawnFailed(now, 2, 127, "no such program");
      case "StartedAgain" -> new Event.StartedAgain(now, 2, 78);
      case "NoRoom" -> new Event.NoRoom(now, 2, "two do not fit");
      case "Refused" -> new Event.Refused(now, 2, "it would find its port taken");
      case "ListenersSeen" ->
          new Event.ListenersSeen(
              now,
              2,
              new TreeSet<>(Set.of("tcp://[::]:80")),
              new TreeSet<>(Set.of("tcp://[::]:80")));
      case "Exited" -> new Event.Exited(now, 2, false, 1);
      case "AgentConnected" -> new Event.AgentConnected(now, 2);
      case "AgentLost" -> new Event.AgentLost(now, 2);
      case "ListenerOpened" -> new Event.ListenerOpened(now, 2, 9);
      case "ListenerTaken" -> new Event.ListenerTaken(now, 2, 1);
      case "ListenerClosed" -> new Event.ListenerClosed(now, 2, 1);
      case "ReadySaid" -> new Event.ReadySaid(now, 2);
      case "ReadyDeclared" -> new Event.ReadyDeclared(now, 2);
      case "HooksEnded" -> new Event.HooksEnded(now, 2);
      case "WentLive" -> new Event.WentLive(now, 2);
      case "Parked" -> new Event.Parked(now, 2);
      case "Probed" -> new Event.Probed(now, 2, 2, true, "was answered with 200");
      case "WarmedUp" -> new Event.WarmedUp(now, 2, true, "ended");
      case "ThreadsDumped" -> new Event.ThreadsDumped(now, 2);
      case "ConnectionsCounted" -> new Event.ConnectionsCounted(now, 2, 0, 0, -1);
      default -> throw new AssertionError("the table has a row for an unknown event: " + name);
    };
  }

  @TestFactory
  List<DynamicTest> eachEventDoesInEachPhaseWhatTheTableSays() {
    List<DynamicTest> tests = new ArrayList<>();
    for (Map.Entry<String, Map<String, String>> row : rows().entrySet()) {
      for (Map.Entry<String, String> cell : row.getValue().entrySet()) {
        String event = row.getKey();
        String situation = cell.getKey();
        tests.add(
            dynamicTest(
                event + " in " + situation,
                () -> assertEquals(cell.getValue(), outcome(event, situation))));
      }
    }
    return tests;
  }

  private static String outcome(String event, String situation) {
    Story story = situations().get(situation);
    long due = story.generation(2).deadline();
    if (event.equals("TimePassed")) {
      story.now = due == Long.MAX_VALUE ? story.now + 3_600_000 : due;
    } else {
      story.now++;
    }
    Fleet before = story.fleet;
    story.tell(event(event, story.now));
    if (story.fleet.equals(before) && story.effects.isEmpty()) {
      return ".";
    }
    List<String> words = new ArrayList<>();
    words.add(story.state(2));
    words.addAll(story.did());
    return String.join(" ", words);
  }

  @Test
  void theSituationsAreWhatTheirNamesSayAndCoverAllPhasesAndSteps() {
    Set<Phase> phases = EnumSet.noneOf(Phase.class);
    Set<DrainStep> steps = EnumSet.noneOf(DrainStep.class);
    situations()
        .forEach(
            (name, story) -> {
              assertEquals(name.split(" ")[0], story.state(2), name);
              phases.add(story.generation(2).phase());
              steps.add(story.generation(2).drainStep());
            });
    assertEquals(EnumSet.allOf(Phase.class), phases);
    assertEquals(EnumSet.allOf(DrainStep.class), steps);
  }

  @Test
  void theTableHasARowForEachEventAndACellForEachSituation() {
    Set<String> events = new TreeSet<>();
    collect(Event.class, events);
    assertEquals(events, new TreeSet<>(rows().keySet()));
    rows()
        .forEach(
            (event, cells) -> assertEquals(situations().keySet(), cells.keySet(), "row " + event));
  }

  private static void collect(Class<?> type, Set<String> names) {
    if (type.isSealed()) {
      for (Class<?> permitted : type.getPermittedSubclasses()) {
        collect(permitted, names);
      }
    } else {
      assertTrue(type.isRecord(), type + " is a record");
      names.add(type.getSimpleName());
    }
  }

  private static Map<String, Map<String, String>> rows() {
    Map<String, Map<String, String>> rows = new LinkedHashMap<>();
    Map<String, String> cells = null;
    Set<String> seen = new LinkedHashSet<>();
    for (String line : TABLE.split("\n")) {
      if (!line.startsWith(" ")) {
        assertTrue(seen.add(line), "two rows for " + line);
        cells = new LinkedHashMap<>();
        rows.put(line, cells);
      } else {
        String[] parts = line.strip().split(" {2,}");
        assertEquals(2, parts.length, line);
        assertEquals(null, cells.put(parts[0], parts[1]), "two cells: " + line);
      }
    }
    return rows;
  }
}
