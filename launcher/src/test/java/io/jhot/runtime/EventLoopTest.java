package io.jhot.runtime;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.jhot.config.Activation;
import io.jhot.config.ExecOptions.LogStyle;
import io.jhot.ffm.Signal;
import io.jhot.protocol.Message;
import io.jhot.protocol.Wire;
import io.jhot.protocol.Work;
import io.jhot.runtime.control.FleetStatus;
import io.jhot.runtime.control.Reply;
import io.jhot.runtime.control.Request;
import io.jhot.supervisor.Effect.Level;
import io.jhot.supervisor.Policies;
import io.jhot.supervisor.Policy;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

class EventLoopTest {
  private final ByteArrayOutputStream log = new ByteArrayOutputStream();

  /** The stream of the loop that ran last. */
  private EventStream stream;

  /** A server with the agent: opens one listener, drains, and ends on its stop signal. */
  private static class Server implements FakeOs.App {
    @Override
    public void started(FakeOs os, int generation) throws Os.NotStarted {
      os.in(50, () -> os.say(generation, hello(), -1));
      os.in(100, () -> bind(os, generation));
    }

    void bind(FakeOs os, int generation) {
      if (generation == 1) {
        os.listeners.put(1, new Os.Listener(1, "tcp-80", "tcp://[::]:80", false));
        os.say(generation, new Message.Opened(1), 1);
      } else {
        os.say(generation, new Message.Taken(1), 1);
      }
    }

    @Override
    public void told(FakeOs os, int generation, Message message) {
      if (message instanceof Message.GoLive) {
        os.in(1, () -> os.say(generation, new Message.Live(), -1));
      } else if (message instanceof Message.Park) {
        os.in(1, () -> os.say(generation, new Message.Parked(1), -1));
      } else if (message instanceof Message.Drain) {
        os.in(1, () -> os.say(generation, new Message.Drained(0), -1));
      }
    }

    @Override
    public void signalled(FakeOs os, int generation, Signal signal) {
      if (signal == Signal.TERM) {
        os.in(20, () -> os.exit(generation, 143));
      }
    }
  }

  private static Message hello() {
    return new Message.Hello(Wire.VERSION, 1, "25", true, "0.1");
  }

  private static Policy policy(int restarts) {
    return Policies.with().restarts(restarts).policy();
  }

  private int run(FakeOs os, Policy policy) {
    return run(os, policy, Activation.NONE);
  }

  private int run(FakeOs os, Policy policy, Activation activation) {
    PrintStream out = new PrintStream(log, true, StandardCharsets.UTF_8);
    Journal journal = new Journal(out, LogStyle.TEXT, Level.INFO, () -> false);
    stream = new EventStream("test", () -> 0);
    int code = new EventLoop(os, stream, journal, 42, policy, activation).run(new TreeSet<>());
    journal.finish();
    return code;
  }

  private static OsEvent signal(Signal signal) {
    return new OsEvent.SignalReceived(signal);
  }

  private static OsEvent asked(long client, Request request) {
    return new OsEvent.Asked(client, request);
  }

  private String logged() {
    return log.toString(StandardCharsets.UTF_8);
  }

  @Test
  void hupReplacesTheGenerationAndTermEndsWithTheAppsCode() {
    FakeOs os = new FakeOs(new Server());
    os.happen(1_000, signal(Signal.HUP));
    os.happen(5_000, signal(Signal.TERM));
    assertEquals(143, run(os, policy(0)));
    List<String> done = os.done;
    assertTrue(done.contains("welcome 1 live"), done::toString);
    assertTrue(done.contains("welcome 2 staged"), done::toString);
    assertTrue(done.indexOf("send 2 GoLive") < done.indexOf("send 1 Park"), done::toString);
    assertTrue(done.indexOf("send 1 Park") < done.indexOf("signal 1 TERM"), done::toString);
    assertTrue(done.indexOf("forget 1") < done.indexOf("send 2 Park"), done::toString);
    assertTrue(done.indexOf("signal 2 TERM") < done.indexOf("forget 2"), done::toString);
    assertTrue(done.contains("close listeners"), done::toString);
  }

  @Test
  void whatEndsAStepTellsHowLongTheStepTook() {
    FakeOs os =
        new FakeOs(
            new Server() {
              @Override
              public void probed(FakeOs os, int generation, int attempt) {
                os.happen(7, new OsEvent.Probed(generation, attempt, true, "succeeded"));
              }

              @Override
              public void warmedUp(FakeOs os, int generation) {
                os.happen(11, new OsEvent.WarmedUp(generation, true, "ended"));
              }

              @Override
              public void told(FakeOs os, int generation, Message message) {
                if (message instanceof Message.GoLive) {
                  os.in(30, () -> os.say(generation, new Message.Live(), -1));
                } else if (message instanceof Message.Park) {
                  os.in(40, () -> os.say(generation, new Message.Parked(1), -1));
                } else if (message instanceof Message.Drain) {
                  os.in(70, () -> os.say(generation, new Message.Drained(0), -1));
                }
              }
            });
    os.happen(1_000, signal(Signal.HUP));
    os.happen(5_000, signal(Signal.TERM));
    run(os, Policies.with().probe(new Policy.Probe(1, 100, 5_000)).warmUp(true).policy());

    Map<String, Long> took = new HashMap<>();
    for (StreamRecord record : stream.after(0)) {
      String what =
          switch (record.event()) {
            case StreamEvent.Decided one -> one.event().getClass().getSimpleName();
            case StreamEvent.StepEntered one -> "after " + one.before();
            default -> "";
          };
      took.put(record.generation() + " " + what, record.millis());
    }
    assertEquals(118, took.get("1 Served"));
    assertEquals(100, took.get("2 ProbeBegan"));
    assertEquals(7, took.get("2 Probed"));
    assertEquals(11, took.get("2 WarmedUp"));
    assertEquals(30, took.get("2 after starting/going-live"));
    assertEquals(148, took.get("2 ReloadSucceeded"));
    assertEquals(1_148 - 118, took.get("1 DrainBegan"), "it has served for so long");
    assertEquals(40, took.get("1 Parked"));
    assertEquals(70, took.get("1 after draining/hooks"));
    assertTrue(took.get("1 StopSent") > 0, took::toString);
    assertEquals(took.get("1 after draining/connections"), took.get("1 StopSent"));
    assertEquals(20, took.get("1 Ended"));
  }

