package io.jhot.api;

import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;

/**
 * This copy of the API, and its connection to jhot's agent if there is one in the JVM.
 *
 * <p>A JVM may hold many copies of these classes: an app's, those in Spring Boot's nested jars, one
 * in each war. They and the agent exchange words and objects of java.base only, so that neither
 * side needs the other's classes, and a newer side learns at once which words an older one does not
 * know.
 */
final class Copy implements BiFunction<String, Object[], @Nullable Object> {
  /** Raised with every word that is added on either side: the agent then says who is older. */
  static final int VERSION = 3;

  // what the agent says to a copy
  static final String DISCOVER = "discover"; // ClassLoader
  static final String DRAINING = "draining"; // Boolean
  static final String DRIVE = "drive"; // List of copies, reason, deadline, generation, successor
  static final String NEXT_PHASE = "next-phase"; // -> Integer or null
  static final String START = "start"; // phase, reason, deadline, generation, successor -> stage
  static final String LOOK = "look";
  static final String GIVE_UP = "give-up";
  static final String IN_FLIGHT = "in-flight"; // -> Integer
  static final String DRIVE_BACK = "drive-back"; // List of copies
  static final String LAST_PHASE = "last-phase"; // -> Integer or null
  static final String RESUME = "resume"; // phase -> stage

  // what a copy says to the agent
  static final String READY = "ready";
  static final String EXPLICIT = "ready-is-explicit";
  static final String STATUS = "status"; // String
  static final String GENERATION = "generation"; // -> Integer, String, Integer (0: none)
  static final String HOOK_ENDED = "hook-ended"; // name, phase, millis, failure
  static final String ENDING = "ending"; // the JVM ends
  static final String ADDRESS = "address"; // name of a TCP listener -> SocketAddress or null
  static final String HELD = "held"; // name, datagrams, otherwise -> NetworkChannel or null
  static final String SHARE = "share"; // NetworkChannel -> NetworkChannel
  static final String OFFER = "offer"; // name, version, writer -> Runnable
  static final String INHERITED = "inherited"; // name, millis -> version, generation, FileChannel
  static final String GIVE = "give"; // name, SocketChannel, byte[] -> CompletionStage of Boolean
  static final String TAKE = "take"; // name, handler -> Runnable
  static final String TROUBLE = "trouble"; // String

  private static final String DOOR = "io.jhot.agent.ApiDoor";
  private static final String ALONE_TIMEOUT = "jhot.drain.seconds";
  private static final long ALONE_SECONDS = 30;

  static final Copy INSTANCE = new Copy();

  final Hooks hooks = new Hooks();
  private final @Nullable BiFunction<String, Object[], @Nullable Object> runtime;
  private final ClassLoader startedBy = Thread.currentThread().getContextClassLoader();
  private final AtomicBoolean endingAlone = new AtomicBoolean();
  private volatile boolean draining;

  private Copy() {
    runtime = connect();
    try {
      Runtime.getRuntime().addShutdownHook(new Thread(this::end, "jhot-api-ending"));
    } catch (IllegalStateException e) {
      draining = true; // first used while the JVM ends: there is no later moment for a hook
    }
  }

  /**
   * The agent's door. The JVM loads the agent by the system class loader, wherever this class came
   * from. Without an agent, or if the agent found no jhot, this process is alone.
   */
  @SuppressWarnings("unchecked")
  private @Nullable BiFunction<String, Object[], @Nullable Object> connect() {
    try {
      Class<?> door = Class.forName(DOOR, true, ClassLoader.getSystemClassLoader());
      return (BiFunction<String, Object[], @Nullable Object>)
          door.getMethod("open", int.class, BiFunction.class).invoke(null, VERSION, this);
    } catch (ClassNotFoundException e) {
      return null;
    } catch (ReflectiveOperationException | LinkageError e) {
      System.err.println("jhot: the agent does not let the API in, which now does nothing: " + e);
      return null;
    }
  }

  /** Whether jhot's agent is there. */
  boolean attached() {
    return runtime != null;
  }

  boolean draining() {
    return draining;
  }

  /**
   * Says something to the agent.
   *
   * @return null where there is no agent, or it does not know the word
   */
  @Nullable Object say(String word, @Nullable Object... arguments) {
    if (runtime == null) {
      return null;
    }
    try {
      return runtime.apply(word, arguments);
    } catch (UnsupportedOperationException e) {
      return null; // it has said in its log that it is the older side
    }
  }

  @Override
  public @Nullable Object apply(String word, Object[] arguments) {
    switch (word) {
      case DISCOVER:
        hooks.discover((ClassLoader) arguments[0], this::report);
        return null;
      case DRAINING:
        draining = (Boolean) arguments[0];
        return null;
      case DRIVE:
        return drive(arguments);
      case NEXT_PHASE:
        return hooks.nextPhase();
      case START:
        return hooks.start((Integer) arguments[0], context(arguments), this::report);
      case LOOK:
        hooks.look(this::report);
        return null;
      case GIVE_UP:
        hooks.giveUp(this::report);
        return null;
      case IN_FLIGHT:
        return hooks.inFlight();
      case DRIVE_BACK:
        DrainPhases.resume(copies(arguments), this::draining);
        return null;
      case LAST_PHASE:
        return hooks.lastPhase();
      case RESUME:
        return hooks.resume((Integer) arguments[0], text -> say(TROUBLE, text));
      default:
        throw new UnsupportedOperationException(word);
    }
  }

  @SuppressWarnings("unchecked")
  private static List<BiFunction<String, Object[], @Nullable Object>> copies(Object[] order) {
    return (List<BiFunction<String, Object[], @Nullable Object>>) order[0];
  }

  private Integer drive(Object[] order) {
    return DrainPhases.run(
        copies(order),
        this::draining,
        (String) order[1],
        (Long) order[2],
        (Integer) order[3],
        (Integer) order[4]);
  }

  private static DrainContext context(Object[] order) {
    DrainContext.Reason reason;
    try {
      reason = DrainContext.Reason.valueOf((String) order[1]);
    } catch (IllegalArgumentException e) {
      reason = DrainContext.Reason.STOP; // a newer jhot's word: it ends in any case
    }
    return new DrainContext(reason, (Long) order[2], (Integer) order[3], (Integer) order[4]);
  }

  private void report(String hook, int phase, long millis, String failure) {
    if (attached()) {
      say(HOOK_ENDED, hook, phase, millis, failure);
    } else if (!failure.isEmpty()) {
      System.err.println("jhot: drain hook " + hook + " failed: " + failure);
    }
  }

  /** The JVM ends. With jhot, the hooks have run by now, unless somebody else asked for the end. */
  private void end() {
    draining = true;
    if (attached()) {
      say(ENDING);
    } else if (endingAlone.compareAndSet(false, true)) {
      hooks.discover(Copy.class.getClassLoader(), this::report);
      hooks.discover(startedBy, this::report);
      long deadline =
          System.nanoTime() + Long.getLong(ALONE_TIMEOUT, ALONE_SECONDS) * 1_000_000_000;
      DrainPhases.run(
          List.of(this), this::draining, DrainContext.Reason.STOP.name(), deadline, 1, 0);
    }
  }
}
