package io.jhot.tests;

import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A program that a test has started, with its three streams. */
class Running {
  private final List<String> command;
  private final Process process;
  private final Output out;
  private final Output err;

  Running(ProcessBuilder builder) {
    command = List.copyOf(builder.command());
    try {
      process = builder.start();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    out = new Output(process.getInputStream(), "stdout of " + process.pid());
    err = new Output(process.getErrorStream(), "stderr of " + process.pid());
  }

  long pid() {
    return process.pid();
  }

  boolean isAlive() {
    return process.isAlive();
  }

  Output out() {
    return out;
  }

  Output err() {
    return err;
  }

  /** Writes to its stdin. */
  void type(String text) {
    try {
      OutputStream stdin = process.getOutputStream();
      stdin.write(text.getBytes(StandardCharsets.UTF_8));
      stdin.flush();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  void closeStdin() {
    try {
      process.getOutputStream().close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Sends a signal, by its name without SIG. */
  void signal(String name) {
    Proc.signal(pid(), name);
  }

  /** Waits for its end; returns the exit code, 128+n when it died of signal n. */
  int awaitExit() {
    try {
      if (!process.waitFor(Await.PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
        throw new AssertionError("still running: " + this);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError("interrupted while waiting for " + this, e);
    }
    return process.exitValue();
  }

  /** Waits for its end and for all of its output. */
  Finished finish() {
    int code = awaitExit();
    out.awaitEnd();
    err.awaitEnd();
    return new Finished(String.join(" ", command), code, out.text(), err.text());
  }

  /** Cleans up after a test that failed. */
  void destroy() {
    process.destroyForcibly();
  }

  @Override
  public String toString() {
    return String.join(" ", command)
        + " (pid "
        + pid()
        + ")\nstdout:\n"
        + out.text()
        + "\nstderr:\n"
        + err.text();
  }
}
