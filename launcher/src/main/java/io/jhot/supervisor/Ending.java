package io.jhot.supervisor;

import io.jhot.supervisor.Reason.Kind;
import org.jspecify.annotations.Nullable;

/** The end of jhot, asked for or because the service is over, and what it exits with. */
final class Ending {

  /** {@link Fleet#exitCode}: no generation has come to an end that counts. */
  static final int UNKNOWN = -1;

  /** The exit code where it is jhot that failed. */
  static final int JHOT_FAILED = 125;

  private final Turn turn;

  Ending(Turn turn) {
    this.turn = turn;
  }

  // The exit code.

  /**
   * A generation has come to its end, or jhot to the end of its patience with it: the code counts
   * if it is the one that served last; or one that never served, if none does and no code is known.
   */
  void noteExit(MutableGeneration g, int code) {
    MutableSlot slot = turn.slot;
    boolean onlyOne = slot.serving() == null && turn.exitCode == UNKNOWN;
    if (g.number() == slot.lastServed || g.number() > slot.lastServed && onlyOne) {
      turn.exitCode = code;
    }
  }

  /** The code of one that made room was asked for, and means nothing. */
  void forgetExit() {
    if (turn.slot.lastServed == 0 || turn.slot.makingRoom) {
      turn.exitCode = UNKNOWN;
    }
  }

  /** The code that jhot takes an exit for, and exits with itself. */
  int code(boolean signaled, int value) {
    int code = signaled ? 128 + value : value;
    Integer other = turn.policy.remapExit().get(code);
    return other == null ? code : other;
  }

  /** Nothing ever ran, and nothing failed, where no code is known. */
  private int exitCode() {
    return turn.exitCode == UNKNOWN ? 0 : turn.exitCode;
  }

  // The end.

  /**
   * The first request drains, the second one kills. A request while jhot drains its last
   * generations by itself, because the service is over, is a first one.
   */
  void stopRequested(boolean atOnce) {
    boolean again = turn.stopAsked;
    turn.stopAsked = true;
    MutableGeneration candidate = turn.slot.starting();
    MutableGeneration old = turn.slot.serving();
    if (!turn.ending) {
      if (candidate != null && candidate.birth.reload()) {
        cancelReload(candidate.number());
      }
      begin();
    }
    if (atOnce || again) {
      killAll();
      return;
    }
    turn.farewell.shortenDrains();
    Reason asked = Reason.of(Kind.ASKED_TO_STOP);
    if (candidate != null) {
      stopStarting(candidate, old, asked);
    }
    if (old != null) {
      turn.farewell.drain(old, asked);
    }
  }

  /**
   * Ends a generation that is not ready. One that has been told to go live, or is probed on the
   * sockets that clients know, may have taken connections, and is drained for their sake. One that
   * is all there is gets the stop signal, as the app that it is. Any other has no work to lose.
   */
  private void stopStarting(MutableGeneration g, @Nullable MutableGeneration old, Reason asked) {
    boolean accepts = g.sockets.live() && !g.stage().isComingUp();
    if (g.stage() == Stage.GOING_LIVE || accepts) {
      turn.farewell.drain(g, asked);
    } else if (old == null) {
      turn.farewell.stopWithinDrainTime(g, asked);
    } else {
      turn.farewell.kill(g, asked);
    }
  }

  private void killAll() {
    for (int i = 0; i < turn.slot.generations.size(); i++) {
      MutableGeneration g = turn.slot.generations.get(i);
      if (g.alive() && g.stage() != Stage.KILLED) {
        turn.farewell.kill(g, Reason.of(Kind.ASKED_TO_STOP_AT_ONCE));
      }
    }
  }

  /**
   * No generation is started from now on. Those that have parked need not be able to come back: the
   * duplicates that they keep for that would let clients queue for nobody.
   */
  void begin() {
    turn.ending = true;
    turn.slot.makingRoom = false;
    turn.slot.restartAt = Timer.NEVER;
    if (turn.reloadPending) {
      turn.reloadPending = false;
      cancelReload(turn.lastNumber + 1);
    }
    for (int i = 0; i < turn.slot.generations.size(); i++) {
      MutableGeneration g = turn.slot.generations.get(i);
      if (g.stage() == Stage.RETURNING) {
        turn.farewell.askToPark(g);
      } else if (g.agent() && g.phase() == Phase.DRAINING && g.stage() != Stage.DELAYED) {
        turn.perform(new Effect.Park(g.number(), true));
      }
    }
  }

  void cancelReload(int generation) {
    turn.publish(new FleetEvent.ReloadFailed(generation, Reason.of(Kind.JHOT_STOPS)));
  }

  /**
   * Closes the listeners when no generation accepts any more, so that clients are refused from then
   * on, and leaves when the last child is gone. An app without an agent accepts until it ends; what
   * is closed then is jhot's copy.
   */
  void conclude() {
    if (!turn.ending) {
      return;
    }
    boolean alive = false;
    boolean accepting = false;
    for (int i = 0; i < turn.slot.generations.size(); i++) {
      MutableGeneration g = turn.slot.generations.get(i);
      alive |= g.alive();
      accepting |= g.stage() == Stage.DELAYED || g.stage() == Stage.PARKING;
    }
    if (!accepting) {
      turn.listeners.closeAll();
    }
    if (!alive) {
      turn.exited = true;
      turn.perform(new Effect.Exit(exitCode()));
    }
  }
}
