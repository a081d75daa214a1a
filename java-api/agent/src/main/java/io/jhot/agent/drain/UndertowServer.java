package io.jhot.agent.drain;

import io.jhot.agent.app.AppObjects;
import io.jhot.protocol.Work;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import java.util.Map;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;
import sun.nio.ch.JhotFields;

/**
 * Undertow. Its conduits hang at the keys of XNIO's selectors, and are looked at on the thread that
 * serves them.
 *
 * <p>The listener of a connection tells: the reader of requests, which is at its start when nothing
 * is asked; the reader of the frames of HTTP/2 or of a WebSocket; or nobody, while a request is
 * answered.
 */
final class UndertowServer implements ServerReader {
  /** TLS, time limits and such lie between the conduit and who listens. */
  private static final int MAX_BETWEEN = 6;

  private static final String PACKAGE = "io.undertow.";

  @Override
  public boolean read(Object root, @Nullable SelectionKey key, Found found)
      throws ReflectiveOperationException {
    if (key == null || !root.getClass().getName().startsWith("org.xnio.nio.")) {
      return false;
    }
    if (root.getClass().getName().endsWith(".NioSocketConduit")
        && key.channel() instanceof SocketChannel channel) {
      Executor thread = (Executor) AppObjects.field(root, "workerThread");
      found.ask(thread, () -> found.add(channel, work(root)));
    }
    return true;
  }

  private static Work work(Object conduit) throws ReflectiveOperationException {
    Object handler = JhotFields.field(conduit, "readReadyHandler");
    boolean holdsRecord = false;
    for (int i = 0; handler != null && i < MAX_BETWEEN; i++) {
      Object source = JhotFields.field(handler, "channel");
      if (source != null) {
        Work work = workOf(JhotFields.field(source, "readListener"));
        return work == Work.AT_REST && holdsRecord ? Work.RECEIVING : work;
      }
      Object tls = JhotFields.field(handler, "this$0");
      holdsRecord |=
          tls != null
              && (JhotFields.field(tls, "dataToUnwrap") != null
                  || Tls.shakesHands(JhotFields.field(tls, "engine")));
      handler = JhotFields.field(handler, "delegateHandler");
    }
    return Work.OPAQUE;
  }

  private static Work workOf(Object listener) throws ReflectiveOperationException {
    if (listener == null) {
      return Work.UNANSWERED;
    }
    String type = listener.getClass().getName();
    if (type.endsWith(".HttpReadListener")) {
      return http1(listener);
    } else if (type.endsWith("AbstractFramedChannel$FrameReadListener")) {
      return framed(AppObjects.field(listener, "this$0"));
    } else if (type.contains("AlpnOpenListener")) {
      return Work.AT_REST; // which protocol is not known yet
    }
    return type.startsWith(PACKAGE) ? Work.UNANSWERED : Work.OPAQUE;
  }

  private static Work http1(Object listener) throws ReflectiveOperationException {
    Object connection = AppObjects.field(listener, "connection");
    Object exchange = JhotFields.field(connection, "current");
    if (exchange != null && !(boolean) AppObjects.call(exchange, "isComplete")) {
      boolean begun = (boolean) AppObjects.call(exchange, "isResponseStarted");
      return begun ? Work.ANSWERING : Work.UNANSWERED;
    }
    boolean begun =
        JhotFields.number(listener, "requestState", 0) != 0
            || JhotFields.number(listener, "read", 0) != 0
            || JhotFields.number(AppObjects.field(listener, "state"), "state", 0) != 0
            || JhotFields.field(connection, "extraBytes") != null;
    return begun ? Work.RECEIVING : Work.AT_REST;
  }

  static Work framed(Object channel) throws ReflectiveOperationException {
    if (JhotFields.field(channel, "currentStreams") instanceof Map<?, ?> streams) {
      if (!streams.isEmpty()) {
        return Work.STREAMS;
      }
      Object frame = JhotFields.field(channel, "frameParser");
      boolean receiving =
          frame != null && JhotFields.number(frame, "read", 0) > 0
              || JhotFields.field(channel, "continuationParser") != null
              || JhotFields.field(channel, "readData") != null;
      return receiving ? Work.RECEIVING : Work.AT_REST;
    }
    return channel.getClass().getName().contains("WebSocket") ? Work.WEB_SOCKET : Work.OPAQUE;
  }
}
