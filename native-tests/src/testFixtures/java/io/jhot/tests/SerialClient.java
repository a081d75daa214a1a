package io.jhot.tests;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;

/**
 * A client that sends one request after the other, in a thread of its own, and none twice. Of that
 * thread are all fields; others read them after it has ended.
 */
abstract class SerialClient implements Scenario.Traffic {
  private final Thread thread;
  private final List<String> failures = new ArrayList<>();
  private volatile boolean over;
  private int asked;

  SerialClient(String name) {
    thread = Thread.ofPlatform().name(name).unstarted(this::run);
  }

  /** Sends requests until the client {@link #isOver}. */
  abstract void run();

  final SerialClient begin() {
    thread.start();
    return this;
  }

  final boolean isOver() {
    return over;
  }

  /** Counts a request that is about to be sent. */
  final void asks() {
    asked++;
  }

  /** The request that was counted last has no answer. */
  final void failed(Exception why) {
    failures.add("request " + asked + ": " + why);
  }

  final void pause(long nanos) {
    LockSupport.parkNanos(nanos);
  }

  @Override
  public final int endWithoutFailure(int generations) {
    over = true;
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError("interrupted while a client ends", e);
    }
    assertEquals(List.of(), failures);
    return asked;
  }
}
