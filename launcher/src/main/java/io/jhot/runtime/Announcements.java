package io.jhot.runtime;

import io.jhot.config.Activation;
import io.jhot.supervisor.Fleet;
import io.jhot.supervisor.Generation;
import io.jhot.supervisor.Policy;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Tells the service manager that started jhot (man 3 sd_notify): when the service is ready, that it
 * reloads, and that it stops. With each record of the stream it looks at the fleet and says what
 * has changed; without a {@code NOTIFY_SOCKET} it says nothing.
 *
 * <p>jhot's own deadlines decide how long a start, a reload and a stop may take. {@code
 * EXTEND_TIMEOUT_USEC} keeps the manager's shorter ones from cutting them off.
 */
final class Announcements implements EventStream.Reader {
  /**
   * Beyond a deadline of ours: for a thread dump, the kill and the rest, among which are the first
   * few listeners. In milliseconds.
   */
  private static final long MARGIN = 15_000;

  private enum State {
    STARTING,
    SERVING,
    RELOADING,
    STOPPING
  }

  private final Os os;
  private final Policy policy;
  private final Supplier<Fleet> fleet;
  private final boolean heard;
  private final long beatEvery;
  private long nextBeat = Long.MAX_VALUE;
  private @Nullable State state;
  private int shown;
  private boolean stopAsked;

  /**
   * @param os where it is sent to
   * @param activation whether anybody wants to hear it, and how often
   * @param policy how long a start, a reload and a stop may take
   * @param fleet as it is now
   */
  Announcements(Os os, Activation activation, Policy policy, Supplier<Fleet> fleet) {
    this.os = os;
    this.policy = policy;
    this.fleet = fleet;
    heard = !activation.notifySocket().isEmpty();
    // half of what sd_watchdog_enabled(3) says, as that page recommends
    beatEvery = Math.max(1, activation.watchdogMillis() / 2);
    if (heard && activation.watchdogMillis() > 0) {
      nextBeat = os.now();
    }
  }

  /** When {@link #beat} is due; {@link Long#MAX_VALUE}: never. */
  long nextBeat() {
    return nextBeat;
  }

  /** Sends the watchdog's keep-alive, if it is due. */
  void beat(long now) {
    if (now >= nextBeat) {
      os.announce("WATCHDOG=1");
      nextBeat = now + beatEvery;
    }
  }

  @Override
  public void read(StreamRecord record) {
    if (heard) {
      stopAsked |= record.event() instanceof StreamEvent.StopAsked;
      observe(fleet.get());
    }
  }

  /** Says what this state of the fleet changes. */
  private void observe(Fleet fleet) {
    State next = state(fleet);
    Generation serving = fleet.serving();
    int number = serving == null ? 0 : serving.number();
    if (next == state && (next != State.SERVING || number == shown || number == 0)) {
      return;
    }
    state = next;
    shown = number;
    switch (next) {
      case STARTING -> os.announce("STATUS=starting\n" + extension(policy.readyTimeout()));
      case SERVING ->
          os.announce(
              "READY=1\nSTATUS="
                  + (number == 0 ? "no generation serves" : "generation " + number + " serves"));
      case RELOADING ->
          // the time is what tells systemd that this is the answer to its own SIGHUP
          os.announce(
              "RELOADING=1\nMONOTONIC_USEC="
                  + os.nowMicros()
                  + "\nSTATUS=reloading\n"
                  + extension(policy.readyTimeout() + policy.drainTimeout() + exchange(serving)));
      case STOPPING ->
          os.announce("STOPPING=1\nSTATUS=stopping\n" + extension(policy.drainTimeout()));
    }
  }

  /**
   * While a service without a serving generation is restarted, the state stays as it was: the
   * protocol has no word for that, and jhot ends if the restart fails.
   */
  private State state(Fleet fleet) {
    Generation starting = fleet.starting();
    boolean serving = fleet.serving() != null;
    if (stopAsked) {
      return State.STOPPING;
    }
    if ((state == null || state == State.STARTING) && !serving) {
      return State.STARTING;
    }
    return fleet.reloadPending() || starting != null && starting.birth().reload()
        ? State.RELOADING
        : State.SERVING;
  }

  /** To go live and to park takes longer the more listeners there are. */
  private static long exchange(@Nullable Generation serving) {
    return serving == null ? 0 : 2 * serving.exchangeMillis();
  }

  private static String extension(long millis) {
    return "EXTEND_TIMEOUT_USEC=" + (millis + MARGIN) * 1000;
  }
}
