package io.jhot.supervisor;

import io.jhot.supervisor.Effect.Level;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Iterator;
import java.util.List;
import java.util.Objects;
import java.util.SortedSet;

/**
 * The words for what the supervisor decides. Pure.
 *
 * <p>Texts may hold {@code {listener:ID}} for the loop to replace by the listener's address.
 */
public final class Wording {

  /** As many listeners are named in one text; of the others it says how many they are. */
  static final int MAX_NAMED = 8;

  private Wording() {}

  /** How much an operator cares. */
  public static Level level(FleetEvent event) {
    if (event instanceof FleetEvent.Served e) {
      return e.plain() ? Level.DEBUG : Level.INFO;
    }
    if (event instanceof FleetEvent.StartFailed e) {
      return e.fine() ? Level.DEBUG : Level.ERROR;
    }
    if (event instanceof FleetEvent.Died e) {
      return e.failed() || e.successor() > 0 ? Level.WARN : Level.DEBUG;
    }
    if (event instanceof FleetEvent.ReloadFailed || event instanceof FleetEvent.RestartsExhausted) {
      return Level.ERROR;
    }
    if (event instanceof FleetEvent.AgentMissed
        || event instanceof FleetEvent.ReadyDeclaredTooLate
        || event instanceof FleetEvent.RollbackBegan
        || event instanceof FleetEvent.RolledBack
        || event instanceof FleetEvent.ParkUnconfirmed
        || event instanceof FleetEvent.DrainLimitExceeded
        || event instanceof FleetEvent.DumpBegan
        || event instanceof FleetEvent.KillSent
        || event instanceof FleetEvent.KillOutlived
        || event instanceof FleetEvent.RestartPlanned) {
      return Level.WARN;
    }
    return Level.INFO;
  }

  /** One line: a full clause. */
  public static String text(FleetEvent event) {
    String who = "generation " + event.generation();
    if (event instanceof FleetEvent.GenerationStarted) {
      return who + " starts";
    }
    if (event instanceof FleetEvent.Served e) {
      return who + " serves: it " + clause(e.because());
    }
    if (event instanceof FleetEvent.ReloadSucceeded e) {
      return who + " serves: it " + clause(e.because());
    }
    if (event instanceof FleetEvent.ReloadFailed e) {
      boolean stops = e.because().kind() == Reason.Kind.JHOT_STOPS;
      return stops ? clause(e.because()) : who + " " + clause(e.because());
    }
    if (event instanceof FleetEvent.DrainBegan e) {
      String text = who + " drains: it " + clause(e.because());
      return e.delay() > 0 ? text + "; it still accepts for " + millis(e.delay()) : text;
    }
    if (event instanceof FleetEvent.Parked) {
      return who + " accepts nothing new; its connections are to end";
    }
    if (event instanceof FleetEvent.StopSent e) {
      return who + " is sent " + signal(e.signal()) + ": it " + clause(e.because());
    }
    if (event instanceof FleetEvent.Ended e) {
      return who + " is gone: it " + clause(e.how());
    }
    if (event instanceof FleetEvent.ProbeBegan e) {
      return who + " is probed: it " + clause(e.because());
    }
    if (event instanceof FleetEvent.Probed e) {
      return who + ": its probe " + e.seen();
    }
    if (event instanceof FleetEvent.WarmUpBegan e) {
      return who + " is warmed up: it " + clause(e.because());
    }
    if (event instanceof FleetEvent.WarmedUp e) {
      return who + ": its warm-up " + e.seen();
    }
    return textOfTrouble(who, event);
  }

