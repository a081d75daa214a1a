package io.jhot.runtime;

import io.jhot.runtime.control.Reply;
import io.jhot.supervisor.FleetEvent;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The clients that wait for the outcome of a reload, or for the end of jhot. Of the loop's thread.
 *
 * <p>A client that waits for a reload hears of its success only when the old generation accepts
 * nothing more: whoever connects after that reaches the new one. The old one has been told to park,
 * and may accept until it has done so; that it is silent ends in time.
 */
final class ReloadWaiters implements EventStream.Reader {
  private final Os os;

  /** Those whose request the supervisor has not seen yet. */
  private final List<Long> asking = new ArrayList<>();

  /** The others, and the generation whose outcome answers each of them. */
  private final Map<Long, Integer> waiting = new HashMap<>();

  /** Answers that wait until the old generation accepts nothing more. */
  private final Map<Long, Reply> untilParked = new LinkedHashMap<>();

  private final List<Long> untilEnd = new ArrayList<>();

  ReloadWaiters(Os os) {
    this.os = os;
  }

  /** This client asks for a reload now, and waits for its outcome. */
  void add(long client) {
    asking.add(client);
  }

  /**
   * The supervisor has seen a request. Called before the effects of that step, for a generation
   * that cannot be started has its outcome within them.
   *
   * @param generation whose outcome answers it
   */
  void requested(int generation) {
    for (long client : asking) {
      waiting.put(client, generation);
    }
    asking.clear();
  }

  @Override
  public void read(StreamRecord record) {
    if (!(record.event() instanceof StreamEvent.Decided decided)) {
      return;
    }
    FleetEvent event = decided.event();
    if (event instanceof FleetEvent.ReloadSucceeded || event instanceof FleetEvent.ReloadFailed) {
      ended(event.generation(), event instanceof FleetEvent.ReloadSucceeded, decided.text());
    } else if (event instanceof FleetEvent.RolledBack) {
      Reply reply = new Reply.Finished(false, decided.text(), List.of());
      untilParked.replaceAll((client, before) -> reply);
    }
  }

  /** All reloads that a generation answers are over. */
  private void ended(int generation, boolean ok, String reason) {
    Reply reply = new Reply.Finished(ok, reason, ok ? List.of() : os.lastLines(generation));
    for (Iterator<Map.Entry<Long, Integer>> all = waiting.entrySet().iterator(); all.hasNext(); ) {
      Map.Entry<Long, Integer> one = all.next();
      if (one.getValue() <= generation) {
        if (ok) {
          untilParked.put(one.getKey(), reply);
        } else {
          os.answer(one.getKey(), reply);
        }
        all.remove();
      }
    }
  }

  /** No old generation accepts any more. */
  void parked() {
    if (!untilParked.isEmpty()) {
      untilParked.forEach(os::answer);
      untilParked.clear();
    }
  }

  /** This client waits for jhot's end. */
  void awaitEnd(long client) {
    untilEnd.add(client);
  }

  /**
   * jhot ends.
   *
   * @param text how, for who waits for that
   */
  void ended(String text) {
    for (long client : untilEnd) {
      os.answer(client, new Reply.Finished(true, text, List.of()));
    }
    parked();
  }

  /** The client is gone. */
  void left(long client) {
    asking.remove(client);
    waiting.remove(client);
    untilParked.remove(client);
    untilEnd.remove(client);
  }
}
