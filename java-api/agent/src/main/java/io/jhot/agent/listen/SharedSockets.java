package io.jhot.agent.listen;

import io.jhot.agent.channel.Channel;
import io.jhot.protocol.Message;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import sun.nio.ch.JhotListeners;
import sun.nio.ch.JhotSockets;

/**
 * The sockets that the agent owns: those that other generations use too, and those that lie under a
 * listener while it is not live. Guarded by the lock of {@link ListenerTable}, but where a method
 * says otherwise.
 */
final class SharedSockets {
  private final ListenerTable table;
  private final Channel channel;
  private final List<SharedSocket> shared = new ArrayList<>();

  /** Inherited sockets that no bind can mean, until the app asks for them; shared then. */
  private final List<SharedSocket> unasked = new ArrayList<>();

  /** Private sockets of staged listeners, by the ref of the listener; empty once live. */
  private final Map<Integer, Integer> stagings = new HashMap<>();

  /** What {@link #begin} is to take beside what the welcome lists. */
  private final List<Message.Inherited> lent = new ArrayList<>();

  private int staging = -1;
  private int parking = -1;

  /** What lies under UDP sockets that are staged or parked; -1: there is none yet. */
  private int deaf = -1;

  SharedSockets(ListenerTable table, Channel channel) {
    this.table = table;
    this.channel = channel;
  }

  /** Takes the private sockets for staged listeners; before {@link #begin}, without the lock. */
  void stageOn(List<Message.Inherited> sockets) {
    synchronized (table) {
      for (Message.Inherited one : sockets) {
        stagings.put(one.ref(), one.fd());
      }
    }
  }

  /** Takes sockets that do not fit into the welcome; before {@link #begin}, without the lock. */
  void lend(List<Message.Inherited> sockets) {
    synchronized (table) {
      lent.addAll(sockets);
    }
  }

  /**
   * Takes what jhot lends, before anything binds. Without the lock.
   *
   * @param pid of this process
   */
  void begin(Message.Welcome welcome, long pid) {
    synchronized (table) {
      staging = welcome.stagingFd();
      parking = welcome.parkingFd();
      table.enter(welcome.live() ? ListenerTable.Mode.LIVE : ListenerTable.Mode.STAGED);
      Set<Integer> inherited = new HashSet<>();
      lent.addAll(welcome.listeners());
      for (Message.Inherited one : lent) {
        inherited.add(one.ref());
        take(one);
      }
      lent.clear();
      table.numberFrom(firstRef(inherited, pid));
      if (welcome.live()) {
        closeStagings();
      }
    }
  }

  private void take(Message.Inherited one) {
    try {
      SharedSocket socket = SharedSocket.of(one.ref(), one.fd());
      if (socket != null) {
        JhotSockets.setNonBlocking(one.fd());
        socket.staging = stagings.getOrDefault(one.ref(), -1);
        (socket.isTcp ? shared : unasked).add(socket);
      }
    } catch (IOException e) {
      channel.trouble("cannot take over " + one.text() + ": " + e.getMessage());
    }
  }

  /**
   * Far from the numbers that jhot uses, and from those of another JVM that used this channel
   * earlier in the same generation.
   */
  private static int firstRef(Set<Integer> inherited, long pid) {
    int first = (int) (pid % (1 << 22)) << 8;
    while (inherited.contains(first)) {
      first++;
    }
    return first;
  }

  /** Those that the app uses or may bind. */
  List<SharedSocket> all() {
    return shared;
  }

  /** The one of that name to jhot; null if there is none. */
  @Nullable SharedSocket find(int ref) {
    for (SharedSocket one : shared) {
      if (one.ref == ref) {
        return one;
      }
    }
    for (SharedSocket one : unasked) {
      if (one.ref == ref) {
        return one;
      }
    }
    return null;
  }

  /**
   * One that the app can have by the API alone.
   *
   * @param fd its number in LISTEN_FDS; -1: it is looked for by where it is bound
   * @param at where that is; null for one that {@code fd} names
   * @return null if there is none
   */
  @Nullable SharedSocket find(int fd, @Nullable SocketAddress at) throws IOException {
    for (List<SharedSocket> some : List.of(unasked, shared)) {
      for (SharedSocket one : some) {
        if (!one.isTcp && (fd >= 0 ? one.fd == fd : isAt(one, at))) {
          return one;
        }
      }
    }
    return null;
  }

  private static boolean isAt(SharedSocket socket, @Nullable SocketAddress at) throws IOException {
    return at instanceof InetSocketAddress wanted
        ? socket.isDatagrams() && socket.isAddress(wanted.getAddress(), wanted.getPort())
        : !socket.isDatagrams() && JhotListeners.unixAddress(socket.fd).equals(at);
  }

  /** The app uses it from now on. */
  void use(SharedSocket asked) {
    if (unasked.remove(asked)) {
      shared.add(asked);
    }
  }

  /** Makes the agent own a duplicate of what lies under the listener. */
  void retain(int ref, Listener user) throws IOException {
    int duplicate = JhotSockets.duplicate(user.fd);
    SharedSocket socket = SharedSocket.of(ref, duplicate);
    if (socket == null) {
      JhotSockets.close(duplicate);
      throw new IOException("it is another kind of socket now");
    }
    socket.users = 1;
    shared.add(socket);
    user.shared = socket;
  }

  /** Closes the agent's duplicate; false if it has been closed before. */
  boolean drop(SharedSocket socket) {
    boolean wasShared = shared.remove(socket);
    boolean wasUnasked = unasked.remove(socket);
    if (wasShared || wasUnasked) {
      close(socket.fd);
    }
    return wasShared || wasUnasked;
  }

  /** Closes the duplicates of all sockets that the app uses or may bind. */
  void dropAll() {
    for (SharedSocket one : shared) {
      close(one.fd);
    }
    shared.clear();
  }

  private void close(int fd) {
    try {
      JhotSockets.close(fd);
    } catch (IOException e) {
      channel.trouble("cannot close descriptor " + fd + ": " + e.getMessage());
    }
  }

  /** A socket for a listener that is not live to lie on. */
  int resting(Listener listener, ListenerTable.Mode why) throws IOException {
    if (listener.datagrams) {
      deaf = deaf < 0 ? JhotListeners.deaf() : deaf;
      return deaf;
    }
    if (why == ListenerTable.Mode.PARKED) {
      return parking;
    }
    SharedSocket socket = listener.shared;
    return socket != null && socket.staging >= 0 ? socket.staging : staging;
  }

  /** The socket under parked TCP listeners. */
  int parking() {
    return parking;
  }

  /** Nothing is staged any more: the private sockets end, with what jhot's probes left in them. */
  void closeStagings() {
    for (int fd : stagings.values()) {
      close(fd);
    }
    stagings.clear();
    for (SharedSocket one : shared) {
      one.staging = -1;
    }
  }

  /** Sets on the shared socket what the app has set on the one that it thinks it has. */
  void applyOptions(Listener listener, SharedSocket socket) {
    try {
      if (listener.before != null) {
        listener.before.applyTo(socket.fd);
      }
      for (Listener.LaterOption one : listener.since) {
        JhotSockets.applyOption(socket.fd, one.family(), one.option(), one.value());
      }
    } catch (IOException e) {
      channel.trouble(listener.what() + " lacks an option that the app has set: " + e.getMessage());
    }
    listener.before = null;
    listener.since.clear();
  }
}
