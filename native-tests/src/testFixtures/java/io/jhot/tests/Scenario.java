package io.jhot.tests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.jhot.examples.load.LoadResult;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;

/**
 * What happens to each server of the matrix: it is replaced several times under load, and once a
 * generation is looked at while it is parked with a request in flight.
 *
 * @param reloads how many
 * @param length over which they are spread, with the load going on; zero: as fast as they go
 * @param idlePause how long some connections are left idle between two requests
 */
record Scenario(int reloads, Duration length, Duration idlePause) {
  /** What {@code make test} has time for. */
  static final Scenario SHORT = new Scenario(2, Duration.ZERO, Duration.ofMillis(1500));

  /** The addresses that a server is bound to. */
  enum Family {
    DUAL("*", "127.0.0.1", "::1"),
    IPV4("127.0.0.1", "127.0.0.1"),
    IPV6("::1", "::1");

    final String bound;
    final List<String> asked;

    Family(String bound, String... asked) {
      this.bound = bound;
      this.asked = List.of(asked);
    }
  }

  /**
   * What came of it.
   *
   * @param longestReload from {@code jhot reload --wait} to its end
   * @param longestDrain from then until the old generation was gone, without the one that was held
   * @param parkedShare of one processor, used by a parked generation with a request in flight
   */
  record Outcome(
      int reloads,
      int requests,
      int failed,
      Duration longestReload,
      Duration longestDrain,
      double parkedShare) {}

  /** Runs it; a request without its answer fails the test. */
  Outcome run(Server server, Family family, Sandbox box) throws IOException {
    int port = box.port();
    int management = box.port();
    Jhot jhot = box.exec(server.command(family.bound, port, management)).awaitServing(1);
    List<Traffic> traffic = new ArrayList<>();
    traffic.add(server.traffic(box, family.asked.getFirst(), port, idlePause));
    for (String host : family.asked.subList(1, family.asked.size())) {
      traffic.add(server.traffic(box, host, port, idlePause));
    }
    if (server.hasManagement()) {
      jhot.awaitListeners(2);
      traffic.add(Polling.begin(management, server.managementPath()));
    }

    Duration longestReload = Duration.ZERO;
    Duration longestDrain = Duration.ZERO;
    double parkedShare = 0;
    for (int generation = 1; generation <= reloads; generation++) {
      rest();
      long pid = jhot.status().serving().pid();
      if (generation == 1 && server.takesHeldRequest()) {
        try (HeldRequest held = HeldRequest.begin(family.asked.getFirst(), port)) {
          longestReload = longer(longestReload, timed(() -> jhot.reload().good()));
          parkedShare = ParkedCpu.awaitQuiet(pid);
          assertTrue(jhot.status().has(1, "draining"), jhot::toString);
          held.isAnswered();
        }
        jhot.awaitGone(1);
      } else {
        int old = generation;
        longestReload = longer(longestReload, timed(() -> jhot.reload().good()));
        longestDrain = longer(longestDrain, timed(() -> jhot.awaitGone(old)));
      }
    }
    rest();

    int requests = 0;
    for (Traffic each : traffic) {
      requests += each.endWithoutFailure(reloads + 1);
    }
    Status status = jhot.awaitStatus("the last one is alone", s -> s.servesAlone(reloads + 1));
    assertEquals(server.hasManagement() ? 2 : 1, status.listeners().size(), status::toString);
    if (server.takesHeldRequest()) {
      String host = family.asked.getFirst();
      assertEquals("BindException", Http.get(host, port, "/bind?port=" + port));
    }
    return new Outcome(reloads, requests, 0, longestReload, longestDrain, parkedShare);
  }

  /** The load goes on; the generations have time to get idle. */
  private void rest() {
    long until = System.nanoTime() + length.dividedBy(reloads + 1L).toNanos();
    for (long left = until - System.nanoTime(); left > 0; left = until - System.nanoTime()) {
      LockSupport.parkNanos(left);
    }
  }

  private static Duration timed(Runnable action) {
    long begin = System.nanoTime();
    action.run();
    return Duration.ofNanos(System.nanoTime() - begin);
  }

  private static Duration longer(Duration a, Duration b) {
    return a.compareTo(b) > 0 ? a : b;
  }

  /** Clients of one server. */
  interface Traffic {
    /**
     * Ends it, checks that each request had its answer and that so many generations gave some.
     *
     * @return how many requests there were
     */
    int endWithoutFailure(int generations);
  }

  /** The open-loop client, with every way of asking. */
  static Traffic http(String host, int port, Duration idlePause, boolean tls) {
    Load load = Load.mixed(host, port, idlePause, tls);
    return generations -> {
      LoadResult result = load.endWithoutFailure();
      assertEquals(generations, result.pids().size(), "each generation answered");
      return result.requests();
    };
  }
}
