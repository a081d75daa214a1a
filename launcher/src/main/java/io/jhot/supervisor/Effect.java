package io.jhot.supervisor;

import java.util.SortedSet;

/**
 * Something that the loop has to do. An effect that concerns a process that is gone by then is not
 * an error; its {@link Event.Exited} is on the way.
 */
public sealed interface Effect {

  /** How much an operator cares. */
  enum Level {
    DEBUG,
    INFO,
    WARN,
    ERROR
  }

  /**
   * Start a generation; answer by {@link Event.Spawned} or {@link Event.SpawnFailed}, or, where it
   * has no room beside the one that serves, by {@link Event.NoRoom}. In that case the same number
   * may be spawned again. By {@link Event.Refused} where it could not become ready beside it.
   *
   * @param listeners all that it is to inherit
   */
  record Spawn(int generation, SortedSet<Integer> listeners) implements Effect {}

  /**
   * Look which listeners the generation has that its agent has not told of; answer by {@link
   * Event.ListenersSeen}, or not at all where nothing can be seen.
   */
  record LookForListeners(int generation) implements Effect {}

  /**
   * Probe the generation once, without waiting for what comes of it; answer by {@link
   * Event.Probed}.
   *
   * @param attempt counts up from 1
   * @param listeners those that it holds
   * @param live it accepts from the shared sockets, and nobody else does: they are to be asked.
   *     Else the private ones that it was given to be staged on
   */
  record Probe(int generation, int attempt, SortedSet<Integer> listeners, boolean live)
      implements Effect {}

  /** Send the generation its warm-up; answer by {@link Event.WarmedUp}. As {@link Probe}. */
  record WarmUp(int generation, SortedSet<Integer> listeners, boolean live) implements Effect {}

  /** Break off what the probe or the warm-up has under way. No answer is awaited any more. */
  record EndProbe(int generation) implements Effect {}

  /** Tell the agent to put the shared sockets in the place of the staged ones. */
  record GoLive(int generation) implements Effect {}

  /**
   * Tell the agent to park the listeners.
   *
   * @param last there is no successor: it closes the duplicates that it would keep to come back.
   *     May come a second time, with true, after it came with false
   */
  record Park(int generation, boolean last) implements Effect {}

  /**
   * Tell the agent to run the app's drain hooks; answer by {@link Event.HooksEnded}, at once where
   * the agent knows of no hooks.
   *
   * @param millis how long that may take
   * @param successor the generation that serves now, or that is started when there is room for it;
   *     0: there is none, the service ends
   */
  record RunHooks(int generation, long millis, int successor) implements Effect {}

  /** Send the stop signal. */
  record SignalStop(int generation) implements Effect {}

  /** Name the connections that a generation still has in the log, before it is ended by force. */
  record NameConnections(int generation) implements Effect {}

  /**
   * Get the threads of the app's JVM and keep them; answer by {@link Event.ThreadsDumped}. Only for
   * a generation whose agent is connected.
   */
  record DumpThreads(int generation) implements Effect {}

  /** Send SIGKILL. May come more than once for a generation that does not die of it. */
  record Kill(int generation) implements Effect {}

  /**
   * Close jhot's copy of a listener that came from the app, and tell the agents that were given it.
   * It is never given to a generation again.
   */
  record ReleaseListener(int listener) implements Effect {}

  /** Close jhot's copies of all listeners, its own ones too. Comes once, before {@link Exit}. */
  record CloseListeners() implements Effect {}

  /** Tell the agent to write to jhot's own stdout and stderr again. Never for generation 1. */
  record RestoreOutput(int generation) implements Effect {}

  /**
   * Publish what has become of the fleet. {@link Wording} has the words, in which the loop replaces
   * {@code {listener:ID}} by the listener's address. A {@link FleetEvent.ReloadSucceeded} or {@link
   * FleetEvent.ReloadFailed} tells those who wait for it, see {@link Fleet#answeringGeneration}.
   */
  record Publish(FleetEvent event) implements Effect {}

  /** The generation is ready: write the pid file, tell systemd, and so on. */
  record MarkReady(int generation) implements Effect {}

  /** All is over, nothing follows. */
  record Exit(int code) implements Effect {}
}
