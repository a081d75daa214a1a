package sun.nio.ch;

import java.io.FileDescriptor;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ProtocolFamily;
import java.net.SocketAddress;
import java.net.SocketOption;
import java.nio.channels.SelectionKey;
import java.util.function.Consumer;

/**
 * What the patched methods of the JDK call. The agent defines this class into java.base at start;
 * it decides nothing itself.
 *
 * <p>The prologues that the agent inserts call these methods with the arguments of the patched
 * method. They must cost next to nothing while there is nothing to do, so each looks at a plain
 * field first. No lambda and no string concatenation here: their bootstraps would cost the app's
 * start.
 */
public final class JhotHook {

  /** Called when a socket is about to be bound. */
  public interface BindHandler {
    /** An object with a socket in it is about to bind that socket, on this thread. */
    void binding(Object owner);

    /**
     * A TCP or UDP socket is about to be bound.
     *
     * @return true if the agent has done it; false: the JDK goes on
     */
    boolean bind(FileDescriptor socket, InetAddress address, int port) throws IOException;

    /**
     * A socket of a native transport is about to be bound.
     *
     * @param type the socket's class
     * @return true if the agent has done it; false: the transport goes on
     */
    boolean bindNative(int fd, Class<?> type, SocketAddress address) throws IOException;

    /** The app is about to load a native library: its file, or its name. */
    void loading(String library);
  }

  /** Called before a descriptor ends. */
  public interface CloseHandler {
    /** A socket (or, on newer JDKs, a file) is about to be closed or made unusable. */
    void closing(int fd);
  }

  /** Called when the app connects. */
  public interface ConnectHandler {
    /**
     * Whether the app, which is about to connect a TCP socket, means a listener of its own that is
     * not live.
     */
    boolean isOwnCall(InetAddress to, int port);

    /**
     * Where such a connection is to go instead.
     *
     * @throws java.net.ConnectException if it is to be refused
     */
    InetSocketAddress inside(InetAddress to, int port) throws IOException;

    /** Connects a socket of a native transport there; as its own method returns. */
    boolean connectInside(Object socket, InetAddress to, int port) throws IOException;
  }

  /** Answers for a listener that others may share, in place of the kernel. */
  public interface ListenerHandler {
    /** Whether others may accept from the descriptor's socket, now or later. */
    boolean isShared(int fd);

    /** Whether something else than the app's own socket lies under the descriptor now. */
    boolean isDisplaced(int fd);

    /** The address that the app bound; for a displaced descriptor only. */
    InetSocketAddress localAddress(int fd) throws IOException;

    /** Sets an option of the app's socket; for a displaced descriptor only. */
    void setOption(int fd, ProtocolFamily family, SocketOption<?> option, Object value)
        throws IOException;

    /** Reads an option of the app's socket; for a displaced descriptor only. */
    Object option(int fd, ProtocolFamily family, SocketOption<?> option) throws IOException;
  }

  // ---- set by the agent ----

  // null until the agent is ready

  /** Set before {@link #bindHandler}: only what has been bound is closed, asked for or called. */
  public static volatile ListenerHandler listenerHandler;

  /** Set before {@link #bindHandler}. */
  public static volatile ConnectHandler connectHandler;

  /** Set before {@link #bindHandler}. */
  public static volatile CloseHandler closeHandler;

  /** Set last. */
  public static volatile BindHandler bindHandler;

  /** Whether any descriptor is displaced. */
  public static volatile boolean displacing;

  /** Whether answers must say that the connection ends. */
  public static volatile boolean draining;

  // socket(7)
  private static final int SOL_SOCKET = 1;
  private static final int SO_TYPE = 3;
  private static final int SOCK_STREAM = 1;

  private JhotHook() {}

  /** Finds what taking a connection needs, before the app calls with fewer permissions. */
  public static void linkAccepts() {
    JhotAccepts.link();
  }

  // ---- called by the prologues ----

  /** NioSocketImpl.bind */
  public static void binding(NioSocketImpl socket, InetAddress address, int port) {
    BindHandler to = bindHandler;
    if (to != null) {
      to.binding(socket);
    }
  }

  /** ServerSocketChannelImpl.netBind */
  public static void binding(ServerSocketChannelImpl channel, SocketAddress address, int backlog) {
    BindHandler to = bindHandler;
    if (to != null) {
      to.binding(channel);
    }
  }

  /** Runtime.load0, loadLibrary0 */
  public static void loading(Class<?> caller, String library) {
    BindHandler to = bindHandler;
    if (to != null) {
      to.loading(library);
    }
  }

  /** Net.bind */
  public static boolean bind(
      ProtocolFamily family, FileDescriptor fd, InetAddress address, int port) throws IOException {
    BindHandler to = bindHandler;
    return to != null && to.bind(fd, address, port);
  }

  /** Net.localAddress */
  public static boolean isDisplaced(FileDescriptor fd) {
    return displacing && isDisplacedNow(fd);
  }

  /** Net.localAddress of a displaced listener */
  public static InetSocketAddress localAddress(FileDescriptor fd) throws IOException {
    return listenerHandler.localAddress(IOUtil.fdVal(fd));
  }

