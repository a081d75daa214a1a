package io.jhot.agent.listen;

import static io.jhot.agent.listen.SocketConstants.SOL_SOCKET;
import static io.jhot.agent.listen.SocketConstants.SO_DOMAIN;

import io.jhot.agent.channel.Channel;
import io.jhot.agent.channel.Failure;
import io.jhot.agent.channel.SocketSender;
import io.jhot.protocol.BoundedWait;
import io.jhot.protocol.Message;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import sun.nio.ch.JhotSockets;

/**
 * Gives jhot the sockets that the app has opened. Waits, on a thread of its own, until bound
 * sockets listen: the JDK calls listen(2) right after bind, in a native method that cannot be
 * patched; a client that binds its local address never does. The thread exists only while there is
 * something to wait for.
 *
 * <p>Linking native code takes many milliseconds, so it happens here and not where the app binds.
 */
final class Exporter implements Runnable {
  private static final long FIRST_PAUSE_MILLIS = 1;
  private static final long LONGEST_PAUSE_MILLIS = 100;

  /** How long a socket that is bound but does not listen is watched. */
  private static final long PATIENCE_NANOS = 10_000_000_000L;

  private record Watched(Listener listener, long until) {}

  private final ListenerTable table;
  private final Channel channel;
  private @Nullable Path bindings;
  private boolean fetched;
  private boolean greetedAgain;

  // guarded by this
  private final Deque<Watched> watched = new ArrayDeque<>();
  private boolean running;
  private int roundsBegun;
  private int roundsEnded;
  private int roundsWanted;

  // of the thread that runs
  private @Nullable SocketSender sender;

  Exporter(ListenerTable table, Channel channel, @Nullable Path bindings) {
    this.table = table;
    this.channel = channel;
    this.bindings = bindings;
  }

  /** Whether jhot can have sockets, as far as is known by now. */
  synchronized boolean canExport() {
    return bindings != null || fetched;
  }

  /** jhot fetches sockets that cannot be sent, by their numbers. */
  synchronized void letFetch() {
    fetched = true;
  }

  /** jhot has answered that sockets cannot be sent. */
  synchronized void greetedAgain() {
    greetedAgain = true;
    notifyAll();
  }

  private synchronized boolean isFetched() {
    return fetched;
  }

  /** Watches a socket that the app is about to bind; returns at once. */
  synchronized void watch(Listener listener) {
    watched.add(new Watched(listener, System.nanoTime() + PATIENCE_NANOS));
    notifyAll();
    if (!running) {
      running = true;
      Thread thread = new Thread(null, this, "jhot-export", 0, false);
      thread.setDaemon(true);
      thread.start();
    }
  }

  /**
   * Waits until every socket that listens by now has been exported. Bounded: an app does not wait
   * for ever for a jhot that is stuck.
   */
  synchronized void awaitExports() {
    int wanted = roundsBegun + 1; // one that is under way may be past the socket
    roundsWanted = wanted;
    notifyAll();
    BoundedWait.until(
        this,
        System.nanoTime() + PATIENCE_NANOS,
        new BooleanSupplier() {
          @Override
          public boolean getAsBoolean() {
            return !running || roundsEnded >= wanted;
          }
        });
  }

  @Override
  public void run() {
    load();
    long pause = FIRST_PAUSE_MILLIS;
    while (true) {
      Watched[] round;
      synchronized (this) {
        if (watched.isEmpty()) {
          running = false;
          notifyAll();
          return;
        }
        roundsBegun++;
        round = watched.toArray(new Watched[0]);
        watched.clear();
      }
      boolean any = false;
      for (Watched one : round) {
        if (export(one.listener(), System.nanoTime() - one.until() > 0)) {
          any = true;
        } else {
          putBack(one);
        }
      }
      endRound();
      pause = any ? FIRST_PAUSE_MILLIS : Math.min(2 * pause, LONGEST_PAUSE_MILLIS);
      pause(pause);
    }
  }

  /**
   * Exports one watched listener if it listens by now.
   *
   * @return false: look again later
   */
  private boolean export(Listener listener, boolean lastTime) {
    synchronized (table) {
      if (table.get(listener.fd) != listener) {
        return true; // closed since
      }
      try {
        if (!listener.listens()) {
          if (!lastTime && !JhotSockets.isConnected(listener.fd)) {
            return false;
          }
          table.remove(listener.fd); // a client that chose its own port
          return true;
        }
        if (listener.isTcp()) {
          table.addPort(listener.port);
        }
        if (sender == null && !isFetched()) {
          cannotExport(listener);
          return true;
        }
        JhotSockets.setNonBlocking(listener.fd);
        int ref = table.nextRef();
        if (sender == null) {
          channel.send(new Message.OpenedAt(ref, listener.fd));
        } else {
          sender.send(channel, new Message.Opened(ref), listener.fd);
        }
        listener.ref = ref;
      } catch (IOException e) {
        channel.trouble(
            "cannot hand the socket of "
                + listener.what()
                + " to jhot, so a reload cannot take it over: "
                + e.getMessage());
        channel.send(new Message.NotShared());
      }
      return true;
    }
  }

  private void cannotExport(Listener listener) throws IOException {
    int domain = JhotSockets.option(listener.fd, SOL_SOCKET, SO_DOMAIN);
    int java = Runtime.version().feature();
    channel.trouble(
        "the app opened "
            + listener.what()
            + " itself, and "
            + (java < SocketSender.FIRST_JAVA
                ? "Java "
                    + java
                    + " cannot hand it to jhot (Java 22 can), nor may jhot fetch it"
                    + " (pidfd_getfd)"
                : "the agent cannot hand it to jhot")
            + ": to reload, start jhot with "
            + listener.advice(domain));
    channel.send(new Message.NotShared());
  }

  private synchronized void putBack(Watched one) {
    watched.add(one);
  }

  private synchronized void endRound() {
    roundsEnded = roundsBegun;
    notifyAll();
  }

  /** Until the time is over, or there is something to do; not at all when nothing is left. */
  @SuppressWarnings("WaitNotInLoop") // to wake early is to look once more
  private synchronized void pause(long millis) {
    if (watched.isEmpty() || roundsEnded < roundsWanted) {
      return;
    }
    try {
      wait(millis);
    } catch (InterruptedException e) {
      return; // nobody interrupts this thread but someone who interrupts all: look again at once
    }
  }

  private void load() {
    Path jar;
    synchronized (this) {
      jar = bindings;
    }
    if (sender != null || jar == null) {
      return;
    }
    try {
      sender = SocketSender.load(jar);
    } catch (IOException | ReflectiveOperationException | RuntimeException | LinkageError e) {
      askToFetch();
      channel.trouble(
          isFetched()
              ? "the agent cannot hand sockets to jhot, which fetches them instead: "
                  + Failure.words(e)
              : "the agent cannot hand sockets to jhot, nor may jhot fetch them (pidfd_getfd);"
                  + " sockets of --listen still change hands at a reload: "
                  + Failure.words(e));
    }
  }

  /** Says hello as a JVM that cannot send sockets, and waits for jhot's answer. */
  private void askToFetch() {
    synchronized (this) {
      bindings = null;
    }
    try {
      channel.greet(false);
    } catch (IOException e) {
      return; // without a pid jhot cannot fetch
    }
    synchronized (this) {
      BoundedWait.until(
          this,
          System.nanoTime() + PATIENCE_NANOS,
          new BooleanSupplier() {
            @Override
            public boolean getAsBoolean() {
              return greetedAgain || channel.isLost();
            }
          });
    }
  }
}
