package io.jhot.runtime;

import io.jhot.config.FileFailure;
import io.jhot.ffm.Own;
import io.jhot.runtime.Journal.Level;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;

/**
 * The file of {@code --pid-file}. It is written once, when the service is ready, and removed by the
 * jhot that wrote it and no other.
 */
final class PidFile implements AutoCloseable {
  private final String name;
  private final Journal journal;
  private boolean written;

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
    if (name.isEmpty() || written) {
      return;
    }
    Path file = Path.of(name);
    Path fresh = file.resolveSibling(file.getFileName() + ".tmp-" + Own.pid());
    try {
      // readers see the whole file or none
      Files.writeString(fresh, Own.pid() + "\n");
      Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
      written = true;
    } catch (IOException e) {
      journal.log(
          Level.WARNING,
          "cannot write the pid file "
              + file
              + ": "
              + FileFailure.words(e)
              + "; make its folder writable");
    }
  }

  @Override
  public void close() {
    if (!written) {
      return;
    }
    try {
      Files.deleteIfExists(Path.of(name));
    } catch (IOException e) {
      journal.log(Level.WARNING, "cannot remove the pid file: " + FileFailure.words(e));
    }
  }
}
