package io.jhot.runtime;

import io.jhot.config.Activation;
import io.jhot.ffm.Signal;
import io.jhot.protocol.Message;
import io.jhot.protocol.Wire;
import io.jhot.runtime.control.FleetStatus.WorkStatus;
import io.jhot.runtime.control.Reply;
import io.jhot.runtime.control.Request;
import io.jhot.runtime.control.StatusPages;
import io.jhot.supervisor.Effect;
import io.jhot.supervisor.Event;
import io.jhot.supervisor.Fleet;
import io.jhot.supervisor.FleetEvent;
import io.jhot.supervisor.Generation;
import io.jhot.supervisor.Phase;
import io.jhot.supervisor.Policy;
import io.jhot.supervisor.Step;
import io.jhot.supervisor.Transitions;
import io.jhot.supervisor.Wording;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedSet;

/**
 * The one thread that owns the fleet: sleeps, makes events of what woke it, and performs the
 * effects. It decides nothing: what happens next stands in {@link Transitions}. What happens is
 * published in the {@link EventStream}; the log and the status are readers of that.
 */
public final class EventLoop {
  private final Os os;
  private final EventStream stream;
  private final Policy policy;
  private final ArrayDeque<Event> events = new ArrayDeque<>();
  private final QuestionRelay questions;
  private final Announcements announcements;
  private final ReloadWaiters waiters;
  private final ConnectionCounts counts;
  private final StatusReport status;
  private final StepWatch steps = new StepWatch();
  private final String name;

  /**
   * The addresses that were published of each generation, each once however many sockets it has.
   */
  private final Map<Integer, Set<String>> opened = new HashMap<>();

  /** The address that was published last of those that nobody uses any more. */
  private String lastReleased = "";

  /** What each generation's agent understands. */
  private final Map<Integer, Integer> protocols = new HashMap<>();

  private Fleet fleet;
  private boolean stopAsked;
  private int exitCode = -1;

  /**
   * @param os what the loop acts on; not closed by the loop
   * @param stream where it publishes
   * @param journal a reader of that
   * @param pid jhot's own pid, for status
   * @param policy the operator's wishes
   * @param activation what a service manager wants to hear
   */
  public EventLoop(
      Os os, EventStream stream, Journal journal, int pid, Policy policy, Activation activation) {
    this.os = os;
    this.stream = stream;
    this.policy = policy;
    name = stream.instance();
    fleet = Fleet.initial(policy);
    questions = new QuestionRelay(os);
    announcements = new Announcements(os, activation, policy, () -> fleet);
    waiters = new ReloadWaiters(os);
    counts = new ConnectionCounts(os);
    status = new StatusReport(os, counts, name, pid);
    stream.subscribe(new EventLog(journal));
    stream.subscribe(status);
    stream.subscribe(announcements);
    stream.subscribe(waiters);
  }

  /**
   * Starts the first generation and returns when the last one is gone.
   *
   * @param own the listeners that jhot itself opened
   * @return the exit code for jhot
   */
  public int run(SortedSet<Integer> own) {
    events.add(new Event.Started(os.now(), own));
    processEvents();
    while (exitCode < 0) {
      long wake = Math.min(fleet.nextDeadline(), Math.min(counts.next(), announcements.nextBeat()));
      for (OsEvent event : os.await(wake)) {
        take(event);
        processEvents();
      }
      long now = os.now();
      events.addAll(counts.count(fleet, now));
      announcements.beat(now);
      events.add(new Event.TimePassed(now));
      processEvents();
    }
    String end = name + " has ended with " + exitCode;
    waiters.ended(status.lastCut().isEmpty() ? end : end + "; " + status.lastCut());
    return exitCode;
  }

  private void processEvents() {
    for (Event event = events.poll(); event != null; event = events.poll()) {
      Step step = Transitions.step(fleet, event);
      fleet = step.fleet();
      for (StreamEvent entered : steps.observe(fleet, os.now())) {
        publish(entered);
      }
      if (event instanceof Event.ReloadRequested) {
        waiters.requested(fleet.answeringGeneration());
      }
      for (Effect effect : step.effects()) {
        perform(effect);
      }
    }
    if (!fleet.changesHands()) {
      waiters.parked();
    }
    counts.observe(fleet);
    status.observe(fleet);
  }

  private void publish(StreamEvent event) {
    stream.publish(
        event,
        StreamWording.level(event),
        steps.step(event.generation()),
        millis(event),
        StreamWording.text(event));
  }

