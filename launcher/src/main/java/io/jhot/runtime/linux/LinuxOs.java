package io.jhot.runtime.linux;

import io.jhot.config.Activation;
import io.jhot.config.AppEnvironment;
import io.jhot.config.ExecOptions;
import io.jhot.ffm.ErrnoException;
import io.jhot.ffm.ExitStatus;
import io.jhot.ffm.Fd;
import io.jhot.ffm.InetDiag;
import io.jhot.ffm.Orphans;
import io.jhot.ffm.Own;
import io.jhot.ffm.Prctl;
import io.jhot.ffm.Signal;
import io.jhot.ffm.SignalAction;
import io.jhot.ffm.SignalFd;
import io.jhot.ffm.SignalSet;
import io.jhot.ffm.Sockets;
import io.jhot.ffm.Spawn;
import io.jhot.host.MemoryCgroup;
import io.jhot.host.StartWarnings;
import io.jhot.protocol.Message;
import io.jhot.runtime.Journal;
import io.jhot.runtime.Os;
import io.jhot.runtime.OsEvent;
import io.jhot.runtime.child.AgentRefusal;
import io.jhot.runtime.child.Agents;
import io.jhot.runtime.child.Child;
import io.jhot.runtime.child.CommandSource;
import io.jhot.runtime.child.Connections;
import io.jhot.runtime.child.HeldListeners;
import io.jhot.runtime.child.JarManifest;
import io.jhot.runtime.child.Notifications;
import io.jhot.runtime.child.ProcessFacts;
import io.jhot.runtime.child.ProcessSeat;
import io.jhot.runtime.child.Starter;
import io.jhot.runtime.control.ControlServer;
import io.jhot.runtime.control.NameLock;
import io.jhot.runtime.control.Reply;
import io.jhot.runtime.control.Request;
import io.jhot.runtime.poll.Reactor;
import io.jhot.runtime.trial.Errands;
import io.jhot.supervisor.Effect.Level;
import io.jhot.supervisor.Policy.AgentExpectation;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SortedSet;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The real {@link Os}. Has the one place that sleeps ({@link #await}), the handlers of jhot's own
 * descriptors, and the {@link Child} of each generation. The work is done by {@link Starter},
 * {@link Agents}, {@link Errands}, {@link Connections}, {@link JobControl} and {@link
 * ControlServer}. All of them are for the loop's thread.
 *
 * <p>Invariant: a child is in the reactor from its start until it is forgotten, its process until
 * it is reaped, its channel until that ends.
 */
public final class LinuxOs implements Os {
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

  /** After this long without work, memory is given back. In milliseconds. */
  private static final long IDLE_AFTER = 1_000;

  /**
   * How often to check that jhot's files are still there. Cleaners of /tmp run once a day, and an
   * idle jhot must not be woken often. In milliseconds.
   */
  private static final long LOOK_EVERY = 600_000;

  private final ExecOptions options;
  private final Journal journal;
  private final Activation activation;
  private final Reactor reactor;
  private final SignalFd signals;
  private final HeldListeners listeners = new HeldListeners();
  private final Map<Integer, Child> children = new HashMap<>();

  /** The last lines of the generation that was forgotten last. */
  private final Map<Integer, List<String>> lastLines = new HashMap<>();

  /** What has happened since the last {@link #await}; handlers append to it. */
  private final List<OsEvent> events = new ArrayList<>();

  private final Starter starter;
  private final Agents agents;
  private final Notifications notifications;
  private final Errands errands;
  private final Connections connections;
  private final JobControl jobControl;

  /** Whether jhot was started to ignore hang-ups, as by nohup. */
  private final boolean ignoresHangUps;

  /** Null before the first {@link #await}, and nothing asks for it before. */
  @SuppressWarnings("NullAway.Init")
  private HangUps hangUps;

  private final OutsideView outside;
  private final PidFile pidFile;

  /** Null before {@link #openControl}, and once it has failed. */
  private @Nullable ControlServer cli;

  private boolean cliWasFull;

  /** When to see whether clients can still find this instance. */
  private long nextLook = Long.MAX_VALUE;

  /** A lasting failure is reported once. */
  private boolean lookFailed;

  /** Whether signals have been read in this round. */
  private boolean signalled;

  /** Memory has been given back, and no work was done since. */
  private boolean trimmed;

  private boolean lookedAround;

  /** A lasting failure is reported once. */
  private boolean announcingFailed;

  /**
   * Opens the signalfd and the sockets of {@code --listen}.
   *
   * @param options what the operator wants
   * @param commands where the command comes from
   * @param inherited jhot's own environment, which generations inherit; not changed
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
      AppEnvironment inherited,
      Journal journal,
      String agentJar,
      Spawn.Mode mode,
      boolean asJava,
      Activation activation)
      throws IOException {
    this.options = options;
    this.journal = journal;
    this.activation = activation;
    // before this process opens descriptors with their numbers
    List<Fd> passed = Sockets.passed(activation.names().size());
    reactor = Reactor.open();
    signals = SignalFd.open(SIGNALS);
    reactor.add(
        signals.fd(),
        new Reactor.Handler() {
          @Override
          public void ready() throws IOException {
            readSignals();
          }
        });
    jobControl = new JobControl();
    ignoresHangUps = SignalAction.current(Signal.HUP) == SignalAction.Disposition.IGNORED;
    starter = new Starter(options, commands, inherited, agentJar, mode, journal);
    agents = new Agents(listeners, reactor, events);
    notifications = new Notifications(reactor, journal, events);
    errands = new Errands(options, starter, mode, listeners, reactor, journal, events);
    connections = new Connections(journal);
    outside = new OutsideView(journal);
    pidFile = new PidFile(options.pidFile(), journal);
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
   * Starts to answer {@code jhot status}, {@code reload} and {@code stop}.
   *
   * @param name the instance's name; closed with this, unless it throws
   * @throws IOException when the socket cannot be made
   */
  public void openControl(NameLock name) throws IOException {
    cli = ControlServer.open(name, reactor, new AskingClients());
    nextLook = now() + LOOK_EVERY;
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
  public List<OsEvent> await(long deadline) {
    if (!lookedAround) {
      lookedAround = true; // the app runs by now, so this does not delay its start
      warnOfTheSurroundings();
      hangUps = new HangUps(Own.pid(), ProcessSeat::of);
    }
    try {
      long now = now();
      if (now >= hangUps.deadline()) {
        hup(hangUps.decide());
      }
      if (now >= nextLook) {
        renewFiles();
      }
      long wake = Math.min(Math.min(deadline, nextLook), hangUps.deadline());
      if (agents.needsRetry()) {
        agents.retry();
        wake = agents.needsRetry() ? Math.min(wake, now + Agents.RETRY_AFTER) : wake;
      }
      wake = cli == null ? wake : Math.min(wake, cli.sweep(now));
      if (!events.isEmpty()) {
        return take();
      }
      boolean trim = !trimmed && wake > now + IDLE_AFTER;
      int ready = reactor.await(timeout(now, trim ? now + IDLE_AFTER : wake), false);
      if (ready == 0 && trim) {
        trimmed = true;
        ready = reactor.await(timeout(now(), wake), true);
      }
      signalled = false;
      reactor.dispatch();
      // handling anything but signals touches much memory again; orphans may end often, and take
      // little
      trimmed &= ready <= (signalled ? 1 : 0);
    } catch (IOException e) {
      // refused by a seccomp profile, for example: jhot cannot go on without it
      throw new UncheckedIOException(e);
    }
    return take();
  }

  private List<OsEvent> take() {
    List<OsEvent> taken = new ArrayList<>(events);
    events.clear();
    return taken;
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
            options.drainTimeoutGiven() ? options.drainTimeoutMillis() : -1,
            options.drainDelayMillis(),
            options.stopGraceMillis())) {
      journal.log(Level.WARN, warning);
    }
  }

  /** What clients of the control socket want. */
  private final class AskingClients implements ControlServer.Clients {
    @Override
    public void arrived() {
      acceptClients();
    }

    @Override
    public void asked(long client, Request request) {
      events.add(new OsEvent.Asked(client, request));
    }

    @Override
    public void left(long client) {
      events.add(new OsEvent.ClientLeft(client));
    }
  }

  /** A failure of the control socket must not end the service. */
  private void acceptClients() {
    ControlServer server = Objects.requireNonNull(cli); // it is its listener that is ready
    try {
      String full = server.accept(now());
      if (full != null && !cliWasFull) {
        journal.log(
            Level.WARN, "jhot status, reload and stop have to wait (signals work): " + full);
      }
      cliWasFull = full != null;
    } catch (IOException e) {
      journal.log(
          Level.WARN,
          "jhot status, reload and stop get no answer from now on (signals work): "
              + e.getMessage());
      server.close();
      cli = null;
    }
  }

  /** Restores and touches the files by which clients find this service. */
  private void renewFiles() {
    nextLook = now() + LOOK_EVERY;
    trimmed = false;
    listeners.touchFiles();
    if (cli == null) {
      return;
    }
    try {
      if (cli.renew(now())) {
        journal.log(
            Level.WARN,
            "somebody has removed the control socket (a cleaner of /tmp?); it is made anew");
      }
      lookFailed = false;
    } catch (IOException e) {
      if (!lookFailed) {
        journal.log(
            Level.WARN,
            "the control socket is gone and cannot be made anew, so jhot status, reload and stop do"
                + " not find this instance (signals work): "
                + e.getMessage());
      }
      lookFailed = true;
    }
  }

  private void readSignals() throws IOException {
    signalled = true;
    for (SignalFd.Received received = signals.read(); received != null; received = signals.read()) {
      if (received.signal() == Signal.CHLD) {
        Orphans.reap(this::isOwnChild);
        for (Child child : children.values()) {
          if (jobControl.followStop(child)) {
            suspend();
          }
        }
      } else if (received.signal() == Signal.HUP) {
        hup(hangUps.of(received.code(), received.senderPid(), now()));
      } else {
        if (received.signal() == Signal.USR1) {
          renewFiles();
        }
        events.add(new OsEvent.SignalReceived(received.signal()));
      }
    }
  }

  private void hup(HangUps.Meaning meaning) {
    switch (meaning) {
      case RELOAD -> {
        renewFiles();
        events.add(new OsEvent.SignalReceived(Signal.HUP));
      }
      case HANG_UP -> events.add(new OsEvent.HungUp(ignoresHangUps));
      case LATER -> {
        // asked again at its deadline
      }
    }
  }

  private boolean isOwnChild(int pid) {
    for (Child child : children.values()) {
      if (child.pid == pid && !child.exited) {
        return true;
      }
    }
    return errands.isOwnChild(pid);
  }

  private void reap(Child child) throws IOException {
    if (child.exited) {
      return;
    }
    String program = AgentRefusal.mayBe(child) ? ProcessFacts.name(child.pid) : "";
    ExitStatus status = child.process.reap();
    if (status == null) {
      return;
    }
    child.exited = true;
    reactor.remove(child.process.fd());
    agents.readRest(child); // its last messages come before its end
    jobControl.takeBack(child);
    child.signalAll(Signal.KILL); // the JVM of a wrapper that died would go on unsupervised
    if (!AgentRefusal.is(child, program, status) || !startAgain(child)) {
      errands.end(child, status);
    }
  }

  /** Starts its program without the agent that its JVM has refused; false if that fails. */
  private boolean startAgain(Child refusing) {
    int generation = refusing.generation;
    String ended = "its JVM ended before jhot's agent began";
    try {
      SortedSet<Integer> lent = new TreeSet<>(refusing.lent);
      Child again =
          starter.start(
              generation, refusing.start, refusing.predecessor, listeners.select(lent), false);
      forget(generation);
      admit(again);
      events.add(new OsEvent.StartedAgain(generation, again.pid));
      events.add(
          new OsEvent.AgentTroubled(
              generation,
              ended
                  + ", and is started again without it: sockets come from --listen only; its own"
                  + " output above says why"));
      return true;
    } catch (IOException | NotStarted e) {
      events.add(
          new OsEvent.AgentTroubled(
              generation, ended + ", and cannot be started without it: " + e.getMessage()));
      return false;
    }
  }

  @Override
  public int spawn(int generation, String start, int predecessor, SortedSet<Integer> numbers)
      throws NotStarted {
    outside.noteOthers();
    try {
      Child child = starter.start(generation, start, predecessor, listeners.select(numbers), true);
      admit(child);
      return child.pid;
    } catch (IOException e) {
      throw new NotStarted(125, "cannot prepare generation " + generation + ": " + e.getMessage());
    }
  }

  private void admit(Child child) throws IOException {
    children.put(child.generation, child);
    trimmed = false;
    reactor.add(
        child.process.fd(),
        new Reactor.Handler() {
          @Override
          public void ready() throws IOException {
            reap(child);
          }
        });
    notifications.add(child);
    agents.add(child);
  }

  @Override
  public void check(int generation) throws NotStarted {
    starter.command(generation);
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
  public String obstacle(int serving, int generation) throws NotStarted {
    Child child = children.get(serving);
    if (child == null) {
      return "";
    }
    boolean agent = starter.command(generation).agent() != AgentExpectation.NONE;
    if (agent && child.handsOver && !child.keepsOne) {
      return "";
    }
    List<InetDiag.Listener> seen = outside.of(child, children.values(), listeners.inodes());
    List<InetDiag.Listener> kept =
        seen == null ? List.of() : outside.exclusive(child, lasting(child, seen));
    return ReloadObstacle.of(serving, generation, kept, adopted(child), agent);
  }

  private List<InetDiag.Listener> lasting(Child child, List<InetDiag.Listener> seen) {
    List<String> command = new ArrayList<>(child.argv);
    command.addAll(starter.environment(child.generation).entries());
    return OutsideView.lasting(child, command, seen);
  }

  /** The addresses of the listeners that a generation opened and jhot has a copy of. */
  private SortedSet<String> adopted(Child child) {
    SortedSet<String> addresses = new TreeSet<>();
    for (int number : child.listeners()) {
      HeldListeners.Entry entry = listeners.get(number);
      if (entry != null && !entry.own() && entry.port() != 0) {
        addresses.add(entry.address());
      }
    }
    return addresses;
  }

  @Override
  public @Nullable Sight sight(int generation) {
    Child child = children.get(generation);
    List<InetDiag.Listener> seen =
        child == null ? null : outside.of(child, children.values(), listeners.inodes());
    return child == null || seen == null
        ? null
        : new Sight(OutsideView.addresses(seen), OutsideView.addresses(lasting(child, seen)));
  }

  @Override
  public long memoryRoom() {
    MemoryCgroup.Level tightest = MemoryCgroup.current().tightest();
    return tightest == null ? Long.MAX_VALUE : Math.max(0, tightest.room());
  }

  @Override
  public void send(int generation, Message message) {
    Child child = children.get(generation);
    if (child != null) {
      agents.send(child, message);
    }
  }

  @Override
  public boolean declaresReady(int generation) {
    Child child = children.get(generation);
    return child != null && JarManifest.declaresReady(child.argv, options.directory());
  }

  @Override
  public boolean forward(int generation, Message message, int parcel) {
    return agents.forward(children.get(generation), message, parcel);
  }

  @Override
  public void discard(int parcel) {
    agents.discard(parcel);
  }

  @Override
  public void welcome(int generation, boolean live) {
    Child child = children.get(generation);
    if (child != null) {
      agents.welcome(child, live);
    }
  }

  @Override
  public void confirmRelease(int generation, int listener) {
    Child child = children.get(generation);
    Integer ref = child == null ? null : child.ref(listener);
    if (child != null && ref != null) {
      agents.send(child, new Message.Released(ref, true));
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
          Level.WARN,
          "cannot send SIG" + signal + " to generation " + generation + ": " + e.getMessage());
    }
  }

  @Override
  public void probe(int generation, int attempt, SortedSet<Integer> held, boolean live) {
    Child child = children.get(generation);
    if (child != null) {
      errands.probe(child, attempt, held, live);
    }
  }

  @Override
  public void warmUp(int generation, SortedSet<Integer> held, boolean live) {
    Child child = children.get(generation);
    if (child != null) {
      errands.warmUp(child, held, live);
    }
  }

  @Override
  public void endProbe(int generation) {
    errands.endProbe();
  }

  @Override
  public void dumpThreads(int generation) {
    Child child = children.get(generation);
    if (child != null) {
      errands.dumpThreads(child);
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
    List<String> lines = child.lastLines();
    if (lines.isEmpty()) { // started again without the agent, it wrote to jhot's own output
      lines = lastLines.getOrDefault(generation, List.of());
    }
    lastLines.clear(); // only the newest failure is ever asked for
    lastLines.put(generation, lines);
    try {
      if (!child.exited) {
        reactor.remove(child.process.fd());
      }
      notifications.remove(child);
      agents.remove(child);
    } catch (ErrnoException e) {
      throw new AssertionError("a descriptor of ours is not in the reactor", e);
    }
    endStaging(child);
    child.close();
  }

  @Override
  public void closeListener(int listener) {
    release(listener);
    for (Child child : children.values()) {
      // a duplicate that a generation keeps for later would keep the port in use
      Integer ref = child.ref(listener);
      if (ref != null) {
        child.forgetRef(ref);
        agents.send(child, new Message.Released(ref, false));
      }
    }
  }

  @Override
  public void closeListeners(SortedSet<Integer> inUse) {
    List<Integer> unused = new ArrayList<>();
    for (HeldListeners.Entry entry : listeners.all()) {
      if (!inUse.contains(entry.number())) {
        unused.add(entry.number());
      }
    }
    for (int listener : unused) {
      release(listener);
    }
    listeners.close();
  }

  private void release(int listener) {
    try {
      listeners.release(listener);
    } catch (ErrnoException e) {
      journal.log(Level.WARN, "clients of a closed listener may have to wait: " + e.getMessage());
    }
  }

  @Override
  public void endStaging(int generation) {
    Child child = children.get(generation);
    if (child != null) {
      endStaging(child);
    }
  }

  private void endStaging(Child child) {
    try {
      child.endStaging();
    } catch (ErrnoException e) {
      journal.log(Level.WARN, "a private socket for probes stays open: " + e.getMessage());
    }
  }

  @Override
  public List<Listener> listeners() {
    List<Listener> shown = new ArrayList<>();
    for (HeldListeners.Entry entry : listeners.all()) {
      shown.add(new Listener(entry.number(), entry.name(), entry.address(), entry.own()));
    }
    return shown;
  }

  @Override
  public @Nullable String address(int listener) {
    HeldListeners.Entry known = listeners.get(listener);
    return known == null ? null : known.address();
  }

  @Override
  public Vitals vitals(int generation) {
    Child child = children.get(generation);
    return child == null ? new Vitals(-1, -1, -1, Map.of(), 0) : connections.vitals(child, now());
  }

  @Override
  public void look(int generation) {
    Child child = children.get(generation);
    if (child != null) {
      agents.look(child, now());
    }
  }

  @Override
  public @Nullable List<Connection> connections(int generation) {
    Child child = children.get(generation);
    return child == null ? null : connections.of(child, now());
  }

  @Override
  public List<String> lastLines(int generation) {
    Child child = children.get(generation);
    List<String> lines = child == null ? List.of() : child.lastLines();
    return lines.isEmpty() ? lastLines.getOrDefault(generation, List.of()) : lines;
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
          Level.WARN,
          "cannot tell the service manager (NOTIFY_SOCKET) how the service is: "
              + why
              + "; it may take it for one that never becomes ready");
    }
    announcingFailed = true;
  }

  @Override
  public void writePidFile() {
    pidFile.write();
  }

  @Override
  public void suspend() {
    try {
      for (Child child : children.values()) {
        child.signalAll(Signal.STOP);
      }
      Own.stop(); // returns after a CONT
      for (Child child : children.values()) {
        child.signalAll(Signal.CONT);
      }
    } catch (ErrnoException e) {
      journal.log(Level.WARN, "cannot stop for the terminal: " + e.getMessage());
    }
  }

  @Override
  public void close() {
    for (Integer generation : new ArrayList<>(children.keySet())) {
      forget(generation);
    }
    listeners.close();
    agents.close();
    if (cli != null) {
      cli.close();
      cli = null;
    }
    pidFile.close();
    errands.close();
    signals.close();
    reactor.close();
  }
}
