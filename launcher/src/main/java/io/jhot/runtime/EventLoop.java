package io.jhot.runtime;

import io.jhot.config.Activation;
import io.jhot.config.Durations;
import io.jhot.ffm.Signal;
import io.jhot.protocol.Excerpt;
import io.jhot.protocol.Message;
import io.jhot.protocol.Wire;
import io.jhot.runtime.Journal.Level;
import io.jhot.runtime.control.FleetStatus;
import io.jhot.runtime.control.FleetStatus.GenerationStatus;
import io.jhot.runtime.control.FleetStatus.HookStatus;
import io.jhot.runtime.control.FleetStatus.ListenerStatus;
import io.jhot.runtime.control.Reply;
import io.jhot.runtime.control.Request;
import io.jhot.runtime.control.StatusPages;
import io.jhot.supervisor.DrainStep;
import io.jhot.supervisor.Effect;
import io.jhot.supervisor.Event;
import io.jhot.supervisor.Fleet;
import io.jhot.supervisor.Generation;
import io.jhot.supervisor.Phase;
import io.jhot.supervisor.Policy;
import io.jhot.supervisor.Step;
import io.jhot.supervisor.Transitions;
import io.jhot.text.HarmlessText;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedSet;

/**
 * The one thread that owns the fleet: sleeps, makes events of what woke it, and performs the
 * effects. It decides nothing: what happens next stands in {@link Transitions}.
 */
public final class EventLoop {
  /** How often the connections of a draining generation are counted, in milliseconds. */
  private static final long COUNT_EVERY = 250;

  /** How many of the connections that are left at a kill the log names. */
  private static final int MAX_NAMED = 20;

  /** What an app says of itself, in bytes. */
  private static final int MAX_NOTE = 600;

  /** What a probe or a warm-up saw, in bytes: it becomes part of other texts. */
  private static final int MAX_SEEN = 1_000;

  private final Os os;
  private final Journal journal;
  private final String name;
  private final int pid;
  private final Policy policy;
  private final ArrayDeque<Event> events = new ArrayDeque<>();
  private final Map<Integer, String> notes = new HashMap<>();

  /** How the drain hooks of a generation ended, in that order. */
  private final Map<Integer, List<HookStatus>> hooks = new HashMap<>();

  /** The address that the log had last of those that nobody uses any more. */
  private String lastClosed = "";

  /** The addresses that the log has of each generation. */
  private final Map<Integer, Set<String>> told = new HashMap<>();

  /** What each generation's agent understands. */
  private final Map<Integer, Integer> protocols = new HashMap<>();

  /** Clients that wait for the outcome of a reload, and the generation whose outcome that is. */
  private final Map<Long, Integer> waitingForReload = new HashMap<>();

  private final List<Long> waitingForEnd = new ArrayList<>();

  /** Answers that wait until the old generation accepts nothing more. */
  private final Map<Long, Reply> waitingForPark = new LinkedHashMap<>();

  private final UnderWay underWay = new UnderWay();
  private final QuestionRelay exchange;
  private final Announcements announcements;
  private Fleet fleet;
  private long startedAt;
  private long nextCount = Long.MAX_VALUE;
  private boolean stopAsked;
  private String lastReload = "";
  private String lastCut = "";
  private int exitCode = -1;

  /**
   * @param os what the loop acts on; not closed by the loop
   * @param journal where it reports
   * @param name the instance's name, for status
   * @param pid jhot's own pid, for status
   * @param policy the operator's wishes
   * @param activation what a service manager wants to hear
   */
  public EventLoop(
      Os os, Journal journal, String name, int pid, Policy policy, Activation activation) {
    this.os = os;
    this.journal = journal;
    this.name = name;
    this.pid = pid;
    this.policy = policy;
    this.fleet = Fleet.initial(policy);
    this.exchange = new QuestionRelay(os);
    this.announcements = new Announcements(os, activation, policy);
  }

  /**
   * Starts the first generation and returns when the last one is gone.
   *
   * @param own the listeners that jhot itself opened
   * @return the exit code for jhot
   */
  public int run(SortedSet<Integer> own) {
    startedAt = os.now();
    events.add(new Event.Started(startedAt, own));
    settle();
    while (exitCode < 0) {
      long wake = Math.min(Math.min(fleet.nextDeadline(), nextCount), announcements.nextBeat());
      for (OsEvent happening : os.await(wake)) {
        take(happening);
        settle();
      }
      long now = os.now();
      if (now >= nextCount) {
        countConnections(now);
      }
      announcements.beat(now);
      events.add(new Event.TimePassed(now));
      settle();
    }
    for (long client : waitingForEnd) {
      String end = name + " has ended with " + exitCode;
      os.answer(
          client,
          new Reply.Finished(true, lastCut.isEmpty() ? end : end + "; " + lastCut, List.of()));
    }
    answerWaitingForPark();
    return exitCode;
  }

