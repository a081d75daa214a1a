package io.jhot.runtime.trial;

import io.jhot.ffm.Errno;
import io.jhot.ffm.ErrnoException;
import io.jhot.ffm.ExitStatus;
import io.jhot.ffm.Fd;
import io.jhot.ffm.PidFd;
import io.jhot.ffm.Pipe;
import io.jhot.ffm.Signal;
import io.jhot.ffm.Spawn;
import io.jhot.runtime.OsEvent;
import io.jhot.runtime.child.OutputRelay;
import io.jhot.runtime.child.ProcessFacts;
import java.io.IOException;
import java.io.OutputStream;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** A probe that is a command: a child of jhot's own, whose exit code is the outcome. */
final class ProbeCommand implements AutoCloseable {
  final int generation;
  final int attempt;
  final Spawn.Child child;
  final OutputRelay output;

  /** Its outcome is not awaited any more. For the loop's thread, as all but {@link #outcome}. */
  boolean abandoned;

  private ProbeCommand(int generation, int attempt, Spawn.Child child, OutputRelay output) {
    this.generation = generation;
    this.attempt = attempt;
    this.child = child;
    this.output = output;
  }

  /**
   * Starts it by the shell.
   *
   * @param command what the shell is given
   * @param environment {@code K=V} each
   * @param directory where, or null for jhot's own
   * @throws IOException when it cannot be started
   */
  static ProbeCommand start(
      int generation,
      int attempt,
      String command,
      List<String> environment,
      @Nullable String directory,
      Spawn.Mode mode)
      throws IOException {
    Pipe nothing = Pipe.open();
    nothing.write().close();
    try (Fd in = nothing.read()) {
      Pipe out = Pipe.open();
      try (Fd written = out.write()) {
        SortedMap<Integer, Fd> descriptors = new TreeMap<>();
        descriptors.put(0, in);
        descriptors.put(1, written);
        descriptors.put(2, written);
        Spawn.Child child =
            Spawn.start(
                new Spawn.Request(
                    "/bin/sh",
                    List.of("sh", "-c", command),
                    environment,
                    directory,
                    descriptors,
                    List.of(),
                    true,
                    Signal.KILL,
                    List.of()),
                mode);
        return new ProbeCommand(
            generation,
            attempt,
            child,
            new OutputRelay(out.read(), OutputStream.nullOutputStream(), "probe-" + generation));
      } catch (IOException e) {
        out.read().close();
        throw e;
      }
    }
  }

  /**
   * Kills it and its descendants in its process group: a probe that hangs mostly hangs in a program
   * that the shell waits for. It is reaped as usual.
   */
  void abandon() {
    abandoned = true;
    try {
      killDescendants(child.pid());
      child.pidFd().signal(Signal.KILL);
    } catch (ErrnoException e) {
      throw new AssertionError("a child of ours cannot be killed", e);
    }
  }

  private void killDescendants(int parent) throws ErrnoException {
    for (int pid : ProcessFacts.children(parent)) {
      try (PidFd process = PidFd.open(pid)) {
        // looked up after the pidfd is open: the pid cannot have been reused by then
        if (ProcessFacts.processGroup(pid) == child.pid()) {
          killDescendants(pid);
          process.signal(Signal.KILL);
        }
      } catch (ErrnoException e) {
        if (e.errno() != Errno.ESRCH) {
          throw e;
        }
      }
    }
  }

  /** What came of it, once it has been reaped and its output has been read. For any thread. */
  OsEvent.Probed outcome(ExitStatus status) {
    boolean ok = !status.signaled() && status.value() == 0;
    List<String> lines = output.lastLines();
    String seen =
        ok
            ? "succeeded"
            : status.signaled()
                ? "was killed by signal " + status.value()
                : "exited with code " + status.value();
    return new OsEvent.Probed(
        generation, attempt, ok, lines.isEmpty() ? seen : seen + ": " + lines.getLast());
  }

  @Override
  public void close() {
    child.pidFd().close();
  }
}
