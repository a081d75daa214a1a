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
import java.util.Set;

/**
 * What jhot and the agents of the generations say to each other. Invariants: what is no message, or
 * makes no sense, costs only itself; every descriptor that came along is a listener's, a parcel
 * that waits to be passed on, or closed; a JVM that an agent named is in the reactor as long as it
 * is the {@link Child}'s.
 */
public final class Agents implements AutoCloseable {
  /** In milliseconds; a shortage of the kernel's passes or stays, and is not to be waited for. */
  public static final long RETRY_AFTER = 20;

  /** So much is read of one agent in one round: a flood is not to keep others waiting. */
  private static final int MAX_MESSAGES = 64;

  /** More than a socket's buffer holds; a process that it left behind may send on for ever. */
  private static final int MAX_LAST_MESSAGES = 10_000;

  private final HeldListeners listeners;
  private final Reactor reactor;
  private final List<OsEvent> events;

  /** What rode along with a message that is not yet passed on; owned. */
  private final Map<Integer, Fd> parcels = new HashMap<>();

  private int lastParcel;

  /** To whom something is to be sent a little later. */
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

  /** Begins to listen to the agents of a generation; one that can have none has no channel. */
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

  /** Reads what the agents of a process that has ended have still said. */
  public void readRest(Child child) throws IOException {
    read(child, MAX_LAST_MESSAGES);
  }

  /** Listens no more to the agents of a generation. */
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

  /** Lists of as many as fit into a message. */
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

  /** Sends a message; without an agent, nothing happens. */
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
      return; // the other end is gone: reading says so, as an event
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

  /** Sends what the kernel had no room for. */
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
  public boolean forward(Child child, Message message, int parcel) {
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
      return false; // the other end is gone: reading says so, as an event
    } catch (IOException e) {
      lost(child, e);
      return false;
    } finally {
      if (riding != null) {
        riding.close();
      }
    }
  }

  /** Closes what rode along with a message, as {@link Os#discard}. */
  public void discard(int parcel) {
    Fd unwanted = parcels.remove(parcel);
    if (unwanted != null) {
      unwanted.close();
    }
  }

  /** Sends what had to wait for room in the channel. */
  private void flush(Child child) throws IOException {
    if (child.control != null) {
      try {
        child.outbox.flush();
        retryIfShort(child);
      } catch (PeerClosedException e) {
        child.outbox.drop(); // the other end is gone: reading says so, as an event
      } catch (IOException e) {
        lost(child, e);
        child.outbox.drop();
      }
    }
  }

  /**
   * Reads what an agent has said.
   *
   * @param most so many messages at once
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
          ignore(child, e.getMessage());
        } catch (ErrnoException e) {
          if (e.errno() != Errno.EMSGSIZE) {
            throw e;
          }
          ignore(child, e.getMessage());
        }
      }
      return; // the rest when others have had their turn
    } catch (PeerClosedException e) {
      // the plain end: the app has closed its side or is gone
    } catch (IOException e) {
      why = e.getMessage();
    }
    if (child.control != null) {
      reactor.remove(child.control);
      child.closeControl();
      child.work.mayTell(false);
      events.add(new OsEvent.AgentLost(child.generation, why));
    }
  }

  /** Once for each generation: who sends nonsense may send much of it. */
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

  /** The app listens, and jhot cannot keep the socket for a later generation. */
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
      throw new ProtocolException(e.getMessage());
    }
    child.refer(ref, listener);
    child.handsOver = true;
    int port = listeners.get(listener).port();
    if (port != 0) {
      child.ports.add(port);
    }
    return listener;
  }

  /** A socket of the app's, owned by the caller; null: jhot has no descriptor left for it. */
  private static Fd fetch(Child child, Message.OpenedAt opened) throws ProtocolException {
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
   * Whether sockets that an agent cannot send may be fetched from its JVM: asked by fetching its
   * end of this very channel, since the kernel, ptrace_scope or a seccomp profile may say no.
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
      return false; // the agent says what to do, as soon as there is a socket that it is about
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
      // looked up after the pidfd is open: the number cannot be somebody else's by now
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

  /** A JVM behind a wrapper has ended, and the wrapper goes on: its channel will not tell. */
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
