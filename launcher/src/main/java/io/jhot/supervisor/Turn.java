package io.jhot.supervisor;

import io.jhot.supervisor.Policy.AgentHope;
import io.jhot.supervisor.Policy.Overlap;
import io.jhot.supervisor.Policy.Readiness;
import io.jhot.supervisor.Reason.Kind;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.SortedSet;

/**
 * One step while it is taken: the fleet in a form that can be changed, and the effects so far.
 *
 * <p>{@link Transitions} writes down what an event says; {@link #settle} then draws the
 * conclusions, always the same ones in the same order, so that no event can forget one.
 */
final class Turn {

  /** How long jhot waits for an agent that may come or not. */
  static final long AGENT_HOPE = 5_000;

  /**
   * How long an agent may take to make the sockets live, or to park them, however few they are: a
   * JVM may be at a collection, or have no processor.
   */
  static final long EXCHANGE = 5_000;

  /** What is added to that for each of them. It takes some tenths of a millisecond where it can. */
  static final long EXCHANGE_EACH = 50;

  /**
   * A process that dies closes its control connection a moment before its exit can be seen. For so
   * long a lost agent is taken as the sign of a death, which has the better reason to tell.
   */
  static final long DEATH_GRACE = 1_000;

  /** The stop signal comes so long before the end of the drain, or a quarter of the drain. */
  static final long STOP_RESERVE = 5_000;

  /**
   * Hooks are given up so long before the stop signal, or a tenth of their time, so that the agent
   * can still name those that were not done.
   */
  static final long HOOK_REPORT = 500;

  /** How long a JVM may take to tell its threads. */
  static final long DUMP = 3_000;

  /** A child that SIGKILL did not end within this is killed again. */
  static final long KILL_AGAIN = 10_000;

  static final long BACKOFF_FIRST = 100;
  static final long BACKOFF_MOST = 10_000;

  /** A generation that served for so long has made good for the failures before it. */
  static final long PROVEN = 60_000;

  /** How many generations that are gone the fleet remembers, for the operator to look at. */
  static final int GONE_REMEMBERED = 3;

  private static final int JHOT_FAILED = 125;
  private static final int UNKNOWN = -1;

  private final long now;
  private final Policy policy;
  private final List<Draft> generations = new ArrayList<>();
  private final List<Effect> effects = new ArrayList<>();
  private boolean started;
  private int lastNumber;
  private int lastServed;
  private SortedSet<Integer> own;
  private SortedSet<Integer> adopted;
  private SortedSet<Integer> lastHeld;
  private Reason rollBack;
  private boolean reloadPending;
  private boolean makingRoom;
  private int restarts;
  private long restartAt;
  private boolean ending;
  private boolean stopAsked;
  private int exitCode;
  private boolean listenersClosed;
  private boolean exited;

  Turn(Fleet fleet, long now) {
    this.now = now;
    policy = fleet.policy();
    for (int i = 0; i < fleet.generations().size(); i++) {
      generations.add(new Draft(fleet.generations().get(i)));
    }
    started = fleet.started();
    lastNumber = fleet.lastNumber();
    lastServed = fleet.lastServed();
    own = fleet.own();
    adopted = fleet.adopted();
    lastHeld = fleet.lastHeld();
    rollBack = fleet.rollBack();
    reloadPending = fleet.reloadPending();
    makingRoom = fleet.makingRoom();
    restarts = fleet.restarts();
    restartAt = fleet.restartAt();
    ending = fleet.ending();
    stopAsked = fleet.stopAsked();
    exitCode = fleet.exitCode();
    listenersClosed = fleet.listenersClosed();
  }

  Step finish() {
    List<Generation> frozen = new ArrayList<>(generations.size());
    int gone = 0;
    for (int i = generations.size() - 1; i >= 0; i--) {
      Draft g = generations.get(i);
      if (g.alive() || ++gone <= GONE_REMEMBERED) {
        frozen.add(g.freeze());
      }
    }
    Collections.reverse(frozen);
    Fleet fleet =
        new Fleet(
            policy,
            started,
            Collections.unmodifiableList(frozen),
            lastNumber,
            lastServed,
            own,
            adopted,
            lastHeld,
            rollBack,
            reloadPending,
            makingRoom,
            restarts,
            restartAt,
            ending,
            stopAsked,
            exitCode,
            listenersClosed,
            exited);
    return new Step(fleet, Collections.unmodifiableList(effects));
  }

  // What the fleet looks like.

  Draft generation(int number) {
    for (int i = 0; i < generations.size(); i++) {
      if (generations.get(i).number == number) {
        return generations.get(i);
      }
    }
    return null;
  }

  private Draft in(Phase phase) {
    for (int i = 0; i < generations.size(); i++) {
      if (generations.get(i).phase == phase) {
        return generations.get(i);
      }
    }
    return null;
  }

  private Draft starting() {
    return in(Phase.STARTING);
  }

  private Draft serving() {
    return in(Phase.SERVING);
  }

