package io.jhot.config;

import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * Programs that load libjvm themselves instead of running {@code java}: the JDK's own tools such as
 * jwebserver, what jpackage makes, jsvc. Such a program is small and contains the names of what it
 * calls.
 */
final class LibraryLauncher {
  /** A larger program contains the app itself, as native images do. */
  private static final int MAX_BYTES = 1 << 20;

  /** Names of the invocation API, the JDK's launcher library, and jpackage's. */
  private static final String[] NAMES = {"JNI_CreateJavaVM", "JLI_Launch", "libapplauncher.so"};

  private LibraryLauncher() {}

  /**
   * Whether a program is one.
   *
   * @param program an executable file
   * @return false also when it cannot be read
   */
  static boolean is(Path program) {
    try (InputStream in = new FileInputStream(program.toFile())) {
      if (in.read() != 0x7F || in.read() != 'E' || Files.size(program) > MAX_BYTES) {
        return false;
      }
      String bytes = new String(in.readAllBytes(), StandardCharsets.ISO_8859_1);
      for (String name : NAMES) {
        if (bytes.contains(name)) {
          return true;
        }
      }
      return false;
    } catch (IOException e) {
      return false; // executable but not readable: unknown
    }
  }

  /**
   * The runtime that it comes with.
   *
   * @return the folder with the file {@code release}, or null when it has none of its own, as jsvc
   */
  static @Nullable Path home(Path program) {
    Path folder;
    try {
      folder = AppCommand.home(program);
    } catch (IOException e) {
      return null;
    }
    if (folder == null) {
      return null;
    }
    Path packaged = folder.resolve("lib/runtime"); // by jpackage
    return Files.exists(packaged.resolve("release")) ? packaged : folder;
  }
}
