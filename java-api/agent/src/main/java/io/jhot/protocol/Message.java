package io.jhot.protocol;

import java.util.Arrays;
import java.util.List;

/**
 * What jhot and its agent say to each other. Records only: immutable, compared by value, safe to
 * share between threads.
 *
 * <p>A {@code ref} names one listening socket within one generation. jhot chooses it in {@link
 * Inherited}; the agent chooses it in {@link Opened}, never one that an {@link Inherited} of the
 * same generation has.
 */
public sealed interface Message {
  /** The longest text in a message, in bytes of UTF-8; what is longer is cut where it is made. */
  int MAX_TEXT = 4_000;

  /** The longest name that is only shown, likewise. */
  int MAX_NAME = 200;

  // ---- from the agent to jhot ----

  /**
   * The first message of a JVM. Several JVMs may use one channel one after the other (a script that
   * runs {@code java -version} first); the newest pid counts.
   *
   * @param protocol the newest {@link Wire#VERSION} that the agent understands
   * @param pid the JVM's own process id, in its own pid namespace
   * @param java the JVM's {@code java.version}
   * @param canExport whether the agent can send listening sockets ({@link Opened}): Java 22 and
   *     later
   * @param agent the agent's version
   */
  record Hello(int protocol, long pid, String java, boolean canExport, String agent)
      implements Message {
    /** Bounds the texts: an app may set {@code java.version} to anything. */
    public Hello {
      java = Excerpt.of(java, MAX_NAME);
      agent = Excerpt.of(agent, MAX_NAME);
    }
  }

  /** The app listens on a socket of its own; exactly that one socket rides along. */
  record Opened(int ref) implements Message {}

  /**
   * The app listens on a socket of its own that the agent cannot send; said after {@link Fetching}
   * only. The number stays this socket's until {@link Closed} is answered.
   *
   * @param fd its number in the app's process
   */
  record OpenedAt(int ref, int fd) implements Message {}

  /** The app's bind got the inherited listener {@code ref}; it is staged until {@link GoLive}. */
  record Taken(int ref) implements Message {}

  /**
   * The app is closing that listener. The agent holds the close back until {@link Released}, at
   * most one second.
   */
  record Closed(int ref) implements Message {}

  /** The answer to {@link GoLive}: every staged listener is the shared socket now. */
  record Live() implements Message {}

  /**
   * The answer to {@link Park}: the app accepts no connection any more.
   *
   * @param listeners how many listeners were parked
   */
  record Parked(int listeners) implements Message {}

  /** The app says that it is ready to serve. */
  record Ready() implements Message {}

  /** The app's own word on how it fares, one line, for {@code jhot status}. */
  record Status(String text) implements Message {
    /** Bounds the text. */
    public Status {
      text = Excerpt.of(text, MAX_TEXT);
    }
  }

  /** Something the agent could not do and why, one line, for jhot's log. */
  record Trouble(String text) implements Message {
    /** Bounds the text. */
    public Trouble {
      text = Excerpt.of(text, MAX_TEXT);
    }
  }

  /**
   * The app listens on a socket that jhot cannot get: it serves, but no later generation can take
   * that socket over.
   */
  record NotShared() implements Message {}

  /** The answer to {@link RestoreOutput}. */
  record OutputRestored() implements Message {}

  /** The app will say {@link Ready} itself: nothing else makes it ready. */
  record ReadyDeclared() implements Message {}

  /**
   * One of the app's drain hooks has ended.
   *
   * @param name how the app calls it
   * @param phase the phase that it ran in
   * @param millis how long it took
   * @param failure what went wrong, one line; empty: nothing
   */
  record HookEnded(String name, int phase, long millis, String failure) implements Message {
    /** Bounds the texts. */
    public HookEnded {
      name = Excerpt.of(name, MAX_NAME);
      failure = Excerpt.of(failure, MAX_TEXT);
    }
  }

  /**
   * The answer to {@link Drain}: no hook runs any more.
   *
   * @param inFlight how many units of tracked work have not ended
   */
  record Drained(int inFlight) implements Message {}

