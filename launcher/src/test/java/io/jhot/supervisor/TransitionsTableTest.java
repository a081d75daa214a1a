package io.jhot.supervisor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
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
 * Every event in every stage. The subject is generation 2, which in the course of its life replaces
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
        STARTING       .
        UNBORN         STARTING
        GOING_LIVE     .
        PROBED         .
        WARMING        .
        LIVE           .
        DELAYED        .
        PARKING        .
        HOOKS          .
        CONNECTIONS    .
        RETURNING      .
        STOPPING       .
        DUMPING        .
        KILLED         .
        KILLED unborn  KILLED Kill(2)
        GONE           .
      StartedAgain
        STARTING       .
        UNBORN         STARTING
        GOING_LIVE     .
        PROBED         .
        WARMING        .
        LIVE           .
        DELAYED        .
        PARKING        .
        HOOKS          .
        CONNECTIONS    .
        RETURNING      .
        STOPPING       .
        DUMPING        .
        KILLED         .
        KILLED unborn  KILLED Kill(2)
        GONE           .
      SpawnFailed
        STARTING       .
        UNBORN         GONE ReloadFailed(2)
        GOING_LIVE     .
        PROBED         .
        WARMING        .
        LIVE           .
        DELAYED        .
        PARKING        .
        HOOKS          .
        CONNECTIONS    .
        RETURNING      .
        STOPPING       .
        DUMPING        .
        KILLED         .
        KILLED unborn  GONE
        GONE           .
      NoRoom
        STARTING       .
        UNBORN         NONE Park(1)
        GOING_LIVE     .
        PROBED         .
        WARMING        .
        LIVE           .
        DELAYED        .
        PARKING        .
        HOOKS          .
        CONNECTIONS    .
        RETURNING      .
        STOPPING       .
        DUMPING        .
        KILLED         .
        KILLED unborn  GONE
        GONE           .
      Refused
        STARTING       .
        UNBORN         GONE ReloadFailed(2)
        GOING_LIVE     .
        PROBED         .
        WARMING        .
        LIVE           .
        DELAYED        .
        PARKING        .
        HOOKS          .
        CONNECTIONS    .
        RETURNING      .
        STOPPING       .
        DUMPING        .
        KILLED         .
        KILLED unborn  GONE
        GONE           .
      ListenersSeen
        STARTING       STARTING
        UNBORN         UNBORN
        GOING_LIVE     GOING_LIVE
        PROBED         PROBED
        WARMING        WARMING
        LIVE           LIVE
        DELAYED        .
        PARKING        .
        HOOKS          .
        CONNECTIONS    .
        RETURNING      .
        STOPPING       .
        DUMPING        .
        KILLED         .
        KILLED unborn  .
        GONE           .
      Exited
        STARTING       GONE ReloadFailed(2)
        UNBORN         GONE ReloadFailed(2)
        GOING_LIVE     GONE ReloadFailed(2)
        PROBED         GONE EndProbe(2) ReloadFailed(2)
        WARMING        GONE EndProbe(2) ReloadFailed(2)
        LIVE           GONE CloseListeners() Exit(1)
        DELAYED        GONE
        PARKING        GONE
        HOOKS          GONE
        CONNECTIONS    GONE
        RETURNING      GONE CloseListeners() Exit(137)
        STOPPING       GONE
        DUMPING        GONE
        KILLED         GONE
        KILLED unborn  GONE
        GONE           .
      AgentConnected
        STARTING       .
        UNBORN         UNBORN
        GOING_LIVE     .
        PROBED         .
        WARMING        .
        LIVE           LIVE RestoreOutput(2)
        DELAYED        .
        PARKING        .
        HOOKS          .
        CONNECTIONS    .
        RETURNING      .
        STOPPING       .
        DUMPING        .
        KILLED         .
        KILLED unborn  KILLED
        GONE           .
      AgentLost
        STARTING       STARTING
        UNBORN         .
        GOING_LIVE     GOING_LIVE
        PROBED         PROBED
        WARMING        WARMING
        LIVE           LIVE
        DELAYED        DELAYED
        PARKING        STOPPING SignalStop(2)
        HOOKS          STOPPING SignalStop(2)
        CONNECTIONS    STOPPING SignalStop(2)
        RETURNING      STOPPING SignalStop(2) CloseListeners()
        STOPPING       STOPPING
        DUMPING        DUMPING
        KILLED         KILLED
        KILLED unborn  .
        GONE           .
      ListenerOpened
        STARTING       STARTING
        UNBORN         UNBORN
        GOING_LIVE     GOING_LIVE
        PROBED         PROBED
        WARMING        WARMING
        LIVE           LIVE
        DELAYED        DELAYED
        PARKING        PARKING
        HOOKS          HOOKS ReleaseListener(9)
        CONNECTIONS    CONNECTIONS ReleaseListener(9)
        RETURNING      RETURNING
        STOPPING       STOPPING ReleaseListener(9)
        DUMPING        DUMPING ReleaseListener(9)
        KILLED         KILLED
        KILLED unborn  KILLED
        GONE           GONE ReleaseListener(9)
      ListenerTaken
        STARTING       GOING_LIVE GoLive(2)
        UNBORN         UNBORN
        GOING_LIVE     .
        PROBED         .
        WARMING        .
        LIVE           .
        DELAYED        .
        PARKING        .
        HOOKS          .
        CONNECTIONS    .
        RETURNING      .
        STOPPING       .
        DUMPING        .
        KILLED         KILLED
        KILLED unborn  KILLED
        GONE           .
      ListenerClosed
        STARTING       .
        UNBORN         .
        GOING_LIVE     GOING_LIVE
        PROBED         PROBED
        WARMING        WARMING
        LIVE           LIVE ReleaseListener(1)
        DELAYED        DELAYED
        PARKING        PARKING
        HOOKS          HOOKS
        CONNECTIONS    CONNECTIONS
        RETURNING      RETURNING
        STOPPING       STOPPING
        DUMPING        DUMPING
        KILLED         .
        KILLED unborn  .
        GONE           .
      ReadySaid
        STARTING       GOING_LIVE GoLive(2)
        UNBORN         UNBORN
        GOING_LIVE     GOING_LIVE
        PROBED         PROBED
        WARMING        WARMING
        LIVE           .
        DELAYED        .
        PARKING        .
        HOOKS          .
        CONNECTIONS    .
        RETURNING      .
        STOPPING       .
        DUMPING        .
        KILLED         .
        KILLED unborn  .
        GONE           .
      ReadyDeclared
        STARTING       STARTING
        UNBORN         UNBORN
        GOING_LIVE     GOING_LIVE
        PROBED         PROBED
        WARMING        WARMING
        LIVE           LIVE
        DELAYED        .
        PARKING        .
        HOOKS          .
        CONNECTIONS    .
        RETURNING      .
        STOPPING       .
        DUMPING        .
        KILLED         .
        KILLED unborn  .
        GONE           .
      WentLive
        STARTING       .
        UNBORN         .
        GOING_LIVE     LIVE RestoreOutput(2) MarkReady(2) ReloadSucceeded(2) Park(1)
        PROBED         .
        WARMING        .
        LIVE           .
        DELAYED        .
        PARKING        .
        HOOKS          .
        CONNECTIONS    .
        RETURNING      LIVE MarkReady(2) RolledBack(2)
        STOPPING       .
        DUMPING        .
        KILLED         .
        KILLED unborn  .
        GONE           .
      Parked
        STARTING       .
        UNBORN         .
        GOING_LIVE     .
        PROBED         .
        WARMING        .
        LIVE           .
        DELAYED        .
        PARKING        HOOKS RunHooks(2 to 3)
        HOOKS          .
        CONNECTIONS    .
        RETURNING      .
        STOPPING       .
        DUMPING        .
        KILLED         KILLED
        KILLED unborn  KILLED
        GONE           .
      HooksEnded
        STARTING       .
        UNBORN         .
        GOING_LIVE     .
        PROBED         .
        WARMING        .
        LIVE           .
        DELAYED        .
        PARKING        .
        HOOKS          CONNECTIONS
        CONNECTIONS    .
        RETURNING      .
        STOPPING       .
        DUMPING        .
        KILLED         .
        KILLED unborn  .
        GONE           .
      ConnectionsCounted
        STARTING       .
        UNBORN         .
        GOING_LIVE     .
        PROBED         .
        WARMING        .
        LIVE           .
        DELAYED        .
        PARKING        .
        HOOKS          .
        CONNECTIONS    STOPPING SignalStop(2)
        RETURNING      .
        STOPPING       .
        DUMPING        .
        KILLED         .
        KILLED unborn  .
        GONE           .
      Probed
        STARTING       .
        UNBORN         .
        GOING_LIVE     .
        PROBED         WARMING WarmUp(2 [1])
        WARMING        .
        LIVE           .
        DELAYED        .
        PARKING        .
        HOOKS          .
        CONNECTIONS    .
        RETURNING      .
        STOPPING       .
        DUMPING        .
        KILLED         .
        KILLED unborn  .
        GONE           .
      WarmedUp
        STARTING       .
        UNBORN         .
        GOING_LIVE     .
        PROBED         .
        WARMING        GOING_LIVE GoLive(2)
        LIVE           .
        DELAYED        .
        PARKING        .
        HOOKS          .
        CONNECTIONS    .
        RETURNING      .
        STOPPING       .
        DUMPING        .
        KILLED         .
        KILLED unborn  .
        GONE           .
      ThreadsDumped
        STARTING       .
        UNBORN         .
        GOING_LIVE     .
        PROBED         .
        WARMING        .
        LIVE           .
        DELAYED        .
        PARKING        .
        HOOKS          .
        CONNECTIONS    .
        RETURNING      .
        STOPPING       .
        DUMPING        KILLED Kill(2)
        KILLED         .
        KILLED unborn  .
        GONE           .
      Started
        STARTING       .
        UNBORN         .
        GOING_LIVE     .
        PROBED         .
        WARMING        .
        LIVE           .
        DELAYED        .
        PARKING        .
        HOOKS          .
        CONNECTIONS    .
        RETURNING      .
        STOPPING       .
        DUMPING        .
        KILLED         .
        KILLED unborn  .
        GONE           .
      ReloadRequested
        STARTING       STARTING
        UNBORN         UNBORN
        GOING_LIVE     GOING_LIVE
        PROBED         PROBED
        WARMING        WARMING
        LIVE           LIVE Spawn(3 [1])
        DELAYED        DELAYED Spawn(4 [1])
        PARKING        PARKING Spawn(4 [1])
        HOOKS          HOOKS Spawn(4 [1])
        CONNECTIONS    CONNECTIONS Spawn(4 [1])
        RETURNING      RETURNING
        STOPPING       STOPPING Spawn(4 [1])
        DUMPING        DUMPING Spawn(4 [1])
        KILLED         KILLED Spawn(3 [1])
        KILLED unborn  KILLED ReloadFailed(3)
        GONE           GONE Spawn(4 [1])
      StopRequested
        STARTING       KILLED ReloadFailed(2) Kill(2) Park(1 last)
        UNBORN         KILLED ReloadFailed(2) Park(1 last)
        GOING_LIVE     PARKING ReloadFailed(2) Park(2 last) Park(1 last)
        PROBED         KILLED ReloadFailed(2) EndProbe(2) Kill(2) Park(1 last)
        WARMING        KILLED ReloadFailed(2) EndProbe(2) Kill(2) Park(1 last)
        LIVE           PARKING Park(2 last)
        DELAYED        DELAYED
        PARKING        PARKING Park(2 last) Park(3 last)
        HOOKS          HOOKS Park(2 last) Park(3 last)
        CONNECTIONS    CONNECTIONS Park(2 last) Park(3 last)
        RETURNING      PARKING Park(2 last)
        STOPPING       STOPPING Park(3 last)
        DUMPING        DUMPING Park(3 last)
        KILLED         KILLED Park(1 last)
        KILLED unborn  KILLED Kill(1) CloseListeners()
        GONE           GONE Park(3 last)
      TimePassed
        STARTING       KILLED Kill(2) ReloadFailed(2)
        UNBORN         KILLED ReloadFailed(2)
        GOING_LIVE     KILLED Kill(2) ReloadFailed(2)
        PROBED         PROBED EndProbe(2)
        WARMING        KILLED EndProbe(2) Kill(2) ReloadFailed(2)
        LIVE           .
        DELAYED        PARKING Park(2)
        PARKING        HOOKS RunHooks(2 to 3)
        HOOKS          STOPPING SignalStop(2)
        CONNECTIONS    STOPPING SignalStop(2)
        RETURNING      STOPPING SignalStop(2) CloseListeners()
        STOPPING       DUMPING NameConnections(2) DumpThreads(2)
        DUMPING        KILLED Kill(2)
        KILLED         KILLED Kill(2)
        KILLED unborn  KILLED RunHooks(1 to 0) CloseListeners()
        GONE           .
      """;

  private static Map<String, Story> situations() {
    Map<String, Story> all = new LinkedHashMap<>();
    all.put("STARTING", Story.serving().reloading());
    all.put("UNBORN", Story.serving().reload());
    all.put("GOING_LIVE", Story.serving().reloading().taken(2, 1));
    all.put("PROBED", tried());
    all.put("WARMING", Story.passing(false, true).reloading().taken(2, 1));
    all.put("LIVE", Story.serving().reloaded().drained(1));
    all.put("DELAYED", replaced(Story.delaying(3_000)));
    all.put("PARKING", replaced(Story.java()));
    Story hooks = replaced(Story.java());
    all.put("HOOKS", hooks.tell(new Event.Parked(hooks.now, 2)));
    all.put("CONNECTIONS", replaced(Story.java()).parked(2));
    all.put("RETURNING", replaced(Story.java()).parked(2).killed(3, 9));
    all.put("STOPPING", replaced(Story.java()).parked(2).counted(2, 0, 0, -1));
    all.put("DUMPING", replaced(Story.java()).parked(2).counted(2, 0, 0, -1).passToDeadline());
    all.put("KILLED", Story.serving().reloading().passToDeadline());
    all.put("KILLED unborn", Story.serving().reload().stop());
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
  List<DynamicTest> eachEventDoesInEachStageWhatTheTableSays() {
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
  void theSituationsAreWhatTheirNamesSayAndCoverAllStages() {
    Set<Stage> stages = EnumSet.noneOf(Stage.class);
    situations()
        .forEach(
            (name, story) -> {
              assertEquals(name.split(" ")[0], story.state(2), name);
              stages.add(story.generation(2).stage());
            });
    assertEquals(EnumSet.allOf(Stage.class), stages);
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

  /** One that comes into a stage in a way that the table has no situation for. */
  private record Further(Story before, int generation, Stage to, String cause, Event event) {}

  private static List<Further> further() {
    Story probed = Story.passing(true, true).reloading();
    Story warmed = Story.passing(false, true).reloading();
    Story passed = Story.passing(true, false).reloading().taken(2, 1);
    passed.probed(2, true, "succeeded").passToDeadline();
    Story unready = tried().closed(2, 1);
    Story plain = Story.serving().reload().spawned(2);
    Story warned = Story.serving(Story.delaying(3_000)).reloading().taken(2, 1);
    Story beside = Story.serving().reloading().taken(2, 1);
    Story bare = Story.serving().lost(1).reloading().taken(2, 1);
    Story delayed = replaced(Story.delaying(3_000));
    Story parking = replaced(Story.java());
    Story hooks = replaced(Story.java());
    hooks.tell(new Event.Parked(hooks.now, 2));
    Story waiting = replaced(Story.java()).parked(2);
    Story several =
        replaced(Story.java()).parked(2).reload().spawned(4).connected(4).taken(4, 1).killed(3, 9);
    Story alone = new Story(Policies.with().ready(Policy.Readiness.NOTIFY).policy()).start();
    alone.spawned(1).connected(1);
    Story deaf = Story.serving().reloaded().lost(1);
    Story crowded = Story.serving(Story.drainingAtMost(1)).reloaded().parked(1);
    crowded.reload().spawned(3).connected(3).taken(3, 1);
    return List.of(
        new Further(probed, 2, Stage.PROBED, "ListenerTaken", taken(probed)),
        new Further(warmed, 2, Stage.WARMING, "ListenerTaken", taken(warmed)),
        new Further(
            passed,
            2,
            Stage.GOING_LIVE,
            "Probed",
            new Event.Probed(passed.now, 2, 2, true, "succeeded")),
        new Further(
            unready,
            2,
            Stage.STARTING,
            "Probed",
            new Event.Probed(unready.now, 2, 2, true, "succeeded")),
        new Further(plain, 2, Stage.LIVE, "ReadySaid", new Event.ReadySaid(plain.now, 2)),
        new Further(warned, 1, Stage.DELAYED, "WentLive of its successor", live(warned, 2)),
        new Further(beside, 1, Stage.PARKING, "WentLive of its successor", live(beside, 2)),
        new Further(bare, 1, Stage.STOPPING, "WentLive of its successor", live(bare, 2)),
        new Further(delayed, 2, Stage.LIVE, "Exited of its successor", died(delayed)),
        new Further(parking, 2, Stage.RETURNING, "Exited of its successor", died(parking)),
        new Further(hooks, 2, Stage.RETURNING, "Exited of its successor", died(hooks)),
        new Further(waiting, 2, Stage.RETURNING, "Exited of its successor", died(waiting)),
        new Further(several, 2, Stage.PARKING, "WentLive of another", live(several, 4)),
        new Further(
            alone,
            1,
            Stage.STOPPING,
            "TimePassed",
            new Event.TimePassed(alone.now + Story.READY_TIMEOUT)),
        new Further(crowded, 1, Stage.STOPPING, "WentLive of another", live(crowded, 3)),
        new Further(
            deaf, 1, Stage.KILLED, "TimePassed", new Event.TimePassed(deaf.fleet.nextDeadline())));
  }

  private static Event taken(Story story) {
    return new Event.ListenerTaken(story.now, 2, 1);
  }

  private static Event live(Story story, int generation) {
    return new Event.WentLive(story.now, generation);
  }

  private static Event died(Story story) {
    return new Event.Exited(story.now, 3, true, 9);
  }

  @Test
  void pageIsPrintedFromTheTable() throws IOException {
    Set<StateMachinePage.Way> ways = StateMachinePage.ways(rows());
    for (Further one : further()) {
      Stage from = one.before.generation(one.generation).stage();
      one.before.tell(one.event);
      assertEquals(one.to, one.before.generation(one.generation).stage(), one::toString);
      ways.add(new StateMachinePage.Way(from, one.to, one.cause));
    }
    String printed = StateMachinePage.of(rows(), ways);
    Path page = Path.of("..", "docs", "state-machine.md");
    if (Boolean.getBoolean("jhot.write")) {
      Files.writeString(page, printed);
    }
    assertEquals(
        printed,
        Files.readString(page),
        "docs/state-machine.md is stale; to write it again run this test with -Djhot.write=true");
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
