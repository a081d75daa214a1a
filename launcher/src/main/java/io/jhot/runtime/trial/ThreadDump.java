package io.jhot.runtime.trial;

import io.jhot.ffm.ControlMessage;
import io.jhot.ffm.Fd;
import io.jhot.ffm.Own;
import io.jhot.ffm.PeerClosedException;
import io.jhot.ffm.Sockets;
import io.jhot.runtime.child.ProcessFacts;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Asks a HotSpot JVM for its threads by the protocol of {@code jstack}: a file {@code
 * .attach_pidPID} and SIGQUIT make the JVM listen on {@code /tmp/.java_pidPID}, where it answers a
 * command (JDK's attachListener_linux.cpp). Works also when the app's Java code hangs. A JVM that
 * does not allow attaching prints its threads on its own stdout instead, as SIGQUIT asks.
 *
 * <p>Both files are in folders that others write to. So the socket must belong to the JVM's user,
 * the kernel must say that the JVM listens on it, a file that was there before is never removed,
 * and lines are bounded.
 */
final class ThreadDump {
  /** How long the JVM may take until it listens. */
  private static final long MAX_WAIT_NANOS = 2_500_000_000L;

  private static final long LOOK_EVERY_NANOS = 20_000_000;

  /** Version 1 of the protocol, the command, and its three arguments, each with a zero behind. */
  private static final byte[] COMMAND = "1\0threaddump\0\0\0\0".getBytes(StandardCharsets.UTF_8);

  private static final int PIECE = 16 * 1024;

  private final int pid;

  /** The effective user of the JVM, who makes the socket. */
  private final int user;

  private final Path socket;

  /** Null if the JVM listens already, because of a tool that attached before. */
  private final @Nullable Path trigger;

  /** Whether jhot made the trigger, and removes it. */
  private final boolean made;

  private ThreadDump(int pid, int user, Path socket, @Nullable Path trigger, boolean made) {
    this.pid = pid;
    this.user = user;
    this.socket = socket;
    this.trigger = trigger;
    this.made = made;
  }

  /**
   * Prepares the file that makes the JVM listen. Never waits; for the loop's thread.
   *
   * @param pid the JVM
   * @return what to go on with; {@link #needsSignal} says whether SIGQUIT has to follow
   * @throws IOException when the file cannot be made anywhere
   */
  static ThreadDump prepare(int pid) throws IOException {
    return prepare(Path.of("/tmp"), Path.of("/proc/" + pid + "/cwd"), pid);
  }

  static ThreadDump prepare(Path temporary, Path directory, int pid) throws IOException {
    int user = ProcessFacts.effectiveUser(pid);
    Path socket = temporary.resolve(".java_pid" + pid);
    if (isSocketOf(user, socket)) {
      return new ThreadDump(pid, user, socket, null, false);
    }
    String name = ".attach_pid" + pid;
    try {
      return new ThreadDump(
          pid, user, socket, directory.resolve(name), create(directory.resolve(name), user));
    } catch (IOException e) {
      return new ThreadDump(
          pid, user, socket, temporary.resolve(name), create(temporary.resolve(name), user));
    }
  }

  /**
   * Makes a trigger.
   *
   * @return false if there is one already that the JVM accepts: its user's or our own
   */
  private static boolean create(Path trigger, int user) throws IOException {
    try {
      Files.createFile(trigger);
      return true;
    } catch (FileAlreadyExistsException e) {
      int owner = (Integer) Files.getAttribute(trigger, "unix:uid", LinkOption.NOFOLLOW_LINKS);
      if (owner == user || owner == Own.uid()) {
        return false;
      }
      throw new IOException(
          trigger + " is there already, and belongs to user " + Integer.toUnsignedString(owner), e);
    }
  }

  private static boolean isSocketOf(int user, Path file) throws IOException {
    try {
      Map<String, Object> facts =
          Files.readAttributes(file, "unix:uid,mode", LinkOption.NOFOLLOW_LINKS);
      return facts.get("uid") instanceof Integer uid
          && uid == user
          && facts.get("mode") instanceof Integer mode
          && (mode & 0170000) == 0140000;
    } catch (NoSuchFileException e) {
      return false;
    }
  }

  /** Whether the JVM listens only after a SIGQUIT. */
  boolean needsSignal() {
    return trigger != null;
  }

  /**
   * Gets the threads. Blocks until the JVM has answered or is gone; not for the loop's thread.
   *
   * @param line gets each line of the dump
   * @throws NotAnswered when the JVM does not listen in time
   * @throws IOException when it breaks off
   */
  void read(Consumer<String> line) throws IOException {
    try {
      awaitSocket();
      try (Fd jvm = Sockets.connectUnix(socket.toString(), Sockets.Type.STREAM)) {
        int listening = Sockets.peer(jvm).pid();
        if (listening != pid) {
          throw new IOException("process " + listening + " listens on " + socket + ", not its JVM");
        }
        ControlMessage.send(jvm, COMMAND, List.of());
        copy(jvm, line);
      }
    } finally {
      tidyUp();
    }
  }

  private void awaitSocket() throws IOException {
    long deadline = System.nanoTime() + MAX_WAIT_NANOS;
    while (!isSocketOf(user, socket)) {
      if (System.nanoTime() - deadline > 0) {
        throw new NotAnswered();
      }
      LockSupport.parkNanos(LOOK_EVERY_NANOS);
    }
  }

  private static void copy(Fd jvm, Consumer<String> line) throws IOException {
    BoundedLines lines = new BoundedLines(new Answer(line));
    try {
      while (true) {
        // blocking: there is one, or the end
        ControlMessage.Received piece = Objects.requireNonNull(ControlMessage.receive(jvm, PIECE));
        for (Fd unwanted : piece.descriptors()) {
          unwanted.close();
        }
        lines.add(piece.bytes());
      }
    } catch (PeerClosedException e) {
      lines.end();
    }
  }

  /** The first line is the status, the others are the dump. */
  private static final class Answer implements BoundedLines.Sink {
    private final Consumer<String> line;
    private boolean begun;

    Answer(Consumer<String> line) {
      this.line = line;
    }

    @Override
    public void line(String text) throws IOException {
      if (begun) {
        line.accept(text);
      } else if (!text.equals("0")) {
        throw new IOException("the JVM refuses: " + text);
      }
      begun = true;
    }
  }

  /** Removes the JVM's socket too: the JVM is about to be killed and would leave it behind. */
  private void tidyUp() throws IOException {
    if (made) {
      Files.deleteIfExists(trigger);
    }
    if (trigger != null && isSocketOf(user, socket)) {
      Files.deleteIfExists(socket);
    }
  }

  /** The JVM does not listen: it is stopped, or does not allow attaching. */
  static final class NotAnswered extends IOException {
    private static final long serialVersionUID = 1;

    NotAnswered() {
      super("its JVM does not answer");
    }
  }
}
