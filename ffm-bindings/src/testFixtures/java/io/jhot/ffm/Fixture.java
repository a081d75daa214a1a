package io.jhot.ffm;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** C programs of {@code src/test/c}, compiled once, and other programs that tests run. */
final class Fixture {
  private static final Map<String, Path> COMPILED = new ConcurrentHashMap<>();

  private Fixture() {}

  /** The program made of {@code name.c}. */
  static Path compiled(String name) {
    return COMPILED.computeIfAbsent(
        name, n -> compile(Path.of(System.getProperty("fixtures"), n + ".c"), n));
  }

  /** The program made of {@code source}, with the system's headers. */
  static Path compile(Path source, String name) {
    try {
      Path folder = Files.createDirectories(Path.of(System.getProperty("compiled.fixtures")));
      Path program = folder.resolve(name);
      output("gcc", "-std=gnu11", "-Wall", "-Werror", "-o", program.toString(), source.toString());
      return program;
    } catch (IOException failed) {
      throw new AssertionError(failed);
    }
  }

  /** What a program writes to stdout and stderr; fails unless it ends with 0. */
  static String output(String... command) throws IOException {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    process.getOutputStream().close();
    process.getErrorStream().close();
    try (InputStream out = process.getInputStream()) {
      String text = new String(out.readAllBytes(), StandardCharsets.UTF_8);
      int code = process.waitFor();
      if (code != 0) {
        throw new AssertionError(String.join(" ", command) + " ended with " + code + ":\n" + text);
      }
      return text;
    } catch (InterruptedException interrupted) {
      throw new AssertionError(interrupted);
    }
  }

  /** The command of a JVM that runs {@code main} of a class of these tests. */
  static List<String> java(Class<?> main, String... arguments) {
    List<String> command = new ArrayList<>();
    command.add(System.getProperty("java.home") + "/bin/java");
    command.add("--enable-native-access=ALL-UNNAMED");
    command.add("-XX:+UseSerialGC");
    command.add("-XX:TieredStopAtLevel=1");
    command.add("-Xrs");
    command.add("-cp");
    command.add(classes(Libc.class) + ":" + classes(main));
    command.add(main.getName());
    command.addAll(List.of(arguments));
    return command;
  }

  private static Path classes(Class<?> type) {
    try {
      return Path.of(type.getProtectionDomain().getCodeSource().getLocation().toURI());
    } catch (java.net.URISyntaxException impossible) {
      throw new AssertionError(impossible);
    }
  }
}
