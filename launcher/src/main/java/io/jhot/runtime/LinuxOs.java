package io.jhot.runtime;

import io.jhot.config.Activation;
import io.jhot.config.AppCommand;
import io.jhot.config.AppEnvironment;
import io.jhot.config.ConfigException;
import io.jhot.config.ExecOptions;
import io.jhot.config.Probe;
import io.jhot.ffm.ControlMessage;
import io.jhot.ffm.Errno;
import io.jhot.ffm.ErrnoException;
import io.jhot.ffm.ExitStatus;
import io.jhot.ffm.Fd;
import io.jhot.ffm.InetDiag;
import io.jhot.ffm.Orphans;
import io.jhot.ffm.Own;
import io.jhot.ffm.PeerClosedException;
import io.jhot.ffm.PidFd;
import io.jhot.ffm.Pipe;
import io.jhot.ffm.Poller;
import io.jhot.ffm.Prctl;
import io.jhot.ffm.Signal;
import io.jhot.ffm.SignalAction;
import io.jhot.ffm.SignalFd;
import io.jhot.ffm.SignalSet;
import io.jhot.ffm.Sockets;
import io.jhot.ffm.Spawn;
import io.jhot.ffm.SpawnException;
import io.jhot.ffm.Terminal;
import io.jhot.host.MemoryCgroup;
import io.jhot.host.StartWarnings;
import io.jhot.protocol.Message;
import io.jhot.protocol.ProtocolException;
import io.jhot.protocol.Wire;
import io.jhot.runtime.Journal.Level;
import io.jhot.supervisor.Policy.AgentHope;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;

/** The real {@link Os}: children, sockets and signals of this Linux. */
public final class LinuxOs implements Os {
  /** Where the command comes from; asked before each generation, for it may stand in a file. */
  public interface CommandSource {
    /**
     * The command as it is now.
     *
     * @return the program and its arguments
     * @throws ConfigException when the file it stands in cannot be used
     */
    List<String> command() throws ConfigException;
  }

  /** What jhot reads from its signalfd; the C entry has blocked these before there was a JVM. */
  private static final SignalSet SIGNALS =
      SignalSet.of(
          Signal.HUP,
          Signal.INT,
          Signal.QUIT,
          Signal.USR1,
          Signal.USR2,
          Signal.TERM,
          Signal.CHLD,
          Signal.WINCH,
          Signal.TTIN,
          Signal.TTOU,
          Signal.TSTP,
          Signal.CONT);

  /** So much is read of one sender in one round: a flood is not to keep others waiting. */
  private static final int MOST_MESSAGES = 64;

  /** More than a socket's buffer holds; a process that it left behind may send on for ever. */
  private static final int MOST_LAST_MESSAGES = 10_000;

  private static final long KIND = 1L << 32;
  private static final long SIGNAL_TOKEN = KIND;
  private static final long PROCESS_TOKENS = 2 * KIND;
  private static final long CONTROL_TOKENS = 3 * KIND;
  private static final long NOTIFY_TOKENS = 4 * KIND;
  private static final long JVM_TOKENS = 5 * KIND;
  private static final long CLI_TOKEN = 6 * KIND;
  private static final long MAIL_TOKEN = 7 * KIND;
  private static final long PROBE_TOKENS = 8 * KIND;
  private static final long CLIENT_TOKENS = 9 * KIND;

  /** So long after a generation came or went, with nothing to do, memory is given back. In ms. */
  private static final long IDLE_AFTER = 1_000;

  private final ExecOptions options;
  private final CommandSource commands;
  private final List<String> inherited;
  private final Journal journal;
  private final String agentJar;
  private final Spawn.Mode mode;
  private final Activation activation;
  private final Poller poller;
  private final SignalFd signals;
  private final Listeners listeners = new Listeners();
  private final Map<Integer, Child> children = new HashMap<>();

  /** What rode along with a message that is not yet passed on; owned. */
  private final Map<Integer, Fd> parcels = new HashMap<>();

  private int lastParcel;
  private final Map<Integer, List<String>> lastLines = new HashMap<>();
  private final List<Long> tokens = new ArrayList<>();
  private final Fd terminal;
  private ControlServer cli;

  /** Null until a helper thread is needed. */
  private Mailbox mailbox;

  /** The probe or warm-up that is under way by connections, or null. */
  private Trial trial;

  /** Commands that probe, or did and have not been reaped. */
  private final Map<Integer, ProbeCommand> probeCommands = new HashMap<>();

  private int lastProbeCommand;
  private boolean cliWasFull;
  private boolean trimmed;
  private boolean lookedAround;

  /** A failure that lasts is reported once, and not with each count. */
  private boolean countingFailed;

  /** Also reported once. */
  private boolean announcingFailed;

  private boolean pidFileWritten;