  private void settle() {
    for (Event event = events.poll(); event != null; event = events.poll()) {
      perform(Transitions.step(fleet, event));
    }
    if (!waitingForPark.isEmpty() && !fleet.changesHands()) {
      answerWaitingForPark();
    }
    boolean counting = false;
    for (Generation generation : fleet.generations()) {
      counting |= isCounted(generation);
    }
    if (!counting) {
      nextCount = Long.MAX_VALUE;
    } else if (nextCount == Long.MAX_VALUE) {
      nextCount = os.now();
    }
  }

  /** Whether its connections matter: from the park to the last moment, for they may be cut then. */
  private static boolean isCounted(Generation generation) {
    return switch (generation.drainStep()) {
      case HOOKS, CONNECTIONS -> true;
      case SIGNAL, DUMP -> generation.agent();
      default -> false;
    };
  }

  private void take(OsEvent happening) {
    long now = os.now();
    switch (happening) {
      case OsEvent.SignalReceived(Signal signal) -> signalled(now, signal);
      case OsEvent.HungUp(boolean ignored) -> hungUp(now, ignored);
      case OsEvent.ChildExited(int generation, var status) -> {
        events.add(new Event.Exited(now, generation, status.signaled(), status.value()));
        settle();
        tellWhatIsCut(generation, "ended with");
        underWay.forget(generation);
        os.forget(generation);
        notes.remove(generation);
        hooks.remove(generation);
        told.remove(generation);
        protocols.remove(generation);
        exchange.lost(generation);
      }
      case OsEvent.StartedAgain(int generation, int pid) ->
          events.add(new Event.StartedAgain(now, generation, pid));
      case OsEvent.AgentSaid(int generation, Message message, int listener) ->
          said(now, generation, message, listener);
      case OsEvent.AgentLost(int generation, String why) -> {
        if (!why.isEmpty()) {
          journal.log(
              Level.WARNING,
              "generation " + generation + ": the control channel is given up: " + why);
        }
        exchange.lost(generation);
        events.add(new Event.AgentLost(now, generation));
      }
      case OsEvent.Notified(int generation, String state) -> notified(now, generation, state);
      case OsEvent.Probed(int generation, int attempt, boolean ok, String seen) ->
          events.add(new Event.Probed(now, generation, attempt, ok, bounded(seen)));
      case OsEvent.WarmedUp(int generation, boolean ok, String seen) ->
          events.add(new Event.WarmedUp(now, generation, ok, bounded(seen)));
      case OsEvent.ThreadsDumped(int generation, String outcome) -> {
        journal.log(Level.WARNING, "generation " + generation + ": " + outcome);
        events.add(new Event.ThreadsDumped(now, generation));
      }
      case OsEvent.Asked(long client, Request request) -> asked(now, client, request);
      case OsEvent.ClientLeft(long client) -> {
        waitingForReload.remove(client);
        waitingForPark.remove(client);
        waitingForEnd.remove(client);
      }
    }
  }

  /** What is under way now is in a hurry, or is over. */
  private void tellWhatIsCut(int generation, String how) {
    String cut = underWay.text(generation);
    if (!cut.isEmpty()) {
      lastCut = "generation " + generation + " " + how + " " + cut;
      journal.log(Level.WARNING, lastCut);
    }
  }

  /** The kernel and the shell may both say so; the second time is no impatience. */
  private void hungUp(long now, boolean ignored) {
    if (ignored) {
      journal.log(Level.INFO, "the terminal has hung up; jhot ignores that and lives on");
    } else if (!stopAsked) {
      stop(now, "the terminal has hung up", false);
    }
  }

