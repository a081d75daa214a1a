package io.jhot.runtime.child;

import io.jhot.ffm.ControlMessage;
import io.jhot.ffm.Errno;
import io.jhot.ffm.ErrnoException;
import io.jhot.ffm.Fd;
import io.jhot.ffm.PeerClosedException;
import io.jhot.ffm.PidFd;
import io.jhot.protocol.Message;
import io.jhot.protocol.ProtocolException;
import io.jhot.protocol.Wire;
import io.jhot.runtime.Os;
import io.jhot.runtime.OsEvent;
import io.jhot.runtime.poll.Reactor;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Talks with the agents of the generations. Invariants: a malformed message is dropped and has no
 * other effect; every descriptor that is received becomes a listener or a parcel (a descriptor to
 * be passed on to another generation), or is closed; a JVM that an agent named is in the reactor as
 * long as it belongs to the {@link Child}. For the loop's thread.
 */
public final class Agents implements AutoCloseable {
  /** How long to wait before sending again when the kernel is short of memory. In milliseconds. */
  public static final long RETRY_AFTER = 20;

  /** How many messages of one agent are read per round, so that a flood does not starve others. */
  private static final int MAX_MESSAGES = 64;

  /** More than a socket's buffer holds. Bounded: a process left behind may go on sending. */
  private static final int MAX_LAST_MESSAGES = 10_000;

  private final HeldListeners listeners;
  private final Reactor reactor;
  private final List<OsEvent> events;

  /** Parcels that are not yet passed on, by number; owned. */
  private final Map<Integer, Fd> parcels = new HashMap<>();

  private int lastParcel;

  /** Those to whom the kernel could not send yet. */
  private final Set<Child> shortOfRoom = new HashSet<>();

  /**
   * @param listeners get what apps open
   * @param reactor calls this when an agent has said something
   * @param events get what agents say, and what is wrong with them
   */
  public Agents(HeldListeners listeners, Reactor reactor, List<OsEvent> events) {
    this.listeners = listeners;
    this.reactor = reactor;
    this.events = events;
  }

  /** Starts reading from the agents of a generation; does nothing if it can have none. */
  public void add(Child child) throws IOException {
    if (child.control == null) {
      return;
    }
    reactor.add(
        child.control,
        new Reactor.Handler() {
          @Override
          public void ready() throws IOException {
            flush(child);
            read(child, MAX_MESSAGES);
          }
        });
    child.outbox = new Outbox(child.control, reactor);
  }

  /** Reads the last messages of a process that has ended. */
  public void readRest(Child child) throws IOException {
    read(child, MAX_LAST_MESSAGES);
  }

  /** Stops reading from the agents of a generation. */
  public void remove(Child child) throws ErrnoException {
    if (child.control != null) {
      reactor.remove(child.control);
    }
    forgetJvm(child);
  }

  /** Answers a hello, as {@link Os#welcome}. */
  public void welcome(Child child, boolean live) {
    Message.Welcome w = child.welcome;
    if (w == null) {
      return;
    }
    for (List<Message.Inherited> some : parts(child.stagings)) {
      send(child, new Message.Staging(some));
    }
    if (child.fetches) {
      send(child, new Message.Fetching());
    }
    List<List<Message.Inherited>> lent = parts(w.listeners());
    for (List<Message.Inherited> some : lent.subList(0, Math.max(0, lent.size() - 1))) {
      lend(child, some);
    }
    send(
        child,
        new Message.Welcome(
            w.generation(),
            w.parkingFd(),
            w.stagingFd(),
            w.stdoutFd(),
            w.stderrFd(),
            live,
            w.keepOnLoss(),
            lent.isEmpty() ? List.of() : lent.getLast()));
  }

  /** The list in parts that fit into one message each. */
  private static List<List<Message.Inherited>> parts(List<Message.Inherited> all) {
    List<List<Message.Inherited>> parts = new ArrayList<>();
    for (int from = 0; from < all.size(); from += Message.Inherited.MAX) {
      parts.add(all.subList(from, Math.min(all.size(), from + Message.Inherited.MAX)));
    }
    return parts;
  }

  private void lend(Child child, List<Message.Inherited> some) {
    if (child.protocol >= Message.Lent.SINCE) {
      send(child, new Message.Lent(some));
    } else {
      trouble(
          child,
          "its agent is of an older jhot and cannot be told of "
              + some.size()
              + " of the listeners: start jhot again to have both alike");
    }
  }

  /** Sends a message; does nothing without an agent. */
  public void send(Child child, Message message) {
    if (child.control == null) {
      return;
    }
    try {
      if (!child.outbox.send(Wire.encode(message))) {
        trouble(child, "its agent does not read what jhot says to it");
      }
      retryIfShort(child);
    } catch (PeerClosedException e) {
      return; // the other end is gone: the next read reports that
    } catch (IOException e) {
      lost(child, e);
    }
  }