  /** Net.setSocketOption; does it if the listener is displaced */
  public static boolean setOption(
      FileDescriptor fd, ProtocolFamily family, SocketOption<?> option, Object value)
      throws IOException {
    if (!displacing || !isDisplacedNow(fd)) {
      return false;
    }
    listenerHandler.setOption(IOUtil.fdVal(fd), family, option, value);
    return true;
  }

  /** Net.getSocketOption */
  public static boolean isDisplaced(
      FileDescriptor fd, ProtocolFamily family, SocketOption<?> option) {
    return displacing && isDisplacedNow(fd);
  }

  /** Net.getSocketOption of a displaced listener */
  public static Object option(FileDescriptor fd, ProtocolFamily family, SocketOption<?> option)
      throws IOException {
    return listenerHandler.option(IOUtil.fdVal(fd), family, option);
  }

  private static boolean isDisplacedNow(FileDescriptor fd) {
    ListenerHandler to = listenerHandler;
    return to != null && to.isDisplaced(IOUtil.fdVal(fd));
  }

  /** Net.connect */
  public static boolean isOwnCall(
      ProtocolFamily family, FileDescriptor fd, InetAddress to, int port) throws IOException {
    return displacing && isOwnCall(IOUtil.fdVal(fd), to, port);
  }

  /** Whether a TCP socket is about to be connected to a listener of the app's own. */
  public static boolean isOwnCall(int fd, InetAddress to, int port) throws IOException {
    ConnectHandler calling = connectHandler;
    return calling != null
        && calling.isOwnCall(to, port)
        && JhotSockets.option(fd, SOL_SOCKET, SO_TYPE) == SOCK_STREAM;
  }

  /** Net.connect of the app to a listener of its own that is not live */
  public static int connectInside(
      ProtocolFamily family, FileDescriptor fd, InetAddress to, int port) throws IOException {
    InetSocketAddress inside = connectHandler.inside(to, port);
    return Net.connect(family, fd, inside.getAddress(), inside.getPort());
  }

  /** close and preClose of a dispatcher */
  public static void closing(FileDescriptor fd) {
    CloseHandler to = closeHandler;
    if (to != null) {
      to.closing(IOUtil.fdVal(fd));
      JhotAccepts.drop(fd);
    }
  }

  /** UnixDispatcher.implPreClose, up to Java 26 */
  public static void closing(FileDescriptor fd, long reader, long writer) {
    closing(fd);
  }

  /** UnixDispatcher.implPreClose, from Java 27 on */
  public static void closing(FileDescriptor fd, Thread reader, Thread writer) {
    closing(fd);
  }

  /** ServerSocketChannelImpl.lockedConfigureBlocking, tryLockedConfigureBlocking */
  public static boolean keepsNonBlocking(ServerSocketChannelImpl channel, boolean block) {
    ListenerHandler to = listenerHandler;
    return block && to != null && to.isShared(channel.getFDVal());
  }

  /** ServerSocketChannelImpl.tryLockedConfigureBlocking: the mode was "adjusted" */
  public static boolean adjusted(ServerSocketChannelImpl channel, boolean block) {
    return true;
  }

  /** ServerSocketChannelImpl.translateReadyOps: a selector has been told that it is ready */
  public static boolean isNothing(
      ServerSocketChannelImpl channel, int ops, int before, SelectionKeyImpl key) {
    ListenerHandler to = listenerHandler;
    return to != null
        && ops == Net.POLLIN
        && (key.nioInterestOps() & SelectionKey.OP_ACCEPT) != 0
        && to.isShared(channel.getFDVal())
        && !JhotAccepts.has(channel, key);
  }

  /** ServerSocketChannelImpl.translateReadyOps: it is not, for others have been faster */
  public static boolean nothing(
      ServerSocketChannelImpl channel, int ops, int before, SelectionKeyImpl key) {
    return channel.translateReadyOps(0, before, key);
  }

  /** ServerSocketChannelImpl.implAccept */
  public static boolean isTaken(
      ServerSocketChannelImpl channel,
      FileDescriptor fd,
      FileDescriptor connection,
      SocketAddress[] client) {
    return listenerHandler != null && JhotAccepts.isKept(channel, client);
  }

  /** ServerSocketChannelImpl.implAccept of a connection that was taken before it */
  public static int taken(
      ServerSocketChannelImpl channel,
      FileDescriptor fd,
      FileDescriptor connection,
      SocketAddress[] client)
      throws IOException {
    return JhotAccepts.give(channel, fd, connection, client);
  }

  /** EPollSelectorImpl.doSelect */
  public static boolean hasTaken(
      EPollSelectorImpl selector, Consumer<SelectionKey> action, long timeout) {
    return listenerHandler != null && JhotAccepts.isKeptFor(selector);
  }

  /** EPollSelectorImpl.doSelect while a connection waits that was taken before */
  public static int select(EPollSelectorImpl selector, Consumer<SelectionKey> action, long timeout)
      throws IOException {
    return JhotAccepts.select(selector, action);
  }
}