  private void signalled(long now, Signal signal) {
    switch (signal) {
      case HUP, USR1 -> {
        journal.log(Level.INFO, "SIG" + signal + ": reloading");
        events.add(new Event.ReloadRequested(now));
      }
      case TERM, INT -> stop(now, "SIG" + signal, false);
      case QUIT, WINCH -> {
        for (Generation generation : fleet.generations()) {
          if (generation.phase() != Phase.GONE && (signal == Signal.WINCH || isFront(generation))) {
            os.signal(generation.number(), signal);
          }
        }
      }
      case TSTP -> os.suspend();
      case USR2 ->
          journal.log(
              Level.WARNING, "SIGUSR2: upgrading jhot in place is not there yet; nothing is done");
      default -> {
        // CHLD has done its work by waking the loop; CONT, TTIN and TTOU ask for nothing
      }
    }
  }

  /** Whether a thread dump of this generation is what an operator asks jhot for. */
  private boolean isFront(Generation generation) {
    return generation.phase() == Phase.SERVING
        || generation.phase() == Phase.STARTING && fleet.generations().size() == 1
        || stopAsked;
  }

  private void stop(long now, String by, boolean atOnce) {
    boolean again = stopAsked;
    stopAsked = true;
    journal.log(
        Level.INFO, atOnce || again ? by + ": ending at once" : by + ": draining, then ending");
    events.add(new Event.StopRequested(now, atOnce));
  }

  private void said(long now, int generation, Message message, int listener) {
    switch (message) {
      case Message.Hello hello -> {
        protocols.put(generation, hello.protocol());
        compareVersions(generation, hello);
        // the welcome first: what the event leads to makes sense only to whom it has greeted
        Generation greeted = fleet.generation(generation);
        os.welcome(generation, greeted != null && greeted.live());
        events.add(new Event.AgentConnected(now, generation));
      }
      case Message.Opened opened -> {
        tellOpened(generation, address(listener));
        events.add(new Event.ListenerOpened(now, generation, listener));
      }
      case Message.Taken taken -> events.add(new Event.ListenerTaken(now, generation, listener));
      case Message.Closed closed -> {
        told.getOrDefault(generation, new HashSet<>()).remove(address(listener));
        events.add(new Event.ListenerClosed(now, generation, listener));
        settle(); // the app waits in its close(): first jhot's copy goes, then the answer
        os.confirmRelease(generation, listener);
      }
      case Message.Live live -> events.add(new Event.WentLive(now, generation));
      case Message.Parked parked -> events.add(new Event.Parked(now, generation));
      case Message.Ready ready -> events.add(new Event.ReadySaid(now, generation));
      case Message.ReadyDeclared declared -> events.add(new Event.ReadyDeclared(now, generation));
      case Message.HookEnded hook -> hookEnded(generation, hook);
      case Message.Drained drained -> {
        if (drained.inFlight() > 0) {
          journal.log(
              Level.WARNING,
              "generation "
                  + generation
                  + ": units of work still in flight: "
                  + drained.inFlight());
        }
        events.add(new Event.HooksEnded(now, generation));
      }
      case Message.Ask ask -> exchange.ask(fleet, generation, ask, listener);
      case Message.Answer answer -> exchange.answer(generation, answer, listener);
      case Message.NotShared notShared -> {
        // it listens, which is all that can be known of it; a reload will fail at its own bind
        if (policy.ready() == Policy.Readiness.AUTO) {
          events.add(new Event.ReadySaid(now, generation));
        }
      }
      case Message.Status status -> note(generation, status.text());
      case Message.Trouble trouble ->
          journal.log(Level.WARNING, "generation " + generation + ": " + trouble.text());
      case Message.OutputRestored restored -> {
        // the relay sees the end of its pipe by itself
      }
      case Message.Unknown unknown -> {
        // of a newer agent; its hello was commented on
      }
      default ->
          journal.log(
              Level.WARNING,
              "generation " + generation + ": its agent sent what jhot says to agents; ignored");
    }
  }

  /** jhot was replaced on disk while it runs, or an app brings an agent along. */
  private void compareVersions(int generation, Message.Hello hello) {
    if (hello.protocol() == Wire.VERSION) {
      return;
    }
    journal.log(
        Level.WARNING,
        "generation "
            + generation
            + ": its agent ("
            + HarmlessText.of(hello.agent())
            + ") speaks version "
            + hello.protocol()
            + " of the protocol, this jhot version "
            + Wire.VERSION
            + ": what only one of them knows is left out; start jhot again to have both alike");
  }

  private void runHooks(int generation, long millis, int successor) {
    if (protocols.getOrDefault(generation, 0) < Message.Drain.SINCE) {
      events.add(new Event.HooksEnded(os.now(), generation)); // an older agent
      return;
    }
    os.send(generation, new Message.Drain(successor == 0 ? "STOP" : "RELOAD", millis, successor));
  }

