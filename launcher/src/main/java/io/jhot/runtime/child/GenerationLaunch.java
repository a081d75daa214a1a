package io.jhot.runtime.child;

import io.jhot.config.AppCommand;
import io.jhot.config.AppEnvironment;
import io.jhot.config.ExecOptions;
import io.jhot.ffm.Fd;
import io.jhot.ffm.Own;
import io.jhot.ffm.Pipe;
import io.jhot.ffm.Signal;
import io.jhot.ffm.Sockets;
import io.jhot.ffm.Spawn;
import io.jhot.ffm.Terminal;
import io.jhot.protocol.Message;
import io.jhot.supervisor.Policy.AgentExpectation;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * One launch of a generation: lays out the descriptors of its first process, describes them in its
 * environment and in the agent's welcome, and starts the process. Invariant: all that was opened
 * for it is closed with this, except jhot's ends of the channels of a child that {@link #run}
 * returned.
 */
final class GenerationLaunch implements AutoCloseable {
  /**
   * Scripts use descriptors of one digit as they like, as in {@code java <&3 3<&-}, and others by
   * habit, as in {@code flock 200}. Shells take free ones from 10 on for themselves, and 255. What
   * is the agent's lies beyond all of them.
   */
  private static final int BEYOND_SCRIPTS = 300;

  /** Where it lies if the limit of open descriptors (RLIMIT_NOFILE) is too low for that. */
  private static final int BEYOND_DIGITS = 10;

  /** More than there are beside the listeners and their private sockets. */
  private static final int OTHERS_FOR_AGENT = 16;

  private final int generation;
  private final AppCommand command;
  private final AppEnvironment environment;
  private final List<HeldListeners.Entry> lent;
  private final ExecOptions options;

  /** The child's descriptors, by the number that they have there. */
  private final SortedMap<Integer, Fd> descriptors = new TreeMap<>();

  /** The next free number. */
  private int next = 3;

  /** Variables that are to hold the child's own pid. */
  private final List<String> pidVariables = new ArrayList<>();

  private final List<Message.Inherited> inheritable = new ArrayList<>();
  private final Map<Integer, Integer> refs = new HashMap<>();
  private final Map<Integer, InetSocketAddress> staged = new HashMap<>();
  private final List<Fd> stagingSockets = new ArrayList<>();
  private final List<Message.Inherited> stagings = new ArrayList<>();

  @SuppressWarnings("NullAway.Init") // opened first of all
  private Fd notify;

  private @Nullable Fd control;
  private int controlNumber = -1;
  private Message.@Nullable Welcome welcome;

  /** The command line, with the agent if it is on it. */
  private List<String> argv;

  /** They read from the start; without a child they end when the pipes are closed. */
  private final List<OutputRelay> relays = new ArrayList<>();

  /** Closed as soon as the child has its copies. */
  private final List<Fd> temporary = new ArrayList<>();

  /** What the child that is returned owns; closed when none is. */
  private final List<Fd> kept = new ArrayList<>();

  GenerationLaunch(
      int generation,
      AppCommand command,
      AppEnvironment environment,
      List<HeldListeners.Entry> lent,
      ExecOptions options) {
    this.generation = generation;
    this.command = command;
    this.argv = command.argv();
    this.environment = environment;
    this.lent = lent;
    this.options = options;
  }

  /**
   * Starts the process. May be called once.
   *
   * @return the child, owned by the caller
   * @throws IOException when there is none
   */
  Child run(Spawn.Mode mode) throws IOException {
    lendOwn();
    openNotify();
    if (command.agent() != AgentExpectation.NONE) {
      prepareForAgent();
    }
    Spawn.Child started =
        Spawn.start(
            new Spawn.Request(
                command.program(),
                argv,
                environment.entries(),
                options.directory().isEmpty() ? null : options.directory(),
                descriptors,
                pidVariables,
                true,
                options.orphanKeep() ? null : Signal.KILL,
                List.of()),
            mode);
    Child child = describe(started);
    kept.clear();
    return child;
  }

  /** Passes the sockets that jhot opened or was given, as in sd_listen_fds(3). */
  private void lendOwn() {
    StringBuilder names = new StringBuilder();
    for (HeldListeners.Entry entry : lent) {
      if (entry.own()) {
        names.append(names.isEmpty() ? "" : ":").append(entry.name());
        lend(entry);
        if (entry.name().equals(options.stdinSocket())) {
          descriptors.put(0, entry.fd());
        }
      }
    }
    if (next > 3) {
      // sd_listen_fds(3): the app's own sockets come first, from 3 on
      environment.put("LISTEN_FDS", Integer.toString(next - 3));
      environment.put("LISTEN_FDNAMES", names.toString());
      environment.put("LISTEN_PID", "");
      pidVariables.add("LISTEN_PID");
    }
  }

  private void lend(HeldListeners.Entry entry) {
    inheritable.add(new Message.Inherited(entry.number(), add(entry.fd()), entry.address()));
    refs.put(entry.number(), entry.number());
  }

