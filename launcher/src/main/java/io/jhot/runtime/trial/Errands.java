package io.jhot.runtime.trial;

import io.jhot.config.AppEnvironment;
import io.jhot.config.ExecOptions;
import io.jhot.config.Probe;
import io.jhot.ffm.ExitStatus;
import io.jhot.ffm.Signal;
import io.jhot.ffm.Spawn;
import io.jhot.runtime.Journal;
import io.jhot.runtime.Os;
import io.jhot.runtime.OsEvent;
import io.jhot.runtime.child.Child;
import io.jhot.runtime.child.HeldListeners;
import io.jhot.runtime.child.OutputRelay;
import io.jhot.runtime.child.Starter;
import io.jhot.runtime.poll.Reactor;
import io.jhot.supervisor.Effect.Level;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.SortedSet;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Runs what the loop does not wait for: probes, warm-ups and thread dumps. At most one probe or
 * warm-up at a time, since only one generation starts at a time. Helper threads get copies of what
 * they need and post their outcome to the mailbox. For the loop's thread.
 */
public final class Errands implements AutoCloseable {
  /** How long the end of a generation is held back until its output has been passed on. */
  private static final long MAX_OUTPUT_MILLIS = 500;

  /** Likewise for the outcome of a command that probes. */
  private static final long MAX_PROBE_OUTPUT_MILLIS = 200;

  private final ExecOptions options;
  private final Starter starter;
  private final Spawn.Mode mode;
  private final HeldListeners listeners;
  private final Reactor reactor;
  private final Journal journal;
  private final List<OsEvent> events;

  /** Null until a helper thread is needed. */
  private @Nullable Mailbox mailbox;

  /** Where ended relays are reported; null while none is awaited. */
  private @Nullable Mailbox outputEnds;

  private int awaitedEnds;

  /** The probe or warm-up in progress, unless it is a command; or null. */
  private @Nullable Trial trial;

  /** Probe commands that have not been reaped. */
  private final Set<ProbeCommand> probeCommands = new HashSet<>();

  public Errands(
      ExecOptions options,
      Starter starter,
      Spawn.Mode mode,
      HeldListeners listeners,
      Reactor reactor,
      Journal journal,
      List<OsEvent> events) {
    this.options = options;
    this.starter = starter;
    this.mode = mode;
    this.listeners = listeners;
    this.reactor = reactor;
    this.journal = journal;
    this.events = events;
  }

  /** Starts one attempt of the probe, as {@link Os#probe}. */
  public void probe(Child child, int attempt, SortedSet<Integer> held, boolean live) {
    int generation = child.generation;
    try {
      Map<Integer, Trial.Place> places = places(child, held, live);
      Probe probe = Objects.requireNonNull(options.probe()); // else nobody asks for this
      if (probe.kind() == Probe.Kind.COMMAND) {
        startProbeCommand(generation, attempt, probe.command(), places);
      } else {
        trial = new Trial(mailbox(), places::get);
        trial.probe(generation, attempt, probe);
      }
    } catch (IOException e) {
      // the attempt counts as failed when its time is over
      journal.log(Level.WARN, "generation " + generation + " cannot be probed: " + e.getMessage());
    }
  }

  /** Starts the warm-up of a generation, as {@link Os#warmUp}. */
  public void warmUp(Child child, SortedSet<Integer> held, boolean live) {
    try {
      trial = new Trial(mailbox(), places(child, held, live)::get);
      trial.warmUp(child.generation, Objects.requireNonNull(options.warmUp()));
    } catch (IOException e) {
      journal.log(
          Level.WARN, "generation " + child.generation + " cannot be warmed up: " + e.getMessage());
    }
  }

  /** Cancels the probe or the warm-up in progress. */
  public void endProbe() {
    if (trial != null) {
      trial.end();
      trial = null;
    }
    for (ProbeCommand command : probeCommands) {
      command.abandon();
    }
  }

  /** Starts to dump the threads of a generation's JVM, as {@link Os#dumpThreads}. */
  public void dumpThreads(Child child) {
    int generation = child.generation;
    try {
      Mailbox answers = mailbox();
      ThreadDump dump = ThreadDump.prepare(child.appPid());
      if (dump.needsSignal()) {
        child.signal(Signal.QUIT);
      }
      DumpPlace place =
          options.dumpDirectory().isEmpty()
              ? DumpPlace.journal(journal)
              : DumpPlace.file(options.dumpDirectory(), generation, Instant.now());
      Thread thread =
          new Thread(
              () -> answers.post(new OsEvent.ThreadsDumped(generation, place.fill(dump))),
              "dump-" + generation);
      thread.setDaemon(true);
      thread.start();
    } catch (IOException e) {
      journal.log(
          Level.WARN,
          "generation " + generation + ": its threads cannot be dumped: " + e.getMessage());
    }
  }