  /**
   * How long it took: a start, a hook, or the step that ended with it. Else how long the generation
   * has been in its step; -1 if it is of none.
   */
  private long millis(StreamEvent event) {
    if (event instanceof StreamEvent.StepEntered entered) {
      return entered.millis();
    }
    if (event instanceof StreamEvent.HookEnded hook) {
      return hook.millis();
    }
    long now = os.now();
    if (event instanceof StreamEvent.Decided decided) {
      if (endsStart(decided.event())) {
        Generation started = fleet.generation(event.generation());
        return started == null ? -1 : now - started.startedAt();
      }
      long ended = steps.ended(event.generation());
      if (ended >= 0) {
        return ended;
      }
    }
    return steps.millis(event.generation(), now);
  }

  private static boolean endsStart(FleetEvent event) {
    return event instanceof FleetEvent.Served
        || event instanceof FleetEvent.ReloadSucceeded
        || event instanceof FleetEvent.ReloadFailed
        || event instanceof FleetEvent.StartFailed;
  }

  private void publishDecision(FleetEvent event) {
    String text = resolved(Wording.text(event));
    if (event instanceof FleetEvent.ReloadFailed) {
      text += advice(event.generation());
    } else if (event instanceof FleetEvent.RolledBack) {
      counts.forget(event.generation()); // of a drain that it did not come to
    }
    publish(new StreamEvent.Decided(event, text));
  }

  // What the world says.

  private void take(OsEvent event) {
    long now = os.now();
    switch (event) {
      case OsEvent.SignalReceived(Signal signal) -> signalled(now, signal);
      case OsEvent.HungUp(boolean ignored) -> hungUp(now, ignored);
      case OsEvent.ChildExited(int generation, var exit) -> {
        events.add(new Event.Exited(now, generation, exit.signaled(), exit.value()));
        processEvents();
        publishWhatIsCut(generation, true);
        forget(generation);
      }
      case OsEvent.StartedAgain(int generation, int pid) ->
          events.add(new Event.StartedAgain(now, generation, pid));
      case OsEvent.AgentSaid(int generation, Message message, int listener) ->
          said(now, generation, message, listener);
      case OsEvent.AgentTroubled(int generation, String text) ->
          publish(new StreamEvent.AgentTroubled(generation, text));
      case OsEvent.AgentLost(int generation, String why) -> {
        if (!why.isEmpty()) {
          publish(
              new StreamEvent.AgentTroubled(generation, "its control channel is given up: " + why));
        }
        questions.lost(generation);
        events.add(new Event.AgentLost(now, generation));
      }
      case OsEvent.Notified(int generation, String state) -> notified(now, generation, state);
      case OsEvent.Probed(int generation, int attempt, boolean ok, String seen) ->
          events.add(new Event.Probed(now, generation, attempt, ok, StreamEvent.seen(seen)));
      case OsEvent.WarmedUp(int generation, boolean ok, String seen) ->
          events.add(new Event.WarmedUp(now, generation, ok, StreamEvent.seen(seen)));
      case OsEvent.ThreadsDumped(int generation, String outcome) -> {
        publish(new StreamEvent.ThreadsDumped(generation, outcome));
        events.add(new Event.ThreadsDumped(now, generation));
      }
      case OsEvent.Asked(long client, Request request) -> asked(now, client, request);
      case OsEvent.ClientLeft(long client) -> waiters.left(client);
    }
  }

  /** It has been reaped. */
  private void forget(int generation) {
    counts.forget(generation);
    os.forget(generation);
    status.forget(generation);
    opened.remove(generation);
    protocols.remove(generation);
    questions.lost(generation);
  }

  /** The kernel and the shell may both say so; the second time is no impatience. */
  private void hungUp(long now, boolean ignored) {
    if (ignored) {
      publish(new StreamEvent.HangUpIgnored());
    } else if (!stopAsked) {
      stop(now, "the terminal has hung up", false);
    }
  }

  private void signalled(long now, Signal signal) {
    if (signal != Signal.CHLD) {
      publish(new StreamEvent.SignalReceived(signal));
    }
    switch (signal) {
      case HUP, USR1 -> reload(now, "SIG" + signal);
      case TERM, INT -> stop(now, "SIG" + signal, false);
      case QUIT, WINCH -> {
        for (Generation generation : fleet.generations()) {
          if (generation.alive() && (signal == Signal.WINCH || isFront(generation))) {
            os.signal(generation.number(), signal);
          }
        }
      }
      case TSTP -> os.suspend();
      default -> {
        // CHLD has done its work by waking the loop; CONT, TTIN, TTOU and USR2 ask for nothing
      }
    }
  }

