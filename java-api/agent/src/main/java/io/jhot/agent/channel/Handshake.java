package io.jhot.agent;

/**
 * Whether jhot has told what there is to take over. The app starts meanwhile; who binds, or asks
 * what only jhot knows, waits here. Bounded: a jhot that does not answer holds nobody up for ever.
 */
final class Handshake {
  /** From the start of the agent on. */
  private static final long MOST_WAIT_MILLIS = 5_000;

  private final Channel channel;
  private final long deadline = System.nanoTime() + MOST_WAIT_MILLIS * 1_000_000;
  private boolean over;

  Handshake(Channel channel) {
    this.channel = channel;
  }

  /** jhot's Welcome has taken effect, or jhot is gone. */
  synchronized void end() {
    over = true;
    notifyAll();
  }

  /** Whether it is over; waits for that. */
  synchronized boolean await() {
    boolean interrupted = false;
    while (!over) {
      long left = (deadline - System.nanoTime()) / 1_000_000;
      if (left <= 0) {
        break;
      }
      try {
        wait(left);
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
    if (!over) {
      channel.trouble(
          "the agent got no answer within "
              + MOST_WAIT_MILLIS
              + " ms and lets the app go on: sockets that it binds by now are not adopted");
    }
    return over;
  }
}
