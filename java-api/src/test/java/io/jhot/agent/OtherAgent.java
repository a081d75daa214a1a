package io.jhot.agent;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.jar.Attributes;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;

/** A jar of somebody else's agent. */
final class OtherAgent {
  private OtherAgent() {}

  static Path jar(Path folder) throws IOException {
    return jar(folder, "Retransforming");
  }

  /** The jar of the agent that is that class of the test apps. */
  static Path jar(Path folder, String agent) throws IOException {
    Manifest manifest = new Manifest();
    Attributes main = manifest.getMainAttributes();
    main.putValue("Manifest-Version", "1.0");
    main.putValue("Premain-Class", "apps." + agent);
    main.putValue("Can-Retransform-Classes", "true");
    Path jar = folder.resolve(agent + ".jar");
    try (OutputStream file = Files.newOutputStream(jar);
        JarOutputStream out = new JarOutputStream(file, manifest);
        Stream<Path> all = Files.list(Path.of(System.getProperty("app.classes"), "apps"))) {
      for (Path one : all.toList()) {
        if (one.getFileName().toString().startsWith(agent)) {
          out.putNextEntry(new ZipEntry("apps/" + one.getFileName()));
          Files.copy(one, out);
          out.closeEntry();
        }
      }
    }
    return jar;
  }
}