  @Test
  void aHangUpDrainsAndEndsAndASecondOneDoesNotHurryIt() {
    FakeOs os = new FakeOs(new Server());
    os.happen(1_000, new OsEvent.HungUp(false));
    os.happen(1_001, new OsEvent.HungUp(false));
    assertEquals(143, run(os, policy(0)));
    assertTrue(os.done.contains("send 1 Park"), os.done::toString);
    assertFalse(os.done.contains("spawn 2 with [1]"), os.done::toString);
    assertFalse(os.done.toString().contains("kill"), os.done::toString);
    assertFalse(logged().contains("at once"), this::logged);
  }

  @Test
  void aHangUpThatIsIgnoredChangesNothing() {
    FakeOs os = new FakeOs(new Server());
    os.happen(1_000, new OsEvent.HungUp(true));
    os.happen(1_100, signal(Signal.HUP));
    os.happen(9_000, signal(Signal.TERM));
    run(os, policy(0));
    assertTrue(os.done.contains("spawn 2 with [1]"), os.done::toString);
    assertTrue(logged().contains("jhot ignores that and lives on"), this::logged);
  }

  @Test
  void waitingClientsLearnTheOutcomeOfTheReloadThatCoversThem() {
    FakeOs os = new FakeOs(new Server());
    os.happen(1_000, asked(1, new Request.Reload(true)));
    os.happen(1_010, asked(2, new Request.Reload(true)));
    os.happen(1_020, asked(3, new Request.Reload(true)));
    os.happen(1_030, asked(4, new Request.Reload(false)));
    os.happen(9_000, signal(Signal.TERM));
    run(os, policy(0));
    assertTrue(assertInstanceOf(Reply.Finished.class, os.answers.get(1L)).ok());
    assertTrue(assertInstanceOf(Reply.Finished.class, os.answers.get(2L)).ok());
    assertEquals(os.answers.get(2L), os.answers.get(3L));
    assertFalse(os.answers.get(1L).equals(os.answers.get(2L)), os.answers::toString);
    assertInstanceOf(Reply.Accepted.class, os.answers.get(4L));
    assertTrue(os.done.contains("spawn 3 with [1]"), os.done::toString);
    assertFalse(os.done.contains("spawn 4 with [1]"), os.done::toString);
  }

  /** A first generation that takes a while to park, and a second that may die meanwhile. */
  private FakeOs reloadedWhileTheOldOneParksFor(int millis, boolean dies) {
    FakeOs os =
        new FakeOs(
            new Server() {
              @Override
              public void told(FakeOs world, int generation, Message message) {
                if (message instanceof Message.Park && generation == 1) {
                  world.in(millis, () -> world.say(1, new Message.Parked(1), -1));
                  if (dies) {
                    world.in(millis / 2, () -> world.exit(2, 1));
                  }
                } else {
                  super.told(world, generation, message);
                }
              }
            });
    os.happen(1_000, asked(1, new Request.Reload(true)));
    os.happen(9_000, signal(Signal.TERM));
    run(os, policy(0));
    return os;
  }

  @Test
  void aReloadHasSucceededWhenTheOldGenerationAcceptsNothingMore() {
    FakeOs os = reloadedWhileTheOldOneParksFor(1_000, false);

    assertTrue(assertInstanceOf(Reply.Finished.class, os.answers.get(1L)).ok());
    assertTrue(
        os.done.indexOf("send 1 Drain") < os.done.indexOf("answer 1 Finished"), os.done::toString);
    assertTrue(
        os.done.indexOf("answer 1 Finished") < os.done.indexOf("signal 1 TERM"), os.done::toString);
  }

  @Test
  void aReloadWhoseGenerationDiesBeforeTheOldOneHasParkedIsAFailedOne() {
    FakeOs os = reloadedWhileTheOldOneParksFor(1_000, true);

    Reply.Finished undone = assertInstanceOf(Reply.Finished.class, os.answers.get(1L));
    assertFalse(undone.ok());
    assertTrue(undone.text().contains("took over again when generation 2"), undone::text);
  }

