package io.jhot.supervisor;

import io.jhot.supervisor.Policy.AgentExpectation;
import io.jhot.supervisor.Policy.Readiness;
import io.jhot.supervisor.Ready.Verdict;
import io.jhot.supervisor.Reason.Kind;
import java.util.Collections;
import java.util.SortedSet;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Whether a generation that starts is ready, and how that is known: by its own word, by the
 * listeners that its agent told of, by those that are seen from outside, or because it has run for
 * a while. For one judgement, in one step.
 *
 * <p>Nothing that serves is ended because little is known of it: where no generation serves, the
 * end of the time for a start is not the end of the generation ({@link #mayBeTakenAsRunning}).
 */
final class ReadyRule {
  /** How often listeners are looked for from outside, once that has begun. */
  static final long LOOK_EVERY = 1_000;

  private final Policy policy;
  private final MutableGeneration g;
  private final @Nullable MutableGeneration serving;
  private final @Nullable MutableGeneration predecessor;
  private final SortedSet<Integer> held;
  private final long now;

  /**
   * @param g the generation; its phase is STARTING
   * @param serving the one that serves, or null
   * @param last the one that became LIVE last, or null if that is forgotten or none did
   * @param lastHeld what it held when it died, while nobody serves
   */
  ReadyRule(
      Policy policy,
      MutableGeneration g,
      @Nullable MutableGeneration serving,
      @Nullable MutableGeneration last,
      SortedSet<Integer> lastHeld,
      long now) {
    this.policy = policy;
    this.g = g;
    this.serving = serving;
    this.predecessor = serving != null || !g.birth.reload() ? serving : last;
    this.held = serving != null ? serving.listeners() : lastHeld;
    this.now = now;
  }

  /** Whether the generation is ready. */
  Verdict verdict() {
    if (g.isStranded()) {
      return new Verdict(Ready.NEVER, Reason.of(Kind.LOST_BEFORE_LIVE));
    }
    if (g.stage() == Stage.UNBORN) {
      return new Verdict(Ready.NOT_YET, Reason.of(Kind.NO_PROCESS));
    }
    if (g.word.ready()) {
      return yes(Reason.of(Kind.SAID_READY));
    }
    if (policy.ready() == Readiness.EXEC) {
      return yes(Reason.of(Kind.RUNS));
    }
    if (policy.ready() == Readiness.NOTIFY || g.word.declared()) {
      return notYet();
    }
    if (policy.agent() != AgentExpectation.NONE) {
      SortedSet<Integer> due = due();
      if (!due.isEmpty()) {
        return g.listeners().containsAll(due) ? yes(Reason.ofListeners(Kind.HOLDS, due)) : notYet();
      }
      if (!g.listeners().isEmpty()) {
        return yes(Reason.ofListeners(Kind.HOLDS, g.listeners()));
      }
    }
    return predecessor == null ? firstWithoutWord() : successorWithoutWord(predecessor);
  }

  private static Verdict yes(Reason because) {
    return new Verdict(Ready.YES, because);
  }

  private Verdict notYet() {
    return new Verdict(Ready.NOT_YET, lacks());
  }

  private boolean isWithoutAgent() {
    return !policy.agent().isAwaited() && !g.agent() || g.agents.givenUp();
  }

  private Verdict firstWithoutWord() {
    if (!isWithoutAgent()) {
      return notYet();
    }
    if (!policy.agent().isAwaited()) {
      return yes(Reason.of(Kind.RUNS_UNKNOWN));
    }
    if (!g.sight.addresses().isEmpty()) {
      return yes(Reason.ofAddresses(Kind.LISTENS_WITHOUT_AGENT, 0, g.sight.addresses()));
    }
    return policy.agent() == AgentExpectation.POSSIBLE
        ? yes(Reason.of(Kind.RUNS_WITHOUT_AGENT))
        : notYet();
  }

  /** A process that has only just begun may yet die of a port that it cannot have. */
  private Verdict successorWithoutWord(MutableGeneration before) {
    SortedSet<String> lasting = before.sight.lasting();
    if (!isWithoutAgent() && !g.agent()
        || now < livedAt()
        || isWordAwaitedAfter(before)
        || !g.sight.addresses().containsAll(lasting)) {
      return notYet();
    }
    if (!lasting.isEmpty()) {
      return yes(Reason.ofAddresses(Kind.HAS_RUN_AND_LISTENS, readyAfter(), lasting));
    }
    return yes(
        Reason.of(
            isWithoutAgent() ? Kind.HAS_RUN_WITHOUT_AGENT : Kind.HAS_RUN_WITHOUT_LISTENER,
            readyAfter()));
  }

  /** Of an app that has told once when it is ready, the next one is expected to tell too. */
  private boolean isWordAwaitedAfter(MutableGeneration before) {
    return before.word.ready() && policy.agent() == AgentExpectation.CERTAIN;
  }

  private long readyAfter() {
    return Math.min(policy.readyAfter(), policy.readyTimeout());
  }

  private long livedAt() {
    return later(g.birth.startedAt(), readyAfter());
  }

  private static long later(long moment, long millis) {
    return moment > Long.MAX_VALUE - millis ? Long.MAX_VALUE : moment + millis;
  }

  /**
   * The listeners that the generation has to hold to be ready: those that its predecessor holds
   * now, or held when it died. Not those that the predecessor opened after this generation had been
   * given its listeners: it has no way to get them, and its own bind says so to the app.
   *
   * <p>Where this is empty, the generation is measured by what else is known.
   */
  SortedSet<Integer> due() {
    if (held.isEmpty()) {
      return held;
    }
    SortedSet<Integer> given = Ids.union(g.sockets.offered(), g.listeners());
    return Ids.minus(held, Ids.minus(held, given));
  }

  /** What a generation that is not ready lacks. */
  Reason lacks() {
    if (g.isStranded()) {
      return Reason.of(Kind.LOST_BEFORE_LIVE);
    }
    if (policy.ready() == Readiness.NOTIFY) {
      return Reason.of(Kind.READY_UNSAID);
    }
    if (g.word.declared()) {
      return Reason.of(Kind.DECLARED_UNSAID);
    }
    SortedSet<Integer> due = Ids.minus(due(), g.listeners());
    if (policy.agent() != AgentExpectation.NONE && !due.isEmpty()) {
      return withoutAgent(Reason.ofListeners(Kind.LISTENERS_MISSING, due));
    }
    if (predecessor != null && !g.sight.addresses().containsAll(predecessor.sight.lasting())) {
      SortedSet<String> missing = new TreeSet<>(predecessor.sight.lasting());
      missing.removeAll(g.sight.addresses());
      return withoutAgent(
          Reason.ofAddresses(
              Kind.ADDRESSES_MISSING, 0, Collections.unmodifiableSortedSet(missing)));
    }
    if (predecessor != null && isWordAwaitedAfter(predecessor)) {
      return Reason.of(Kind.UNSAID_AS_PREDECESSOR, predecessor.number());
    }
    return withoutAgent(Reason.of(Kind.NO_LISTENER_YET));
  }

  private Reason withoutAgent(Reason lack) {
    return g.agent() ? lack : lack.and(Kind.AND_NO_AGENT);
  }

  /**
   * Whether the generation goes on when its time for a start is over: nobody else serves, and what
   * it has not shown may be for want of knowledge. Some of the service is better than none. But
   * what the operator wants to be told or to have probed is not guessed, and one that has none of
   * the listeners for which clients wait does not serve them.
   */
  boolean mayBeTakenAsRunning() {
    return serving == null
        && policy.ready() == Readiness.AUTO
        && policy.probe() == null
        && g.stage() == Stage.STARTING
        && !g.isStranded()
        && (due().isEmpty() || !g.listeners().isEmpty());
  }

  /** As what it goes on then. */
  Reason takenAsRunning() {
    SortedSet<Integer> missing = Ids.minus(due(), g.listeners());
    if (!missing.isEmpty()) {
      return Reason.ofListeners(Kind.HOLDS, g.listeners()).butNot(missing);
    }
    return lackWhenTakenAsRunning()
        .and(
            g.agent() || !policy.agent().isAwaited()
                ? Kind.TAKEN_AS_RUNNING
                : Kind.TAKEN_AS_RUNNING_WITHOUT_AGENT);
  }

  private Reason lackWhenTakenAsRunning() {
    if (g.word.declared()) {
      return Reason.of(Kind.DECLARED_NEVER_SAID);
    }
    if (!g.sight.addresses().isEmpty()) {
      return Reason.ofAddresses(Kind.LISTENS_OUT_OF_REACH, 0, g.sight.addresses());
    }
    if (predecessor != null && !predecessor.sight.lasting().isEmpty()) {
      return Reason.ofAddresses(Kind.ADDRESSES_NEVER_OPENED, 0, predecessor.sight.lasting());
    }
    return Reason.of(Kind.NO_LISTENER);
  }

  /** Whether it is still open if the app has an agent, and matters. */
  private boolean hopes() {
    return policy.ready() == Readiness.AUTO
        && (policy.agent() == AgentExpectation.POSSIBLE
            || policy.agent() == AgentExpectation.CERTAIN && due().isEmpty())
        && !g.agent()
        && !g.agents.givenUp()
        && !g.isStranded()
        && g.stage().isComingUp();
  }

  /** Whether what is seen from outside can make a difference. */
  private boolean looks() {
    boolean unasked =
        !policy.agent().isAwaited()
            && (predecessor == null || predecessor.sight.lasting().isEmpty());
    return !isKnown() && !unasked && g.pid() != 0;
  }

  /** Whether its own word or its agent's decides. */
  private boolean isKnown() {
    boolean told =
        policy.agent() != AgentExpectation.NONE && !(due().isEmpty() && g.listeners().isEmpty());
    return policy.ready() != Readiness.AUTO
        || g.word.declared()
        || told
        || g.isStranded()
        || !g.stage().isComingUp();
  }

  /** What happens next to a generation that comes up, unless it is ready before. */
  Timer timer() {
    Timer next = new Timer(Timer.Kind.START_LIMIT, g.limit());
    if (predecessor != null && !isKnown() && now < livedAt()) {
      next = earlier(new Timer(Timer.Kind.AGE, livedAt()), next);
    }
    if (looks()) {
      next = earlier(new Timer(Timer.Kind.LOOK, g.deadlines.lookAt()), next);
    }
    // The hope ends at the latest with the time for the start, and is then settled first: what is
    // no JVM is not to fail because its operator gives it less than 5 s.
    if (hopes()) {
      next = earlier(new Timer(Timer.Kind.AGENT_LIMIT, g.agents.hopeUntil()), next);
    }
    return next;
  }

  /** Of two that are due already, after a time in which the loop was busy, the first is first. */
  private Timer earlier(Timer first, Timer other) {
    return first.at() <= Math.max(other.at(), now) ? first : other;
  }
}
