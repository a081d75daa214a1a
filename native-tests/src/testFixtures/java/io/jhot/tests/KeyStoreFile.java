package io.jhot.tests;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** A key store with a certificate of its own making, password {@code changeit}; made once. */
final class KeyStoreFile {
  private static final Path FILE = Sandbox.fixtures().resolveSibling("keystore.p12");

  private KeyStoreFile() {}

  static synchronized String path() {
    if (!Files.exists(FILE)) {
      make();
    }
    return FILE.toString();
  }

  private static void make() {
    try {
      Process keytool =
          new ProcessBuilder(
                  Sandbox.javaHome() + "/bin/keytool",
                  "-genkeypair",
                  "-keyalg",
                  "EC",
                  "-dname",
                  "CN=localhost",
                  "-validity",
                  "3650",
                  "-storepass",
                  "changeit",
                  "-keystore",
                  FILE.toString())
              .redirectErrorStream(true)
              .start();
      String output = new String(keytool.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      if (keytool.waitFor() != 0) {
        throw new AssertionError("keytool cannot make " + FILE + ": " + output);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError("interrupted while keytool runs", e);
    }
  }
}
