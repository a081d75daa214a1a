package io.jhot.supervisor;

import io.jhot.supervisor.Policy.AgentHope;
import io.jhot.supervisor.Policy.Readiness;
import java.util.Collection;
import java.util.SortedSet;
import java.util.TreeSet;

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
  private final Draft g;
  private final Draft serving;
  private final Draft predecessor;
  private final SortedSet<Integer> held;
  private final long now;

  /**
   * @param g the generation; {@link Phase#STARTING}
   * @param serving the one that serves, or null
   * @param last the one that became SERVING last, or null if that is forgotten or none did
   * @param lastHeld what it held when it died, while nobody serves
   */
  ReadyRule(
      Policy policy, Draft g, Draft serving, Draft last, SortedSet<Integer> lastHeld, long now) {
    this.policy = policy;
    this.g = g;
    this.serving = serving;
    this.predecessor = serving != null || !g.reload ? serving : last;
    this.held = serving != null ? serving.listeners : lastHeld;
    this.now = now;
  }

  /** Why the generation is ready, as a clause about it; null: it is not. */
  String because() {
    if (g.readySaid) {
      return "said that it is ready";
    }
    if (policy.ready() == Readiness.EXEC) {
      return "runs";
    }
    if (policy.ready() == Readiness.NOTIFY || g.readyDeclared) {
      return null;
    }
    if (policy.agent() != AgentHope.NONE) {
      SortedSet<Integer> due = due();
      if (!due.isEmpty()) {
        return g.listeners.containsAll(due) ? "holds " + Wording.listeners(due) : null;
      }
      if (!g.listeners.isEmpty()) {
        return "holds " + Wording.listeners(g.listeners);
      }
    }
    return predecessor == null ? firstWithoutWord() : successorWithoutWord();
  }

  private boolean isWithoutAgent() {
    return policy.agent() == AgentHope.NONE || g.agentGivenUp;
  }

  private String firstWithoutWord() {
    if (!isWithoutAgent()) {
      return null;
    }
    if (policy.agent() == AgentHope.NONE) {
      return "runs, and nothing more can be known without jhot's agent";
    }
    if (!g.sighted.isEmpty()) {
      return "listens on " + addresses(g.sighted) + ", and runs without jhot's agent";
    }
    return policy.agent() == AgentHope.POSSIBLE
        ? "runs, and no JVM with jhot's agent came up in it"
        : null;
  }

  /** A process that has only just begun may yet die of a port that it cannot have. */
  private String successorWithoutWord() {
    if (!isWithoutAgent() && !g.agent
        || now < livedAt()
        || isWordAwaited()
        || !g.sighted.containsAll(predecessor.lasting)) {
      return null;
    }
    String lived = "has run for " + Wording.millis(readyAfter());
    if (!predecessor.lasting.isEmpty()) {
      return lived + " and listens on " + addresses(predecessor.lasting);
    }
    return lived
        + (isWithoutAgent()
            ? ", and nothing more can be known without jhot's agent"
            : " and has opened no listener, as the one before it: no more is known");
  }

  /** Of an app that has told once when it is ready, the next one is expected to tell too. */
  private boolean isWordAwaited() {
    return predecessor.readySaid && policy.agent() == AgentHope.CERTAIN;
  }

  private long readyAfter() {
    return Math.min(policy.readyAfter(), policy.readyTimeout());
  }

  private long livedAt() {
    return later(g.startedAt, readyAfter());
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
    SortedSet<Integer> given = Ids.union(g.offered, g.listeners);
    return Ids.minus(held, Ids.minus(held, given));
  }

  /** What a generation that is not ready lacks, as a clause about it. */
  String lacks() {
    if (g.stranded()) {
      return "lost its connection to jhot before it took over the sockets";
    }
    if (policy.ready() == Readiness.NOTIFY) {
      return "has not said READY=1 yet";
    }
    if (g.readyDeclared) {
      return "has declared that it says when it is ready, and has not said so yet";
    }
    String without = g.agent ? "" : ", and has no connection to jhot's agent";
    SortedSet<Integer> due = Ids.minus(due(), g.listeners);
    if (policy.agent() != AgentHope.NONE && !due.isEmpty()) {
      return "does not hold " + Wording.listeners(due) + " yet" + without;
    }
    if (predecessor != null && !g.sighted.containsAll(predecessor.lasting)) {
      SortedSet<String> missing = new TreeSet<>(predecessor.lasting);
      missing.removeAll(g.sighted);
      return "does not listen on " + addresses(missing) + " yet" + without;
    }
    if (predecessor != null && isWordAwaited()) {
      return "has not said that it is ready, as generation " + predecessor.number + " did";
    }
    return "has not opened a listener yet" + without;
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
        && g.pid != 0
        && g.startStep == StartStep.READINESS
        && !g.stranded()
        && (due().isEmpty() || !g.listeners.isEmpty());
  }

  /** As what it goes on then. */
  String takenAsRunning() {
    SortedSet<Integer> missing = Ids.minus(due(), g.listeners);
    if (!missing.isEmpty()) {
      return "holds "
          + Wording.listeners(g.listeners)
          + ", but not "
          + Wording.listeners(missing)
          + " as before";
    }
    String seen = "has opened no listener";
    if (g.readyDeclared) {
      seen = "has not said that it is ready, as it had declared";
    } else if (!g.sighted.isEmpty()) {
      seen = "listens on " + addresses(g.sighted) + ", which jhot cannot hand over";
    } else if (predecessor != null && !predecessor.lasting.isEmpty()) {
      seen = "does not listen on " + addresses(predecessor.lasting) + " as before";
    }
    return seen
        + (g.agent || policy.agent() == AgentHope.NONE ? "" : " and runs without jhot's agent")
        + ": taken as running";
  }

  /** Whether it is still open if the app has an agent, and matters. */
  boolean hopes() {
    return policy.ready() == Readiness.AUTO
        && (policy.agent() == AgentHope.POSSIBLE
            || policy.agent() == AgentHope.CERTAIN && due().isEmpty())
        && !g.agent
        && !g.agentGivenUp
        && !g.stranded()
        && g.startStep == StartStep.READINESS;
  }

  /** Whether what is seen from outside can make a difference. */
  boolean looks() {
    boolean unasked =
        policy.agent() == AgentHope.NONE && (predecessor == null || predecessor.lasting.isEmpty());
    return !isKnown() && !unasked && g.pid != 0;
  }

  /** Whether its own word or its agent's decides. */
  private boolean isKnown() {
    boolean told = policy.agent() != AgentHope.NONE && !(due().isEmpty() && g.listeners.isEmpty());
    return policy.ready() != Readiness.AUTO
        || g.readyDeclared
        || told
        || g.stranded()
        || g.startStep != StartStep.READINESS;
  }

  /** When the next thing is due while the generation is not ready. */
  long deadline() {
    long next = g.limit;
    if (hopes()) {
      next = Math.min(next, g.hopeUntil);
    }
    if (looks()) {
      next = Math.min(next, g.lookAt);
    }
    if (predecessor != null && !isKnown() && now < livedAt()) {
      next = Math.min(next, livedAt());
    }
    return next;
  }

  private static String addresses(Collection<String> all) {
    return Wording.list(all);
  }
}