  private static String textOfTrouble(String who, FleetEvent event) {
    if (event instanceof FleetEvent.StartFailed e) {
      return who + " " + clause(e.because());
    }
    if (event instanceof FleetEvent.Died e) {
      String text = who + " " + clause(e.how());
      return e.successor() == 0
          ? text
          : text + " while generation " + e.successor() + " is still starting";
    }
    if (event instanceof FleetEvent.AgentMissed) {
      return who
          + " has no connection to jhot's agent: until it has, jhot goes by what it sees"
          + " from outside, and cannot hand the app's sockets over";
    }
    if (event instanceof FleetEvent.ReadyDeclaredTooLate) {
      return who
          + " declared too late that it says when it is ready: it serves already; let it say"
          + " so before it opens a listener, or use --ready notify";
    }
    if (event instanceof FleetEvent.RollbackBegan) {
      return who + " is still there and takes over again";
    }
    if (event instanceof FleetEvent.RolledBack e) {
      return who + " serves: it " + clause(e.because());
    }
    if (event instanceof FleetEvent.ParkUnconfirmed) {
      return who + " has not confirmed that it stopped accepting";
    }
    if (event instanceof FleetEvent.DrainLimitExceeded e) {
      return "more than "
          + count(e.limit(), "generation")
          + " would drain: "
          + who
          + ", the oldest, is ended first";
    }
    if (event instanceof FleetEvent.DumpBegan) {
      return who + " has not ended in time: its threads are dumped";
    }
    if (event instanceof FleetEvent.KillSent) {
      return who + " has not ended in time: it is killed";
    }
    if (event instanceof FleetEvent.KillOutlived e) {
      return who
          + " is still there after SIGKILL; its process "
          + e.pid()
          + " may hang in the kernel";
    }
    if (event instanceof FleetEvent.RestartPlanned e) {
      return who + " starts in " + millis(e.delay());
    }
    if (event instanceof FleetEvent.RestartsExhausted e) {
      return "the service failed again after "
          + count(e.restarts(), "restart")
          + " in a row: jhot gives up";
    }
    throw new AssertionError("no words for " + event);
  }

  /** A clause whose subject is the generation. */
  public static String clause(Reason reason) {
    return switch (reason.kind()) {
      case SAID_READY -> "said that it is ready";
      case RUNS -> "runs";
      case HOLDS -> "holds " + listeners(reason.listeners());
      case RUNS_UNKNOWN -> "runs, and nothing more can be known without jhot's agent";
      case RUNS_WITHOUT_AGENT -> "runs, and no JVM with jhot's agent came up in it";
      case LISTENS_WITHOUT_AGENT ->
          "listens on " + list(reason.addresses()) + ", and runs without jhot's agent";
      case HAS_RUN_AND_LISTENS -> hasRun(reason) + " and listens on " + list(reason.addresses());
      case HAS_RUN_WITHOUT_AGENT ->
          hasRun(reason) + ", and nothing more can be known without jhot's agent";
      case HAS_RUN_WITHOUT_LISTENER ->
          hasRun(reason) + " and has opened no listener, as the one before it: no more is known";
      case HOLDS_TOO_FEW ->
          cause(reason) + ", but not " + listeners(reason.listeners()) + " as before";
      case TAKEN_AS_RUNNING -> cause(reason) + ": taken as running";
      case TAKEN_AS_RUNNING_WITHOUT_AGENT ->
          cause(reason) + " and runs without jhot's agent: taken as running";
      case WAS_READY -> "was ready";
      case SPAWNING -> "is being started";
      case LOST_BEFORE_LIVE -> "lost its connection to jhot before it took over the sockets";
      case READY_UNSAID -> "has not said READY=1 yet";
      case DECLARED_UNSAID -> "has declared that it says when it is ready, and has not said so yet";
      case DECLARED_NEVER_SAID -> "has not said that it is ready, as it had declared";
      case UNSAID_AS_PREDECESSOR ->
          "has not said that it is ready, as generation " + reason.number() + " did";
      case LISTENERS_MISSING -> "does not hold " + listeners(reason.listeners()) + " yet";
      case ADDRESSES_MISSING -> "does not listen on " + list(reason.addresses()) + " yet";
      case ADDRESSES_NEVER_OPENED ->
          "does not listen on " + list(reason.addresses()) + " as before";
      case NO_LISTENER_YET -> "has not opened a listener yet";
      case NO_LISTENER -> "has opened no listener";
      case LISTENS_OUT_OF_REACH ->
          "listens on " + list(reason.addresses()) + ", which jhot cannot hand over";
      case AND_NO_AGENT -> cause(reason) + ", and has no connection to jhot's agent";
      case NO_PROCESS -> "does not run yet";
      case AND_PROBED -> cause(reason) + ", and is probed";
      case AND_PROBE_SAW -> cause(reason) + "; its probe " + reason.text();
      case AND_WARMED_UP -> cause(reason) + ", and is warmed up";
      case NOT_READY_IN_TIME ->
          "was not ready after " + millis(reason.number()) + ": it " + cause(reason);
      case BUT_PROBE_SAW ->
          cause(reason)
              + ", but its probe "
              + (reason.text().isEmpty() ? "had no answer" : reason.text());
      case BUT_WARM_UP_OPEN -> cause(reason) + ", but its warm-up had not ended";
      case CANNOT_BE_PROBED ->
          cause(reason) + "; a service that opens none is probed with --ready exec";
      case NOT_LIVE_IN_TIME ->
          "was ready, but did not take over the sockets within " + millis(reason.number());
      case WARM_UP_FAILED -> "was not taken into service: its warm-up " + reason.text();
      case SPAWN_FAILED -> "could not be started: " + reason.text();
      case NO_ROOM, REFUSED -> "was not started: " + reason.text();
      case BEFORE_READY -> cause(reason) + " before it was ready";
      case JHOT_STOPS -> "jhot is stopping";
      case SUCCESSOR_DIED ->
          "took over again when generation " + reason.number() + " " + cause(reason);
      case REPLACED -> "was replaced by generation " + reason.number();
      case MAKES_ROOM -> "makes room for generation " + reason.number() + ": " + reason.text();
      case ASKED_TO_STOP -> "was asked to stop";
      case ASKED_TO_STOP_AT_ONCE -> "was asked to stop at once";
      case AND_NO_AGENT_TO_PARK ->
          cause(reason) + ", and has no agent that could park its listeners";
      case LOST_WHILE_DRAINING -> "lost its connection to jhot while it drained";
      case NO_CONNECTION_LEFT -> "has no connection left";
      case IDLE_CONNECTIONS_LEFT -> "has only idle connections left";
      case CONNECTIONS_LEFT -> "has connections left, but little time";
      case HOOKS_LEFT -> "has drain hooks or work that did not end in time";
      case NOT_BACK_IN_TIME -> "did not take over again in time";
      case OLDEST_OF_TOO_MANY -> "is the oldest of more than " + reason.number() + " that drain";
      case NOT_ENDED_IN_TIME -> "did not end in time";
      case EXITED -> "exited with code " + reason.number();
      case KILLED -> "was killed by " + signal((int) reason.number());
      case WHILE_DRAINING -> cause(reason) + " while it drained";
      case GONE -> cause(reason) + "; it " + clause(Objects.requireNonNull(reason.then()));
    };
  }