  /** Saturates: a policy may hold "for ever". */
  private long later(long millis) {
    return now > Long.MAX_VALUE - millis ? Long.MAX_VALUE : now + millis;
  }

  private boolean isDue(long moment) {
    return moment <= now && moment != Draft.NEVER;
  }

  private void publish(FleetEvent event) {
    effects.add(new Effect.Publish(event));
  }

  // The conclusions.

  /**
   * Draws the conclusions from what the event said, then lets everything happen whose time has
   * come.
   *
   * <p>In this order, so that a word that comes just in time is in time. A late {@link
   * Event.TimePassed} does all that was due, one thing after the other, so that after each step the
   * next deadline lies ahead.
   */
  void settle() {
    conclude();
    while (!exited) {
      Draft due = null;
      for (int i = 0; i < generations.size() && due == null; i++) {
        if (isDue(generations.get(i).deadline)) {
          due = generations.get(i);
        }
      }
      if (due != null) {
        expire(due);
      } else if (isDue(restartAt)) {
        spawn();
      } else {
        return;
      }
      conclude();
    }
  }

  private void conclude() {
    Draft candidate = starting();
    if (candidate != null) {
      judge(candidate);
    }
    limitDraining();
    rollBack();
    startNext();
    releaseUnused();
    if (ending) {
      end();
    }
  }

  /**
   * Makes the generation that is starting the one that serves, if it is ready.
   *
   * <p>A word of readiness, or a listener, may come before {@link Event.Spawned} is processed. It
   * is remembered and counts from then on: a generation without a process does not serve.
   */
  private void judge(Draft g) {
    if (g.startStep != StartStep.READINESS) {
      return;
    }
    ReadyRule rule = rule(g);
    if (g.pid == 0) {
      g.deadline = rule.deadline();
      return;
    }
    Reason because = rule.because();
    if (because == null || g.stranded()) {
      g.why = rule.lacks();
      g.deadline = rule.deadline();
    } else {
      ready(g, because);
    }
  }

  /**
   * It is ready. Before clients may reach it, it is probed and warmed up, where the operator wants
   * that; all of it within the time for a start.
   */
  private void ready(Draft g, Reason because) {
    if (policy.probe() != null) {
      g.startStep = StartStep.PROBE;
      g.why = because.and(Kind.AND_PROBED);
      publish(new FleetEvent.ProbeBegan(g.number, because));
      probe(g);
    } else {
      passedProbe(g, because);
    }
  }

  private void probe(Draft g) {
    g.attempt++;
    g.attemptAt = now;
    g.probing = true;
    g.deadline = Math.min(g.limit, later(policy.probe().timeout()));
    effects.add(new Effect.Probe(g.number, g.attempt, g.listeners, g.live));
  }

  /** One attempt has ended; the next one begins an interval after it did. */
  void probed(Draft g, boolean ok, String seen) {
    g.probing = false;
    if (g.stranded()) {
      g.deadline = g.limit; // short already, and nothing can come of it
      return;
    }
    if (!ok && !seen.equals(g.seen)) {
      publish(new FleetEvent.Probed(g.number, false, seen));
    }
    g.seen = seen;
    g.successes = ok ? g.successes + 1 : 0;
    if (g.successes < policy.probe().successes()) {
      g.why = readyOrWas(g).and(Kind.AND_PROBE_SAW, seen);
      g.deadline = Math.min(g.limit, Math.max(now, g.attemptAt + policy.probe().interval()));
      return;
    }
    publish(new FleetEvent.Probed(g.number, ok, seen));
    goOn(g);
  }

  private Reason readyOrWas(Draft g) {
    Reason because = readyBecause(g);
    return because == null ? Reason.of(Kind.WAS_READY) : because;
  }

  /** What it was ready for may be gone by now: an app closes a listener as it likes. */
  private void goOn(Draft g) {
    Reason because = readyBecause(g);
    if (because == null) {
      g.startStep = StartStep.READINESS;
      g.successes = 0;
      g.deadline = g.limit;
    } else if (g.startStep == StartStep.PROBE) {
      passedProbe(g, because);
    } else {
      takeOver(g, because);
    }
  }

  private void passedProbe(Draft g, Reason because) {
    if (policy.warmUp()) {
      g.startStep = StartStep.WARM_UP;
      g.why = because.and(Kind.AND_WARMED_UP);
      g.deadline = g.limit;
      publish(new FleetEvent.WarmUpBegan(g.number, because));
      effects.add(new Effect.WarmUp(g.number, g.listeners, g.live));
    } else {
      takeOver(g, because);
    }
  }

  void warmedUp(Draft g, boolean ok, String seen) {
    if (ok) {
      publish(new FleetEvent.WarmedUp(g.number, seen));
      goOn(g);
    } else {
      g.startStep = StartStep.READINESS; // nothing is left to be broken off
      giveUp(g, Reason.of(Kind.WARM_UP_FAILED, seen));
    }
  }