  private void hookEnded(int generation, Message.HookEnded hook) {
    String name = HarmlessText.of(hook.name());
    String failure = HarmlessText.of(hook.failure());
    List<HookStatus> ended = hooks.computeIfAbsent(generation, g -> new ArrayList<>());
    if (ended.size() < FleetStatus.MAX_HOOKS) {
      ended.add(new HookStatus(name, hook.phase(), hook.millis(), failure));
    }
    if (failure.isEmpty()) {
      journal.log(
          Level.INFO,
          "generation " + generation + ": drain hook " + name + " took " + hook.millis() + " ms");
    } else {
      journal.log(
          Level.WARNING,
          "generation "
              + generation
              + ": drain hook "
              + name
              + " failed after "
              + hook.millis()
              + " ms: "
              + failure);
    }
  }

  private void notified(long now, int generation, String state) {
    for (String line : state.split("\n")) {
      if (line.equals("READY=1")) {
        events.add(new Event.ReadySaid(now, generation));
      } else if (line.startsWith("STATUS=")) {
        note(generation, line.substring("STATUS=".length()));
      }
    }
  }

  private void note(int generation, String text) {
    notes.put(generation, HarmlessText.of(Excerpt.of(text, MAX_NOTE)));
  }

  private static String bounded(String seen) {
    return HarmlessText.of(Excerpt.of(seen, MAX_SEEN));
  }

  private void asked(long now, long client, Request request) {
    switch (request) {
      case Request.ShowStatus() -> os.answer(client, StatusPages.page(status(now), 0));
      case Request.ShowMore(long after) -> os.answer(client, StatusPages.page(status(now), after));
      case Request.Reload(boolean waits) -> reload(now, client, waits);
      case Request.Stop(boolean atOnce) -> {
        waitingForEnd.add(client);
        stop(now, "stop asked for", atOnce);
      }
    }
  }

  private void reload(long now, long client, boolean waits) {
    if (stopAsked) {
      os.answer(client, new Reply.Refused(name + " is stopping; it reloads no more"));
      return;
    }
    boolean busy = fleet.starting() != null;
    journal.log(Level.INFO, busy ? "reload asked for: it follows" : "reload asked for");
    Step step = Transitions.step(fleet, new Event.ReloadRequested(now));
    fleet = step.fleet();
    announcements.observe(fleet);
    if (waits) {
      // before the effects: a generation that cannot be started answers within them
      waitingForReload.put(client, fleet.answeringGeneration());
    } else {
      String text =
          busy
              ? "a generation is starting; the reload follows it"
              : "the next generation is being started";
      os.answer(client, new Reply.Accepted(text));
    }
    for (Effect effect : step.effects()) {
      perform(effect);
    }
  }

  private void perform(Step step) {
    fleet = step.fleet();
    announcements.observe(fleet);
    for (Effect effect : step.effects()) {
      perform(effect);
    }
  }

  private void perform(Effect effect) {
    if (effect instanceof Effect.Spawn spawn) {
      spawn(spawn); // on the way of every start, where the first switch over types costs 2 ms
      return;
    }
    switch (effect) {
      case Effect.Spawn spawn -> throw new AssertionError(spawn);
      case Effect.LookForListeners(int generation) -> look(generation);
      case Effect.Probe(int generation, int attempt, var listeners, boolean live) ->
          os.probe(generation, attempt, listeners, live);
      case Effect.WarmUp(int generation, var listeners, boolean live) ->
          os.warmUp(generation, listeners, live);
      case Effect.EndProbe(int generation) -> os.endProbe(generation);
      case Effect.GoLive(int generation) -> os.send(generation, new Message.GoLive());
      case Effect.Park(int generation, boolean last) -> os.send(generation, new Message.Park(last));
      case Effect.RunHooks(int generation, long millis, int successor) ->
          runHooks(generation, millis, successor);
      case Effect.SignalStop(int generation) -> {
        tellWhatIsCut(generation, "is asked to end with");
        os.signal(generation, Signal.of(policy.stopSignal()));
      }
      case Effect.NameConnections(int generation) -> nameConnections(generation);
      case Effect.DumpThreads(int generation) -> os.dumpThreads(generation);
      case Effect.Kill(int generation) -> os.kill(generation);
      case Effect.ReleaseListener(int listener) -> closeListener(listener);
      case Effect.CloseListeners() -> os.closeListeners();
      case Effect.RestoreOutput(int generation) -> os.send(generation, new Message.RestoreOutput());
      case Effect.Report report -> report(report);
      case Effect.ReloadFinished(boolean ok, int generation, String reason) ->
          reloadFinished(ok, generation, resolved(reason));
      case Effect.RolledBack(int generation, String reason) -> {
        String undone = resolved(reason);
        hooks.remove(generation); // of a drain that it did not come to
        underWay.forget(generation);
        lastReload = "undone: " + undone;
        journal.log(Level.WARNING, undone);
        waitingForPark.replaceAll((client, reply) -> new Reply.Finished(false, undone, List.of()));
      }
      case Effect.MarkReady(int generation) -> os.writePidFile();
      case Effect.Exit(int code) -> exitCode = code;
    }
  }

