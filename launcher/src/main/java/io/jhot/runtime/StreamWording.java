package io.jhot.runtime;

import io.jhot.config.Durations;
import io.jhot.ffm.Signal;
import io.jhot.protocol.Wire;
import io.jhot.runtime.control.FleetStatus.WorkStatus;
import io.jhot.supervisor.Effect.Level;
import io.jhot.supervisor.FleetEvent;
import io.jhot.supervisor.Wording;
import java.util.ArrayList;
import java.util.List;

/**
 * What the runtime's own events are called in the log, and how much an operator cares. Pure. What
 * the supervisor decides is worded by its {@link Wording}.
 *
 * <p>Chains of {@code instanceof}: the first switch over types costs a start 2 ms.
 */
final class StreamWording {
  private StreamWording() {}

  /** How much an operator cares. */
  static Level level(StreamEvent event) {
    if (event instanceof StreamEvent.Decided one) {
      return Wording.level(one.event());
    }
    if (event instanceof StreamEvent.SignalReceived signal) {
      return signal.signal() == Signal.USR2 ? Level.WARN : Level.DEBUG;
    }
    if (event instanceof StreamEvent.ReloadAsked
        || event instanceof StreamEvent.StopAsked
        || event instanceof StreamEvent.HangUpIgnored
        || event instanceof StreamEvent.ListenerOpened
        || event instanceof StreamEvent.ListenerReleased) {
      return Level.INFO;
    }
    if (event instanceof StreamEvent.HookEnded hook) {
      return hook.failure().isEmpty() ? Level.INFO : Level.WARN;
    }
    if (event instanceof StreamEvent.AgentGreeted agent) {
      return agent.alike() ? Level.DEBUG : Level.WARN;
    }
    if (event instanceof StreamEvent.StepEntered
        || event instanceof StreamEvent.ListenersSeen
        || event instanceof StreamEvent.AppStatus) {
      return Level.DEBUG;
    }
    return Level.WARN;
  }

  /** One line. */
  static String text(StreamEvent event) {
    if (event instanceof StreamEvent.Decided one) {
      boolean failed = one.event() instanceof FleetEvent.ReloadFailed;
      return failed ? "the reload failed: " + one.text() : one.text();
    }
    if (event instanceof StreamEvent.SignalReceived one) {
      return "SIG" + one.signal() + (isIgnored(one) ? " is ignored" : " received");
    }
    if (event instanceof StreamEvent.ReloadAsked one) {
      return one.by() + (one.later() ? ": reloading after the start in progress" : ": reloading");
    }
    if (event instanceof StreamEvent.StopAsked one) {
      return one.by() + (one.atOnce() ? ": ending at once" : ": draining, then ending");
    }
    if (event instanceof StreamEvent.HangUpIgnored) {
      return "the terminal has hung up; jhot ignores that and lives on";
    }
    if (event instanceof StreamEvent.ListenerReleased one) {
      return "nobody uses " + one.address() + " any more: it is closed";
    }
    String who = "generation " + event.generation();
    if (event instanceof StreamEvent.StepEntered one) {
      return who
          + ": "
          + one.after()
          + (one.before().isEmpty() ? "" : ", after " + one.millis() + " ms of " + one.before());
    }
    if (event instanceof StreamEvent.ListenerOpened one) {
      return who + " listens on " + one.address();
    }
    if (event instanceof StreamEvent.ListenersSeen one) {
      return who + " is seen to listen on " + listed(one.addresses());
    }
    if (event instanceof StreamEvent.AppStatus one) {
      return who + " says: " + one.text();
    }
    if (event instanceof StreamEvent.HookEnded one) {
      return who
          + ": drain hook "
          + one.name()
          + (one.failure().isEmpty()
              ? " took " + one.millis() + " ms"
              : " failed after " + one.millis() + " ms: " + one.failure());
    }
    if (event instanceof StreamEvent.WorkLeft one) {
      return who + ": units of work still in flight: " + one.units();
    }
    if (event instanceof StreamEvent.ConnectionsCut one) {
      return who + (one.ended() ? " ended with " : " is asked to end with ") + inUse(one.work());
    }
    if (event instanceof StreamEvent.ConnectionsLeft one) {
      return one.count() < 0
          ? who + ": how many connections it has left is not known"
          : who
              + " has "
              + (one.count() == 0 ? "no" : one.count())
              + (one.count() == 1 ? " connection left" : " connections left");
    }
    if (event instanceof StreamEvent.ThreadsDumped one) {
      return who + ": " + one.outcome();
    }
    if (event instanceof StreamEvent.AgentGreeted one) {
      return greeting(who, one);
    }
    if (event instanceof StreamEvent.AgentTroubled one) {
      return who + ": " + one.text();
    }
    throw new AssertionError("no words for " + event);
  }

  private static boolean isIgnored(StreamEvent.SignalReceived one) {
    return level(one) == Level.WARN;
  }

  private static String listed(List<String> addresses) {
    return addresses.isEmpty() ? "no address" : String.join(", ", addresses);
  }

  private static String greeting(String who, StreamEvent.AgentGreeted one) {
    String agent = who + ": its agent (" + one.agent() + ") speaks version " + one.protocol();
    return one.alike()
        ? agent + " of the protocol"
        : agent
            + " of the protocol, this jhot version "
            + Wire.VERSION
            + ": what only one of them knows is left out; start jhot again to have both alike";
  }

  /** As {@code 2 connections in use: 2 x answer not ended}. */
  static String inUse(List<WorkStatus> work) {
    StringBuilder text = new StringBuilder();
    int sum = 0;
    for (WorkStatus one : work) {
      sum += one.connections();
      text.append(text.isEmpty() ? "" : ", ").append(one.connections()).append(" x ");
      text.append(one.text());
    }
    return sum + (sum == 1 ? " connection" : " connections") + " in use: " + text;
  }

  /** The lines that follow in the log; none for most. */
  static List<String> details(StreamEvent event) {
    if (!(event instanceof StreamEvent.ConnectionsLeft left)) {
      return List.of();
    }
    String who = "generation " + left.generation() + ": ";
    List<String> lines = new ArrayList<>();
    for (Os.Connection one : left.named()) {
      lines.add(
          who
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
    if (left.count() > left.named().size()) {
      lines.add(who + "and " + (left.count() - left.named().size()) + " more");
    }
    return lines;
  }
}
