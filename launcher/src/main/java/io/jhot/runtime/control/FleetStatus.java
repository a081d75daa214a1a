package io.jhot.runtime.control;

import io.jhot.protocol.Excerpt;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What {@code jhot status} shows.
 *
 * @param name the instance's name
 * @param pid jhot's own pid
 * @param uptimeMillis since jhot started
 * @param listeners the sockets that jhot holds
 * @param generations those alive, oldest first
 * @param lastReload the outcome of the last reload, or empty if there was none
 * @param lastCut what the end of the last generation cut off, or empty
 */
public record FleetStatus(
    String name,
    int pid,
    long uptimeMillis,
    List<ListenerStatus> listeners,
    List<GenerationStatus> generations,
    String lastReload,
    String lastCut) {
  /** The step of a generation that serves and listens nowhere, though the service did before. */
  public static final String NO_LISTENER = "no-listener";

  /** Bounds of what is shown, in bytes of UTF-8; what is longer is cut where it is made. */
  private static final int MAX_NAME = 200;

  private static final int MAX_TEXT = 2_000;
  private static final int MAX_NOTE = 800;
  private static final int MAX_FAILURE = 400;

  /** More hooks than this of one generation are in the log only. */
  public static final int MAX_HOOKS = 50;

  /** Bounds the texts. */
  public FleetStatus {
    name = Excerpt.of(name, MAX_NAME);
    listeners = List.copyOf(listeners);
    generations = List.copyOf(generations);
    lastReload = Excerpt.of(lastReload, MAX_TEXT);
    lastCut = Excerpt.of(lastCut, MAX_TEXT);
  }

  /**
   * One socket.
   *
   * @param number jhot's own for it; 0: not told
   * @param name its name
   * @param address for example {@code tcp://[::]:8080}
   * @param own true if jhot opened it ({@code --listen}), false if the app did
   */
  public record ListenerStatus(int number, String name, String address, boolean own) {
    /** Bounds the texts. */
    public ListenerStatus {
      name = Excerpt.of(name, MAX_NAME);
      address = Excerpt.of(address, MAX_NAME);
    }
  }

  /**
   * One generation.
   *
   * @param number counted from 1
   * @param phase in lower case, for example {@code serving}
   * @param step how far it has come in that phase, for example {@code connections}; empty if the
   *     phase has no steps
   * @param pid the app's process
   * @param ageMillis since it was started
   * @param residentKilobytes resident memory in KiB, -1 if unknown
   * @param connections open TCP connections on its listeners, -1 if unknown
   * @param why why it is in that phase
   * @param note what the app says of itself ({@code STATUS=} of sd_notify(3)), or empty
   * @param hooks the app's drain hooks that have ended
   * @param work what is in progress on its connections, while it drains
   */
  public record GenerationStatus(
      int number,
      String phase,
      String step,
      int pid,
      long ageMillis,
      long residentKilobytes,
      int connections,
      String why,
      String note,
      List<HookStatus> hooks,
      List<WorkStatus> work) {
    /** Bounds the texts and the lists. */
    public GenerationStatus {
      why = Excerpt.of(why, MAX_TEXT);
      note = Excerpt.of(note, MAX_NOTE);
      hooks = List.copyOf(hooks.subList(0, Math.min(hooks.size(), MAX_HOOKS)));
      work = List.copyOf(work);
    }
  }

  /**
   * What is in progress on some connections of a generation.
   *
   * @param kind what, for programs: {@code unanswered}
   * @param text what, for people: {@code request without an answer}
   * @param connections on how many
   */
  public record WorkStatus(String kind, String text, int connections) {}

  /**
   * One drain hook of an app.
   *
   * @param name the app's own name for it
   * @param phase the phase it ran in
   * @param millis how long it took
   * @param failure what went wrong, or empty
   */
  public record HookStatus(String name, int phase, long millis, String failure) {
    /** Bounds the texts. */
    public HookStatus {
      name = Excerpt.of(name, MAX_NAME);
      failure = Excerpt.of(failure, MAX_FAILURE);
    }
  }

  /**
   * Whether new requests should be sent here: a generation serves. Not while the last one drains,
   * though it may still accept for the drain's delay.
   */
  public boolean healthy() {
    GenerationStatus front = serving();
    return front != null && !front.step().equals(NO_LISTENER);
  }

  /** One line without the instance's name: why it is healthy, or why it is not. */
  public String health() {
    GenerationStatus front = serving();
    if (front != null && !healthy()) {
      return "not healthy: generation "
          + front.number()
          + " serves, but it has no listener any more";
    }
    if (front != null) {
      return "healthy: generation " + front.number() + " serves";
    }
    front = generations.isEmpty() ? null : generations.getLast();
    return front == null
        ? "not healthy: no generation runs"
        : "not healthy: generation "
            + front.number()
            + " is "
            + front.phase()
            + ": it "
            + front.why();
  }

  private @Nullable GenerationStatus serving() {
    for (GenerationStatus generation : generations) {
      if (generation.phase().equals("serving")) {
        return generation;
      }
    }
    return null;
  }
}
