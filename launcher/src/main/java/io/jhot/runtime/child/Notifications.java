package io.jhot.runtime.child;

import io.jhot.ffm.ErrnoException;
import io.jhot.ffm.Fd;
import io.jhot.ffm.Sockets;
import io.jhot.runtime.Journal;
import io.jhot.runtime.OsEvent;
import io.jhot.runtime.poll.Reactor;
import io.jhot.supervisor.Effect.Level;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * Reads what generations write to their {@code NOTIFY_SOCKET} (sd_notify(3)), and believes only
 * senders that belong to them ({@link NotifySender}). For the loop's thread.
 */
public final class Notifications {
  /**
   * How many messages of one generation are read per round, so that a flood does not starve others.
   */
  private static final int MAX_MESSAGES = 64;

  private final Reactor reactor;
  private final Journal journal;
  private final List<OsEvent> events;

  /**
   * @param reactor calls this when a generation has written
   * @param journal where to report strangers
   * @param events get what generations say
   */
  public Notifications(Reactor reactor, Journal journal, List<OsEvent> events) {
    this.reactor = reactor;
    this.journal = journal;
    this.events = events;
  }

  /** Starts reading what a generation writes. */
  public void add(Child child) throws ErrnoException {
    reactor.add(
        child.notify,
        new Reactor.Handler() {
          @Override
          public void ready() throws IOException {
            read(child);
          }
        });
  }

  /** Stops reading it. */
  public void remove(Child child) throws ErrnoException {
    reactor.remove(child.notify);
  }

  private void read(Child child) throws IOException {
    for (int i = 0; i < MAX_MESSAGES; i++) {
      Sockets.Datagram datagram = Sockets.receiveNotify(child.notify);
      if (datagram == null) {
        return;
      }
      for (Fd unwanted : datagram.fds()) {
        unwanted.close();
      }
      if (NotifySender.speaksFor(child, datagram.pid(), datagram.uid())) {
        events.add(
            new OsEvent.Notified(
                child.generation, new String(datagram.bytes(), StandardCharsets.UTF_8)));
      } else if (!child.strangerSpoke) {
        child.strangerSpoke = true;
        journal.log(
            Level.WARN,
            "generation "
                + child.generation
                + ": process "
                + datagram.pid()
                + " of user "
                + Integer.toUnsignedString(datagram.uid())
                + " writes to its NOTIFY_SOCKET, and is none of its processes: that is ignored");
      }
    }
  }
}
