package io.jhot.runtime;

import io.jhot.ffm.Signal;
import io.jhot.protocol.Excerpt;
import io.jhot.protocol.Message;
import io.jhot.protocol.Work;
import io.jhot.runtime.control.Reply;
import java.util.List;
import java.util.Map;
import java.util.SortedSet;
import org.jspecify.annotations.Nullable;

/**
 * Everything that the event loop does outside of itself. {@code LinuxOs} is the real one; tests
 * have one with virtual time. Called by the loop's thread only. Generations and listeners go by
 * number: the descriptors behind them never leave the implementation.
 */
public interface Os extends AutoCloseable {
  /** Milliseconds of a clock that only goes forward. */
  long now();

  /** The same clock in microseconds, as systemd reads CLOCK_MONOTONIC. */
  long nowMicros();

  /**
   * Sleeps until something happens or the deadline is reached.
   *
   * @param deadline in terms of {@link #now}; {@code Long.MAX_VALUE} for none
   * @return what happened, in order; empty if the deadline came first
   */
  List<OsEvent> await(long deadline);

  /**
   * Starts the app.
   *
   * @param generation the number of the new generation
   * @param start why it is started: {@code FIRST}, {@code RELOAD} or {@code RESTART}
   * @param predecessor the number of the generation that served last; 0: none has
   * @param listeners which sockets it gets
   * @return the pid of its first process
   * @throws NotStarted when it cannot be started
   */
  int spawn(int generation, String start, int predecessor, SortedSet<Integer> listeners)
      throws NotStarted;

  /**
   * Looks whether a generation could be started, without starting it.
   *
   * @param generation its number
   * @throws NotStarted when its program is not there
   */
  void check(int generation) throws NotStarted;

  /**
   * Why there is not enough memory for another generation as large as this one.
   *
   * @param generation which
   * @return a full clause with the figures; empty if there is enough, or nothing is known
   */
  String shortage(int generation);

  /**
   * Why another generation could not become ready beside this one: a port that only one of the two
   * can have. Known before it is started.
   *
   * @param serving the generation that serves
   * @param generation the one that is to be started
   * @return a full clause that says what would make it work; empty if no reason is known
   * @throws NotStarted when its program is not there
   */
  String obstacle(int serving, int generation) throws NotStarted;

  /**
   * Looks where a generation listens, without its help.
   *
   * @param generation which
   * @return its TCP listeners, without those that jhot holds itself; null if they cannot be seen
   */
  @Nullable Sight sight(int generation);

  /** How much memory is left, in bytes; {@link Long#MAX_VALUE}: no limit is known. */
  long memoryRoom();

  /**
   * Whether the manifest of the app's jar says that the app reports when it is ready. Called after
   * the start, so that reading the jar does not delay it.
   */
  boolean declaresReady(int generation);

  /**
   * Answers the hello of an agent.
   *
   * @param generation whose
   * @param live whether it puts jhot's sockets under the app's at once, because nobody else serves
   *     or it is the one that does
   */
  void welcome(int generation, boolean live);

  /**
   * Sends a message to the agent of a generation; does nothing without an agent.
   *
   * @param generation to whom
   * @param message what
   */
  void send(int generation, Message message);

  /**
   * Sends a message with its descriptor to the agent of a generation.
   *
   * @param parcel a number of {@link OsEvent.AgentSaid}, no longer valid after this; -1: none
   * @return false when it cannot be sent
   */
  boolean forward(int generation, Message message, int parcel);

  /**
   * Closes the descriptor that came with a message.
   *
   * @param parcel a number of {@link OsEvent.AgentSaid}; -1: nothing happens
   */
  void discard(int parcel);

  /**
   * Lets an app's close() return for a listener whose copy jhot keeps. Where jhot has closed its
   * copy, {@link #closeListener} has told the agent already.
   *
   * @param generation whose app closed it
   * @param listener which one
   */
  void confirmRelease(int generation, int listener);

  /**
   * Signals the app of a generation: its JVM where an agent named one, else its first process.
   *
   * @param generation whose
   * @param signal which
   */
  void signal(int generation, Signal signal);

  /**
   * Begins one attempt of the probe, without waiting for it; {@link OsEvent.Probed} follows.
   *
   * @param generation which is probed
   * @param attempt the attempt's number
   * @param listeners those that it holds
   * @param live whether the shared sockets are asked, and not the private ones of this generation
   */
  void probe(int generation, int attempt, SortedSet<Integer> listeners, boolean live);

  /**
   * Begins to warm a generation up, without waiting for it; {@link OsEvent.WarmedUp} follows.
   *
   * @param generation which
   * @param listeners those that it holds
   * @param live as for {@link #probe}
   */
  void warmUp(int generation, SortedSet<Integer> listeners, boolean live);