  /**
   * A generation has ended: reports that once its output has been passed on, which a failed reload
   * quotes. The reader of jhot's output may be slow, and another process may hold the pipe; the
   * loop waits for neither, and the report only for a moment.
   */
  public void end(Child child, ExitStatus status) {
    OsEvent ended = new OsEvent.ChildExited(child.generation, status);
    if (!afterOutput(child.relays, MAX_OUTPUT_MILLIS, () -> ended)) {
      events.add(ended);
    }
  }

  /**
   * Posts an event once these have passed everything on, or the time is over.
   *
   * @return false if there is nothing to wait for, or no descriptor for a mailbox
   */
  private boolean afterOutput(List<OutputRelay> relays, long millis, Supplier<OsEvent> then) {
    boolean ended = true;
    for (OutputRelay relay : relays) {
      ended &= relay.hasEnded();
    }
    if (ended || !openOutputEnds()) {
      return false;
    }
    Mailbox answers = Objects.requireNonNull(outputEnds); // open, as was seen to
    awaitedEnds++;
    Thread thread =
        new Thread(
            () -> {
              long until = System.nanoTime() + millis * 1_000_000;
              for (OutputRelay relay : relays) {
                relay.finish((until - System.nanoTime()) / 1_000_000);
              }
              answers.post(then.get());
            },
            "output-end");
    thread.setDaemon(true);
    thread.start();
    return true;
  }

  private boolean openOutputEnds() {
    if (outputEnds != null) {
      return true;
    }
    try {
      Mailbox opened = Mailbox.open();
      try {
        reactor.add(opened.fd(), this::collectOutputEnds);
      } catch (IOException e) {
        opened.close();
        throw e;
      }
      outputEnds = opened;
      return true;
    } catch (IOException e) {
      return false; // no descriptor is left: some of the last lines may be missing
    }
  }

  /** Takes the outcomes that helper threads have left. */
  private void collect() throws IOException {
    Objects.requireNonNull(mailbox).empty(events); // it is the one that is ready
  }

  private void collectOutputEnds() throws IOException {
    Mailbox ends = Objects.requireNonNull(outputEnds); // it is the one that is ready
    int before = events.size();
    ends.empty(events);
    awaitedEnds -= events.size() - before;
    if (awaitedEnds == 0) {
      reactor.remove(ends.fd());
      ends.close();
      outputEnds = null;
    }
  }

  /** A command that probes has ended. */
  private void reap(ProbeCommand command) throws IOException {
    ExitStatus status = command.child.pidFd().reap();
    if (status == null) {
      return;
    }
    probeCommands.remove(command);
    reactor.remove(command.child.pidFd().fd());
    command.close();
    if (!command.abandoned
        && !afterOutput(
            List.of(command.output), MAX_PROBE_OUTPUT_MILLIS, () -> command.outcome(status))) {
      events.add(command.outcome(status));
    }
  }

  /** Whether a process is a command that probes. */
  public boolean isOwnChild(int pid) {
    for (ProbeCommand probe : probeCommands) {
      if (probe.child.pid() == pid) {
        return true;
      }
    }
    return false;
  }

  private Mailbox mailbox() throws IOException {
    if (mailbox == null) {
      mailbox = Mailbox.open();
      reactor.add(mailbox.fd(), this::collect);
    }
    return mailbox;
  }

  /** The addresses that reach this generation only: a snapshot for the threads of a trial. */
  private Map<Integer, Trial.Place> places(Child child, SortedSet<Integer> held, boolean live)
      throws IOException {
    Map<Integer, Trial.Place> places = new HashMap<>();
    for (HeldListeners.Entry entry : listeners.select(held)) {
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

  private void startProbeCommand(
      int generation, int attempt, String shell, Map<Integer, Trial.Place> places)
      throws IOException {
    AppEnvironment environment = starter.environment(generation);
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
            shell,
            environment.entries(),
            options.directory().isEmpty() ? null : options.directory(),
            mode);
    probeCommands.add(command);
    reactor.add(command.child.pidFd().fd(), () -> reap(command));
  }

  @Override
  public void close() {
    endProbe();
    for (ProbeCommand command : probeCommands) {
      command.close();
    }
    probeCommands.clear();
    if (mailbox != null) {
      mailbox.close();
      mailbox = null;
    }
    if (outputEnds != null) {
      outputEnds.close();
      outputEnds = null;
    }
  }
}
