package io.jhot.agent.listen;

import static io.jhot.agent.listen.SocketOptions.SOCK_STREAM;
import static io.jhot.agent.listen.SocketOptions.SOL_SOCKET;
import static io.jhot.agent.listen.SocketOptions.SO_ACCEPTCONN;
import static io.jhot.agent.listen.SocketOptions.SO_DOMAIN;
import static io.jhot.agent.listen.SocketOptions.SO_REUSEADDR;
import static io.jhot.agent.listen.SocketOptions.SO_REUSEPORT;
import static io.jhot.agent.listen.SocketOptions.SO_TYPE;

import io.jhot.agent.app.AppClasses;
import io.jhot.agent.channel.Channel;
import io.jhot.agent.channel.Failure;
import io.jhot.agent.channel.Handshake;
import io.jhot.agent.channel.SocketSender;
import io.jhot.agent.drain.Answers;
import io.jhot.agent.drain.Pipelines;
import io.jhot.agent.drain.ServerAnswers;
import io.jhot.protocol.Message;
import java.io.FileDescriptor;
import java.io.IOException;
import java.net.BindException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ProtocolFamily;
import java.net.SocketAddress;
import java.net.SocketOption;
import java.nio.channels.DatagramChannel;
import java.nio.channels.NetworkChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import sun.nio.ch.JhotHook;
import sun.nio.ch.JhotListeners;
import sun.nio.ch.JhotThreads;

/**
 * The app's listeners and which socket lies under each.
 *
 * <p>A listener is <em>live</em>: the shared socket, from which it accepts; <em>staged</em>: a
 * socket that nobody can connect to, until jhot says that this generation goes live; or
 * <em>parked</em>: another such socket, while other generations accept. A listener that only this
 * process holds, because jhot could not be given it, is always live until the very end.
 *
 * <p>One lock guards all of it. It is held while descriptors are exchanged, never while waiting for
 * jhot. A descriptor is in {@link #listeners} exactly while its number cannot mean anything else:
 * it enters before bind returns and leaves before close goes on.
 *
 * <p>O_NONBLOCK is part of the shared open description and must be on: a thread inside accept(2) of
 * a blocking one could still take a connection after this generation was parked. The JDK polls when
 * accept says EAGAIN, whatever mode its channel is in.
 */
public final class Adoption implements JhotHook.Calls {
  private enum Mode {
    STAGED,
    LIVE,
    PARKED
  }

  /** How long a close waits for jhot to close its copy. */
  private static final long MOST_RELEASE_NANOS = 1_000_000_000L;

  /** A request that was read before the drain is answered by then, or takes long. */
  private static final long SETTLING_NANOS = 100_000_000L;

  /** How long jhot's answer waits for sleeping threads to be woken. */
  private static final long MOST_WAKE_MILLIS = 200;

  private final Channel channel;
  private final AppClasses classes;
  private final Handshake handshake;
  private final Exporter exporter;

  private final OwnCalls ownCalls = new OwnCalls();
  private final OwnBinds ownBinds = OwnBinds.of(System.getenv(OwnBinds.VARIABLE));

  /** What is about to bind on this thread. */
  private final ThreadLocal<Object> binding = new ThreadLocal<>();

  private final Object lock = new Object();
  private final Map<Integer, Listener> listeners = new ConcurrentHashMap<>();
  private final List<SharedSocket> shared = new ArrayList<>();

  /** Inherited sockets that no bind can mean, until the app asks for them; shared then. */
  private final List<SharedSocket> unasked = new ArrayList<>();

  /** Every port that the app has listened on: accepted connections have one of them. */
  private final Set<Integer> ports = ConcurrentHashMap.newKeySet();

  private Mode mode = Mode.LIVE;
  private int staging = -1;
  private int parking = -1;

  /** What lies under UDP sockets that are staged or parked; -1: there is none yet. */
  private int deaf = -1;

  private int nextRef;

  /** Private sockets of staged listeners, by the ref of the listener; empty once live. */
  private final Map<Integer, Integer> stagings = new HashMap<>();

  /** What {@link #begin} is to take beside what the welcome lists. */
  private final List<Message.Inherited> lent = new ArrayList<>();

  private volatile Answers answers;
  private volatile Pipelines pipelines;
  private volatile ServerAnswers servers;
  private volatile long drainBegan;