  /**
   * Gets the signals and the sockets of {@code --listen}.
   *
   * @param options what the operator wants
   * @param commands where the command comes from
   * @param inherited jhot's own environment, {@code K=V} each
   * @param journal where to report
   * @param agentJar the agent's jar, or empty
   * @param mode how children are made
   * @param asJava whether sockets of {@code --listen} are for a JVM
   * @param activation what a service manager passed to jhot; its sockets are taken by this
   * @throws IOException when a socket cannot be opened; everything is closed again
   */
  public LinuxOs(
      ExecOptions options,
      CommandSource commands,
      List<String> inherited,
      Journal journal,
      String agentJar,
      Spawn.Mode mode,
      boolean asJava,
      Activation activation)
      throws IOException {
    this.options = options;
    this.commands = commands;
    this.inherited = inherited;
    this.journal = journal;
    this.agentJar = agentJar;
    this.mode = mode;
    this.activation = activation;
    // before this process opens sockets of its own under one of the numbers
    List<Fd> passed = Sockets.passed(activation.names().size());
    poller = Poller.open();
    signals = SignalFd.open(SIGNALS);
    poller.add(signals.fd(), SIGNAL_TOKEN, Poller.READABLE);
    Fd stdin = Fd.lent(0);
    terminal = Terminal.isTerminal(stdin) ? stdin : null;
    if (terminal != null) {
      SignalAction.restoreDefault(Signal.CHLD); // the JVM asks not to be told of children that stop
    }
    if (Own.pid() != 1) {
      Prctl.becomeSubreaper();
    }
    try {
      for (int i = 0; i < passed.size(); i++) {
        listeners.pass(passed.get(i).transfer(), activation.names().get(i));
      }
      for (var address : options.listen()) {
        listeners.open(address, asJava);
      }
    } catch (IOException e) {
      close();
      throw e;
    }
  }

  /** The listeners that jhot opened itself or was given. */
  public SortedSet<Integer> ownListeners() {
    return listeners.own();
  }

  /**
   * Starts to answer {@code jhot status} and its kin.
   *
   * @param directory where the socket goes
   * @param name the instance's name
   * @return false when a running jhot has that name
   * @throws IOException when the socket cannot be made
   */
  public boolean openControl(RuntimeDirectory directory, String name) throws IOException {
    cli = ControlServer.open(directory, name, poller, CLI_TOKEN, CLIENT_TOKENS);
    return cli != null;
  }

  /** Whether {@link #openControl} has succeeded. */
  public boolean isControlled() {
    return cli != null;
  }

  @Override
  public long now() {
    return System.nanoTime() / 1_000_000;
  }

  @Override
  public long nowMicros() {
    return System.nanoTime() / 1_000; // of HotSpot, which is jhot's runtime: CLOCK_MONOTONIC
  }

  @Override
  public List<Happening> await(long deadline) {
    if (!lookedAround) {
      lookedAround = true; // the app runs by now, so this is nobody's start-up time
      warnOfTheSurroundings();
    }
    List<Happening> happenings = new ArrayList<>();
    try {
      long now = now();
      long wake = cli == null ? deadline : Math.min(deadline, cli.sweep(now, happenings));
      if (!happenings.isEmpty()) {
        return happenings;
      }
      boolean trim = !trimmed && wake > now + IDLE_AFTER;
      tokens.clear();
      int ready =
          poller.await(
              timeout(now, trim ? now + IDLE_AFTER : wake), (token, e) -> tokens.add(token));
      if (ready == 0 && trim) {
        trimmed = true;
        ready = poller.awaitAtRest(timeout(now(), wake), (token, e) -> tokens.add(token));
      }
      if (ready == 0) {
        return happenings;
      }
      for (long token : tokens) {
        handle(token, happenings);
      }
    } catch (IOException e) {
      // refused by a seccomp profile, say: without it jhot is blind, and the app goes with it
      throw new UncheckedIOException(e);
    }
    return happenings;
  }

  private static long timeout(long now, long wake) {
    return wake == Long.MAX_VALUE ? -1 : Math.max(0, wake - now);
  }

  private void warnOfTheSurroundings() {
    int pid = Own.pid();
    int parent = Own.parentPid();
    for (String warning :
        StartWarnings.of(
            Path.of("/"),
            pid,
            parent,
            System.getenv(),
            options.drainTimeoutMillis(),
            options.stopGraceMillis())) {
      journal.log(Level.WARNING, warning);
    }
  }

  private void handle(long token, List<Happening> into) throws IOException {
    int number = (int) token;
    if (token == SIGNAL_TOKEN) {
      readSignals(into); // orphans may end often, and each takes little
      return;
    }
    trimmed = false; // dealing with it brings much of the code back
    if (token == CLI_TOKEN) {
      acceptClients();
    } else if (token == MAIL_TOKEN) {
      mailbox.empty(into);
    } else if (token >= PROBE_TOKENS && token < CLIENT_TOKENS) {
      reapProbe(number, into);
    } else if (token >= CLIENT_TOKENS) {
      if (cli == null) {
        return; // given up in the same round
      }
      cli.read(token - CLIENT_TOKENS, into);
    } else {
      Child child = children.get(number);
      if (child == null) {
        return; // closed by an earlier happening of the same round
      }
      if (token >= JVM_TOKENS) {
        loseJvm(child, into);
      } else if (token >= NOTIFY_TOKENS) {
        readNotify(child, into);
      } else if (token >= CONTROL_TOKENS) {
        readControl(child, MOST_MESSAGES, into);
      } else if (token >= PROCESS_TOKENS) {
        reap(child, into);
      }
    }
  }

  /** What goes wrong between jhot and those who ask is no reason to end the service. */
  private void acceptClients() {
    try {
      String full = cli.accept(now());
      if (full != null && !cliWasFull) {
        journal.log(
            Level.WARNING, "jhot status, reload and stop have to wait (signals work): " + full);
      }
      cliWasFull = full != null;
    } catch (IOException e) {
      journal.log(
          Level.WARNING,
          "jhot status, reload and stop get no answer from now on (signals work): "
              + e.getMessage());
      cli.close();
      cli = null;
    }
  }

  private void readSignals(List<Happening> into) throws IOException {
    for (SignalFd.Received received = signals.read(); received != null; received = signals.read()) {
      if (received.signal() == Signal.CHLD) {
        Orphans.reap(this::isOwnChild);
        for (Child child : children.values()) {
          followStop(child);
        }
      } else {
        into.add(new Happening.SignalReceived(received.signal()));
      }
    }
  }