  @Test
  void failedReloadAnswersWithTheReasonAndTheLastLinesAndTouchesNothing() {
    FakeOs os =
        new FakeOs(
            new Server() {
              @Override
              public void started(FakeOs world, int generation) throws Os.NotStarted {
                if (generation == 2) {
                  world.lines.put(2, List.of("boom"));
                  world.in(30, () -> world.exit(2, 1));
                } else {
                  super.started(world, generation);
                }
              }
            });
    os.happen(1_000, asked(7, new Request.Reload(true)));
    os.happen(2_000, asked(8, new Request.ShowStatus()));
    os.happen(3_000, signal(Signal.TERM));
    assertEquals(143, run(os, policy(0)));
    Reply.Finished failed = assertInstanceOf(Reply.Finished.class, os.answers.get(7L));
    assertFalse(failed.ok());
    assertEquals(List.of("boom"), failed.lines());
    FleetStatus status = assertInstanceOf(Reply.Status.class, os.answers.get(8L)).status();
    assertEquals(1, status.generations().size());
    assertEquals("serving", status.generations().getFirst().phase());
    assertTrue(status.lastReload().startsWith("failed: "), status::lastReload);
  }

  @Test
  void commandThatIsGoneFailsTheReloadAtOnce() {
    FakeOs os =
        new FakeOs(
            new Server() {
              @Override
              public void started(FakeOs world, int generation) throws Os.NotStarted {
                if (generation == 2) {
                  throw new Os.NotStarted(127, "cannot start java: no such file");
                }
                super.started(world, generation);
              }
            });
    os.happen(1_000, asked(7, new Request.Reload(true)));
    os.happen(3_000, signal(Signal.TERM));
    assertEquals(143, run(os, policy(0)));
    Reply.Finished failed = assertInstanceOf(Reply.Finished.class, os.answers.get(7L));
    assertTrue(failed.text().contains("cannot start java: no such file"), failed::text);
  }

  @Test
  void firstGenerationThatCannotStartEndsJhotWithItsCode() {
    FakeOs os =
        new FakeOs(
            (world, generation) -> {
              throw new Os.NotStarted(126, "cannot start x: x is a directory");
            });
    assertEquals(126, run(os, policy(0)));
    assertTrue(logged().contains("x is a directory"), this::logged);
  }

  @Test
  void drainWaitsForConnectionsAndCountsThemAgainAndAgain() {
    FakeOs os = new FakeOs(new Server());
    os.vitals.put(1, new Os.Vitals(1001, 2048, 3, Map.of(Work.ANSWERING, 1), 0));
    os.happen(1_000, signal(Signal.HUP));
    os.in(4_000, () -> os.vitals.put(1, new Os.Vitals(1001, 2048, 0, Map.of(), 0)));
    os.happen(9_000, signal(Signal.TERM));
    run(os, policy(0));
    long counts = os.done.stream().filter("count 1"::equals).count();
    assertTrue(counts >= 5, os.done::toString);
    assertTrue(os.done.indexOf("count 1") < os.done.indexOf("signal 1 TERM"), os.done::toString);
  }

  @Test
  void connectionsThatCannotBeCountedAreLeftUntilTheDeadlineIsNear() {
    FakeOs os = new FakeOs(new Server());
    os.vitals.put(1, new Os.Vitals(1001, -1, -1, Map.of(), 0));
    os.happen(1_000, signal(Signal.TERM));
    assertEquals(143, run(os, policy(0)));
    long counts = os.done.stream().filter("count 1"::equals).count();
    assertTrue(counts > 80, () -> counts + " counts within the drain"); // 25 s by virtual time
  }

  /** It does not care about signals. */
  private static FakeOs deaf() {
    return new FakeOs(
        new Server() {
          @Override
          public void signalled(FakeOs world, int generation, Signal signal) {
            // nor does it here
          }
        });
  }

  @Test
  void appThatIgnoresItsStopSignalIsKilledWhenItsConnectionsAreNamedAndItsThreadsDumped() {
    FakeOs os = deaf();
    for (int i = 0; i < 25; i++) {
      os.connections.add(
          new Os.Connection(
              "192.0.2.7:" + i,
              80,
              28_400,
              i == 0 ? -1 : i,
              i == 0 ? Work.UNANSWERED : Work.AT_REST));
    }
    os.happen(1_000, signal(Signal.TERM));
    assertEquals(137, run(os, policy(0)));
    assertTrue(
        os.done.indexOf("name connections 1") < os.done.indexOf("dump 1")
            && os.done.indexOf("dump 1") < os.done.indexOf("kill 1"),
        os.done::toString);
    assertEquals(1_031_100, os.now(), "it is killed as soon as it has told its threads");
    List<String> lines = logged().lines().toList();
    assertTrue(lines.contains("jhot: warning: generation 1 has 25 connections left"), this::logged);
    assertTrue(
        lines.contains(
            "jhot: warning: generation 1: 192.0.2.7:0 to port 80, open for at least 28.4 s, last"
                + " data unknown, request without an answer"),
        this::logged);
    assertTrue(
        lines.contains(
            "jhot: warning: generation 1: 192.0.2.7:19 to port 80, open for at least 28.4 s, last"
                + " data 19 ms ago, at rest"),
        this::logged);
    assertFalse(logged().contains("192.0.2.7:20 "), this::logged);
    assertTrue(lines.contains("jhot: warning: generation 1: and 5 more"), this::logged);
  }

