package sun.nio.ch;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ProtocolFamily;
import java.net.SocketAddress;
import java.net.SocketOption;
import java.net.StandardProtocolFamily;
import java.nio.channels.SelectableChannel;
import java.nio.channels.SelectionKey;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.WeakHashMap;
import java.util.function.Consumer;
import jdk.internal.misc.Unsafe;

/**
 * jhot's foot inside java.base: where the patched methods of the JDK come by, and the JDK's own
 * internals that the agent needs. The agent defines this class into java.base at start; it decides
 * nothing itself.
 *
 * <p>The methods of the first part are called by the prologues that the agent inserts, with the
 * arguments of the patched method; they must cost next to nothing while there is nothing to do, so
 * each looks at a plain flag first. The methods of the second part are thin names for JDK
 * internals, which docs/internals.md lists; a JDK that lacks one makes them throw a LinkageError,
 * which the agent takes as the reason to do without what depends on it.
 *
 * <p>No lambda and no string concatenation here: their bootstraps would cost the app's start.
 */
public final class JhotHook {

  /** What the agent does when the JDK comes by. Descriptors are numbers of this process. */
  public interface Calls {
    /**
     * A TCP or UDP socket is about to be bound.
     *
     * @return true if the agent has done it; false: the JDK goes on
     */
    boolean bind(FileDescriptor socket, InetAddress address, int port) throws IOException;

    /** An object with a socket in it is about to bind that socket, on this thread. */
    void binding(Object owner);

    /**
     * A socket of a native transport is about to be bound.
     *
     * @param type the socket's class
     * @return true if the agent has done it; false: the transport goes on
     */
    boolean bindNative(int fd, Class<?> type, SocketAddress address) throws IOException;

    /** The app is about to load a native library: its file, or its name. */
    void loading(String library);

    /** A socket (or, on newer JDKs, a file) is about to be closed or made unusable. */
    void closing(int fd);

    /** Whether others may accept from the descriptor's socket, now or later. */
    boolean isShared(int fd);

    /** Whether something else than the app's own socket lies under the descriptor now. */
    boolean isDisplaced(int fd);

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

    /** The address that the app bound; for a displaced descriptor only. */
    InetSocketAddress localAddress(int fd) throws IOException;

    /** Sets an option of the app's socket; for a displaced descriptor only. */
    void setOption(int fd, ProtocolFamily family, SocketOption<?> option, Object value)
        throws IOException;

    /** Reads an option of the app's socket; for a displaced descriptor only. */
    Object option(int fd, ProtocolFamily family, SocketOption<?> option) throws IOException;

    /**
     * The app has read from a socket while this generation drains.
     *
     * @param bytes the first of what it has read
     * @param length how many those are
     * @param all how many it has read
     */
    void received(FileDescriptor socket, byte[] bytes, int length, long all);

    /**
     * A server does something while this generation drains.
     *
     * @param connection its own object for the connection, or what stands for it
     * @param message what it reads or writes; null if that is not passed
     */
    void serving(Server server, Object connection, Object message);

    /**
     * Whether that is the last request of a connection under TLS, as this generation drains.
     *
     * @param subject Undertow's exchange or Jetty's configuration
     */
    boolean isLast(Object subject);

    /** Whether more follows a frame that Undertow takes for the last of its connection. */
    boolean isFollowed(Object frame);

    /**
     * The app writes to a socket while this generation drains.
     *
     * @return like write(2) in the JDK: how many of the app's bytes are done with, or a negative
     *     status
     */
    long write(FileDescriptor socket, Outgoing bytes) throws IOException;
  }

  /** Whose switch it is, and what it is about to do. */
  public enum Server {
    NETTY_READS,
    NETTY_WRITES,
    TOMCAT,
    TOMCAT_HTTP2,
    JETTY_HTTP2,
    UNDERTOW_HTTP2,
    NETTY_HTTP2,
    JDK
  }

  /** The bytes of one write or gathering write of the app; valid only during that call. */
  public interface Outgoing {
    /** How many bytes there are. */
    long size();

    /** Copies the first of them, as many as there are and fit; returns how many. */
    int peek(byte[] into);

    /** Writes bytes of the caller's; returns like write(2) in the JDK. */
    int write(byte[] bytes, int from, int count) throws IOException;

    /** Writes the app's bytes from that one on; returns like write(2) in the JDK. */
    long writeFrom(long from) throws IOException;
  }

  private JhotHook() {}

  // ---- set by the agent ----

