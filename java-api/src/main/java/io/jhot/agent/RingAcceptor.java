package io.jhot.agent;

import java.lang.ref.WeakReference;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;

/**
 * A server channel that accepts by io_uring. The accept that it has handed to the kernel stays with
 * the socket on which it began, whatever comes to lie under the descriptor: so it is called back by
 * the channel's own switch ({@code autoRead}) before an exchange, and asked for again after it.
 *
 * <p>For any thread but the channel's own.
 */
final class RingAcceptor {
  private static final long MOST_WAIT_MILLIS = 500;

  /**
   * The cancellation is submitted at the end of one turn of the event loop, and ends in another.
   */
  private static final int TURNS = 3;

  private final WeakReference<Object> channel;
  private boolean paused;

  /**
   * @param channel Netty's server channel
   */
  RingAcceptor(Object channel) {
    this.channel = new WeakReference<>(channel);
  }

  /** Whether a socket's class belongs to an io_uring transport. */
  static boolean isRing(Class<?> socket) {
    return socket.getName().contains(".uring.");
  }

  /**
   * Calls the pending accept back and waits until it has come. What it accepted meanwhile is
   * delivered to the app as ever.
   *
   * @throws ReflectiveOperationException if it cannot be called back in this version of Netty
   */
  void pause() throws ReflectiveOperationException {
    Object target = channel.get();
    if (target == null || !(boolean) AppObjects.call(config(target), "isAutoRead")) {
      return; // gone; or the app itself does not want connections now
    }
    setAutoRead(target, false);
    paused = true;
    Object loop = AppObjects.call(target, "eventLoop");
    for (int turn = 0; turn < TURNS; turn++) {
      if (!await((Executor) loop)) {
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

  private static Object config(Object channel) throws ReflectiveOperationException {
    return AppObjects.call(channel, "config");
  }

  private static void setAutoRead(Object channel, boolean on) throws ReflectiveOperationException {
    AppObjects.call(config(channel), "setAutoRead", boolean.class, on);
  }

  /** Waits for a turn of the event loop; false if it takes too long. */
  private static boolean await(Executor loop) {
    CountDownLatch done = new CountDownLatch(1);
    loop.execute(
        new Runnable() {
          @Override
          public void run() {
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