  private void retryIfShort(Child child) {
    if (child.outbox.isShort()) {
      shortOfRoom.add(child);
    }
  }

  private void lost(Child child, IOException why) {
    trouble(child, "a message to its agent is lost: " + why.getMessage());
  }

  private void trouble(Child child, String text) {
    events.add(new OsEvent.AgentTroubled(child.generation, text));
  }

  /** Asks the app's servers, as {@link Os#look}. */
  public void look(Child child, long now) {
    Message.Look question = child.work.question(now);
    if (question != null) {
      send(child, question);
    }
  }

  /** Whether {@link #retry} is due in {@link #RETRY_AFTER}. */
  public boolean needsRetry() {
    return !shortOfRoom.isEmpty();
  }

  /** Sends what the kernel could not send before. */
  public void retry() throws IOException {
    for (Child child : List.copyOf(shortOfRoom)) {
      shortOfRoom.remove(child);
      flush(child);
    }
  }

  /**
   * Sends a message and a parcel, as {@link Os#forward}.
   *
   * @param child to whom; null: the parcel is closed
   */
  public boolean forward(@Nullable Child child, Message message, int parcel) {
    Fd riding = parcels.remove(parcel);
    try {
      if (child == null || child.control == null) {
        return false;
      }
      boolean sent =
          child.outbox.sendNow(Wire.encode(message), riding == null ? List.of() : List.of(riding));
      retryIfShort(child);
      return sent;
    } catch (PeerClosedException e) {
      return false; // the other end is gone: the next read reports that
    } catch (IOException e) {
      lost(child, e);
      return false;
    } finally {
      if (riding != null) {
        riding.close();
      }
    }
  }

  /** Closes a parcel, as {@link Os#discard}. */
  public void discard(int parcel) {
    Fd unwanted = parcels.remove(parcel);
    if (unwanted != null) {
      unwanted.close();
    }
  }

  /** Sends what waits for room in the channel. */
  private void flush(Child child) throws IOException {
    if (child.control != null) {
      try {
        child.outbox.flush();
        retryIfShort(child);
      } catch (PeerClosedException e) {
        child.outbox.drop(); // the other end is gone: the next read reports that
      } catch (IOException e) {
        lost(child, e);
        child.outbox.drop();
      }
    }
  }

  /**
   * Reads what an agent has said.
   *
   * @param most how many messages
   */
  private void read(Child child, int most) throws IOException {
    String why = "";
    try {
      for (int i = 0; i < most && child.control != null; i++) {
        try {
          ControlMessage.Received received = ControlMessage.receive(child.control, Wire.MAX_BYTES);
          if (received == null) {
            return;
          }
          heard(child, received);
        } catch (ProtocolException e) {
          ignore(child, String.valueOf(e.getMessage()));
        } catch (ErrnoException e) {
          if (e.errno() != Errno.EMSGSIZE) {
            throw e;
          }
          ignore(child, String.valueOf(e.getMessage()));
        }
      }
      return; // the rest in the next round
    } catch (PeerClosedException e) {
      // end of stream: the app has closed its side or is gone
    } catch (IOException e) {
      why = String.valueOf(e.getMessage());
    }
    if (child.control != null) {
      reactor.remove(child.control);
      child.closeControl();
      child.work.mayTell(false);
      events.add(new OsEvent.AgentLost(child.generation, why));
    }
  }

  /** Reported once for each generation, for there may be many. */
  private void ignore(Child child, String why) {
    if (!child.ignores) {
      child.ignores = true;
      trouble(child, "its agent sent what cannot be used, which is ignored from now on: " + why);
    }
  }

  private void heard(Child child, ControlMessage.Received received) throws IOException {
    List<Fd> descriptors = received.descriptors();
    int listener = -1;
    try {
      Message message = Wire.decode(received.bytes(), received.bytes().length);
      if (message instanceof Message.Hello hello) {
        child.greeted = true;
        nameJvm(child, hello.pid());
        child.protocol = hello.protocol();
        child.fetches = canFetch(child, hello);
        child.work.mayTell(hello.protocol() >= Message.Look.SINCE);
      } else if (message instanceof Message.Opened opened) {
        if (!received.complete()) {
          noDescriptorFor(child);
          return;
        }
        if (descriptors.size() != 1 || child.listener(opened.ref()) != null) {
          throw new ProtocolException("it opened a listener without sending exactly one socket");
        }
        listener = adopt(child, opened.ref(), descriptors.getFirst().transfer());
      } else if (message instanceof Message.OpenedAt opened) {
        if (!child.fetches || child.listener(opened.ref()) != null) {
          throw new ProtocolException("it opened a listener that jhot is not to fetch");
        }
        Fd socket = fetch(child, opened);
        if (socket == null) {
          noDescriptorFor(child);
          return;
        }
        listener = adopt(child, opened.ref(), socket);
        message = new Message.Opened(opened.ref());
      } else if (message instanceof Message.Looked looked) {
        child.work.hear(looked, System.nanoTime() / 1_000_000);
        return;
      } else if (message instanceof Message.Taken taken) {
        listener = known(child, taken.ref());
        child.handsOver = true;
      } else if (message instanceof Message.Closed closed) {
        if (child.listener(closed.ref()) == null) {
          send(child, new Message.Released(closed.ref(), false)); // jhot never had it
        }
        listener = known(child, closed.ref());
      }
      child.keepsOne |= message instanceof Message.NotShared;
      if ((message instanceof Message.Ask || message instanceof Message.Answer)
          && !descriptors.isEmpty()) {
        listener = ++lastParcel;
        parcels.put(lastParcel, descriptors.getFirst().transfer());
      }
      events.add(new OsEvent.AgentSaid(child.generation, message, listener));
    } finally {
      for (Fd descriptor : descriptors) {
        if (descriptor.isOpen()) {
          descriptor.close();
        }
      }
    }
  }

