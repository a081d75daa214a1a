package io.jhot.agent.channel;

import io.jhot.protocol.BoundedWait;
import java.util.function.BooleanSupplier;

/**
 * Whether jhot has told what there is to take over. The app starts meanwhile; who binds, or asks
 * what only jhot knows, waits here. Bounded: a jhot that does not answer holds nobody up for ever.
 */
public final class Handshake {
  /** From the start of the agent on. */
  private static final long MAX_WAIT_MILLIS = 5_000;

  private final Channel channel;
  private final long deadline = System.nanoTime() + MAX_WAIT_MILLIS * 1_000_000;
  private boolean over;
  private int generation = 1;
  private Thread hearing;

  public Handshake(Channel channel) {
    this.channel = channel;
  }

  /** That thread hears jhot: it never waits here, for nobody else could end that. */
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
          "the agent got no answer within "
              + MAX_WAIT_MILLIS
              + " ms and lets the app go on: sockets that it binds by now are not adopted");
    }
    return over;
  }
}