  /**
   * Wants something of the generation before or after this one; jhot passes it on as {@link Asked}.
   * With {@link Subject#CONNECTION} exactly that socket rides along.
   *
   * @param request the asker's number for it, in {@link Answered}
   * @param name what the two generations call it
   * @param cargo what goes with it, as the subject has it
   */
  record Ask(int request, Subject subject, String name, Cargo cargo) implements Message {}

  /**
   * The answer to {@link Asked}. A memory file rides along where one was asked for and is there.
   *
   * @param request the number in {@link Asked}
   * @param done whether what was asked for was done
   * @param reason why not, one line; else empty
   * @param cargo what goes with it, as the subject has it
   */
  record Answer(int request, boolean done, String reason, Cargo cargo) implements Message {
    /** Bounds the reason. */
    public Answer {
      reason = Excerpt.of(reason, MAX_TEXT);
    }
  }

  /**
   * Bytes that jhot passes on without looking at them; a part of messages, none of its own.
   *
   * @param bytes at most {@link Wire#MAX_CARGO}; not to be changed
   */
  record Cargo(byte[] bytes) {
    /** No bytes. */
    public static final Cargo NONE = new Cargo(new byte[0]);

    @Override
    public boolean equals(Object other) {
      return other instanceof Cargo cargo && Arrays.equals(bytes, cargo.bytes);
    }

    @Override
    public int hashCode() {
      return Arrays.hashCode(bytes);
    }

    @Override
    public String toString() {
      return bytes.length + " bytes";
    }
  }

  /** What generations want of each other. */
  enum Subject {
    /**
     * A successor wants state of its predecessor; the answer brings it in a memory file. The cargo
     * of {@link Asked} is how many bytes that may have, as an i64; none: as many as there are.
     */
    STATE,
    /** A predecessor offers an open connection to its successor; the answer is yes or no. */
    CONNECTION
  }

  /**
   * A part of the answer to {@link Look}.
   *
   * @param request the number in {@link Look}
   * @param more whether another part follows
   * @param whole whether every server that the agent knows could be looked at; else a connection
   *     that is in no part may have anything under way
   * @param connections what the servers of the app say of their connections; one that is not in any
   *     part is of a server that the agent does not know
   */
  record Looked(int request, boolean more, boolean whole, List<Connection> connections)
      implements Message {
    /** How many connections one message has room for. */
    public static final int MAX = 1000;

    /** Takes a copy of the list. */
    public Looked {
      connections = List.copyOf(connections);
    }
  }

  /**
   * One connection that a client made; a part of {@link Looked}, no message of its own.
   *
   * @param peer the client's address, 4 or 16 bytes
   * @param peerPort its port
   * @param localPort the port that it came to
   * @param work what is under way on it
   */
  record Connection(Cargo peer, int peerPort, int localPort, Work work) {}

  // ---- from jhot to the agent ----

  /**
   * The answer to {@link Hello}. All descriptors are numbers in the app's process, inherited at
   * exec; -1 stands for none.
   *
   * @param generation the generation's number, from 1
   * @param parkingFd a listening socket that is never ready, put under a parked listener
   * @param stagingFd another one, put under a staged listener
   * @param stdoutFd the original standard output, for {@link RestoreOutput}; -1: nothing to restore
   * @param stderrFd the original standard error, likewise
   * @param live inherited listeners are the shared socket at bind at once; nothing is staged
   * @param keepOnLoss the app lives on when jhot dies
   * @param listeners the sockets that a bind of this generation may take over
   */
  record Welcome(
      int generation,
      int parkingFd,
      int stagingFd,
      int stdoutFd,
      int stderrFd,
      boolean live,
      boolean keepOnLoss,
      List<Inherited> listeners)
      implements Message {
    /** Takes a copy of the list. */
    public Welcome {
      listeners = List.copyOf(listeners);
    }
  }

  /**
   * One inherited listening socket; a part of {@link Welcome}, no message of its own.
   *
   * @param ref its name in this generation
   * @param fd its number in the app's process
   * @param text what it is, for a person: {@code tcp://0.0.0.0:80}
   */
  record Inherited(int ref, int fd, String text) {
    /** Bounds the text. */
    public Inherited {
      text = Excerpt.of(text, MAX_NAME);
    }

