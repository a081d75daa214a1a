package io.jhot.agent.drain;

import io.jhot.agent.app.AppObjects;
import io.jhot.protocol.Work;
import java.net.SocketAddress;
import java.nio.channels.SelectionKey;
import java.util.Collection;
import java.util.Map;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;
import sun.nio.ch.JhotFields;
import sun.nio.ch.JhotTls;

/**
 * Netty, 4.1 and 4.2, on each of its transports, shaded copies too. Its event loops are asked, each
 * on its own thread: from another one, bytes may be read and not decoded yet.
 *
 * <p>HTTP/1.1 is judged by the state of decoder and encoder, and by the methods of the requests
 * that the codec has yet to answer. In older versions an interim answer takes one of those away,
 * and where decoder and encoder are two handlers there are none; then the bytes decide. HTTP/2 is
 * judged by its streams. OpenSSL shows nothing, so the handler notes which side spoke last.
 */
final class NettyServer implements ServerReader {
  private static final String HTTP2 = "io.netty.handler.codec.http2.Http2ConnectionHandler";
  private static final String WEB_SOCKET =
      "io.netty.handler.codec.http.websocketx.WebSocket08FrameDecoder";
  private static final String CODEC = "io.netty.channel.CombinedChannelDuplexHandler";
  private static final String DECODER = "io.netty.handler.codec.http.HttpRequestDecoder";
  private static final String ENCODER = "io.netty.handler.codec.http.HttpResponseEncoder";
  private static final String KEEP_ALIVE = "io.netty.handler.codec.http.HttpServerKeepAliveHandler";
  private static final String TLS = "io.netty.handler.ssl.SslHandler";

  @Override
  public boolean read(Object root, @Nullable SelectionKey key, Found found)
      throws ReflectiveOperationException {
    Object loop = NettyLoops.of(root);
    if (loop != null) {
      found.ask((Executor) loop, () -> look(loop, found));
    }
    // its NIO channels hang at keys, and are seen through their loop
    return loop != null || key != null && root.getClass().getName().contains("io.netty.");
  }

  private static void look(Object loop, Found found) throws ReflectiveOperationException {
    for (Object channel : NettyLoops.channels(loop)) {
      if (AppObjects.call(channel, "remoteAddress") instanceof SocketAddress peer
          && AppObjects.call(channel, "localAddress") instanceof SocketAddress local) {
        found.add(peer, local, work(AppObjects.call(channel, "pipeline")));
      }
    }
  }

  private static Work work(Object pipeline) throws ReflectiveOperationException {
    Work http = null;
    Tls.Talk tls = Tls.Talk.UNKNOWN;
    for (Object named : (Iterable<?>) pipeline) {
      Object handler = ((Map.Entry<?, ?>) named).getValue();
      if (NettyLoops.isA(handler, HTTP2)) {
        return http2(handler);
      } else if (NettyLoops.isA(handler, WEB_SOCKET)) {
        return Work.WEB_SOCKET;
      } else if (NettyLoops.isA(handler, TLS)) {
        tls = talk(handler);
      } else if (NettyLoops.isA(handler, KEEP_ALIVE)) {
        http = JhotFields.number(handler, "pendingResponses", 0) > 0 ? Work.UNANSWERED : http;
      } else {
        Work one = http(handler);
        http = http == null || one != null && one.isBusy() ? one : http;
      }
    }
    if (http != null && http.isBusy()) {
      return http;
    }
    switch (tls) {
      case HANDSHAKE:
        return Work.RECEIVING;
      case NONE:
        return Work.AT_REST;
      case ASKED:
        return Work.UNANSWERED;
      default:
        return http == null ? Work.OPAQUE : http;
    }
  }

  /** Streams, and the half of a frame or of a head that is to open one. */
  static Work http2(Object handler) throws ReflectiveOperationException {
    Object connection = AppObjects.call(handler, "connection");
    if ((int) AppObjects.call(connection, "numActiveStreams") > 0) {
      return Work.STREAMS;
    }
    Object reader = innermost(AppObjects.call(handler, "decoder"), "delegate");
    reader = innermost(AppObjects.field(reader, "frameReader"), "reader");
    boolean insideFrame =
        JhotFields.number(reader, "readingHeaders", 1) == 0; // past a frame's head
    return insideFrame
            || hasBytes(handler)
            || JhotFields.field(reader, "headersContinuation") != null
        ? Work.RECEIVING
        : Work.AT_REST;
  }

