package io.jhot.supervisor;

import java.util.List;

/**
 * The agents of a generation: one for each of its JVMs that is connected to jhot. Today at most
 * one.
 *
 * @param connected those that are connected
 * @param givenUp jhot has stopped waiting for the first one
 * @param hopeUntil until when it waits for that
 */
public record Agents(List<Agent> connected, boolean givenUp, long hopeUntil) {

  /**
   * A connected agent.
   *
   * @param since when it said hello
   */
  public record Agent(long since) {}

  static Agents hopedForUntil(long moment) {
    return new Agents(List.of(), false, moment);
  }

  /** Whether there is any. */
  public boolean any() {
    return !connected.isEmpty();
  }

  Agents connect(long now) {
    return any() ? this : new Agents(List.of(new Agent(now)), false, hopeUntil);
  }

  Agents lose() {
    return new Agents(List.of(), givenUp, hopeUntil);
  }

  Agents giveUp() {
    return new Agents(connected, true, hopeUntil);
  }

  Agents hopeUntil(long moment) {
    return new Agents(connected, givenUp, moment);
  }
}
