package io.jhot.supervisor;

import io.jhot.supervisor.Policy.AgentExpectation;
import io.jhot.supervisor.Policy.Overlap;
import io.jhot.supervisor.Policy.Probe;
import io.jhot.supervisor.Policy.Readiness;
import java.util.Map;

/**
 * Makes policies of what a test is about. What it does not say is: a {@code java} command, 60 s to
 * become ready, 30 s to drain without a delay, SIGTERM, no restarts, and nothing else.
 */
public final class Policies {
  private Readiness ready = Readiness.AUTO;
  private AgentExpectation agent = AgentExpectation.CERTAIN;
  private long readyTimeout = 60_000;
  private long drainDelay;
  private long drainTimeout = 30_000;
  private int restarts;
  private Map<Integer, Integer> remapExit = Map.of();
  private int maxDraining;
  private Probe probe;
  private boolean warmUp;
  private Overlap overlap = Overlap.AUTO;
  private Long idleGrace;
  private Long stopTimeout;

  private Policies() {}

  /** The usual one. */
  public static Policy usual() {
    return with().policy();
  }

  /** The usual one, but for what follows. */
  public static Policies with() {
    return new Policies();
  }

  public Policies ready(Readiness value) {
    ready = value;
    return this;
  }

  public Policies agent(AgentExpectation value) {
    agent = value;
    return this;
  }

  public Policies readyTimeout(long millis) {
    readyTimeout = millis;
    return this;
  }

  public Policies drainDelay(long millis) {
    drainDelay = millis;
    return this;
  }

  public Policies drainTimeout(long millis) {
    drainTimeout = millis;
    return this;
  }

  public Policies restarts(int count) {
    restarts = count;
    return this;
  }

  public Policies remapExit(Map<Integer, Integer> codes) {
    remapExit = codes;
    return this;
  }

  public Policies maxDraining(int generations) {
    maxDraining = generations;
    return this;
  }

  public Policies probe(Probe value) {
    probe = value;
    return this;
  }

  public Policies warmUp(boolean value) {
    warmUp = value;
    return this;
  }

  public Policies overlap(Overlap value) {
    overlap = value;
    return this;
  }

  public Policies idleGrace(long millis) {
    idleGrace = millis;
    return this;
  }

  public Policies stopTimeout(long millis) {
    stopTimeout = millis;
    return this;
  }

  public Policy policy() {
    return new Policy(
        ready,
        agent,
        readyTimeout,
        drainDelay,
        drainTimeout,
        15,
        restarts,
        remapExit,
        maxDraining,
        probe,
        warmUp,
        overlap,
        idleGrace == null ? Policy.idleGraceOf(drainTimeout) : idleGrace,
        stopTimeout == null ? drainTimeout : stopTimeout,
        Policy.READY_AFTER);
  }
}