  /** Breaks off a probe or a warm-up that is of no use any more. */
  private void endTrial(Draft g) {
    if (g.probing || g.startStep == StartStep.WARM_UP) {
      g.probing = false;
      effects.add(new Effect.EndProbe(g.number));
    }
  }

  /** Where its agent has to make its sockets live first, it serves only then. */
  private void takeOver(Draft g, Reason because) {
    if (g.live || !g.agent) {
      serve(g, because);
    } else {
      g.startStep = StartStep.GO_LIVE;
      g.why = because;
      g.limit = later(exchange(g));
      g.deadline = g.limit;
      effects.add(new Effect.GoLive(g.number));
    }
  }

  /** How long the agent of a generation may take to exchange what lies under its listeners. */
  static long exchange(int listeners) {
    return EXCHANGE + EXCHANGE_EACH * listeners;
  }

  private static long exchange(Draft g) {
    return exchange(g.listeners.size());
  }

  private ReadyRule rule(Draft g) {
    return new ReadyRule(policy, g, serving(), generation(lastServed), lastHeld, now);
  }

  private Reason readyBecause(Draft g) {
    return rule(g).because();
  }

  void serve(Draft g, Reason because) {
    Draft old = serving();
    g.enter(Phase.SERVING, DrainStep.NONE, because, now);
    g.live = true;
    g.limit = Draft.NEVER;
    // An app may bind some listeners after its word, or long after its exec. For as long as an app
    // may take to come up, jhot keeps its copies of those.
    g.deadline = claimsAdopted(g) ? later(policy.readyTimeout()) : Draft.NEVER;
    lastServed = g.number;
    lastHeld = Ids.NONE;
    restoreOutput(g);
    effects.add(new Effect.MarkReady(g.number));
    if (g.reload) {
      publish(new FleetEvent.ReloadSucceeded(g.number, because));
    } else {
      boolean plain =
          policy.ready() == Readiness.EXEC
              || policy.ready() == Readiness.AUTO && policy.agent() == AgentHope.NONE;
      publish(new FleetEvent.Served(g.number, because, plain));
    }
    rollBack = null;
    if (old != null) {
      drain(old, Reason.of(Kind.REPLACED, g.number));
    }
    Draft returning = returning();
    if (returning != null) {
      parkAgain(returning);
    }
  }

  /**
   * Lets the newest of those that drain take over again when the generation that served has died:
   * it is warm, it still has its listeners, and it is what served well before. One after the other,
   * until one is there or none is left.
   */
  private void rollBack() {
    if (rollBack == null || ending || serving() != null || returning() != null) {
      return;
    }
    for (int i = generations.size() - 1; i >= 0; i--) {
      Draft g = generations.get(i);
      if (g.phase == Phase.DRAINING && g.agent) {
        publish(new FleetEvent.RollbackBegan(g.number));
        g.why = rollBack;
        if (g.drainStep == DrainStep.DELAY) {
          serveAgain(g); // it has not let go of anything yet
        } else {
          g.drainStep = DrainStep.RETURN;
          g.parked = false;
          g.deadline = Math.min(later(exchange(g)), stopAt(g));
          effects.add(new Effect.GoLive(g.number));
        }
        return;
      }
    }
    rollBack = null;
  }

  /** The generation that was asked to take over again, or null. */
  private Draft returning() {
    for (int i = 0; i < generations.size(); i++) {
      if (generations.get(i).drainStep == DrainStep.RETURN) {
        return generations.get(i);
      }
    }
    return null;
  }

  void serveAgain(Draft g) {
    Reason because = g.why;
    g.enter(Phase.SERVING, DrainStep.NONE, because, now);
    g.live = true;
    g.parked = false;
    g.limit = Draft.NEVER;
    g.deadline = Draft.NEVER;
    // what its successor had closed for good it has lost
    g.listeners = Ids.minus(g.listeners, Ids.minus(g.listeners, Ids.union(own, adopted)));
    lastServed = g.number;
    lastHeld = Ids.NONE;
    rollBack = null;
    effects.add(new Effect.MarkReady(g.number));
    publish(new FleetEvent.RolledBack(g.number, because));
  }

  /** It was asked to take over again, and is not needed any more. */
  private void parkAgain(Draft g) {
    g.drainStep = DrainStep.PARK;
    g.deadline = Math.min(later(exchange(g)), stopAt(g));
    effects.add(new Effect.Park(g.number, ending));
  }

  private boolean claimsAdopted(Draft g) {
    return !Ids.minus(g.offered, own).isEmpty();
  }

  /** Generation 1 has jhot's own output from the begin, an app without an agent never gets it. */
  void restoreOutput(Draft g) {
    if (g.number > 1 && g.agent) {
      effects.add(new Effect.RestoreOutput(g.number));
    }
  }