  @Test
  void whatIsUnderWayAtTheStopSignalAndAtTheEndIsToldByKind() {
    FakeOs os = deaf();
    Map<Work, Integer> some = Map.of(Work.UNANSWERED, 1, Work.NOTHING_OPEN, 1, Work.WEB_SOCKET, 1);
    os.vitals.put(1, new Os.Vitals(1001, 2048, 4, new EnumMap<>(some), 0));
    os.happen(1_000, asked(1, new Request.Stop(false)));
    os.happen(2_000, asked(2, new Request.ShowStatus()));
    os.in(
        27_000, () -> os.vitals.put(1, new Os.Vitals(1001, 2048, 1, Map.of(Work.ANSWERING, 1), 0)));

    assertEquals(137, run(os, policy(0)));

    assertEquals(
        List.of(
            new FleetStatus.WorkStatus("unanswered", "request without an answer", 2),
            new FleetStatus.WorkStatus("webSocket", "WebSocket in use", 1)),
        assertInstanceOf(Reply.Status.class, os.answers.get(2L))
            .status()
            .generations()
            .getFirst()
            .work());
    String end = "generation 1 ended with 1 connection in use: 1 x answer not ended";
    List<String> lines = logged().lines().toList();
    assertTrue(
        lines.contains(
            "jhot: warning: generation 1 is asked to end with 3 connections in use: 2 x request"
                + " without an answer, 1 x WebSocket in use"),
        this::logged);
    assertTrue(lines.contains("jhot: warning: " + end), this::logged);
    Reply.Finished stopped = assertInstanceOf(Reply.Finished.class, os.answers.get(1L));
    assertTrue(stopped.text().endsWith("; " + end), stopped::text);
  }

  @Test
  void serversAreAskedWithEachCountFromTheParkOn() {
    FakeOs os = new FakeOs(new Server());
    os.vitals.put(1, new Os.Vitals(1001, 2048, 3, Map.of(Work.ANSWERING, 1), 0));
    os.happen(1_000, signal(Signal.HUP));
    os.in(4_000, () -> os.vitals.put(1, new Os.Vitals(1001, 2048, 0, Map.of(), 0)));
    os.happen(9_000, signal(Signal.TERM));
    run(os, policy(0));
    assertTrue(
        os.done.stream().filter("look 1"::equals).count() >= 5
            && os.done.indexOf("look 1") < os.done.indexOf("signal 1 TERM"),
        os.done::toString);
  }

  @Test
  void appThatDoesNotTellItsThreadsIsKilledAllTheSame() {
    FakeOs os = deaf();
    os.dumps = false;
    os.connections = null;
    os.happen(1_000, signal(Signal.TERM));
    assertEquals(137, run(os, policy(0)));
    assertTrue(os.done.contains("kill 1"), os.done::toString);
    assertTrue(logged().contains("how many connections it has left is not known"), this::logged);
  }

  private static Policy probing() {
    return Policies.with()
        .readyTimeout(10_000)
        .probe(new Policy.Probe(1, 1_000, 400))
        .warmUp(true)
        .policy();
  }

  @Test
  void generationGoesLiveOnlyWhenItsProbeSucceededAndItsWarmUpEnded() {
    FakeOs os =
        new FakeOs(
            new Server() {
              @Override
              public void probed(FakeOs world, int generation, int attempt) {
                boolean ok = generation == 1 || attempt == 3;
                if (generation == 1 || attempt > 1) { // the first one gets no answer
                  String seen = "was answered with " + (ok ? 200 : 503);
                  world.happen(5, new OsEvent.Probed(generation, attempt, ok, seen));
                }
              }

              @Override
              public void warmedUp(FakeOs world, int generation) {
                world.in(
                    50,
                    () ->
                        world.happen(
                            new OsEvent.WarmedUp(generation, true, "ended: 1 request in 9 ms")));
              }
            });
    os.happen(1_000, asked(1, new Request.Reload(true)));
    os.happen(1_300, asked(2, new Request.ShowStatus()));
    os.happen(9_000, signal(Signal.TERM));
    run(os, probing());
    assertTrue(assertInstanceOf(Reply.Finished.class, os.answers.get(1L)).ok());
    List<String> trial =
        os.done.stream()
            .filter(
                d ->
                    d.startsWith("probe")
                        || d.startsWith("warm")
                        || d.startsWith("end")
                        || d.endsWith("GoLive"))
            .toList();
    assertEquals(
        List.of(
            "probe 1 #1 at [1] live",
            "warm up 1 at [1] live",
            "probe 2 #1 at [1]",
            "end probe 2",
            "probe 2 #2 at [1]",
            "probe 2 #3 at [1]",
            "warm up 2 at [1]",
            "send 2 GoLive"),
        trial);
    assertTrue(logged().contains("generation 2: its probe was answered with 503"), this::logged);
    assertEquals(
        "probe",
        assertInstanceOf(Reply.Status.class, os.answers.get(2L))
            .status()
            .generations()
            .getLast()
            .step());
  }