  /** Closed listeners whose Released is awaited, and what it said. Its own monitor. */
  private final Map<Integer, Boolean> releases = new HashMap<>();

  /**
   * @param bindings the jar of io.jhot.ffm; null if sockets cannot be sent to jhot
   */
  public Adoption(Channel channel, AppClasses classes, Handshake handshake, Path bindings) {
    this.channel = channel;
    this.classes = classes;
    this.handshake = handshake;
    this.exporter = new Exporter(this, channel, bindings);
  }

  /** Takes the private sockets for staged listeners; before {@link #begin}. */
  public void stageOn(List<Message.Inherited> sockets) {
    synchronized (lock) {
      for (Message.Inherited one : sockets) {
        stagings.put(one.ref(), one.fd());
      }
    }
  }

  /** Whether the app has listened on that port; asked from any thread. */
  public boolean hasListenedOn(int port) {
    return ports.contains(port);
  }

  /** Takes sockets that do not fit into the welcome; before {@link #begin}. */
  public void lend(List<Message.Inherited> sockets) {
    synchronized (lock) {
      lent.addAll(sockets);
    }
  }

  /** Waits until jhot has been sent what listens by now; within some seconds. */
  public void awaitExports() {
    exporter.awaitExports();
  }

  /** Sockets that cannot be sent to jhot it fetches; before {@link #begin}. */
  public void letFetch() {
    exporter.letFetch();
  }

  /** jhot has answered that sockets cannot be sent. */
  public void greetedAgain() {
    exporter.greetedAgain();
  }

  /** Takes what jhot lends, before anything binds. */
  public void begin(Message.Welcome welcome, long pid) {
    synchronized (lock) {
      staging = welcome.stagingFd();
      parking = welcome.parkingFd();
      mode = welcome.live() ? Mode.LIVE : Mode.STAGED;
      Set<Integer> inherited = new HashSet<>();
      lent.addAll(welcome.listeners());
      for (Message.Inherited one : lent) {
        inherited.add(one.ref());
        try {
          SharedSocket socket = SharedSocket.of(one.ref(), one.fd());
          if (socket != null) {
            JhotHook.setNonBlocking(one.fd());
            socket.staging = stagings.getOrDefault(one.ref(), -1);
            (socket.isTcp ? shared : unasked).add(socket);
          }
        } catch (IOException e) {
          channel.trouble("cannot take over " + one.text() + ": " + e.getMessage());
        }
      }
      lent.clear();
      nextRef = firstRef(inherited, pid);
      if (mode == Mode.LIVE) {
        closeStagings();
      }
    }
  }

  /**
   * Far from the numbers that jhot uses, and from those of another JVM that used this channel
   * before in the same generation.
   */
  private static int firstRef(Set<Integer> inherited, long pid) {
    int first = (int) (pid % (1 << 22)) << 8;
    while (inherited.contains(first)) {
      first++;
    }
    return first;
  }

  /** jhot is gone: nothing more is exported, and no close waits. */
  public void abandon() {
    synchronized (releases) {
      releases.notifyAll();
    }
  }

  // ---- bind ----

  @Override
  public void binding(Object owner) {
    binding.set(owner);
  }

  @Override
  public boolean bind(FileDescriptor socket, InetAddress address, int port) throws BindException {
    Object owner = binding.get();
    binding.remove();
    if (owner != null && owner.getClass().getSimpleName().equals("NioSocketImpl")) {
      classes.watchTlsSockets();
    }
    return port != 0
        && !ownBinds.contains(port)
        && bind(new Listener(JhotHook.number(socket), address, port, owner, null));
  }

  @Override
  public boolean bindNative(int fd, Class<?> type, SocketAddress to) throws BindException {
    Object owner = binding.get();
    binding.remove();
    if (!(to instanceof InetSocketAddress address)
        || address.isUnresolved()
        || address.getPort() == 0
        || ownBinds.contains(address.getPort())) {
      return false;
    }
    if (owner == null && NativeChannel.isRing(type)) {
      return false; // a client's
    }
    return bind(
        new Listener(
            fd,
            address.getAddress(),
            address.getPort(),
            null,
            owner == null ? null : new NativeChannel(owner, type)));
  }

