package io.jhot.tests;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.concurrent.locks.LockSupport;

/**
 * Clients of one server that pause while the generation that they talk to is replaced or stopped.
 * Each kind has a generation for itself: a connection that is seen to be busy would keep it for all
 * others. The drain begins when all clients of a generation have come to their pause, and they go
 * on when it has lasted for a while; the next kind begins meanwhile.
 */
final class SlowRequests {
  private static final int MAX_HANDSHAKES = 8;
  private static final int MAX_DRAINING = 2;

  /** JVMs that start, of all that run side by side: more of them at once would only be slower. */
  private static final Semaphore STARTS = new Semaphore(2);

  /** How a generation comes to its end. */
  enum End {
    RELOAD,
    STOP
  }

  /** One kind. */
  record Case(SlowServer server, End end, Dialect dialect, Pause pause) {
    @Override
    public String toString() {
      return String.join(", ", server.toString(), end.name(), dialect.toString(), pause.toString());
    }
  }

  /**
   * What became of it.
   *
   * @param lost for each client that had no answer, why
   */
  record Outcome(Case of, List<String> lost) {}

  private final int connections;
  private final Duration pause;

  /**
   * @param connections of each kind
   * @param pause how long the drain lasts before the clients go on
   */
  SlowRequests(int connections, Duration pause) {
    this.connections = connections;
    this.pause = pause;
  }

  /** Replaces one server again and again. */
  List<Outcome> reload(List<Case> cases, Sandbox box) throws IOException {
    SlowServer server = cases.getFirst().server();
    int port = box.port();
    Jhot jhot = start(server, port, box);
    Semaphore draining = new Semaphore(MAX_DRAINING);
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<Outcome>> ends = new ArrayList<>();
      for (int generation = 1; generation <= cases.size(); generation++) {
        draining.acquire(); // before the clients begin, whose servers have patience of their own
        Clients clients = new Clients(cases.get(generation - 1), port, jhot, box, threads);
        clients.begin();
        STARTS.acquire();
        try {
          jhot.reload().good();
        } finally {
          STARTS.release();
        }
        int old = generation;
        jhot.err().await("generation " + old + " accepts nothing new");
        ends.add(
            threads.submit(
                () -> {
                  Outcome outcome = clients.end();
                  jhot.awaitGone(old);
                  draining.release();
                  return outcome;
                }));
      }
      List<Outcome> outcomes = new ArrayList<>();
      for (Future<Outcome> one : ends) {
        outcomes.add(one.get());
      }
      return outcomes;
    } catch (InterruptedException | ExecutionException e) {
      throw new AssertionError("cannot go on with " + server, e);
    }
  }

  /** Stops a server of its own. */
  Outcome stop(Case one, Sandbox box) throws IOException {
    int port = box.port();
    Jhot jhot = start(one.server(), port, box);
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      Clients clients = new Clients(one, port, jhot, box, threads);
      clients.begin();
      Running stop = box.start(Sandbox.bin(), "stop");
      jhot.err().await("generation 1 accepts nothing new");
      Outcome outcome = clients.end();
      stop.finish();
      jhot.finish();
      return outcome;
    } catch (InterruptedException e) {
      throw new AssertionError("cannot go on with " + one, e);
    }
  }

  private static Jhot start(SlowServer server, int port, Sandbox box) {
    STARTS.acquireUninterruptibly();
    try {
      return box.exec(server.options(), server.command(port)).awaitServing(1);
    } finally {
      STARTS.release();
    }
  }

  /** Those of one generation. */
  private final class Clients {
    private final Case of;
    private final int port;
    private final Jhot jhot;
    private final Path gate;
    private final String pid;
    private final ExecutorService threads;
    private final List<Talk> talks = new ArrayList<>();
    private final List<String> lost = new ArrayList<>();

    Clients(Case of, int port, Jhot jhot, Sandbox box, ExecutorService threads) {
      this.of = of;
      this.port = port;
      this.jhot = jhot;
      this.threads = threads;
      Status.Generation serving = jhot.status().serving();
      pid = Long.toString(serving.pid());
      gate = box.directory().resolve("gate-" + pid);
    }

    void begin() throws InterruptedException {
      Semaphore handshakes = new Semaphore(MAX_HANDSHAKES);
      List<Callable<Talk>> tasks = new ArrayList<>();
      for (int i = 0; i < connections; i++) {
        tasks.add(
            () -> {
              handshakes.acquire();
              try {
                Talk talk = of.dialect().open(port, of.server().isUnderTls(), gate);
                talk.begin(of.pause());
                return talk;
              } finally {
                handshakes.release();
              }
            });
      }
      for (Future<Talk> one : threads.invokeAll(tasks)) {
        try {
          talks.add(one.get());
        } catch (ExecutionException e) {
          lost.add("not even begun: " + e.getCause());
        }
      }
      // what waits to be accepted is under way only for its client, and a stop cuts it
      Long all = (long) talks.size();
      jhot.awaitStatus("all are accepted", s -> all.equals(s.serving().connections()));
    }

    Outcome end() throws IOException, InterruptedException {
      rest();
      Files.createFile(gate);
      List<Callable<String>> tasks = new ArrayList<>();
      for (Talk talk : talks) {
        tasks.add(() -> end(talk));
      }
      for (Future<String> one : threads.invokeAll(tasks)) {
        if (!one.resultNow().isEmpty()) {
          lost.add(one.resultNow());
        }
      }
      System.err.println("slow-requests: " + of + ": " + lost.size() + " lost"); // it is a long run
      return new Outcome(of, lost);
    }

    /** Empty, or why it has no answer. */
    private String end(Talk talk) {
      try (talk) {
        talk.end(of.pause(), pid);
        return "";
      } catch (IOException | RuntimeException e) {
        return e.toString();
      }
    }
  }

  /** The subject of the test, not a wait for anything. */
  private void rest() {
    long until = System.nanoTime() + pause.toNanos();
    for (long left = until - System.nanoTime(); left > 0; left = until - System.nanoTime()) {
      LockSupport.parkNanos(left);
    }
  }
}
