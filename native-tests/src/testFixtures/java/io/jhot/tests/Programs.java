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

  /** The path of a program that needs no library, for a container of whatever origin. */
  static Path statically(String name) {
    return Path.of(
        COMPILED.computeIfAbsent(
            name + ".static", file -> compile(SOURCES.resolve(name + ".c"), file, "-static")));
  }

  private static String compile(String name) {
    return compile(SOURCES.resolve(name + ".c"), name, "-O1");
  }

  private static String compile(Path source, String file, String option) {
    Path binary = BINARIES.resolve(file);
    try {
      Files.createDirectories(BINARIES);
      Process gcc =
          new ProcessBuilder(
                  "gcc",
                  option,
                  "-Wall",
                  "-Wextra",
                  "-Werror",
                  "-I" + Sandbox.javaHome() + "/include",
                  "-I" + Sandbox.javaHome() + "/include/linux",
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
