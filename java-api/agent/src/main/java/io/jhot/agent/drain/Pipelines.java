package io.jhot.agent.drain;

import java.util.Map;
import java.util.WeakHashMap;
import java.util.function.BooleanSupplier;

/**
 * Whether a client may expect more answers on its connection than those that are written now: it
 * may have pipelined requests. Nothing is known of a connection from which nothing was read since
 * the drain began: for a moment its answers pass unchanged, then a request that takes so long
 * counts as the last one. For any thread.
 */
public final class Pipelines {
  /** How often an answer may pass because more requests seem to wait: counting may be off. */
  private static final int MAX_PASSED = 16;

  private static final class Connection {
    final Requests requests = new Requests();
    int passed;
  }

  private final BooleanSupplier settled;
  // keys have no equals of their own: by identity
  private final Map<Object, Connection> connections = new WeakHashMap<>();

  /**
   * @param settled whether the drain has gone on for so long that a request which was read before
   *     it, and is not answered, must be a slow one
   */
  public Pipelines(BooleanSupplier settled) {
    this.settled = settled;
  }

  private Connection of(Object key) {
    Connection one = connections.get(key);
    if (one == null) {
      one = new Connection();
      connections.put(key, one);
    }
    return one;
  }

  /** The app has read from a connection; see {@link Requests#received}. */
  public synchronized void received(Object connection, byte[] bytes, int length, long all) {
    of(connection).requests.received(bytes, length, all);
  }

  /**
   * So many answers are written.
   *
   * @param hasInput whether there are bytes that the app has not read
   * @return whether the client may expect more
   */
  synchronized boolean expectsMore(Object connection, int answers, BooleanSupplier hasInput) {
    Connection one = of(connection);
    boolean more;
    if (one.requests.isAnyKnown()) {
      one.requests.answered(answers);
      more = one.requests.waiting() > 0;
    } else {
      more = !settled.getAsBoolean();
    }
    more = one.passed < MAX_PASSED && (more || hasInput.getAsBoolean());
    one.passed += more ? 1 : 0;
    return more;
  }
}
