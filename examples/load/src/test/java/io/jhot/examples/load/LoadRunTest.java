package io.jhot.examples.load;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What the client counts, against servers whose misbehaviour is known exactly. */
@Timeout(60)
class LoadRunTest {
  private static final Duration TIMEOUT = Duration.ofSeconds(20);

  @Test
  void eachRequestOfEachKindIsCountedOnceWhenAllIsWell() throws IOException {
    try (ScriptedServer server = new ScriptedServer((c, r, t) -> ScriptedServer.ANSWER)) {
      LoadResult result = LoadRun.run(plan(server.port(), 500, 4, 100, 60, 20, TIMEOUT));

      assertEquals(90, result.requests());
      assertEquals(0, result.failed());
      assertEquals(50, result.of(RequestKind.KEEP_ALIVE).requests());
      assertEquals(30, result.of(RequestKind.NEW_CONNECTION).requests());
      assertEquals(10, result.of(RequestKind.SLOW).requests());
      assertEquals(4, result.of(RequestKind.KEEP_ALIVE).connections());
      assertEquals(30, result.of(RequestKind.NEW_CONNECTION).connections());
      int slow = result.of(RequestKind.SLOW).connections();
      assertTrue(slow >= 1 && slow <= 10, slow + " connections for slow requests");
      assertEquals(34 + slow, server.connections());
      assertEquals(List.of("4711"), result.pids());
      assertEquals(List.of(), result.failures());
    }
  }

  @Test
  void aRunThatIsNoLongerWantedEndsEarlyWithEachSentRequestCounted() throws IOException {
    try (ScriptedServer server = new ScriptedServer((c, r, t) -> ScriptedServer.ANSWER)) {
      AtomicInteger asked = new AtomicInteger();
      LoadPlan hours = plan(server.port(), 3_600_000, 4, 100, 60, 20, TIMEOUT);

      LoadResult result = LoadRun.run(hours, () -> asked.incrementAndGet() <= 40);

      assertEquals(40, result.requests());
      assertEquals(0, result.failed());
    }
  }

  @Test
  void aRefusedConnectionIsRefusedOncePerRequest() throws IOException {
    // bound, not listening: the port is nobody else's and every connect to it is refused
    try (Socket bound = new Socket()) {
      bound.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
      LoadResult result = LoadRun.run(plan(bound.getLocalPort(), 200, 2, 50, 50, 50, TIMEOUT));

      assertEquals(30, result.requests());
      assertEquals(30, result.failed());
      for (LoadResult.OfKind kind : result.kinds()) {
        assertEquals(Map.of(FailureCause.REFUSED, 10), kind.causes());
        assertEquals(0, kind.connections());
      }
      assertEquals(30, result.failures().size());
    }
  }

  @Test
  void everyMisbehaviourOnANewConnectionHasItsCause() throws IOException {
    assertCauses(FailureCause.RESET, ScriptedServer.RESET);
    assertCauses(FailureCause.EOF_BEFORE_ANSWER, ScriptedServer.CLOSE);
    assertCauses(FailureCause.EOF_INSIDE_ANSWER, ScriptedServer.CLOSE_INSIDE_ANSWER);
    assertCauses(
        FailureCause.BAD_STATUS,
        ScriptedServer.raw("HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n"));
    assertCauses(FailureCause.BAD_BODY, ScriptedServer.raw(ScriptedServer.head(4, "") + "what"));
    assertCauses(FailureCause.MALFORMED, ScriptedServer.raw("220 mail.example ESMTP\r\n"));
  }

  @Test
  void anEndInsideTheHeadIsAnEndInsideTheAnswer() throws IOException {
    assertCauses(
        FailureCause.EOF_INSIDE_ANSWER,
        (socket, target) -> {
          ScriptedServer.raw("HTTP/1.1 200 OK\r\nContent-Le").perform(socket, target);
          return false;
        });
  }

  private static void assertCauses(FailureCause cause, ScriptedServer.Act act) throws IOException {
    AtomicInteger misbehaved = new AtomicInteger();
    ScriptedServer.Script script =
        (connection, request, target) -> {
          if (connection % 3 != 0) {
            return ScriptedServer.ANSWER;
          }
          misbehaved.incrementAndGet();
          return act;
        };
    try (ScriptedServer server = new ScriptedServer(script)) {
      LoadResult result = LoadRun.run(plan(server.port(), 300, 1, 0, 100, 0, TIMEOUT));

      assertEquals(30, result.requests());
      assertEquals(10, misbehaved.get(), "a request was sent twice, or never");
      assertEquals(30, server.connections());
      assertEquals(Map.of(cause, 10), result.of(RequestKind.NEW_CONNECTION).causes());
      assertEquals(10, result.failed());
    }
  }

