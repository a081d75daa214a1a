package io.jhot.runtime.control;

import io.jhot.ffm.Errno;
import io.jhot.ffm.ErrnoException;
import io.jhot.ffm.Fd;
import io.jhot.ffm.HeldFile;
import io.jhot.ffm.Own;
import io.jhot.ffm.Sockets;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The name of a running instance. Held twice: by a lock on {@code NAME.lock} in the runtime
 * directory, and by a name in the abstract namespace of unix sockets, the <em>guard</em>, which no
 * cleaner of {@code /tmp} can remove. When jhot is killed the file stays, but lock and guard are
 * released (docs/decisions/0069-names-and-cleaners.md).
 *
 * <p>All methods are for the loop's thread.
 */
public final class NameLock implements AutoCloseable {
  /** Nobody accepts there: so many who ask whose it is may wait, until they are let go. */
  private static final int GUARD_BACKLOG = 1024;

  private final RuntimeDirectory directory;
  private final String name;
  private final Path file;

  /** Keeps systemd-tmpfiles(8) out of the folder; null where somebody else has locked it. */
  private @Nullable Fd folder;

  private Fd lock;

  /** Null where a stranger has its name. */
  private final @Nullable Fd guard;

  private boolean closed;

  private NameLock(
      RuntimeDirectory directory, String name, Path file, Fd lock, @Nullable Fd guard) {
    this.directory = directory;
    this.name = name;
    this.file = file;
    this.lock = lock;
    this.guard = guard;
  }

  /**
   * Takes a name.
   *
   * @param directories where; the first one is made if there is none; in the others no running
   *     instance must have the name
   * @param name the instance's name
   * @return the lock, or null if a running jhot has that name
   * @throws IOException when the folder or the file cannot be made
   */
  public static @Nullable NameLock take(List<RuntimeDirectory> directories, String name)
      throws IOException {
    RuntimeDirectory directory = directories.getFirst();
    directory.prepare();
    Path file = directory.path().resolve(name + ".lock");
    Fd lock = lock(file);
    if (lock == null) {
      return null;
    }
    Fd guard = null;
    try {
      if (RunningInstances.isRunning(directories, name)) {
        return null;
      }
      Guarding guarding = guard(directory, name);
      guard = guarding.guard();
      if (guarding.taken()) {
        return null;
      }
      NameLock taken = new NameLock(directory, name, file, lock, guard);
      taken.folder = HeldFile.open(directory.path().toString(), false);
      lock = null;
      guard = null;
      return taken;
    } finally {
      if (lock != null) {
        Files.deleteIfExists(file);
        lock.close();
      }
      if (guard != null) {
        guard.close();
      }
    }
  }