  private boolean isOwnChild(int pid) {
    for (ProbeCommand probe : probeCommands.values()) {
      if (probe.child.pid() == pid) {
        return true;
      }
    }
    for (Child child : children.values()) {
      if (child.pid == pid && !child.exited) {
        return true;
      }
    }
    return false;
  }

  /**
   * A child that reads the terminal from the background is stopped by the kernel. It gets the
   * terminal, as long as jhot is in the foreground itself; one that was stopped by Ctrl-Z while it
   * had the terminal takes jhot along, so that the shell sees its job stop.
   */
  private void followStop(Child child) throws IOException {
    Signal stopped = child.exited ? null : child.process.stopped();
    if (stopped == null || terminal == null) {
      return;
    }
    int foreground = Terminal.foregroundGroup(terminal);
    if ((stopped == Signal.TTIN || stopped == Signal.TTOU) && foreground == Own.processGroup()) {
      Terminal.setForegroundGroup(terminal, child.pid);
      child.process.signal(Signal.CONT);
    } else if (stopped == Signal.TSTP && foreground == child.pid) {
      Terminal.setForegroundGroup(terminal, Own.processGroup());
      suspend();
    }
  }

  private void reap(Child child, List<Happening> into) throws IOException {
    if (child.exited) {
      return;
    }
    ExitStatus status = child.process.reap();
    if (status == null) {
      return;
    }
    child.exited = true;
    poller.remove(child.process.fd());
    if (child.control != null) {
      readControl(child, MOST_LAST_MESSAGES, into); // what it still said comes before its end
    }
    if (terminal != null && Terminal.foregroundGroup(terminal) == child.pid) {
      Terminal.setForegroundGroup(terminal, Own.processGroup());
    }
    child.signalAll(Signal.KILL); // a JVM whose wrapper died would serve on unsupervised
    for (OutputRelay relay : child.relays) {
      relay.finish(500);
    }
    into.add(new Happening.ChildExited(child.generation, status));
  }

  private void readNotify(Child child, List<Happening> into) throws IOException {
    for (int i = 0; i < MOST_MESSAGES; i++) {
      Sockets.Datagram datagram = Sockets.receiveNotify(child.notify);
      if (datagram == null) {
        return;
      }
      for (Fd unwanted : datagram.fds()) {
        unwanted.close();
      }
      // the name is in a namespace that every local user sees
      if (datagram.uid() == Own.uid() || datagram.uid() == 0) {
        into.add(
            new Happening.Notified(
                child.generation, new String(datagram.bytes(), StandardCharsets.UTF_8)));
      }
    }
  }

  /** Reads what its agent has said. What is no message, or makes no sense, costs only itself. */
  private void readControl(Child child, int most, List<Happening> into) throws IOException {
    String why = "";
    try {
      for (int i = 0; i < most && child.control != null; i++) {
        try {
          ControlMessage.Received received = ControlMessage.receive(child.control, Wire.MOST_BYTES);
          if (received == null) {
            return;
          }
          heard(child, received, into);
        } catch (ProtocolException e) {
          ignore(child, e.getMessage());
        } catch (ErrnoException e) {
          if (e.errno() != Errno.EMSGSIZE) {
            throw e;
          }
          ignore(child, e.getMessage());
        }
      }
      return; // the rest when others have had their turn
    } catch (PeerClosedException e) {
      // the plain end: the app has closed its side or is gone
    } catch (IOException e) {
      why = e.getMessage();
    }
    if (child.control != null) {
      poller.remove(child.control);
      child.closeControl();
      into.add(new Happening.AgentLost(child.generation, why));
    }
  }

  /** Once for each generation: who sends nonsense may send much of it. */
  private void ignore(Child child, String why) {
    if (!child.ignores) {
      child.ignores = true;
      journal.log(
          Level.WARNING,
          "generation "
              + child.generation
              + ": its agent sent what cannot be used, which is ignored from now on: "
              + why);
    }
  }

  private void heard(Child child, ControlMessage.Received received, List<Happening> into)
      throws IOException {
    List<Fd> descriptors = received.descriptors();
    int listener = -1;
    try {
      Message message = Wire.decode(received.bytes(), received.bytes().length);
      if (message instanceof Message.Hello hello) {
        nameJvm(child, hello.pid());
        child.fetches = canFetch(child, hello);
      } else if (message instanceof Message.Opened opened) {
        if (!received.complete()) {
          noDescriptorFor(child, into);
          return;
        }
        if (descriptors.size() != 1 || child.refs.containsKey(opened.ref())) {
          throw new ProtocolException("it opened a listener without sending exactly one socket");
        }
        listener = adopt(child, opened.ref(), descriptors.getFirst().transfer());
      } else if (message instanceof Message.OpenedAt opened) {
        if (!child.fetches || child.refs.containsKey(opened.ref())) {
          throw new ProtocolException("it opened a listener that jhot is not to fetch");
        }
        Fd socket = fetch(child, opened);
        if (socket == null) {
          noDescriptorFor(child, into);
          return;
        }
        listener = adopt(child, opened.ref(), socket);
        message = new Message.Opened(opened.ref());
      } else if (message instanceof Message.Taken taken) {
        listener = known(child, taken.ref());
      } else if (message instanceof Message.Closed closed) {
        if (!child.refs.containsKey(closed.ref())) {
          send(child.generation, new Message.Released(closed.ref(), false)); // jhot never had it
        }
        listener = known(child, closed.ref());
      }
      if ((message instanceof Message.Ask || message instanceof Message.Answer)
          && !descriptors.isEmpty()) {
        listener = ++lastParcel;
        parcels.put(lastParcel, descriptors.getFirst().transfer());
      }
      into.add(new Happening.AgentSaid(child.generation, message, listener));
    } finally {
      for (Fd descriptor : descriptors) {
        if (descriptor.isOpen()) {
          descriptor.close();
        }
      }
    }
  }

