package io.jhot.runtime;

import io.jhot.ffm.Fd;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;

/**
 * Passes on what a starting generation writes and keeps its last lines, so that a failed reload can
 * say what went wrong. It has a thread of its own, because the reader of jhot's output may be slow
 * and the loop must not wait for it. It ends with the pipe: when the agent has put the app's own
 * descriptors back, or the process is gone.
 */
final class OutputRelay {
  private static final int MOST_LINES = 20;
  private static final int MOST_LINE_BYTES = 400;

  private final ArrayDeque<String> lines = new ArrayDeque<>();
  private final byte[] line = new byte[MOST_LINE_BYTES];
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
  OutputRelay(Fd pipe, OutputStream to, String name) throws IOException {
    FileInputStream in = new FileInputStream("/proc/self/fd/" + pipe.number());
    pipe.close();
    thread = new Thread(null, () -> relay(in, to), name, 128 * 1024);
    thread.setDaemon(true);
    thread.start();
  }

  /** The last lines, oldest first; a line that has not ended yet counts. */
  synchronized List<String> lastLines() {
    List<String> copy = new ArrayList<>(lines);
    if (length > 0) {
      copy.add(text());
    }
    return copy;
  }

  /**
   * Waits until everything that a dead process wrote has been passed on.
   *
   * @param millis at most this long: a grandchild may still hold the pipe
   */
  void finish(long millis) {
    try {
      thread.join(millis);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void relay(FileInputStream in, OutputStream to) {
    byte[] bytes = new byte[8192];
    try (in) {
      for (int n = in.read(bytes); n >= 0; n = in.read(bytes)) {
        keep(bytes, n);
        to.write(bytes, 0, n);
        to.flush();
      }
    } catch (IOException e) {
      keep(("jhot can no longer relay this output: " + e.getMessage() + "\n"));
    }
  }

  private void keep(String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    keep(bytes, bytes.length);
  }

  private synchronized void keep(byte[] bytes, int count) {
    for (int i = 0; i < count; i++) {
      if (bytes[i] == '\n') {
        if (lines.size() == MOST_LINES) {
          lines.removeFirst();
        }
        lines.add(text());
        length = 0;
      } else if (length < MOST_LINE_BYTES && bytes[i] != '\r') {
        line[length++] = bytes[i];
      }
    }
  }

  private String text() {
    return Journal.harmless(new String(line, 0, length, StandardCharsets.UTF_8));
  }
}