  @Test
  void aServerThatNeverAnswersIsATimeoutAndTheRunStillEnds() throws IOException {
    try (ScriptedServer server = new ScriptedServer((c, r, t) -> ScriptedServer.HANG)) {
      Duration timeout = Duration.ofMillis(300);
      LoadResult result = LoadRun.run(plan(server.port(), 200, 1, 0, 50, 0, timeout));

      assertEquals(
          Map.of(FailureCause.TIMEOUT, 10), result.of(RequestKind.NEW_CONNECTION).causes());
    }
  }

  @Test
  void requestsThatNeverGotTheirTurnAreCountedAsFailed() throws IOException {
    try (ScriptedServer server = new ScriptedServer((c, r, t) -> ScriptedServer.HANG)) {
      // each of the 100 would wait 300 ms, and the last moment to start one is after 500 ms
      Duration timeout = Duration.ofMillis(300);
      LoadResult result = LoadRun.run(plan(server.port(), 200, 1, 500, 0, 0, timeout));

      LoadResult.OfKind kind = result.of(RequestKind.KEEP_ALIVE);
      assertEquals(100, kind.failed());
      int timedOut = kind.causes().getOrDefault(FailureCause.TIMEOUT, 0);
      assertTrue(timedOut <= 2, timedOut + " timed out");
      assertEquals(100 - timedOut, kind.causes().get(FailureCause.NEVER_SENT));
    }
  }

  @Test
  void anAnnouncedCloseIsHonouredByANewConnectionAndIsNoFailure() throws IOException {
    ScriptedServer.Script script =
        (connection, request, target) ->
            request == 4 ? ScriptedServer.ANSWER_AND_SAY_CLOSE : ScriptedServer.ANSWER;
    try (ScriptedServer server = new ScriptedServer(script)) {
      LoadResult result = LoadRun.run(plan(server.port(), 300, 2, 200, 0, 0, TIMEOUT));

      LoadResult.OfKind kind = result.of(RequestKind.KEEP_ALIVE);
      assertEquals(60, kind.requests());
      assertEquals(0, kind.failed());
      assertEquals(12, kind.announcedCloses());
      assertEquals(12, kind.connections());
      assertEquals(12, server.connections());
    }
  }

  @Test
  void aConnectionIsNotReusedAfterAnAnnouncedCloseEvenIfTheServerWouldAnswer() throws IOException {
    String politeLie = "HTTP/1.1 200 OK\r\nContent-Length: 18\r\nConnection: foo, Close\r\n\r\n";
    ScriptedServer.Script script =
        (connection, request, target) -> {
          assertEquals(0, request, "a second request on a connection whose close was announced");
          return ScriptedServer.raw(
              target.equals("/ping")
                  ? politeLie + ScriptedServer.body(target)
                  : ScriptedServer.answer(target, "connection: CLOSE\r\n"));
        };
    try (ScriptedServer server = new ScriptedServer(script)) {
      LoadResult result = LoadRun.run(plan(server.port(), 200, 1, 50, 0, 0, TIMEOUT));

      assertEquals(0, result.failed());
      assertEquals(10, server.connections());
    }
  }

  @Test
  void aKeptAliveConnectionClosedWithoutNoticeFailsExactlyTheNextRequest() throws IOException {
    // requests 0 and 1 are answered, the third is the victim and the fourth has a new connection
    ScriptedServer.Script script =
        (connection, request, target) ->
            request == 1 ? ScriptedServer.ANSWER_AND_CLOSE_WITHOUT_NOTICE : ScriptedServer.ANSWER;
    assertThirdOfThreeFails(script);
  }

  @Test
  void aKeptAliveConnectionResetOrEndedOnARequestFailsThatRequest() throws IOException {
    assertThirdOfThreeFails(
        (c, request, t) -> request == 2 ? ScriptedServer.RESET : ScriptedServer.ANSWER);
    assertThirdOfThreeFails(
        (c, request, t) -> request == 2 ? ScriptedServer.CLOSE : ScriptedServer.ANSWER);
  }

  private static void assertThirdOfThreeFails(ScriptedServer.Script script) throws IOException {
    try (ScriptedServer server = new ScriptedServer(script)) {
      LoadResult result = LoadRun.run(plan(server.port(), 300, 1, 100, 0, 0, TIMEOUT));

      LoadResult.OfKind kind = result.of(RequestKind.KEEP_ALIVE);
      assertEquals(30, kind.requests());
      assertEquals(Map.of(FailureCause.UNANNOUNCED_CLOSE, 10), kind.causes());
      assertEquals(10, kind.connections());
      assertEquals(10, server.connections());
    }
  }

