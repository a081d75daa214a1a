package io.jhot.tests;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Predicate;

/** A running {@code jhot exec}, and the commands that speak to it. */
final class Jhot extends Running {
  private final Sandbox sandbox;

  Jhot(Sandbox sandbox, ProcessBuilder builder) {
    super(builder);
    this.sandbox = sandbox;
  }

  /** Waits until jhot says that this generation serves. */
  Jhot awaitServing(int generation) {
    Await.until(
        "generation " + generation + " serves",
        () -> !isAlive() || err().count("generation " + generation + " serves") > 0,
        this::toString);
    if (!isAlive()) {
      throw new AssertionError("it ended before generation " + generation + " served: " + this);
    }
    return this;
  }

  /** Waits until jhot has reaped that generation. */
  void awaitGone(int generation) {
    err().await("generation " + generation + " is gone");
  }

  Status status() {
    return Status.parse(sandbox.jhot("status", "--json").good().out());
  }

  /** Waits until {@code jhot status} shows this; until there is a status at all, too. */
  Status awaitStatus(String what, Predicate<Status> condition) {
    AtomicReference<Finished> seen = new AtomicReference<>();
    Await.until(
        what,
        () -> {
          seen.set(sandbox.jhot("status", "--json"));
          return seen.get().code() == 0 && condition.test(Status.parse(seen.get().out()));
        },
        () -> seen.get() + "\n" + this);
    return Status.parse(seen.get().out());
  }

  /** Waits until jhot has that many listeners. */
  Status awaitListeners(int count) {
    return awaitStatus(count + " listeners are known", s -> s.listeners().size() == count);
  }

  /** Waits until that generation serves and no other is there. */
  Status awaitAlone(int generation) {
    return awaitStatus(generation + " is alone", s -> s.servesAlone(generation));
  }

  /** Waits until that generation accepts nothing more, and its connections are waited for. */
  Status awaitParked(int generation) {
    return awaitStatus(
        generation + " is parked",
        s ->
            s.has(generation, "draining") && "connections".equals(s.generation(generation).step()));
  }

  /** Waits until the generation that serves has a connection. */
  void awaitConnection() {
    Await.until("it is under way", () -> status().serving().connections() > 0, this::toString);
  }

  /** Reloads, which succeeds, and waits until that generation is gone. */
  Finished replace(int generation) {
    Finished reload = reload().good();
    awaitGone(generation);
    return reload;
  }

  /** {@code jhot reload --wait}, whatever comes of it. */
  Finished reload(String... options) {
    List<String> arguments = new ArrayList<>(List.of("reload", "--wait"));
    arguments.addAll(List.of(options));
    return sandbox.jhot(arguments.toArray(String[]::new));
  }

  /** How many descriptors jhot has open. */
  int descriptors() {
    return Proc.descriptors(pid()).size();
  }

  /**
   * Ends it without a drain, and waits for that. Not by two signals: of two that are the same and
   * come before the first is taken, the kernel keeps one (man 7 signal).
   */
  Finished endNow() {
    sandbox.jhot("stop", "--now").good();
    return finish();
  }

  /** Ends it as an operator would, and waits for that. */
  Finished stop() {
    signal("TERM");
    return finish();
  }
}
