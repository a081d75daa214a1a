package java.net;

import java.io.IOException;
import sun.nio.ch.JhotDrain;
import sun.nio.ch.JhotHook;
import sun.nio.ch.JhotTls;

/**
 * What patched classes of the app call. They cannot see the hook in {@code sun.nio.ch}; a public
 * class of a {@code java.} package is visible to every module and every class loader. Defined when
 * the first such class is patched, which is never in most apps.
 *
 * <p>The patched methods belong to Netty's native transports, shaded copies included, and to the
 * servers that must say themselves that a connection ends; descriptors are numbers of this process.
 */
public final class JhotDoor {
  private static final int ECANCELED = 125;

  private JhotDoor() {}

  /**
   * EpollServerSocketChannel.doBind and others: a channel is about to bind its socket, on this
   * thread.
   */
  public static void binding(Object channel) {
    JhotHook.BindHandler to = JhotHook.bindHandler;
    if (to != null) {
      to.binding(channel);
    }
  }

  /**
   * unix.Socket.bind
   *
   * @param type the class of the socket
   */
  public static boolean bind(int fd, Class<?> type, SocketAddress address) throws IOException {
    JhotHook.BindHandler to = JhotHook.bindHandler;
    return to != null && to.bindNative(fd, type, address);
  }

  /** unix.Socket.localAddress */
  public static boolean isDisplaced(int fd) {
    JhotHook.ListenerHandler to = JhotHook.listenerHandler;
    return JhotHook.displacing && to != null && to.isDisplaced(fd);
  }

  /** unix.Socket.localAddress of a displaced listener */
  public static InetSocketAddress localAddress(int fd) {
    try {
      return JhotHook.listenerHandler.localAddress(fd);
    } catch (IOException e) {
      return null; // what Netty's method returns when getsockname(2) fails
    }
  }

  /** unix.Socket.connect */
  public static boolean isOwnCall(Object socket, int fd, SocketAddress to) throws IOException {
    return JhotHook.displacing
        && to instanceof InetSocketAddress address
        && !address.isUnresolved()
        && JhotHook.isOwnCall(fd, address.getAddress(), address.getPort());
  }

  /** unix.Socket.connect of the app to a listener of its own that is not live */
  public static boolean connectInside(Object socket, int fd, SocketAddress to) throws IOException {
    InetSocketAddress address = (InetSocketAddress) to;
    return JhotHook.connectHandler.connectInside(socket, address.getAddress(), address.getPort());
  }

  /** unix.FileDescriptor.markClosed; may be called again for one that is closed. */
  public static void closing(boolean open, int fd) {
    JhotHook.CloseHandler to = JhotHook.closeHandler;
    if (open && to != null) {
      to.closing(fd);
    }
  }

  /**
   * UringServerChannelUnsafe.readComplete0 of Netty's incubator: an accept has ended.
   *
   * @return whether because the agent has called it back, for nobody else does: the listener is
   *     well then
   */
  public static boolean isCalledBack(int result, int data, int outstanding) {
    return result == -ECANCELED && JhotHook.listenerHandler != null;
  }

  /** ByteToMessageDecoder.channelRead */
  public static void nettyReads(Object decoder, Object context, Object bytes) {
    if (JhotHook.draining && isNamed(decoder.getClass(), "HttpRequestDecoder")) {
      tell(JhotDrain.Server.NETTY_READS, context, bytes);
    }
  }

  /** HttpObjectEncoder.write, or encode in older versions */
  public static void nettyWrites(Object encoder, Object context, Object message) {
    if (JhotHook.draining && isNamed(encoder.getClass(), "HttpResponseEncoder")) {
      tell(JhotDrain.Server.NETTY_WRITES, context, message);
    }
  }

  /** SslHandler.executeChannelRead */
  public static void nettyAsks(Object handler) {
    JhotTls.spoke(handler, true);
  }

  /** SslHandler.write */
  public static void nettyAnswers(Object handler) {
    JhotTls.spoke(handler, false);
  }

  /** Http11Processor.prepareResponse */
  public static void tomcat(Object processor) {
    tell(JhotDrain.Server.TOMCAT, processor, null);
  }

  /** Http2UpgradeHandler.headersStart */
  public static void tomcatHttp2(Object handler) {
    tell(JhotDrain.Server.TOMCAT_HTTP2, handler, null);
  }

  /** HTTP2ServerSession.onHeaders */
  public static void jettyHttp2(Object session) {
    tell(JhotDrain.Server.JETTY_HTTP2, session, null);
  }

  /** Http2ReceiveListener.handleRequests */
  public static void undertowHttp2(Object channel) {
    tell(JhotDrain.Server.UNDERTOW_HTTP2, channel, null);
  }

  /** Http2GoAwayStreamSinkChannel.isLastFrame */
  public static boolean isFollowed(Object frame) {
    JhotDrain.ServerHandler to = JhotDrain.serverHandler;
    return to != null && to.isFollowed(frame);
  }

  /** Http2ConnectionHandler.decode */
  public static void nettyHttp2(Object handler, Object context) {
    tell(JhotDrain.Server.NETTY_HTTP2, handler, context);
  }

  /** ExchangeImpl.sendResponseHeaders of the JDK's HttpServer */
  public static void jdk(Object exchange) {
    tell(JhotDrain.Server.JDK, exchange, null);
  }

  /** HttpConfiguration.isPersistentConnectionsEnabled, HttpServerExchange.isPersistent */
  public static boolean isLast(Object subject) {
    JhotDrain.ServerHandler to = JhotDrain.serverHandler;
    return JhotHook.draining && to != null && to.isLast(subject);
  }

  /** The answer to each of them. */
  public static boolean no(Object subject) {
    return false;
  }

  private static boolean isNamed(Class<?> type, String end) {
    for (Class<?> one = type; one != null; one = one.getSuperclass()) {
      if (one.getName().endsWith(end)) {
        return true;
      }
    }
    return false;
  }

  private static void tell(JhotDrain.Server server, Object connection, Object message) {
    JhotDrain.ServerHandler to = JhotDrain.serverHandler;
    if (JhotHook.draining && to != null) {
      to.serving(server, connection, message);
    }
  }
}
