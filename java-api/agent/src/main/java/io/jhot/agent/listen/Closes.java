package io.jhot.agent.listen;

import io.jhot.agent.channel.Channel;
import io.jhot.agent.channel.Failure;
import io.jhot.agent.listen.ListenerTable.Mode;
import io.jhot.protocol.BoundedWait;
import io.jhot.protocol.Message;
import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import sun.nio.ch.JhotHook;

/**
 * What happens at a close: the listener leaves the table before its descriptor can be reused, and
 * jhot closes its own copy before the app continues, so that a later bind finds the port free. On
 * the app's threads; jhot's answers come on the thread that hears it.
 */
final class Closes implements JhotHook.CloseHandler {
  /** How long a close waits for jhot to close its copy. */
  private static final long MAX_RELEASE_NANOS = 1_000_000_000L;

  private final ListenerTable table;
  private final SharedSockets sockets;
  private final OwnCalls ownCalls;
  private final Channel channel;

  /** Closed listeners whose Released is awaited, and what it said. Its own monitor. */
  private final Map<Integer, @Nullable Boolean> releases = new HashMap<>();

  Closes(ListenerTable table, SharedSockets sockets, OwnCalls ownCalls, Channel channel) {
    this.table = table;
    this.sockets = sockets;
    this.ownCalls = ownCalls;
    this.channel = channel;
  }

  @Override
  public void closing(int fd) {
    if (table.get(fd) == null) {
      return;
    }
    try {
      close(fd);
    } catch (RuntimeException | LinkageError e) {
      channel.trouble(
          "the agent could not handle the close of descriptor " + fd + ": " + Failure.words(e));
    }
  }

  private void close(int fd) {
    Listener listener;
    boolean tell;
    synchronized (table) {
      listener = table.remove(fd);
      if (listener == null) {
        return;
      }
      tell = listener.ref >= 0 && (listener.shared == null || listener.shared.users == 1);
      if (tell && listener.shared == null && !listener.displaced) {
        // in case jhot keeps its copy; a bind that comes before that is known must fail
        tryRetain(listener);
      } else if (!tell && listener.shared != null) {
        listener.shared.users--;
      }
      try {
        // others hold the description, so closing does not end its registrations
        Registrations.remove(fd);
      } catch (IOException e) {
        channel.trouble("a selector may still see " + listener.what() + ": " + e.getMessage());
      }
      ownCalls.refuse(listener);
      if (tell && listener.shared != null) {
        listener.shared.unsettled = true; // jhot may shut it down: no bind may take it
      }
    }
    if (tell) {
      Boolean kept = awaitRelease(listener.ref);
      synchronized (table) {
        drop(listener, kept);
      }
    }
  }

  private void tryRetain(Listener listener) {
    try {
      sockets.retain(listener.ref, listener);
    } catch (IOException e) {
      channel.trouble(listener.what() + " may not be bound again by this app: " + e.getMessage());
    }
  }

  /**
   * Closes the duplicate of a closed listener, unless this app may bind it again.
   *
   * @param kept whether jhot keeps its copy; null: it has not answered in time
   */
  private void drop(Listener listener, @Nullable Boolean kept) {
    SharedSocket socket = listener.shared;
    if (socket == null) {
      return;
    }
    socket.users--;
    if (kept == null && !channel.isLost()) {
      return; // its answer settles it when it comes
    }
    socket.unsettled = false;
    if ((kept == null || !kept) && table.mode() == Mode.LIVE) { // a jhot that is gone keeps nothing
      sockets.drop(socket);
    }
  }

  /**
   * Tells jhot that a listener ends, and waits until its copy is closed.
   *
   * @return whether it is kept; null: jhot has not answered in time, or is gone
   */
  private @Nullable Boolean awaitRelease(int ref) {
    long deadline = System.nanoTime() + MAX_RELEASE_NANOS;
    synchronized (releases) {
      releases.put(ref, null);
      channel.send(new Message.Closed(ref));
      BoundedWait.until(
          releases,
          deadline,
          new BooleanSupplier() {
            @Override
            public boolean getAsBoolean() {
              return releases.get(ref) != null || channel.isLost();
            }
          });
      return releases.remove(ref);
    }
  }

  /** jhot's answer to Closed, or its notice that a retained duplicate is no longer needed. */
  void released(int ref, boolean kept) {
    synchronized (releases) {
      if (releases.containsKey(ref)) {
        releases.put(ref, kept);
        releases.notifyAll();
        return;
      }
    }
    synchronized (table) {
      SharedSocket late = sockets.find(ref);
      if (late != null && late.unsettled) {
        late.unsettled = false;
        if (!kept) {
          sockets.drop(late); // no bind took it meanwhile
        }
        return;
      }
      SharedSocket gone = kept || table.mode() == Mode.LIVE ? null : sockets.find(ref);
      if (gone == null) {
        return;
      }
      if (table.mode() == Mode.STAGED && gone.users > 0) {
        gone.givenUp = true; // this generation wants it, and is the one to give it to jhot again
        return;
      }
      sockets.drop(gone);
      for (Listener listener : table.all()) {
        listener.shared = listener.shared == gone ? null : listener.shared;
      }
    }
  }

  /** jhot is gone: no close waits any more. */
  void abandon() {
    synchronized (releases) {
      releases.notifyAll();
    }
  }
}
