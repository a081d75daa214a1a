package io.jhot.runtime;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;

/**
 * Asks a HotSpot JVM for its threads by the protocol of {@code jstack}: a file {@code
 * .attach_pidPID} and SIGQUIT make the JVM listen on {@code /tmp/.java_pidPID}, where it answers a
 * command (JDK's attachListener_linux.cpp). It needs nothing of the app's Java code, which hangs at
 * that time as likely as not. A JVM that does not let anybody attach takes the SIGQUIT for what it
 * is, and prints its threads on its own stdout.
 */
final class ThreadDump {
  /** How long the JVM may take until it listens. */
  private static final long MOST_WAIT_NANOS = 2_500_000_000L;

  private static final long LOOK_EVERY_NANOS = 20_000_000;

  /** Version 1 of the protocol, the command, and its three arguments, each with a zero behind. */
  private static final byte[] COMMAND = "1\0threaddump\0\0\0\0".getBytes(StandardCharsets.UTF_8);

  private final Path socket;

  /** Null where the JVM listens already, for a tool that was there before us. */
  private final Path trigger;

  private ThreadDump(Path socket, Path trigger) {
    this.socket = socket;
    this.trigger = trigger;
  }

  /**
   * Prepares the file that makes the JVM listen. Never waits; for the loop's thread.
   *
   * @param pid the JVM
   * @return what to go on with; {@link #needsSignal} says whether SIGQUIT has to follow
   * @throws IOException when the file cannot be made anywhere
   */
  static ThreadDump prepare(int pid) throws IOException {
    Path socket = Path.of("/tmp/.java_pid" + pid);
    if (Files.exists(socket)) {
      return new ThreadDump(socket, null);
    }
    try {
      return new ThreadDump(socket, create(Path.of("/proc/" + pid + "/cwd/.attach_pid" + pid)));
    } catch (IOException e) {
      return new ThreadDump(socket, create(Path.of("/tmp/.attach_pid" + pid)));
    }
  }

  private static Path create(Path trigger) throws IOException {
    try {
      return Files.createFile(trigger);
    } catch (FileAlreadyExistsException e) {
      return trigger;
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
      try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
        channel.connect(UnixDomainSocketAddress.of(socket));
        ByteBuffer command = ByteBuffer.wrap(COMMAND);
        while (command.hasRemaining()) {
          channel.write(command);
        }
        copy(Channels.newInputStream(channel), line);
      }
    } finally {
      tidyUp();
    }
  }

  private void awaitSocket() throws NotAnswered {
    long deadline = System.nanoTime() + MOST_WAIT_NANOS;
    while (!Files.exists(socket)) {
      if (System.nanoTime() - deadline > 0) {
        throw new NotAnswered();
      }
      LockSupport.parkNanos(LOOK_EVERY_NANOS);
    }
  }

  private static void copy(InputStream in, Consumer<String> line) throws IOException {
    BufferedReader lines = new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8));
    String status = lines.readLine();
    if (!"0".equals(status)) {
      throw new IOException("the JVM refuses: " + status);
    }
    for (String one = lines.readLine(); one != null; one = lines.readLine()) {
      line.accept(one);
    }
  }

  /** The JVM is about to be killed, and would leave its socket behind. */
  private void tidyUp() throws IOException {
    if (trigger != null) {
      Files.deleteIfExists(trigger);
      Files.deleteIfExists(socket);
    }
  }

  /** The JVM does not listen: it is stopped, or does not let anybody attach. */
  static final class NotAnswered extends IOException {
    private static final long serialVersionUID = 1;

    NotAnswered() {
      super("its JVM does not answer");
    }
  }
}
