package io.jhot.tests;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;

/**
 * One test's world: a folder, a runtime folder for jhot in it, a clean environment, and every
 * program that the test starts. Each of those, and each of their descendants, carries a variable
 * that is this sandbox's alone, so none can hide.
 */
final class Sandbox {
  /** For the JVMs of the apps: many short ones, on a machine with few cores. */
  private static final List<String> JVM_FLAGS =
      List.of("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xmx64m", "-XX:-UsePerfData");

  private static final int FIRST_PORT = 10_000;
  private static final int PORTS_OF_A_JVM = 2_000;
  private static final int MOST_JVMS = 11;

  /** Open as long as this JVM lives; its port is the first of a range that is this JVM's alone. */
  private static final ServerSocket RANGE = portRange();

  private static final AtomicInteger NEXT_PORT = new AtomicInteger(RANGE.getLocalPort() + 1);

  private static final Path SERVERS = Path.of(System.getProperty("jhot.servers"));

  /** A JDK 17, the oldest that the agent runs on, where Debian puts it; may be missing. */
  static final Path JAVA_17 = Path.of("/usr/lib/jvm/java-17-openjdk-amd64/bin/java");

  private static final Path FIXTURES = Path.of(System.getProperty("jhot.fixtures"));

  private final Path directory;
  private final String marker = "NATIVE_TEST=" + UUID.randomUUID();
  private final Map<String, String> environment = new HashMap<>();
  private final List<Running> started = new ArrayList<>();
  private boolean killed;
  private TestedJdk jdk;

  Sandbox() throws IOException {
    directory = Files.createTempDirectory("jhot-native-test");
    environment.put("PATH", javaHome() + "/bin:" + System.getenv("PATH"));
    environment.put("HOME", directory.toString());
    environment.put("LANG", "C.UTF-8");
    environment.put("TMPDIR", directory.toString());
    environment.put("JHOT_RUNTIME_DIR", runtime().toString());
    environment.put("JHOT_STOP_GRACE", "1h"); // where the tests run in a container it has no say
    environment.put("NATIVE_TEST", marker.substring(marker.indexOf('=') + 1));
  }

  // Places.

  /** The built tree; a test without one fails, for it could not tell anything. */
  static Path tree() {
    Path tree = Path.of(System.getProperty("jhot.tree")).toAbsolutePath().normalize();
    if (!Files.isExecutable(tree.resolve("bin/jhot"))) {
      throw new AssertionError("there is no bin/jhot in " + tree + ": run make build first");
    }
    return tree;
  }

  static String bin() {
    return tree().resolve("bin/jhot").toString();
  }

  static String javaHome() {
    return System.getProperty("java.home");
  }

  static String java() {
    return javaHome() + "/bin/java";
  }

  /** The jar with the apps that the tests run. */
  static Path fixtures() {
    return FIXTURES;
  }

  Path directory() {
    return directory;
  }

  /** Where jhot keeps its control sockets; jhot itself makes it. */
  Path runtime() {
    return directory.resolve("run");
  }

