package io.jhot.api;

import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.channels.FileChannel;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;

/**
 * What an app can tell jhot and ask it. All methods are safe for any thread. None throws because
 * jhot is missing: without jhot a process is a first and only generation.
 *
 * @see io.jhot.api
 */
public final class Jhot {
  /** What {@code jhot status} shows of a text. */
  private static final int MAX_STATUS = 200;

  /** What goes along in one message. */
  private static final int MAX_UNREAD = 48 * 1024;

  private static final Copy COPY = Copy.INSTANCE;

  private Jhot() {}

  // ---- readiness ----

  /**
   * The app can serve: its generation ends {@code STARTING}. Further calls, and calls while it
   * drains, change nothing. A generation that is expected to call this and does not is stopped
   * after {@code --ready-timeout}.
   *
   * <p>Returns when jhot has the listeners that are open now, so that an immediate reload can pass
   * them on: after some tenths of a second if one was opened just before, and within ten seconds in
   * any case.
   */
  public static void ready() {
    COPY.say(Copy.READY);
  }

  /**
   * The app will call {@link #ready()}, and is not ready until then, even if it listens. To be
   * called before the app opens its first listener. The manifest attribute {@code Jhot-Ready:
   * explicit} in the jar of {@code java -jar} has the same effect, and so has the operator's {@code
   * --ready notify}.
   */
  public static void readyIsExplicit() {
    COPY.say(Copy.EXPLICIT);
  }

  /**
   * What the app is doing, for {@code jhot status}: {@code warming cache 40 %}. The last call
   * counts.
   *
   * @param text one line, cut at 200 characters
   */
  public static void status(String text) {
    String line = text.replace('\n', ' ');
    COPY.say(Copy.STATUS, line.length() > MAX_STATUS ? line.substring(0, MAX_STATUS) : line);
  }

  /** {@return which generation this is} */
  public static Generation generation() {
    if (COPY.say(Copy.GENERATION) instanceof Object[] told && told.length >= 3) {
      int predecessor = (Integer) told[2];
      return new Generation(
          (Integer) told[0],
          start((String) told[1]),
          predecessor > 0 ? OptionalInt.of(predecessor) : OptionalInt.empty());
    }
    return Generation.ALONE;
  }

  private static Generation.Start start(String word) {
    try {
      return Generation.Start.valueOf(word);
    } catch (IllegalArgumentException e) {
      return Generation.Start.RELOAD; // a newer jhot's word: it is not the first in any case
    }
  }

  // ---- listeners ----

  /**
   * The listener that the operator gave by {@code --listen name=...}: TCP or a unix-domain one.
   *
   * @see #listener(String, SocketAddress)
   * @param name the name in {@code --listen}
   * @return as with an address
   * @throws IOException when there is none of that name, which is always so without jhot
   */
  public static ServerSocketChannel listener(String name) throws IOException {
    return NamedListeners.listener(Objects.requireNonNull(name), null);
  }

  /**
   * A listener that all generations have: the one of {@code --listen name=...}, or, where the
   * operator gave none of that name, one at an address that the app chooses. Either way clients
   * wait in one queue and are never refused between generations: the listener accepts nothing until
   * its generation goes live, and nothing more when the generation drains. Without jhot it is
   * simply bound.
   *
   * <p>jhot removes the file of a unix-domain listener when jhot ends; without jhot it stays. A
   * leftover that nobody listens on is replaced. jhot does not see connections of such a listener:
   * {@link #track} what the drain must wait for.
   *
   * @param name the name in {@code --listen}
   * @param otherwise an internet address, or a {@link java.net.UnixDomainSocketAddress}
   * @return bound and in blocking mode; the caller closes it
   * @throws IOException when it cannot be bound, or is taken by another listener of this app
   */
  public static ServerSocketChannel listener(String name, SocketAddress otherwise)
      throws IOException {
    return NamedListeners.listener(Objects.requireNonNull(name), Objects.requireNonNull(otherwise));
  }

  /**
   * The UDP socket that the operator gave by {@code --listen name=udp://...}.
   *
   * @see #datagrams(String, InetSocketAddress)
   * @param name the name in {@code --listen}
   * @return as with an address
   * @throws IOException when there is none of that name, which is always so without jhot
   */
  public static DatagramChannel datagrams(String name) throws IOException {
    return NamedListeners.datagrams(Objects.requireNonNull(name), null);
  }

