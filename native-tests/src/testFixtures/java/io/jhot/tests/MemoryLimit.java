package io.jhot.tests;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.UUID;

/** A memory cgroup of the test's own, of the version that this machine has; root may make one. */
final class MemoryLimit implements AutoCloseable {
  private static final Path FIRST = Path.of("/sys/fs/cgroup/memory");
  private static final Path SECOND = Path.of("/sys/fs/cgroup");

  private final Path folder;
  private final boolean first;

  private MemoryLimit(Path folder, boolean first) {
    this.folder = folder;
    this.first = first;
  }

  static MemoryLimit of(int mebibytes) {
    boolean first = Files.exists(FIRST.resolve("memory.limit_in_bytes"));
    Path top = first ? FIRST : SECOND;
    assumeTrue(
        Files.isWritable(top) && (first || controls(top)), "no memory cgroup can be made here");
    Path folder = top.resolve("jhot-test-" + UUID.randomUUID());
    String bytes = Long.toString(mebibytes * 1024L * 1024L);
    try {
      Files.createDirectory(folder);
      Files.writeString(folder.resolve(first ? "memory.limit_in_bytes" : "memory.max"), bytes);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return new MemoryLimit(folder, first);
  }

  private static boolean controls(Path top) {
    try {
      return Files.readString(top.resolve("cgroup.subtree_control")).contains("memory");
    } catch (IOException e) {
      return false; // no version 2 either
    }
  }

  /** Whoever writes his pid there is under the limit. */
  Path processes() {
    return folder.resolve("cgroup.procs");
  }

  /** How many processes the kernel has killed for want of memory. */
  int killed() {
    try {
      for (String line :
          Files.readAllLines(folder.resolve(first ? "memory.oom_control" : "memory.events"))) {
        if (line.startsWith("oom_kill ")) {
          return Integer.parseInt(line.substring("oom_kill ".length()));
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    throw new AssertionError("the kernel does not tell whom it killed");
  }

  @Override
  public void close() {
    Await.until(
        "nobody is left under the limit",
        () -> {
          try {
            Files.delete(folder);
            return true;
          } catch (IOException e) {
            return false; // EBUSY while a process is there
          }
        });
  }
}
