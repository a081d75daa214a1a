package io.jhot.examples.load;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import javax.net.ssl.SSLSocketFactory;

/**
 * One run of a plan, open loop: when a request goes out depends on the clock alone.
 *
 * <p>New-connection, slow, posted and paired requests each have a thread of their own. A kept-alive
 * connection carries one request at a time, so its requests wait for each other; their latency
 * counts from when they were due. A run ends at most twice the timeout after its duration.
 */
public final class LoadRun {
  private static final long LOOK_EVERY_NANOS = 20_000_000;
  private static final String PONG = "{\"message\":\"pong\"}";

  private final LoadPlan plan;
  private final BooleanSupplier goOn;
  private final InetSocketAddress address;
  private final SSLSocketFactory tls;
  private final Map<RequestKind, Tally> tallies = new EnumMap<>(RequestKind.class);
  private final Map<RequestKind, Queue<HttpConnection>> idle = new EnumMap<>(RequestKind.class);
  private final AtomicReference<Throwable> ownFault = new AtomicReference<>();
  private final Set<String> pids = new LinkedHashSet<>();
  private final List<LoadResult.Failure> failures = new ArrayList<>();
  private long start;
  private volatile boolean over;

  private LoadRun(LoadPlan plan, BooleanSupplier goOn) {
    this.plan = plan;
    this.goOn = goOn;
    this.address = new InetSocketAddress(plan.host(), plan.port());
    this.tls = plan.tls() ? TrustingTls.factory() : null;
    for (RequestKind kind : RequestKind.values()) {
      tallies.put(kind, new Tally(plan.requests(kind)));
      idle.put(kind, new ConcurrentLinkedQueue<>());
    }
  }

  /** Runs to the end; blocks. A fault of this client itself is thrown, never counted. */
  public static LoadResult run(LoadPlan plan) throws IOException {
    return run(plan, () -> true);
  }

