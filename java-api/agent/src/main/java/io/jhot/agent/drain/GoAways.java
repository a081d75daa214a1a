package io.jhot.agent.drain;

import io.jhot.agent.app.AppObjects;
import java.lang.reflect.Constructor;
import java.lang.reflect.Field;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.WeakHashMap;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import sun.nio.ch.JhotDrain.Server;

/**
 * Asks HTTP/2 clients to leave a draining generation, each at its next request; idle clients of
 * Netty at once.
 *
 * <p>First by a GOAWAY that names the highest stream there may be (RFC 9113, 6.8): the client
 * begins no more streams on that connection, and those that it has begun, or begins before it reads
 * that, are still served. So none is lost, and none has to be sent again. The methods of Jetty,
 * Undertow and Netty would treat the connection as closed from then on, and refuse later streams or
 * cut off those in flight; so only the frame is sent, by their own writers.
 *
 * <p>Many clients then close the connection; others (java.net.http) leave that to the server. So
 * when no stream is open and no request has come for a second, by when the client must have read
 * the GOAWAY, the server's own method is used: another GOAWAY with the last stream that there was,
 * and the end of the connection. Otherwise jhot might take the connection for busy until the
 * deadline: it sees only who sent last, and that is often the client, with a frame that nobody
 * answers.
 */
final class GoAways {
  private static final int EVERY_STREAM = Integer.MAX_VALUE;
  private static final int NO_ERROR = 0;
  private static final long QUIET_NANOS = 1_000_000_000;
  private static final long MILLIS_BETWEEN_LOOKS = 250;

  /** A connection whose client has been told. */
  private static final class Told {
    final Server server;
    final Object connection;
    final @Nullable Object context;
    long asked;

    Told(Server server, Object connection, @Nullable Object context) {
      this.server = server;
      this.connection = connection;
      this.context = context;
    }
  }

  private final Consumer<Throwable> failed;
  private final Map<Object, Told> told = new HashMap<>(); // keys have no equals: by identity
  private final Map<Object, Boolean> followed = new WeakHashMap<>();

  /**
   * @param failed is told why a connection cannot be ended
   */
  GoAways(Consumer<Throwable> failed) {
    this.failed = failed;
  }

  /**
   * A request has come.
   *
   * @param connection the server's own object for the connection
   * @param context Netty's; null for others
   * @throws ReflectiveOperationException if the server is not as the agent knows it
   */
  void serving(Server server, Object connection, @Nullable Object context)
      throws ReflectiveOperationException {
    if (server == Server.NETTY_HTTP2 && !isNettyServer(connection)
        || server == Server.TOMCAT_HTTP2 && !knowsRoundTrip(connection)
        || !isFirst(server, connection, context)) {
      return;
    }
    switch (server) {
      case TOMCAT_HTTP2 -> AppObjects.call(connection, "pause");
      case JETTY_HTTP2 -> tellJetty(connection);
      case UNDERTOW_HTTP2 -> tellUndertow(connection);
      default -> tellNetty(connection, Objects.requireNonNull(context));
    }
  }

  /**
   * Tomcat serves streams for so long after its GOAWAY as a round trip takes, and refuses later
   * ones. Before its first ping is answered it takes that to be no time at all.
   */
  private static boolean knowsRoundTrip(Object handler) throws ReflectiveOperationException {
    Object pings = AppObjects.field(handler, "pingManager");
    return (long) AppObjects.callHidden(pings, "getRoundTripTimeNano") > 0;
  }

  /**
   * Tells those of Netty's that rest; the other servers' are told at their next request. Does not
   * wait for it.
   */
  void tellResting() {
    NettyLoops.visit(
        (handler, context) -> {
          serving(Server.NETTY_HTTP2, handler, context);
          AppObjects.call(context, "flush"); // nothing has come whose end would do that
        },
        failed);
  }

  private boolean isFirst(Server server, Object connection, @Nullable Object context) {
    synchronized (told) {
      Told one = told.get(connection);
      boolean first = one == null;
      if (one == null) {
        one = new Told(server, connection, context);
        if (told.isEmpty()) {
          Thread ending = new Thread(null, this::endQuietOnes, "jhot-goaway", 0, false);
          ending.setDaemon(true);
          ending.start();
        }
        told.put(connection, one);
      }
      one.asked = System.nanoTime();
      return first;
    }
  }

  /** Runs until none is left, which may be after the drain. */
  private void endQuietOnes() {
    try {
      do {
        Thread.sleep(MILLIS_BETWEEN_LOOKS);
      } while (endQuietOnesNow());
    } catch (InterruptedException e) {
      return; // only who interrupts all threads does that
    }
  }

  private boolean endQuietOnesNow() {
    List<Told> quiet = new ArrayList<>();
    synchronized (told) {
      for (Told one : told.values()) {
        if (System.nanoTime() - one.asked > QUIET_NANOS) {
          quiet.add(one);
        }
      }
    }
    for (Told one : quiet) {
      boolean over = true;
      try {
        over = isOver(one);
      } catch (ReflectiveOperationException | RuntimeException | LinkageError e) {
        failed.accept(e);
      }
      if (over) {
        synchronized (told) {
          told.remove(one.connection);
        }
      }
    }
    synchronized (told) {
      return !told.isEmpty();
    }
  }