  /**
   * Starts a generation if one is wanted; ends jhot if the service is over.
   *
   * <p>A reload that was asked for while a generation was starting is owed in any case, whether
   * that one succeeded or not, and also when nobody serves: the operator asked for what is on disk
   * now, and a failure of what was there before is no reason to refuse it. It starts at once,
   * without the wait that a restart would have.
   *
   * <p>While a generation serves, the next one does not wait for a failed one to be gone: SIGKILL
   * is on its way to that, and a process that hangs in the kernel must not keep the operator from
   * reloading. While nobody serves, the failed one was asked to end in peace, and may hold ports
   * and files until it has; so the next one waits. It also waits for whoever makes room for it.
   */
  private void startNext() {
    if (!started || ending || starting() != null || returning() != null) {
      return;
    }
    boolean served = serving() != null;
    if (!served && (makingRoom ? anyIsAlive() : failedOneIsStillThere())) {
      return;
    }
    if (reloadPending) {
      spawn();
    } else if (!served && restartAt == Draft.NEVER) {
      if (mayRestart()) {
        restartAt = later(backoff());
        restarts++;
        publish(new FleetEvent.RestartPlanned(lastNumber + 1, restartAt - now));
      } else {
        if (policy.restarts() > 0 && exitCode != 0) {
          publish(new FleetEvent.RestartsExhausted(restarts));
        }
        beginEnd();
      }
    }
  }

  /**
   * Ends the oldest of those on their way out when there are more than the operator allows: each
   * holds the memory of a whole app. Those that go with jhot itself are left their time.
   */
  private void limitDraining() {
    if (policy.maxDraining() == 0 || ending) {
      return;
    }
    int surplus = -policy.maxDraining();
    for (int i = 0; i < generations.size(); i++) {
      surplus += isReplaced(generations.get(i)) ? 1 : 0;
    }
    for (int i = 0; i < generations.size() && surplus > 0; i++) {
      Draft g = generations.get(i);
      if (isReplaced(g)) {
        surplus--;
        if (g.phase == Phase.DRAINING) {
          publish(new FleetEvent.DrainLimitExceeded(g.number, policy.maxDraining()));
          g.limit = Math.min(g.limit, later(stopReserve()));
          stop(g, Reason.of(Kind.OLDEST_OF_TOO_MANY, policy.maxDraining()));
        }
      }
    }
  }

  /** Has served, and is on its way out; a failed start is none of these. */
  private boolean isReplaced(Draft g) {
    return (g.phase == Phase.DRAINING || g.phase == Phase.STOPPING)
        && g.drainStep != DrainStep.RETURN
        && g.number < lastServed;
  }

  private boolean anyIsAlive() {
    for (int i = 0; i < generations.size(); i++) {
      if (generations.get(i).alive()) {
        return true;
      }
    }
    return false;
  }

  private boolean failedOneIsStillThere() {
    for (int i = 0; i < generations.size(); i++) {
      if (generations.get(i).alive() && generations.get(i).number > lastServed) {
        return true;
      }
    }
    return false;
  }

  /** An exit code that the operator maps to 0 is no failure. */
  private boolean mayRestart() {
    return exitCode != 0 && (policy.restarts() == -1 || restarts < policy.restarts());
  }

  private long backoff() {
    // 100 ms doubled seven times is beyond the most; a larger shift would overflow in the end.
    return Math.min(BACKOFF_MOST, BACKOFF_FIRST << Math.min(restarts, 7));
  }

  /** Whatever is spawned is spawned after each reload that was asked for, and so answers it. */
  private void spawn() {
    Draft g = new Draft(++lastNumber, now);
    g.reload = reloadPending;
    reloadPending = false;
    restartAt = Draft.NEVER;
    if (lastServed == 0 || makingRoom) {
      exitCode = UNKNOWN; // that of the one which made room was asked for, and means nothing
    }
    makingRoom = false;
    // Nobody is there whose connections a socket that is live too early could take.
    g.live = serving() == null;
    g.offered = Ids.union(own, adopted);
    g.limit = later(policy.readyTimeout());
    g.hopeUntil = Math.min(g.limit, later(AGENT_HOPE));
    g.lookAt = later(Math.min(AGENT_HOPE, policy.readyTimeout() / 2));
    g.deadline = rule(g).deadline();
    generations.add(g);
    if (g.number > 1) {
      publish(new FleetEvent.GenerationStarted(g.number));
    }
    effects.add(new Effect.Spawn(g.number, g.offered));
  }

  /**
   * Lets go of the adopted listeners that nobody uses or is about to use: clients that connect to
   * them shall be refused, and not wait in a queue that nobody reads. Examples are what a failed
   * successor opened, and what a successor has no use for.
   *
   * <p>Not while nobody serves: the next generation finds all there is, and clients wait for it.
   */
  private void releaseUnused() {
    if (serving() == null || adopted.isEmpty()) {
      return;
    }
    SortedSet<Integer> needed = lastHeld;
    for (int i = 0; i < generations.size(); i++) {
      Draft g = generations.get(i);
      if (uses(g)) {
        needed = Ids.union(needed, Ids.union(g.listeners, g.offered));
      }
    }
    for (int id : Ids.minus(adopted, needed)) {
      release(id);
    }
  }

