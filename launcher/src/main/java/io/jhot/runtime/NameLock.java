package io.jhot.runtime;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;

/**
 * The name of a running instance, held by a lock on {@code NAME.lock} in the runtime directory. Of
 * a jhot that was killed the file stays, but no lock.
 */
public final class NameLock implements AutoCloseable {
  private final String name;
  private final Path socket;
  private final Path file;
  private final FileChannel channel;

  private NameLock(String name, Path socket, Path file, FileChannel channel) {
    this.name = name;
    this.socket = socket;
    this.file = file;
    this.channel = channel;
  }

  /**
   * Takes a name. Makes no call of {@code io.jhot.ffm} that would have to wait until libc is
   * linked: this is done meanwhile.
   *
   * @param directory where; made if there is none
   * @param name the instance's name
   * @return the lock, or null when a running jhot has that name
   * @throws IOException when the folder or the file cannot be made
   */
  public static NameLock take(RuntimeDirectory directory, String name) throws IOException {
    directory.prepare();
    Path file = directory.path().resolve(name + ".lock");
    FileChannel channel = lock(file);
    return channel == null ? null : new NameLock(name, directory.socket(name), file, channel);
  }

  /**
   * Locks the file that stands for the name. The file is removed at the end, so after locking it
   * must still be the one at that path: else its owner was just leaving, and we try again.
   */
  private static FileChannel lock(Path file) throws IOException {
    while (true) {
      FileChannel channel =
          FileChannel.open(
              file,
              Set.of(
                  StandardOpenOption.CREATE, StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS),
              PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
      Object opened = fileKey(file);
      FileLock held = channel.tryLock();
      if (held == null) {
        channel.close();
        return null;
      }
      if (opened != null && opened.equals(fileKey(file))) {
        return channel;
      }
      channel.close();
    }
  }

  private static Object fileKey(Path file) throws IOException {
    try {
      return Files.readAttributes(file, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS)
          .fileKey();
    } catch (NoSuchFileException e) {
      return null;
    }
  }

  /** The name that is held. */
  public String name() {
    return name;
  }

  /** Where the control socket of that name belongs. */
  Path socket() {
    return socket;
  }

  /** Gives the name back; once is enough. */
  @Override
  public void close() {
    if (!channel.isOpen()) {
      return;
    }
    try {
      Files.deleteIfExists(file); // before the lock goes: it may be the next one's by then
      channel.close();
    } catch (IOException e) {
      return; // the folder went away before us: nobody can find an instance there anyway
    }
  }
}