  @Test
  void anEndInsideAnAnswerOnAReusedConnectionIsNotTakenForAnIdleClose() throws IOException {
    ScriptedServer.Script script =
        (connection, request, target) ->
            request == 2 ? ScriptedServer.CLOSE_INSIDE_ANSWER : ScriptedServer.ANSWER;
    try (ScriptedServer server = new ScriptedServer(script)) {
      LoadResult result = LoadRun.run(plan(server.port(), 300, 1, 100, 0, 0, TIMEOUT));

      assertEquals(
          Map.of(FailureCause.EOF_INSIDE_ANSWER, 10), result.of(RequestKind.KEEP_ALIVE).causes());
    }
  }

  @Test
  void aStallIsSeenInTheLatencyOfEveryRequestThatItHeldUp() throws IOException {
    // A closed loop would see one slow request of 20. The 20 are due 50 ms apart and the first is
    // held for 600 ms: that delays number i by at least 600 - 50 i ms, and so half of them by 100.
    ScriptedServer.Script script =
        (connection, request, target) ->
            request == 0 ? ScriptedServer.answerAfter(600) : ScriptedServer.ANSWER;
    try (ScriptedServer server = new ScriptedServer(script)) {
      LoadResult result = LoadRun.run(plan(server.port(), 1000, 1, 20, 0, 0, TIMEOUT));

      LoadResult.OfKind kind = result.of(RequestKind.KEEP_ALIVE);
      assertEquals(20, kind.requests());
      assertEquals(0, kind.failed());
      assertTrue(kind.p50() >= 100_000_000, "p50 is " + kind.p50());
      assertTrue(kind.p99() >= 600_000_000, "p99 is " + kind.p99());
    }
  }

  @Test
  void aStalledServerDoesNotSlowDownTheSendingOnNewConnections() throws Exception {
    // No request is answered before the last one has arrived: only an open loop gets there.
    int requests = 40;
    CountDownLatch arrived = new CountDownLatch(requests);
    ScriptedServer.Script script =
        (connection, request, target) ->
            (socket, asked) -> {
              arrived.countDown();
              arrived.await();
              return ScriptedServer.ANSWER.perform(socket, asked);
            };
    try (ScriptedServer server = new ScriptedServer(script)) {
      LoadResult result = LoadRun.run(plan(server.port(), 400, 1, 0, 100, 0, TIMEOUT));

      assertEquals(requests, result.requests());
      assertEquals(0, result.failed());
    }
  }

  @Test
  void warmUpIsCountedButNotTimed() throws IOException {
    ScriptedServer.Script script =
        (connection, request, target) ->
            connection == 0 ? ScriptedServer.answerAfter(400) : ScriptedServer.ANSWER;
    try (ScriptedServer server = new ScriptedServer(script)) {
      LoadPlan plan =
          new LoadPlan(
              "127.0.0.1",
              server.port(),
              Duration.ofMillis(300),
              Duration.ofMillis(300),
              1,
              0,
              100,
              0,
              0,
              TIMEOUT);
      LoadResult.OfKind kind = LoadRun.run(plan).of(RequestKind.NEW_CONNECTION);

      assertEquals(30, kind.requests());
      assertEquals(0, kind.failed());
      assertEquals(0, kind.max());
    }
  }

  @Test
  void postsPairsAndIdleConnectionsAreCountedOnceWhenAllIsWell() throws IOException {
    try (ScriptedServer server = new ScriptedServer((c, r, t) -> ScriptedServer.ANSWER)) {
      LoadResult result = LoadRun.run(mixed(server.port(), 40, 20, 3));

      assertEquals(24 + 24 + 9, result.requests());
      assertEquals(0, result.failed());
      assertEquals(24, result.of(RequestKind.POST).requests());
      assertEquals(24, result.of(RequestKind.PAIR).requests());
      assertEquals(9, result.of(RequestKind.IDLE).requests());
      assertEquals(3, result.of(RequestKind.IDLE).connections());
      assertEquals(0, result.of(RequestKind.IDLE).idleCloses());
    }
  }

  @Test
  void anEchoOfOtherContentIsABadBody() throws IOException {
    ScriptedServer.Script script =
        (connection, request, target) ->
            (socket, asked) ->
                ScriptedServer.raw(ScriptedServer.head(5, "") + "other").perform(socket, asked);
    try (ScriptedServer server = new ScriptedServer(script)) {
      LoadResult result = LoadRun.run(mixed(server.port(), 40, 0, 0));

      assertEquals(Map.of(FailureCause.BAD_BODY, 24), result.of(RequestKind.POST).causes());
    }
  }