  @Test
  void probeThatNeverSucceedsFailsTheReloadWithWhatItSawLast() {
    FakeOs os =
        new FakeOs(
            new Server() {
              @Override
              public void probed(FakeOs world, int generation, int attempt) {
                boolean ok = generation == 1;
                world.happen(
                    new OsEvent.Probed(generation, attempt, ok, "was answered with 500\033[2J"));
              }

              @Override
              public void warmedUp(FakeOs world, int generation) {
                world.happen(new OsEvent.WarmedUp(generation, true, "ended"));
              }
            });
    os.happen(1_000, asked(1, new Request.Reload(true)));
    os.happen(15_000, signal(Signal.TERM));
    run(os, probing());
    Reply.Finished failed = assertInstanceOf(Reply.Finished.class, os.answers.get(1L));
    assertEquals(
        "generation 2 was not ready after 10 s: it holds tcp://[::]:80, but its probe was answered"
            + " with 500?[2J",
        failed.text());
    assertFalse(os.done.contains("send 2 GoLive"), os.done::toString);
    assertFalse(
        os.done.subList(0, os.done.indexOf("kill 2")).contains("send 1 Park"), os.done::toString);
  }

  @Test
  void eachStepOfADrainIsInTheLogAndInTheStatus() {
    FakeOs os = deaf();
    os.vitals.put(1, new Os.Vitals(1001, 2048, 3, Map.of(Work.ANSWERING, 1), 0));
    Policy slow = Policies.with().drainDelay(2_000).policy();
    os.happen(1_000, signal(Signal.TERM));
    long[] moments = {2_000, 10_000, 27_000, 31_050};
    for (long moment : moments) {
      os.happen(moment, asked(moment, new Request.ShowStatus()));
    }
    run(os, slow);
    List<String> steps =
        java.util.stream.LongStream.of(moments)
            .mapToObj(os.answers::get)
            .map(reply -> assertInstanceOf(Reply.Status.class, reply).status())
            .map(status -> status.generations().getFirst().step())
            .toList();
    assertEquals(List.of("drain-delay", "connections", "stop-signal", "thread-dump"), steps);
    assertEquals(
        """
        jhot: SIGTERM: draining, then ending
        jhot: generation 1 drains: it was asked to stop; it still accepts for 2 s
        jhot: generation 1 accepts nothing new; its connections are to end
        jhot: generation 1 is sent SIGTERM: it has connections left, but little time
        jhot: warning: generation 1 is asked to end with 1 connection in use: 1 x answer not ended
        jhot: warning: generation 1 has not ended in time: its threads are dumped
        jhot: warning: generation 1 has no connections left
        jhot: warning: generation 1: these were its threads
        jhot: warning: generation 1 has not ended in time: it is killed
        jhot: generation 1 is gone: it was killed by SIGKILL
        jhot: warning: generation 1 ended with 1 connection in use: 1 x answer not ended
        """,
        logged().substring(logged().indexOf("jhot: SIGTERM")));
  }

  @Test
  void secondTermEndsAtOnce() {
    FakeOs os = new FakeOs(new Server());
    os.vitals.put(1, new Os.Vitals(1001, 2048, 3, Map.of(Work.ANSWERING, 3), 0));
    os.happen(1_000, signal(Signal.TERM));
    os.happen(1_100, signal(Signal.TERM));
    assertEquals(137, run(os, policy(0)));
    assertFalse(os.done.contains("signal 1 TERM"), os.done::toString);
  }

  @Test
  void appThatClosesItsListenerIsConfirmedAfterJhotsCopyIsClosed() {
    FakeOs os = new FakeOs(new Server());
    os.in(1_000, () -> os.say(1, new Message.Closed(1), 1));
    os.happen(2_000, signal(Signal.TERM));
    run(os, policy(0));
    assertTrue(
        os.done.indexOf("close listener 1") < os.done.indexOf("confirm 1 1"), os.done::toString);
    assertTrue(logged().contains("nobody uses tcp://[::]:80"), this::logged);
  }

  @Test
  void reloadDuringAStopIsRefused() {
    FakeOs os = new FakeOs(new Server());
    os.vitals.put(1, new Os.Vitals(1001, 2048, 3, Map.of(Work.ANSWERING, 3), 0));
    os.happen(1_000, signal(Signal.TERM));
    os.happen(1_100, asked(1, new Request.Reload(true)));
    os.happen(1_200, asked(2, new Request.Stop(false)));
    run(os, policy(0));
    assertInstanceOf(Reply.Refused.class, os.answers.get(1L));
    assertInstanceOf(Reply.Finished.class, os.answers.get(2L));
  }

  @Test
  void crashedServiceIsStartedAgainOnTheSameSockets() {
    FakeOs os = new FakeOs(new Server());
    os.in(1_000, () -> os.exit(1, 3));
    os.happen(9_000, signal(Signal.TERM));
    assertEquals(143, run(os, policy(-1)));
    assertTrue(os.done.contains("welcome 2 live"), os.done::toString);
    assertTrue(os.done.contains("spawn 2 with [1]"), os.done::toString);
  }

  @Test
  void quitReachesTheServingGenerationAndTstpSuspends() {
    FakeOs os = new FakeOs(new Server());
    os.happen(1_000, signal(Signal.QUIT));
    os.happen(1_100, signal(Signal.TSTP));
    os.happen(2_000, signal(Signal.TERM));
    run(os, policy(0));
    assertTrue(os.done.contains("signal 1 QUIT"), os.done::toString);
    assertTrue(os.done.contains("suspend"), os.done::toString);
  }