  /** The app listens, and jhot cannot keep the socket for a later generation. */
  private void noDescriptorFor(Child child, List<Happening> into) {
    if (!child.lacksDescriptors) {
      child.lacksDescriptors = true;
      journal.log(
          Level.WARNING,
          "generation "
              + child.generation
              + " opened a listener that jhot has no descriptor left for, so a reload cannot take"
              + " it over: raise the limit of open descriptors (ulimit -n) and start jhot again");
    }
    into.add(new Happening.AgentSaid(child.generation, new Message.NotShared(), -1));
  }

  /** Takes a listener that the app has opened. */
  private int adopt(Child child, int ref, Fd socket) throws ProtocolException {
    int listener;
    try {
      listener = listeners.adopt(socket);
    } catch (IOException e) {
      throw new ProtocolException(e.getMessage());
    }
    child.refs.put(ref, listener);
    int port = listeners.get(listener).port();
    if (port != 0) {
      child.ports.add(port);
    }
    return listener;
  }

  /** A socket of the app's, owned by the caller; null: jhot has no descriptor left for it. */
  private static Fd fetch(Child child, Message.OpenedAt opened) throws ProtocolException {
    try {
      return child.app().fetch(opened.fd());
    } catch (ErrnoException e) {
      if (e.errno() == Errno.EMFILE || e.errno() == Errno.ENFILE) {
        return null;
      }
      throw new ProtocolException(e.getMessage());
    }
  }

  /**
   * Whether sockets that an agent cannot send may be fetched from its JVM: asked by fetching its
   * end of this very channel, since the kernel, ptrace_scope or a seccomp profile may say no.
   */
  private static boolean canFetch(Child child, Message.Hello hello) {
    if (hello.canExport()
        || hello.protocol() < Message.Fetching.SINCE
        || hello.pid() != child.appPid()) {
      return false;
    }
    try (Fd end = child.app().fetch(child.controlNumber)) {
      return end.isOpen();
    } catch (ErrnoException e) {
      return false; // the agent says what to do, as soon as there is a socket that it is about
    }
  }

  /**
   * Learns which process the app's JVM is.
   *
   * @param named the pid that the agent gave; believed only when it is in the generation's group
   */
  private void nameJvm(Child child, long named) throws IOException {
    if (named == child.appPid() || named <= 1 || named > Integer.MAX_VALUE) {
      return;
    }
    forgetJvm(child);
    if (named == child.pid) {
      return;
    }
    int pid = (int) named;
    try {
      PidFd opened = PidFd.open(pid);
      // looked up after the pidfd is open: the number cannot be somebody else's by now
      if (ProcessFacts.processGroup(pid) != child.pid) {
        opened.close();
        return;
      }
      child.jvm = opened;
      child.jvmPid = pid;
      poller.add(opened.fd(), JVM_TOKENS + child.generation, Poller.READABLE);
    } catch (ErrnoException e) {
      return; // gone already: a wrapper that asks `java -version` first
    }
  }

  /** A JVM behind a wrapper has ended, and the wrapper goes on: its channel will not tell. */
  private void loseJvm(Child child, List<Happening> into) throws IOException {
    forgetJvm(child);
    into.add(new Happening.AgentLost(child.generation, ""));
  }

  private void forgetJvm(Child child) throws ErrnoException {
    if (child.jvm != null) {
      poller.remove(child.jvm.fd());
      child.jvm.close();
      child.jvm = null;
    }
  }

  private static int known(Child child, int ref) throws ProtocolException {
    Integer listener = child.refs.get(ref);
    if (listener == null) {
      throw new ProtocolException("it speaks of listener " + ref + ", which it does not have");
    }
    return listener;
  }

  @Override
  public int spawn(int generation, String start, int predecessor, SortedSet<Integer> numbers)
      throws NotStarted {
    AppCommand command = resolve(generation);
    if (!command.notice().isEmpty()) {
      journal.log(Level.WARNING, command.notice());
    }
    AppEnvironment environment = environment(generation);
    environment.put("JHOT_START", start);
    if (predecessor != 0) {
      environment.put("JHOT_PREDECESSOR", Integer.toString(predecessor));
    }
    List<Fd> temporary = new ArrayList<>();
    List<Fd> kept = new ArrayList<>();
    try {
      Child child =
          spawn(generation, command, environment, listeners.select(numbers), temporary, kept);
      kept.clear();
      children.put(generation, child);
      trimmed = false;
      poller.add(child.process.fd(), PROCESS_TOKENS + generation, Poller.READABLE);
      poller.add(child.notify, NOTIFY_TOKENS + generation, Poller.READABLE);
      if (child.control != null) {
        poller.add(child.control, CONTROL_TOKENS + generation, Poller.READABLE);
      }
      return child.pid;
    } catch (SpawnException e) {
      boolean missing = e.errno() == Errno.ENOENT;
      boolean refused = "execve".equals(e.step());
      throw new NotStarted(
          missing ? 127 : refused ? 126 : 125,
          "cannot start " + command.argv().getFirst() + ": " + e.getMessage());
    } catch (IOException e) {
      throw new NotStarted(125, "cannot prepare generation " + generation + ": " + e.getMessage());
    } finally {
      for (Fd fd : temporary) {
        fd.close();
      }
      for (Fd fd : kept) {
        fd.close();
      }
    }
  }

  @Override
  public void check(int generation) throws NotStarted {
    resolve(generation);
  }