  @Test
  void aCloseAfterTheFirstOfAPairFailsTheSecondAlone() throws IOException {
    ScriptedServer.Script script = (c, r, t) -> ScriptedServer.ANSWER_AND_SAY_CLOSE;
    try (ScriptedServer server = new ScriptedServer(script)) {
      LoadResult result = LoadRun.run(mixed(server.port(), 0, 20, 0));

      LoadResult.OfKind kind = result.of(RequestKind.PAIR);
      assertEquals(24, kind.requests());
      assertEquals(Map.of(FailureCause.CLOSED_INSIDE_PAIR, 12), kind.causes());
    }
  }

  @Test
  void aCloseAfterTheSecondOfAPairIsNoFailure() throws IOException {
    ScriptedServer.Script script =
        (c, request, t) ->
            request == 1 ? ScriptedServer.ANSWER_AND_SAY_CLOSE : ScriptedServer.ANSWER;
    try (ScriptedServer server = new ScriptedServer(script)) {
      LoadResult result = LoadRun.run(mixed(server.port(), 0, 20, 0));

      assertEquals(0, result.failed());
      assertEquals(12, result.of(RequestKind.PAIR).connections());
    }
  }

  @Test
  void aConnectionThatIsClosedDuringThePauseIsReplacedAndCounted() throws IOException {
    ScriptedServer.Script script = (c, r, t) -> ScriptedServer.ANSWER_AND_CLOSE_WITHOUT_NOTICE;
    try (ScriptedServer server = new ScriptedServer(script)) {
      LoadResult.OfKind kind = LoadRun.run(mixed(server.port(), 0, 0, 3)).of(RequestKind.IDLE);

      assertEquals(9, kind.requests());
      assertEquals(0, kind.failed());
      assertEquals(9, kind.connections());
      assertEquals(6, kind.idleCloses());
    }
  }

  /** 600 ms, with three rounds of idle connections. */
  private static LoadPlan mixed(int port, int postRate, int pairRate, int idleConnections) {
    return plan(port, 600, 1, 0, 0, 0, TIMEOUT, postRate, pairRate, idleConnections);
  }

  @Test
  void generationsAreTheDistinctPidsInTheOrderOfTheirAnswers() throws IOException {
    List<String> pids = List.of("900", "300", "600");
    AtomicInteger asked = new AtomicInteger();
    ScriptedServer.Script script =
        (connection, request, target) -> {
          if (!target.equals("/pid")) {
            return ScriptedServer.ANSWER;
          }
          String pid = pids.get(Math.min(asked.getAndIncrement() / 5, 2));
          return ScriptedServer.raw(ScriptedServer.head(3, "") + pid);
        };
    try (ScriptedServer server = new ScriptedServer(script)) {
      LoadResult result = LoadRun.run(plan(server.port(), 400, 1, 100, 0, 0, TIMEOUT));

      assertEquals(0, result.failed());
      assertEquals(pids, result.pids());
    }
  }

  @Test
  void aPlanWithoutBoundsIsRefused() {
    assertThrows(IllegalArgumentException.class, () -> plan(1, 3_600_001, 1, 1, 1, 1, TIMEOUT));
    assertThrows(IllegalArgumentException.class, () -> plan(1, 1000, 1, 50_001, 1, 1, TIMEOUT));
    assertThrows(
        IllegalArgumentException.class, () -> plan(1, 3_600_000, 1, 50_000, 1, 1, TIMEOUT));
    assertThrows(IllegalArgumentException.class, () -> plan(1, 1000, 1, 0, 0, 0, TIMEOUT));
    assertThrows(IllegalArgumentException.class, () -> plan(0, 1000, 1, 1, 1, 1, TIMEOUT));
  }

  private static LoadPlan plan(
      int port,
      int millis,
      int connections,
      int keepAliveRate,
      int newRate,
      int slowRate,
      Duration timeout) {
    return plan(port, millis, connections, keepAliveRate, newRate, slowRate, timeout, 0, 0, 0);
  }

  private static LoadPlan plan(
      int port,
      int millis,
      int connections,
      int keepAliveRate,
      int newRate,
      int slowRate,
      Duration timeout,
      int postRate,
      int pairRate,
      int idleConnections) {
    return new LoadPlan(
        "127.0.0.1",
        port,
        Duration.ofMillis(millis),
        Duration.ZERO,
        connections,
        keepAliveRate,
        newRate,
        slowRate,
        5,
        timeout,
        postRate,
        pairRate,
        idleConnections,
        Duration.ofMillis(200),
        false);
  }
}
