package io.jhot.runtime.control;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.jhot.protocol.Wire;
import io.jhot.runtime.control.FleetStatus.GenerationStatus;
import io.jhot.runtime.control.FleetStatus.HookStatus;
import io.jhot.runtime.control.FleetStatus.ListenerStatus;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class StatusPagesTest {
  private static FleetStatus fleet(int listeners, int generations, int hooks, int textLength) {
    String text = "x".repeat(textLength);
    List<ListenerStatus> some = new ArrayList<>();
    for (int i = 1; i <= listeners; i++) {
      some.add(new ListenerStatus(2 * i, "tcp-" + i, "tcp://127.0.0.1:" + i + text, i % 2 == 0));
    }
    List<GenerationStatus> all = new ArrayList<>();
    for (int i = 1; i <= generations; i++) {
      List<HookStatus> ended = new ArrayList<>();
      for (int hook = 0; hook < hooks; hook++) {
        ended.add(new HookStatus("hook " + hook + text, 0, 1, text));
      }
      String phase = i < generations ? "draining" : "serving";
      all.add(Statuses.generation(i, phase, "connections", i, 1, 1, 1, text, text, ended));
    }
    return Statuses.fleet("app", 7, 1, some, all, text);
  }

  /** All pages, each by its bytes as a client gets them. */
  private static List<FleetStatus> pages(FleetStatus all) throws Exception {
    List<FleetStatus> pages = new ArrayList<>();
    long next = 0;
    do {
      byte[] bytes = StatusPages.page(all, next).encode();
      assertTrue(bytes.length <= Wire.MAX_BYTES, () -> bytes.length + " bytes");
      Reply.Status page = assertInstanceOf(Reply.Status.class, Reply.decode(bytes));
      pages.add(page.status());
      next = page.next();
    } while (next != 0);
    return pages;
  }

  private static int joinedAgain(FleetStatus all) throws Exception {
    List<FleetStatus> pages = pages(all);
    FleetStatus joined = pages.getFirst();
    for (FleetStatus more : pages.subList(1, pages.size())) {
      joined = StatusPages.joined(joined, more);
    }
    assertEquals(all, joined);
    return pages.size();
  }

  /** How many listeners fit into one answer. */
  private static int limit() {
    return StatusPages.page(fleet(10_000, 1, 0, 3), 0).status().listeners().size();
  }

  @Test
  void listenersAreShownInAsManyAnswersAsItTakes() throws Exception {
    int limit = limit();
    assertEquals(1, joinedAgain(fleet(0, 1, 0, 3)));
    assertEquals(1, joinedAgain(fleet(1, 1, 0, 3)));
    assertEquals(1, joinedAgain(fleet(limit, 1, 0, 3)));
    assertEquals(2, joinedAgain(fleet(limit + 1, 1, 0, 3)));
    assertTrue(joinedAgain(fleet(20 * limit, 1, 0, 3)) >= 20);
  }

  @Test
  void aThousandTimesAsManyAreNoMoreInOneAnswer() {
    Reply.Status page = StatusPages.page(fleet(1000 * limit(), 1, 0, 3), 0);
    assertTrue(page.encode().length <= Wire.MAX_BYTES);
    assertTrue(page.next() != 0);
  }

  @Test
  void generationsWithAllTheirHooksAreShownInAsManyAnswersAsItTakes() throws Exception {
    for (int generations : new int[] {0, 1, 2, 3, 1000}) {
      joinedAgain(fleet(3, generations, FleetStatus.MAX_HOOKS, 300));
    }
  }

  @Test
  void theServingGenerationIsInTheFirstAnswer() throws Exception {
    FleetStatus first = pages(fleet(10, 100, FleetStatus.MAX_HOOKS, 300)).getFirst();
    assertTrue(first.healthy());
  }

  @Test
  void noTextMakesAnAnswerTooLarge() throws Exception {
    for (int length : new int[] {0, 1, 200, 201, 400, 401, 2_000, 2_001, 2_000_000}) {
      joinedAgain(fleet(20, 2, FleetStatus.MAX_HOOKS, length));
    }
  }

  @Test
  void moreHooksThanAreShownAreLeftOut() {
    for (int hooks : new int[] {0, 1, 50, 51, 50_000}) {
      assertEquals(
          Math.min(hooks, FleetStatus.MAX_HOOKS),
          fleet(0, 1, hooks, 1).generations().getFirst().hooks().size());
    }
  }

  @Test
  void aListenerThatClosesMeanwhileHidesNoOther() {
    FleetStatus all = fleet(5_000, 1, 0, 3);
    Reply.Status first = StatusPages.page(all, 0);
    List<ListenerStatus> left = new ArrayList<>(all.listeners());
    left.removeFirst();
    FleetStatus fewer =
        Statuses.fleet(all.name(), all.pid(), 1, left, all.generations(), all.lastReload());
    Reply.Status second = StatusPages.page(fewer, first.next());
    int shown = first.status().listeners().size();
    assertEquals(all.listeners().get(shown), second.status().listeners().getFirst());
  }

  @Test
  void aCommandThatCannotAskForMoreIsToldThatThereIsMore() throws Exception {
    byte[] bytes = StatusPages.page(fleet(10_000, 1, 0, 3), 0).encode(Request.FROZEN);
    Reply.Status shown = assertInstanceOf(Reply.Status.class, Reply.decode(bytes));
    assertTrue(shown.status().lastReload().contains("there is more to show"));
    byte[] all = StatusPages.page(fleet(3, 1, 0, 3), 0).encode(Request.FROZEN);
    assertEquals(
        "xxx", assertInstanceOf(Reply.Status.class, Reply.decode(all)).status().lastReload());
  }

  @Test
  void everyReplyFitsWhateverItsTextsAre() throws Exception {
    for (int length : new int[] {0, 1, Reply.MAX_TEXT, Reply.MAX_TEXT + 1, 4_000_000}) {
      String text = "\u20ac".repeat(length);
      for (int version : new int[] {Request.FROZEN, Request.VERSION}) {
        for (Reply reply :
            List.of(
                new Reply.Accepted(text),
                new Reply.Refused(text),
                new Reply.Finished(false, text, List.of(text, text)))) {
          Reply decoded = Reply.decode(reply.encode(version));
          assertEquals(reply, decoded);
        }
      }
    }
  }

  @Test
  void theLinesOfAFailedStartFitHoweverManyThereAre() throws Exception {
    int most = Reply.Finished.MAX_LINES;
    for (int count : new int[] {0, 1, most, most + 1, 1000 * most}) {
      List<String> lines = new ArrayList<>();
      for (int i = 0; i < count; i++) {
        lines.add("line " + i + " " + "\u20ac".repeat(count == 1 ? 1 : 600));
      }
      Reply.Finished reply = new Reply.Finished(false, "no", lines);
      assertEquals(reply, Reply.decode(reply.encode()));
      assertEquals(Math.min(count, most), reply.lines().size());
      if (count > most) {
        assertTrue(reply.lines().getFirst().startsWith("line 0 "));
        assertTrue(reply.lines().getLast().startsWith("line " + (count - 1) + " "));
        assertTrue(
            reply.lines().contains("... (" + (count - most + 1) + " more lines)"),
            reply.lines()::toString);
      }
    }
  }
}