  /**
   * A generation that has parked does not count: clients of a listener that its successor has
   * closed are to be refused, and if it takes over again it does so without that one.
   */
  private boolean needed(int id) {
    for (int i = 0; i < generations.size(); i++) {
      Draft g = generations.get(i);
      if (uses(g) && (g.listeners.contains(id) || g.offered.contains(id))) {
        return true;
      }
    }
    return lastHeld.contains(id);
  }

  private static boolean uses(Draft g) {
    return g.alive() && !g.parked;
  }

  private void release(int id) {
    adopted = Ids.without(adopted, id);
    effects.add(new Effect.ReleaseListener(id));
  }

  /**
   * Closes the listeners when no generation accepts any more, so that clients are refused from then
   * on, and leaves when the last child is gone. An app without an agent accepts until it ends; what
   * is closed then is jhot's copy.
   */
  private void end() {
    boolean alive = false;
    boolean accepting = false;
    for (int i = 0; i < generations.size(); i++) {
      Draft g = generations.get(i);
      alive |= g.alive();
      accepting |= g.drainStep == DrainStep.DELAY || g.drainStep == DrainStep.PARK;
    }
    if (!accepting && !listenersClosed) {
      listenersClosed = true;
      adopted = Ids.NONE;
      effects.add(new Effect.CloseListeners());
    }
    if (!alive) {
      exited = true;
      // Nothing ever ran, and nothing failed.
      effects.add(new Effect.Exit(exitCode == UNKNOWN ? 0 : exitCode));
    }
  }

  // The deadlines.

  private void expire(Draft g) {
    switch (g.phase) {
      case STARTING -> {
        // The hope ends at the latest with the time for the start, and is then settled first: what
        // is no JVM is not to fail because its operator gives it less than 5 s.
        ReadyRule rule = rule(g);
        if (rule.hopes() && (isDue(g.hopeUntil) || isDue(g.limit))) {
          g.agentGivenUp = true;
          if (policy.agent() == AgentHope.CERTAIN) {
            publish(new FleetEvent.AgentMissed(g.number));
          }
        } else if (rule.looks() && isDue(g.lookAt)) {
          g.lookAt = later(ReadyRule.LOOK_EVERY);
          effects.add(new Effect.LookForListeners(g.number));
        } else if (g.startStep == StartStep.PROBE && !isDue(g.limit)) {
          if (g.probing) {
            endTrial(g);
            probed(g, false, "had no answer within " + Wording.millis(policy.probe().timeout()));
          } else {
            probe(g);
          }
        } else if (g.startStep == StartStep.READINESS && !isDue(g.limit)) {
          g.deadline = g.limit; // it has run for as long as it has to, and lacks something else
        } else if (rule.mayBeTakenAsRunning()) {
          takeOver(g, rule.takenAsRunning());
        } else {
          giveUpStart(g);
        }
      }
      case SERVING -> {
        g.offered = Ids.minus(g.offered, adopted);
        g.deadline = Draft.NEVER;
      }
      case DRAINING -> {
        switch (g.drainStep) {
          case DELAY -> park(g);
          case PARK -> {
            publish(new FleetEvent.ParkUnconfirmed(g.number));
            runHooks(g);
          }
          case HOOKS -> stop(g, Reason.of(Kind.HOOKS_LEFT));
          case RETURN -> stop(g, Reason.of(Kind.NOT_BACK_IN_TIME));
          default -> stop(g, Reason.of(Kind.CONNECTIONS_LEFT));
        }
      }
      case STOPPING -> {
        if (g.drainStep == DrainStep.KILL) {
          killAgain(g);
        } else if (g.drainStep == DrainStep.SIGNAL && g.agent && g.pid != 0) {
          g.drainStep = DrainStep.DUMP;
          g.deadline = later(DUMP);
          publish(new FleetEvent.DumpBegan(g.number));
          effects.add(new Effect.NameConnections(g.number));
          effects.add(new Effect.DumpThreads(g.number));
        } else {
          if (g.drainStep == DrainStep.SIGNAL && g.pid != 0) {
            effects.add(new Effect.NameConnections(g.number));
          }
          killLate(g);
        }
      }
      case GONE -> g.deadline = Draft.NEVER;
    }
  }

  /**
   * The start has taken too long.
   *
   * <p>Where a generation serves, the failed one has done nothing yet that is worth a farewell, or
   * its agent hangs: it is killed. Where none does, it is one that was to say so or to be probed,
   * or has none of the listeners for which clients wait. It may have a migration of its data under
   * way: it is asked to end, as systemd does, and killed only when the time for a drain is over.
   */
  private void giveUpStart(Draft g) {
    giveUp(g, whyNotReady(g));
  }

  private void giveUp(Draft g, Reason why) {
    if (serving() != null) {
      kill(g, why);
    } else {
      if (lastServed == 0 || exitCode == UNKNOWN) {
        exitCode = JHOT_FAILED;
      }
      stopWithin(g, drainTime(), why);
    }
    failStart(g, false);
  }

