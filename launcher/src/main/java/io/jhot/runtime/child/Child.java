package io.jhot.runtime.child;

import io.jhot.config.OwnPorts;
import io.jhot.ffm.ErrnoException;
import io.jhot.ffm.Fd;
import io.jhot.ffm.PidFd;
import io.jhot.ffm.Signal;
import io.jhot.ffm.Sockets;
import io.jhot.protocol.Message;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * What jhot holds of one generation: its processes, its channels, and what is known of them. A
 * plain structure of the loop's thread; {@code LinuxOs} and the classes below it share it.
 */
public final class Child implements AutoCloseable {
  public final int generation;
  public final int pid;
  public final PidFd process;
  public final List<OutputRelay> relays = new ArrayList<>();

  /** jhot's numbers of listeners by the agent's own. */
  private final Map<Integer, Integer> refs = new HashMap<>();

  private final Map<Integer, Integer> byListener = new HashMap<>();

  /** The answer to each agent's hello; null if no agent can come. */
  public Message.@Nullable Welcome welcome;

  /** The listeners that it got at its start, by jhot's numbers. */
  public final Set<Integer> lent = new HashSet<>();

  /** Addresses of the private sockets on which its listeners are staged; empty without probes. */
  public final Map<Integer, InetSocketAddress> staged = new HashMap<>();

  /** Those sockets; owned. Copies of them may be in processes that never use them. */
  final List<Fd> stagingSockets = new ArrayList<>();

  /** Sent to each agent before the welcome; empty without probes. */
  List<Message.Inherited> stagings = List.of();

  /** What its agent understands ({@link io.jhot.protocol.Wire#VERSION}). */
  public int protocol;

  /** Why it was started: FIRST, RELOAD or RESTART. */
  public String start = "";

  /** The generation that it is to follow; 0 for none. */
  public int predecessor;

  /** Whether an agent said hello. */
  boolean greeted;

  /** Its command. */
  public List<String> argv = List.of();

  /** Ports that it does not share with other generations. */
  public OwnPorts ownPorts = OwnPorts.NONE;

  public @Nullable Fd control;

  /** What is to be sent on it; null if there is no channel. */
  @SuppressWarnings("NullAway.Init") // there where control is
  Outbox outbox;

  /** The number of the channel's other end in the app. */
  int controlNumber;

  /** Whether its agent cannot send sockets, and jhot may fetch them. */
  boolean fetches;

  @SuppressWarnings("NullAway.Init") // from its launch on
  Fd notify;

  /** The app's JVM if it is not the first process (a wrapper script is); else null. */
  @Nullable PidFd jvm;

  int jvmPid;

  /**
   * Every port that it got or has opened; a listener that is closed by now may have connections.
   */
  public final SortedSet<Integer> ports = new TreeSet<>();

  /** When each of its connections was first seen, by inode, in milliseconds. */
  Map<Long, Long> seenConnections = new HashMap<>();

  /** What its servers report about them. */
  final ServerWork work = new ServerWork();

  /** Inodes of listeners that were attributed to it by their user alone. */
  public final Set<Long> listenersByUser = new HashSet<>();

  /** Whether it has a listener that jhot can hand over. */
  public boolean handsOver;

  /** Whether it has a listener that jhot cannot hand over. */
  public boolean keepsOne;

  public boolean exited;

  /** Whether it was reported that messages of its agent are ignored. */
  boolean ignores;

  /** Whether it was reported that a stranger writes to its notify socket. */
  boolean strangerSpoke;

  /** Whether it was reported that jhot has no descriptor for one of its listeners. */
  boolean lacksDescriptors;

  Child(int generation, int pid, PidFd process) {
    this.generation = generation;
    this.pid = pid;
    this.process = process;
  }

  /** The pid of the app: its JVM if an agent named one, else the first process. */
  public int appPid() {
    return jvm == null ? pid : jvmPid;
  }

  /** That process. */
  public PidFd app() {
    return jvm == null ? process : jvm;
  }

  /** The agent's own number of a listener, or null if it does not have it. */
  public @Nullable Integer ref(int listener) {
    return byListener.get(listener);
  }

  /** The listener of one of the agent's numbers, or null if it has none. */
  public @Nullable Integer listener(int ref) {
    return refs.get(ref);
  }

  /** Notes the agent's number of a listener. */
  void refer(int ref, int listener) {
    refs.put(ref, listener);
    byListener.put(listener, ref);
  }

  /** The listeners that it got or has opened, by jhot's numbers. */
  public Collection<Integer> listeners() {
    return refs.values();
  }

  /** The agent has let go of a listener. */
  public void forgetRef(int ref) {
    Integer listener = refs.remove(ref);
    if (listener != null) {
      byListener.remove(listener, ref);
    }
  }

  /** The last lines that it wrote while it started; empty if jhot does not relay them. */
  public List<String> lastLines() {
    List<String> lines = new ArrayList<>();
    for (OutputRelay relay : relays) {
      lines.addAll(relay.lastLines());
    }
    return lines;
  }

  /** Signals the app; false if it is gone. */
  public boolean signal(Signal signal) throws ErrnoException {
    if (jvm != null && jvm.signal(signal)) {
      return true;
    }
    return !exited && process.signal(signal);
  }

  /** Signals every process known of this generation. */
  public void signalAll(Signal signal) throws ErrnoException {
    if (jvm != null) {
      jvm.signal(signal);
    }
    if (!exited) {
      process.signal(signal);
    }
  }

  /**
   * Closes the private sockets, for all who have inherited them: nobody is to be reached there any
   * more, since the generation serves on the shared ones, or is gone.
   *
   * @throws ErrnoException if one cannot be shut down; jhot's copies are closed all the same
   */
  public void endStaging() throws ErrnoException {
    try {
      for (Fd socket : stagingSockets) {
        Sockets.stopListening(socket);
      }
    } finally {
      closeStaging();
    }
  }

  private void closeStaging() {
    for (Fd socket : stagingSockets) {
      socket.close();
    }
    stagingSockets.clear();
  }

  @Override
  public void close() {
    closeStaging();
    process.close();
    closeControl();
    notify.close();
  }

  void closeControl() {
    if (control != null) {
      control.close();
      control = null;
    }
    if (outbox != null) {
      outbox.close();
    }
  }
}
