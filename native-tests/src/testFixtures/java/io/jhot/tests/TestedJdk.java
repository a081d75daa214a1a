package io.jhot.tests;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * A JDK that apps of the tests may run on: one of this machine, or one in a root file system that
 * the build keeps, which brings the C library that it needs.
 *
 * @param java its JVM, as it is called where it is
 * @param enter what a command begins with that is to run there; empty for this machine
 */
record TestedJdk(int version, String java, List<String> enter) {
  private static final Path HOMES = Path.of("usr", "lib", "jvm");
  private static final Pattern VERSION = Pattern.compile("(?m)^JAVA_VERSION=\"(\\d+)");
  private static final int FIRST = 17;

  /** All that there are, the oldest first; those of this machine rather than others. */
  static List<TestedJdk> all() {
    Path build = Path.of(System.getProperty("jhot.build")).toAbsolutePath().normalize();
    TreeMap<Integer, TestedJdk> found = new TreeMap<>();
    try {
      addAll(Path.of("/"), List.of(), found);
      int own = Runtime.version().feature();
      found.putIfAbsent(own, new TestedJdk(own, Sandbox.java(), List.of()));
      Path roots = build.resolve("jdks");
      if (Files.isDirectory(roots)) {
        String script = build.resolveSibling("launcher/src/build/in-root.sh").toString();
        try (Stream<Path> all = Files.list(roots)) {
          for (Path root : all.sorted().toList()) {
            if (!root.getFileName().toString().startsWith(".")) { // is being made
              addAll(root, List.of(script, root.toString()), found);
            }
          }
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return List.copyOf(found.values());
  }

  private static void addAll(Path root, List<String> enter, Map<Integer, TestedJdk> found)
      throws IOException {
    Path folder = root.resolve(HOMES);
    if (!Files.isDirectory(folder)) {
      return;
    }
    try (Stream<Path> homes = Files.list(folder)) {
      for (Path home : homes.sorted().toList()) {
        Path release = home.resolve("release");
        if (Files.isSymbolicLink(home) && !enter.isEmpty() // would lead out of the root
            || !Files.isReadable(release)
            || !Files.isExecutable(home.resolve("bin/java"))) {
          continue;
        }
        Matcher version = VERSION.matcher(Files.readString(release));
        if (version.find() && Integer.parseInt(version.group(1)) >= FIRST) {
          int number = Integer.parseInt(version.group(1));
          String java = Path.of("/").resolve(root.relativize(home)).resolve("bin/java").toString();
          found.putIfAbsent(number, new TestedJdk(number, java, enter));
        }
      }
    }
  }

  /** That command, with this JDK's JVM instead of the one that runs the tests. */
  List<String> instead(List<String> command) {
    List<String> other = new ArrayList<>(command);
    other.replaceAll(argument -> argument.equals(Sandbox.java()) ? java : argument);
    return other;
  }

  @Override
  public String toString() {
    return "Java " + version;
  }
}