  @Override
  public void loading(String library) {
    if (AppClasses.isNativeTransport(library)) {
      classes.patch(AppClasses.Known.NATIVE_TRANSPORTS);
    } else if (AppClasses.isNettysOpenSsl(library)) {
      classes.patch(AppClasses.Known.OPENSSL);
      JhotHook.notesTls = true; // where it could not be patched, nobody ever sets the bit
    }
  }

  private boolean bind(Listener listener) throws BindException {
    if (!handshake.await()) {
      return false;
    }
    int fd = listener.fd;
    InetAddress address = listener.address;
    int port = listener.port;
    try {
      if (JhotHook.option(fd, SOL_SOCKET, SO_TYPE) != SOCK_STREAM) {
        return false;
      }
      int taken = -1;
      synchronized (lock) {
        SharedSocket match = match(fd, address, port);
        if (match != null) {
          take(listener, match);
          taken = match.ref;
        } else if (!channel.isLost() && mode != Mode.PARKED) {
          watch(listener);
        }
      }
      if (taken >= 0) {
        channel.send(new Message.Taken(taken));
      }
      return taken >= 0;
    } catch (BindException e) {
      throw e;
    } catch (IOException | RuntimeException | LinkageError e) {
      channel.trouble("cannot take over the socket for port " + port + ": " + Failure.words(e));
      return false;
    }
  }

  private SharedSocket match(int fd, InetAddress address, int port) throws IOException {
    SharedSocket used = null;
    String whyNot = null;
    for (SharedSocket one : shared) {
      if (!one.matches(fd, address, port)) {
        String reason = one.whyNot(fd, address, port);
        whyNot = reason == null ? whyNot : reason;
      } else if (one.users == 0) {
        return one;
      } else {
        used = one;
      }
    }
    if (used != null && JhotHook.option(fd, SOL_SOCKET, SO_REUSEPORT) == 0) {
      throw new BindException("Address already in use");
    }
    if (used == null && whyNot != null) {
      channel.trouble(whyNot);
    }
    return used;
  }

  private void take(Listener listener, SharedSocket match) throws IOException {
    int fd = listener.fd;
    listener.ref = match.ref;
    listener.shared = match;
    listener.before = listener.isTcp() ? SocketOptions.differing(fd, match.fd) : null;
    boolean waits = listener.channel == null || listener.channel.canBeStaged(classes);
    Mode own = mode == Mode.STAGED && !waits ? Mode.LIVE : mode;
    listener.displaced = own != Mode.LIVE;
    int under = own == Mode.LIVE ? match.fd : resting(listener, own);
    if (own != mode) {
      channel.trouble(
          "port "
              + listener.port
              + " is served by an io_uring transport that cannot be held back: it accepts from the"
              + " start, before this generation is ready (Netty 4.2's, and 0.0.26 of the"
              + " incubator's, can be held back)");
    }
    Registrations.swapBound(fd, under, listener.owner == null ? null : listener.owner.get());
    listener.under = listener.displaced ? under : -1;
    match.users++;
    listeners.put(fd, listener);
    if (listener.isTcp()) {
      ports.add(listener.port);
    }
    if (listener.displaced) {
      JhotHook.displacing = true;
    } else {
      applyOptions(listener);
    }
  }

  /** What a listener that is not live lies on. */
  private int resting(Listener listener, Mode why) throws IOException {
    if (listener.datagrams) {
      deaf = deaf < 0 ? JhotListeners.deaf() : deaf;
      return deaf;
    }
    if (why == Mode.PARKED) {
      return parking;
    }
    return listener.shared.staging >= 0 ? listener.shared.staging : staging;
  }

  /** Nothing is staged any more: the private sockets end, with what jhot's probes left in them. */
  private void closeStagings() {
    for (int fd : stagings.values()) {
      try {
        JhotHook.close(fd);
      } catch (IOException e) {
        channel.trouble("cannot close descriptor " + fd + ": " + e.getMessage());
      }
    }
    stagings.clear();
    for (SharedSocket one : shared) {
      one.staging = -1;
    }
  }