  private int add(Fd fd) {
    descriptors.put(next, fd);
    return next++;
  }

  private void openNotify() throws IOException {
    Sockets.Notify socket = Sockets.bindNotify();
    notify = socket.fd();
    kept.add(notify);
    environment.put("NOTIFY_SOCKET", socket.name());
  }

  /** Adds what only an agent can use. */
  private void prepareForAgent() throws IOException {
    next = Math.max(next, firstForAgent());
    for (HeldListeners.Entry entry : lent) {
      if (!entry.own()) {
        lend(entry);
      }
    }
    openControl();
    int parkingNumber = addUnreachable();
    int stagingNumber = addUnreachable();
    if (options.probe() != null || options.warmUp() != null) {
      openStaging();
    }
    int stdoutNumber = -1;
    int stderrNumber = -1;
    if (relays()) {
      String stdout = relay(1, FileDescriptor.out, "stdout-");
      String stderr = relay(2, FileDescriptor.err, "stderr-");
      stdoutNumber = stdout.isEmpty() ? -1 : add(Fd.lent(1));
      stderrNumber = stderr.isEmpty() ? -1 : add(Fd.lent(2));
      environment.put("JHOT_OUTPUT_PIPES", stdout + " " + stderr);
    }
    welcome =
        new Message.Welcome(
            generation,
            parkingNumber,
            stagingNumber,
            stdoutNumber,
            stderrNumber,
            false,
            options.orphanKeep(),
            inheritable);
    argv = command.option().place(command.argv(), environment);
  }

  private void openControl() throws IOException {
    Sockets.Pair pair = Sockets.pair(Sockets.Type.SEQPACKET);
    control = pair.first();
    kept.add(control);
    temporary.add(pair.second());
    control.setNonBlocking(true);
    controlNumber = add(pair.second());
    environment.put("JHOT_CONTROL_FD", Integer.toString(controlNumber));
    environment.put("JHOT_CONTROL_SOCKET", pair.second().target());
  }

  /** The first number for what is the agent's. */
  private int firstForAgent() throws IOException {
    int atMost = 2 * lent.size() + OTHERS_FOR_AGENT; // each may have a private socket too
    return Own.mayOpen(BEYOND_SCRIPTS + atMost) ? BEYOND_SCRIPTS : BEYOND_DIGITS;
  }

  /** A socket that nobody can connect to; put under the app's descriptors that must not serve. */
  private int addUnreachable() throws IOException {
    Fd socket = Sockets.listenUnreachable();
    temporary.add(socket);
    return add(socket);
  }

  /** Private sockets on which the generation is probed while another one serves the shared ones. */
  private void openStaging() throws IOException {
    for (HeldListeners.Entry entry : lent) {
      if (entry.port() != 0) {
        Fd own = entry.openStaging();
        kept.add(own);
        stagingSockets.add(own);
        InetSocketAddress address = HeldListeners.reachable(own);
        staged.put(entry.number(), address);
        stagings.add(new Message.Inherited(entry.number(), add(own), address.toString()));
      }
    }
  }

  /**
   * Whether jhot relays the output of a generation until it is ready. Not for the first generation,
   * nor for one that may outlive jhot: it would write into a pipe without a reader.
   */
  private boolean relays() {
    return generation > 1 && command.agent().isAwaited() && !options.orphanKeep();
  }

  /**
   * Puts a pipe under stdout or stderr of the child, unless it is a terminal.
   *
   * @return what /proc says that the pipe is; empty: there is none
   */
  private String relay(int stream, FileDescriptor to, String name) throws IOException {
    if (Terminal.isTerminal(Fd.lent(stream))) {
      return ""; // the operator reads the lines, and the app sees a terminal
    }
    Pipe pipe = Pipe.open();
    temporary.add(pipe.write());
    temporary.add(pipe.read()); // if no relay is there to close it
    descriptors.put(stream, pipe.write());
    String target = pipe.write().target();
    relays.add(new OutputRelay(pipe.read(), new FileOutputStream(to), name + generation));
    return target;
  }

  /** What jhot holds of the process that it has made. */
  private Child describe(Spawn.Child started) {
    Child child = new Child(generation, started.pid(), started.pidFd());
    child.argv = argv;
    child.control = control;
    child.controlNumber = controlNumber;
    child.notify = notify;
    child.welcome = welcome;
    for (Map.Entry<Integer, Integer> one : refs.entrySet()) {
      child.refer(one.getKey(), one.getValue()); // no lambda: this is on the way of every start
    }
    child.staged.putAll(staged);
    child.stagingSockets.addAll(stagingSockets);
    child.stagings = List.copyOf(stagings);
    for (HeldListeners.Entry entry : lent) {
      child.lent.add(entry.number());
      if (entry.port() != 0) {
        child.ports.add(entry.port());
      }
    }
    child.relays.addAll(relays);
    return child;
  }

  @Override
  public void close() {
    for (Fd fd : temporary) {
      fd.close();
    }
    for (Fd fd : kept) {
      fd.close();
    }
  }
}