  private Reason whyNotReady(Draft g) {
    if (g.stranded()) {
      return rule(g).lacks();
    }
    if (g.goingLive()) {
      return Reason.of(Kind.NOT_LIVE_IN_TIME, exchange(g));
    }
    return lacksAtTheEnd(g).and(Kind.NOT_READY_IN_TIME, policy.readyTimeout());
  }

  private Reason lacksAtTheEnd(Draft g) {
    if (g.pid == 0) {
      return Reason.of(Kind.NO_PROCESS);
    }
    if (g.startStep == StartStep.PROBE) {
      return readyOrWas(g).and(Kind.BUT_PROBE_SAW, g.seen);
    }
    if (g.startStep == StartStep.WARM_UP) {
      return readyOrWas(g).and(Kind.BUT_WARM_UP_OPEN);
    }
    Reason lack = rule(g).lacks();
    boolean unprobed = policy.probe() != null && policy.ready() == Readiness.AUTO;
    return unprobed && g.listeners.isEmpty() ? lack.and(Kind.CANNOT_BE_PROBED) : lack;
  }

  // What may be done to a generation.

  /** Tells the failure to whom it concerns. Touches no other generation. */
  private void failStart(Draft g, boolean fine) {
    publish(
        g.reload
            ? new FleetEvent.ReloadFailed(g.number, g.why)
            : new FleetEvent.StartFailed(g.number, g.why, fine));
  }

  /** Begins the farewell of a generation that has served. */
  private void drain(Draft g, Reason because) {
    endTrial(g);
    g.enter(Phase.DRAINING, DrainStep.DELAY, because, now);
    g.limit = later(drainTime());
    publish(new FleetEvent.DrainBegan(g.number, because, policy.drainDelay()));
    if (policy.drainDelay() > 0) {
      g.deadline = Math.min(later(policy.drainDelay()), stopAt(g));
    } else {
      park(g);
    }
  }

  /** How long a drain may take: at the end of jhot no longer than whoever asked for it waits. */
  private long drainTime() {
    return stopAsked
        ? Math.min(policy.drainTimeout(), policy.stopTimeout())
        : policy.drainTimeout();
  }

  /** Those that drain for the sake of a reload have no more time than the one that served. */
  private void shortenDrains() {
    for (int i = 0; i < generations.size(); i++) {
      Draft g = generations.get(i);
      if (g.phase == Phase.DRAINING || g.drainStep == DrainStep.SIGNAL) {
        g.limit = Math.min(g.limit, later(drainTime()));
        g.deadline = Math.min(g.deadline, g.phase == Phase.DRAINING ? stopAt(g) : g.limit);
      }
    }
  }

  /** When the stop signal is due, so that the app has some time for its own farewell. */
  private long stopAt(Draft g) {
    return g.limit - stopReserve();
  }

  private long stopReserve() {
    return Math.min(STOP_RESERVE, drainTime() / 4);
  }

  private void park(Draft g) {
    if (!g.agent) {
      stop(g, g.why.and(Kind.AND_NO_AGENT_TO_PARK));
      return;
    }
    g.drainStep = DrainStep.PARK;
    g.deadline = Math.min(later(exchange(g)), stopAt(g));
    effects.add(new Effect.Park(g.number, ending));
  }

  void reportParked(Draft g) {
    g.parked = true;
    publish(new FleetEvent.Parked(g.number));
  }

  /** Connections are waited for afterwards: what is in flight on them may be what a hook ends. */
  void runHooks(Draft g) {
    g.drainStep = DrainStep.HOOKS;
    g.deadline = stopAt(g);
    Draft successor = serving();
    long left = Math.max(0, g.deadline - now);
    long millis = left - Math.min(HOOK_REPORT, left / 10);
    int next = successor != null ? successor.number : makingRoom ? lastNumber + 1 : 0;
    effects.add(new Effect.RunHooks(g.number, millis, next));
  }

  /** It serves since a listener opened; a word that comes later cannot make it not ready. */
  void declaredTooLate(Draft g) {
    if (!g.readySaid && !g.readyDeclared) {
      g.readyDeclared = true;
      publish(new FleetEvent.ReadyDeclaredTooLate(g.number));
    }
  }

  void awaitConnections(Draft g) {
    g.drainStep = DrainStep.CONNECTIONS;
    g.deadline = stopAt(g);
  }

  /** How long connections have to be idle for the drain to go on without them. */
  long enoughIdle() {
    long most = drainTime() < policy.drainTimeout() ? drainTime() / 3 : Long.MAX_VALUE;
    return Math.min(policy.idleGrace(), most);
  }

  void stop(Draft g, Reason because) {
    if (g.phase == Phase.DRAINING) {
      publish(new FleetEvent.StopSent(g.number, policy.stopSignal(), because));
    }
    endTrial(g);
    g.enter(Phase.STOPPING, DrainStep.SIGNAL, because, now);
    g.deadline = g.limit;
    if (g.pid != 0) {
      effects.add(new Effect.SignalStop(g.number));
    }
  }

