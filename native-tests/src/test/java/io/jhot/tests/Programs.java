package io.jhot.tests;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** The small C programs of the tests, compiled when they are first needed. */
final class Programs {
  private static final Path SOURCES = Path.of(System.getProperty("jhot.programs"));
  private static final Path BINARIES = Sandbox.fixtures().resolveSibling("programs");
  private static final Map<String, String> COMPILED = new ConcurrentHashMap<>();

  private Programs() {}

  /** The path of a program, by the name of its source. */
  static String path(String name) {
    return COMPILED.computeIfAbsent(name, Programs::compile);
  }

  private static String compile(String name) {
    Path source = SOURCES.resolve(name + ".c");
    Path binary = BINARIES.resolve(name);
    try {
      Files.createDirectories(BINARIES);
      Process gcc =
          new ProcessBuilder(
                  "gcc",
                  "-O1",
                  "-Wall",
                  "-Wextra",
                  "-Werror",
                  "-o",
                  binary.toString(),
                  source.toString(),
                  "-lutil")
              .inheritIO()
              .start();
      if (gcc.waitFor() != 0) {
        throw new AssertionError("gcc cannot compile " + source);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError("interrupted while compiling " + source, e);
    }
    return binary.toString();
  }
}
