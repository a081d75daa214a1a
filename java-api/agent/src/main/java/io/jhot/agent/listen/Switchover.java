package io.jhot.agent.listen;

import io.jhot.agent.app.AppClasses;
import io.jhot.agent.channel.Channel;
import io.jhot.agent.channel.Failure;
import io.jhot.agent.drain.HttpDrain;
import io.jhot.agent.listen.ListenerTable.Mode;
import io.jhot.agent.patch.HookClasses;
import java.io.IOException;
import java.util.HashSet;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import sun.nio.ch.JhotHook;
import sun.nio.ch.JhotSockets;

/**
 * Puts this generation into service and takes it out: all listeners go live together, or are parked
 * together, by an exchange of what lies under their descriptors. On the thread that hears jhot.
 *
 * <p>O_NONBLOCK is part of the shared open description and must be on: a thread inside accept(2) of
 * a blocking one could still take a connection after this generation was parked. The JDK polls when
 * accept says EAGAIN, whatever mode its channel is in.
 */
final class Switchover {
  private final ListenerTable table;
  private final SharedSockets sockets;
  private final OwnCalls ownCalls;
  private final Exporter exporter;
  private final Channel channel;
  private final AppClasses classes;
  private @Nullable HttpDrain http; // null until the first drain

  Switchover(
      ListenerTable table,
      SharedSockets sockets,
      OwnCalls ownCalls,
      Exporter exporter,
      Channel channel,
      AppClasses classes) {
    this.table = table;
    this.sockets = sockets;
    this.ownCalls = ownCalls;
    this.exporter = exporter;
    this.channel = channel;
    this.classes = classes;
  }

  /**
   * Puts the shared socket under every displaced listener.
   *
   * @return whether all of them are live
   */
  boolean goLive() {
    ownCalls.awaitAccepted();
    Acceptors acceptors = new Acceptors(table.all(), channel);
    acceptors.pauseAccepting();
    boolean all;
    synchronized (table) {
      all = goLive(acceptors);
    }
    acceptors.resumeAccepting(true);
    acceptors.wake();
    return all;
  }

  private boolean goLive(Acceptors acceptors) {
    table.enter(Mode.LIVE);
    ownCalls.reopen();
    JhotHook.draining = false;
    boolean all = true;
    boolean displaced = false;
    Exchanges exchanges = new Exchanges();
    for (Listener listener : table.all()) {
      if (listener.displaced && listener.shared != null) {
        exchanges.add(listener, listener.shared.fd, listener.under);
      } else if (listener.displaced) {
        displaced = true; // for good: another generation has closed it, or jhot ends
        all &= !listener.lost;
      }
    }
    Map<Listener, IOException> failed = exchanges.run();
    for (Listener listener : exchanges.listeners()) {
      IOException failure = failed.get(listener);
      if (failure == null) {
        acceptors.addExchanged(listener);
        wentLive(listener);
      } else {
        all = false;
        listener.under = -1; // not known, and a private one is closed below
        channel.trouble(listener.what() + " cannot go live: " + failure.getMessage());
      }
    }
    sockets.closeStagings();
    JhotHook.displacing = displaced || !all;
    return all;
  }

  private void wentLive(Listener listener) {
    listener.displaced = false;
    listener.under = -1;
    ownCalls.closeInside(listener);
    SharedSocket socket = Objects.requireNonNull(listener.shared); // it is what has been put under
    sockets.applyOptions(listener, socket);
    if (socket.givenUp) {
      own(listener, socket);
    }
  }

  /** Makes a live listener one that this app has opened, which jhot is to get. */
  private void own(Listener listener, SharedSocket socket) {
    sockets.drop(socket);
    listener.shared = null;
    listener.ref = -1;
    exporter.watch(listener);
  }