  /** The JDK binds; once the socket listens it is jhot's business. */
  private void watch(Listener listener) throws IOException {
    int fd = listener.fd;
    if (exporter.canExport() && JhotHook.option(fd, SOL_SOCKET, SO_REUSEADDR) != 0) {
      // The JDK sets SO_REUSEADDR on server sockets only, unless the app asks for it. If the app
      // has
      // switched it off, export sets O_NONBLOCK; an accept(2) that waits by then is woken to park.
      JhotHook.setNonBlocking(fd);
    }
    listeners.put(fd, listener);
    exporter.watch(listener);
  }

  /**
   * Exports one watched listener if it listens by now.
   *
   * @param sender null if this Java cannot send sockets
   * @return false: look again later
   */
  boolean export(Listener listener, SocketSender sender, boolean lastTime) {
    synchronized (lock) {
      if (listeners.get(listener.fd) != listener) {
        return true; // closed since
      }
      try {
        if (!listens(listener)) {
          if (!lastTime && !JhotHook.isConnected(listener.fd)) {
            return false;
          }
          listeners.remove(listener.fd); // a client that chose its own port
          return true;
        }
        if (listener.isTcp()) {
          ports.add(listener.port);
        }
        if (sender == null && !exporter.isFetched()) {
          cannotExport(listener);
          return true;
        }
        JhotHook.setNonBlocking(listener.fd);
        int ref = nextRef++;
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
    int domain = JhotHook.option(listener.fd, SOL_SOCKET, SO_DOMAIN);
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

  private static boolean listens(Listener listener) throws IOException {
    return listener.datagrams || JhotHook.option(listener.fd, SOL_SOCKET, SO_ACCEPTCONN) != 0;
  }

  // ---- what the app asks for by the API: unix-domain listeners and UDP ----

  /**
   * A channel on a socket that jhot holds: live, staged or parked, as this generation is.
   *
   * @param fd its number in LISTEN_FDS; -1: it is looked for by where it is bound
   * @param at where that is; null for one that {@code fd} names
   * @return null: jhot holds none
   * @throws IOException if the app has it already, or cannot use it
   */
  public NetworkChannel open(int fd, SocketAddress at) throws IOException {
    handshake.await();
    NetworkChannel opened;
    SharedSocket match;
    synchronized (lock) {
      match = find(fd, at);
      if (match == null) {
        return null;
      }
      if (match.users > 0) {
        throw new BindException("Address already in use by this app");
      }
      opened = channelOn(match);
      try {
        take(new Listener(JhotListeners.number(opened), opened.getLocalAddress(), opened), match);
      } catch (IOException e) {
        opened.close();
        throw e;
      }
      if (unasked.remove(match)) {
        shared.add(match);
      }
    }
    channel.send(new Message.Taken(match.ref));
    return opened;
  }

  private SharedSocket find(int fd, SocketAddress at) throws IOException {
    for (List<SharedSocket> some : List.of(unasked, shared)) {
      for (SharedSocket one : some) {
        if (!one.isTcp && (fd >= 0 ? one.fd == fd : isAt(one, at))) {
          return one;
        }
      }
    }
    return null;
  }

  private static boolean isAt(SharedSocket socket, SocketAddress at) throws IOException {
    return at instanceof InetSocketAddress wanted
        ? socket.isDatagrams() && socket.isAddress(wanted.getAddress(), wanted.getPort())
        : !socket.isDatagrams() && JhotListeners.unixAddress(socket.fd).equals(at);
  }

  private static NetworkChannel channelOn(SharedSocket socket) throws IOException {
    if (!socket.isDatagrams()) {
      return JhotListeners.unix(JhotHook.duplicate(socket.fd));
    }
    if (socket.isOfOtherFamily(JhotListeners.isIpv6())) {
      throw new IOException(
          SharedSocket.text("udp", socket.address.getAddress(), socket.address.getPort())
              + " is no socket of the family that this JVM makes its own of: write --listen"
              + " udp://[::]:"
              + socket.address.getPort()
              + ", or for IPv4 alone udp://0.0.0.0 and -Djava.net.preferIPv4Stack=true");
    }
    return datagrams(socket.fd);
  }

  private static DatagramChannel datagrams(int socket) throws IOException {
    int own = JhotHook.duplicate(socket);
    int outgoing;
    try {
      outgoing = JhotHook.duplicate(socket);
    } catch (IOException e) {
      JhotHook.close(own);
      throw e;
    }
    return JhotListeners.datagrams(own, outgoing);
  }

  /**
   * Gives jhot a socket that the app has bound.
   *
   * @return what the app is to use from now on
   */
  public NetworkChannel share(NetworkChannel bound) throws IOException {
    handshake.await();
    int fd = JhotListeners.number(bound);
    if (fd < 0) {
      return bound; // not the JDK's
    }
    if (ownBinds.contains(new Listener(fd, bound.getLocalAddress(), bound))) {
      return bound;
    }
    NetworkChannel used = bound;
    if (bound instanceof DatagramChannel) {
      used = datagrams(fd);
      bound.close();
    }
    Listener listener = new Listener(JhotListeners.number(used), used.getLocalAddress(), used);
    synchronized (lock) {
      if (!channel.isLost() && mode != Mode.PARKED) {
        listeners.put(listener.fd, listener);
        exporter.watch(listener);
      }
    }
    return used;
  }

  // ---- live, staged, parked ----

  /**
   * Puts the shared socket under every displaced listener.
   *
   * @return whether all of them are live
   */
  public boolean goLive() {
    List<Object> owners = new ArrayList<>();
    OwnCalls.settle(listeners.values());
    callBack(listeners.values());
    boolean all = goLive(owners);
    acceptAgain(true, listeners.values());
    wake(owners);
    return all;
  }

  private boolean goLive(List<Object> owners) {
    synchronized (lock) {
      mode = Mode.LIVE;
      ownCalls.reopen();
      JhotHook.draining = false;
      boolean all = true;
      boolean displaced = false;
      Exchanges exchanges = new Exchanges();
      for (Listener listener : listeners.values()) {
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
          wentLive(listener, owners);
        } else {
          all = false;
          listener.under = -1; // not known, and a private one is closed below
          channel.trouble(listener.what() + " cannot go live: " + failure.getMessage());
        }
      }
      closeStagings();
      JhotHook.displacing = displaced || !all;
      return all;
    }
  }

  private void wentLive(Listener listener, List<Object> owners) {
    addOwner(listener, owners);
    listener.displaced = false;
    listener.under = -1;
    closeInside(listener);
    applyOptions(listener);
    if (listener.shared.givenUp) {
      own(listener);
    }
  }

  /**
   * Before descriptors are exchanged. Without the lock: an event loop that closes its channel may
   * wait for that.
   */
  private void callBack(Collection<Listener> some) {
    Map<Object, Listener> loops = new IdentityHashMap<>();
    for (Listener listener : some) {
      if (listener.channel != null) {
        try {
          if (listener.channel.pause()) {
            loops.putIfAbsent(listener.channel.loop(), listener);
          }
        } catch (ReflectiveOperationException | RuntimeException e) {
          notCalledBack(listener, e);
        }
      }
    }
    for (Listener listener : loops.values()) {
      try {
        listener.channel.awaitTurns();
      } catch (ReflectiveOperationException | RuntimeException e) {
        notCalledBack(listener, e);
      }
    }
  }

  private void notCalledBack(Listener listener, Exception why) {
    channel.trouble(
        "port "
            + listener.port
            + " is served by an io_uring transport that the agent does not know: "
            + Failure.words(why));
  }

  private void acceptAgain(boolean alsoDisplaced, Collection<Listener> some) {
    for (Listener listener : some) {
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

  /** Makes a live listener one that this app has opened, which jhot is to get. */
  private void own(Listener listener) {
    shared.remove(listener.shared);
    close(listener.shared);
    listener.shared = null;
    listener.ref = -1;
    exporter.watch(listener);
  }

  private static void addOwner(Listener listener, List<Object> owners) {
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
  private void wake(List<Object> owners) {
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
      waking.join(MOST_WAKE_MILLIS);
    } catch (InterruptedException e) {
      return; // only who interrupts all threads does that; the threads are woken all the same
    }
  }

  private void applyOptions(Listener listener) {
    try {
      if (listener.before != null) {
        listener.before.applyTo(listener.shared.fd);
      }
      for (Listener.LaterOption one : listener.since) {
        JhotHook.applyOption(listener.shared.fd, one.family(), one.option(), one.value());
      }
    } catch (IOException e) {
      channel.trouble(listener.what() + " lacks an option that the app has set: " + e.getMessage());
    }
    listener.before = null;
    listener.since.clear();
  }

  /**
   * Puts the parking socket under every listener that jhot holds; {@code last}: under every one.
   *
   * @return how many are parked
   */
  public int park(boolean last) {
    classes.patchTransfers(); // before the rest: an answer may be on its way
    List<Object> owners = new ArrayList<>();
    callBack(listeners.values());
    int parked = park(last, owners);
    acceptAgain(false, listeners.values()); // those that only this process has
    wake(owners);
    classes.patch(AppClasses.Known.ANSWERS); // before those are told that rest: they may ask again
    ServerAnswers to = servers;
    if (to != null) {
      to.tellResting();
    }
    return parked;
  }

  private int park(boolean last, List<Object> owners) {
    synchronized (lock) {
      mode = Mode.PARKED;
      if (JhotHook.canRewriteAnswers()) {
        drainBegan = System.nanoTime();
        if (answers == null) {
          pipelines = new Pipelines(this::isSettled);
          answers = new Answers(this::isAccepted, JhotHook::hasInput, pipelines, this::failed);
          servers = new ServerAnswers(pipelines, this::failed);
        }
        JhotHook.draining = true;
      } else {
        channel.trouble("answers cannot say \"Connection: close\" in this Java: clients stay");
      }
      Exchanges exchanges = new Exchanges();
      Set<Listener> displaced = new HashSet<>();
      for (Listener listener : listeners.values()) {
        if (listener.displaced) {
          displaced.add(listener);
        }
        try {
          if (listens(listener) && (listener.ref >= 0 || last)) {
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
          addOwner(listener, owners);
          parked++;
        } catch (IOException e) {
          channel.trouble(listener.what() + " cannot be parked: " + e.getMessage());
        }
      }
      if (last) {
        for (SharedSocket one : shared) {
          close(one);
        }
        shared.clear();
      }
      return parked;
    }
  }

  private void prepareToPark(Listener listener, boolean last, Exchanges exchanges)
      throws IOException {
    int resting = resting(listener, Mode.PARKED);
    if (listener.shared == null && !listener.displaced && !last) {
      try {
        retain(listener.ref, listener);
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

  private void park(Listener listener, boolean wasDisplaced, boolean last, IOException failure)
      throws IOException {
    int resting = resting(listener, Mode.PARKED);
    if (failure instanceof Registrations.NoDescriptorLeft) {
      // To go on accepting would cost connections when the app ends. A selector that still knows
      // the shared socket may be woken for nothing, which costs time.
      JhotHook.duplicate(resting, listener.fd);
      channel.trouble(
          "port " + listener.port + " is parked past its selector: " + failure.getMessage());
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

  /** Makes the agent own a duplicate of what lies under the listener. */
  private void retain(int ref, Listener user) throws IOException {
    int duplicate = JhotHook.duplicate(user.fd);
    SharedSocket socket = SharedSocket.of(ref, duplicate);
    if (socket == null) {
      JhotHook.close(duplicate);
      throw new IOException("it is another kind of socket now");
    }
    socket.users = 1;
    shared.add(socket);
    user.shared = socket;
  }

  private void close(SharedSocket socket) {
    try {
      JhotHook.close(socket.fd);
    } catch (IOException e) {
      channel.trouble("cannot close descriptor " + socket.fd + ": " + e.getMessage());
    }
  }

  // ---- close ----

  @Override
  public void closing(int fd) {
    if (!listeners.containsKey(fd)) {
      return;
    }
    try {
      close(fd);
    } catch (RuntimeException | LinkageError e) {
      channel.trouble("descriptor " + fd + " is closed without the agent: " + Failure.words(e));
    }
  }

  private void close(int fd) {
    Listener listener;
    boolean tell;
    synchronized (lock) {
      listener = listeners.remove(fd);
      if (listener == null) {
        return;
      }
      tell = listener.ref >= 0 && (listener.shared == null || listener.shared.users == 1);
      if (tell && listener.shared == null && !listener.displaced) {
        // for the case that jhot keeps its copy; a bind that comes before that is known must fail
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
      refuseOwnCalls(listener);
    }
    if (tell) {
      boolean kept = awaitRelease(listener.ref);
      synchronized (lock) {
        settle(listener, kept);
      }
    }
  }

  private void tryRetain(Listener listener) {
    try {
      retain(listener.ref, listener);
    } catch (IOException e) {
      channel.trouble(listener.what() + " may not be bound again by this app: " + e.getMessage());
    }
  }

  private void settle(Listener listener, boolean kept) {
    SharedSocket socket = listener.shared;
    if (socket == null) {
      return;
    }
    socket.users--;
    if (!kept && mode == Mode.LIVE && shared.remove(socket)) {
      close(socket);
    }
  }

  /** Tells jhot that a listener ends, and waits until its copy is closed; returns whether kept. */
  private boolean awaitRelease(int ref) {
    long deadline = System.nanoTime() + MOST_RELEASE_NANOS;
    boolean interrupted = false;
    Boolean kept;
    synchronized (releases) {
      releases.put(ref, null);
      channel.send(new Message.Closed(ref));
      while ((kept = releases.get(ref)) == null && !channel.isLost()) {
        long left = (deadline - System.nanoTime()) / 1_000_000;
        if (left <= 0) {
          break;
        }
        try {
          releases.wait(left);
        } catch (InterruptedException e) {
          interrupted = true; // the app interrupts a thread and then closes: not our business
        }
      }
      releases.remove(ref);
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
    // a jhot that is gone holds nothing; one that is silent may still
    return kept == null ? !channel.isLost() : kept;
  }

  /** jhot's answer to Closed, or its word that a retained duplicate is of no use any more. */
  public void released(int ref, boolean kept) {
    synchronized (releases) {
      if (releases.containsKey(ref)) {
        releases.put(ref, kept);
        releases.notifyAll();
        return;
      }
    }
    synchronized (lock) {
      SharedSocket gone = kept || mode == Mode.LIVE ? null : find(ref);
      if (gone == null) {
        return;
      }
      if (mode == Mode.STAGED && gone.users > 0) {
        gone.givenUp = true; // this generation wants it, and is the one to give it to jhot again
        return;
      }
      shared.remove(gone);
      unasked.remove(gone);
      close(gone);
      for (Listener listener : listeners.values()) {
        listener.shared = listener.shared == gone ? null : listener.shared;
      }
    }
  }

  private SharedSocket find(int ref) {
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

  // ---- what the app calls itself ----

  @Override
  public boolean isOwnCall(InetAddress to, int port) {
    if (!ports.contains(port)) {
      return false;
    }
    synchronized (lock) {
      return OwnCalls.find(listeners.values(), to, port) != null || ownCalls.isClosed(to, port);
    }
  }

  @Override
  public InetSocketAddress inside(InetAddress to, int port) throws IOException {
    Listener called;
    synchronized (lock) {
      called = called(to, port);
      if (called == null || isReachable(called)) {
        return called == null ? new InetSocketAddress(to, port) : insideOf(called);
      }
    }
    List<Object> owners = new ArrayList<>();
    callBack(List.of(called)); // without the lock, as ever
    try {
      synchronized (lock) {
        if (called(to, port) != called) {
          return new InetSocketAddress(to, port);
        }
        if (!isReachable(called)) {
          open(called);
          addOwner(called, owners);
        }
        return insideOf(called);
      }
    } finally {
      acceptAgain(true, List.of(called));
      wake(owners);
    }
  }

  /** The listener that is meant; null if it is live since it was asked. */
  private Listener called(InetAddress to, int port) throws ConnectException {
    Listener listener = OwnCalls.find(listeners.values(), to, port);
    if (listener == null && ownCalls.isClosed(to, port)) {
      throw new ConnectException("Connection refused");
    }
    return listener;
  }

  /** Whether this app can connect to what lies under the listener. */
  private boolean isReachable(Listener listener) {
    return listener.inside >= 0 || isProbed(listener);
  }

  private boolean isProbed(Listener listener) {
    return mode == Mode.STAGED && listener.shared != null && listener.shared.staging >= 0;
  }

  private InetSocketAddress insideOf(Listener listener) throws IOException {
    return JhotHook.boundAddress(listener.inside >= 0 ? listener.inside : listener.shared.staging);
  }

  private void open(Listener listener) throws IOException {
    int fd = OwnCalls.open(listener);
    try {
      ports.add(JhotHook.boundAddress(fd).getPort());
      exchange(listener, fd);
      listener.under = fd;
    } catch (IOException e) {
      OwnCalls.close(listener);
      throw e;
    }
  }

  @Override
  public boolean connectInside(Object socket, InetAddress to, int port) throws IOException {
    return OwnCalls.connect(socket, inside(to, port));
  }

  private void refuseOwnCalls(Listener listener) {
    if (mode == Mode.PARKED) {
      ownCalls.closed(listener);
    }
    closeInside(listener);
  }

  private static void exchange(Listener listener, int socket) throws IOException {
    Exchanges one = new Exchanges();
    one.add(listener, socket, listener.under);
    IOException failure = one.run().get(listener);
    if (failure != null) {
      throw failure;
    }
  }

  private void closeInside(Listener listener) {
    try {
      OwnCalls.close(listener);
    } catch (IOException e) {
      channel.trouble("a private socket of " + listener.what() + " stays open: " + e.getMessage());
    }
  }

  // ---- what the app asks and sets ----

  @Override
  public boolean isShared(int fd) {
    return listeners.containsKey(fd);
  }

  @Override
  public boolean isDisplaced(int fd) {
    Listener listener = listeners.get(fd);
    if (listener == null) {
      return false;
    }
    synchronized (lock) {
      return listener.displaced;
    }
  }

  @Override
  public InetSocketAddress localAddress(int fd) throws IOException {
    synchronized (lock) {
      Listener listener = listeners.get(fd);
      if (listener != null && listener.displaced) {
        return listener.shared == null
            ? new InetSocketAddress(listener.address, listener.port)
            : listener.shared.address;
      }
    }
    return JhotHook.boundAddress(fd); // live since it was asked
  }

  @Override
  public void setOption(int fd, ProtocolFamily family, SocketOption<?> option, Object value)
      throws IOException {
    synchronized (lock) {
      Listener listener = listeners.get(fd);
      if (listener != null && listener.displaced) {
        listener.since.add(new Listener.LaterOption(family, option, value));
        return;
      }
    }
    JhotHook.applyOption(fd, family, option, value);
  }

  @Override
  public Object option(int fd, ProtocolFamily family, SocketOption<?> option) throws IOException {
    int asked = fd;
    synchronized (lock) {
      Listener listener = listeners.get(fd);
      if (listener != null && listener.displaced) {
        for (int i = listener.since.size() - 1; i >= 0; i--) {
          if (listener.since.get(i).option().equals(option)) {
            return listener.since.get(i).value();
          }
        }
        asked = listener.shared == null ? parking : listener.shared.fd;
      }
    }
    return JhotHook.readOption(asked, family, option);
  }

  @Override
  public long write(FileDescriptor socket, JhotHook.Outgoing bytes) throws IOException {
    return answers.write(socket, bytes);
  }

  @Override
  public void received(FileDescriptor socket, byte[] bytes, int length, long all) {
    try {
      pipelines.received(socket, bytes, length, all);
    } catch (RuntimeException | LinkageError e) {
      failed(e);
    }
  }

  @Override
  public boolean isLast(Object subject) {
    try {
      return ServerAnswers.isLast(subject);
    } catch (ReflectiveOperationException | RuntimeException | LinkageError e) {
      failed(e);
      return false;
    }
  }

  @Override
  public boolean isFollowed(Object frame) {
    ServerAnswers to = servers;
    return to != null && to.isFollowed(frame);
  }

  private boolean isSettled() {
    return System.nanoTime() - drainBegan > SETTLING_NANOS;
  }

  @Override
  public void serving(JhotHook.Server server, Object connection, Object message) {
    try {
      servers.serving(server, connection, message);
    } catch (ReflectiveOperationException | RuntimeException | LinkageError e) {
      failed(e);
    }
  }

  /** Whether it is a connection that a client made to one of the app's listeners. */
  private boolean isAccepted(FileDescriptor socket) {
    try {
      return ports.contains(JhotHook.boundAddress(JhotHook.number(socket)).getPort());
    } catch (IOException e) {
      return false; // closed meanwhile: writing to it will say so
    }
  }

  private void failed(Throwable cause) {
    channel.trouble("a client is not told that its connection ends: " + cause);
  }
}
