package io.jhot.agent;

import io.jhot.ffm.Fd;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.Predicate;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;

/** The two jars as they lie beside each other in the installed tree, made from what is compiled. */
record AgentJars(Path agent) {

  /**
   * Both jars.
   *
   * @param folder where; with a space in its name, because the installed tree may have one
   */
  static AgentJars in(Path folder) throws IOException {
    Path lib = Files.createDirectories(folder.resolve("lib of jhot"));
    Path ffm = lib.resolve("jhot-ffm.jar");
    Path bindings = origin(Fd.class);
    if (Files.isDirectory(bindings)) {
      jar(ffm, bindings, new Manifest(), name -> true);
    } else {
      Files.copy(bindings, ffm);
    }
    return agent(lib, name -> true);
  }

  /** The agent's jar alone, with only some of its entries. */
  static AgentJars agent(Path folder, Predicate<String> entries) throws IOException {
    Manifest manifest;
    try (InputStream in = Files.newInputStream(Path.of("src/main/manifest/MANIFEST.MF"))) {
      manifest = new Manifest(in);
    }
    manifest.getMainAttributes().putValue("Manifest-Version", "1.0");
    manifest.getMainAttributes().putValue("Implementation-Version", "test");
    Path agent = folder.resolve("jhot-agent.jar");
    jar(agent, origin(Agent.class), manifest, entries);
    return new AgentJars(agent);
  }

  private static Path origin(Class<?> type) throws IOException {
    try {
      return Path.of(type.getProtectionDomain().getCodeSource().getLocation().toURI());
    } catch (URISyntaxException e) {
      throw new IOException(e);
    }
  }

  private static void jar(Path jar, Path classes, Manifest manifest, Predicate<String> entries)
      throws IOException {
    try (OutputStream file = Files.newOutputStream(jar);
        JarOutputStream out = new JarOutputStream(file, manifest);
        Stream<Path> all = Files.walk(classes)) {
      for (Path one : all.filter(Files::isRegularFile).toList()) {
        String name = classes.relativize(one).toString();
        if (entries.test(name) && !name.equals("META-INF/MANIFEST.MF")) {
          out.putNextEntry(new ZipEntry(name));
          Files.copy(one, out);
          out.closeEntry();
        }
      }
    }
  }
}