  /**
   * Runs to the end, or until no more is wanted; blocks. What has been sent is answered or fails in
   * either case. A fault of this client itself is thrown, never counted.
   *
   * @param goOn asked before each request, by many threads; no request follows its first false
   */
  public static LoadResult run(LoadPlan plan, BooleanSupplier goOn) throws IOException {
    LoadRun run = new LoadRun(plan, goOn);
    if (run.address.isUnresolved()) {
      throw new IOException("no address is known for the host " + plan.host());
    }
    run.start = System.nanoTime();
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (int lane = 0; lane < plan.connections(); lane++) {
        int first = lane;
        threads.execute(() -> run.guarded(() -> run.keepAlive(first)));
      }
      threads.execute(() -> run.eachInTime(RequestKind.NEW_CONNECTION, run::onNewConnection));
      threads.execute(() -> run.eachInTime(RequestKind.SLOW, run.pooled(RequestKind.SLOW)));
      threads.execute(() -> run.eachInTime(RequestKind.POST, run.pooled(RequestKind.POST)));
      threads.execute(() -> run.eachInTime(RequestKind.PAIR, run::pair));
      for (int lane = 0; lane < plan.idleConnections(); lane++) {
        int first = lane;
        threads.execute(() -> run.guarded(() -> run.idle(first)));
      }
    }
    for (Queue<HttpConnection> connections : run.idle.values()) {
      for (HttpConnection connection : connections) {
        connection.close();
      }
    }
    Throwable fault = run.ownFault.get();
    if (fault != null) {
      throw new IllegalStateException("the load client itself failed", fault);
    }
    return run.result();
  }

  private interface Work {
    void run() throws IOException;
  }

  private interface Send {
    void send(int index, long due) throws IOException;
  }

  /** No fault of ours may pass for a run with fewer requests. */
  private void guarded(Work work) {
    try {
      work.run();
    } catch (IOException | RuntimeException | Error e) {
      ownFault.compareAndSet(null, e);
    }
  }

  private void keepAlive(int lane) throws IOException {
    int requests = plan.requests(RequestKind.KEEP_ALIVE);
    HttpConnection connection = null;
    for (int index = lane; index < requests; index += plan.connections()) {
      long due = start + plan.due(RequestKind.KEEP_ALIVE, index);
      sleepUntil(due);
      if (!goesOn()) {
        break;
      }
      connection =
          exchange(RequestKind.KEEP_ALIVE, index / plan.connections(), due, connection, false);
    }
    if (connection != null) {
      connection.close();
    }
  }

  private void idle(int lane) throws IOException {
    int requests = plan.requests(RequestKind.IDLE);
    HttpConnection connection = null;
    for (int index = lane; index < requests; index += plan.idleConnections()) {
      long due = start + plan.due(RequestKind.IDLE, index);
      if (!sleepUntilOrOver(due) || !goesOn()) {
        break;
      }
      if (connection != null && endedMeanwhile(connection)) {
        connection.close();
        connection = null;
      }
      connection = exchange(RequestKind.IDLE, index, due, connection, false);
    }
    if (connection != null) {
      connection.close();
    }
  }

  private boolean endedMeanwhile(HttpConnection connection) {
    try {
      if (connection.isEndedByServer()) {
        tallies.get(RequestKind.IDLE).closedWhileIdle();
        return true;
      }
      return false;
    } catch (RequestFailedException e) {
      failed(RequestKind.IDLE, e);
      return true;
    }
  }

  /** Starts each request when it is due and returns when all have ended. */
  private void eachInTime(RequestKind kind, Send send) {
    int requests = plan.writes(kind);
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (int i = 0; i < requests; i++) {
        int index = i;
        long due = start + plan.due(kind, index);
        sleepUntil(due);
        if (!goesOn()) {
          return;
        }
        threads.execute(() -> guarded(() -> send.send(index, due)));
      }
    }
  }

  private void onNewConnection(int index, long due) throws IOException {
    exchange(RequestKind.NEW_CONNECTION, index, due, null, true);
  }

  private Send pooled(RequestKind kind) {
    Queue<HttpConnection> connections = idle.get(kind);
    return (index, due) -> {
      // first in, first out: none stays idle long enough for a server's idle timeout to end it
      HttpConnection connection = exchange(kind, index, due, connections.poll(), false);
      if (connection != null) {
        connections.add(connection);
      }
    };
  }

  /** Sends two requests at once; each of them is counted. */
  private void pair(int index, long due) throws IOException {
    Queue<HttpConnection> connections = idle.get(RequestKind.PAIR);
    HttpConnection used = connections.poll();
    int open = 2;
    try {
      long deadline = System.nanoTime() + plan.timeout().toNanos();
      used = used == null ? open(RequestKind.PAIR, deadline) : used;
      used.sendPair("/ping", "/pid");
      Answer first = used.answerBeforeAnother(deadline);
      count(RequestKind.PAIR, "/ping", "", due, first);
      open--;
      if (!first.persistent()) {
        throw new RequestFailedException(
            FailureCause.CLOSED_INSIDE_PAIR, "the first answer of a pair says close");
      }
      Answer second = used.answer(deadline);
      count(RequestKind.PAIR, "/pid", "", due, second);
      open--;
      if (second.persistent()) {
        connections.add(used);
        return;
      }
    } catch (RequestFailedException e) {
      for (; open > 0; open--) {
        failed(RequestKind.PAIR, e);
      }
    }
    if (used != null) {
      used.close();
    }
  }

  private HttpConnection open(RequestKind kind, long deadline) throws RequestFailedException {
    HttpConnection connection = HttpConnection.open(address, tls, deadline);
    tallies.get(kind).connected();
    return connection;
  }

  /**
   * Sends one request and counts how it ended.
   *
   * @param connection to use, or null for a new one
   * @return the connection if it may be used again, else null; then it is closed
   */
  private HttpConnection exchange(
      RequestKind kind, int index, long due, HttpConnection connection, boolean last)
      throws IOException {
    HttpConnection used = connection;
    try {
      long now = System.nanoTime();
      if (now - start > plan.duration().plus(plan.timeout()).toNanos()) {
        throw new RequestFailedException(
            FailureCause.NEVER_SENT, "its connection was busy until the run's last moment");
      }
      long deadline = now + plan.timeout().toNanos();
      used = used == null ? open(kind, deadline) : used;
      String target = target(kind, index);
      String content = kind == RequestKind.POST ? content(index) : "";
      Answer answer =
          kind == RequestKind.POST
              ? used.post(target, content, deadline)
              : used.get(target, last, deadline);
      count(kind, target, content, due, answer);
      if (answer.persistent() && !last) {
        return used;
      }
    } catch (RequestFailedException e) {
      failed(kind, e);
    }
    if (used != null) {
      used.close();
    }
    return null;
  }

  private String target(RequestKind kind, int index) {
    return switch (kind) {
      case SLOW -> "/slow?ms=" + plan.slowMillis();
      case POST -> "/echo";
      default -> index % 2 == 0 ? "/ping" : "/pid";
    };
  }

  /** Of one byte, of a segment and of more than a server reads at once, in turn. */
  private static String content(int index) {
    return (index + ".").repeat(new int[] {1, 200, 5000}[index % 3]);
  }

  private void count(RequestKind kind, String target, String content, long due, Answer answer)
      throws RequestFailedException {
    long end = System.nanoTime();
    check(target, content, answer);
    tallies
        .get(kind)
        .answered(end - due, due - start >= plan.warmUp().toNanos(), !answer.persistent());
  }

  private void check(String target, String content, Answer answer) throws RequestFailedException {
    if (answer.status() != 200) {
      throw new RequestFailedException(
          FailureCause.BAD_STATUS, target + " answered " + answer.status());
    }
    boolean good =
        switch (target) {
          case "/ping" -> answer.body().equals(PONG);
          case "/pid" -> isPid(answer.body());
          case "/echo" -> answer.body().equals(content);
          default -> answer.body().equals("{\"slept\":" + plan.slowMillis() + "}");
        };
    if (!good) {
      throw new RequestFailedException(
          FailureCause.BAD_BODY, target + " answered \"" + answer.body() + "\"");
    }
    if (target.equals("/pid")) {
      synchronized (this) {
        pids.add(answer.body());
      }
    }
  }

  private static boolean isPid(String body) {
    return !body.isEmpty()
        && body.length() <= 10
        && body.chars().allMatch(c -> c >= '0' && c <= '9');
  }

  private void failed(RequestKind kind, RequestFailedException failure) {
    tallies.get(kind).failed(failure.failureCause());
    long at = (System.nanoTime() - start) / 1_000_000;
    synchronized (this) {
      if (failures.size() < LoadResult.MOST_FAILURES) {
        failures.add(
            new LoadResult.Failure(kind, failure.failureCause(), at, failure.getMessage()));
      }
    }
  }

  private synchronized LoadResult result() {
    List<LoadResult.OfKind> kinds = new ArrayList<>();
    tallies.forEach(
        (kind, tally) -> {
          if (plan.requests(kind) > 0) {
            kinds.add(tally.result(kind));
          }
        });
    return new LoadResult(List.copyOf(kinds), List.copyOf(pids), List.copyOf(failures));
  }

  private boolean goesOn() {
    if (!goOn.getAsBoolean()) {
      over = true;
    }
    return !over;
  }

  /** As {@link #sleepUntil}, but a pause may be long and the run be over before: then false. */
  private boolean sleepUntilOrOver(long due) {
    while (!over && due - System.nanoTime() > 0) {
      LockSupport.parkNanos(Math.min(due - System.nanoTime(), LOOK_EVERY_NANOS));
    }
    return !over;
  }

  private static void sleepUntil(long due) {
    for (long left = due - System.nanoTime(); left > 0; left = due - System.nanoTime()) {
      LockSupport.parkNanos(left);
    }
  }
}