  /** A server with drain hooks, whose agent is of this version of the protocol. */
  private static FakeOs.App hooked(int protocol) {
    return new Server() {
      @Override
      public void started(FakeOs os, int generation) {
        Message hello = new Message.Hello(protocol, 1, "25", true, "0.1");
        os.in(50, () -> os.say(generation, hello, -1));
        os.in(100, () -> bind(os, generation));
      }

      @Override
      public void told(FakeOs os, int generation, Message message) {
        if (message instanceof Message.Drain drain) {
          os.done.add(drain.toString());
          os.in(700, () -> os.say(generation, new Message.HookEnded("flush", -5, 690, "boom"), -1));
          os.happen(800, asked(5, new Request.ShowStatus()));
          os.in(900, () -> os.say(generation, new Message.Drained(2), -1));
        } else {
          super.told(os, generation, message);
        }
      }
    };
  }

  @Test
  void hooksRunBetweenParkingAndTheStopSignalAndStatusNamesThem() {
    FakeOs os = new FakeOs(hooked(Wire.VERSION));
    os.happen(5_000, signal(Signal.TERM));
    run(os, policy(0));
    List<String> done = os.done;
    int hooks = done.indexOf("send 1 Drain");
    assertTrue(done.indexOf("send 1 Park") < hooks, done::toString);
    assertTrue(hooks < done.indexOf("count 1"), done::toString);
    assertTrue(done.indexOf("count 1") < done.indexOf("signal 1 TERM"), done::toString);
    assertTrue(
        done.contains("Drain[reason=STOP, millis=24499, successor=0]"), "until the stop signal");
    assertTrue(
        logged().contains("generation 1: drain hook flush failed after 690 ms: boom"), logged());
    assertTrue(logged().contains("units of work still in flight: 2"), logged());
    FleetStatus status = assertInstanceOf(Reply.Status.class, os.answers.get(5L)).status();
    assertEquals(
        List.of(new FleetStatus.HookStatus("flush", -5, 690, "boom")),
        status.generations().getFirst().hooks());
  }

  @Test
  void agentOfAnOlderProtocolIsNotAskedForHooksAndNotWaitedFor() {
    FakeOs os = new FakeOs(hooked(1));
    os.happen(5_000, signal(Signal.TERM));
    assertEquals(143, run(os, policy(0)));
    assertFalse(os.done.contains("send 1 Drain"), os.done::toString);
    assertTrue(os.done.contains("count 1"), os.done::toString);
    assertEquals(
        1, logged().lines().filter(line -> line.contains(" of the protocol")).count(), logged());
  }

  @Test
  void agentOfANewerProtocolIsNamedOnceAndWhatOnlyItKnowsIsIgnored() {
    FakeOs os = new FakeOs(hooked(Wire.VERSION + 1));
    os.in(1_000, () -> os.say(1, new Message.Unknown(99), -1));
    os.in(1_001, () -> os.say(1, new Message.Unknown(98), -1));
    os.happen(5_000, signal(Signal.TERM));
    assertEquals(143, run(os, policy(0)));
    assertTrue(os.done.contains("send 1 Drain"), os.done::toString);
    assertTrue(
        logged()
            .contains(
                "generation 1: its agent (0.1) speaks version "
                    + (Wire.VERSION + 1)
                    + " of the protocol, this jhot version "
                    + Wire.VERSION),
        logged());
    assertEquals(1, logged().lines().filter(line -> line.contains("its agent")).count(), logged());
  }

  @Test
  void generationIsToldWhyItWasStartedAndWhoServedBeforeIt() {
    FakeOs os =
        new FakeOs(
            new Server() {
              @Override
              public void started(FakeOs world, int generation) throws Os.NotStarted {
                super.started(world, generation);
                if (generation == 2) {
                  world.in(2_000, () -> world.exit(2, 1));
                }
              }
            });
    os.happen(1_000, signal(Signal.HUP));
    os.happen(9_000, signal(Signal.TERM));
    run(os, policy(1));
    assertEquals(List.of("FIRST after 0", "RELOAD after 1", "RESTART after 2"), os.starts);
  }

  private static Policy overlap(Policy.Overlap overlap) {
    return Policies.with().overlap(overlap).policy();
  }

  @Test
  void reloadThatCannotWorkIsRefusedBeforeAnythingIsStartedOrStopped() {
    FakeOs os = new FakeOs(new Server());
    os.obstacles.put(1, "generation 1 has the port for itself");
    os.happen(1_000, asked(7, new Request.Reload(true)));
    os.happen(9_000, signal(Signal.TERM));

    assertEquals(143, run(os, policy(0)));

    Reply.Finished reply = assertInstanceOf(Reply.Finished.class, os.answers.get(7L));
    assertFalse(reply.ok());
    assertEquals(
        "generation 2 was not started: generation 1 has the port for itself", reply.text());
    assertEquals(List.of("FIRST after 0"), os.starts);
    assertFalse(logged().contains("generation 1 drains: it was replaced"), this::logged);
  }

