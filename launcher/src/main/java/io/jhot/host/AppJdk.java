package io.jhot.host;

import io.jhot.config.ReleaseFile;
import io.jhot.ffm.ExitStatus;
import io.jhot.ffm.Fd;
import io.jhot.ffm.Pipe;
import io.jhot.ffm.Poller;
import io.jhot.ffm.Signal;
import io.jhot.ffm.Spawn;
import java.io.FileInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The Java that an app runs on.
 *
 * @param program the {@code java} that is run
 * @param version as its maker writes it, such as {@code 25.0.3} or {@code 1.8.0_402}
 */
record AppJdk(Path program, String version) {
  private static final Pattern VERSION = Pattern.compile("version \"([^\"]+)\"");
  private static final long PATIENCE_MILLIS = 20_000;

  /**
   * Reads the {@code release} file of its JDK; without one, runs {@code java -version}.
   *
   * @param program a {@code java}, or a link to one
   * @param environment what it is run with, {@code K=V} each
   * @throws IOException when neither tells the version; the message says why
   */
  static AppJdk of(Path program, List<String> environment) throws IOException {
    Path real = program.toRealPath();
    Path folder = real.getParent();
    Path home = folder == null ? null : folder.getParent();
    ReleaseFile release = home == null ? null : ReleaseFile.in(home);
    return new AppJdk(
        program,
        release == null || release.version().isEmpty()
            ? asked(real, environment)
            : release.version());
  }

  /** The feature release: 25 for 25.0.3, 8 for 1.8.0_402; 0 where the version tells none. */
  int feature() {
    return ReleaseFile.feature(version);
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
      status = Objects.requireNonNull(child.pidFd().reap()); // readable: it has ended
      // read what is there and not to the end: a process that it started may hold the pipe open
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
}