  /**
   * Puts the parking socket under every listener that jhot holds, and asks clients to leave.
   *
   * @param last under every listener: no other generation accepts any more
   * @return how many are parked
   */
  int park(boolean last) {
    if (http == null) {
      http = defineHttpDrain();
    }
    if (http != null) {
      http.prepare(); // before the rest: an answer may be on its way
    }
    Acceptors acceptors = new Acceptors(table.all(), channel);
    acceptors.pauseAccepting();
    int parked;
    synchronized (table) {
      table.enter(Mode.PARKED);
      if (http != null) {
        http.begin();
      }
      parked = park(last, acceptors);
    }
    acceptors.resumeAccepting(false); // those that only this process has
    acceptors.wake();
    if (http != null) {
      http.tellResting();
    }
    return parked;
  }

  /** Null, and a line in the log, where this JDK lacks what that needs. */
  private @Nullable HttpDrain defineHttpDrain() {
    try {
      HookClasses.defineDrain(); // HttpDrain cannot be loaded before
      return new HttpDrain(channel, classes, table::hasListenedOn);
    } catch (IOException | ReflectiveOperationException | LinkageError e) {
      channel.trouble(
          "answers cannot say \"Connection: close\" in this Java: clients are not asked to leave: "
              + Failure.words(e));
      return null;
    }
  }

  private int park(boolean last, Acceptors acceptors) {
    Exchanges exchanges = new Exchanges();
    Set<Listener> displaced = new HashSet<>();
    for (Listener listener : table.all()) {
      if (listener.displaced) {
        displaced.add(listener);
      }
      try {
        if (listener.listens() && (listener.ref >= 0 || last)) {
          prepareToPark(listener, last, exchanges);
        } // else a client; or nobody else could accept what comes in here
      } catch (IOException e) {
        channel.trouble(listener.what() + " cannot be parked: " + e.getMessage());
      }
    }
    Map<Listener, IOException> failed = exchanges.run();
    int parked = 0;
    for (Listener listener : exchanges.listeners()) {
      try {
        park(listener, displaced.contains(listener), last, failed.get(listener));
        acceptors.addExchanged(listener);
        parked++;
      } catch (IOException e) {
        channel.trouble(listener.what() + " cannot be parked: " + e.getMessage());
      }
    }
    if (last) {
      sockets.dropAll();
    }
    return parked;
  }

  private void prepareToPark(Listener listener, boolean last, Exchanges exchanges)
      throws IOException {
    int resting = sockets.resting(listener, Mode.PARKED);
    if (listener.shared == null && !listener.displaced && !last) {
      try {
        sockets.retain(listener.ref, listener);
      } catch (IOException e) {
        listener.lost = true;
        channel.trouble(
            "port " + listener.port + " is given up and cannot be taken back: " + e.getMessage());
      }
    }
    JhotHook.displacing = true;
    int live = listener.shared == null ? -1 : listener.shared.fd;
    if (listener.inside < 0) {
      exchanges.add(listener, resting, listener.displaced ? listener.under : live);
    } else {
      exchanges.keep(listener); // calls of its own may be in there
    }
    listener.displaced = true; // before the swap: nobody may ask the parking socket for its port
  }

  private void park(
      Listener listener, boolean wasDisplaced, boolean last, @Nullable IOException failure)
      throws IOException {
    int resting = sockets.resting(listener, Mode.PARKED);
    if (failure instanceof Registrations.NoDescriptorLeft) {
      // To go on accepting would cost connections when the app ends. A selector that still knows
      // the shared socket may be woken for nothing, which costs time.
      JhotSockets.duplicate(resting, listener.fd);
      channel.trouble(
          "port "
              + listener.port
              + " is parked, but its selector still has the old socket: "
              + failure.getMessage());
    } else if (failure != null) {
      listener.displaced = wasDisplaced;
      throw failure;
    }
    listener.under = listener.inside < 0 ? resting : listener.inside;
    if (last && listener.shared != null) {
      listener.shared.users--;
      listener.shared = null;
    }
  }
}