  /** jhot has no descriptor left for a listener, so no later generation can take it over. */
  private void noDescriptorFor(Child child) {
    child.keepsOne = true;
    if (!child.lacksDescriptors) {
      child.lacksDescriptors = true;
      trouble(
          child,
          "it opened a listener that jhot has no descriptor left for, so a reload cannot take it"
              + " over: raise the limit of open descriptors (ulimit -n) and start jhot again");
    }
    events.add(new OsEvent.AgentSaid(child.generation, new Message.NotShared(), -1));
  }

  /** Takes a listener that the app has opened. */
  private int adopt(Child child, int ref, Fd socket) throws ProtocolException {
    int listener;
    try {
      listener = listeners.adopt(socket);
    } catch (IOException e) {
      throw new ProtocolException(String.valueOf(e.getMessage()));
    }
    child.refer(ref, listener);
    child.handsOver = true;
    int port = Objects.requireNonNull(listeners.get(listener)).port();
    if (port != 0) {
      child.ports.add(port);
    }
    return listener;
  }

  /** A socket of the app's, owned by the caller; null: jhot has no descriptor left for it. */
  private static @Nullable Fd fetch(Child child, Message.OpenedAt opened) throws ProtocolException {
    try {
      return child.app().fetch(opened.fd());
    } catch (ErrnoException e) {
      if (e.errno() == Errno.EMFILE || e.errno() == Errno.ENFILE) {
        return null;
      }
      throw new ProtocolException(e.getMessage());
    }
  }

  /**
   * Whether jhot may fetch sockets (pidfd_getfd) that an agent cannot send. The kernel,
   * ptrace_scope or a seccomp profile may forbid it, so it is tried on the agent's end of the
   * channel.
   */
  private static boolean canFetch(Child child, Message.Hello hello) {
    if (hello.canExport()
        || hello.protocol() < Message.Fetching.SINCE
        || hello.pid() != child.appPid()) {
      return false;
    }
    try (Fd end = child.app().fetch(child.controlNumber)) {
      return end.isOpen();
    } catch (ErrnoException e) {
      return false; // the agent reports what to do once the app has a socket
    }
  }

  /**
   * Learns which process the app's JVM is.
   *
   * @param named the pid that the agent gave; believed only when it is in the generation's group
   */
  private void nameJvm(Child child, long named) throws IOException {
    if (named == child.appPid() || named <= 1 || named > Integer.MAX_VALUE) {
      return;
    }
    forgetJvm(child);
    if (named == child.pid) {
      return;
    }
    int pid = (int) named;
    try {
      PidFd opened = PidFd.open(pid);
      // looked up after the pidfd is open: the pid cannot have been reused by then
      if (ProcessFacts.processGroup(pid) != child.pid) {
        opened.close();
        return;
      }
      child.jvm = opened;
      child.jvmPid = pid;
      reactor.add(opened.fd(), () -> loseJvm(child));
    } catch (ErrnoException e) {
      return; // gone already: a wrapper that asks `java -version` first
    }
  }

  /**
   * A JVM behind a wrapper has ended; the wrapper keeps the channel open, so that tells nothing.
   */
  private void loseJvm(Child child) throws IOException {
    forgetJvm(child);
    child.work.mayTell(false);
    events.add(new OsEvent.AgentLost(child.generation, ""));
  }

  private void forgetJvm(Child child) throws ErrnoException {
    if (child.jvm != null) {
      reactor.remove(child.jvm.fd());
      child.jvm.close();
      child.jvm = null;
    }
  }

  private static int known(Child child, int ref) throws ProtocolException {
    Integer listener = child.listener(ref);
    if (listener == null) {
      throw new ProtocolException("it speaks of listener " + ref + ", which it does not have");
    }
    return listener;
  }

  @Override
  public void close() {
    for (Fd parcel : parcels.values()) {
      parcel.close();
    }
    parcels.clear();
  }
}
