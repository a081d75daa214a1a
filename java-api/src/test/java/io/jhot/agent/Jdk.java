package io.jhot.agent;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * A JDK on this machine whose JVM the agent is tested in: the one that runs the tests, and the
 * first of each other version from 17 on where Debian puts them.
 */
record Jdk(int version, Path home) {
  private static final List<Jdk> INSTALLED = find();

  /** At least the one that runs the tests; the oldest first. */
  static List<Jdk> installed() {
    return INSTALLED;
  }

  /** Those in which sockets can be sent. */
  static List<Jdk> exporting() {
    return INSTALLED.stream().filter(jdk -> jdk.version() >= 22).toList();
  }

  /** Those in which they cannot. */
  static List<Jdk> notExporting() {
    return INSTALLED.stream().filter(jdk -> jdk.version() < 22).toList();
  }

  String java() {
    return home.resolve("bin/java").toString();
  }

  @Override
  public String toString() {
    return "Java " + version;
  }

  private static List<Jdk> find() {
    Map<Integer, Path> found = new TreeMap<>();
    found.put(Runtime.version().feature(), Path.of(System.getProperty("java.home")));
    Path folder = Path.of("/usr/lib/jvm");
    if (Files.isDirectory(folder)) {
      try (Stream<Path> homes = Files.list(folder)) {
        for (Path home : homes.sorted().toList()) {
          Path release = home.resolve("release");
          if (Files.isExecutable(home.resolve("bin/java")) && Files.isReadable(release)) {
            int version = version(Files.readString(release));
            if (version >= 17) {
              found.putIfAbsent(version, home);
            }
          }
        }
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
    List<Jdk> jdks = new ArrayList<>();
    found.forEach((version, home) -> jdks.add(new Jdk(version, home)));
    return List.copyOf(jdks);
  }

  private static int version(String release) {
    String label = "JAVA_VERSION=\"";
    int at = release.indexOf(label) + label.length();
    int end = at;
    while (Character.isDigit(release.charAt(end))) {
      end++;
    }
    return end == at ? 0 : Integer.parseInt(release.substring(at, end));
  }
}
