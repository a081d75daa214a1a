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
 * A JDK whose JVM the agent is tested in: the one that runs the tests, the first of each other
 * version from 17 on where Debian puts them, and where {@code JHOT_JDK_ROOTS} names root file
 * systems, a line each, those in them.
 *
 * @param enter what a command begins with that is to run where that JDK is
 */
record Jdk(int version, Path home, List<String> enter) {
  private static final Path ROOTS = Path.of("..", "build", "jdks").toAbsolutePath().normalize();
  private static final Path IN_ROOT =
      Path.of("..", "launcher", "src", "build", "in-root.sh").toAbsolutePath().normalize();
  private static final Path HOMES = Path.of("usr", "lib", "jvm");

  private static final List<Jdk> INSTALLED = find(System.getenv("JHOT_JDK_ROOTS"));

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

  /** Also those in root file systems that the build keeps: for tests that only read their files. */
  static List<Jdk> known() {
    TreeMap<Integer, Jdk> found = new TreeMap<>();
    INSTALLED.forEach(jdk -> found.put(jdk.version(), jdk));
    if (Files.isDirectory(ROOTS)) {
      try (Stream<Path> roots = Files.list(ROOTS)) {
        roots
            .filter(root -> !root.getFileName().toString().startsWith(".")) // is being made
            .sorted()
            .forEach(root -> addAll(root, found));
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
    return List.copyOf(found.values());
  }

  /** How the JVM is started: a path that {@link #enter} leads to, or just a path. */
  List<String> java() {
    List<String> command = new ArrayList<>(enter);
    String java = home.resolve("bin/java").toString();
    command.add(enter.isEmpty() ? java : java.substring(enter.getLast().length()));
    return command;
  }

  @Override
  public String toString() {
    return "Java " + version;
  }

  private static List<Jdk> find(String roots) {
    TreeMap<Integer, Jdk> found = new TreeMap<>();
    int own = Runtime.version().feature();
    found.put(own, new Jdk(own, Path.of(System.getProperty("java.home")), List.of()));
    addAll(Path.of("/"), found);
    if (roots != null) {
      roots.lines().forEach(root -> addAll(Path.of(root), found));
    }
    return List.copyOf(found.values());
  }

  private static void addAll(Path root, Map<Integer, Jdk> found) {
    Path folder = root.resolve(HOMES);
    if (!Files.isDirectory(folder)) {
      return;
    }
    List<String> enter =
        root.getNameCount() == 0 ? List.of() : List.of(IN_ROOT.toString(), root.toString());
    try (Stream<Path> homes = Files.list(folder)) {
      for (Path home : homes.sorted().toList()) {
        if (!enter.isEmpty() && Files.isSymbolicLink(home)) {
          continue; // would lead out of the root
        }
        Path release = home.resolve("release");
        if (Files.isExecutable(home.resolve("bin/java")) && Files.isReadable(release)) {
          int version = version(Files.readString(release));
          if (version >= 17) {
            found.putIfAbsent(version, new Jdk(version, home, enter));
          }
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
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