  /**
   * A UDP socket that all generations have: the one of {@code --listen name=udp://...}, or, where
   * the operator gave none of that name, one at an address that the app chooses. Datagrams wait in
   * one queue. A generation receives while it is live, and can answer at any time, also while it
   * drains. Without jhot it is simply bound.
   *
   * @param name the name in {@code --listen}
   * @param otherwise where to receive if there is none
   * @return bound and in blocking mode; it cannot be connected; the caller closes it
   * @throws IOException when it cannot be bound, or this app has it already
   */
  public static DatagramChannel datagrams(String name, InetSocketAddress otherwise)
      throws IOException {
    return NamedListeners.datagrams(
        Objects.requireNonNull(name), Objects.requireNonNull(otherwise));
  }

  // ---- what one generation gives to the next ----

  /**
   * Offers state to successors. Whenever one asks for it, {@code writer} writes it into sealed
   * memory that only that successor gets. If the successor fails, its copy ends with it, and the
   * next one gets a new copy. Needs Java 22 in both generations; an earlier Java logs that and
   * offers nothing.
   *
   * @param name what the two generations call it; a later offer of that name replaces this one
   * @param version the app's own number for the format of the state
   * @param writer called while this generation serves or drains
   * @return takes the offer back
   */
  public static Registration handOver(String name, int version, StateWriter writer) {
    Objects.requireNonNull(writer);
    BiFunction<String, Object[], @Nullable Object> called =
        (word, arguments) -> {
          try {
            writer.write((OutputStream) arguments[0]);
            return null;
          } catch (IOException e) {
            throw new UncheckedIOException(e);
          }
        };
    Object taken = COPY.say(Copy.OFFER, Objects.requireNonNull(name), version, called);
    return taken instanceof Runnable back ? back::run : () -> {};
  }

  /**
   * State of the generation before this one; waits up to 10 s for it to be written.
   *
   * @see #inherited(String, Duration)
   * @param name what the two generations call it
   * @return empty: there is none, or it is incomplete
   */
  public static Optional<Inherited> inherited(String name) {
    return inherited(name, Duration.ofSeconds(10));
  }

  /**
   * State of the previous generation, which serves while this one starts, or drains by now. Each
   * call has it written again.
   *
   * @param name what the two generations call it
   * @param patience how long to wait for it to be written
   * @return empty: there is no predecessor, it offers none, or what came was not complete; the log
   *     has the reason in the latter case
   */
  public static Optional<Inherited> inherited(String name, Duration patience) {
    if (COPY.say(Copy.INHERITED, Objects.requireNonNull(name), patience.toMillis())
            instanceof Object[] told
        && told.length >= 3) {
      return Optional.of(
          new Inherited((Integer) told[0], (Integer) told[1], (FileChannel) told[2]));
    }
    return Optional.empty();
  }

  /**
   * Gives a connection to the successor, where everything that was read has been handled.
   *
   * @param name what the two generations call it
   * @param connection in any mode
   * @return whether the successor has it
   * @see #handOver(String, SocketChannel, ByteBuffer)
   */
  public static CompletionStage<Boolean> handOver(String name, SocketChannel connection) {
    return handOver(name, connection, ByteBuffer.allocate(0));
  }

