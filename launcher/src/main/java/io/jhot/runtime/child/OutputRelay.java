package io.jhot.runtime.child;

import io.jhot.ffm.Fd;
import io.jhot.text.HarmlessText;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * Relays the output of a starting generation and keeps its most telling lines, so that a failed
 * reload can say what went wrong. Has a thread of its own, because the reader of jhot's output may
 * be slow and the loop must not wait for it. Ends with the pipe: when the agent has restored the
 * app's own descriptors, or the process is gone. Passes on whole lines only, because from then on
 * the app writes to the same place directly.
 */
public final class OutputRelay {
  private static final int MAX_LINE_BYTES = 400;

  /** PIPE_BUF, man 7 pipe: what one write(2) does not split where another process writes too. */
  private static final int MAX_AT_ONCE = 4096;

  /** How long an incomplete line is held back. */
  private static final int MAX_HELD_MILLIS = 100;

  private final StartLines lines = new StartLines();
  private final byte[] line = new byte[MAX_LINE_BYTES];
  private int length;
  private final Thread thread;

  /**
   * Starts relaying.
   *
   * @param pipe the reading end; owned by the relay from here on
   * @param to where the bytes go on to; stays open
   * @param name of the thread
   * @throws IOException when the pipe cannot be opened for reading
   */
  public OutputRelay(Fd pipe, OutputStream to, String name) throws IOException {
    FileInputStream in = new FileInputStream("/proc/self/fd/" + pipe.number());
    pipe.close();
    thread = new Thread(null, () -> relay(in, to), name, 128 * 1024);
    thread.setDaemon(true);
    thread.start();
  }

  /** The most telling lines, oldest first, with the last one even if it is incomplete. */
  public synchronized List<String> lastLines() {
    List<String> copy = lines.all();
    if (length > 0) {
      copy.add(text());
    }
    return copy;
  }

  /** Whether all output has been passed on and the pipe is closed. */
  public boolean hasEnded() {
    return !thread.isAlive();
  }

  /**
   * Waits until everything that a dead process wrote has been passed on.
   *
   * @param millis at most this long: a grandchild may still hold the pipe; 0 or less: not at all
   */
  public void finish(long millis) {
    try {
      if (millis > 0) {
        thread.join(millis);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void relay(FileInputStream in, OutputStream to) {
    byte[] bytes = new byte[MAX_AT_ONCE];
    int held = 0;
    boolean taken = true;
    try (in) {
      for (int n = in.read(bytes); n >= 0; n = in.read(bytes, held, bytes.length - held)) {
        keep(bytes, held, n);
        held += n;
        int whole = wholeLines(bytes, held);
        if (whole < held && (held == bytes.length && whole == 0 || isQuiet(in))) {
          whole = held;
        }
        if (whole > 0) {
          taken = taken && passOn(to, bytes, whole);
          held -= whole;
          System.arraycopy(bytes, whole, bytes, 0, held);
        }
      }
      if (held > 0 && taken) {
        passOn(to, bytes, held);
      }
    } catch (IOException e) {
      keep(("jhot can no longer read this output: " + e.getMessage() + "\n"));
    }
  }

  /**
   * Passes bytes on. Returns false if that fails, as when jhot's terminal is gone. The relay reads
   * on all the same: the app must not get SIGPIPE.
   */
  private boolean passOn(OutputStream to, byte[] bytes, int count) {
    try {
      to.write(bytes, 0, count);
      to.flush();
      return true;
    } catch (IOException e) {
      keep("jhot can no longer pass this output on: " + e.getMessage() + "\n");
      return false;
    }
  }

  /**
   * How many of the bytes are whole lines. Only those are passed on: once the app has its own
   * descriptor back it writes directly, and must not write into the middle of a line.
   */
  private static int wholeLines(byte[] bytes, int count) {
    int whole = count;
    while (whole > 0 && bytes[whole - 1] != '\n') {
      whole--;
    }
    return whole;
  }

  /** Whether no more output comes for a while, as after a prompt. */
  private static boolean isQuiet(FileInputStream in) throws IOException {
    for (int millis = 0; millis < MAX_HELD_MILLIS; millis += 10) {
      if (in.available() > 0) {
        return false;
      }
      try {
        Thread.sleep(10);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return true;
      }
    }
    return true;
  }

  private void keep(String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    keep(bytes, 0, bytes.length);
  }

  private synchronized void keep(byte[] bytes, int from, int count) {
    for (int i = from; i < from + count; i++) {
      if (bytes[i] == '\n') {
        lines.add(text());
        length = 0;
      } else if (length < MAX_LINE_BYTES && bytes[i] != '\r') {
        line[length++] = bytes[i];
      }
    }
  }

  private String text() {
    return HarmlessText.of(new String(line, 0, length, StandardCharsets.UTF_8));
  }
}