  /**
   * Cancels the probe or the warm-up of a generation.
   *
   * @param generation which
   */
  void endProbe(int generation);

  /**
   * Begins to get the threads of a generation's JVM, without waiting for them; {@link
   * OsEvent.ThreadsDumped} follows.
   *
   * @param generation whose
   */
  void dumpThreads(int generation);

  /**
   * Asks the app's servers, through the agent, what is in progress on their connections. Their
   * answer shows in {@link #vitals} and {@link #connections} from then on. Does nothing without an
   * agent that can tell.
   *
   * @param generation whose
   */
  void look(int generation);

  /**
   * The connections that a generation has on its listeners.
   *
   * @param generation whose
   * @return all of them, the most recently active first; null if /proc or netlink is unreadable
   */
  @Nullable List<Connection> connections(int generation);

  /**
   * Kills all processes known of a generation.
   *
   * @param generation whose
   */
  void kill(int generation);

  /**
   * Frees what belongs to a generation that has been reaped.
   *
   * @param generation which
   */
  void forget(int generation);

  /**
   * Closes jhot's copy of a listener and makes the agents that have one let go of it.
   *
   * @param listener which one
   */
  void closeListener(int listener);

  /**
   * Closes jhot's copies of all listeners and unlinks the unix sockets that it made.
   *
   * @param inUse those that generations may still accept from: their copies stay as they are
   */
  void closeListeners(SortedSet<Integer> inUse);

  /**
   * Closes the private sockets on which a generation was probed before it served; nothing happens
   * where there are none.
   *
   * @param generation which
   */
  void endStaging(int generation);

  /** The listeners that jhot holds, by number. */
  List<Listener> listeners();

  /**
   * Where a listener that jhot holds is bound.
   *
   * @param listener its number
   * @return its address; null if it is closed
   */
  @Nullable String address(int listener);

  /**
   * What the kernel says about a generation now.
   *
   * @param generation which
   * @return its memory and connections
   */
  Vitals vitals(int generation);

  /**
   * The last lines that a generation wrote while it started, where jhot relays them.
   *
   * @param generation which
   * @return oldest first; empty where they are not known
   */
  List<String> lastLines(int generation);

  /**
   * Answers a client.
   *
   * @param client whom
   * @param reply what
   */
  void answer(long client, Reply reply);

  /**
   * Sends a message to the service manager that started jhot. A failure is logged.
   *
   * @param state assignments as in man 3 sd_notify, one a line
   */
  void announce(String state);

  /** Writes the pid file, where one was asked for. */
  void writePidFile();

  /** Stops jhot and its children until jhot is continued, as Ctrl-Z asks. */
  void suspend();

  @Override
  void close();

  /** The app could not be started. */
  final class NotStarted extends Exception {
    private static final long serialVersionUID = 1;
    private static final int MAX_TEXT = 1_500;

    /** 127 not found, 126 not executable, 125 jhot's own failure. */
    public final int exitCode;

    /**
     * @param exitCode 125, 126 or 127
     * @param message one line
     */
    public NotStarted(int exitCode, String message) {
      super(Excerpt.of(message, MAX_TEXT)); // an app's command may be long
      this.exitCode = exitCode;
    }
  }

  /**
   * A listener that jhot holds.
   *
   * @param number its number
   * @param name its name
   * @param address for example {@code tcp://[::]:8080}
   * @param own whether jhot opened it itself
   */
  record Listener(int number, String name, String address, boolean own) {}

  /**
   * What is seen of a generation from outside.
   *
   * @param addresses where it listens, each once, such as {@code tcp://[::]:8080}
   * @param lasting those of them that its successor has to have too
   */
  record Sight(SortedSet<String> addresses, SortedSet<String> lasting) {}

  /**
   * One connection of a client.
   *
   * @param peer the client, such as {@code 192.0.2.7:4711}
   * @param port the port that it came to
   * @param seenMillis for how long jhot has seen it; jhot first looks when the drain begins, so it
   *     may be older
   * @param idleMillis how long ago data was last received or sent; -1: not known
   * @param work what is in progress on it
   */
  record Connection(String peer, int port, long seenMillis, long idleMillis, Work work) {}

  /**
   * A generation as the kernel sees it.
   *
   * @param pid the app's process: its JVM where an agent named one, else the first one
   * @param residentKilobytes resident memory in KiB, -1 when unknown
   * @param connections open TCP connections on its listeners, -1 when unknown
   * @param work what is in progress, and on how many of them; idle ones are left out
   * @param idleMillis how long the least idle of them has been idle
   */
  record Vitals(
      int pid, long residentKilobytes, int connections, Map<Work, Integer> work, long idleMillis) {
    /** How many of them are not idle. */
    public int busy() {
      int sum = 0;
      for (int count : work.values()) {
        sum += count;
      }
      return sum;
    }
  }
}
