package io.jhot.agent.drain;

import io.jhot.agent.app.AppThreads;
import io.jhot.agent.channel.Channel;
import io.jhot.protocol.Message;
import java.nio.channels.ClosedSelectorException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.WeakHashMap;
import java.util.function.IntPredicate;
import org.jspecify.annotations.Nullable;
import sun.nio.ch.JhotFields;

/**
 * Asks the app's servers what is under way on their connections, while this generation drains. A
 * server is found by the threads that it runs, and by the selectors that they wait in: a thread
 * inside select() is known by it to the JDK, which has to wake it when somebody interrupts it.
 *
 * <p>Nothing is recorded before the drain, and no class of the app is patched for it. Each look
 * finds everything anew, except the selectors: a thread that works is not inside select() now, but
 * was before or will be.
 */
public final class AppConnections {
  /** All known readers; the first that recognizes an object is the only one asked. */
  static final List<ServerReader> READERS =
      List.of(
          new JdkServer(),
          new NettyServer(),
          new TomcatServer(),
          new JettyServer(),
          new UndertowServer(),
          new AnyServer());

  /** A server's thread that does not get to a question within that time is busy. */
  private static final long MAX_WAIT_MILLIS = 500;

  /** Thread factories wrap what a thread runs at most this often. */
  private static final int MAX_WRAPPERS = 6;

  private final Channel channel;
  private final IntPredicate isListener;
  private final Set<Selector> selectors = Collections.newSetFromMap(new WeakHashMap<>());
  private @Nullable Thread looking;

  /**
   * @param isListener whether the app has listened on that port
   */
  public AppConnections(Channel channel, IntPredicate isListener) {
    this.channel = channel;
    this.isListener = isListener;
  }

  /** Looks, and answers jhot, on a thread of its own. A question during a look is ignored. */
  public synchronized void look(int request) {
    if (looking != null && looking.isAlive()) {
      return; // jhot asks again after a while
    }
    looking = new Thread(null, () -> answer(request), "jhot-look", 0, false);
    looking.setDaemon(true);
    looking.start();
  }

  private void answer(int request) {
    Found found = new Found(isListener, this::failed);
    look(found);
    found.await(MAX_WAIT_MILLIS);
    for (Message.Looked part : found.answer(request)) {
      channel.send(part);
    }
  }

  private void look(Found found) {
    for (Thread thread : AppThreads.all()) {
      addSelector(thread);
      Object task = AppThreads.task(thread);
      for (int depth = 0; task != null && depth < MAX_WRAPPERS; depth++) {
        read(task, null, found);
        task = AppThreads.wrapped(task);
      }
    }
    for (Selector one : selectors) {
      try {
        for (SelectionKey key : one.keys()) {
          Object attached = key.attachment();
          if (attached != null) {
            read(attached, key, found);
          }
        }
      } catch (ClosedSelectorException e) {
        continue; // its server has ended
      }
    }
    AnyServer.readTlsSockets(found);
  }

  private static void read(Object root, @Nullable SelectionKey key, Found found) {
    for (ServerReader one : READERS) {
      try {
        if (one.read(root, key, found)) {
          return;
        }
      } catch (ReflectiveOperationException | RuntimeException | LinkageError e) {
        found.failed(e);
        return;
      }
    }
  }

  /** Remembers the selector that a thread waits in. */
  private void addSelector(Thread thread) {
    Object blocker = JhotFields.field(thread, "nioBlocker");
    blocker = blocker == null ? JhotFields.field(thread, "blocker") : blocker; // before 21
    if (blocker != null && JhotFields.field(blocker, "this$0") instanceof Selector selector) {
      selectors.add(selector);
    }
  }

  private void failed(Throwable cause) {
    channel.trouble(
        "connections of a server that the agent does not know are judged by their bytes alone: "
            + cause);
  }
}