  /** Of a kind that has one. */
  private static String cause(Reason reason) {
    return clause(Objects.requireNonNull(reason.cause()));
  }

  private static String hasRun(Reason reason) {
    return "has run for " + millis(reason.number());
  }

  static String signal(int number) {
    return switch (number) {
      case 1 -> "SIGHUP";
      case 2 -> "SIGINT";
      case 3 -> "SIGQUIT";
      case 4 -> "SIGILL";
      case 6 -> "SIGABRT";
      case 7 -> "SIGBUS";
      case 8 -> "SIGFPE";
      case 9 -> "SIGKILL";
      case 11 -> "SIGSEGV";
      case 13 -> "SIGPIPE";
      case 15 -> "SIGTERM";
      default -> "signal " + number;
    };
  }

  static String millis(long millis) {
    return millis % 1000 == 0 ? millis / 1000 + " s" : millis + " ms";
  }

  static String count(int many, String thing) {
    return many == 1 ? "1 " + thing : many + " " + thing + "s";
  }

  /**
   * "{listener:1}, {listener:2} and {listener:3}", or "... and 397 more": places for the loop to
   * put addresses in.
   */
  static String listeners(SortedSet<Integer> ids) {
    List<String> places = new ArrayList<>();
    for (int id : ids) {
      if (places.size() == MAX_NAMED) {
        break;
      }
      places.add("{listener:" + id + "}");
    }
    return list(places, ids.size());
  }

  /** "one, two and three", or "... and 397 more". */
  static String list(Collection<String> things) {
    return list(things, things.size());
  }

  private static String list(Collection<String> things, int count) {
    StringBuilder text = new StringBuilder();
    int left = count;
    Iterator<String> each = things.iterator();
    for (int named = 0; each.hasNext() && named < MAX_NAMED; named++) {
      String one = each.next();
      left--;
      if (text.length() > 0) {
        text.append(left > 0 ? ", " : " and ");
      }
      text.append(one);
    }
    if (left > 0) {
      text.append(" and ").append(left).append(" more");
    }
    return text.toString();
  }
}
