package io.jhot.agent.listen;

import io.jhot.agent.channel.Channel;
import io.jhot.agent.channel.Failure;
import java.util.ArrayList;
import java.util.Collection;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import sun.nio.ch.JhotThreads;

/**
 * The app's threads and event loops that accept. Before an exchange of descriptors they are paused,
 * where a pending accept would stay with the old socket. After it they are woken, so that they poll
 * the new one. Never with the lock held: an event loop that closes its channel may wait for that.
 */
final class Acceptors {
  /** How long jhot's answer waits for sleeping threads to be woken. */
  private static final long MAX_WAKE_MILLIS = 200;

  private final Channel channel;
  private final List<Object> owners = new ArrayList<>();
  private final Collection<Listener> listeners;

  /**
   * Those of one exchange.
   *
   * @param listeners whose descriptors are to be exchanged
   */
  Acceptors(Collection<Listener> listeners, Channel channel) {
    this.listeners = listeners;
    this.channel = channel;
  }

  /** Takes back the accepts that are under way in native transports. */
  void pauseAccepting() {
    Map<Object, Listener> loops = new IdentityHashMap<>();
    for (Listener listener : listeners) {
      if (listener.channel != null) {
        try {
          if (listener.channel.pause()) {
            loops.putIfAbsent(listener.channel.loop(), listener);
          }
        } catch (ReflectiveOperationException | RuntimeException e) {
          cannotPause(listener, e);
        }
      }
    }
    for (Listener listener : loops.values()) {
      try {
        // only those that have one are on loops
        Objects.requireNonNull(listener.channel).awaitTurns();
      } catch (ReflectiveOperationException | RuntimeException e) {
        cannotPause(listener, e);
      }
    }
  }

  private void cannotPause(Listener listener, Exception why) {
    channel.trouble(
        "port "
            + listener.port
            + " is served by an io_uring transport that the agent does not know: "
            + Failure.words(why));
  }

  /**
   * Lets native transports accept again.
   *
   * @param alsoDisplaced false: but for listeners on which nothing can arrive
   */
  void resumeAccepting(boolean alsoDisplaced) {
    for (Listener listener : listeners) {
      boolean reached = alsoDisplaced || !listener.displaced || listener.inside >= 0;
      if (listener.channel != null && reached) {
        try {
          listener.channel.resume();
        } catch (ReflectiveOperationException | RuntimeException e) {
          channel.trouble("port " + listener.port + " accepts no connections: " + Failure.words(e));
        }
      }
    }
  }

  /** The listener's descriptor has been exchanged: threads that sleep on it must be woken. */
  void addExchanged(Listener listener) {
    Object owner = listener.owner == null ? null : listener.owner.get();
    if (owner != null) {
      owners.add(owner);
    }
  }

  /**
   * Wakes the threads that sleep on exchanged descriptors. poll(2) looks its descriptors up anew
   * when it is woken, but goes on sleeping on the sockets that it found first: such a thread would
   * miss the new socket for ever, and keep the old one from being closed.
   *
   * <p>On a thread of its own, and waited for only for a while: it needs a lock of the JDK's that a
   * close may hold which waits for jhot's answer, and that answer comes to this thread.
   */
  void wake() {
    if (owners.isEmpty()) {
      return;
    }
    Thread waking =
        new Thread(null, null, "jhot-wake", 0, false) {
          @Override
          public void run() {
            try {
              for (Object owner : owners) {
                JhotThreads.wakeAcceptor(owner);
              }
            } catch (LinkageError e) {
              channel.trouble(
                  "threads may sleep on a listener that is exchanged: " + Failure.words(e));
            }
          }
        };
    waking.setDaemon(true);
    waking.start();
    try {
      waking.join(MAX_WAKE_MILLIS);
    } catch (InterruptedException e) {
      return; // only who interrupts all threads does that; the threads are woken all the same
    }
  }
}
