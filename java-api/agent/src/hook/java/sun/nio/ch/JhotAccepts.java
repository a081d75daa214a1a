package sun.nio.ch;

import java.io.FileDescriptor;
import java.io.IOException;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.net.SocketAddress;
import java.nio.channels.SelectionKey;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;

/**
 * Connections that were taken before a selector reported them.
 *
 * <p>Other generations accept from the same queue, and a listener may be parked between a
 * selector's report and the app's accept. Then accept would return null, which a plain loop over a
 * selector never sees without jhot, and does not expect. So the connection is taken first. If there
 * is none, nothing is reported; if there is one, it is kept here until the app accepts, and its key
 * stays ready.
 *
 * <p>A connection is kept for the key that was reported: each of several selectors has reported one
 * to its own thread.
 */
final class JhotAccepts {
  /**
   * The descriptor of each connection, its client's address, and the thread that was told of it.
   */
  private static final Map<SelectionKeyImpl, Object[]> TAKEN = new ConcurrentHashMap<>();

  /** Selectors that are looking, past what is kept, whether more is ready. */
  private static final Map<SelectorImpl, Boolean> LOOKING = new ConcurrentHashMap<>();

  /** {@code ServerSocketChannelImpl.implAccept}; found when first needed, found twice at worst. */
  private static MethodHandle accept;

  private JhotAccepts() {}

  /** Whether there is a connection for the app to accept: one that is kept, or is taken now. */
  static boolean has(ServerSocketChannelImpl channel, SelectionKeyImpl key) {
    if (TAKEN.containsKey(key)) {
      return true;
    }
    FileDescriptor connection = new FileDescriptor();
    SocketAddress[] client = new SocketAddress[2]; // longer than the app's: see isKept
    try {
      if (accept(channel, channel.getFD(), connection, client) <= 0) {
        return false;
      }
    } catch (IOException e) {
      return true; // closed, or no descriptor is left: the app's own accept is to say so
    }
    TAKEN.put(key, new Object[] {connection, client[0], Thread.currentThread()});
    if (!channel.isOpen()) {
      drop(channel.getFD()); // it may have been closed before this was to be found
    }
    return true;
  }

  /** Whether an accept of the app gets a connection that is kept. */
  static boolean isKept(ServerSocketChannelImpl channel, SocketAddress[] client) {
    if (TAKEN.isEmpty() || client.length > 1) {
      return false; // longer: has is asking the kernel
    }
    for (SelectionKeyImpl key : TAKEN.keySet()) {
      if (key.channel() == channel) {
        return true;
      }
    }
    return false;
  }

  /** An accept of the app that gets it. */
  static int give(
      ServerSocketChannelImpl channel,
      FileDescriptor listener,
      FileDescriptor connection,
      SocketAddress[] client)
      throws IOException {
    Object[] kept = remove(channel, Thread.currentThread());
    if (kept == null) {
      kept = remove(channel, null);
    }
    if (kept == null) {
      return accept(channel, listener, connection, client);
    }
    IOUtil.setfdVal(connection, IOUtil.fdVal((FileDescriptor) kept[0]));
    client[0] = (SocketAddress) kept[1];
    return 1;
  }

  /**
   * Takes one that is kept.
   *
   * @param told the thread that was told of it; null for any: an app may accept on another one
   * @return null if there is none
   */
  private static Object[] remove(ServerSocketChannelImpl channel, Thread told) {
    for (Map.Entry<SelectionKeyImpl, Object[]> each : TAKEN.entrySet()) {
      if (each.getKey().channel() == channel
          && (told == null || told == each.getValue()[2])
          && TAKEN.remove(each.getKey(), each.getValue())) {
        return each.getValue();
      }
    }
    return null;
  }

  /** The listener is closed: clients that the app has not accepted see their connection end. */
  static void drop(FileDescriptor listener) {
    if (TAKEN.isEmpty()) {
      return;
    }
    for (SelectionKeyImpl key : TAKEN.keySet()) {
      boolean itsOwn = key.channel() instanceof SelChImpl own && own.getFD() == listener;
      Object[] kept = itsOwn ? TAKEN.remove(key) : null;
      if (kept != null) {
        try {
          JhotSockets.close(IOUtil.fdVal((FileDescriptor) kept[0]));
        } catch (IOException e) {
          continue; // the descriptor is free all the same: man 2 close
        }
      }
    }
  }

  /** Whether a connection is kept of which a key of that selector is to tell. */
  static boolean isKeptFor(SelectorImpl selector) {
    return !TAKEN.isEmpty() && !LOOKING.containsKey(selector) && !keptFor(selector).isEmpty();
  }

  /** A select that does not wait, and tells of what is kept too. */
  static int select(SelectorImpl selector, Consumer<SelectionKey> action) throws IOException {
    int ready;
    LOOKING.put(selector, true);
    try {
      ready = selector.doSelect(action, 0);
    } finally {
      LOOKING.remove(selector);
    }
    for (SelectionKeyImpl key : keptFor(selector)) {
      ready += selector.processReadyEvents(Net.POLLIN, key, action);
    }
    return ready;
  }

  private static List<SelectionKeyImpl> keptFor(SelectorImpl selector) {
    List<SelectionKeyImpl> keys = new ArrayList<>();
    for (SelectionKeyImpl key : TAKEN.keySet()) {
      SelectionKeyImpl now = key.isValid() ? key : successor(key, selector);
      if (now != null
          && now.selector() == selector
          && (now.nioInterestOps() & SelectionKey.OP_ACCEPT) != 0) {
        keys.add(now);
      }
    }
    return keys;
  }

  /** The app has cancelled the key, and may have registered its channel with another selector. */
  private static SelectionKeyImpl successor(SelectionKeyImpl cancelled, SelectorImpl selector) {
    SelectionKey now = cancelled.channel().keyFor(selector);
    if (!(now instanceof SelectionKeyImpl key) || !key.isValid() || TAKEN.containsKey(key)) {
      return null;
    }
    Object[] kept = TAKEN.remove(cancelled);
    if (kept == null) {
      return null; // accepted meanwhile
    }
    TAKEN.put(key, kept);
    return key;
  }

  /**
   * Finds what an accept needs. Where there is a security manager, this is done before the app
   * calls: its permissions would not do.
   */
  static void link() {
    if (accept != null) {
      return;
    }
    MethodType type =
        MethodType.methodType(
            int.class, FileDescriptor.class, FileDescriptor.class, SocketAddress[].class);
    try {
      accept =
          MethodHandles.privateLookupIn(ServerSocketChannelImpl.class, MethodHandles.lookup())
              .findVirtual(ServerSocketChannelImpl.class, "implAccept", type);
    } catch (ReflectiveOperationException e) {
      throw new LinkageError(e.getMessage(), e);
    }
  }

  private static int accept(
      ServerSocketChannelImpl channel,
      FileDescriptor listener,
      FileDescriptor connection,
      SocketAddress[] client)
      throws IOException {
    link();
    try {
      return (int) accept.invokeExact(channel, listener, connection, client);
    } catch (IOException | RuntimeException | Error e) {
      throw e;
    } catch (Throwable e) {
      throw new AssertionError(e);
    }
  }
}