  private void spawn(Effect.Spawn spawn) {
    int generation = spawn.generation();
    Generation serving = fleet.serving();
    try {
      if (serving != null && serving.listeners().isEmpty()) {
        look(serving.number()); // the next one is measured by what is seen of this one
      }
      String missing = serving == null ? "" : shortage(serving.number());
      if (!missing.isEmpty()) {
        os.check(generation); // a program that is not there is no reason to end the one that serves
        events.add(new Event.NoRoom(os.now(), generation, missing));
        return;
      }
      String obstacle = serving == null ? "" : os.obstacle(serving.number(), generation);
      if (!obstacle.isEmpty()) {
        events.add(new Event.Refused(os.now(), generation, obstacle));
        return;
      }
      Generation born = fleet.generation(generation);
      String start =
          fleet.lastServed() == 0 ? "FIRST" : born != null && born.reload() ? "RELOAD" : "RESTART";
      int child = os.spawn(generation, start, fleet.lastServed(), spawn.listeners());
      events.add(new Event.Spawned(os.now(), generation, child));
      if (os.declaresReady(generation)) {
        events.add(new Event.ReadyDeclared(os.now(), generation));
      }
    } catch (Os.NotStarted e) {
      events.add(new Event.SpawnFailed(os.now(), generation, e.exitCode, e.getMessage()));
    }
  }

  private void look(int generation) {
    Os.Sight sight = os.sight(generation);
    if (sight != null) {
      events.add(new Event.ListenersSeen(os.now(), generation, sight.addresses(), sight.lasting()));
    }
  }

  private String shortage(int serving) {
    return policy.overlap() == Policy.Overlap.NEVER
        ? "two at once are not wanted (--overlap never)"
        : os.shortage(serving);
  }

  /**
   * Who waits for a reload hears of its success when a connection that is made after that reaches
   * the new generation only. The old one has been told to park, and may accept until it has done
   * so; that it is silent ends in time.
   */
  private void reloadFinished(boolean ok, int generation, String why) {
    String reason = ok ? why : why + advice(generation);
    lastReload = (ok ? "ok: " : "failed: ") + reason;
    journal.log(ok ? Level.INFO : Level.ERROR, ok ? reason : "the reload failed: " + reason);
    Reply reply = new Reply.Finished(ok, reason, ok ? List.of() : os.lastLines(generation));
    for (var waiting = waitingForReload.entrySet().iterator(); waiting.hasNext(); ) {
      var client = waiting.next();
      if (client.getValue() <= generation) {
        if (ok) {
          waitingForPark.put(client.getKey(), reply);
        } else {
          os.answer(client.getKey(), reply);
        }
        waiting.remove();
      }
    }
  }

  /**
   * What lets the start succeed that has just failed beside a generation that serves; or nothing.
   */
  private String advice(int failed) {
    Generation serving = fleet.serving();
    return serving == null || policy.overlap() == Policy.Overlap.NEVER
        ? ""
        : SharedPossession.advice(os.lastLines(failed), serving.number());
  }

  private void answerWaitingForPark() {
    waitingForPark.forEach(os::answer);
    waitingForPark.clear();
  }