  Path file(String name, String... lines) {
    try {
      return Files.write(directory.resolve(name), List.of(lines));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** An executable script. */
  Path script(String name, String... lines) {
    Path script = file(name, lines);
    if (!script.toFile().setExecutable(true)) {
      throw new AssertionError("cannot make executable: " + script);
    }
    return script;
  }

  /**
   * A range for each JVM of tests on this machine, for a port is free until somebody else's app
   * binds it first; below the range that the kernel takes local ports of connections from.
   */
  private static ServerSocket portRange() {
    for (int i = 0; i < MOST_JVMS; i++) {
      try {
        return new ServerSocket(
            FIRST_PORT + i * PORTS_OF_A_JVM, 1, InetAddress.getLoopbackAddress());
      } catch (IOException e) {
        continue; // another JVM's
      }
    }
    throw new AssertionError("tests run in " + MOST_JVMS + " JVMs already");
  }

  /** A port that nobody uses, neither on IPv4 nor on IPv6. */
  int port() {
    for (int tries = 0; tries < 1000; tries++) {
      int port = NEXT_PORT.getAndIncrement();
      try (ServerSocket probe = new ServerSocket()) {
        probe.bind(new InetSocketAddress(port));
        return port;
      } catch (IOException e) {
        continue; // taken: the next one
      }
    }
    throw new AssertionError("no free port");
  }

  /** The first of ten ports that differ in their last digit alone. */
  int tenPorts() {
    int last = port();
    while (last % 10 != 9) {
      last = port();
    }
    int first = port();
    while (port() % 10 != 9) {
      continue; // they are this test's
    }
    return first % 10 == 0 ? first : tenPorts();
  }

  // Commands.

  /** A command that runs that class of the fixtures. */
  static List<String> javaClass(String name, String... arguments) {
    return concat(
        List.of(
            List.of(java()),
            JVM_FLAGS,
            List.of("-cp", fixtures().toString(), "com.example.fixture." + name),
            List.of(arguments)));
  }

  /**
   * A command that runs that class of the fixtures with released servers.
   *
   * @param jars the folder of the servers' jars
   */
  static List<String> server(String jars, String name, String... arguments) {
    String classPath = fixtures() + ":" + SERVERS.resolve(jars) + "/*";
    return concat(
        List.of(
            List.of(java()),
            JVM_FLAGS,
            List.of("-cp", classPath, "com.example.fixture." + name),
            List.of(arguments)));
  }

  /** A command that runs the scripted app with these steps. */
  static List<String> app(String... steps) {
    return javaClass("ScriptedApp", steps);
  }

  /** As {@link #app}, with the steps of the {@link #file} {@code script}, read at each start. */
  List<String> appByScript() {
    return app("script:" + directory + "/script");
  }

  /** As {@link #app}, with options for the JVM. */
  static List<String> appOn(List<String> options, String... steps) {
    List<String> command = new ArrayList<>(app(steps));
    command.addAll(1, options);
    return command;
  }

  /** As {@link #app}, by another {@code java}, with options for its JVM. */
  static List<String> appBy(String java, List<String> options, String... steps) {
    List<String> app = app(steps);
    return concat(List.of(List.of(java), options, app.subList(1, app.size())));
  }

  /** A command that runs a copy of the jar with the apps: the scripted app with these steps. */
  static List<String> jar(String jar, String... steps) {
    return concat(List.of(List.of(java()), JVM_FLAGS, List.of("-jar", jar), List.of(steps)));
  }

  static List<String> jvmFlags() {
    return JVM_FLAGS;
  }

  static List<String> concat(List<List<String>> parts) {
    return parts.stream().flatMap(List::stream).toList();
  }

  // Programs.

  /** Sets a variable for everything that is started from now on. */
  void environment(String name, String value) {
    environment.put(name, value);
  }

  /** Lets {@link #exec} run apps, and jhot with them, on that JDK and where it is. */
  void runAppsOn(TestedJdk other) {
    jdk = other;
  }

  /** Starts {@code jhot exec} with that app and no option. */
  Jhot exec(List<String> app) {
    return exec(List.of(), app);
  }

  /** Starts {@code jhot exec OPTIONS -- APP}. */
  Jhot exec(List<String> options, List<String> app) {
    return jdk == null
        ? exec(List.of(), options, app)
        : exec(jdk.enter(), options, jdk.instead(app));
  }

  /** Starts {@code jhot exec OPTIONS -- APP} in a memory cgroup. */
  Jhot exec(MemoryLimit limit, List<String> options, List<String> app) {
    List<String> enter =
        List.of("sh", "-c", "echo $$ > \"$0\" && exec \"$@\"", limit.processes().toString());
    return exec(enter, options, app);
  }

  /** Starts {@code jhot exec OPTIONS -- APP} by a command that becomes it. */
  Jhot exec(List<String> enter, List<String> options, List<String> app) {
    return track(
        new Jhot(
            this,
            builder(concat(List.of(enter, List.of(bin(), "exec"), options, List.of("--"), app)))));
  }

  /** Starts {@code jhot exec -- APP} where the kernel refuses a system call with EPERM. */
  Jhot execWithout(String call, List<String> app) {
    return exec(List.of(Programs.path("refusing"), call, "1"), List.of(), app);
  }

  /** Starts {@code jhot exec @FILE}. */
  Jhot execFile(Path file) {
    return track(new Jhot(this, builder(List.of(bin(), "exec", "@" + file))));
  }

  /** Runs {@code jhot ARGUMENTS} to its end. */
  Finished jhot(String... arguments) {
    return run(concat(List.of(List.of(bin()), List.of(arguments))).toArray(String[]::new));
  }

  Running start(String... command) {
    return track(new Running(builder(Arrays.asList(command))));
  }

  /** Starts a command and waits for its end; its stdin is empty. */
  Finished run(String... command) {
    Running running = start(command);
    running.closeStdin();
    return running.finish();
  }

  private ProcessBuilder builder(List<String> command) {
    ProcessBuilder builder = new ProcessBuilder(command).directory(directory.toFile());
    builder.environment().clear();
    builder.environment().putAll(environment);
    return builder;
  }

  private <T extends Running> T track(T running) {
    started.add(running);
    return running;
  }

  /** The processes of this sandbox that run, whoever their parents are. */
  List<Long> processes() {
    return Proc.withVariable(marker);
  }

  /** A jhot was killed and could not tidy up its runtime folder. */
  void expectLeftovers() {
    killed = true;
  }

  // The end.

  /** Ends what the test left running, as an operator would, and checks that nothing remains. */
  void close() throws IOException {
    try {
      for (Running running : started) {
        if (running instanceof Jhot && running.isAlive()) {
          running.signal("TERM");
        }
      }
      for (Running running : started) {
        running.finish();
      }
      Await.until(
          "no process of the test is left",
          () -> processes().isEmpty(),
          () -> processes().stream().map(p -> p + " " + Proc.commandLine(p)).toList().toString());
      if (!killed && Files.exists(runtime())) {
        try (Stream<Path> left = Files.list(runtime())) {
          List<Path> names = left.toList();
          if (!names.isEmpty()) {
            throw new AssertionError("jhot has ended and left behind: " + names);
          }
        }
      }
    } finally {
      discard();
    }
  }

  /** What all programs wrote, for whoever has to find out why a test failed. */
  String transcript() {
    StringBuilder text = new StringBuilder();
    for (Running running : started) {
      text.append(running).append("\n\n");
    }
    return text.toString();
  }

  private void discard() throws IOException {
    for (Running running : started) {
      running.destroy();
    }
    for (long pid : processes()) {
      Proc.signal(pid, "KILL");
    }
    Files.walkFileTree(
        directory,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
              throws IOException {
            Files.delete(file);
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult postVisitDirectory(Path folder, IOException failure)
              throws IOException {
            if (failure != null) {
              throw failure;
            }
            Files.delete(folder);
            return FileVisitResult.CONTINUE;
          }
        });
  }
}
