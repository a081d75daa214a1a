package io.jhot.runtime.child;

import io.jhot.config.OwnPorts;
import io.jhot.ffm.ErrnoException;
import io.jhot.ffm.Fd;
import io.jhot.ffm.PidFd;
import io.jhot.ffm.Signal;
import io.jhot.protocol.Message;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** What jhot holds of one generation's process: its pidfd, its channels, and who is who in it. */
public final class Child implements AutoCloseable {
  public final int generation;
  public final int pid;
  public final PidFd process;
  public final List<OutputRelay> relays = new ArrayList<>();

  /** The agent's own numbers of listeners, and jhot's, each by the other. */
  private final Map<Integer, Integer> refs = new HashMap<>();

  private final Map<Integer, Integer> byListener = new HashMap<>();

  /** What each agent that says hello is answered; null where no agent can come. */
  public Message.Welcome welcome;

  /** The listeners that it was lent at its start, by jhot's numbers. */
  public final java.util.Set<Integer> lent = new java.util.HashSet<>();

  /** Where the private sockets are on which its listeners are staged; empty without probes. */
  public final Map<Integer, InetSocketAddress> staged = new HashMap<>();

  /** Told to each agent before the welcome; empty where nothing is probed. */
  List<Message.Inherited> stagings = List.of();

  /** What its agent understands ({@link io.jhot.protocol.Wire#VERSION}). */
  public int protocol;

  /** How it was started, in the word that it was told. */
  public String start = "";

  /** The generation that it is to follow; 0 for none. */
  public int predecessor;

  /** Whether an agent said hello. */
  boolean greeted;

  /** Its command. */
  public List<String> argv = List.of();

  /** Ports that it does not share with other generations. */
  public OwnPorts ownPorts = OwnPorts.NONE;

  public Fd control;

  /** What is said on it; null where there is none. */
  Outbox outbox;

  /** The number of the channel's other end in the app. */
  int controlNumber;

  /** Whether its agent cannot send sockets, and jhot may fetch them. */
  boolean fetches;

  Fd notify;

  /** The app's JVM where it is not the first process, as behind a wrapper script. */
  PidFd jvm;

  int jvmPid;

  /**
   * Every port it was lent or has opened: a listener that is closed by now may have connections.
   */
  public final java.util.SortedSet<Integer> ports = new java.util.TreeSet<>();

  /** The connections that were there when it was looked last, by inode: since when, in millis. */
  Map<Long, Long> seenConnections = new HashMap<>();

  /** What its servers say of them. */
  final ServerWork work = new ServerWork();

  /** The listeners that were taken for its own by their user alone, by inode. */
  public final java.util.Set<Long> listenersByUser = new java.util.HashSet<>();

  /** Whether an agent in it has told of a listener that jhot can hand over. */
  public boolean handsOver;

  /** Whether an agent in it has told of a listener that jhot cannot hand over. */
  public boolean keepsOne;

  public boolean exited;

  /** Whether it was said that some of what its agent sends is ignored. */
  boolean ignores;

  /** Whether it was said that somebody else writes to its notify socket. */
  boolean strangerSpoke;

  /** Whether it was said that jhot has no descriptor for one of its listeners. */
  boolean lacksDescriptors;

  Child(int generation, int pid, PidFd process) {
    this.generation = generation;
    this.pid = pid;
    this.process = process;
  }

  /** The process that is the app: its JVM where an agent named one, else the first one. */
  public int appPid() {
    return jvm == null ? pid : jvmPid;
  }

  /** That process. */
  public PidFd app() {
    return jvm == null ? process : jvm;
  }

  /** The agent's own number of a listener, or null when it does not have it. */
  public Integer ref(int listener) {
    return byListener.get(listener);
  }

  /** The listener of one of the agent's numbers, or null when it has none. */
  public Integer listener(int ref) {
    return refs.get(ref);
  }

  /** The agent calls a listener by that number from now on. */
  void refer(int ref, int listener) {
    refs.put(ref, listener);
    byListener.put(listener, ref);
  }

  /** The listeners that its agents have told of and that it was lent, by jhot's numbers. */
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

  /** The last lines that it wrote while it started; empty where jhot does not relay them. */
  public List<String> lastLines() {
    List<String> lines = new ArrayList<>();
    for (OutputRelay relay : relays) {
      lines.addAll(relay.lastLines());
    }
    return lines;
  }

  /** Signals the app; false when it is gone. */
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

  @Override
  public void close() {
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