  /** Whether a thread dump of this generation is what an operator asks jhot for. */
  private boolean isFront(Generation generation) {
    return generation.phase() == Phase.SERVING
        || generation.phase() == Phase.STARTING && fleet.generations().size() == 1
        || stopAsked;
  }

  private void reload(long now, String by) {
    publish(new StreamEvent.ReloadAsked(by, fleet.starting() != null));
    events.add(new Event.ReloadRequested(now));
  }

  private void stop(long now, String by, boolean atOnce) {
    boolean again = stopAsked;
    stopAsked = true;
    publish(new StreamEvent.StopAsked(by, atOnce || again));
    events.add(new Event.StopRequested(now, atOnce));
  }

  private void asked(long now, long client, Request request) {
    switch (request) {
      case Request.ShowStatus() -> os.answer(client, StatusPages.page(status.of(fleet, now), 0));
      case Request.ShowMore(long after) ->
          os.answer(client, StatusPages.page(status.of(fleet, now), after));
      case Request.Reload(boolean waits) -> {
        if (stopAsked) {
          os.answer(client, new Reply.Refused(name + " is stopping; it reloads no more"));
          return;
        }
        if (waits) {
          waiters.add(client);
        } else {
          os.answer(
              client,
              new Reply.Accepted(
                  fleet.starting() == null
                      ? "the next generation is being started"
                      : "a generation is starting; the reload follows it"));
        }
        reload(now, "jhot reload");
      }
      case Request.Stop(boolean atOnce) -> {
        waiters.awaitEnd(client);
        stop(now, "jhot stop", atOnce);
      }
    }
  }

  private void said(long now, int generation, Message message, int listener) {
    switch (message) {
      case Message.Hello hello -> {
        protocols.put(generation, hello.protocol());
        publish(
            new StreamEvent.AgentGreeted(
                generation, hello.agent(), hello.protocol(), hello.protocol() == Wire.VERSION));
        // the welcome first: what the event leads to makes sense only to whom it has greeted
        Generation greeted = fleet.generation(generation);
        os.welcome(generation, greeted != null && greeted.sockets().live());
        events.add(new Event.AgentConnected(now, generation));
      }
      case Message.Opened ignored -> {
        publishOpened(generation, address(listener));
        events.add(new Event.ListenerOpened(now, generation, listener));
      }
      case Message.Taken ignored -> events.add(new Event.ListenerTaken(now, generation, listener));
      case Message.Closed ignored -> {
        opened.getOrDefault(generation, new HashSet<>()).remove(address(listener));
        events.add(new Event.ListenerClosed(now, generation, listener));
        processEvents(); // the app waits in its close(): first jhot's copy goes, then the answer
        os.confirmRelease(generation, listener);
      }
      case Message.Live ignored -> events.add(new Event.WentLive(now, generation));
      case Message.Parked ignored -> events.add(new Event.Parked(now, generation));
      case Message.Ready ignored -> events.add(new Event.ReadySaid(now, generation));
      case Message.ReadyDeclared ignored -> events.add(new Event.ReadyDeclared(now, generation));
      case Message.HookEnded hook ->
          publish(
              new StreamEvent.HookEnded(
                  generation, hook.name(), hook.phase(), hook.millis(), hook.failure()));
      case Message.Drained drained -> {
        if (drained.inFlight() > 0) {
          publish(new StreamEvent.WorkLeft(generation, drained.inFlight()));
        }
        events.add(new Event.HooksEnded(now, generation));
      }
      case Message.Ask ask -> questions.ask(fleet, generation, ask, listener);
      case Message.Answer answer -> questions.answer(generation, answer, listener);
      case Message.NotShared ignored -> {
        // it listens, which is all that can be known of it; a reload will fail at its own bind
        if (policy.ready() == Policy.Readiness.AUTO) {
          events.add(new Event.ReadySaid(now, generation));
        }
      }
      case Message.Status app -> publish(new StreamEvent.AppStatus(generation, app.text()));
      case Message.Trouble trouble ->
          publish(new StreamEvent.AgentTroubled(generation, trouble.text()));
      case Message.OutputRestored ignored -> {
        // the relay sees the end of its pipe by itself
      }
      case Message.Unknown ignored -> {
        // of a newer agent, whose greeting was commented on
      }
      default ->
          publish(
              new StreamEvent.AgentTroubled(
                  generation, "its agent sent what jhot says to agents; ignored"));
    }
  }