  /**
   * Gives a live TCP connection to the generation that serves now, which must have a handler of
   * that name ({@link #onInherited}). Bytes that the client has sent and nobody has read are in the
   * socket and go along. Needs Java 22 in both generations.
   *
   * <p>The app must have stopped using the connection: no thread reads or writes it, and no
   * selector has it registered. Bytes encrypted for a TLS session cannot be continued by another
   * process.
   *
   * @param name what the two generations call it
   * @param connection in any mode
   * @param unread what was read and not handled, at most 48 KiB; is read to its end
   * @return true: the successor has it, and {@code connection} is closed here; false: nobody took
   *     it, and this generation keeps it. Never fails; without jhot it is false
   * @throws IllegalArgumentException for something else than a connected TCP channel of the JDK's,
   *     or for too many bytes
   */
  @SuppressWarnings("unchecked")
  public static CompletionStage<Boolean> handOver(
      String name, SocketChannel connection, ByteBuffer unread) {
    if (unread.remaining() > MAX_UNREAD) {
      throw new IllegalArgumentException(
          unread.remaining() + " bytes that are not dealt with; at most " + MAX_UNREAD + " travel");
    }
    if (connection.isRegistered()) {
      throw new IllegalArgumentException(
          "the connection is registered with a selector: cancel its key and let it select once");
    }
    byte[] bytes = new byte[unread.remaining()];
    unread.get(bytes);
    Object told = COPY.say(Copy.GIVE, Objects.requireNonNull(name), connection, bytes);
    return told instanceof CompletionStage<?> stage
        ? (CompletionStage<Boolean>) stage
        : CompletableFuture.completedFuture(false);
  }

  /**
   * Takes connections over from the generation before this one. Register it before this generation
   * is ready: the predecessor begins to drain then, and looks for a handler for 5 s.
   *
   * @param name what the two generations call it; a later handler of that name replaces this one
   * @param handler is given each connection
   * @return takes it back
   */
  public static Registration onInherited(String name, ConnectionHandler handler) {
    Objects.requireNonNull(handler);
    BiFunction<String, Object[], @Nullable Object> called =
        (word, arguments) -> {
          try {
            handler.inherited((SocketChannel) arguments[0], ByteBuffer.wrap((byte[]) arguments[1]));
            return null;
          } catch (Exception e) {
            throw e instanceof RuntimeException r ? r : new IllegalStateException(e.toString(), e);
          }
        };
    Object taken = COPY.say(Copy.TAKE, Objects.requireNonNull(name), called);
    return taken instanceof Runnable back ? back::run : () -> {};
  }

  // ---- drain ----

  /**
   * Registers a hook in the phase {@link DrainHook#WORK_DONE}.
   *
   * @param name how the log and {@code jhot status} name it
   * @param hook runs once
   * @return takes it back; a hook that has begun runs to its end
   */
  public static Registration onDrain(String name, DrainHook hook) {
    return onDrain(name, DrainHook.WORK_DONE, hook);
  }

  /**
   * Registers a hook. One that is registered while the drain runs, by another hook say, still runs
   * in it. Without jhot, hooks run when the JVM ends, by TERM or by itself, for at most 30 s
   * ({@code -Djhot.drain.seconds}).
   *
   * @param name how the log and {@code jhot status} name it
   * @param phase lower ones run first; see {@link DrainHook}
   * @param hook runs once
   * @return takes it back; a hook that has begun runs to its end
   */
  public static Registration onDrain(String name, int phase, DrainHook hook) {
    return COPY.hooks.add(Objects.requireNonNull(name), phase, Objects.requireNonNull(hook));
  }

  /**
   * Registers a hook that can be resumed: {@code onDrain("consumer", STOP_INTAKE, context ->
   * consumer.pause(), consumer::resume)}.
   *
   * @param name how the log and {@code jhot status} name it
   * @param phase lower ones run first; see {@link DrainHook}
   * @param hook runs once in each drain
   * @param resume see {@link DrainHook#resume}
   * @return takes it back; a hook that has begun runs to its end
   */
  public static Registration onDrain(String name, int phase, DrainHook hook, Runnable resume) {
    Objects.requireNonNull(hook);
    Objects.requireNonNull(resume);
    return onDrain(
        name,
        phase,
        new DrainHook() {
          @Override
          public @Nullable CompletionStage<?> drain(DrainContext context) throws Exception {
            return hook.drain(context);
          }

          @Override
          public boolean resume() {
            resume.run();
            return true;
          }
        });
  }

  /**
   * Begins a unit of work that the drain waits for: a job, a message that is consumed. Costs one
   * atomic addition.
   *
   * {@snippet :
   * try (var work = Jhot.track()) {
   *   handle(message);
   * }
   * }
   *
   * @return to be closed when the work is done
   */
  public static InFlight track() {
    return new InFlight(COPY.hooks);
  }

  /**
   * {@return whether this generation drains: a consumer takes no new work then} Cheap: one read.
   */
  public static boolean draining() {
    return COPY.draining();
  }
}