  private void stopWithin(Draft g, long millis, Reason because) {
    g.limit = later(millis);
    stop(g, because);
  }

  /** A generation whose spawn is under way is killed as soon as it has a process. */
  private void kill(Draft g, Reason because) {
    endTrial(g);
    g.enter(Phase.STOPPING, DrainStep.KILL, because, now);
    g.deadline = later(KILL_AGAIN);
    if (g.pid != 0) {
      effects.add(new Effect.Kill(g.number));
    }
  }

  /** Its time is over. */
  void killLate(Draft g) {
    publish(new FleetEvent.KillSent(g.number));
    kill(g, Reason.of(Kind.NOT_ENDED_IN_TIME));
  }

  /** A timer that is lost, or a process that waits in the kernel: try again, and say so. */
  private void killAgain(Draft g) {
    if (g.pid != 0) {
      publish(new FleetEvent.KillOutlived(g.number, g.pid));
    }
    kill(g, g.why);
  }

  private void gone(Draft g, Reason because) {
    endTrial(g);
    g.enter(Phase.GONE, DrainStep.NONE, because, now);
    g.deadline = Draft.NEVER;
    g.limit = Draft.NEVER;
    g.agent = false;
  }

  // What may happen to a generation, where it takes more than a line.

  /** A process came to be after its end was decided. */
  void endUnwanted(Draft g) {
    effects.add(
        g.drainStep == DrainStep.SIGNAL
            ? new Effect.SignalStop(g.number)
            : new Effect.Kill(g.number));
  }

  /**
   * The agent of a generation that is not ready is lost.
   *
   * <p>If the agent has staged sockets, nobody can make them live any more, and the start has
   * failed. If it has not, the generation may still say that it is ready, or turn out to be no JVM
   * after all: a script may have asked {@code java -version} first.
   */
  void startsWithoutAgent(Draft g) {
    if (g.stranded()) {
      g.limit = Math.min(g.limit, later(DEATH_GRACE));
      g.deadline = g.limit;
    } else if (g.startStep == StartStep.READINESS) {
      g.hopeUntil = Math.min(g.limit, later(AGENT_HOPE));
    }
  }

  /** The start failed because the process ended, or never came to be. */
  void endedBeforeReady(Draft g, int code, Reason because) {
    if (lastServed == 0 || serving() == null && exitCode == UNKNOWN) {
      exitCode = code;
    }
    gone(g, because);
    // A first generation that ends well, as java -version does, is no failure to talk about.
    boolean fine = code == 0 && serving() == null;
    failStart(g, fine);
  }

  /**
   * There is no room for a generation beside the one that serves.
   *
   * <p>Unless the operator wants an overlap or nothing, the start is taken back as if it had not
   * been: the reload is owed again, under the same number, and the one that serves makes room. Its
   * listeners stay with jhot, so that clients wait in their queues.
   */
  void startHasNoRoom(Draft g, String why) {
    if (policy.overlap() == Overlap.ALWAYS || !g.reload) {
      endedBeforeReady(g, JHOT_FAILED, Reason.of(Kind.NO_ROOM, why));
      return;
    }
    generations.remove(g);
    if (!reloadPending) {
      lastNumber--; // else the next number answers that reload too
    }
    reloadPending = true;
    // one that is about to take over again makes room when it serves, and the next one is started
    makingRoom = returning() == null;
    restarts = 0; // what comes now was asked for
    Draft old = serving();
    if (old != null) {
      lastHeld = old.listeners;
      drain(old, Reason.of(Kind.MAKES_ROOM, lastNumber + 1, why));
    }
  }

  /** It could not become ready beside the one that serves, which notices nothing of it. */
  void startRefused(Draft g, String why) {
    endedBeforeReady(g, JHOT_FAILED, Reason.of(Kind.REFUSED, why));
  }

  /**
   * The generation that serves died, and nobody had asked it to.
   *
   * <p>A successor that is starting goes on, also between {@link Effect.GoLive} and {@link
   * Event.WentLive}: it is the shortest way back to a service, and clients wait in the shared queue
   * meanwhile. If it fails, all goes on as if it had not been there.
   */
  void diedServing(Draft g, int code, Reason how) {
    if (now - g.phaseSince >= PROVEN) {
      restarts = 0;
    }
    lastHeld = g.listeners;
    exitCode = code;
    gone(g, how);
    if (code != 0) {
      rollBack = how.and(Kind.SUCCESSOR_DIED, g.number);
    }
    Draft successor = starting();
    publish(
        new FleetEvent.Died(g.number, how, code != 0, successor == null ? 0 : successor.number));
  }

  /** A generation ended that was about to. */
  void endedInFarewell(Draft g, int code, Reason how) {
    boolean onlyOne = serving() == null && exitCode == UNKNOWN;
    if (g.number == lastServed || g.number > lastServed && onlyOne) {
      exitCode = code;
    }
    gone(g, g.why.andThen(how));
    publish(new FleetEvent.Ended(g.number, how));
  }