  private void notified(long now, int generation, String state) {
    for (String line : state.split("\n")) {
      if (line.equals("READY=1")) {
        events.add(new Event.ReadySaid(now, generation));
      } else if (line.startsWith("STATUS=")) {
        publish(new StreamEvent.AppStatus(generation, line.substring("STATUS=".length())));
      }
    }
  }

  // What is to be done.

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
        publishWhatIsCut(generation, false);
        os.signal(generation, Signal.of(policy.stopSignal()));
      }
      case Effect.NameConnections(int generation) -> nameConnections(generation);
      case Effect.DumpThreads(int generation) -> os.dumpThreads(generation);
      case Effect.Kill(int generation) -> os.kill(generation);
      case Effect.ReleaseListener(int listener) -> releaseListener(listener);
      case Effect.CloseListeners() -> os.closeListeners(fleet.inUse());
      case Effect.RestoreOutput(int generation) -> os.send(generation, new Message.RestoreOutput());
      case Effect.Publish(FleetEvent event) -> publishDecision(event);
      case Effect.MarkReady(int generation) -> {
        os.writePidFile();
        os.endStaging(generation);
      }
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
          fleet.lastServed() == 0
              ? "FIRST"
              : born != null && born.birth().reload() ? "RELOAD" : "RESTART";
      int child = os.spawn(generation, start, fleet.lastServed(), spawn.listeners());
      events.add(new Event.Spawned(os.now(), generation, child));
      if (os.declaresReady(generation)) {
        events.add(new Event.ReadyDeclared(os.now(), generation));
      }
    } catch (Os.NotStarted e) {
      events.add(
          new Event.SpawnFailed(os.now(), generation, e.exitCode, String.valueOf(e.getMessage())));
    }
  }

  private void look(int generation) {
    Os.Sight sight = os.sight(generation);
    if (sight != null) {
      publish(new StreamEvent.ListenersSeen(generation, new ArrayList<>(sight.addresses())));
      events.add(new Event.ListenersSeen(os.now(), generation, sight.addresses(), sight.lasting()));
    }
  }

  private String shortage(int serving) {
    return policy.overlap() == Policy.Overlap.NEVER
        ? "two at once are not wanted (--overlap never)"
        : os.shortage(serving);
  }

  /** What lets a start succeed that has just failed beside a generation that serves; or nothing. */
  private String advice(int failed) {
    Generation serving = fleet.serving();
    return serving == null || policy.overlap() == Policy.Overlap.NEVER
        ? ""
        : SharedPossession.advice(os.lastLines(failed), serving.number());
  }

  private void runHooks(int generation, long millis, int successor) {
    if (protocols.getOrDefault(generation, 0) < Message.Drain.SINCE) {
      events.add(new Event.HooksEnded(os.now(), generation)); // an older agent
      return;
    }
    os.send(generation, new Message.Drain(successor == 0 ? "STOP" : "RELOAD", millis, successor));
  }

  /** What is under way now is in a hurry, or is over. */
  private void publishWhatIsCut(int generation, boolean ended) {
    List<WorkStatus> work = counts.inProgress(generation);
    if (!work.isEmpty()) {
      publish(new StreamEvent.ConnectionsCut(generation, ended, work));
    }
  }

  private void nameConnections(int generation) {
    List<Os.Connection> left = os.connections(generation);
    publish(
        left == null
            ? new StreamEvent.ConnectionsLeft(generation, -1, List.of())
            : new StreamEvent.ConnectionsLeft(generation, left.size(), left));
  }

  private void publishOpened(int generation, String address) {
    lastReleased = "";
    if (opened.computeIfAbsent(generation, g -> new HashSet<>()).add(address)) {
      publish(new StreamEvent.ListenerOpened(generation, address));
    }
  }

  private void releaseListener(int listener) {
    String address = address(listener);
    if (!address.equals(lastReleased)) {
      publish(new StreamEvent.ListenerReleased(address));
    }
    lastReleased = address;
    os.closeListener(listener);
  }

  private String address(int listener) {
    return ListenerText.of(os.address(listener));
  }

  private String resolved(String text) {
    return ListenerText.of(text, os::address);
  }
}
