package io.jhot.agent.drain;

import io.jhot.agent.app.AppObjects;
import java.lang.reflect.Method;
import java.nio.ByteBuffer;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import sun.nio.ch.JhotDrain.Server;
import sun.nio.ch.JhotFields;

/**
 * Makes servers say by their own means that a connection ends, where the bytes on the socket cannot
 * be changed: under TLS, and where a native transport writes past the JDK. Called while this
 * generation drains, by the thread that serves.
 */
public final class ServerAnswers {
  private static final int FIRST_FINAL_STATUS = 200;
  private static final int MAX_INSPECTED = 16 * 1024;

  private final Pipelines pipelines;
  private final GoAways goAways;

  /**
   * @param failed is told why an HTTP/2 connection cannot be ended
   */
  public ServerAnswers(Pipelines pipelines, Consumer<Throwable> failed) {
    this.pipelines = pipelines;
    goAways = new GoAways(failed);
  }

  /**
   * A server is about to do that.
   *
   * @param message what Netty reads or writes, or the context of its HTTP/2; null for others
   * @throws ReflectiveOperationException if the server is not as the agent knows it
   */
  public void serving(Server server, Object connection, @Nullable Object message)
      throws ReflectiveOperationException {
    switch (server) {
      case NETTY_READS -> readNetty(connection, Objects.requireNonNull(message));
      case NETTY_WRITES -> writeNetty(connection, Objects.requireNonNull(message));
      case TOMCAT -> {
        // plaintext is changed at the socket, where pipelined requests are known
        if (JhotFields.field(connection, "sslSupport") != null
            && !hasInputTomcat(connection)
            && !JhotFields.setFlag(connection, "keepAlive", false)) {
          throw new NoSuchFieldException("keepAlive of Tomcat's Http11Processor");
        }
      }
      case TOMCAT_HTTP2, JETTY_HTTP2, UNDERTOW_HTTP2, NETTY_HTTP2 ->
          goAways.serving(server, connection, message);
      case JDK -> JdkServer.endConnection(connection);
    }
  }

  /** See {@link GoAways#tellResting}. */
  public void tellResting() {
    goAways.tellResting();
  }

  /** See {@link GoAways#isFollowed}. */
  public boolean isFollowed(Object frame) {
    return goAways.isFollowed(frame);
  }

  /**
   * Whether an answer has to end its connection: under TLS, where the bytes cannot be changed,
   * unless the answer upgrades the connection to another protocol such as WebSocket.
   *
   * @param subject Undertow's exchange, or the configuration of Jetty's connector, whose thread of
   *     now says which connection is meant
   */
  public static boolean isLast(Object subject) throws ReflectiveOperationException {
    return isUnderTls(subject) && !isUpgrade(subject);
  }

  private static boolean isUpgrade(Object subject) throws ReflectiveOperationException {
    if (AppObjects.has(subject, "isUpgrade")) {
      return (boolean) AppObjects.call(subject, "isUpgrade");
    }
    Method current = jettyConnection(subject).getDeclaredMethod("getCurrentConnection");
    current.setAccessible(true);
    Object connection = current.invoke(null);
    if (connection == null) {
      return false;
    }
    Object stream = JhotFields.field(connection, "_stream"); // of Jetty 12
    Object request =
        stream instanceof AtomicReference<?> one
            ? one.get()
            : JhotFields.field(connection, "_channel");
    return request != null && JhotFields.field(request, "_upgrade") != null;
  }

  private static Class<?> jettyConnection(Object configuration) throws ClassNotFoundException {
    ClassLoader loader = configuration.getClass().getClassLoader();
    String here = configuration.getClass().getPackageName();
    try {
      return Class.forName(here + ".internal.HttpConnection", false, loader);
    } catch (ClassNotFoundException e) {
      return Class.forName(here + ".HttpConnection", false, loader); // before 12
    }
  }

  private static boolean isUnderTls(Object subject) throws ReflectiveOperationException {
    if (AppObjects.has(subject, "isSecure")) {
      return (boolean) AppObjects.call(subject, "isSecure");
    }
    for (Object one : (Iterable<?>) AppObjects.call(subject, "getCustomizers")) {
      if (one.getClass().getName().endsWith("SecureRequestCustomizer")) {
        return true;
      }
    }
    return false;
  }

  // Under TLS what the socket holds says nothing. What the server has decrypted and not used is the
  // rest of a request, or one that was pipelined; either way another answer is early enough.

  private static boolean hasInputTomcat(Object processor) throws ReflectiveOperationException {
    Object input = JhotFields.field(processor, "inputBuffer");
    return JhotFields.field(input, "byteBuffer") instanceof ByteBuffer bytes
        && bytes.hasRemaining();
  }

  private void readNetty(Object context, Object message) throws ReflectiveOperationException {
    int readable = (int) AppObjects.call(message, "readableBytes");
    int from = (int) AppObjects.call(message, "readerIndex");
    byte[] bytes = new byte[Math.min(readable, MAX_INSPECTED)];
    AppObjects.call(message, "getBytes", new Class<?>[] {int.class, byte[].class}, from, bytes);
    pipelines.received(AppObjects.call(context, "channel"), bytes, bytes.length, readable);
  }

  /** {@code response.headers().set("connection", "close")}, unless more is to come. */
  private void writeNetty(Object context, Object message) throws ReflectiveOperationException {
    if (!AppObjects.has(message, "status")) {
      return; // a piece of content
    }
    int status = (int) AppObjects.call(AppObjects.call(message, "status"), "code");
    if (status < FIRST_FINAL_STATUS) { // an interim answer; 101 ends HTTP on this connection
      return;
    }
    if (pipelines.expectsMore(AppObjects.call(context, "channel"), 1, () -> false)) {
      return;
    }
    Object headers = AppObjects.call(message, "headers");
    Class<?>[] types = {String.class, Object.class};
    AppObjects.call(headers, "set", types, "connection", "close");
  }
}