  /** Null until the agent is ready, and again after it has stepped aside. */
  public static volatile Calls calls;

  /** Whether any descriptor is displaced. */
  public static volatile boolean displacing;

  /** Whether answers must say that the connection ends. */
  public static volatile boolean draining;

  // ---- called by the prologues ----

  /** NioSocketImpl.bind */
  public static void binding(NioSocketImpl socket, InetAddress address, int port) {
    Calls to = calls;
    if (to != null) {
      to.binding(socket);
    }
  }

  /** ServerSocketChannelImpl.netBind */
  public static void binding(ServerSocketChannelImpl channel, SocketAddress address, int backlog) {
    Calls to = calls;
    if (to != null) {
      to.binding(channel);
    }
  }

  /** Runtime.load0, loadLibrary0 */
  public static void loading(Class<?> caller, String library) {
    Calls to = calls;
    if (to != null) {
      to.loading(library);
    }
  }

  /** Net.bind */
  public static boolean bind(
      ProtocolFamily family, FileDescriptor fd, InetAddress address, int port) throws IOException {
    Calls to = calls;
    return to != null && to.bind(fd, address, port);
  }

  /** Net.localAddress */
  public static boolean isDisplaced(FileDescriptor fd) {
    return displacing && isDisplacedNow(fd);
  }

  /** Net.localAddress of a displaced listener */
  public static InetSocketAddress localAddress(FileDescriptor fd) throws IOException {
    return calls.localAddress(IOUtil.fdVal(fd));
  }

  /** Net.setSocketOption; does it if the listener is displaced */
  public static boolean setOption(
      FileDescriptor fd, ProtocolFamily family, SocketOption<?> option, Object value)
      throws IOException {
    if (!displacing || !isDisplacedNow(fd)) {
      return false;
    }
    calls.setOption(IOUtil.fdVal(fd), family, option, value);
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
    return calls.option(IOUtil.fdVal(fd), family, option);
  }

  private static boolean isDisplacedNow(FileDescriptor fd) {
    Calls to = calls;
    return to != null && to.isDisplaced(IOUtil.fdVal(fd));
  }

  /** Net.connect */
  public static boolean isOwnCall(
      ProtocolFamily family, FileDescriptor fd, InetAddress to, int port) throws IOException {
    return displacing && isOwnCall(IOUtil.fdVal(fd), to, port);
  }

  /** Whether a TCP socket is about to be connected to a listener of the app's own. */
  public static boolean isOwnCall(int fd, InetAddress to, int port) throws IOException {
    Calls calling = calls;
    return calling != null
        && calling.isOwnCall(to, port)
        && option(fd, SOL_SOCKET, SO_TYPE) == SOCK_STREAM;
  }

  /** Net.connect of the app to a listener of its own that is not live */
  public static int connectInside(
      ProtocolFamily family, FileDescriptor fd, InetAddress to, int port) throws IOException {
    InetSocketAddress inside = calls.inside(to, port);
    return Net.connect(family, fd, inside.getAddress(), inside.getPort());
  }

  /** close and preClose of a dispatcher */
  public static void closing(FileDescriptor fd) {
    Calls to = calls;
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
    Calls to = calls;
    return block && to != null && to.isShared(channel.getFDVal());
  }

  /** ServerSocketChannelImpl.tryLockedConfigureBlocking: the mode was "adjusted" */
  public static boolean adjusted(ServerSocketChannelImpl channel, boolean block) {
    return true;
  }

  /** ServerSocketChannelImpl.translateReadyOps: a selector has been told that it is ready */
  public static boolean isNothing(
      ServerSocketChannelImpl channel, int ops, int before, SelectionKeyImpl key) {
    Calls to = calls;
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
    return calls != null && JhotAccepts.isKept(channel, client);
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
    return calls != null && JhotAccepts.isKeptFor(selector);
  }

  /** EPollSelectorImpl.doSelect while a connection waits that was taken before */
  public static int select(EPollSelectorImpl selector, Consumer<SelectionKey> action, long timeout)
      throws IOException {
    return JhotAccepts.select(selector, action);
  }

  /** SocketDispatcher.read while draining */
  public static int read(FileDescriptor fd, long address, int length) throws IOException {
    int count;
    try {
      count = (int) read.invokeExact(fd, address, length);
    } catch (IOException | RuntimeException | Error e) {
      throw e;
    } catch (Throwable e) {
      throw new AssertionError(e);
    }
    received(fd, new long[] {address}, new long[] {length}, count);
    return count;
  }

