package io.jhot.agent.drain;

import io.jhot.agent.app.AppObjects;
import io.jhot.agent.app.AppThreads;
import java.nio.channels.Selector;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import sun.nio.ch.JhotFields;

/**
 * Finds the HTTP/2 connections of Netty, also those on which nothing comes that would show them.
 * Netty has no list of its servers, but each event loop knows the connections of its own, and is
 * known by its thread: the innermost {@code Runnable} of that is one which Netty has bound to the
 * loop. So it is in 4.1 and 4.2, and in shaded copies. What a loop knows lies in its {@code
 * IoHandler} since 4.2.
 */
final class NettyLoops {
  /** Netty's and the app's thread factories wrap it at most this often. */
  private static final int MAX_WRAPPERS = 6;

  private static final String BOUND = "io.netty.util.internal.ThreadExecutorMap$2";
  private static final String DEFAULT = "io.netty.channel.DefaultEventLoop";
  private static final String HTTP2 = "io.netty.handler.codec.http2.Http2ConnectionHandler";

  /** What is done with a connection. */
  interface Visitor {
    /**
     * Called on the connection's own event loop.
     *
     * @param handler an {@code Http2ConnectionHandler}
     * @param context its {@code ChannelHandlerContext}
     */
    void visit(Object handler, Object context) throws ReflectiveOperationException;
  }

  private NettyLoops() {}

  /**
   * Asks each event loop to show its HTTP/2 connections, and does not wait for it.
   *
   * @param failed is told of connections that cannot be looked at, on any thread
   */
  static void visit(Visitor visitor, Consumer<Throwable> failed) {
    for (Object loop : find()) {
      try {
        ((Executor) loop).execute(() -> visit(loop, visitor, failed));
      } catch (RejectedExecutionException e) {
        continue; // the app has shut it down
      }
    }
  }

  private static void visit(Object loop, Visitor visitor, Consumer<Throwable> failed) {
    try {
      for (Object one : channels(loop)) {
        Object pipeline = AppObjects.call(one, "pipeline");
        for (Object named : (Iterable<?>) pipeline) {
          Map.Entry<?, ?> entry = (Map.Entry<?, ?>) named;
          if (isA(entry.getValue(), HTTP2)) {
            Object context = AppObjects.call(pipeline, "context", String.class, entry.getKey());
            visitor.visit(entry.getValue(), context);
          }
        }
      }
    } catch (ReflectiveOperationException | RuntimeException | LinkageError e) {
      failed.accept(e);
    }
  }

  /** A copy, for a visit may close one. */
  static List<Object> channels(Object loop) throws ReflectiveOperationException {
    List<Object> channels = new ArrayList<>();
    Object handler = JhotFields.field(loop, "ioHandler");
    if (handler == null) { // 4.1, and loops of 4.2 that are as there
      ((Iterator<?>) AppObjects.call(loop, "registeredChannelsIterator"))
          .forEachRemaining(channels::add);
      return channels;
    }
    List<Object> registrations = new ArrayList<>();
    if (JhotFields.field(handler, "registrations") instanceof Map<?, ?> native42) {
      registrations.addAll(native42.values());
    } else if (JhotFields.field(handler, "selector") instanceof Selector selector) {
      selector.keys().forEach(key -> registrations.add(key.attachment()));
    }
    for (Object one : registrations) {
      Object handle = one == null ? null : JhotFields.field(one, "handle");
      Object channel = handle == null ? null : JhotFields.field(handle, "this$0");
      if (channel != null && AppObjects.has(channel, "pipeline")) {
        channels.add(channel);
      }
    }
    return channels;
  }

  private static Iterable<Object> find() {
    Map<Object, Object> loops = new IdentityHashMap<>();
    for (Thread thread : AppThreads.all()) {
      Object task = AppThreads.task(thread);
      for (int depth = 0; task != null && depth < MAX_WRAPPERS; depth++) {
        Object loop = of(task);
        if (loop != null) {
          loops.put(loop, loop);
          break;
        }
        task = AppThreads.wrapped(task);
      }
    }
    return loops.values();
  }

  /** The event loop that a thread's task belongs to; null if it is none that has sockets. */
  static @Nullable Object of(Object task) {
    if (!task.getClass().getName().endsWith(BOUND)) {
      return null;
    }
    Object loop = JhotFields.field(task, "val$eventExecutor");
    return loop instanceof Executor && hasSockets(loop) ? loop : null;
  }

  /** A thread of Netty's may also serve timers, or channels inside this JVM. */
  private static boolean hasSockets(Object loop) {
    return JhotFields.field(loop, "ioHandler") != null
        || AppObjects.has(loop, "registeredChannelsIterator") && !isA(loop, DEFAULT);
  }

  /** Whether an object is of a class of that name, of a shaded copy of it, or of one below it. */
  static boolean isA(Object one, String type) {
    for (Class<?> in = one.getClass(); in != null; in = in.getSuperclass()) {
      if (in.getName().endsWith(type)) {
        return true;
      }
    }
    return false;
  }
}
