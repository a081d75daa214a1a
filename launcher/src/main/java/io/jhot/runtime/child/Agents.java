package io.jhot.runtime;

import io.jhot.ffm.ControlMessage;
import io.jhot.ffm.Errno;
import io.jhot.ffm.ErrnoException;
import io.jhot.ffm.Fd;
import io.jhot.ffm.PeerClosedException;
import io.jhot.ffm.PidFd;
import io.jhot.ffm.Poller;
import io.jhot.protocol.Message;
import io.jhot.protocol.ProtocolException;
import io.jhot.protocol.Wire;
import io.jhot.runtime.Journal.Level;
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
 * that waits to be passed on, or closed; a JVM that an agent named is in the poller as long as it
 * is the {@link Child}'s.
 */
final class Agents implements AutoCloseable {
  /** In milliseconds; a shortage of the kernel's passes or stays, and is not to be waited for. */
  static final long RETRY_AFTER = 20;

  private final Listeners listeners;
  private final Poller poller;
  private final Journal journal;

  /** What rode along with a message that is not yet passed on; owned. */
  private final Map<Integer, Fd> parcels = new HashMap<>();

  private int lastParcel;

  /** To whom something is to be sent a little later. */
  private final Set<Child> shortOfRoom = new HashSet<>();

  Agents(Listeners listeners, Poller poller, Journal journal) {
    this.listeners = listeners;
    this.poller = poller;
    this.journal = journal;
  }

  /** Answers a hello, as {@link Os#welcome}. */
  void welcome(Child child, boolean live) {
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
    for (int from = 0; from < all.size(); from += Message.Inherited.MOST) {
      parts.add(all.subList(from, Math.min(all.size(), from + Message.Inherited.MOST)));
    }
    return parts;
  }

  private void lend(Child child, List<Message.Inherited> some) {
    if (child.protocol >= Message.Lent.SINCE) {
      send(child, new Message.Lent(some));
    } else {
      journal.log(
          Level.WARNING,
          "generation "
              + child.generation
              + ": its agent is of an older jhot and cannot be told of "
              + some.size()
              + " of the listeners: start jhot again to have both alike");
    }
  }

  /** Sends a message; without an agent, nothing happens. */
  void send(Child child, Message message) {
    if (child.control == null) {
      return;
    }
    try {
      if (!child.outbox.send(Wire.encode(message))) {
        journal.log(
            Level.WARNING,
            "generation " + child.generation + ": its agent does not read what jhot says to it");
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
    journal.log(
        Level.WARNING,
        "generation "
            + child.generation
            + ": what jhot says to its agent is lost: "
            + why.getMessage());
  }

  /** Whether {@link #retry} is due in {@link #RETRY_AFTER}. */
  boolean needsRetry() {
    return !shortOfRoom.isEmpty();
  }

  /** Sends what the kernel had no room for. */
  void retry() throws IOException {
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
  boolean forward(Child child, Message message, int parcel) {
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
  void discard(int parcel) {
    Fd unwanted = parcels.remove(parcel);
    if (unwanted != null) {
      unwanted.close();
    }
  }

  /** Sends what had to wait for room in the channel. */
  void flush(Child child) throws IOException {
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
  void read(Child child, int most, List<Happening> into) throws IOException {
    String why = "";
    try {
      for (int i = 0; i < most && child.control != null; i++) {
        try {
          ControlMessage.Received received = ControlMessage.receive(child.control, Wire.MOST_BYTES);
          if (received == null) {
            return;
          }
          heard(child, received, into);
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
      poller.remove(child.control);
      child.closeControl();
      child.work.mayTell(false);
      into.add(new Happening.AgentLost(child.generation, why));
    }
  }

  /** Once for each generation: who sends nonsense may send much of it. */
  private void ignore(Child child, String why) {
    if (!child.ignores) {
      child.ignores = true;
      journal.log(
          Level.WARNING,
          "generation "
              + child.generation
              + ": its agent sent what cannot be used, which is ignored from now on: "
              + why);
    }
  }

  private void heard(Child child, ControlMessage.Received received, List<Happening> into)
      throws IOException {
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
          noDescriptorFor(child, into);
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
          noDescriptorFor(child, into);
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
      into.add(new Happening.AgentSaid(child.generation, message, listener));
    } finally {
      for (Fd descriptor : descriptors) {
        if (descriptor.isOpen()) {
          descriptor.close();
        }
      }
    }
  }

  /** The app listens, and jhot cannot keep the socket for a later generation. */
  private void noDescriptorFor(Child child, List<Happening> into) {
    child.keepsOne = true;
    if (!child.lacksDescriptors) {
      child.lacksDescriptors = true;
      journal.log(
          Level.WARNING,
          "generation "
              + child.generation
              + " opened a listener that jhot has no descriptor left for, so a reload cannot take"
              + " it over: raise the limit of open descriptors (ulimit -n) and start jhot again");
    }
    into.add(new Happening.AgentSaid(child.generation, new Message.NotShared(), -1));
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
      poller.add(opened.fd(), Tokens.JVMS + child.generation, Poller.READABLE);
    } catch (ErrnoException e) {
      return; // gone already: a wrapper that asks `java -version` first
    }
  }

  /** A JVM behind a wrapper has ended, and the wrapper goes on: its channel will not tell. */
  void loseJvm(Child child, List<Happening> into) throws IOException {
    forgetJvm(child);
    child.work.mayTell(false);
    into.add(new Happening.AgentLost(child.generation, ""));
  }

  void forgetJvm(Child child) throws ErrnoException {
    if (child.jvm != null) {
      poller.remove(child.jvm.fd());
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