  /** SocketDispatcher.readv while draining; the array of struct iovec is {@code count} long */
  public static long readv(FileDescriptor fd, long iov, int count) throws IOException {
    long read;
    try {
      read = (long) readv.invokeExact(fd, iov, count);
    } catch (IOException | RuntimeException | Error e) {
      throw e;
    } catch (Throwable e) {
      throw new AssertionError(e);
    }
    if (read > 0) {
      received(fd, fields(iov, count, 0), fields(iov, count, 8), read);
    }
    return read;
  }

  private static void received(FileDescriptor fd, long[] addresses, long[] lengths, long count) {
    Calls to = calls;
    if (count <= 0 || to == null) {
      return;
    }
    byte[] bytes = new byte[(int) Math.min(count, MOST_LOOKED_AT)];
    new Gather(fd, addresses, lengths).peek(bytes);
    to.received(fd, bytes, bytes.length, count);
  }

  /** One of the two fields of each struct iovec. */
  private static long[] fields(long iov, int count, int offset) {
    long[] fields = new long[count];
    for (int i = 0; i < count; i++) {
      fields[i] = UNSAFE.getLong(iov + 16L * i + offset);
    }
    return fields;
  }

  /** SocketDispatcher.read, readv, write, writev */
  public static boolean isDraining(FileDescriptor fd, long address, int count) {
    return draining && calls != null;
  }

  /** SocketDispatcher.write while draining */
  public static int write(FileDescriptor fd, long address, int length) throws IOException {
    return (int) gather(fd, new long[] {address}, new long[] {length});
  }

  /** SocketDispatcher.writev while draining; the array of struct iovec is {@code count} long */
  public static long writev(FileDescriptor fd, long iov, int count) throws IOException {
    return gather(fd, fields(iov, count, 0), fields(iov, count, 8));
  }

  private static long gather(FileDescriptor fd, long[] addresses, long[] lengths)
      throws IOException {
    Gather bytes = new Gather(fd, addresses, lengths);
    Calls to = calls;
    return to == null ? bytes.writeFrom(0) : to.write(fd, bytes);
  }

  /** SSLSocketImpl.doneConnect: one was accepted, or has connected itself. */
  public static void secured(Object socket) {
    synchronized (secured) {
      secured.put(socket, null);
    }
  }

  /** The sockets with TLS of the JDK's own that are in use, and some that were. */
  public static List<Object> secured() {
    synchronized (secured) {
      return new ArrayList<>(secured.keySet());
    }
  }

  /** A bit of the field {@code state} of Netty's SslHandler, of which Netty uses the first ten. */
  public static final int CLIENT_SPOKE_LAST = 0x4000;

  /** Whether {@link #CLIENT_SPOKE_LAST} is kept from now on. */
  public static volatile boolean notesTls;

  private static volatile Place tlsState;

  /**
   * SslHandler.executeChannelRead and write: application data goes through a TLS engine whose own
   * state cannot be read. Noted in a bit of the handler's that nobody uses, on the thread that
   * alone changes the others: it costs no memory and no lock.
   */
  public static void spoke(Object handler, boolean client) {
    Place state = tlsState;
    if (state == null || !state.owner.isInstance(handler)) {
      state = place(handler.getClass(), "state"); // another copy of Netty, if not the first
      if (state == null || state.type != short.class) {
        return;
      }
      tlsState = state;
    }
    short was = UNSAFE.getShort(handler, state.offset);
    short is = (short) (client ? was | CLIENT_SPOKE_LAST : was & ~CLIENT_SPOKE_LAST);
    if (is != was) {
      UNSAFE.putShort(handler, state.offset, is);
    }
  }

  // ---- the JDK's internals, for the agent ----

  /** Weak: whose sockets they are is the app's business. They have no equals of their own. */
  private static final Map<Object, Object> secured = new WeakHashMap<>();

  private static final Unsafe UNSAFE = Unsafe.getUnsafe();

  // socket(7)
  private static final int SOL_SOCKET = 1;
  private static final int SO_TYPE = 3;
  private static final int SOCK_STREAM = 1;

  // found when first needed; found twice at worst
  private static MethodHandle getIntOption;
  private static MethodHandle setIntOption;
  private static MethodHandle write;
  private static MethodHandle read;
  private static MethodHandle readv;

  private static final int MOST_LOOKED_AT = 16 * 1024;

