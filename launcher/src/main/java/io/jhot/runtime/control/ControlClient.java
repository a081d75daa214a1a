package io.jhot.runtime.control;

import io.jhot.ffm.ControlMessage;
import io.jhot.ffm.Fd;
import io.jhot.ffm.PeerClosedException;
import io.jhot.ffm.Poller;
import io.jhot.protocol.Wire;
import java.io.IOException;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Asks a running jhot, found by its name or because it is the only one. */
public final class ControlClient {
  /** No instance, or more than one, matches; or the one that does gave no answer. */
  public static final class NoAnswer extends Exception {
    private static final long serialVersionUID = 1;

    /** Whether the time ran out. */
    public final boolean timedOut;

    NoAnswer(String message, boolean timedOut) {
      super(message);
      this.timedOut = timedOut;
    }

    /** Never null. */
    @Override
    public String getMessage() {
      return Objects.requireNonNull(super.getMessage());
    }
  }

  private ControlClient() {}

  /**
   * Sends a request and waits for the answer. An instance older than this command refuses what it
   * does not know; it is asked again in its own version. A refused request has had no effect.
   *
   * @param directories where instances may have their sockets
   * @param name whom to ask, or empty for the only one
   * @param request what to ask
   * @param timeoutMillis how long to wait; -1 for as long as it takes
   * @return the answer
   * @throws NoAnswer when there is none
   */
  public static Reply ask(
      List<RuntimeDirectory> directories, String name, Request request, long timeoutMillis)
      throws NoAnswer {
    try {
      byte[] answer = ask(directories, name, request.encode(), timeoutMillis);
      Reply reply = Reply.decode(answer);
      if (reply instanceof Reply.Refused && Request.version(answer) < Request.VERSION) {
        return Reply.decode(
            ask(directories, name, request.encode(Request.version(answer)), timeoutMillis));
      }
      return reply;
    } catch (PeerClosedException e) {
      throw new NoAnswer("the instance ended before it answered", false);
    } catch (IOException e) {
      throw new NoAnswer(String.valueOf(e.getMessage()), false);
    }
  }

  /**
   * Asks for the status, page by page until it is complete.
   *
   * @return a {@link Reply.Status} with the whole fleet, or why there is none
   * @throws NoAnswer as {@link #ask}
   */
  public static Reply status(List<RuntimeDirectory> directories, String name, long timeoutMillis)
      throws NoAnswer {
    Reply first = ask(directories, name, new Request.ShowStatus(), timeoutMillis);
    if (!(first instanceof Reply.Status part)) {
      return first;
    }
    FleetStatus all = part.status();
    for (long next = part.next(); next != 0; ) {
      Reply reply = ask(directories, all.name(), new Request.ShowMore(next), timeoutMillis);
      if (!(reply instanceof Reply.Status more)) {
        return reply;
      }
      if (more.status().pid() != all.pid()) {
        throw new NoAnswer("the instance was replaced while it was asked; try again", false);
      }
      all = StatusPages.joined(all, more.status());
      next = more.next() == next ? 0 : more.next();
    }
    return new Reply.Status(all);
  }

  private static byte[] ask(
      List<RuntimeDirectory> directories, String name, byte[] request, long timeoutMillis)
      throws NoAnswer, IOException {
    try (Fd socket = RunningInstances.find(directories, name)) {
      send(socket, request);
      try (Poller poller = Poller.open()) {
        poller.add(socket, 0, Poller.READABLE);
        if (poller.await(timeoutMillis, (token, events) -> {}) == 0) {
          throw new NoAnswer("no answer yet; jhot goes on with it", true);
        }
      }
      ControlMessage.Received received = receive(socket);
      if (received == null) {
        throw new NoAnswer("the reply is no longer readable; try again", false);
      }
      for (Fd unwanted : received.descriptors()) {
        unwanted.close();
      }
      return received.bytes();
    }
  }

  private static void send(Fd socket, byte[] request) throws IOException {
    try {
      ControlMessage.send(socket, request, List.of());
    } catch (PeerClosedException e) {
      return; // it refuses every request; the reason can still be read
    }
  }

  /** A server that refuses does not read our request; the reset is reported before its reply. */
  private static ControlMessage.@Nullable Received receive(Fd socket) throws IOException {
    try {
      return ControlMessage.receive(socket, Wire.MAX_BYTES);
    } catch (PeerClosedException e) {
      return ControlMessage.receive(socket, Wire.MAX_BYTES);
    }
  }
}
