package io.jhot.runtime.control;

import io.jhot.ffm.Errno;
import io.jhot.ffm.ErrnoException;
import io.jhot.ffm.Fd;
import io.jhot.ffm.Sockets;
import io.jhot.runtime.control.ControlClient.NoAnswer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Finds the one instance that a client means, and connects to it. What is not known to be the
 * user's is never spoken to: each folder is checked as the server checks it, and whoever listens
 * must be the folder's owner by the word of the kernel.
 */
final class RunningInstances {
  private record Running(String name, Path folder, Fd socket) {}

  private final List<Running> running = new ArrayList<>();
  private final List<String> doubts = new ArrayList<>();

  private RunningInstances() {}

  /**
   * Connects to an instance.
   *
   * @param directories where to look
   * @param name its name, or empty for the only one
   * @return the connection, owned by the caller
   * @throws NoAnswer when there is none, or more than one
   * @throws IOException when one that is there cannot be connected to
   */
  static Fd find(List<RuntimeDirectory> directories, String name) throws IOException, NoAnswer {
    RunningInstances instances = new RunningInstances();
    try {
      for (RuntimeDirectory directory : directories) {
        instances.look(directory, name);
      }
      return instances.only(directories, name).transfer();
    } finally {
      instances.close();
    }
  }

  private void close() {
    for (Running one : running) {
      one.socket().close();
    }
  }

  /**
   * Whether an instance of that name can be connected to.
   *
   * @param directories where to look
   */
  static boolean isRunning(List<RuntimeDirectory> directories, String name) throws IOException {
    RunningInstances instances = new RunningInstances();
    try {
      for (RuntimeDirectory directory : directories) {
        if (Files.exists(directory.socket(name), LinkOption.NOFOLLOW_LINKS)) {
          instances.look(directory, name);
        }
      }
      return !instances.running.isEmpty();
    } finally {
      instances.close();
    }
  }

  private void look(RuntimeDirectory directory, String name) throws IOException {
    if (!directory.exists()) {
      return;
    }
    List<String> names;
    try {
      directory.check();
      names = name.isEmpty() ? directory.names() : List.of(name);
    } catch (IOException e) {
      doubts.add(e.getMessage());
      return;
    }
    for (String one : names) {
      Fd socket = connect(directory, one);
      if (socket != null) {
        running.add(new Running(one, directory.path(), socket));
      }
    }
  }

  /** Null where nobody listens who may be spoken to. */
  private @Nullable Fd connect(RuntimeDirectory directory, String name) throws IOException {
    String path = directory.socket(name).toString();
    Fd socket;
    try {
      socket = Sockets.connectUnix(path, Sockets.Type.SEQPACKET);
    } catch (ErrnoException e) {
      if (e.errno() == Errno.ENOENT || e.errno() == Errno.ECONNREFUSED) {
        return null; // there is none, or it was left by one that was killed
      }
      throw e;
    }
    int uid = Sockets.peer(socket).uid();
    if (uid == directory.owner()) {
      return socket;
    }
    socket.close();
    doubts.add(
        "on "
            + path
            + " user "
            + Integer.toUnsignedString(uid)
            + " listens, who is not the owner of the folder: not spoken to");
    return null;
  }

  private Fd only(List<RuntimeDirectory> directories, String name) throws NoAnswer {
    if (running.size() == 1) {
      return running.getFirst().socket();
    }
    if (running.isEmpty()) {
      throw new NoAnswer(
          (name.isEmpty() ? "no instance is running" : "no instance named " + name + " is running")
              + " (looked in "
              + String.join(", ", directories.stream().map(d -> d.path().toString()).toList())
              + ")"
              + (doubts.isEmpty() ? "" : "; " + String.join("; ", doubts)),
          false);
    }
    if (name.isEmpty()) {
      throw new NoAnswer(
          running.size()
              + " instances are running: give --name with one of "
              + String.join(", ", running.stream().map(Running::name).toList()),
          false);
    }
    throw new NoAnswer(
        running.size()
            + " instances named "
            + name
            + " are running: set JHOT_RUNTIME_DIR to one of "
            + String.join(", ", running.stream().map(one -> one.folder().toString()).toList()),
        false);
  }
}