    /** So many fit into one message; of more, the others come before, each message with so many. */
    public static final int MAX = 250;
  }

  /**
   * Comes before {@link Welcome}: sockets that this generation's listeners are staged on, so that
   * jhot can connect to this generation alone. A listener that is not among them is staged on
   * {@link Welcome#stagingFd}.
   *
   * @param sockets by the {@code ref} that {@link Welcome#listeners} has for the listener; {@code
   *     fd} is the socket to be staged on
   */
  record Staging(List<Inherited> sockets) implements Message {
    /** Takes a copy of the list. */
    public Staging {
      sockets = List.copyOf(sockets);
    }
  }

  /**
   * Comes before {@link Welcome}: sockets that a bind of this generation may take over, where there
   * are more than fit into that message.
   *
   * @param sockets at most {@link Inherited#MAX}
   */
  record Lent(List<Inherited> sockets) implements Message {
    /** The first {@link Wire#VERSION} that has it. */
    public static final int SINCE = 4;

    /** Takes a copy of the list. */
    public Lent {
      sockets = List.copyOf(sockets);
    }
  }

  /**
   * Comes before {@link Welcome}: jhot can fetch sockets from this process by their number, so an
   * agent that cannot send them is to say {@link OpenedAt}.
   */
  record Fetching() implements Message {
    /** The first {@link Wire#VERSION} that has it. */
    public static final int SINCE = 3;
  }

  /** Put the shared socket under every staged or parked listener and answer {@link Live}. */
  record GoLive() implements Message {}

  /**
   * Put the parking socket under every listener, let answers say {@code Connection: close}, and
   * answer {@link Parked}. May be said again, with {@code last}, to a parked generation.
   *
   * @param last no generation follows: close the retained duplicates of the shared sockets too
   */
  record Park(boolean last) implements Message {}

  /**
   * The answer to {@link Closed}. Unasked: let go of a duplicate of that socket that is retained
   * but not in use, because another generation has closed it for good.
   *
   * @param kept jhot keeps its copy (it opened the socket itself, or another generation serves it),
   *     so the agent keeps one too, for a later bind; false: the port is to be free now
   */
  record Released(int ref, boolean kept) implements Message {
    /** jhot's copy is closed. */
    public Released(int ref) {
      this(ref, false);
    }
  }

  /** Put the original standard output and error back and answer {@link OutputRestored}. */
  record RestoreOutput() implements Message {}

  /**
   * Run the app's drain hooks, and wait for its tracked work, then answer {@link Drained}. A hook
   * that is not done in time is given up.
   *
   * @param reason why it drains: {@code RELOAD}, {@code STOP}, or a later jhot's word
   * @param millis how long that may take; jhot goes on without an answer then
   * @param successor the generation that serves now; 0: none
   */
  record Drain(String reason, long millis, int successor) implements Message {
    /** The first {@link Wire#VERSION} that has it: an agent of an earlier one never answers. */
    public static final int SINCE = 2;
  }

  /**
   * Ask the app's servers what is under way on their connections, and answer {@link Looked}. Comes
   * after {@link Park} only, and again when it has been answered.
   *
   * @param request jhot's number for it
   */
  record Look(int request) implements Message {
    /** The first {@link Wire#VERSION} that has it: an agent of an earlier one never answers. */
    public static final int SINCE = 4;
  }

  /**
   * Another generation's {@link Ask}.
   *
   * @param request jhot's number for it, in {@link Answer}
   * @param from the generation that asks
   */
  record Asked(int request, int from, Subject subject, String name, Cargo cargo)
      implements Message {}

  /**
   * Another generation's {@link Answer}, or jhot's own where there is none to ask.
   *
   * @param request the asker's number for it
   * @param from the generation that answered; 0: jhot
   */
  record Answered(int request, int from, boolean done, String reason, Cargo cargo)
      implements Message {
    /** Bounds the reason. */
    public Answered {
      reason = Excerpt.of(reason, MAX_TEXT);
    }
  }

  // ---- from the future ----

  /** A message of a newer peer that this side does not know; to be logged and ignored. */
  record Unknown(int type) implements Message {}
}
