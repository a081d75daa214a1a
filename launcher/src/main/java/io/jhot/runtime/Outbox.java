package io.jhot.runtime;

import io.jhot.ffm.ControlMessage;
import io.jhot.ffm.ErrnoException;
import io.jhot.ffm.Fd;
import io.jhot.ffm.Poller;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.List;

/**
 * What is to be sent on a nonblocking channel: at once while its buffer has room, and the rest, in
 * order, when it has some again. A thousand listeners are a thousand messages, and a buffer holds
 * fewer; the loop never waits for who reads them. Of the loop's thread.
 */
final class Outbox {
  /** Who leaves so much unread does not read at all. In bytes. */
  static final int MOST_BYTES = 1 << 20;

  private final Fd socket;
  private final Poller poller;
  private final long token;
  private final ArrayDeque<byte[]> waiting = new ArrayDeque<>();
  private int bytes;

  /**
   * @param socket in the poller; stays the caller's
   * @param token its token there
   */
  Outbox(Fd socket, Poller poller, long token) {
    this.socket = socket;
    this.poller = poller;
    this.token = token;
  }

  /**
   * Sends a message, or keeps it.
   *
   * @return false: it is dropped, since too much is kept already
   * @throws IOException when the other end is gone
   */
  boolean send(byte[] message) throws IOException {
    if (waiting.isEmpty() && ControlMessage.send(socket, message, List.of())) {
      return true;
    }
    if (bytes + size(message) > MOST_BYTES) {
      return false;
    }
    if (waiting.isEmpty()) {
      poller.change(socket, token, Poller.READABLE | Poller.WRITABLE);
    }
    waiting.add(message);
    bytes += size(message);
    return true;
  }

  /**
   * Sends a message with a descriptor, or does not.
   *
   * @return false: what came before is not sent yet, or there is no room
   * @throws IOException when the other end is gone
   */
  boolean sendNow(byte[] message, List<Fd> descriptors) throws IOException {
    return waiting.isEmpty() && ControlMessage.send(socket, message, descriptors);
  }

  /**
   * Sends what there is room for by now.
   *
   * @throws IOException when the other end is gone
   */
  void flush() throws IOException {
    if (waiting.isEmpty()) {
      return;
    }
    while (!waiting.isEmpty() && ControlMessage.send(socket, waiting.peek(), List.of())) {
      bytes -= size(waiting.poll());
    }
    if (waiting.isEmpty()) {
      watchReadingOnly();
    }
  }

  /** Drops what waits: there is nobody to read it. */
  void drop() throws ErrnoException {
    if (!waiting.isEmpty()) {
      waiting.clear();
      bytes = 0;
      watchReadingOnly();
    }
  }

  /** What a message costs in memory, roughly. */
  private static int size(byte[] message) {
    return message.length + 32;
  }

  private void watchReadingOnly() throws ErrnoException {
    poller.change(socket, token, Poller.READABLE);
  }
}
