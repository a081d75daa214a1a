package io.jhot.runtime.trial;

import io.jhot.ffm.OsPath;
import io.jhot.runtime.Journal;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Objects;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Where the thread dump of an app goes that did not end in time: to the log, or to a file of its
 * own.
 */
final class DumpPlace {
  private final @Nullable Journal journal;

  /** Where the file is made; null for the journal. */
  private final @Nullable String folder;

  private final String name;

  private DumpPlace(@Nullable Journal journal, @Nullable String folder, String name) {
    this.journal = journal;
    this.folder = folder;
    this.name = name;
  }

  /** The log, line by line. */
  static DumpPlace journal(Journal journal) {
    return new DumpPlace(journal, null, "");
  }

  /**
   * A file that only the user can read, for stacks tell what an app does.
   *
   * @param folder where it is made
   * @param generation whose threads they are
   * @param now the moment that its name tells
   */
  static DumpPlace file(String folder, int generation, Instant now) {
    String time = now.truncatedTo(ChronoUnit.MILLIS).toString().replace(":", "");
    return new DumpPlace(null, folder, "threads-generation-" + generation + "-" + time);
  }

  /**
   * Takes the dump. Blocks as {@link ThreadDump#read} does.
   *
   * @return what came of it, a clause about the generation
   */
  String fill(ThreadDump dump) {
    try {
      if (folder == null) {
        dump.read(Objects.requireNonNull(journal)::quote);
        return "these were its threads";
      }
      try (OsPath path = OsPath.open(folder)) {
        fill(path.path().resolve(name), dump);
      }
      return "its threads are in " + folder + (folder.endsWith("/") ? "" : "/") + name;
    } catch (ThreadDump.NotAnswered e) {
      return "its threads are not known to jhot: its JVM does not answer, or forbids attaching and"
          + " has printed them on its own stdout";
    } catch (IOException | UncheckedIOException e) {
      return "its threads could not be dumped: " + e.getMessage();
    }
  }

  private static void fill(Path file, ThreadDump dump) throws IOException {
    try (BufferedWriter writer = create(file)) {
      dump.read(appendingTo(writer));
    } catch (IOException | UncheckedIOException e) {
      Files.deleteIfExists(file);
      throw e;
    }
  }

  private static BufferedWriter create(Path file) throws IOException {
    Files.createFile(
        file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    return Files.newBufferedWriter(file, StandardCharsets.UTF_8, StandardOpenOption.WRITE);
  }

  private static Consumer<String> appendingTo(BufferedWriter writer) {
    return line -> {
      try {
        writer.write(line);
        writer.newLine();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    };
  }
}
