package io.jhot.runtime.child;

import io.jhot.ffm.ControlMessage;
import io.jhot.ffm.Errno;
import io.jhot.ffm.ErrnoException;
import io.jhot.ffm.Fd;
import io.jhot.runtime.poll.Reactor;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.List;

/**
 * Sends on a nonblocking channel: immediately while its buffer has room, and the rest in order when
 * it has room again. A thousand listeners are a thousand messages, more than a buffer holds, and
 * the loop never waits for a reader. For the loop's thread.
 *
 * <p>The kernel may also lack memory for a message (ENOBUFS, ENOMEM), or have too many descriptors
 * in flight (ETOOMANYREFS). That passes, but no poll tells when: a later {@link #flush} sends such
 * a message, which {@link #isShort} asks for.
 */
final class Outbox implements AutoCloseable {
  /** A peer that leaves this much unread is taken as not reading at all. In bytes. */
  static final int MAX_BYTES = 1 << 20;

  /** Sends a message; false if the other end's buffer is full. */
  interface Channel {
    boolean send(Fd socket, byte[] bytes, List<Fd> descriptors) throws IOException;
  }

  private enum Attempt {
    SENT,
    FULL,
    SHORT
  }

  /** A message and its descriptors, which are owned. */
  private record Letter(byte[] bytes, List<Fd> descriptors) {
    /** What it costs in memory, roughly. */
    int size() {
      return bytes.length + 32;
    }

    void close() {
      for (Fd fd : descriptors) {
        fd.close();
      }
    }
  }

  private final Fd socket;
  private final Reactor reactor;
  private final Channel channel;
  private final ArrayDeque<Letter> waiting = new ArrayDeque<>();
  private int bytes;
  private boolean watchesWriting;
  private boolean kernelIsShort;

  /**
   * @param socket stays the caller's
   * @param reactor has the socket, whose handler calls {@link #flush}
   */
  Outbox(Fd socket, Reactor reactor) {
    this(socket, reactor, ControlMessage::send);
  }

  Outbox(Fd socket, Reactor reactor, Channel channel) {
    this.socket = socket;
    this.reactor = reactor;
    this.channel = channel;
  }

  /** Whether a later {@link #flush} is needed, of which no handler will be told. */
  boolean isShort() {
    return kernelIsShort;
  }

  /**
   * Sends a message, or keeps it.
   *
   * @return false: it is dropped, since too much is kept already
   * @throws IOException when the other end is gone, or it can never be sent
   */
  boolean send(byte[] message) throws IOException {
    Letter letter = new Letter(message, List.of());
    Attempt attempt = Attempt.FULL;
    if (waiting.isEmpty()) {
      attempt = attempt(letter);
      if (attempt == Attempt.SENT) {
        return true;
      }
    }
    if (bytes + letter.size() > MAX_BYTES) {
      return false;
    }
    if (waiting.isEmpty()) {
      waitFor(attempt);
    }
    waiting.add(letter);
    bytes += letter.size();
    return true;
  }

  /**
   * Sends a message with a descriptor now or not at all; it is kept only if the kernel is short.
   *
   * @param descriptors stay the caller's
   * @return false: what came before is not sent yet, or there is no room
   * @throws IOException when the other end is gone, or it can never be sent
   */
  boolean sendNow(byte[] message, List<Fd> descriptors) throws IOException {
    if (!waiting.isEmpty()) {
      return false;
    }
    Attempt attempt = attempt(new Letter(message, descriptors));
    if (attempt != Attempt.SHORT) {
      return attempt == Attempt.SENT;
    }
    Letter kept =
        new Letter(
            message,
            descriptors.isEmpty() ? List.of() : List.of(descriptors.getFirst().duplicate()));
    waiting.add(kept);
    bytes += kept.size();
    waitFor(attempt);
    return true;
  }

  private Attempt attempt(Letter letter) throws IOException {
    try {
      return channel.send(socket, letter.bytes(), letter.descriptors())
          ? Attempt.SENT
          : Attempt.FULL;
    } catch (ErrnoException e) {
      if (e.errno() == Errno.ENOBUFS
          || e.errno() == Errno.ENOMEM
          || e.errno() == Errno.ETOOMANYREFS) {
        return Attempt.SHORT;
      }
      throw e;
    }
  }

  /**
   * Sends what there is room for by now.
   *
   * @throws IOException when the other end is gone, or the next message can never be sent
   */
  void flush() throws IOException {
    if (waiting.isEmpty()) {
      return;
    }
    Attempt attempt = Attempt.SENT;
    while (!waiting.isEmpty()) {
      attempt = attempt(waiting.peek());
      if (attempt != Attempt.SENT) {
        break;
      }
      Letter sent = waiting.poll();
      bytes -= sent.size();
      sent.close();
    }
    waitFor(attempt);
  }

  /** Drops what waits: nobody will read it. */
  void drop() throws ErrnoException {
    close();
    waitFor(Attempt.SENT);
  }

  private void waitFor(Attempt attempt) throws ErrnoException {
    kernelIsShort = attempt == Attempt.SHORT;
    boolean writing = attempt == Attempt.FULL;
    if (writing != watchesWriting) {
      reactor.awaitWriting(socket, writing);
      watchesWriting = writing;
    }
  }

  /** Drops what waits, when the socket is no longer in the reactor. */
  @Override
  public void close() {
    for (Letter letter : waiting) {
      letter.close();
    }
    waiting.clear();
    bytes = 0;
    kernelIsShort = false;
  }
}