  private static MethodHandle find(Class<?> owner, String name, MethodType type) {
    try {
      return MethodHandles.privateLookupIn(owner, MethodHandles.lookup())
          .findStatic(owner, name, type);
    } catch (ReflectiveOperationException e) {
      throw new LinkageError(e.getMessage(), e);
    }
  }

  /** write(2) as the socket dispatcher calls it, past the dispatcher's prologue. */
  private static MethodHandle findWrite() {
    MethodType type = MethodType.methodType(int.class, FileDescriptor.class, long.class, int.class);
    String[] owners = {"SocketDispatcher", "UnixFileDispatcherImpl", "FileDispatcherImpl"};
    for (String owner : owners) {
      try {
        return find(Class.forName("sun.nio.ch.".concat(owner)), "write0", type);
      } catch (ClassNotFoundException | LinkageError e) {
        continue; // it lies elsewhere in this JDK
      }
    }
    throw new NoSuchMethodError("write0");
  }

  /**
   * Whether a descriptor is a SOCK_SEQPACKET socket of the unix family. Asked of another class than
   * Net, whose initialization takes long and which an app may never need.
   */
  public static boolean isSequencedUnixSocket(int fd) {
    MethodType type = MethodType.methodType(int.class, int.class);
    try {
      int family = (int) find(InheritedChannel.class, "addressFamily", type).invokeExact(fd);
      int kind = (int) find(InheritedChannel.class, "soType0", type).invokeExact(fd);
      return family == InheritedChannel.AF_UNIX && kind == -1; // neither stream nor datagram
    } catch (RuntimeException | Error e) {
      throw e;
    } catch (Throwable e) {
      throw new AssertionError(e);
    }
  }

  /** Finds what taking a connection needs, before the app comes by with fewer permissions. */
  public static void linkAccepts() {
    JhotAccepts.link();
  }

  /** An epoll instance for one descriptor, level-triggered. */
  public static int watchReadable(int fd) throws IOException {
    int epoll = EPoll.create();
    int errno = EPoll.ctl(epoll, EPoll.EPOLL_CTL_ADD, fd, EPoll.EPOLLIN);
    if (errno != 0) {
      close(epoll);
      throw new IOException("epoll_ctl: errno ".concat(Integer.toString(errno)));
    }
    return epoll;
  }

  /**
   * Waits until the descriptor of that epoll instance is readable.
   *
   * @param millis -1: for ever
   * @return false when the time is over or a signal came
   */
  public static boolean awaitReadable(int epoll, int millis) throws IOException {
    long events = EPoll.allocatePollArray(1);
    try {
      return EPoll.wait(epoll, events, 1, millis) > 0;
    } finally {
      EPoll.freePollArray(events);
    }
  }

  /** getsockopt(2) of an int. */
  public static int option(int fd, int level, int name) throws IOException {
    if (getIntOption == null) {
      getIntOption =
          find(
              Net.class,
              "getIntOption0",
              MethodType.methodType(
                  int.class, FileDescriptor.class, boolean.class, int.class, int.class));
    }
    try {
      return (int) getIntOption.invokeExact(IOUtil.newFD(fd), false, level, name);
    } catch (IOException | RuntimeException | Error e) {
      throw e;
    } catch (Throwable e) {
      throw new AssertionError(e);
    }
  }

  /** setsockopt(2) of an int. */
  public static void setOption(int fd, int level, int name, int value) throws IOException {
    if (setIntOption == null) {
      setIntOption =
          find(
              Net.class,
              "setIntOption0",
              MethodType.methodType(
                  void.class,
                  FileDescriptor.class,
                  boolean.class,
                  int.class,
                  int.class,
                  int.class,
                  boolean.class));
    }
    try {
      setIntOption.invokeExact(IOUtil.newFD(fd), false, level, name, value, false);
    } catch (IOException | RuntimeException | Error e) {
      throw e;
    } catch (Throwable e) {
      throw new AssertionError(e);
    }
  }

  /** The number of a descriptor; -1 if it is closed. */
  public static int number(FileDescriptor fd) {
    return IOUtil.fdVal(fd);
  }

  /** A descriptor object for a number; closing is up to the caller. */
  public static FileDescriptor descriptor(int fd) {
    return IOUtil.newFD(fd);
  }

  /** getsockname(2) of an internet socket. */
  public static InetSocketAddress boundAddress(int fd) throws IOException {
    return Net.localAddress(IOUtil.newFD(fd));
  }

