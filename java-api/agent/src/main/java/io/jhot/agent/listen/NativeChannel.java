package io.jhot.agent.listen;

import io.jhot.agent.app.AppClasses;
import io.jhot.agent.app.AppObjects;
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
 * lie under the descriptor: it is cancelled before an exchange and submitted again after it. Netty
 * 4.2 does both through the channel's own setting ({@code autoRead}). The incubator's transport for
 * 4.1 only submits no further accept when that is off, and never cancels one; so the cancellation
 * is put into its ring here, and a prologue keeps it from taking the end of a cancelled accept for
 * an error of the listener.
 *
 * <p>For any thread but the channel's own.
 */
final class NativeChannel {
  private static final long MAX_WAIT_MILLIS = 500;

  /**
   * The cancellation is submitted at the end of one turn of the event loop, and ends in another.
   */
  private static final int TURNS = 3;

  // io_uring_enter(2)
  private static final byte IORING_OP_POLL_ADD = 6;
  private static final byte IORING_OP_ACCEPT = 13;
  private static final byte IORING_OP_ASYNC_CANCEL = 14;
  private static final short POLLIN = 1;

  private final WeakReference<Object> channel;
  private final boolean isRing;
  private final boolean isIncubator;
  private boolean paused;

  /**
   * @param channel Netty's server channel
   * @param socket the class of its socket
   */
  NativeChannel(Object channel, Class<?> socket) {
    this.channel = new WeakReference<>(channel);
    isRing = isRing(socket);
    isIncubator = socket.getName().contains(".incubator.");
  }

  /** Whether a socket's class belongs to an io_uring transport. */
  static boolean isRing(Class<?> socket) {
    return socket.getName().contains(".uring.");
  }

  /**
   * Whether it accepts from another socket after an exchange: whether its accept can be cancelled
   * once it is registered with its event loop.
   */
  boolean canBeStaged(AppClasses classes) {
    Object target = channel.get();
    if (!isIncubator || target == null) {
      return true;
    }
    try {
      AppObjects.callHidden(target, "ioScheduled");
      return AppObjects.hasHidden(submissions(target), "enqueueSqe", 8)
          && classes.isPatched(AppObjects.call(target, "unsafe").getClass());
    } catch (ReflectiveOperationException | RuntimeException e) {
      return false; // another version of it
    }
  }

  /**
   * Cancels a pending accept. A connection that it accepted meanwhile is still delivered to the
   * app.
   *
   * @return true: it is cancelled once {@link #awaitTurns} returns, for it or for another channel
   *     of the same loop
   * @throws ReflectiveOperationException if it cannot be cancelled in this version of Netty
   */
  boolean pause() throws ReflectiveOperationException {
    Object target = channel.get();
    if (!isRing || target == null || !(boolean) AppObjects.call(config(target), "isAutoRead")) {
      return false; // or the app itself does not want connections now
    }
    setAutoRead(target, false);
    paused = true;
    if (isIncubator) {
      cancel(target);
    }
    return !isIncubator;
  }

  /** Waits until its event loop has done what was submitted before. */
  void awaitTurns() throws ReflectiveOperationException {
    Object target = channel.get();
    if (target == null) {
      return;
    }
    for (int turn = 0; turn < TURNS; turn++) {
      if (!await(target, () -> {})) {
        return;
      }
    }
  }

  /** Until nothing is pending: a poll that ends before its cancellation may begin an accept. */
  private static void cancel(Object target) throws ReflectiveOperationException {
    long began = System.nanoTime();
    AtomicBoolean pending = new AtomicBoolean(true);
    ReflectiveOperationException[] failure = new ReflectiveOperationException[1];
    while (pending.get() && System.nanoTime() - began < MAX_WAIT_MILLIS * 1_000_000) {
      await(
          target,
          () -> {
            try {
              pending.set((boolean) AppObjects.callHidden(target, "ioScheduled"));
              if (pending.get()) {
                int fd = (int) AppObjects.call(AppObjects.call(target, "fd"), "intValue");
                submitCancellation(target, fd, IORING_OP_POLL_ADD, POLLIN);
                submitCancellation(target, fd, IORING_OP_ACCEPT, (short) 0);
              }
            } catch (ReflectiveOperationException e) {
              failure[0] = e;
              pending.set(false);
            }
          });
    }
    if (failure[0] != null) {
      throw failure[0];
    }
  }

  /**
   * The kernel finds the request to cancel by its user data, which encodes operation and
   * descriptor.
   */
  private static void submitCancellation(Object target, int fd, byte operation, short data)
      throws ReflectiveOperationException {
    long userData = (long) data << 48 | (long) operation << 32 | fd;
    AppObjects.callHidden(
        submissions(target),
        "enqueueSqe",
        IORING_OP_ASYNC_CANCEL,
        0,
        0,
        fd,
        userData,
        0,
        0L,
        (short) 0);
  }

  private static Object submissions(Object target) throws ReflectiveOperationException {
    return AppObjects.callHidden(target, "submissionQueue");
  }

  /** Lets it accept again, from what lies under its descriptor now. */
  void resume() throws ReflectiveOperationException {
    Object target = channel.get();
    if (paused && target != null) {
      paused = false;
      setAutoRead(target, true);
    }
  }

  /** The event loop that it is registered with; this channel itself where that is not known. */
  Object loop() {
    Object target = channel.get();
    try {
      Object loop = target == null ? null : AppObjects.call(target, "eventLoop");
      return loop == null ? this : loop;
    } catch (ReflectiveOperationException | RuntimeException e) {
      return this; // another version of Netty
    }
  }

  /** Runs a task on the event loop, or here if the loop is too busy or gone. */
  void onItsLoop(Runnable task) {
    Object target = channel.get();
    AtomicBoolean begun = new AtomicBoolean();
    CountDownLatch ended = new CountDownLatch(1);
    Runnable once =
        () -> {
          if (begun.compareAndSet(false, true)) {
            try {
              task.run();
            } finally {
              ended.countDown();
            }
          }
        };
    try {
      if (target != null && await(target, once)) {
        return;
      }
    } catch (ReflectiveOperationException | RuntimeException e) {
      // another version of Netty, or a loop that has ended: done here
    }
    once.run();
    awaitEnd(ended);
  }

  /** The loop may have begun it at the last moment: waits for its end. */
  private static void awaitEnd(CountDownLatch ended) {
    boolean interrupted = false;
    while (true) {
      try {
        ended.await();
        break;
      } catch (InterruptedException e) {
        interrupted = true; // it takes a moment only
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
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
      return done.await(MAX_WAIT_MILLIS, TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }
}
