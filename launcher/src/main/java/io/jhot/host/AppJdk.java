package io.jhot.host;

import io.jhot.ffm.ExitStatus;
import io.jhot.ffm.Fd;
import io.jhot.ffm.Pipe;
import io.jhot.ffm.Poller;
import io.jhot.ffm.Signal;
import io.jhot.ffm.Spawn;
import java.io.FileInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The Java that an app runs on.
 *
 * @param program the {@code java} that is run
 * @param version as its maker writes it, such as {@code 25.0.3} or {@code 1.8.0_402}
 * @param modules the modules of its runtime image, or empty where that is not known
 */
record AppJdk(Path program, String version, List<String> modules) {
  private static final Pattern VERSION = Pattern.compile("version \"([^\"]+)\"");
  private static final long PATIENCE_MILLIS = 20_000;

  /**
   * Looks at the {@code release} file beside it; where there is none, asks the program itself.
   *
   * @param program a {@code java}, or a link to one
   * @param environment what it is run with, {@code K=V} each
   * @throws IOException when neither tells a version; the message says why
   */
  static AppJdk of(Path program, List<String> environment) throws IOException {
    Path real = program.toRealPath();
    Path home = real.getParent() == null ? null : real.getParent().getParent();
    String version = "";
    List<String> modules = List.of();
    if (home != null && Files.isReadable(home.resolve("release"))) {
      for (String line : Files.readAllLines(home.resolve("release"))) {
        if (line.startsWith("JAVA_VERSION=")) {
          version = unquoted(line.substring("JAVA_VERSION=".length()));
        } else if (line.startsWith("MODULES=")) {
          modules = List.of(unquoted(line.substring("MODULES=".length())).split(" "));
        }
      }
    }
    if (version.isEmpty()) {
      version = asked(real, environment);
    }
    return new AppJdk(program, version, modules);
  }

  /** The feature release: 25 for 25.0.3, 8 for 1.8.0_402. */
  int feature() {
    String digits = version.startsWith("1.") ? version.substring(2) : version;
    int end = 0;
    while (end < digits.length() && Character.isDigit(digits.charAt(end))) {
      end++;
    }
    return end == 0 || end > 4 ? 0 : Integer.parseInt(digits.substring(0, end));
  }

  private static String asked(Path program, List<String> environment) throws IOException {
    String doing = "run " + program + " -version";
    Pipe pipe = Pipe.open();
    Spawn.Child child;
    TreeMap<Integer, Fd> descriptors = new TreeMap<>();
    try (Fd write = pipe.write()) {
      descriptors.put(1, write);
      descriptors.put(2, write);
      child =
          Spawn.start(
              new Spawn.Request(
                  program.toString(),
                  List.of("java", "-version"),
                  environment,
                  null,
                  descriptors,
                  List.of(),
                  true,
                  Signal.KILL,
                  List.of()),
              Spawn.Mode.CLONE_VM);
    } catch (IOException e) {
      pipe.read().close();
      throw e;
    }
    String said;
    ExitStatus status;
    try (Fd read = pipe.read();
        Poller poller = Poller.open()) {
      poller.add(child.pidFd().fd(), 0, Poller.READABLE);
      if (poller.await(PATIENCE_MILLIS, (token, events) -> {}) == 0) {
        child.pidFd().signal(Signal.KILL);
        poller.await(PATIENCE_MILLIS, (token, events) -> {});
        child.pidFd().reap();
        throw new IOException(doing + ": no end after " + PATIENCE_MILLIS / 1000 + " s");
      }
      status = child.pidFd().reap();
      // a few lines fit into any pipe, and only what is there is read: a helper may hold the pipe
      try (FileInputStream in = new FileInputStream("/proc/self/fd/" + read.number())) {
        said = new String(in.readNBytes(in.available()), StandardCharsets.UTF_8);
      }
    } finally {
      child.pidFd().close();
    }
    Matcher version = VERSION.matcher(said);
    if (!version.find()) {
      String first = said.lines().findFirst().orElse("it said nothing");
      String how = status.signaled() ? "signal " : "exit code ";
      throw new IOException(doing + ": " + how + status.value() + ": " + first);
    }
    return version.group(1);
  }

  private static String unquoted(String text) {
    return text.length() > 1 && text.startsWith("\"") ? text.substring(1, text.length() - 1) : text;
  }
}