  /** A TCP listener, non-blocking, at a port that the kernel chooses; its number. */
  public static int listen(boolean v6, InetAddress address, int backlog) throws IOException {
    ProtocolFamily family = v6 ? StandardProtocolFamily.INET6 : StandardProtocolFamily.INET;
    FileDescriptor socket = Net.socket(family, true);
    try {
      Net.bind(family, socket, address, 0);
      Net.listen(socket, backlog);
      IOUtil.configureBlocking(socket, false);
    } catch (IOException e) {
      close(IOUtil.fdVal(socket));
      throw e;
    }
    return IOUtil.fdVal(socket);
  }

  /** Whether a read would not have to wait: there is input, or its end. */
  public static boolean hasInput(FileDescriptor socket) {
    try {
      return Net.poll(socket, Net.POLLIN, 0) != 0;
    } catch (IOException e) {
      return false; // closed meanwhile
    }
  }

  /** Whether it is connected: getpeername(2). */
  public static boolean isConnected(int fd) {
    try {
      return Net.remoteAddress(IOUtil.newFD(fd)).getPort() != 0;
    } catch (IOException e) {
      return false; // ENOTCONN
    }
  }

  /** What the JDK's setSocketOption does. */
  public static void applyOption(
      int fd, ProtocolFamily family, SocketOption<?> option, Object value) throws IOException {
    Net.setSocketOption(IOUtil.newFD(fd), family, option, value);
  }

  /** What the JDK's getSocketOption does. */
  public static Object readOption(int fd, ProtocolFamily family, SocketOption<?> option)
      throws IOException {
    return Net.getSocketOption(IOUtil.newFD(fd), family, option);
  }

  /** Sets O_NONBLOCK of the open description. */
  public static void setNonBlocking(int fd) throws IOException {
    IOUtil.configureBlocking(IOUtil.newFD(fd), false);
  }

  /** dup2(2): puts what {@code from} is under the number {@code onto} as well. */
  public static void duplicate(int from, int onto) throws IOException {
    new DatagramDispatcher().dup(IOUtil.newFD(from), IOUtil.newFD(onto));
  }

  /** A new number for what {@code fd} is. */
  public static int duplicate(int fd) throws IOException {
    // a socket of its own gives a number that nobody else can get meanwhile
    FileDescriptor fresh = Net.socket(StandardProtocolFamily.INET, true);
    int number = IOUtil.fdVal(fresh);
    try {
      duplicate(fd, number);
      return number;
    } catch (IOException e) {
      close(number);
      throw e;
    }
  }

  /** close(2), past the agent. */
  public static void close(int fd) throws IOException {
    new FileOutputStream(IOUtil.newFD(fd)).close();
  }

  /** Whether no selector of the JDK's has a socket that is about to be bound. */
  public static boolean isUnregistered(Object owner) {
    return owner instanceof NioSocketImpl
        || owner instanceof SelectableChannel channel && !channel.isRegistered();
  }

  /** epoll_ctl(2) with the descriptor's number as its data; returns errno, 0 for success. */
  public static int epollControl(int epoll, int operation, int fd, int events) {
    return EPoll.ctl(epoll, operation, fd, events);
  }

  /** Where a field lies in objects of a class. */
  private static final class Place {
    final Class<?> owner;
    final long offset;
    final Class<?> type;

    Place(Field field) {
      owner = field.getDeclaringClass();
      offset = UNSAFE.objectFieldOffset(field);
      type = field.getType();
    }
  }

  /** Made with the first field that is looked for. */
  private static Map<Class<?>, Map<String, Place>> places;

  private static synchronized Place place(Class<?> owner, String name) {
    if (places == null) {
      places = new WeakHashMap<>();
    }
    Map<String, Place> known = places.get(owner);
    if (known == null) {
      known = new HashMap<>();
      for (Class<?> in = owner; in != null; in = in.getSuperclass()) {
        for (Field one : in.getDeclaredFields()) {
          boolean own = !Modifier.isStatic(one.getModifiers()) && !known.containsKey(one.getName());
          if (own) {
            known.put(one.getName(), new Place(one));
          }
        }
      }
      places.put(owner, known);
    }
    return known.get(name);
  }

  /**
   * A field of any object, private and behind module boundaries; null if it has none of that name
   * that holds an object.
   */
  public static Object field(Object target, String name) {
    Place place = place(target.getClass(), name);
    return place == null || place.type.isPrimitive()
        ? null
        : UNSAFE.getReferenceVolatile(target, place.offset);
  }

