package io.jhot.runtime;

import io.jhot.ffm.Signal;
import io.jhot.protocol.Excerpt;
import io.jhot.runtime.control.FleetStatus.WorkStatus;
import io.jhot.supervisor.FleetEvent;
import io.jhot.text.HarmlessText;
import java.util.ArrayList;
import java.util.List;

/**
 * What a {@link StreamRecord} tells of: what the supervisor has decided, or what only the runtime
 * sees. Texts that an app or a client has a say in are bounded and harmless from here on.
 */
public sealed interface StreamEvent {
  /** The generation that it concerns; 0: none, or all. */
  int generation();

  /**
   * The supervisor has decided, or noted, something.
   *
   * @param event what, for programs
   * @param text what, for people: one line, with addresses instead of numbers of listeners
   */
  record Decided(FleetEvent event, String text) implements StreamEvent {
    /** Bounds the text. */
    public Decided {
      text = bounded(text, MAX_LINE);
    }

    @Override
    public int generation() {
      return event.generation();
    }
  }

  /**
   * A generation has come into another step of its life.
   *
   * @param before the step that it was in, as {@code serving}; empty: it has just been born
   * @param after the step that it is in, as {@code draining/parking}
   * @param millis how long it was in the step before
   */
  record StepEntered(int generation, String before, String after, long millis)
      implements StreamEvent {}

  /**
   * A signal reached jhot.
   *
   * @param signal which one
   */
  record SignalReceived(Signal signal) implements StreamEvent {
    @Override
    public int generation() {
      return 0;
    }
  }

  /**
   * A reload was asked for.
   *
   * @param by who asked, as {@code SIGHUP}
   * @param later a generation is starting, and the reload follows it
   */
  record ReloadAsked(String by, boolean later) implements StreamEvent {
    @Override
    public int generation() {
      return 0;
    }
  }

  /**
   * The end was asked for.
   *
   * @param by who asked, as {@code SIGTERM}
   * @param atOnce without a drain
   */
  record StopAsked(String by, boolean atOnce) implements StreamEvent {
    @Override
    public int generation() {
      return 0;
    }
  }

  /** The terminal has hung up, and jhot was started to live on then. */
  record HangUpIgnored() implements StreamEvent {
    @Override
    public int generation() {
      return 0;
    }
  }

  /**
   * The agent of a generation came.
   *
   * @param agent the release of jhot that it is of
   * @param protocol what it speaks
   * @param alike whether that is what this jhot speaks
   */
  record AgentGreeted(int generation, String agent, int protocol, boolean alike)
      implements StreamEvent {
    /** Bounds the text. */
    public AgentGreeted {
      agent = bounded(agent, MAX_NAME);
    }
  }

  /**
   * Something is wrong between jhot and the agent of a generation, or the agent says so of itself.
   *
   * @param text a clause
   */
  record AgentTroubled(int generation, String text) implements StreamEvent {
    /** Bounds the text. */
    public AgentTroubled {
      text = bounded(text, MAX_TEXT);
    }
  }

  /**
   * A generation opened a listener at an address where it had none.
   *
   * @param address for example {@code tcp://[::]:8080}
   */
  record ListenerOpened(int generation, String address) implements StreamEvent {
    /** Bounds the text. */
    public ListenerOpened {
      address = bounded(address, MAX_NAME);
    }
  }

  /**
   * jhot has closed its copy of a listener, for no generation uses it any more.
   *
   * @param address for example {@code tcp://[::]:8080}
   */
  record ListenerReleased(String address) implements StreamEvent {
    /** Bounds the text. */
    public ListenerReleased {
      address = bounded(address, MAX_NAME);
    }

    @Override
    public int generation() {
      return 0;
    }
  }

  /**
   * It was seen from outside where a generation listens, but for what jhot holds itself.
   *
   * @param addresses each once, such as {@code tcp://[::]:8080}; the first {@link #MAX_LISTED}
   */
  record ListenersSeen(int generation, List<String> addresses) implements StreamEvent {
    /** Bounds the texts. */
    public ListenersSeen {
      List<String> harmless = new ArrayList<>();
      for (String address : Excerpt.lines(addresses, MAX_LISTED, MAX_NAME)) {
        harmless.add(HarmlessText.of(address));
      }
      addresses = List.copyOf(harmless);
    }
  }

  /**
   * A generation says something of itself (STATUS= of sd_notify(3), or the agent's API).
   *
   * @param text what
   */
  record AppStatus(int generation, String text) implements StreamEvent {
    /** Bounds the text. */
    public AppStatus {
      text = bounded(text, MAX_NOTE);
    }
  }

  /**
   * A drain hook of an app has ended.
   *
   * @param name the app's own name for it
   * @param phase the phase it ran in
   * @param millis how long it took
   * @param failure what went wrong; empty: nothing
   */
  record HookEnded(int generation, String name, int phase, long millis, String failure)
      implements StreamEvent {
    /** Bounds the texts. */
    public HookEnded {
      name = bounded(name, MAX_NAME);
      failure = bounded(failure, MAX_TEXT);
    }
  }

  /**
   * The hooks of a generation have ended, and units of its work have not.
   *
   * @param units how many
   */
  record WorkLeft(int generation, int units) implements StreamEvent {}

  /**
   * A generation is asked to end, or has ended, with something under way on its connections.
   *
   * @param ended whether it has ended, so that this was cut
   * @param work what, by kind
   */
  record ConnectionsCut(int generation, boolean ended, List<WorkStatus> work)
      implements StreamEvent {
    /** Copies. */
    public ConnectionsCut {
      work = List.copyOf(work);
    }
  }

  /**
   * A generation is about to be ended by force.
   *
   * @param count how many connections it has; -1: not known
   * @param named the first of them, the one that was active last first
   */
  record ConnectionsLeft(int generation, int count, List<Os.Connection> named)
      implements StreamEvent {
    /** Bounds the list. */
    public ConnectionsLeft {
      named = List.copyOf(named.subList(0, Math.min(named.size(), MAX_LISTED)));
    }
  }

  /**
   * The threads of a generation were dumped, or could not be.
   *
   * @param outcome where they are, or why there are none: a clause about the generation
   */
  record ThreadsDumped(int generation, String outcome) implements StreamEvent {
    /** Bounds the text. */
    public ThreadsDumped {
      outcome = bounded(outcome, MAX_TEXT);
    }
  }

  /** Bounds of texts, in bytes of UTF-8. */
  int MAX_NAME = 200;

  /** What an app says of itself. */
  int MAX_NOTE = 600;

  /** What a probe or a warm-up saw; it becomes part of other texts. */
  int MAX_SEEN = 1_000;

  /** A line for the log. */
  int MAX_LINE = 3_700;

  /** A clause. */
  int MAX_TEXT = 2_000;

  /** So many elements of a list are told. */
  int MAX_LISTED = 20;

  /** What a probe or a warm-up saw, bounded and harmless. */
  static String seen(String text) {
    return bounded(text, MAX_SEEN);
  }

  private static String bounded(String text, int bytes) {
    return HarmlessText.of(Excerpt.of(text, bytes));
  }
}
