package io.jhot.runtime.linux;

import io.jhot.config.FileFailure;
import io.jhot.ffm.OsPath;
import io.jhot.ffm.Own;
import io.jhot.runtime.Journal;
import io.jhot.runtime.control.NameLock;
import io.jhot.supervisor.Effect.Level;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import org.jspecify.annotations.Nullable;

/**
 * The file of {@code --pid-file}. Written once, when the service is ready, and removed only by the
 * jhot that wrote it. Its folder may be writable for others: the file is made under an
 * unpredictable name and renamed, no link is followed, and a file that is no pid file is neither
 * replaced nor removed.
 */
final class PidFile implements AutoCloseable {
  /** A pid file is not longer: it holds a number and at most a few blanks. */
  private static final long MAX_BYTES = 32;

  private final String name;
  private final Journal journal;

  /** Which file was written; null: none. */
  private @Nullable Object written;

  private boolean tried;

  /**
   * @param name the file; empty: none is wanted
   * @param journal where to report
   */
  PidFile(String name, Journal journal) {
    this.name = name;
    this.journal = journal;
  }

  /** Writes it, where one is wanted and not yet there. */
  void write() {
    if (name.isEmpty() || written != null) {
      return;
    }
    try (OsPath path = OsPath.open(name)) {
      Path file = path.path().toAbsolutePath();
      if (!mayReplace(file)) {
        throw new IOException("something is there that is no pid file; it is left alone");
      }
      write(file);
    } catch (IOException e) {
      if (!tried) {
        journal.log(
            Level.WARN,
            "cannot write the pid file "
                + name
                + ": "
                + FileFailure.words(e)
                + "; make its folder writable, or give another --pid-file");
      }
      tried = true;
    }
  }

  private void write(Path file) throws IOException {
    Path fresh =
        Files.createTempFile(
            file.getParent(),
            "." + file.getFileName() + ".",
            "",
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-r--r--")));
    try {
      Files.writeString(fresh, content());
      Object key = NameLock.key(fresh, LinkOption.NOFOLLOW_LINKS);
      // readers see the whole file or none
      Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
      written = key;
    } finally {
      Files.deleteIfExists(fresh);
    }
  }

  private static String content() {
    return Own.pid() + "\n";
  }

  /** Whether there is nothing, or an older pid file. */
  private static boolean mayReplace(Path file) throws IOException {
    BasicFileAttributes there;
    try {
      there = Files.readAttributes(file, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
    } catch (NoSuchFileException e) {
      return true;
    }
    return there.isRegularFile()
        && there.size() <= MAX_BYTES
        && Files.readString(file, StandardCharsets.ISO_8859_1).strip().matches("[0-9]*");
  }

  @Override
  public void close() {
    if (written == null) {
      return;
    }
    try (OsPath path = OsPath.open(name)) {
      Path file = path.path().toAbsolutePath();
      // the content too: of a file that is gone the next one may have the number
      if (written.equals(NameLock.key(file, LinkOption.NOFOLLOW_LINKS))
          && Files.size(file) <= MAX_BYTES
          && Files.readString(file, StandardCharsets.ISO_8859_1).equals(content())) {
        Files.deleteIfExists(file);
      }
    } catch (IOException e) {
      journal.log(Level.WARN, "cannot remove the pid file: " + FileFailure.words(e));
    }
  }
}
