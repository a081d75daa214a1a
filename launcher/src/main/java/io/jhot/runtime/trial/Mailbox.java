package io.jhot.runtime.trial;

import io.jhot.ffm.ControlMessage;
import io.jhot.ffm.Fd;
import io.jhot.ffm.Sockets;
import io.jhot.runtime.OsEvent;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;

/**
 * Where helper threads post events for the loop, and wake it. Only {@link #post} may be called by
 * other threads than the loop's.
 */
final class Mailbox implements AutoCloseable {
  private static final byte[] BELL = {1};

  private final ConcurrentLinkedQueue<OsEvent> posted = new ConcurrentLinkedQueue<>();
  private final Fd bell;
  private final Fd rung;
  private boolean closed;

  private Mailbox(Sockets.Pair pair) {
    bell = pair.first();
    rung = pair.second();
  }

  /**
   * Opens a mailbox.
   *
   * @throws IOException EMFILE, ENFILE
   */
  static Mailbox open() throws IOException {
    Mailbox mailbox = new Mailbox(Sockets.pair(Sockets.Type.SEQPACKET));
    mailbox.bell.setNonBlocking(true);
    mailbox.rung.setNonBlocking(true);
    return mailbox;
  }

  /** Readable when something was posted; owned by this mailbox. */
  Fd fd() {
    return rung;
  }

  /** Posts an event; does nothing after {@link #close}. */
  synchronized void post(OsEvent event) {
    if (closed) {
      return;
    }
    posted.add(event);
    try {
      ControlMessage.send(bell, BELL, List.of()); // full: it has been rung often enough
    } catch (IOException e) {
      throw new AssertionError("the mailbox's own socket failed: " + e.getMessage(), e);
    }
  }

  /** Takes what was posted, in order. */
  void empty(List<OsEvent> into) throws IOException {
    while (ControlMessage.receive(rung, BELL.length) != null) {
      // only the bell; what it rang for is in the queue
    }
    for (OsEvent next = posted.poll(); next != null; next = posted.poll()) {
      into.add(next);
    }
  }

  @Override
  public synchronized void close() {
    closed = true;
    bell.close();
    rung.close();
  }
}