  /**
   * Locks the file that stands for the name. The file is removed at the end, so what was locked
   * must still be what is at the path: else its owner was just leaving, and we try again.
   *
   * @return null if another one holds it
   */
  private static @Nullable Fd lock(Path file) throws IOException {
    while (true) {
      try {
        Files.createFile(
            file,
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
      } catch (FileAlreadyExistsException e) {
        if (Files.isSymbolicLink(file)) {
          throw new IOException(
              file + " is a link, where jhot has a file of its own: remove it", e);
        }
      }
      Fd held;
      try {
        held = HeldFile.open(file.toString(), true);
      } catch (ErrnoException e) {
        if (e.errno() == Errno.ENOENT) {
          continue;
        }
        throw e;
      }
      if (held == null || leadsTo(file, held)) {
        return held;
      }
      held.close();
    }
  }

  /** Whether the path leads to what the descriptor has open, and not to another one by now. */
  private static boolean leadsTo(Path path, Fd open) throws IOException {
    Object key = key(path, LinkOption.NOFOLLOW_LINKS);
    return key != null && key.equals(key(Path.of("/proc/self/fd/" + open.number())));
  }

  /** Which file it is; null if there is none. */
  public static @Nullable Object key(Path file, LinkOption... options) throws IOException {
    try {
      return Files.readAttributes(file, BasicFileAttributes.class, options).fileKey();
    } catch (NoSuchFileException e) {
      return null;
    }
  }

  /**
   * @param guard null if there is none
   * @param taken whether an instance of our user has it
   */
  private record Guarding(@Nullable Fd guard, boolean taken) {}

  /**
   * Takes the name in the abstract namespace. That belongs to all users of the network namespace,
   * so whoever has it counts only if he is our user; and containers may share it, so the mount
   * namespace is part of the name.
   */
  private static Guarding guard(RuntimeDirectory directory, String name) throws IOException {
    String guard =
        "@jhot-"
            + Integer.toUnsignedString(Own.uid())
            + "-"
            + mountNamespace()
            + "-"
            + Long.toHexString(hash(directory.path().toRealPath().toString()))
            + "-"
            + name;
    while (true) {
      try {
        return new Guarding(
            Sockets.listenUnix(guard, Sockets.Type.SEQPACKET, 0600, GUARD_BACKLOG), false);
      } catch (ErrnoException e) {
        if (e.errno() != Errno.EADDRINUSE) {
          throw e;
        }
      }
      try (Fd holder = Sockets.connectUnix(guard, Sockets.Type.SEQPACKET)) {
        return new Guarding(null, Sockets.peer(holder).uid() == Own.uid());
      } catch (ErrnoException e) {
        if (e.errno() == Errno.EAGAIN) {
          return new Guarding(null, false); // a stranger's: ours lets those go who wait
        }
        if (e.errno() != Errno.ECONNREFUSED) {
          throw e;
        }
      }
    }
  }

  private static String mountNamespace() throws IOException {
    String link =
        Files.readSymbolicLink(Path.of("/proc/self/ns/mnt")).toString(); // mnt:[4026531841]
    return Long.toHexString(
        Long.parseLong(link.substring(link.indexOf('[') + 1, link.length() - 1)));
  }

  /** FNV-1a of 64 bits: the path itself may be too long for a socket's name. */
  private static long hash(String text) {
    long hash = 0xcbf29ce484222325L;
    for (int i = 0; i < text.length(); i++) {
      hash = (hash ^ text.charAt(i)) * 0x100000001b3L;
    }
    return hash;
  }

  /** The name that is held. */
  public String name() {
    return name;
  }

  /** Where the control socket of that name belongs. */
  public Path socket() {
    return directory.socket(name);
  }

  /**
   * Restores the folder and the file if they were removed, and touches them so that no cleaner
   * takes them for old.
   *
   * @throws IOException when that cannot be; the name stays held by what is left
   */
  public void renew() throws IOException {
    directory.prepare();
    if (folder == null || !leadsTo(directory.path(), folder)) {
      Fd held = HeldFile.open(directory.path().toString(), false);
      if (folder != null) {
        folder.close();
      }
      folder = held;
    }
    if (!leadsTo(file, lock)) {
      Fd again = lock(file);
      if (again == null) {
        throw new IOException(file + " is locked by another process");
      }
      lock.close();
      lock = again;
    }
    if (guard != null) {
      for (Fd asked = Sockets.accept(guard); asked != null; asked = Sockets.accept(guard)) {
        asked.close();
      }
    }
    touch(directory.path());
    touch(file);
  }

  /** Sets a file's times to now, for cleaners that remove old files. */
  public static void touch(Path file) throws IOException {
    Files.setLastModifiedTime(file, FileTime.fromMillis(System.currentTimeMillis()));
  }

  /** Gives the name back; once is enough. */
  @Override
  public void close() {
    if (closed) {
      return;
    }
    closed = true;
    try {
      if (leadsTo(file, lock)) {
        Files.deleteIfExists(file); // before the lock goes: it may be the next one's by then
      }
    } catch (IOException e) {
      return; // the folder is gone: nobody can find an instance there anyway
    } finally {
      lock.close();
      if (folder != null) {
        folder.close();
      }
      if (guard != null) {
        guard.close();
      }
    }
  }
}
