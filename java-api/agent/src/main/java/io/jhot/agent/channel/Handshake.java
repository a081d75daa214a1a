package io.jhot.agent.channel;

import io.jhot.protocol.BoundedWait;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Whether jhot has told what there is to take over. The app starts meanwhile; a thread that binds,
 * or that needs what only jhot knows, waits here. Bounded, in case jhot does not answer.
 */
public final class Handshake {
  /** From the start of the agent on. */
  private static final long MAX_WAIT_MILLIS = 5_000;

  private final Channel channel;
  private final long deadline = System.nanoTime() + MAX_WAIT_MILLIS * 1_000_000;
  private boolean over;
  private int generation = 1;
  private @Nullable Thread hearing;

  /** Begins now: the time in which jhot may answer runs from here. */
  public Handshake(Channel channel) {
    this.channel = channel;
  }

  /** That thread hears jhot. It never waits here: it is the one that ends the wait. */
  public synchronized void heardBy(Thread one) {
    hearing = one;
  }

  /** jhot's Welcome has taken effect. */
  public synchronized void end(int generation) {
    this.generation = generation;
    end();
  }

  /** jhot is gone, or cannot be heard. */
  public synchronized void end() {
    over = true;
    notifyAll();
  }

  /** The generation's number, once jhot has told; 1 if it does not. */
  public synchronized int generation() {
    if (Thread.currentThread() != hearing) {
      await();
    }
    return generation;
  }

  /** Whether it is over; waits for that. */
  public synchronized boolean await() {
    if (!over) { // no lambda here: the first one of a JVM takes it long
      BoundedWait.until(
          this,
          deadline,
          new BooleanSupplier() {
            @Override
            public boolean getAsBoolean() {
              return over;
            }
          });
    }
    if (!over) {
      channel.trouble(
          "jhot did not answer within "
              + MAX_WAIT_MILLIS
              + " ms: the app goes on, and the sockets that it binds now do not change hands at a"
              + " reload");
    }
    return over;
  }
}
