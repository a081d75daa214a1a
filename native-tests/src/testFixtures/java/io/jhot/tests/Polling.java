package io.jhot.tests;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;

/** One GET after the other, each on a connection of its own, as a monitoring system sends them. */
final class Polling implements Scenario.Traffic {
  private static final long PAUSE_NANOS = 20_000_000;

  private final Thread thread;
  private final List<String> failures = new ArrayList<>();
  private volatile boolean over;
  private int asked;

  private Polling(int port, String target) {
    thread = Thread.ofPlatform().name("polling").start(() -> poll(port, target));
  }

  static Polling begin(int port, String target) {
    return new Polling(port, target);
  }

  private void poll(int port, String target) {
    while (!over) {
      asked++;
      try {
        Http.get(port, target);
      } catch (IOException e) {
        failures.add(e.toString());
      }
      LockSupport.parkNanos(PAUSE_NANOS);
    }
  }

  @Override
  public int endWithoutFailure(int generations) {
    over = true;
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError("interrupted while the polling ends", e);
    }
    assertEquals(List.of(), failures);
    return asked;
  }
}