  /** What others only wrap. */
  private static Object innermost(Object one, String field) {
    Object inner = JhotFields.field(one, field);
    return inner == null ? one : innermost(inner, field);
  }

  /** Whether a decoder waits for more before it can go on. */
  private static boolean hasBytes(Object decoder) throws ReflectiveOperationException {
    Object bytes = JhotFields.field(decoder, "cumulation");
    return bytes != null && (boolean) AppObjects.call(bytes, "isReadable");
  }

  /** Of OpenSSL only that the client spoke last is known, for sure where it is said. */
  private static Tls.Talk talk(Object handler) throws ReflectiveOperationException {
    if (!(boolean) AppObjects.call(AppObjects.call(handler, "handshakeFuture"), "isDone")) {
      return Tls.Talk.HANDSHAKE;
    }
    Tls.Talk talk =
        Tls.of(innermost(AppObjects.call(handler, "engine"), "engine")); // ALPN wraps it
    boolean asked =
        talk == Tls.Talk.UNKNOWN
            && JhotTls.notesTls
            && (JhotFields.number(handler, "state", 0) & JhotTls.CLIENT_SPOKE_LAST) != 0;
    return asked ? Tls.Talk.ASKED : talk;
  }

  /** What a handler of HTTP/1.1 knows; null: it is none. */
  private static @Nullable Work http(Object handler) throws ReflectiveOperationException {
    if (NettyLoops.isA(handler, DECODER)) {
      return decoding(handler);
    }
    if (NettyLoops.isA(handler, ENCODER)) {
      return encoding(handler);
    }
    if (!NettyLoops.isA(handler, CODEC)) {
      return null;
    }
    Object decoder = JhotFields.field(handler, "inboundHandler");
    Object encoder = JhotFields.field(handler, "outboundHandler");
    if (decoder == null
        || encoder == null
        || !NettyLoops.isA(decoder, DECODER)
        || !NettyLoops.isA(encoder, ENCODER)) {
      return null;
    }
    Work answer = encoding(encoder);
    if (answer.isBusy()) {
      return answer;
    }
    Work request = decoding(decoder);
    if (request != Work.NOTHING_OPEN) {
      return request;
    }
    long waiting = JhotFields.number(handler, "methodQueueSize", -1); // newer 4.2
    if (waiting > 0 || holds(handler, "queue") || holds(handler, "methodOverflowQueue")) {
      return Work.UNANSWERED;
    }
    boolean passesInterimAnswers =
        waiting == 0 || JhotFields.number(handler, "mustCloseAfterResponse", -1) >= 0;
    return passesInterimAnswers ? Work.AT_REST : Work.NOTHING_OPEN;
  }

  private static boolean holds(Object handler, String queue) {
    return JhotFields.field(handler, queue) instanceof Collection<?> methods && !methods.isEmpty();
  }

  private static Work decoding(Object decoder) throws ReflectiveOperationException {
    switch (AppObjects.field(decoder, "currentState").toString()) {
      case "SKIP_CONTROL_CHARS":
      case "SKIP_INITIAL_LINE_CHARS": // the same in newer versions
        return hasBytes(decoder) ? Work.RECEIVING : Work.NOTHING_OPEN;
      case "UPGRADED":
      case "BAD_MESSAGE":
        return Work.OPAQUE;
      default:
        return Work.RECEIVING;
    }
  }

  private static Work encoding(Object encoder) throws ReflectiveOperationException {
    long state = JhotFields.number(encoder, "state", -1);
    if (state < 0) {
      throw new NoSuchFieldException(encoder.getClass().getName() + ".state");
    }
    return state > 0 ? Work.ANSWERING : Work.NOTHING_OPEN;
  }
}
