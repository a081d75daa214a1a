package sun.nio.ch;

import java.io.FileDescriptor;
import java.io.IOException;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodType;
import jdk.internal.misc.Unsafe;

/**
 * What the app's reads and writes, and its servers, call while this generation drains. The agent
 * defines this class into java.base at the first drain, before anything calls it; it decides
 * nothing itself.
 */
public final class JhotDrain {

  /** Called when the app reads from a socket or writes to one. */
  public interface TransferHandler {
    /**
     * The app has read from a socket.
     *
     * @param bytes the first of what it has read
     * @param length how many those are
     * @param all how many it has read
     */
    void received(FileDescriptor socket, byte[] bytes, int length, long all);

    /**
     * The app writes to a socket.
     *
     * @return like write(2) in the JDK: how many of the app's bytes are done with, or a negative
     *     status
     */
    long write(FileDescriptor socket, Outgoing bytes) throws IOException;
  }

  /** Called when a server of the app's is about to answer. */
  public interface ServerHandler {
    /**
     * A server does something.
     *
     * @param connection its own object for the connection, or what stands for it
     * @param message what it reads or writes; null if that is not passed
     */
    void serving(Server server, Object connection, Object message);

    /**
     * Whether that is the last request of a connection under TLS.
     *
     * @param subject Undertow's exchange or Jetty's configuration
     */
    boolean isLast(Object subject);

    /** Whether more follows a frame that Undertow takes for the last of its connection. */
    boolean isFollowed(Object frame);
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

  // set by the agent, before JhotHook.draining

  /** Null until the first drain. */
  public static volatile TransferHandler transferHandler;

  /** Null until the first drain. */
  public static volatile ServerHandler serverHandler;

  private static final int MAX_INSPECTED = 16 * 1024;

  private static final Unsafe UNSAFE = Unsafe.getUnsafe();

  // found before the first drain
  private static MethodHandle write;
  private static MethodHandle read;
  private static MethodHandle readv;

  private JhotDrain() {}

  /** Whether everything that writing while draining needs is there; to be asked before it. */
  public static boolean canRewriteAnswers() {
    try {
      Class<?> type = SocketDispatcher.class;
      MethodType one =
          MethodType.methodType(int.class, FileDescriptor.class, long.class, int.class);
      read = read == null ? JhotSockets.find(type, "read0", one) : read;
      readv =
          readv == null
              ? JhotSockets.find(type, "readv0", one.changeReturnType(long.class))
              : readv;
      write = write == null ? findWrite() : write;
      return true;
    } catch (LinkageError e) {
      return false;
    }
  }

  /** write(2) as the socket dispatcher calls it, past the dispatcher's prologue. */
  private static MethodHandle findWrite() {
    MethodType type = MethodType.methodType(int.class, FileDescriptor.class, long.class, int.class);
    String[] owners = {"SocketDispatcher", "UnixFileDispatcherImpl", "FileDispatcherImpl"};
    for (String owner : owners) {
      try {
        return JhotSockets.find(Class.forName("sun.nio.ch.".concat(owner)), "write0", type);
      } catch (ClassNotFoundException | LinkageError e) {
        continue; // it lies elsewhere in this JDK
      }
    }
    throw new NoSuchMethodError("write0");
  }

  // ---- called by the prologues ----

  /** SocketDispatcher.read, readv, write, writev */
  public static boolean isDraining(FileDescriptor fd, long address, int count) {
    return JhotHook.draining && transferHandler != null;
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
    TransferHandler to = transferHandler;
    if (count <= 0 || to == null) {
      return;
    }
    byte[] bytes = new byte[(int) Math.min(count, MAX_INSPECTED)];
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
    TransferHandler to = transferHandler;
    return to == null ? bytes.writeFrom(0) : to.write(fd, bytes);
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
