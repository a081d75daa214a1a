package io.jhot.runtime;

import io.jhot.protocol.BoundedWait;
import java.io.IOException;
import java.io.OutputStream;
import java.util.ArrayDeque;
import java.util.function.BooleanSupplier;
import java.util.function.LongFunction;

/**
 * Queues lines for a stream whose reader may be slow or stopped: a full pipe, or a terminal after
 * Ctrl-S. Adding a line never waits; a thread writes. The stream's open file description may be
 * shared with the app, so it is never made nonblocking.
 *
 * <p>What waits is bounded. Lines past that are dropped and counted, and a line that says how many
 * takes their place as soon as the stream is read again. The thread exists while there is something
 * to write and a moment longer: nothing of it is on the way of a start, nor in memory at rest.
 *
 * <p>For any thread. One line is one write(2), so that it does not mix with other writers' lines.
 */
public final class LogQueue {
  /** What may wait, in bytes: some thousand lines. */
  public static final int MAX_BYTES = 256 * 1024;

  /** How long the thread waits for another line before it ends. */
  private static final long REST_MILLIS = 200;

  private static final int STACK_BYTES = 128 * 1024;

  /** A line, and how many lost lines it tells of; 0: it is a line like any other. */
  private record Line(byte[] bytes, long lost) {}

  private final OutputStream out;
  private final LongFunction<byte[]> notice;

  // guarded by this
  private final ArrayDeque<Line> lines = new ArrayDeque<>();
  private int waiting; // bytes
  private long lost;
  private boolean running;
  private boolean failed;
  private long ended; // lines that are written, or could not be

  /**
   * @param out where lines go; stays open
   * @param notice the line that says how many were lost
   */
  public LogQueue(OutputStream out, LongFunction<byte[]> notice) {
    this.out = out;
    this.notice = notice;
  }

  /**
   * Leaves a line; never waits.
   *
   * @param line with its line end; not to be changed any more
   */
  public synchronized void add(byte[] line) {
    if (lost > 0 && waiting <= MAX_BYTES / 2) {
      enqueue(new Line(notice.apply(lost), lost));
      lost = 0;
    }
    if (lost > 0 || waiting + line.length > MAX_BYTES && !lines.isEmpty()) {
      lost++;
      return;
    }
    enqueue(new Line(line, 0));
  }

  /**
   * Leaves a line of a longer text once there is room for it; not for the loop's thread.
   *
   * @param line with its line end; not to be changed any more
   * @param patienceMillis how long the stream may stand still before the line is lost
   */
  public synchronized void addWhenThereIsRoom(byte[] line, long patienceMillis) {
    awaitUntil(
        () -> waiting + line.length <= (lost > 0 ? MAX_BYTES / 2 : MAX_BYTES), patienceMillis);
    add(line);
  }

  /**
   * Waits until everything is written; for the end of a process.
   *
   * @param patienceMillis how long the stream may stand still before the rest is given up
   * @return whether everything was written
   */
  public synchronized boolean finish(long patienceMillis) {
    awaitUntil(() -> waiting == 0 && (lost == 0 || failed), patienceMillis);
    return waiting == 0 && lost == 0;
  }

  /** Waits while lines are written, but not longer than the stream may stand still. */
  private void awaitUntil(BooleanSupplier condition, long patienceMillis) {
    boolean moves = true;
    while (moves && running && !condition.getAsBoolean()) {
      long seen = ended;
      long deadline = System.nanoTime() + patienceMillis * 1_000_000;
      moves =
          BoundedWait.until(
              this, deadline, () -> !running || ended != seen || condition.getAsBoolean());
    }
  }

  private void enqueue(Line line) {
    lines.add(line);
    waiting += line.bytes().length;
    failed = false;
    notifyAll();
    if (!running) {
      running = true;
      Thread thread = new Thread(null, this::write, "log", STACK_BYTES);
      thread.setDaemon(true);
      thread.start();
    }
  }

  private void write() {
    for (Line line = next(); line != null; line = next()) {
      boolean written = true;
      try {
        out.write(line.bytes(), 0, line.bytes().length);
        out.flush();
      } catch (IOException e) {
        written = false; // the reader is gone, or the disk is full, perhaps for a while: counted
      }
      done(line, written);
    }
  }

  /** Null: there has been nothing for a while, and this thread is to end. */
  @SuppressWarnings(
      "WaitNotInLoop") // to wake early only ends this thread early: add starts another
  private synchronized Line next() {
    if (lines.isEmpty() && lost == 0) {
      try {
        wait(REST_MILLIS);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt(); // nobody does that: ends this thread, not the queue
      }
    }
    if (lines.isEmpty() && lost > 0 && !failed) {
      enqueue(new Line(notice.apply(lost), lost));
      lost = 0;
    }
    Line line = lines.poll();
    running = line != null;
    notifyAll();
    return line;
  }

  private synchronized void done(Line line, boolean written) {
    waiting -= line.bytes().length;
    ended++;
    if (!written) {
      lost += Math.max(1, line.lost());
      failed = true;
    }
    notifyAll();
  }
}
