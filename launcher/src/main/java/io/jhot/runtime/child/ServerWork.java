package io.jhot.runtime.child;

import io.jhot.ffm.InetDiag;
import io.jhot.protocol.Message;
import io.jhot.protocol.Work;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What is in progress on the connections of one generation, as its agent reported last. Until an
 * agent that can tell has reported, every connection may be in use. For the loop's thread.
 */
final class ServerWork {
  /** A connection by its client and the port that the client came to. */
  private record Key(String peer, int localPort) {}

  /** The kernel's clock of data ticks every 4 ms, and jhot's own is rounded too. */
  private static final long TICK_MILLIS = 10;

  private @Nullable Map<Key, Work> told;
  private Map<Key, Work> coming = new HashMap<>();
  private boolean whole;
  private long toldAsOf;
  private boolean tells;
  private int lastRequest;
  private int open;
  private long askedAt;
  private long nextAt;

  /** Its agent understands the question, or one that does not has come in its place. */
  void mayTell(boolean understands) {
    tells = understands;
    told = null;
    open = 0;
    nextAt = 0;
  }

  /**
   * The next question for the agent.
   *
   * @return null: it cannot answer, or has not answered yet, or was asked a moment ago
   */
  Message.@Nullable Look question(long now) {
    if (!tells || open != 0 || now < nextAt) {
      return null;
    }
    open = ++lastRequest;
    askedAt = now;
    coming = new HashMap<>();
    return new Message.Look(open);
  }

  /** Takes a part of the answer. Looks take a fifth of the time at most: they cost the app. */
  void hear(Message.Looked part, long now) {
    if (part.request() != open) {
      return; // of a JVM that was there before
    }
    for (Message.Connection one : part.connections()) {
      String peer = InetDiag.hostAndPort(one.peer().bytes(), one.peerPort());
      coming.put(new Key(peer, one.localPort()), one.work());
    }
    if (!part.more()) {
      told = coming;
      whole = part.whole();
      toldAsOf = askedAt;
      open = 0;
      nextAt = now + 4 * (now - askedAt);
    }
  }

  /**
   * What is in progress on a connection.
   *
   * @param one as the kernel sees it
   * @return {@link Work#AT_REST} if it may be ended as soon as it has been quiet for a while
   */
  Work on(InetDiag.Connection one, long now) {
    if (told == null) {
      return tells ? Work.HIDDEN : byBytes(Work.OPAQUE, one);
    }
    Work work = told.get(new Key(Connections.plain(one.peer()), one.localPort()));
    if (work == null) {
      return whole ? byBytes(Work.OPAQUE, one) : Work.HIDDEN;
    }
    if (work.isByBytes()) {
      return byBytes(work, one);
    }
    long quiet = Connections.quietMillis(one);
    boolean since = quiet >= 0 && quiet <= now - toldAsOf + TICK_MILLIS;
    return work == Work.AT_REST && (holdsBytes(one) || since) ? Work.HIDDEN : work;
  }

  /**
   * A connection is busy as long as it may owe somebody something: input nobody has read, output
   * nobody has fetched, or a last word that was the client's. Times that are equal, or unknown,
   * count as busy: the kernel's clock ticks every 4 ms. Not so where a server knows of nothing that
   * is open: quick answers leave in the same tick.
   */
  private static Work byBytes(Work work, InetDiag.Connection one) {
    boolean busy =
        work == Work.NOTHING_OPEN
            ? one.lastReceivedMillisAgo() < one.lastSentMillisAgo()
            : !one.everSent() || one.lastReceivedMillisAgo() <= one.lastSentMillisAgo();
    return busy || holdsBytes(one) ? work : Work.AT_REST;
  }

  private static boolean holdsBytes(InetDiag.Connection one) {
    return one.unread() > 0 || one.unsent() > 0;
  }
}
