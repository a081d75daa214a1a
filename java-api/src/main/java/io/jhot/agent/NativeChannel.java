package io.jhot.agent;

import java.io.IOException;
import java.lang.ref.WeakReference;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * A server channel of one of Netty's native transports. Its event loop alone touches its
 * registrations, and takes it for an error when one is away for a moment: so descriptors are
 * exchanged on that loop.
 *
 * <p>An accept that io_uring was given stays with the socket on which it began, whatever comes to
 * lie under the descriptor: it is called back by the channel's own switch ({@code autoRead}) before
 * an exchange, and asked for again after it.
 *
 * <p>For any thread but the channel's own.
 */
final class NativeChannel {
  private static final long MOST_WAIT_MILLIS = 500;

  /**
   * The cancellation is submitted at the end of one turn of the event loop, and ends in another.
   */
  private static final int TURNS = 3;

  /** What is done on an event loop. */
  interface Task {
    /** Does it. */
    void run() throws IOException;
  }

  private final WeakReference<Object> channel;
  private final boolean isRing;
  private final boolean canWait;
  private boolean paused;

  /**
   * @param channel Netty's server channel
   * @param socket the class of its socket
   */
  NativeChannel(Object channel, Class<?> socket) {
    this.channel = new WeakReference<>(channel);
    isRing = isRing(socket);
    canWait = !socket.getName().contains(".incubator.");
  }

  /** Whether a socket's class belongs to an io_uring transport. */
  static boolean isRing(Class<?> socket) {
    return socket.getName().contains(".uring.");
  }

  /**
   * Whether it accepts from another socket after an exchange. Netty's incubator for 4.1 does not
   * ask for the next accept when one was called back.
   */
  boolean canBeStaged() {
    return canWait;
  }

  /**
   * Calls a pending accept back and waits until it has come. What it accepted meanwhile is
   * delivered to the app as ever.
   *
   * @throws ReflectiveOperationException if it cannot be called back in this version of Netty
   */
  void pause() throws ReflectiveOperationException {
    Object target = channel.get();
    if (!isRing || target == null || !(boolean) AppObjects.call(config(target), "isAutoRead")) {
      return; // or the app itself does not want connections now
    }
    setAutoRead(target, false);
    paused = true;
    for (int turn = 0; turn < TURNS; turn++) {
      if (!await(target, () -> {})) {
        return;
      }
    }
  }

  /** Lets it accept again, from what lies under its descriptor now. */
  void resume() throws ReflectiveOperationException {
    Object target = channel.get();
    if (paused && target != null) {
      paused = false;
      setAutoRead(target, true);
    }
  }

  /** Does it on the event loop, or here if that is too busy or gone. */
  void onItsLoop(Task task) throws IOException {
    Object target = channel.get();
    AtomicBoolean begun = new AtomicBoolean();
    IOException[] failure = new IOException[1];
    boolean done = false;
    try {
      done =
          target != null
              && await(
                  target,
                  () -> {
                    if (begun.compareAndSet(false, true)) {
                      try {
                        task.run();
                      } catch (IOException e) {
                        failure[0] = e;
                      }
                    }
                  });
    } catch (ReflectiveOperationException | RuntimeException e) {
      done = false; // another version of Netty, or a loop that has ended
    }
    if (!done && begun.compareAndSet(false, true)) {
      task.run();
    }
    if (failure[0] != null) {
      throw failure[0];
    }
  }

  private static Object config(Object channel) throws ReflectiveOperationException {
    return AppObjects.call(channel, "config");
  }

  private static void setAutoRead(Object channel, boolean on) throws ReflectiveOperationException {
    AppObjects.call(config(channel), "setAutoRead", boolean.class, on);
  }

  /** Waits for a turn of the event loop; false if it takes too long. */
  private static boolean await(Object channel, Runnable task) throws ReflectiveOperationException {
    CountDownLatch done = new CountDownLatch(1);
    Executor loop = (Executor) AppObjects.call(channel, "eventLoop");
    loop.execute(
        () -> {
          try {
            task.run();
          } finally {
            done.countDown();
          }
        });
    try {
      return done.await(MOST_WAIT_MILLIS, TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }
}
