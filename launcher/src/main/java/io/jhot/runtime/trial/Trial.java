package io.jhot.runtime.trial;

import io.jhot.config.ConfigException;
import io.jhot.config.Durations;
import io.jhot.config.HttpTarget;
import io.jhot.config.Probe;
import io.jhot.config.WarmUp;
import io.jhot.runtime.OsEvent;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * One attempt of the probe, or the warm-up, of a generation before clients may reach it. Has
 * threads of its own, which block and share nothing with the loop but the mailbox; {@link #end}
 * closes what they wait for.
 */
final class Trial {
  /** Addresses that reach one generation only. */
  interface Places {
    /**
     * The address of one of its listeners.
     *
     * @param port the listener's, or 0 for the first
     * @return null if it holds none
     */
    @Nullable Place of(int port);
  }

  /**
   * Where one listener of a generation can be reached.
   *
   * @param address what to connect to
   * @param port the port that clients know
   */
  record Place(InetSocketAddress address, int port) {}

  private static final int STACK_BYTES = 256 * 1024;

  private final Mailbox mailbox;
  private final Places places;
  private final Set<SocketChannel> open = new HashSet<>();
  private boolean ended;

  /**
   * @param mailbox where the outcome goes
   * @param places asked by this trial's threads; must not change
   */
  Trial(Mailbox mailbox, Places places) {
    this.mailbox = mailbox;
    this.places = places;
  }

  /** Cancels it; nothing is posted after this. */
  synchronized void end() {
    ended = true;
    for (SocketChannel connection : open) {
      close(connection);
    }
    open.clear();
  }

  private synchronized boolean hasEnded() {
    return ended;
  }

  private void post(OsEvent event) {
    if (!hasEnded()) {
      mailbox.post(event);
    }
  }

  private static void start(String name, Runnable work) {
    Thread thread = new Thread(null, work, name, STACK_BYTES);
    thread.setDaemon(true);
    thread.start();
  }

  /** One attempt of an HTTP or TCP probe. */
  void probe(int generation, int attempt, Probe probe) {
    start("probe-" + generation, () -> post(attempt(generation, attempt, probe)));
  }

  private OsEvent.Probed attempt(int generation, int attempt, Probe probe) {
    HttpTarget target = Objects.requireNonNull(probe.request()); // a command is not probed here
    Place place = places.of(target.port());
    if (place == null) {
      return new OsEvent.Probed(generation, attempt, false, lacks(target.port()));
    }
    try (SocketChannel connection = connect(place)) {
      if (probe.kind() == Probe.Kind.TCP) {
        return new OsEvent.Probed(generation, attempt, true, "succeeded: it was let in");
      }
      HttpExchange.Answer answer = HttpExchange.ask(connection, "GET", target, place.port());
      return judged(generation, attempt, probe, answer);
    } catch (IOException e) {
      return new OsEvent.Probed(generation, attempt, false, "got no answer: " + reason(e));
    } finally {
      forgetAll();
    }
  }

  private static String lacks(int port) {
    return port == 0
        ? "has nobody to ask: the generation holds no listener that jhot can reach it by"
        : "has nobody to ask: the generation holds no listener on port " + port;
  }

  private static OsEvent.Probed judged(
      int generation, int attempt, Probe probe, HttpExchange.Answer answer) {
    String seen = "was answered with " + answer.status();
    boolean ok = answer.status() >= probe.leastStatus() && answer.status() <= probe.mostStatus();
    if (!ok) {
      return new OsEvent.Probed(generation, attempt, false, seen);
    }
    if (!probe.body().isEmpty() && !Pattern.compile(probe.body()).matcher(answer.body()).find()) {
      return new OsEvent.Probed(
          generation, attempt, false, seen + ", but its content does not contain " + probe.body());
    }
    return new OsEvent.Probed(generation, attempt, true, "succeeded: it " + seen);
  }

  /**
   * The warm-up.
   *
   * @param generation which is warmed up
   * @param warmUp what it is sent
   */
  void warmUp(int generation, WarmUp warmUp) {
    start("warm-up-" + generation, () -> begin(generation, warmUp));
  }

  private void begin(int generation, WarmUp warmUp) {
    List<WarmUp.Requests> requests;
    try {
      requests = warmUp.requests(); // the file is read again each time
    } catch (ConfigException e) {
      post(new OsEvent.WarmedUp(generation, false, "failed: " + e.getMessage()));
      return;
    }
    Round round = new Round(generation, requests, warmUp.concurrency());
    for (int i = 1; i < warmUp.concurrency(); i++) {
      start("warm-up-" + generation, round);
    }
    round.run();
  }

  /** The requests of one warm-up, worked off by several threads; the last one tells the outcome. */
  private final class Round implements Runnable {
    private final int generation;
    private final List<WarmUp.Requests> requests;
    private final AtomicInteger next = new AtomicInteger();
    private final AtomicInteger threads;
    private final long startedAt = System.nanoTime();
    private final int total;
    private volatile @Nullable String failure;

    Round(int generation, List<WarmUp.Requests> requests, int threads) {
      this.generation = generation;
      this.requests = requests;
      this.threads = new AtomicInteger(threads);
      int sum = 0;
      for (WarmUp.Requests one : requests) {
        sum = (int) Math.min(Integer.MAX_VALUE / 2, (long) sum + one.count());
      }
      total = sum;
    }

    @Override
    public void run() {
      for (int i = next.getAndIncrement(); i < total; i = next.getAndIncrement()) {
        if (failure != null || hasEnded()) {
          break;
        }
        String failed = send(request(i));
        failure = failure == null ? failed : failure;
      }
      if (threads.decrementAndGet() == 0) {
        long millis = (System.nanoTime() - startedAt) / 1_000_000;
        post(
            failure == null
                ? new OsEvent.WarmedUp(
                    generation,
                    true,
                    "ended: "
                        + total
                        + (total == 1 ? " request in " : " requests in ")
                        + Durations.text(millis))
                : new OsEvent.WarmedUp(generation, false, "failed: " + failure));
      }
    }

    private WarmUp.Requests request(int index) {
      int from = index;
      for (WarmUp.Requests one : requests) {
        if (from < one.count()) {
          return one;
        }
        from -= one.count();
      }
      return requests.getLast();
    }

    /** Null, or what went wrong. */
    private @Nullable String send(WarmUp.Requests one) {
      HttpTarget target = one.target();
      String what = one.method() + " " + target.path() + " ";
      Place place = places.of(target.port());
      if (place == null) {
        return what + lacks(target.port());
      }
      SocketChannel mine = null;
      try {
        mine = connect(place);
        int status = HttpExchange.ask(mine, one.method(), target, place.port()).status();
        return status < 500 ? null : what + "was answered with " + status;
      } catch (IOException e) {
        return what + "got no answer: " + reason(e);
      } finally {
        forget(mine);
      }
    }
  }

  private SocketChannel connect(Place place) throws IOException {
    SocketChannel connection = SocketChannel.open();
    synchronized (this) {
      if (ended) {
        connection.close();
        throw new ClosedChannelException();
      }
      open.add(connection);
    }
    try {
      connection.connect(place.address());
      return connection;
    } catch (IOException e) {
      forget(connection);
      throw e;
    }
  }

  private void forget(@Nullable SocketChannel connection) {
    if (connection != null) {
      synchronized (this) {
        open.remove(connection);
      }
      close(connection);
    }
  }

  private synchronized void forgetAll() {
    for (SocketChannel connection : new ArrayList<>(open)) {
      forget(connection);
    }
  }

  private static void close(SocketChannel connection) {
    try {
      connection.close();
    } catch (IOException e) {
      return; // a socket has nothing to report when it is closed
    }
  }

  private static String reason(IOException e) {
    return e.getMessage() == null ? e.toString() : e.getMessage();
  }
}