  @Test
  void whoMakesRoomIsInNobodysWay() {
    FakeOs os = new FakeOs(new Server());
    os.obstacles.put(1, "generation 1 has the port for itself");
    os.happen(1_000, asked(7, new Request.Reload(true)));
    os.happen(9_000, signal(Signal.TERM));

    run(os, overlap(Policy.Overlap.NEVER));

    assertTrue(assertInstanceOf(Reply.Finished.class, os.answers.get(7L)).ok());
  }

  /** It has no agent, and runs until it is told to end. */
  private static final class Plain implements FakeOs.App {
    @Override
    public void started(FakeOs os, int generation) {}

    @Override
    public void signalled(FakeOs os, int generation, Signal signal) {
      os.in(20, () -> os.exit(generation, 143));
    }
  }

  @Test
  void listenersOfAJvmThatTheAgentDoesNotKnowAreSeenFromOutside() {
    FakeOs os = new FakeOs(new Plain());
    TreeSet<String> web = new TreeSet<>(List.of("tcp://[::]:80"));
    os.sights.put(1, new Os.Sight(web, web));
    os.happen(4_900, asked(7, new Request.ShowStatus()));
    os.happen(5_100, asked(8, new Request.ShowStatus()));
    os.happen(9_000, signal(Signal.TERM));

    assertEquals(143, run(os, policy(0)));

    assertFalse(assertInstanceOf(Reply.Status.class, os.answers.get(7L)).status().healthy());
    FleetStatus seen = assertInstanceOf(Reply.Status.class, os.answers.get(8L)).status();
    assertEquals(
        "listens on tcp://[::]:80, and runs without jhot's agent",
        seen.generations().getFirst().why());
  }

  @Test
  void serviceWithoutListenersIsTakenAsRunningAndReloads() {
    FakeOs os = new FakeOs(new Plain());
    os.happen(61_000, asked(7, new Request.Reload(true)));
    os.happen(90_000, signal(Signal.TERM));

    assertEquals(143, run(os, policy(0)));

    assertTrue(
        logged()
            .contains(
                "generation 1 serves: it has opened no listener and runs without jhot's agent:"
                    + " taken as running"),
        this::logged);
    assertTrue(assertInstanceOf(Reply.Finished.class, os.answers.get(7L)).ok());
    assertTrue(os.done.contains("signal 1 TERM"), os.done::toString);
  }

  @Test
  void anAddressIsPrintedOnceHoweverManySocketsItHas() {
    FakeOs os =
        new FakeOs(
            new Server() {
              @Override
              void bind(FakeOs world, int generation) {
                for (int i = 1; i <= 8; i++) {
                  if (generation == 1) {
                    world.listeners.put(i, new Os.Listener(i, "tcp-80", "tcp://[::]:80", false));
                    world.say(generation, new Message.Opened(i), i);
                  } else if (i > 1) {
                    world.say(generation, new Message.Taken(i), i);
                  }
                }
                if (generation == 2) {
                  world.in(500, () -> world.say(generation, new Message.Taken(1), 1));
                }
              }
            });
    os.happen(1_000, asked(7, new Request.Reload(true)));
    os.happen(9_000, signal(Signal.TERM));

    run(os, policy(0));

    assertEquals(
        "generation 2 serves: it holds tcp://[::]:80",
        assertInstanceOf(Reply.Finished.class, os.answers.get(7L)).text());
    assertEquals(
        1,
        logged().lines().filter(l -> l.contains("listens on tcp://[::]:80")).count(),
        this::logged);
  }

  @Test
  void whereTwoDoNotFitTheOldOneEndsFirstAndTheListenerIsKept() {
    FakeOs os = new FakeOs(new Server());
    os.shortages.put(1, "1 GiB is used up");
    os.happen(1_000, asked(7, new Request.Reload(true)));
    os.happen(1_000, asked(8, new Request.ShowStatus()));
    os.happen(9_000, signal(Signal.TERM));

    assertEquals(143, run(os, overlap(Policy.Overlap.AUTO)));

    List<String> done = os.done;
    assertTrue(done.indexOf("check 2") < done.indexOf("send 1 Park"), done::toString);
    assertTrue(done.indexOf("signal 1 TERM") < done.indexOf("spawn 2 with [1]"), done::toString);
    assertTrue(done.contains("welcome 2 live"), done::toString);
    assertEquals(1, done.stream().filter("close listeners"::equals).count(), done::toString);
    assertTrue(done.indexOf("spawn 2 with [1]") < done.indexOf("close listeners"));
    assertTrue(assertInstanceOf(Reply.Finished.class, os.answers.get(7L)).ok());
    FleetStatus status = assertInstanceOf(Reply.Status.class, os.answers.get(8L)).status();
    assertEquals(
        "makes room for generation 2: 1 GiB is used up", status.generations().getFirst().why());
  }

  @Test
  void withoutOverlapNobodyAsksForFigures() {
    FakeOs os = new FakeOs(new Server());
    os.happen(1_000, signal(Signal.HUP));
    os.happen(9_000, signal(Signal.TERM));

    assertEquals(143, run(os, overlap(Policy.Overlap.NEVER)));

    assertTrue(os.done.indexOf("signal 1 TERM") < os.done.indexOf("spawn 2 with [1]"));
    assertTrue(logged().contains("--overlap never"), this::logged);
  }

