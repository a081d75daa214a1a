package io.jhot.tests;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * What holds after everything that can go wrong around a reload: no listener is lost, no process
 * and no descriptor is left, and the next reload works.
 */
final class Aftermath {
  private final Jhot jhot;
  private final List<Status.Listener> listeners;
  private final int descriptors;

  /** Clients of jhot come and go: of so many looks, the one that saw least is what lasts. */
  private static final int LOOKS = 10;

  /** Remembers what there is while all is well. */
  Aftermath(Jhot jhot) {
    this(jhot, 0);
  }

  /**
   * Remembers what there is.
   *
   * @param more how many descriptors jhot may have more afterwards, once and for all
   */
  Aftermath(Jhot jhot, int more) {
    this.jhot = jhot;
    listeners = alone().listeners();
    List<Integer> counts = new ArrayList<>();
    Await.until(
        "the descriptors are counted",
        () -> {
          counts.add(jhot.descriptors());
          return counts.size() == LOOKS;
        });
    descriptors = Collections.min(counts) + more;
  }

  /** Checks that all is as it was, then reloads and checks it again. */
  void check() {
    Status status = checkOne();
    int number = (int) status.serving().number();
    jhot.replace(number);
    checkOne();
  }

  private Status checkOne() {
    Status status = alone();
    assertEquals(listeners, status.listeners(), jhot::toString);
    String pid = Long.toString(status.serving().pid());
    for (Status.Listener one : listeners) {
      assertEquals(pid, answer(URI.create(one.address())), jhot::toString);
    }
    Await.until(
        "jhot holds no more descriptors than before: " + descriptors,
        () -> jhot.descriptors() <= descriptors,
        () -> Proc.descriptors(jhot.pid()) + "\n" + jhot);
    Await.until(
        "jhot has one child",
        () -> Proc.children(jhot.pid()).size() == 1,
        () -> Proc.children(jhot.pid()) + "\n" + jhot);
    return status;
  }

  private Status alone() {
    return jhot.awaitStatus(
        "one generation is alone and serves",
        s ->
            s.generations().size() == 1
                && s.has((int) s.generations().getFirst().number(), "serving"));
  }

  private static String answer(URI listener) {
    try {
      return Http.get(listener.getHost(), listener.getPort(), "/pid");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
