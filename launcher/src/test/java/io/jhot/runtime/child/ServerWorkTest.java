package io.jhot.runtime.child;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;

import io.jhot.ffm.InetDiag;
import io.jhot.protocol.Message;
import io.jhot.protocol.Message.Cargo;
import io.jhot.protocol.Message.Connection;
import io.jhot.protocol.Message.Looked;
import io.jhot.protocol.Work;
import java.util.List;
import org.junit.jupiter.api.Test;

class ServerWorkTest {
  private static final long QUIET = 60_000;

  private final ServerWork work = new ServerWork();
  private long now = 100_000;

  private void told(boolean whole, Work... of) {
    work.mayTell(true);
    Message.Look look = work.question(now);
    List<Connection> all = java.util.stream.Stream.of(of).map(ServerWorkTest::connection).toList();
    work.hear(new Looked(look.request(), false, whole, all), now);
  }

  private static Connection connection(Work work) {
    return new Connection(new Cargo(new byte[] {(byte) 192, 0, 2, 7}), 4711, 80, work);
  }

  /** The client spoke last, or not; both a while ago. */
  private Work on(int port, boolean clientLast, boolean holdsBytes, long quiet) {
    return on(port, holdsBytes, clientLast ? quiet + 10 : quiet, clientLast ? quiet : quiet + 10);
  }

  private Work on(int port, boolean holdsBytes, long sentAgo, long receivedAgo) {
    return work.on(
        new InetDiag.Connection(
            4711,
            1,
            holdsBytes ? 1 : 0,
            0,
            sentAgo,
            receivedAgo,
            true,
            "[::ffff:192.0.2.7]:4711",
            port),
        now);
  }

  @Test
  void bytesTellWhereNoAgentCan() {
    assertEquals(Work.OPAQUE, on(80, true, false, QUIET));
    assertEquals(Work.AT_REST, on(80, false, false, QUIET));
    assertNull(work.question(now));
  }

  @Test
  void everythingMayBeUnderWayUntilTheServersHaveTold() {
    work.mayTell(true);
    assertEquals(Work.HIDDEN, on(80, false, false, QUIET));
    assertNotNull(work.question(now));
    assertEquals(Work.HIDDEN, on(80, false, false, QUIET));
  }

  @Test
  void whatTheServerCallsUnansweredIsBusyHoweverQuietAndWhateverTheBytesSay() {
    told(true, Work.UNANSWERED);
    assertEquals(Work.UNANSWERED, on(80, false, false, QUIET));
  }

  @Test
  void whatRestsByItsProtocolRestsThoughTheClientSpokeLast() {
    told(true, Work.AT_REST);
    assertEquals(Work.AT_REST, on(80, true, false, QUIET));
  }

  @Test
  void bytesSinceTheLookOrUnreadOnesUndoTheWordThatItRests() {
    told(true, Work.AT_REST);
    assertEquals(Work.HIDDEN, on(80, false, true, QUIET));
    now += 250;
    assertEquals(Work.HIDDEN, on(80, false, false, 100));
    assertEquals(Work.HIDDEN, on(80, false, false, 250));
    assertEquals(Work.AT_REST, on(80, false, false, 1_000));
  }

  @Test
  void webSocketNeverRestsAndWhatNoServerNamesGoesByItsBytes() {
    told(true, Work.WEB_SOCKET);
    assertEquals(Work.WEB_SOCKET, on(80, true, false, QUIET));
    assertEquals(Work.WEB_SOCKET, on(80, false, false, QUIET));
    assertEquals(Work.OPAQUE, on(81, true, false, QUIET));
    assertEquals(Work.AT_REST, on(81, false, false, QUIET));
  }

  @Test
  void wordsOfBothInOneTickOfTheClockAreBusyUnlessTheServerKnowsOfNothingOpen() {
    told(true, Work.NOTHING_OPEN);
    assertEquals(Work.AT_REST, on(80, false, QUIET, QUIET));
    assertEquals(Work.NOTHING_OPEN, on(80, false, QUIET + 4, QUIET));
    assertEquals(Work.AT_REST, on(80, false, QUIET, QUIET + 4));
    assertEquals(Work.NOTHING_OPEN, on(80, true, QUIET, QUIET));
    assertEquals(Work.OPAQUE, on(81, false, QUIET, QUIET));
  }

  @Test
  void whatNoServerNamesIsHiddenWhileSomeServerCannotBeLookedAt() {
    told(false, Work.AT_REST);
    assertEquals(Work.HIDDEN, on(81, false, false, QUIET));
    assertEquals(Work.AT_REST, on(80, false, false, QUIET));
  }

  @Test
  void answerInPartsCountsWhenTheLastOneIsThere() {
    work.mayTell(true);
    int request = work.question(now).request();
    work.hear(new Looked(request, true, true, List.of(connection(Work.ANSWERING))), now);
    assertEquals(Work.HIDDEN, on(80, false, false, QUIET));
    assertNull(work.question(now));
    work.hear(new Looked(request, false, true, List.of()), now);
    assertEquals(Work.ANSWERING, on(80, false, false, QUIET));
  }

  @Test
  void nextQuestionComesAfterFourTimesTheTimeOfTheLook() {
    work.mayTell(true);
    int request = work.question(now).request();
    now += 100;
    work.hear(new Looked(request, false, true, List.of()), now);
    assertNull(work.question(now + 399));
    assertNotNull(work.question(now + 400));
  }

  @Test
  void answerToAQuestionBeforeTheJvmWasLostIsOfNoUse() {
    work.mayTell(true);
    int request = work.question(now).request();
    work.mayTell(false);
    work.hear(new Looked(request, false, true, List.of(connection(Work.ANSWERING))), now);
    assertEquals(Work.AT_REST, on(80, false, false, QUIET));
  }
}