  /** Ends a connection that has no stream; whether there is nothing more to do about it. */
  private boolean isOver(Told one) throws ReflectiveOperationException {
    return switch (one.server) {
      case TOMCAT_HTTP2 -> endTomcat(one.connection);
      case JETTY_HTTP2 -> endJetty(one.connection);
      case UNDERTOW_HTTP2 -> endUndertow(one.connection);
      default -> endNetty(one.connection, Objects.requireNonNull(one.context));
    };
  }

  private static boolean endTomcat(Object handler) throws ReflectiveOperationException {
    Object wrapper = AppObjects.field(handler, "socketWrapper");
    if ((boolean) AppObjects.call(wrapper, "isClosed")) {
      return true;
    }
    if (TomcatServer.http2(wrapper, handler).isBusy()) {
      return false;
    }
    AppObjects.callHidden(handler, "closeConnection", (Object) null); // without an error
    return true;
  }

  private static boolean endJetty(Object session) throws ReflectiveOperationException {
    if (JettyServer.http2(session).isBusy()) {
      return false;
    }
    // waits for the client to close; so the next time it is done here
    Object nothing = constant(session, "org.eclipse.jetty.util.Callback", "NOOP");
    if (!(boolean) AppObjects.callOnly(session, "close", NO_ERROR, "", nothing)) {
      AppObjects.call(session, "disconnect");
    }
    return (boolean) AppObjects.call(session, "isDisconnected");
  }

  private boolean endUndertow(Object channel) throws ReflectiveOperationException {
    if (!(boolean) AppObjects.call(channel, "isOpen")) {
      return true;
    }
    if (UndertowServer.framed(channel).isBusy()) {
      return false;
    }
    Executor thread = (Executor) AppObjects.call(channel, "getIoThread");
    thread.execute(
        () -> {
          try {
            AppObjects.call(channel, "sendGoAway", int.class, NO_ERROR); // and closes
          } catch (ReflectiveOperationException | RuntimeException | LinkageError e) {
            failed.accept(e);
          }
        });
    return true;
  }

  private static boolean endNetty(Object handler, Object context)
      throws ReflectiveOperationException {
    if (NettyServer.http2(handler).isBusy()) {
      return false;
    }
    AppObjects.call(AppObjects.call(context, "channel"), "close"); // says GOAWAY itself
    return true;
  }

  /** Whether Undertow must go on with the connection behind that frame: it is one of these. */
  boolean isFollowed(Object frame) {
    synchronized (followed) {
      return followed.containsKey(frame);
    }
  }

  /** {@code session.frames(null, List.of(GoAwayFrame.GRACEFUL), Callback.NOOP)} */
  private static void tellJetty(Object session) throws ReflectiveOperationException {
    Object frame = constant(session, "org.eclipse.jetty.http2.frames.GoAwayFrame", "GRACEFUL");
    Object nothing = constant(session, "org.eclipse.jetty.util.Callback", "NOOP");
    AppObjects.callOnly(session, "frames", null, List.of(frame), nothing);
  }

  private static Object constant(Object near, String type, String name)
      throws ReflectiveOperationException {
    Field field = Class.forName(type, true, near.getClass().getClassLoader()).getField(name);
    return field.get(null);
  }

  /**
   * {@code channel.flushChannelIgnoreFailure(new Http2GoAwayStreamSinkChannel(channel, NO_ERROR,
   * EVERY_STREAM))}
   */
  private void tellUndertow(Object channel) throws ReflectiveOperationException {
    Class<?> type = channel.getClass();
    Class<?> frameType =
        Class.forName(
            type.getPackageName() + ".Http2GoAwayStreamSinkChannel", true, type.getClassLoader());
    Constructor<?> constructor = frameType.getDeclaredConstructor(type, int.class, int.class);
    constructor.setAccessible(true);
    Object frame = constructor.newInstance(channel, NO_ERROR, EVERY_STREAM);
    synchronized (followed) {
      followed.put(frame, true);
    }
    AppObjects.callHidden(channel, "flushChannelIgnoreFailure", frame);
  }

  /** The app's own clients use the same class. */
  private static boolean isNettyServer(Object handler) throws ReflectiveOperationException {
    return (boolean) AppObjects.call(AppObjects.call(handler, "connection"), "isServer");
  }

  /** Netty flushes it when it has read all that has come. */
  private static void tellNetty(Object handler, Object context)
      throws ReflectiveOperationException {
    Object writer = AppObjects.call(AppObjects.call(handler, "encoder"), "frameWriter");
    Object empty = AppObjects.call(AppObjects.call(context, "alloc"), "buffer");
    Object promise = AppObjects.call(context, "newPromise");
    AppObjects.callOnly(
        writer, "writeGoAway", context, EVERY_STREAM, (long) NO_ERROR, empty, promise);
  }
}
