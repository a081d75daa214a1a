package io.jhot.tests;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.jhot.examples.load.LoadPlan;
import io.jhot.examples.load.LoadResult;
import io.jhot.examples.load.LoadRun;
import io.jhot.examples.load.Report;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Requests in the background, at a fixed rate: kept-alive connections, new ones and slow answers.
 * None is ever repeated.
 */
final class Load {
  private static final Duration LONGEST = Duration.ofMinutes(10);
  private static final int SLOW_MILLIS = 300;

  /** So many requests go before the test goes on, and after it: what it tests happens between. */
  private static final int MARGIN = 30;

  private final AtomicBoolean wanted = new AtomicBoolean(true);
  private final AtomicInteger sent = new AtomicInteger();
  private final CompletableFuture<LoadResult> result;

  private Load(LoadPlan plan) {
    result =
        CompletableFuture.supplyAsync(
            () -> {
              try {
                return LoadRun.run(plan, this::goOn);
              } catch (IOException e) {
                throw new UncheckedIOException(e);
              }
            },
            task -> Thread.ofPlatform().name("load").start(task));
  }

  private boolean goOn() {
    sent.incrementAndGet();
    return wanted.get();
  }

  /** Begins to ask whoever serves on that port. */
  static Load on(int port) {
    return on("127.0.0.1", port);
  }

  static Load on(String host, int port) {
    Load load =
        new Load(
            new LoadPlan(
                host, port, LONGEST, Duration.ZERO, 5, 100, 40, 10, SLOW_MILLIS, Await.PATIENCE));
    load.awaitMore();
    return load;
  }

  /** The same, but on a new connection each time: for servers that cut those that are idle. */
  static Load onNewConnections(int port) {
    return onNewConnections(port, 40);
  }

  /** So many in a second. */
  static Load onNewConnections(int port, int rate) {
    Load load =
        new Load(
            new LoadPlan(
                "127.0.0.1", port, LONGEST, Duration.ZERO, 5, 0, rate, 0, 0, Await.PATIENCE));
    load.awaitMore();
    return load;
  }

  /**
   * Every way of asking: also with content, in pipelined pairs, and on connections that are idle
   * between two requests. New connections are fewer under TLS: a JVM that has just started
   * interprets its handshakes, and what it does not manage within ten seconds Netty cuts off.
   */
  static Load mixed(String host, int port, Duration idlePause, boolean tls) {
    int less = tls ? 3 : 1;
    LoadPlan plan =
        new LoadPlan(
            host,
            port,
            LONGEST,
            Duration.ZERO,
            5,
            40,
            20 / less,
            5 / less,
            SLOW_MILLIS,
            Await.PATIENCE);
    plan = plan.with(10 / less, 10 / less, 4, idlePause);
    Load load = new Load(tls ? plan.overTls() : plan);
    load.awaitMore();
    return load;
  }

  private void awaitMore() {
    int before = sent.get();
    Await.until("the load goes on", () -> sent.get() >= before + MARGIN || result.isDone());
  }

  /** Ends it, whatever became of its requests. */
  LoadResult end() {
    awaitMore();
    wanted.set(false);
    return result.join();
  }

  /** Ends it and checks that each request had its answer. */
  LoadResult endWithoutFailure() {
    LoadResult ended = end();
    assertEquals(0, ended.failed(), () -> Report.table(ended));
    return ended;
  }
}