  /** The code that jhot takes an exit for, and exits with itself. */
  int code(boolean signaled, int value) {
    int code = signaled ? 128 + value : value;
    Integer other = policy.remapExit().get(code);
    return other == null ? code : other;
  }

  // The listeners.

  private boolean knows(int listener) {
    return own.contains(listener) || adopted.contains(listener);
  }

  void opened(Draft g, int listener) {
    if (!knows(listener)) {
      if (listenersClosed) {
        effects.add(new Effect.ReleaseListener(listener));
        return;
      }
      adopted = Ids.with(adopted, listener);
    }
    hold(g, listener);
  }

  /**
   * A copy came from a generation that is gone, or that nobody knows. The loop holds a descriptor
   * that belongs to nothing.
   */
  void openedByStranger(int listener) {
    if (!knows(listener)) {
      effects.add(new Effect.ReleaseListener(listener));
    }
  }

  /** Of a listener that jhot has let go of, a later generation could not have a duplicate. */
  void taken(Draft g, int listener) {
    if (knows(listener)) {
      hold(g, listener);
    }
  }

  private void hold(Draft g, int listener) {
    g.listeners = Ids.with(g.listeners, listener);
    g.offered = Ids.without(g.offered, listener);
  }

  /**
   * The app closed a listener.
   *
   * <p>If it was the last user, jhot's copy goes too, so that the app can bind the port again and
   * clients are refused meanwhile. It stays if a generation that is starting was given it: that one
   * is about to use it, and to drop the queue would lose connections in it.
   *
   * <p>A generation that is starting and closes what its predecessor holds (a probe of the port,
   * say) still owes it.
   */
  void closed(Draft g, int listener) {
    if (!g.listeners.contains(listener)) {
      return;
    }
    g.listeners = Ids.without(g.listeners, listener);
    if (g.phase == Phase.STARTING) {
      Draft old = serving();
      if (old != null ? old.listeners.contains(listener) : lastHeld.contains(listener)) {
        g.offered = Ids.with(g.offered, listener);
      }
    }
    if (adopted.contains(listener) && !needed(listener)) {
      release(listener);
    }
  }

  // What the operator wants.

  void started(SortedSet<Integer> listeners) {
    if (!started && !ending) {
      started = true;
      own = Ids.of(listeners);
      spawn();
    }
  }

  /**
   * Only notes the wish; {@link #startNext} fulfils it as soon as no other generation is starting.
   */
  void reloadRequested() {
    if (ending) {
      reloadCancelled(lastNumber + 1);
    } else {
      reloadPending = true;
    }
  }

  /**
   * The first request drains, the second one kills. A request while jhot drains its last
   * generations by itself, because the service is over, is a first one.
   */
  void stopRequested(boolean atOnce) {
    boolean again = stopAsked;
    stopAsked = true;
    Draft candidate = starting();
    Draft old = serving();
    if (!ending) {
      if (candidate != null && candidate.reload) {
        reloadCancelled(candidate.number);
      }
      beginEnd();
    }
    if (atOnce || again) {
      killAll();
      return;
    }
    shortenDrains();
    Reason asked = Reason.of(Kind.ASKED_TO_STOP);
    if (candidate != null) {
      stopStarting(candidate, old, asked);
    }
    if (old != null) {
      drain(old, asked);
    }
  }

  /**
   * Ends a generation that is not ready. One that has been told to go live, or is probed on the
   * sockets that clients know, may have taken connections, and is drained for their sake. One that
   * is all there is gets the stop signal, as the app that it is. Any other has no work to lose.
   */
  private void stopStarting(Draft g, Draft old, Reason asked) {
    boolean accepts = g.live && g.startStep != StartStep.READINESS;
    if (g.goingLive() || accepts) {
      drain(g, asked);
    } else if (old == null) {
      stopWithin(g, drainTime(), asked);
    } else {
      kill(g, asked);
    }
  }

  private void reloadCancelled(int generation) {
    publish(new FleetEvent.ReloadFailed(generation, Reason.of(Kind.JHOT_STOPS)));
  }

  private void killAll() {
    for (int i = 0; i < generations.size(); i++) {
      Draft g = generations.get(i);
      if (g.alive() && g.drainStep != DrainStep.KILL) {
        kill(g, Reason.of(Kind.ASKED_TO_STOP_AT_ONCE));
      }
    }
  }

  /**
   * No generation is started from now on. Those that have parked need not be able to come back: the
   * duplicates that they keep for that would let clients queue for nobody.
   */
  private void beginEnd() {
    ending = true;
    makingRoom = false;
    restartAt = Draft.NEVER;
    if (reloadPending) {
      reloadPending = false;
      reloadCancelled(lastNumber + 1);
    }
    for (int i = 0; i < generations.size(); i++) {
      Draft g = generations.get(i);
      if (g.drainStep == DrainStep.RETURN) {
        parkAgain(g);
      } else if (g.agent && g.phase == Phase.DRAINING && g.drainStep != DrainStep.DELAY) {
        effects.add(new Effect.Park(g.number, true));
      }
    }
  }
}
