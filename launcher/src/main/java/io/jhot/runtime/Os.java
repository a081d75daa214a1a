package io.jhot.runtime;

import io.jhot.ffm.Signal;
import io.jhot.protocol.Excerpt;
import io.jhot.protocol.Message;
import io.jhot.protocol.Work;
import java.util.List;
import java.util.Map;
import java.util.SortedSet;

/**
 * Everything that the event loop does to the world. {@link LinuxOs} is the real one; tests have one
 * with virtual time. Called by the loop's thread only. Generations and listeners go by number: the
 * descriptors behind them never leave the implementation.
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
   * @return what happened, in order; empty when the deadline came first
   */
  List<Happening> await(long deadline);

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
   * What is short for another generation as large as this one, beside all that runs.
   *
   * @param generation which
   * @return a full clause with the figures; empty where both have room, or nothing is known
   */
  String shortage(int generation);

  /**
   * What keeps another generation from becoming ready beside this one, told before it is started: a
   * port that only one of the two can have.
   *
   * @param serving the generation that serves
   * @param generation the one that is to be started
   * @return a full clause that says what would make it work; empty where nothing is known to be in
   *     the way
   * @throws NotStarted when its program is not there
   */
  String obstacle(int serving, int generation) throws NotStarted;

  /**
   * Looks where a generation listens, without its help.
   *
   * @param generation which
   * @return its TCP listeners but for those that jhot holds itself; null where nothing can be seen
   */
  Sight sight(int generation);

  /** How much memory may still be taken, in bytes; {@link Long#MAX_VALUE}: no limit is known. */
  long memoryRoom();

  /**
   * Whether the app's own jar says that the app will say when it is ready. Asked once the app has
   * been started, so that it costs its start nothing.
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
   * Sends a message to the agent of a generation; without an agent, nothing happens.
   *
   * @param generation to whom
   * @param message what
   */
  void send(int generation, Message message);

  /**
   * Sends a message and what rides along to the agent of a generation.
   *
   * @param parcel a number of {@link Happening.AgentSaid}, which is used up by this; -1: none
   * @return false when it cannot be sent
   */
  boolean forward(int generation, Message message, int parcel);

  /**
   * Closes what rode along with a message.
   *
   * @param parcel a number of {@link Happening.AgentSaid}; -1: nothing happens
   */
  void discard(int parcel);

  /**
   * Lets an app's close of a listener go on that jhot keeps; where jhot has closed its copy too,
   * {@link #closeListener} has told so already.
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
   * Begins one attempt of the probe, without waiting for it; {@link Happening.Probed} follows.
   *
   * @param generation which is probed
   * @param attempt the attempt's number
   * @param listeners those that it holds
   * @param live whether the shared sockets are asked, and not the private ones of this generation
   */
  void probe(int generation, int attempt, SortedSet<Integer> listeners, boolean live);

  /**
   * Begins to warm a generation up, without waiting for it; {@link Happening.WarmedUp} follows.
   *
   * @param generation which
   * @param listeners those that it holds
   * @param live as for {@link #probe}
   */
  void warmUp(int generation, SortedSet<Integer> listeners, boolean live);

  /**
   * Breaks off what the probe or the warm-up of a generation has under way.
   *
   * @param generation which
   */
  void endProbe(int generation);

  /**
   * Begins to get the threads of a generation's JVM, without waiting for them; {@link
   * Happening.ThreadsDumped} follows.
   *
   * @param generation whose
   */
  void dumpThreads(int generation);

  /**
   * Asks the app's servers, by the agent, what is under way on their connections; what they answer
   * is in {@link #vitals} and {@link #connections} from then on. Without an agent that can tell,
   * nothing happens.
   *
   * @param generation whose
   */
  void look(int generation);

  /**
   * The connections that a generation has on its listeners.
   *
   * @param generation whose
   * @return all of them, the one that was active last first; null when they are not known
   */
  List<Connection> connections(int generation);

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

  /** Closes jhot's copies of all listeners and unlinks the unix sockets that it made. */
  void closeListeners();

  /** The listeners that jhot holds, by number. */
  List<Listener> listeners();

  /**
   * Where a listener that jhot holds is bound.
   *
   * @param listener its number
   * @return its address; null when it is closed
   */
  String address(int listener);

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
   * Sends a message to the service manager that started jhot; one that cannot be sent is reported,
   * and nothing else comes of it.
   *
   * @param state assignments as in man 3 sd_notify, one a line
   */
  void announce(String state);

  /** Writes the pid file, where one was asked for. */
  void writePidFile();

  /** Stops jhot and its children until somebody continues it, as Ctrl-Z asks. */
  void suspend();

  @Override
  void close();

  /** The app could not be started. */
  final class NotStarted extends Exception {
    private static final long serialVersionUID = 1;
    private static final int MOST_TEXT = 1_500;

    /** 127 not found, 126 not executable, 125 jhot's own failure. */
    public final int exitCode;

    /**
     * @param exitCode 125, 126 or 127
     * @param message one line
     */
    public NotStarted(int exitCode, String message) {
      super(Excerpt.of(message, MOST_TEXT)); // an app's command may be long
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
   * @param seenMillis for how long jhot has seen it, which it began to look for with the drain: it
   *     is at least as old
   * @param idleMillis how long ago data came or went last; -1: not known
   * @param work what is under way on it
   */
  record Connection(String peer, int port, long seenMillis, long idleMillis, Work work) {}

  /**
   * A generation as the kernel sees it.
   *
   * @param pid the app's process: its JVM where an agent named one, else the first one
   * @param residentKilobytes resident memory in KiB, -1 when unknown
   * @param connections open TCP connections on its listeners, -1 when unknown
   * @param work on how many of them what is under way; those at rest are left out
   * @param idleMillis how long the least idle of them has been idle
   */
  record Vitals(
      int pid, long residentKilobytes, int connections, Map<Work, Integer> work, long idleMillis) {
    /** How many of them have something under way. */
    public int busy() {
      int sum = 0;
      for (int count : work.values()) {
        sum += count;
      }
      return sum;
    }
  }
}
