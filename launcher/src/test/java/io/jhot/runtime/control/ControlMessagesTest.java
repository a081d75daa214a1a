package io.jhot.runtime.control;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.jhot.protocol.ProtocolException;
import io.jhot.runtime.control.FleetStatus.GenerationStatus;
import io.jhot.runtime.control.FleetStatus.HookStatus;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class ControlMessagesTest {
  private static final List<Request> REQUESTS =
      List.of(
          new Request.ShowStatus(),
          new Request.ShowMore(1L << 40 | 7),
          new Request.Reload(true),
          new Request.Reload(false),
          new Request.Stop(true),
          new Request.Stop(false));

  private static final List<Reply> REPLIES =
      List.of(
          new Reply.Status(
              Statuses.fleet(
                  "ping",
                  7,
                  123_456,
                  List.of(Statuses.listener("http", "tcp://[::]:80", true)),
                  List.of(
                      new GenerationStatus(
                          1,
                          "draining",
                          "hooks",
                          8,
                          99,
                          1000,
                          3,
                          "why",
                          "note",
                          List.of(new HookStatus("flush", -1000, 7, "")),
                          List.of(new FleetStatus.WorkStatus("opaque", "in use", 4))),
                      Statuses.generation(
                          2, "serving", "", 9, 5, -1, -1, "it is ready", "", List.of())),
                  "ok: fine")),
          new Reply.Accepted("yes"),
          new Reply.Finished(false, "no", List.of("a", "b")),
          new Reply.Refused("never"));

  private static final int WITHOUT_NEXT = Long.BYTES;

  /** An empty string. */
  private static final int WITHOUT_LAST_CUT = 2;

  @Test
  void requestsAndRepliesSurviveTheirBytes() throws Exception {
    for (Request request : REQUESTS) {
      assertEquals(request, Request.decode(request.encode()));
    }
    for (Reply reply : REPLIES) {
      assertEquals(reply, Reply.decode(reply.encode()));
    }
  }

  @Test
  void whatIsCutOffOrTooLongIsRefused() {
    for (Request request : REQUESTS) {
      byte[] whole = request.encode();
      for (int length = 0; length < whole.length; length++) {
        byte[] part = Arrays.copyOf(whole, length);
        assertThrows(ProtocolException.class, () -> Request.decode(part));
      }
      byte[] old = request.encode(Request.FROZEN);
      byte[] more = Arrays.copyOf(old, old.length + 1);
      assertThrows(ProtocolException.class, () -> Request.decode(more));
    }
    for (Reply reply : REPLIES) {
      byte[] whole = reply.encode();
      for (int length = 0; length < whole.length; length++) {
        if (reply instanceof Reply.Status
            && (length == whole.length - WITHOUT_NEXT
                || length == whole.length - WITHOUT_NEXT - WITHOUT_LAST_CUT)) {
          continue; // an older jhot's, which does not page, or does not tell what was cut
        }
        byte[] part = Arrays.copyOf(whole, length);
        assertThrows(ProtocolException.class, () -> Reply.decode(part));
      }
    }
  }

  @Test
  void garbageIsAProtocolExceptionAndNothingElse() {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    for (int i = 0; i < 20_000; i++) {
      byte[] bytes = REPLIES.get(random.nextInt(REPLIES.size())).encode();
      for (int flips = random.nextInt(4); flips >= 0; flips--) {
        bytes[random.nextInt(bytes.length)] = (byte) random.nextInt();
      }
      try {
        Reply.decode(bytes);
        Request.decode(bytes);
      } catch (ProtocolException e) {
        assertTrue(e.getMessage().length() > 3, () -> "seed " + seed);
      }
    }
  }

  @Test
  void whatIsNoDatagramOfJhotIsNamed() {
    byte[] bytes = new Request.ShowStatus().encode();
    bytes[3] = 0;
    ProtocolException e = assertThrows(ProtocolException.class, () -> Request.decode(bytes));
    assertEquals("not a datagram of jhot", e.getMessage());
  }
}
