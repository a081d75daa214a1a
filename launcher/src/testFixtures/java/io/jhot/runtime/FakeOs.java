package io.jhot.runtime;

import io.jhot.ffm.ExitStatus;
import io.jhot.ffm.Signal;
import io.jhot.protocol.Message;
import io.jhot.runtime.control.Reply;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.SortedSet;
import java.util.TreeMap;

/**
 * A world with virtual time: things happen at the moment they are scheduled for, and sleeping takes
 * no time at all. It records every effect as one line.
 */
final class FakeOs implements Os {
  /** Something that is scheduled. */
  private record Scheduled(long at, long order, Runnable action) {}

  /** How a generation behaves. */
  interface App {
    /** It was started; schedule what it does. */
    void started(FakeOs os, int generation) throws NotStarted;

    /** It would be started. */
    default void checked(int generation) throws NotStarted {}

    /** A message of jhot reached its agent. */
    default void told(FakeOs os, int generation, Message message) {}

    /** A probe reached it. */
    default void probed(FakeOs os, int generation, int attempt) {}

    /** Its warm-up began. */
    default void warmedUp(FakeOs os, int generation) {}

    /** A signal reached it. */
    default void signalled(FakeOs os, int generation, Signal signal) {}
  }

  final List<String> done = new ArrayList<>();
  final List<Integer> unreachable = new ArrayList<>();
  boolean declaring;
  final List<String> starts = new ArrayList<>();
  final Map<Long, Reply> answers = new HashMap<>();
  final TreeMap<Integer, Listener> listeners = new TreeMap<>();
  final Map<Integer, Vitals> vitals = new HashMap<>();
  final Map<Integer, List<String>> lines = new HashMap<>();

  /** What is short for another generation beside this one. */
  final Map<Integer, String> shortages = new HashMap<>();

  /** Whether JVMs tell their threads. */
  boolean dumps = true;

  List<Connection> connections = new ArrayList<>();
  private final PriorityQueue<Scheduled> schedule =
      new PriorityQueue<>(
          (a, b) -> a.at != b.at ? Long.compare(a.at, b.at) : Long.compare(a.order, b.order));
  private final List<OsEvent> inbox = new ArrayList<>();
  private final App app;
  private long now = 1_000_000;
  private long order;

  FakeOs(App app) {
    this.app = app;
  }

  /** Schedules an action for so many milliseconds from now. */
  void in(long millis, Runnable action) {
    schedule.add(new Scheduled(now + millis, order++, action));
  }

  /** Lets something happen in so many milliseconds from now. */
  void happen(long millis, OsEvent event) {
    in(millis, () -> happen(event));
  }

  /** Lets something happen at once. */
  void happen(OsEvent happening) {
    inbox.add(happening);
  }

  void exit(int generation, int code) {
    happen(new OsEvent.ChildExited(generation, new ExitStatus(false, code, false)));
  }

  void say(int generation, Message message, int listener) {
    happen(new OsEvent.AgentSaid(generation, message, listener));
  }

  @Override
  public long now() {
    return now;
  }

  @Override
  public long nowMicros() {
    return now * 1_000;
  }

  @Override
  public void announce(String state) {
    done.add("announce " + state.replace('\n', ' '));
  }

  @Override
  public List<OsEvent> await(long deadline) {
    while (inbox.isEmpty()) {
      Scheduled next = schedule.peek();
      if (next == null && deadline == Long.MAX_VALUE) {
        throw new IllegalStateException("the loop waits for ever; it did " + done);
      }
      if (next == null || next.at > deadline) {
        now = Math.max(now, deadline);
        return List.of();
      }
      schedule.remove();
      now = Math.max(now, next.at);
      next.action.run();
    }
    List<OsEvent> happened = List.copyOf(inbox);
    inbox.clear();
    return happened;
  }

  @Override
  public int spawn(int generation, String start, int predecessor, SortedSet<Integer> given)
      throws NotStarted {
    starts.add(start + " after " + predecessor);
    done.add("spawn " + generation + " with " + given);
    app.started(this, generation);
    return 1000 + generation;
  }

  @Override
  public void check(int generation) throws NotStarted {
    done.add("check " + generation);
    app.checked(generation);
  }

