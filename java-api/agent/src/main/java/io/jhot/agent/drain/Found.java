package io.jhot.agent.drain;

import io.jhot.protocol.Message;
import io.jhot.protocol.Work;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.IntPredicate;

/** What is under way on the app's connections, as one look finds it. For any thread. */
final class Found {
  /** A task for a thread of the server's. */
  interface Task {
    /**
     * Runs the task.
     *
     * @throws ReflectiveOperationException if the server is not as the agent knows it
     */
    void run() throws ReflectiveOperationException;
  }

  private record Key(InetSocketAddress peer, int localPort) {}

  private final IntPredicate isListener;
  private final Failures failures;
  private final Map<Key, Work> connections = new HashMap<>();
  private final List<CountDownLatch> awaited = new ArrayList<>();
  private boolean whole = true;

  /** Takes failures to read a server's objects. */
  interface Failures {
    /** Reports a failure, on any thread. */
    void failed(Throwable cause);
  }

  /**
   * @param isListener whether the app has listened on that port
   */
  Found(IntPredicate isListener, Failures failures) {
    this.isListener = isListener;
    this.failures = failures;
  }

  /**
   * Adds what is under way on a connection; one that is closed, or that the app made, is left out.
   */
  void add(SocketChannel channel, Work work) {
    try {
      add(channel.getRemoteAddress(), channel.getLocalAddress(), work);
    } catch (IOException e) {
      return; // closed meanwhile
    }
  }

  /**
   * Adds what is under way on a connection. If several servers know it, the busiest counts.
   *
   * @param peer the client's address; what is no internet address is left out
   * @param local the address that the client came to
   */
  synchronized void add(SocketAddress peer, SocketAddress local, Work work) {
    if (peer instanceof InetSocketAddress client
        && local instanceof InetSocketAddress own
        && !client.isUnresolved()
        && isListener.test(own.getPort())) {
      connections.merge(
          new Key(client, own.getPort()), work, (a, b) -> b.isBusy() || !a.isBusy() ? b : a);
    }
  }

  /** Something cannot be inspected now: connections that no server names may be busy. */
  synchronized void hide() {
    whole = false;
  }

  /** A server is not as the agent knows it. */
  void failed(Throwable cause) {
    failures.failed(cause);
  }

  /**
   * Runs a task on a thread of the server's, whose objects nobody else may read. If the thread does
   * not get to it, the thread is busy; see {@link #hide}.
   */
  void ask(Executor thread, Task task) {
    CountDownLatch done = new CountDownLatch(1);
    try {
      thread.execute(
          () -> {
            try {
              task.run();
            } catch (ReflectiveOperationException | RuntimeException | LinkageError e) {
              failed(e);
            }
            done.countDown();
          });
    } catch (RejectedExecutionException e) {
      return; // the app has shut it down
    }
    synchronized (this) {
      awaited.add(done);
    }
  }

  /** Waits for what {@link #ask} asked, all of it together for so long. */
  void await(long millis) {
    List<CountDownLatch> all;
    synchronized (this) {
      all = List.copyOf(awaited);
    }
    long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
    for (CountDownLatch one : all) {
      try {
        if (!one.await(end - System.nanoTime(), TimeUnit.NANOSECONDS)) {
          hide();
        }
      } catch (InterruptedException e) {
        hide(); // only who interrupts all threads does that
      }
    }
  }

  /** The answer to jhot's question, in parts. */
  synchronized List<Message.Looked> answer(int request) {
    List<Message.Connection> all = new ArrayList<>();
    for (Map.Entry<Key, Work> one : connections.entrySet()) {
      InetSocketAddress peer = one.getKey().peer();
      all.add(
          new Message.Connection(
              new Message.Cargo(peer.getAddress().getAddress()),
              peer.getPort(),
              one.getKey().localPort(),
              one.getValue()));
    }
    List<Message.Looked> parts = new ArrayList<>();
    int from = 0;
    do {
      int to = Math.min(all.size(), from + Message.Looked.MAX);
      parts.add(new Message.Looked(request, to < all.size(), whole, all.subList(from, to)));
      from = to;
    } while (from < all.size());
    return parts;
  }
}
