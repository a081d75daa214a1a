package io.jhot.agent.drain;

import io.jhot.agent.app.AppObjects;
import io.jhot.protocol.Work;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import java.util.Collection;
import org.jspecify.annotations.Nullable;
import sun.nio.ch.JhotFields;

/**
 * Jetty, as of 12. Its end points hang at the keys of its selectors, also while they are served.
 *
 * <p>The parser of HTTP/1.1 is back at its start when the answer has ended; one that is there,
 * holds nothing and waits to be filled is at rest. HTTP/2 is judged by its streams.
 */
final class JettyServer implements ServerReader {
  private static final String PACKAGE = "org.eclipse.jetty.";

  @Override
  public boolean read(Object root, @Nullable SelectionKey key, Found found)
      throws ReflectiveOperationException {
    if (key == null || !root.getClass().getName().startsWith(PACKAGE)) {
      return false;
    }
    if (key.channel() instanceof SocketChannel channel && AppObjects.has(root, "getConnection")) {
      found.add(channel, work(root));
    }
    return true;
  }

  private static Work work(Object endPoint) throws ReflectiveOperationException {
    Object connection = AppObjects.call(endPoint, "getConnection");
    String type = connection == null ? "" : connection.getClass().getName();
    if (type.endsWith(".ssl.SslConnection")) {
      Object inner = JhotFields.field(connection, "_sslEndPoint");
      inner = inner == null ? AppObjects.field(connection, "_decryptedEndPoint") : inner;
      Work work = work(inner);
      boolean receiving =
          holds(connection, "_encryptedInput")
              || Tls.shakesHands(JhotFields.field(connection, "_sslEngine"));
      return work == Work.AT_REST && receiving ? Work.RECEIVING : work;
    } else if (type.endsWith(".HttpConnection")) {
      return http1(endPoint, connection);
    } else if (JhotFields.field(connection, "session") != null && type.contains(".http2.")) {
      return http2(AppObjects.call(connection, "getSession"));
    } else if (type.contains(".websocket.")) {
      return Work.WEB_SOCKET;
    }
    boolean begins = type.contains("Negotiating") || type.contains("ALPN"); // which protocol
    return begins ? Work.AT_REST : Work.OPAQUE;
  }

  private static Work http1(Object endPoint, Object connection)
      throws ReflectiveOperationException {
    Object parser = AppObjects.field(connection, "_parser");
    if (!(boolean) AppObjects.call(parser, "isStart")) {
      if (!(boolean) AppObjects.call(parser, "isComplete")) {
        return Work.RECEIVING;
      }
      Object generator = AppObjects.field(connection, "_generator");
      boolean begun = (boolean) AppObjects.call(generator, "isCommitted");
      return begun ? Work.ANSWERING : Work.UNANSWERED;
    }
    if (holds(connection, "_requestBuffer")) {
      return Work.RECEIVING;
    }
    // else a thread is about to read from it
    return (boolean) AppObjects.call(endPoint, "isFillInterested") ? Work.AT_REST : Work.HIDDEN;
  }

  static Work http2(Object session) throws ReflectiveOperationException {
    if (!((Collection<?>) AppObjects.call(session, "getStreams")).isEmpty()) {
      return Work.STREAMS;
    }
    Object parser = AppObjects.field(session, "parser");
    Object head = AppObjects.field(parser, "headerParser");
    boolean receiving =
        JhotFields.number(parser, "continuation", 0) == 1
            || JhotFields.number(head, "cursor", 0) > 0
            || JhotFields.number(head, "length", 0) > 0
            || JhotFields.number(head, "streamId", 0) > 0;
    return receiving ? Work.RECEIVING : Work.AT_REST;
  }

  private static boolean holds(Object connection, String buffer)
      throws ReflectiveOperationException {
    Object bytes = JhotFields.field(connection, buffer);
    return bytes != null && (boolean) AppObjects.call(bytes, "hasRemaining");
  }
}
