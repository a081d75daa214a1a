package io.jhot.runtime.child;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class JarManifestTest {
  @TempDir Path folder;

  private boolean declares(String manifest) throws IOException {
    try (ZipOutputStream jar =
        new ZipOutputStream(Files.newOutputStream(folder.resolve("app.jar")))) {
      jar.putNextEntry(new ZipEntry("META-INF/MANIFEST.MF"));
      jar.write(manifest.getBytes(java.nio.charset.StandardCharsets.UTF_8));
    }
    List<String> command = List.of("java", "-Xmx1g", "-jar", "app.jar", "argument");
    return JarManifest.declaresReady(command, folder.toString());
  }

  @Test
  void onlyTheMainAttributesCount() throws IOException {
    assertTrue(declares("Manifest-Version: 1.0\r\nJhot-Ready: explicit\r\n\r\n"));
    assertFalse(declares("Manifest-Version: 1.0\r\nJhot-Ready: auto\r\n\r\n"));
    assertFalse(declares("Manifest-Version: 1.0\r\n\r\nName: a\r\nJhot-Ready: explicit\r\n"));
    assertFalse(declares(""));
  }

  @Test
  void whatIsNoJarDeclaresNothing() throws IOException {
    Files.writeString(folder.resolve("text.jar"), "text");
    for (List<String> command :
        List.of(
            List.of("java", "Main"),
            List.of("java", "-jar"),
            List.of("java", "-jar", "text.jar"),
            List.of("java", "-jar", "missing.jar"))) {
      assertFalse(JarManifest.declaresReady(command, folder.toString()), command::toString);
    }
  }
}