  @Test
  void whereAnOverlapIsDemandedTheReloadIsRefusedWithTheFigures() {
    FakeOs os = new FakeOs(new Server());
    os.shortages.put(1, "1 GiB is used up");
    os.happen(1_000, asked(7, new Request.Reload(true)));
    os.happen(9_000, signal(Signal.TERM));

    assertEquals(143, run(os, overlap(Policy.Overlap.ALWAYS)));

    Reply.Finished refused = assertInstanceOf(Reply.Finished.class, os.answers.get(7L));
    assertFalse(refused.ok());
    assertTrue(refused.text().contains("1 GiB is used up"), refused::text);
    assertFalse(os.done.contains("spawn 2 with [1]"), os.done::toString);
    assertTrue(os.done.indexOf("forget 1") > os.done.indexOf("close listeners"));
  }

  @Test
  void aProgramThatIsNotThereIsNoReasonToEndTheOneThatServes() {
    FakeOs os =
        new FakeOs(
            new Server() {
              @Override
              public void checked(int generation) throws Os.NotStarted {
                throw new Os.NotStarted(127, "cannot start java: not found");
              }
            });
    os.shortages.put(1, "1 GiB is used up");
    os.happen(1_000, asked(7, new Request.Reload(true)));
    os.happen(2_000, asked(8, new Request.ShowStatus()));
    os.happen(9_000, signal(Signal.TERM));

    assertEquals(143, run(os, overlap(Policy.Overlap.AUTO)));

    Reply.Finished failed = assertInstanceOf(Reply.Finished.class, os.answers.get(7L));
    assertTrue(failed.text().contains("cannot start java: not found"), failed::text);
    FleetStatus status = assertInstanceOf(Reply.Status.class, os.answers.get(8L)).status();
    assertEquals("serving", status.generations().getFirst().phase());
  }

  @Test
  void appWhoseJarDeclaresItIsNotReadyByItsListener() {
    FakeOs os = new FakeOs(new Server());
    os.declaring = true;
    os.happen(3_000, asked(5, new Request.ShowStatus()));
    os.in(4_000, () -> os.say(1, new Message.Ready(), -1));
    os.happen(5_000, asked(6, new Request.ShowStatus()));
    os.happen(6_000, signal(Signal.TERM));
    run(os, policy(0));
    FleetStatus before = assertInstanceOf(Reply.Status.class, os.answers.get(5L)).status();
    FleetStatus after = assertInstanceOf(Reply.Status.class, os.answers.get(6L)).status();
    assertEquals("starting", before.generations().getFirst().phase());
    assertEquals("serving", after.generations().getFirst().phase());
  }

  private static List<String> announced(FakeOs os) {
    List<String> announced = new ArrayList<>();
    for (String line : os.done) {
      if (line.startsWith("announce ")) {
        announced.add(line.substring("announce ".length()));
      }
    }
    return announced;
  }

  @Test
  void theServiceManagerHearsOfReadinessReloadsAndTheStop() {
    FakeOs os = new FakeOs(new Server());
    os.happen(1_000, signal(Signal.HUP));
    os.happen(5_000, signal(Signal.TERM));
    run(os, policy(0), new Activation(List.of(), "/run/notify", 0));
    assertEquals(
        List.of(
            "STATUS=starting EXTEND_TIMEOUT_USEC=75000000",
            "READY=1 STATUS=generation 1 serves",
            "RELOADING=1 MONOTONIC_USEC=1001000000 STATUS=reloading EXTEND_TIMEOUT_USEC=115100000",
            "READY=1 STATUS=generation 2 serves",
            "STOPPING=1 STATUS=stopping EXTEND_TIMEOUT_USEC=45000000"),
        announced(os));
  }

  @Test
  void aFailedReloadIsOverForTheServiceManagerToo() {
    FakeOs os =
        new FakeOs(
            new Server() {
              @Override
              public void started(FakeOs world, int generation) throws Os.NotStarted {
                if (generation == 2) {
                  throw new Os.NotStarted(127, "no such program");
                }
                super.started(world, generation);
              }
            });
    os.happen(1_000, signal(Signal.HUP));
    os.happen(5_000, signal(Signal.TERM));
    run(os, policy(0), new Activation(List.of(), "/run/notify", 0));
    List<String> announced = announced(os);
    assertEquals(5, announced.size(), announced::toString);
    assertTrue(announced.get(2).startsWith("RELOADING=1"), announced::toString);
    assertEquals("READY=1 STATUS=generation 1 serves", announced.get(3));
  }

  @Test
  void theWatchdogHearsTwiceInItsIntervalWhateverHappens() {
    FakeOs os = new FakeOs(new Server());
    os.happen(1_000, signal(Signal.HUP));
    os.happen(10_000, signal(Signal.TERM));
    run(os, policy(0), new Activation(List.of(), "/run/notify", 1_000));
    long beats = announced(os).stream().filter("WATCHDOG=1"::equals).count();
    assertTrue(beats >= 20, () -> beats + " in 10 s");
    assertTrue(beats <= 25, () -> beats + " in 10 s");
  }

  @Test
  void withoutAServiceManagerNothingIsAnnounced() {
    FakeOs os = new FakeOs(new Server());
    os.happen(5_000, signal(Signal.TERM));
    run(os, policy(0));
    assertEquals(List.of(), announced(os));
  }
}
