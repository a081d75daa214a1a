package io.jhot.runtime.child;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.jhot.ffm.ControlMessage;
import io.jhot.ffm.Errno;
import io.jhot.ffm.ErrnoException;
import io.jhot.ffm.Fd;
import io.jhot.ffm.PeerClosedException;
import io.jhot.ffm.Sockets;
import io.jhot.runtime.poll.Reactor;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class OutboxTest {
  private Reactor reactor;
  private int woken;
  private Fd here;
  private Fd there;
  private Outbox outbox;

  @BeforeEach
  void open() throws IOException {
    reactor = Reactor.open();
    Sockets.Pair pair = Sockets.pair(Sockets.Type.SEQPACKET);
    here = pair.first();
    there = pair.second();
    here.setNonBlocking(true);
    there.setNonBlocking(true);
    reactor.add(here, () -> woken++);
    outbox = new Outbox(here, reactor);
  }

  @AfterEach
  void close() {
    reactor.close();
    here.close();
    there.close();
  }

  private static byte[] message(int number) {
    return new byte[] {(byte) (number >> 16), (byte) (number >> 8), (byte) number};
  }

  private static int number(byte[] bytes) {
    return (bytes[0] & 0xFF) << 16 | (bytes[1] & 0xFF) << 8 | bytes[2] & 0xFF;
  }

  private boolean isWoken() throws IOException {
    woken = 0;
    reactor.await(0, false);
    reactor.dispatch();
    return woken > 0;
  }

  /** Reads all there is, as the loop lets it be sent; returns how many came. */
  private int readAll(int from) throws IOException {
    int next = from;
    while (true) {
      ControlMessage.Received received = ControlMessage.receive(there, 16);
      if (received == null) {
        if (!isWoken()) { // nothing ever comes from there: this is for writing
          return next - from;
        }
        outbox.flush();
      } else {
        assertEquals(next++, number(received.bytes()), "in order");
      }
    }
  }

  @Test
  void moreMessagesThanTheBufferHoldsArriveInOrder() throws Exception {
    for (int count : new int[] {0, 1, 100, 10_000}) {
      for (int i = 0; i < count; i++) {
        assertTrue(outbox.send(message(i)));
      }
      assertEquals(count, readAll(0));
    }
    assertFalse(isWoken(), "nothing wakes the loop any more");
  }

  @Test
  void whoNeverReadsCostsABoundedAmount() throws Exception {
    int kept = 0;
    while (outbox.send(message(kept))) {
      kept++;
    }
    assertTrue(kept > 10_000, "a thousand listeners cost it a part of that");
    for (int i = 0; i < 1000; i++) {
      assertFalse(outbox.send(message(i)));
    }
    assertEquals(kept, readAll(0), "what was kept still comes");
    assertTrue(outbox.send(message(0)));
    assertEquals(1, readAll(0));
  }

  @Test
  void aDescriptorIsNotSentPastWhatWaits() throws Exception {
    int sent = 0;
    for (; sent < 5_000; sent++) {
      outbox.send(message(sent));
    }
    assertFalse(outbox.sendNow(message(sent), List.of(there)));
    assertEquals(sent, readAll(0));
    assertTrue(outbox.sendNow(message(0), List.of()));
  }

  @Test
  void aPeerThatIsGoneIsSaid() throws Exception {
    for (int i = 0; i < 5_000; i++) {
      outbox.send(message(i));
    }
    there.close();
    assertThrows(PeerClosedException.class, outbox::flush);
    outbox.drop();
    outbox.flush();
    assertThrows(PeerClosedException.class, () -> outbox.send(message(0)));
  }

  @Test
  void whatTheKernelHasNoRoomForIsSentLaterAndInOrder() throws Exception {
    for (int shortage : new int[] {Errno.ENOBUFS, Errno.ENOMEM, Errno.ETOOMANYREFS}) {
      int[] errno = {shortage};
      Outbox.Channel channel =
          (socket, bytes, descriptors) -> {
            if (errno[0] != 0) {
              throw new ErrnoException("send a control message", "sendmsg", errno[0]);
            }
            return ControlMessage.send(socket, bytes, descriptors);
          };
      Fd riding = there.duplicate();
      try (Outbox sending = new Outbox(here, reactor, channel)) {
        assertTrue(sending.sendNow(message(0), List.of(riding)));
        assertTrue(sending.send(message(1)));
        sending.flush();
        assertTrue(sending.isShort());
        assertFalse(isWoken(), "the loop does not spin");
        riding.close(); // the outbox has its own
        errno[0] = 0;
        assertTrue(sending.send(message(2)), "behind those that wait");
        sending.flush();
        assertFalse(sending.isShort());
        assertTrue(sending.send(message(3)));
        ControlMessage.Received first = ControlMessage.receive(there, 16);
        assertEquals(0, number(first.bytes()));
        first.descriptors().getFirst().close();
        for (int i = 1; i < 4; i++) {
          assertEquals(i, number(ControlMessage.receive(there, 16).bytes()));
        }
      }
    }
  }

  @Test
  void whatCanNeverBeSentIsSaid() throws Exception {
    int[] errno = {Errno.EMSGSIZE};
    try (Outbox sending =
        new Outbox(
            here,
            reactor,
            (socket, bytes, descriptors) -> {
              throw new ErrnoException("send a control message", "sendmsg", errno[0]);
            })) {
      assertThrows(ErrnoException.class, () -> sending.send(message(0)));
      errno[0] = Errno.ENOBUFS;
      sending.send(message(1));
      errno[0] = Errno.EMSGSIZE;
      assertThrows(ErrnoException.class, sending::flush);
      sending.drop();
      sending.flush();
      assertFalse(sending.isShort());
    }
  }
}