  @Override
  public long memoryRoom() {
    return 400;
  }

  @Override
  public String shortage(int generation) {
    return shortages.getOrDefault(generation, "");
  }

  /** What keeps another generation from becoming ready beside this one. */
  final Map<Integer, String> obstacles = new HashMap<>();

  /** Where generations are seen to listen. */
  final Map<Integer, Sight> sights = new HashMap<>();

  @Override
  public String obstacle(int serving, int generation) {
    return obstacles.getOrDefault(serving, "");
  }

  @Override
  public Sight sight(int generation) {
    done.add("sight " + generation);
    return sights.get(generation);
  }

  @Override
  public void send(int generation, Message message) {
    done.add("send " + generation + " " + message.getClass().getSimpleName());
    app.told(this, generation, message);
  }

  @Override
  public boolean declaresReady(int generation) {
    return declaring;
  }

  @Override
  public boolean forward(int generation, Message message, int parcel) {
    done.add("forward " + generation + " " + message + " with " + parcel);
    app.told(this, generation, message);
    return !unreachable.contains(generation);
  }

  @Override
  public void discard(int parcel) {
    done.add("discard " + parcel);
  }

  @Override
  public void welcome(int generation, boolean live) {
    done.add("welcome " + generation + (live ? " live" : " staged"));
  }

  @Override
  public void confirmRelease(int generation, int listener) {
    done.add("confirm " + generation + " " + listener);
  }

  @Override
  public void signal(int generation, Signal signal) {
    done.add("signal " + generation + " " + signal);
    app.signalled(this, generation, signal);
  }

  @Override
  public void probe(int generation, int attempt, SortedSet<Integer> held, boolean live) {
    done.add("probe " + generation + " #" + attempt + " at " + held + (live ? " live" : ""));
    app.probed(this, generation, attempt);
  }

  @Override
  public void warmUp(int generation, SortedSet<Integer> held, boolean live) {
    done.add("warm up " + generation + " at " + held + (live ? " live" : ""));
    app.warmedUp(this, generation);
  }

  @Override
  public void endProbe(int generation) {
    done.add("end probe " + generation);
  }

  @Override
  public void dumpThreads(int generation) {
    done.add("dump " + generation);
    if (dumps) {
      in(100, () -> happen(new OsEvent.ThreadsDumped(generation, "these were its threads")));
    }
  }

  @Override
  public List<Connection> connections(int generation) {
    done.add("name connections " + generation);
    return connections;
  }

  @Override
  public void kill(int generation) {
    done.add("kill " + generation);
    happen(new OsEvent.ChildExited(generation, new ExitStatus(true, 9, false)));
  }

  @Override
  public void forget(int generation) {
    done.add("forget " + generation);
  }

  @Override
  public void closeListener(int listener) {
    done.add("close listener " + listener);
    listeners.remove(listener);
  }

  @Override
  public void closeListeners(SortedSet<Integer> inUse) {
    done.add("close listeners");
    listeners.clear();
  }

  @Override
  public void endStaging(int generation) {
    // what the tests of the loop see of a generation that serves is its pid file
  }

  @Override
  public List<Listener> listeners() {
    return List.copyOf(listeners.values());
  }

  @Override
  public void look(int generation) {
    done.add("look " + generation);
  }

  @Override
  public String address(int listener) {
    Listener known = listeners.get(listener);
    return known == null ? null : known.address();
  }

  @Override
  public Vitals vitals(int generation) {
    done.add("count " + generation);
    return vitals.getOrDefault(generation, new Vitals(1000 + generation, 2048, 0, Map.of(), 0));
  }

  @Override
  public List<String> lastLines(int generation) {
    return lines.getOrDefault(generation, List.of());
  }

  @Override
  public void answer(long client, Reply reply) {
    if (answers.putIfAbsent(client, reply) != null) {
      throw new AssertionError("client " + client + " was answered twice");
    }
    done.add("answer " + client + " " + reply.getClass().getSimpleName());
  }

  @Override
  public void writePidFile() {
    done.add("pid file");
  }

  @Override
  public void suspend() {
    done.add("suspend");
  }

  @Override
  public void close() {}
}