  /** The objects in the fields of an object. */
  public static List<Object> parts(Object target) {
    List<Object> parts = new ArrayList<>();
    place(target.getClass(), "");
    Map<String, Place> known;
    synchronized (JhotHook.class) {
      known = places.get(target.getClass());
    }
    for (Place place : known.values()) {
      Object part =
          place.type.isPrimitive() ? null : UNSAFE.getReferenceVolatile(target, place.offset);
      if (part != null) {
        parts.add(part);
      }
    }
    return parts;
  }

  /** A whole number or a boolean (0 or 1) in a field; {@code otherwise} if there is none. */
  public static long number(Object target, String name, long otherwise) {
    Place place = place(target.getClass(), name);
    if (place == null) {
      return otherwise;
    }
    if (place.type == int.class) {
      return UNSAFE.getIntVolatile(target, place.offset);
    } else if (place.type == long.class) {
      return UNSAFE.getLongVolatile(target, place.offset);
    } else if (place.type == short.class) {
      return UNSAFE.getShortVolatile(target, place.offset);
    } else if (place.type == byte.class) {
      return UNSAFE.getByteVolatile(target, place.offset);
    } else if (place.type == boolean.class) {
      return UNSAFE.getBooleanVolatile(target, place.offset) ? 1 : 0;
    }
    return otherwise;
  }

  /** Sets a boolean field of any object; false if it has none of that name. */
  public static boolean setFlag(Object target, String name, boolean value) {
    Place place = place(target.getClass(), name);
    if (place == null || place.type != boolean.class) {
      return false;
    }
    UNSAFE.putBooleanVolatile(target, place.offset, value);
    return true;
  }

  /** Whether everything that writing while draining needs is there; to be asked before it. */
  public static boolean canRewriteAnswers() {
    try {
      Class<?> type = SocketDispatcher.class;
      MethodType one =
          MethodType.methodType(int.class, FileDescriptor.class, long.class, int.class);
      read = read == null ? find(type, "read0", one) : read;
      readv = readv == null ? find(type, "readv0", one.changeReturnType(long.class)) : readv;
      write = write == null ? findWrite() : write;
      return true;
    } catch (LinkageError e) {
      return false;
    }
  }

  /** A write, or the buffers of a gathering write. */
  private static final class Gather implements Outgoing {
    private final FileDescriptor fd;
    private final long[] addresses;
    private final long[] lengths;

    Gather(FileDescriptor fd, long[] addresses, long[] lengths) {
      this.fd = fd;
      this.addresses = addresses;
      this.lengths = lengths;
    }

    @Override
    public long size() {
      long size = 0;
      for (long length : lengths) {
        size += length;
      }
      return size;
    }

    @Override
    public int peek(byte[] into) {
      int copied = 0;
      for (int i = 0; i < lengths.length && copied < into.length; i++) {
        // byte by byte: what Unsafe calls the start of an array differs from JDK to JDK
        for (long j = 0; j < lengths[i] && copied < into.length; j++) {
          into[copied++] = UNSAFE.getByte(addresses[i] + j);
        }
      }
      return copied;
    }

    @Override
    public int write(byte[] bytes, int from, int count) throws IOException {
      long memory = UNSAFE.allocateMemory(count);
      try {
        for (int i = 0; i < count; i++) {
          UNSAFE.putByte(memory + i, bytes[from + i]);
        }
        return raw(memory, count);
      } finally {
        UNSAFE.freeMemory(memory);
      }
    }

    @Override
    public long writeFrom(long from) throws IOException {
      long done = 0;
      for (int i = 0; i < lengths.length; i++) {
        if (from >= lengths[i]) { // behind us, or empty
          from -= lengths[i];
          continue;
        }
        int count = (int) Math.min(lengths[i] - from, Integer.MAX_VALUE);
        int written;
        try {
          written = raw(addresses[i] + from, count);
        } catch (IOException e) {
          if (done > 0) {
            return done; // the next write meets the error again
          }
          throw e;
        }
        if (written < 0) {
          return done > 0 ? done : written;
        }
        done += written;
        if (written < count) {
          return done;
        }
        from = 0;
      }
      return done;
    }

    private int raw(long address, int count) throws IOException {
      try {
        return (int) write.invokeExact(fd, address, count);
      } catch (IOException | RuntimeException | Error e) {
        throw e;
      } catch (Throwable e) {
        throw new AssertionError(e);
      }
    }
  }
}