  @Override
  public String shortage(int generation) {
    Child child = children.get(generation);
    if (child == null) {
      return "";
    }
    return MemoryCgroup.current().shortage(generation, ProcessFacts.ownKilobytes(child.appPid()));
  }

  @Override
  public long memoryRoom() {
    MemoryCgroup.Level tightest = MemoryCgroup.current().tightest();
    return tightest == null ? Long.MAX_VALUE : Math.max(0, tightest.room());
  }

  private AppCommand resolve(int generation) throws NotStarted {
    try {
      AppEnvironment environment = environment(generation);
      return AppCommand.resolve(
          commands.command(),
          generation,
          environment.get("PATH"),
          options.directory(),
          options.agent() ? agentJar : "");
    } catch (AppCommand.NotExecutable e) {
      throw new NotStarted(e.exitCode, e.getMessage());
    } catch (ConfigException e) {
      throw new NotStarted(125, e.getMessage());
    }
  }

  private AppEnvironment environment(int generation) {
    AppEnvironment environment = new AppEnvironment(inherited);
    String number = Integer.toString(generation);
    for (String variable : options.environment()) {
      int equals = variable.indexOf('=');
      environment.put(
          variable.substring(0, equals), variable.substring(equals + 1).replace("{gen}", number));
    }
    environment.put("JHOT_GENERATION", number);
    return environment;
  }

