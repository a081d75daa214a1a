package io.jhot.runtime.child;

import io.jhot.ffm.InetDiag;
import io.jhot.protocol.Work;
import io.jhot.runtime.Journal;
import io.jhot.runtime.Os;
import io.jhot.supervisor.Effect.Level;
import java.io.IOException;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The connections that generations have on their listeners, as the kernel reports them. Asks the
 * kernel each time; only the moment when a connection was first seen is kept, in its {@link Child}.
 */
public final class Connections {
  private final Journal journal;

  /** A lasting failure is reported once, not with each count. */
  private boolean countingFailed;

  public Connections(Journal journal) {
    this.journal = journal;
  }

  /** The figures of a generation, as {@link Os#vitals}. */
  public Os.Vitals vitals(Child child, long now) {
    int pid = child.appPid();
    long resident = ProcessFacts.residentKilobytes(pid);
    List<InetDiag.Connection> open = established(child, now);
    if (open == null) {
      return new Os.Vitals(pid, resident, -1, Map.of(), 0);
    }
    Map<Work, Integer> busy = new EnumMap<>(Work.class);
    long idle = Long.MAX_VALUE;
    for (InetDiag.Connection connection : open) {
      Work work = child.work.on(connection, now);
      if (work != Work.AT_REST) {
        busy.merge(work, 1, Integer::sum);
      }
      idle = Math.min(idle, Math.max(0, quietMillis(connection)));
    }
    return new Os.Vitals(pid, resident, open.size(), busy, open.isEmpty() ? 0 : idle);
  }

  /** All of them, the most recently active first; null if they are not known. */
  public @Nullable List<Os.Connection> of(Child child, long now) {
    List<InetDiag.Connection> open = established(child, now);
    if (open == null) {
      return null;
    }
    List<Os.Connection> shown = new ArrayList<>();
    for (InetDiag.Connection one : open) {
      shown.add(
          new Os.Connection(
              plain(one.peer()),
              one.localPort(),
              now - Objects.requireNonNull(child.seenConnections.get(one.inode())),
              quietMillis(one),
              child.work.on(one, now)));
    }
    shown.sort((a, b) -> Long.compare(a.idleMillis(), b.idleMillis()));
    return shown;
  }

  /** Those of one generation's process; null if /proc or netlink is unreadable. */
  private @Nullable List<InetDiag.Connection> established(Child child, long now) {
    Set<Long> sockets = ProcessFacts.socketInodes(child.appPid());
    if (sockets == null) {
      return null;
    }
    List<InetDiag.Connection> open = new ArrayList<>();
    try {
      for (InetDiag.Connection connection : InetDiag.established(child.ports)) {
        if (sockets.contains(connection.inode())) {
          open.add(connection);
        }
      }
    } catch (IOException e) {
      if (!countingFailed) {
        journal.log(Level.WARN, "cannot count connections: " + e.getMessage());
      }
      countingFailed = true;
      return null;
    }
    countingFailed = false;
    Map<Long, Long> seen = new HashMap<>();
    for (InetDiag.Connection connection : open) {
      seen.put(connection.inode(), child.seenConnections.getOrDefault(connection.inode(), now));
    }
    child.seenConnections = seen;
    return open;
  }

  /** The address of an IPv4 client of a dual-stack listener, in IPv4 notation. */
  public static String plain(String peer) {
    String mapped = "[::ffff:";
    int end = peer.indexOf(']');
    return peer.startsWith(mapped) && peer.indexOf('.') > 0
        ? peer.substring(mapped.length(), end) + peer.substring(end + 1)
        : peer;
  }

  /** How long ago data was last received or sent; less than 0: not known. */
  static long quietMillis(InetDiag.Connection connection) {
    return Math.min(connection.lastSentMillisAgo(), connection.lastReceivedMillisAgo());
  }
}