  private void nameConnections(int generation) {
    List<Os.Connection> left = os.connections(generation);
    String prefix = "generation " + generation;
    if (left == null) {
      journal.log(Level.WARNING, prefix + ": what connections it has left is not known");
      return;
    }
    journal.log(
        Level.WARNING,
        prefix
            + " has "
            + (left.isEmpty() ? "no" : left.size())
            + (left.size() == 1 ? " connection left" : " connections left"));
    for (int i = 0; i < left.size() && i < MAX_NAMED; i++) {
      Os.Connection one = left.get(i);
      journal.log(
          Level.WARNING,
          prefix
              + ": "
              + one.peer()
              + " to port "
              + one.port()
              + ", open for at least "
              + Durations.text(one.seenMillis())
              + ", last data "
              + (one.idleMillis() < 0 ? "unknown" : Durations.text(one.idleMillis()) + " ago")
              + ", "
              + one.work().text());
    }
    if (left.size() > MAX_NAMED) {
      journal.log(Level.WARNING, prefix + ": and " + (left.size() - MAX_NAMED) + " more");
    }
  }

  private void countConnections(long now) {
    nextCount = now + COUNT_EVERY;
    for (Generation generation : fleet.generations()) {
      if (!isCounted(generation)) {
        continue;
      }
      os.look(generation.number());
      Os.Vitals vitals = os.vitals(generation.number());
      underWay.counted(generation.number(), vitals);
      if (vitals.connections() >= 0 && generation.drainStep() == DrainStep.CONNECTIONS) {
        // what cannot be counted is left until the deadline
        events.add(
            new Event.ConnectionsCounted(
                now,
                generation.number(),
                vitals.connections(),
                vitals.busy(),
                vitals.idleMillis()));
      }
    }
  }

  private FleetStatus status(long now) {
    List<ListenerStatus> listeners = new ArrayList<>();
    for (Os.Listener listener : os.listeners()) {
      listeners.add(
          new ListenerStatus(
              listener.number(), listener.name(), listener.address(), listener.own()));
    }
    List<GenerationStatus> generations = new ArrayList<>();
    for (Generation generation : fleet.generations()) {
      if (generation.phase() == Phase.GONE) {
        continue;
      }
      Os.Vitals vitals = os.vitals(generation.number());
      generations.add(
          new GenerationStatus(
              generation.number(),
              lowerCase(generation.phase()),
              step(generation),
              vitals.pid(),
              now - generation.startedAt(),
              vitals.residentKilobytes(),
              vitals.connections(),
              resolved(generation.why()),
              notes.getOrDefault(generation.number(), ""),
              List.copyOf(hooks.getOrDefault(generation.number(), List.of())),
              underWay.of(generation.number())));
    }
    return new FleetStatus(name, pid, now - startedAt, listeners, generations, lastReload, lastCut);
  }

  private static String lowerCase(Phase phase) {
    return switch (phase) {
      case STARTING -> "starting";
      case SERVING -> "serving";
      case DRAINING -> "draining";
      case STOPPING -> "stopping";
      case GONE -> "gone";
    };
  }

  private static String step(Generation generation) {
    if (generation.phase() == Phase.STARTING) {
      return switch (generation.startStep()) {
        case NONE, READINESS -> "";
        case PROBE -> "probe";
        case WARM_UP -> "warm-up";
        case GO_LIVE -> "going-live";
      };
    }
    return switch (generation.drainStep()) {
      case NONE -> "";
      case DELAY -> "drain-delay";
      case PARK -> "parking";
      case HOOKS -> "hooks";
      case CONNECTIONS -> "connections";
      case RETURN -> "return";
      case SIGNAL -> "stop-signal";
      case DUMP -> "thread-dump";
      case KILL -> "kill";
    };
  }

  private void report(Effect.Report report) {
    switch (report.level()) {
      case DEBUG -> {
        // for whoever reads a trace of the pure steps in a test
      }
      case INFO -> journal.log(Level.INFO, resolved(report.text()));
      case WARN -> journal.log(Level.WARNING, resolved(report.text()));
      case ERROR -> journal.log(Level.ERROR, resolved(report.text()));
    }
  }

  private String resolved(String text) {
    return ListenerText.of(text, this::address);
  }

  /** One line for each address: a server may have many sockets there (SO_REUSEPORT). */
  private void tellOpened(int generation, String address) {
    lastClosed = "";
    if (told.computeIfAbsent(generation, g -> new HashSet<>()).add(address)) {
      journal.log(Level.INFO, "generation " + generation + " listens on " + address);
    }
  }

  private void closeListener(int listener) {
    String address = address(listener);
    if (!address.equals(lastClosed)) {
      journal.log(Level.INFO, "nobody uses " + address + " any more: it is closed");
    }
    lastClosed = address;
    os.closeListener(listener);
  }

  private String address(int listener) {
    String known = os.address(listener);
    return known == null ? "a listener that is closed" : known;
  }
}