  /**
   * Lays out the descriptors of a generation and starts it.
   *
   * @param temporary gets what is closed as soon as the child has its copies
   * @param kept gets what the returned child owns; to be closed when none is returned
   */
  private Child spawn(
      int generation,
      AppCommand command,
      AppEnvironment environment,
      List<Listeners.Entry> lent,
      List<Fd> temporary,
      List<Fd> kept)
      throws IOException {
    SortedMap<Integer, Fd> descriptors = new TreeMap<>();
    List<String> pidVariables = new ArrayList<>();
    int next = 3;
    StringBuilder names = new StringBuilder();
    List<Message.Inherited> inheritable = new ArrayList<>();
    Map<Integer, Integer> refs = new HashMap<>();
    for (Listeners.Entry entry : lent) {
      if (entry.own()) {
        names.append(names.isEmpty() ? "" : ":").append(entry.name());
        next = lend(entry, next, descriptors, inheritable, refs);
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
    Sockets.Notify notify = Sockets.bindNotify();
    kept.add(notify.fd());
    environment.put("NOTIFY_SOCKET", notify.name());

    Fd control = null;
    int controlNumber = -1;
    Message.Welcome welcome = null;
    List<Pipe> pipes = List.of();
    Map<Integer, InetSocketAddress> staged = new HashMap<>();
    List<Message.Inherited> stagings = new ArrayList<>();
    if (command.agent() != AgentHope.NONE) {
      for (Listeners.Entry entry : lent) {
        if (!entry.own()) {
          next = lend(entry, next, descriptors, inheritable, refs);
        }
      }
      Sockets.Pair pair = Sockets.pair(Sockets.Type.SEQPACKET);
      control = pair.first();
      kept.add(control);
      temporary.add(pair.second());
      control.setNonBlocking(true);
      Fd parking = Sockets.listenUnreachable();
      temporary.add(parking);
      Fd staging = Sockets.listenUnreachable();
      temporary.add(staging);
      controlNumber = next++;
      environment.put("JHOT_CONTROL_FD", Integer.toString(controlNumber));
      environment.put("JHOT_CONTROL_SOCKET", pair.second().target());
      descriptors.put(controlNumber, pair.second());
      int parkingNumber = next++;
      descriptors.put(parkingNumber, parking);
      int stagingNumber = next++;
      descriptors.put(stagingNumber, staging);
      if (options.probe() != null || options.warmUp() != null) {
        for (Listeners.Entry entry : lent) {
          if (entry.port() != 0) {
            Fd own = entry.openStaging();
            temporary.add(own);
            InetSocketAddress address = Listeners.reachable(own);
            staged.put(entry.number(), address);
            descriptors.put(next, own);
            stagings.add(new Message.Inherited(entry.number(), next++, address.toString()));
          }
        }
      }
      int stdout = -1;
      int stderr = -1;
      if (relays(generation)) {
        pipes = new ArrayList<>();
        stdout = relayed(1, next, descriptors, pipes, temporary);
        next = stdout < 0 ? next : next + 1;
        stderr = relayed(2, next, descriptors, pipes, temporary);
      }
      welcome =
          new Message.Welcome(
              generation,
              parkingNumber,
              stagingNumber,
              stdout,
              stderr,
              false,
              options.orphanKeep(),
              inheritable);
      if (!command.javaOptions().isEmpty()) {
        environment.append("JDK_JAVA_OPTIONS", command.javaOptions());
      }
    }
    Spawn.Child started =
        Spawn.start(
            new Spawn.Request(
                command.program(),
                command.argv(),
                environment.entries(),
                options.directory().isEmpty() ? null : options.directory(),
                descriptors,
                pidVariables,
                true,
                options.orphanKeep() ? null : Signal.KILL,
                List.of()),
            mode);
    Child child = new Child(generation, started.pid(), started.pidFd());
    child.argv = command.argv();
    child.control = control;
    child.controlNumber = controlNumber;
    child.notify = notify.fd();
    child.welcome = welcome;
    child.refs.putAll(refs);
    child.staged.putAll(staged);
    child.staging = stagings.isEmpty() ? null : new Message.Staging(stagings);
    for (Listeners.Entry entry : lent) {
      child.lent.add(entry.number());
      if (entry.port() != 0) {
        child.ports.add(entry.port());
      }
    }
    for (Pipe pipe : pipes) {
      boolean out = pipe == pipes.getFirst() && descriptors.get(1) == pipe.write();
      OutputStream to = new FileOutputStream(out ? FileDescriptor.out : FileDescriptor.err);
      child.relays.add(
          new OutputRelay(pipe.read(), to, (out ? "stdout-" : "stderr-") + generation));
    }
    return child;
  }

  private static int lend(
      Listeners.Entry entry,
      int next,
      SortedMap<Integer, Fd> descriptors,
      List<Message.Inherited> inheritable,
      Map<Integer, Integer> refs) {
    descriptors.put(next, entry.fd());
    inheritable.add(new Message.Inherited(entry.number(), next, entry.address()));
    refs.put(entry.number(), entry.number());
    return next + 1;
  }

  /**
   * Whether jhot reads along what a generation writes until it is ready. The first one's output is
   * never touched, and none that may outlive jhot: it would write into a pipe without a reader.
   */
  private boolean relays(int generation) {
    return generation > 1 && !options.orphanKeep();
  }

  /** Puts a pipe under stdout or stderr of the child, unless it is a terminal. */
  private static int relayed(
      int stream,
      int next,
      SortedMap<Integer, Fd> descriptors,
      List<Pipe> pipes,
      List<Fd> temporary)
      throws IOException {
    Fd original = Fd.lent(stream);
    if (Terminal.isTerminal(original)) {
      return -1; // the operator sees the lines, and the app sees that they are seen
    }
    Pipe pipe = Pipe.open();
    pipes.add(pipe);
    temporary.add(pipe.write());
    descriptors.put(stream, pipe.write());
    descriptors.put(next, original);
    return next;
  }

  @Override
  public void send(int generation, Message message) {
    Child child = children.get(generation);
    if (child == null || child.control == null) {
      return;
    }
    try {
      if (!ControlMessage.send(child.control, Wire.encode(message), List.of())) {
        journal.log(
            Level.WARNING,
            "generation " + generation + ": its agent does not read what jhot says to it");
      }
    } catch (IOException e) {
      return; // the other end is gone: reading says so, as an event
    }
  }

  @Override
  public boolean declaresReady(int generation) {
    Child child = children.get(generation);
    return child != null && JarManifest.declaresReady(child.argv, options.directory());
  }

  @Override
  public boolean forward(int generation, Message message, int parcel) {
    Child child = children.get(generation);
    Fd riding = parcels.remove(parcel);
    try {
      return child != null
          && child.control != null
          && ControlMessage.send(
              child.control, Wire.encode(message), riding == null ? List.of() : List.of(riding));
    } catch (IOException e) {
      return false; // the other end is gone: reading says so, as an event
    } finally {
      if (riding != null) {
        riding.close();
      }
    }
  }

  @Override
  public void discard(int parcel) {
    Fd unwanted = parcels.remove(parcel);
    if (unwanted != null) {
      unwanted.close();
    }
  }

  @Override
  public void welcome(int generation, boolean live) {
    Child child = children.get(generation);
    if (child != null && child.welcome != null) {
      Message.Welcome w = child.welcome;
      if (child.staging != null) {
        send(generation, child.staging);
      }
      if (child.fetches) {
        send(generation, new Message.Fetching());
      }
      send(
          generation,
          new Message.Welcome(
              w.generation(),
              w.parkingFd(),
              w.stagingFd(),
              w.stdoutFd(),
              w.stderrFd(),
              live,
              w.keepOnLoss(),
              w.listeners()));
    }
  }

  @Override
  public void confirmRelease(int generation, int listener) {
    Child child = children.get(generation);
    Integer ref = child == null ? null : child.ref(listener);
    if (ref != null) {
      send(generation, new Message.Released(ref, true));
    }
  }

  @Override
  public void signal(int generation, Signal signal) {
    Child child = children.get(generation);
    if (child == null) {
      return;
    }
    try {
      child.signal(signal);
    } catch (ErrnoException e) {
      journal.log(
          Level.WARNING,
          "cannot send SIG" + signal + " to generation " + generation + ": " + e.getMessage());
    }
  }

  private Mailbox mailbox() throws IOException {
    if (mailbox == null) {
      mailbox = Mailbox.open();
      poller.add(mailbox.fd(), MAIL_TOKEN, Poller.READABLE);
    }
    return mailbox;
  }

  /** Where a generation, and no other, can be reached: a snapshot for the threads of a trial. */
  private Map<Integer, Trial.Place> places(Child child, SortedSet<Integer> held, boolean live)
      throws IOException {
    Map<Integer, Trial.Place> places = new HashMap<>();
    for (Listeners.Entry entry : listeners.select(held)) {
      InetSocketAddress address = null;
      if (entry.port() != 0 && (live || !child.lent.contains(entry.number()))) {
        address = entry.reachable();
      } else if (entry.port() != 0) {
        address = child.staged.get(entry.number());
      }
      if (address != null) {
        Trial.Place place = new Trial.Place(address, entry.port());
        places.putIfAbsent(0, place);
        places.putIfAbsent(entry.port(), place);
      }
    }
    return places;
  }

  @Override
  public void probe(int generation, int attempt, SortedSet<Integer> held, boolean live) {
    Child child = children.get(generation);
    if (child == null) {
      return;
    }
    try {
      Map<Integer, Trial.Place> places = places(child, held, live);
      if (options.probe().kind() == Probe.Kind.COMMAND) {
        startProbeCommand(generation, attempt, places);
      } else {
        trial = new Trial(mailbox(), places::get);
        trial.probe(generation, attempt, options.probe());
      }
    } catch (IOException e) {
      // the attempt counts as failed when its time is over
      journal.log(
          Level.WARNING, "generation " + generation + " cannot be probed: " + e.getMessage());
    }
  }

  private void startProbeCommand(int generation, int attempt, Map<Integer, Trial.Place> places)
      throws IOException {
    AppEnvironment environment = environment(generation);
    for (Map.Entry<Integer, Trial.Place> entry : places.entrySet()) {
      InetSocketAddress address = entry.getValue().address();
      String host = address.getAddress().getHostAddress();
      String text = (host.indexOf(':') < 0 ? host : "[" + host + "]") + ":" + address.getPort();
      String suffix = entry.getKey() == 0 ? "" : "_" + entry.getKey();
      environment.put("JHOT_PROBE_ADDRESS" + suffix, text);
      environment.put("JHOT_PROBE_HOST" + suffix, host);
      environment.put("JHOT_PROBE_PORT" + suffix, Integer.toString(address.getPort()));
    }
    ProbeCommand command =
        ProbeCommand.start(
            generation,
            attempt,
            options.probe().command(),
            environment.entries(),
            options.directory().isEmpty() ? null : options.directory(),
            mode);
    probeCommands.put(++lastProbeCommand, command);
    poller.add(command.child.pidFd().fd(), PROBE_TOKENS + lastProbeCommand, Poller.READABLE);
  }

  private void reapProbe(int number, List<Happening> into) throws IOException {
    ProbeCommand command = probeCommands.get(number);
    ExitStatus status = command == null ? null : command.child.pidFd().reap();
    if (status == null) {
      return;
    }
    probeCommands.remove(number);
    poller.remove(command.child.pidFd().fd());
    Happening.Probed outcome = command.outcome(status);
    command.close();
    if (outcome != null) {
      into.add(outcome);
    }
  }

  @Override
  public void warmUp(int generation, SortedSet<Integer> held, boolean live) {
    Child child = children.get(generation);
    if (child == null) {
      return;
    }
    try {
      trial = new Trial(mailbox(), places(child, held, live)::get);
      trial.warmUp(generation, options.warmUp());
    } catch (IOException e) {
      journal.log(
          Level.WARNING, "generation " + generation + " cannot be warmed up: " + e.getMessage());
    }
  }

  @Override
  public void endProbe(int generation) {
    if (trial != null) {
      trial.end();
      trial = null;
    }
    for (ProbeCommand command : probeCommands.values()) {
      command.abandon();
    }
  }

  @Override
  public void dumpThreads(int generation) {
    Child child = children.get(generation);
    if (child == null) {
      return;
    }
    try {
      Mailbox answers = mailbox();
      ThreadDump dump = ThreadDump.prepare(child.appPid());
      if (dump.needsSignal()) {
        child.signal(Signal.QUIT);
      }
      DumpPlace place =
          options.dumpDirectory().isEmpty()
              ? DumpPlace.journal(journal)
              : DumpPlace.file(Path.of(options.dumpDirectory()), generation, Instant.now());
      Thread thread =
          new Thread(
              () -> answers.post(new Happening.ThreadsDumped(generation, place.fill(dump))),
              "dump-" + generation);
      thread.setDaemon(true);
      thread.start();
    } catch (IOException e) {
      journal.log(
          Level.WARNING,
          "generation " + generation + ": its threads cannot be dumped: " + e.getMessage());
    }
  }

  @Override
  public void kill(int generation) {
    Child child = children.get(generation);
    if (child == null) {
      return;
    }
    try {
      child.signalAll(Signal.KILL);
    } catch (ErrnoException e) {
      journal.log(Level.ERROR, "cannot kill generation " + generation + ": " + e.getMessage());
    }
  }

  @Override
  public void forget(int generation) {
    Child child = children.remove(generation);
    if (child == null) {
      return;
    }
    trimmed = false;
    List<String> lines = new ArrayList<>();
    for (OutputRelay relay : child.relays) {
      lines.addAll(relay.lastLines());
    }
    lastLines.clear(); // only the newest failure is ever asked for
    lastLines.put(generation, lines);
    try {
      if (!child.exited) {
        poller.remove(child.process.fd());
      }
      poller.remove(child.notify);
      if (child.control != null) {
        poller.remove(child.control);
      }
      forgetJvm(child);
    } catch (ErrnoException e) {
      throw new AssertionError("a descriptor of ours is not in our poller", e);
    }
    child.close();
  }

  @Override
  public void closeListener(int listener) {
    listeners.close(listener);
    for (Child child : children.values()) {
      // a generation that keeps a duplicate for later would keep the port from being free
      Integer ref = child.ref(listener);
      if (ref != null) {
        child.refs.remove(ref);
        send(child.generation, new Message.Released(ref, false));
      }
    }
  }

  @Override
  public void closeListeners() {
    listeners.close();
  }

  @Override
  public List<Listener> listeners() {
    List<Listener> shown = new ArrayList<>();
    for (Listeners.Entry entry : listeners.all()) {
      shown.add(new Listener(entry.number(), entry.name(), entry.address(), entry.own()));
    }
    return shown;
  }

  @Override
  public Vitals vitals(int generation) {
    Child child = children.get(generation);
    if (child == null) {
      return new Vitals(-1, -1, -1, 0, 0);
    }
    int pid = child.appPid();
    long resident = ProcessFacts.residentKilobytes(pid);
    Set<Long> sockets = ProcessFacts.socketInodes(pid);
    if (sockets == null) {
      return new Vitals(pid, resident, -1, 0, 0);
    }
    List<InetDiag.Connection> open = established(child, sockets);
    if (open == null) {
      return new Vitals(pid, resident, -1, 0, 0);
    }
    int busy = 0;
    long idle = Long.MAX_VALUE;
    for (InetDiag.Connection connection : open) {
      busy += isBusy(connection) ? 1 : 0;
      idle = Math.min(idle, Math.max(0, lastActivity(connection)));
    }
    return new Vitals(pid, resident, open.size(), busy, open.isEmpty() ? 0 : idle);
  }

  /** Those of one generation's process; null when they cannot be had. Notes since when it has. */
  private List<InetDiag.Connection> established(Child child, Set<Long> sockets) {
    List<InetDiag.Connection> open = new ArrayList<>();
    try {
      for (InetDiag.Connection connection : InetDiag.established(child.ports)) {
        if (sockets.contains(connection.inode())) {
          open.add(connection);
        }
      }
    } catch (IOException e) {
      if (!countingFailed) {
        journal.log(Level.WARNING, "cannot count connections: " + e.getMessage());
      }
      countingFailed = true;
      return null;
    }
    countingFailed = false;
    Map<Long, Long> seen = new HashMap<>();
    long now = now();
    for (InetDiag.Connection connection : open) {
      seen.put(connection.inode(), child.seenConnections.getOrDefault(connection.inode(), now));
    }
    child.seenConnections = seen;
    return open;
  }

  /** An IPv4 client of a dual-stack listener as people know it. */
  private static String plain(String peer) {
    String mapped = "[::ffff:";
    int end = peer.indexOf(']');
    return peer.startsWith(mapped) && peer.indexOf('.') > 0
        ? peer.substring(mapped.length(), end) + peer.substring(end + 1)
        : peer;
  }

  private static long lastActivity(InetDiag.Connection connection) {
    return Math.min(connection.lastSentMillisAgo(), connection.lastReceivedMillisAgo());
  }

  @Override
  public List<Connection> connections(int generation) {
    Child child = children.get(generation);
    Set<Long> sockets = child == null ? null : ProcessFacts.socketInodes(child.appPid());
    List<InetDiag.Connection> open = sockets == null ? null : established(child, sockets);
    if (open == null) {
      return null;
    }
    List<Connection> shown = new ArrayList<>();
    long now = now();
    for (InetDiag.Connection one : open) {
      shown.add(
          new Connection(
              plain(one.peer()),
              one.localPort(),
              now - child.seenConnections.get(one.inode()),
              lastActivity(one),
              isBusy(one)));
    }
    shown.sort((a, b) -> Long.compare(a.idleMillis(), b.idleMillis()));
    return shown;
  }

  /**
   * A connection is busy as long as it may owe somebody something: input nobody has read, output
   * nobody has fetched, or a last word that was the client's. Times that are equal, or unknown,
   * count as busy: the kernel's clock ticks every 4 ms.
   */
  private static boolean isBusy(InetDiag.Connection connection) {
    return connection.unread() > 0
        || connection.unsent() > 0
        || !connection.everSent()
        || connection.lastReceivedMillisAgo() <= connection.lastSentMillisAgo();
  }

  @Override
  public List<String> lastLines(int generation) {
    Child child = children.get(generation);
    if (child == null) {
      return lastLines.getOrDefault(generation, List.of());
    }
    List<String> lines = new ArrayList<>();
    for (OutputRelay relay : child.relays) {
      lines.addAll(relay.lastLines());
    }
    return lines;
  }

  @Override
  public void answer(long client, Reply reply) {
    if (cli != null) {
      cli.answer(client, reply);
    }
  }

  @Override
  public void announce(String state) {
    String why = "its queue is full";
    try {
      if (Sockets.sendNotify(activation.notifySocket(), state)) {
        return;
      }
    } catch (IOException e) {
      why = e.getMessage();
    }
    if (!announcingFailed) {
      journal.log(
          Level.WARNING,
          "cannot tell the service manager (NOTIFY_SOCKET) how the service is: "
              + why
              + "; it may take it for one that never becomes ready");
    }
    announcingFailed = true;
  }

  @Override
  public void writePidFile() {
    if (options.pidFile().isEmpty() || pidFileWritten) {
      return;
    }
    Path file = Path.of(options.pidFile());
    Path fresh = file.resolveSibling(file.getFileName() + ".tmp-" + Own.pid());
    try {
      // readers see the whole file or none
      Files.writeString(fresh, Own.pid() + "\n");
      Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
      pidFileWritten = true;
    } catch (IOException e) {
      journal.log(
          Level.WARNING,
          "cannot write the pid file " + file + ": " + e + "; make its folder writable");
    }
  }

  @Override
  public void suspend() {
    try {
      for (Child child : children.values()) {
        child.signalAll(Signal.STOP);
      }
      Own.stop(); // returns when the shell, or anybody, has sent CONT
      for (Child child : children.values()) {
        child.signalAll(Signal.CONT);
      }
    } catch (ErrnoException e) {
      journal.log(Level.WARNING, "cannot stop for the terminal: " + e.getMessage());
    }
  }

  @Override
  public void close() {
    for (Integer generation : new ArrayList<>(children.keySet())) {
      forget(generation);
    }
    listeners.close();
    parcels.values().forEach(Fd::close);
    parcels.clear();
    if (cli != null) {
      cli.close();
      cli = null;
    }
    if (pidFileWritten) {
      try {
        Files.deleteIfExists(Path.of(options.pidFile()));
      } catch (IOException e) {
        journal.log(Level.WARNING, "cannot remove the pid file: " + e);
      }
    }
    endProbe(0);
    for (ProbeCommand command : probeCommands.values()) {
      command.close();
    }
    probeCommands.clear();
    if (mailbox != null) {
      mailbox.close();
      mailbox = null;
    }
    signals.close();
    poller.close();
  }
}
