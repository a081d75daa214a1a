package io.jhot.agent.drain;

import io.jhot.agent.app.AppObjects;
import io.jhot.protocol.Work;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import org.jspecify.annotations.Nullable;
import sun.nio.ch.JhotFields;

/**
 * The JDK's HttpServer and HttpsServer. A server is recognized by its dispatcher's thread. It has a
 * set of all its connections; one that is being answered is not in its selector.
 */
final class JdkServer implements ServerReader {
  private static final String PACKAGE = "sun.net.httpserver.";

  @Override
  public boolean read(Object root, @Nullable SelectionKey key, Found found)
      throws ReflectiveOperationException {
    String type = root.getClass().getName();
    if (!type.startsWith(PACKAGE)) {
      return false;
    }
    if (!type.equals(PACKAGE + "ServerImpl$Dispatcher")) {
      return true; // a connection, which the dispatcher leads to
    }
    Object server = AppObjects.field(root, "this$0");
    Collection<?> all = (Collection<?>) AppObjects.field(server, "allConnections");
    List<Object> copy;
    synchronized (all) { // a synchronized set, which is its own lock
      copy = new ArrayList<>(all);
    }
    for (Object one : copy) {
      found.add((SocketChannel) AppObjects.field(one, "chan"), work(one));
    }
    return true;
  }

  private static Work work(Object connection) {
    Object state = JhotFields.field(connection, "state");
    if (state == null) {
      return Work.AT_REST; // newly accepted, in some releases of 17
    }
    switch (state.toString()) {
      case "IDLE":
      case "NEWLY_ACCEPTED":
        return Work.AT_REST;
      case "REQUEST":
        return isGreeting(connection) ? Work.AT_REST : Work.RECEIVING;
      default:
        return Work.ANSWERING;
    }
  }

  /** The first bytes of TLS count as a request, though the client may not ask for long. */
  private static boolean isGreeting(Object connection) {
    Object streams = JhotFields.field(connection, "sslStreams");
    Object engine = streams == null ? null : JhotFields.field(streams, "engine");
    boolean first = JhotFields.field(connection, "context") == null;
    return first && engine != null && Tls.of(engine) == Tls.Talk.NONE;
  }

  /**
   * Lets an answer of HttpsServer say that its connection ends, unless more of a request has been
   * read.
   *
   * @param exchange whose answer is about to begin
   */
  static void endConnection(Object exchange) throws ReflectiveOperationException {
    Object connection = JhotFields.field(exchange, "connection");
    if (connection != null
        && JhotFields.field(connection, "sslContext") != null
        && !hasInput(connection)) {
      Object headers = JhotFields.field(exchange, "rspHdrs");
      Class<?>[] types = {String.class, String.class};
      AppObjects.call(headers, "set", types, "Connection", "close");
    }
  }

  private static boolean hasInput(Object connection) {
    try {
      return JhotFields.field(connection, "i") instanceof InputStream input
          && input.available() > 0;
    } catch (IOException e) {
      return false; // closed meanwhile: writing the answer will say so
    }
  }
}
