package sun.nio.ch;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ProtocolFamily;
import java.net.SocketOption;
import java.net.StandardProtocolFamily;
import java.nio.channels.SelectableChannel;

/**
 * The JDK's system calls on descriptors, for the agent: thin names for internals that
 * docs/internals.md lists. A JDK that lacks one makes them throw a LinkageError, which the agent
 * takes as the reason to do without what depends on it.
 *
 * <p>Descriptors are numbers of this process, and belong to whoever passes them. No lambda and no
 * string concatenation here: their bootstraps would cost the app's start.
 */
public final class JhotSockets {
  // found when first needed; found twice at worst
  private static MethodHandle getIntOption;
  private static MethodHandle setIntOption;

  private JhotSockets() {}

  /** A static method of the JDK, private ones too. */
  static MethodHandle find(Class<?> owner, String name, MethodType type) {
    try {
      return MethodHandles.privateLookupIn(owner, MethodHandles.lookup())
          .findStatic(owner, name, type);
    } catch (ReflectiveOperationException e) {
      throw new LinkageError(e.getMessage(), e);
    }
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
}
