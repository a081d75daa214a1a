package io.jhot.config;

import io.jhot.ffm.OsPath;
import io.jhot.supervisor.Policy.AgentExpectation;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What is executed for one generation: the program, its arguments with {@code {gen}} filled in, and
 * how the agent gets into the app's JVM.
 *
 * @param program the path for execve(2)
 * @param argv the arguments without the agent, the first being the name as the operator wrote it
 * @param agent whether an agent can be expected to connect
 * @param option what loads the agent, and where it goes
 * @param notice one line for the operator about the agent, or empty
 */
public record AppCommand(
    String program, List<String> argv, AgentExpectation agent, AgentOption option, String notice) {

  private static final int FIRST_RELEASE = 17;

  /** Programs that run another program, which may be a JVM. */
  private static final Set<String> WRAPPERS =
      Set.of(
          "env", "sh", "bash", "dash", "ash", "zsh", "ksh", "busybox", "nice", "nohup", "setsid",
          "sudo", "doas", "su", "su-exec", "gosu", "setpriv", "runuser", "chroot", "stdbuf",
          "numactl", "taskset", "timeout", "time", "ionice", "chrt", "prlimit", "strace", "perl",
          "python3");

  /** The program cannot be executed; {@link #exitCode} is the one that docker uses. */
  public static final class NotExecutable extends Exception {
    private static final long serialVersionUID = 1;

    /** 127 for not found, 126 for found but not executable. */
    public final int exitCode;

    NotExecutable(int exitCode, String message) {
      super(message);
      this.exitCode = exitCode;
    }

    /** Never null. */
    @Override
    public String getMessage() {
      return Objects.requireNonNull(super.getMessage());
    }
  }

  /**
   * Finds the program and its arguments. Reads the disk each time, so the next generation runs a
   * program, JDK or jar that was replaced.
   *
   * @param command the program and its arguments as written, at least one
   * @param generation the number that {@code {gen}} and its variants are filled with
   * @param searchPath the value of {@code PATH}, or null for the system's default
   * @param directory the app's working directory, to which relative paths refer; empty for jhot's
   * @param agentJar the agent's jar, or empty for {@code --no-agent}
   * @return what to execute
   * @throws NotExecutable when there is no such program or it may not be executed
   */
  public static AppCommand resolve(
      List<String> command,
      int generation,
      @Nullable String searchPath,
      String directory,
      String agentJar)
      throws NotExecutable {
    List<String> argv = new ArrayList<>(command.size() + 1);
    for (String argument : command) {
      argv.add(GenerationText.fill(argument, generation));
    }
    String program = find(argv.getFirst(), searchPath, directory);
    if (agentJar.isEmpty()) {
      return without(program, argv, "");
    }
    String option = "-javaagent:" + agentJar;
    if (isJava(program)) {
      String unfit = unfit(program, homeOf(program, false));
      if (!unfit.isEmpty()) {
        return without(program, argv, unfit);
      }
      option = keepsModules(argv) ? "-agentlib:instrument=" + agentJar : option;
      return new AppCommand(
          program,
          argv,
          AgentExpectation.CERTAIN,
          new AgentOption(AgentOption.Way.JAVA, option),
          "");
    }
    boolean isScript = Script.is(program);
    String unfitBeside = isScript ? unfitBeside(program) : "";
    if (!unfitBeside.isEmpty()) {
      return without(program, argv, unfitBeside);
    }
    AppCommand wrapper =
        new AppCommand(
            program,
            argv,
            AgentExpectation.POSSIBLE,
            new AgentOption(AgentOption.Way.WRAPPER, option),
            closed(program, argv));
    if (isScript || WRAPPERS.contains(fileName(program))) {
      return wrapper;
    }
    if (isLibraryLauncher(program)) {
      String unfit = unfit(program, homeOf(program, true));
      return unfit.isEmpty()
          ? new AppCommand(
              program,
              argv,
              AgentExpectation.POSSIBLE,
              new AgentOption(AgentOption.Way.LIBRARY, option),
              "")
          : without(program, argv, unfit);
    }
    return namesLauncher(argv, searchPath, directory)
        ? wrapper
        : new AppCommand(program, argv, AgentExpectation.UNEXPECTED, wrapper.option(), "");
  }

  /**
   * Why the agent does not get through a program that becomes another user; empty if it does. What
   * jhot gives the agent is in the environment and in descriptors.
   */
  private static String closed(String program, List<String> argv) {
    String name = fileName(program);
    boolean login =
        name.equals("su")
            && (argv.contains("-") || argv.contains("-l") || argv.contains("--login"));
    if (!login && !name.equals("sudo") && !name.equals("doas")) {
      return "";
    }
    return name
        + (login ? " with a login" : " closes descriptors and")
        + " resets the environment, so jhot's agent does not reach a JVM behind it: write "
        + (name.equals("doas") ? "doas -u USER" : "sudo -u USER")
        + " jhot exec -- java ..., or setpriv, gosu or su-exec in its place";
  }

  /**
   * Whether an argument of a program names what becomes a JVM: java, a jar, a script, another
   * wrapper, a launcher. So any program that execs the command in its arguments counts, such as
   * {@code aws-vault exec prod -- java -jar app.jar}.
   */
  private static boolean namesLauncher(
      List<String> argv, @Nullable String searchPath, String directory) {
    for (int i = 1; i < argv.size(); i++) {
      String argument = argv.get(i);
      String name = fileName(argument);
      if (name.equals("java") || name.endsWith(".jar") || WRAPPERS.contains(name)) {
        return true;
      }
      if (argument.isEmpty() || argument.startsWith("-") || argument.indexOf(' ') >= 0) {
        continue;
      }
      String program;
      try {
        program = find(argument, searchPath, directory);
      } catch (NotExecutable e) {
        continue; // no program: the wrapper's own argument, or the app's
      }
      if (isJava(program) || Script.is(program) || isLibraryLauncher(program)) {
        return true;
      }
    }
    return false;
  }

  private static AppCommand without(String program, List<String> argv, String notice) {
    return new AppCommand(program, argv, AgentExpectation.NONE, AgentOption.NONE, notice);
  }

  /**
   * Whether the agent can be loaded by {@code -agentlib:instrument}. {@code -javaagent} also adds
   * the module java.instrument, and a JVM that is told to add modules drops its archived module
   * graph, and with it any AOT cache that was trained without the option. An app on the class path
   * has that module in any case, one that is a module perhaps not.
   */
  private static boolean keepsModules(List<String> argv) {
    for (int i = 1; i < argv.size(); i++) {
      String argument = argv.get(i);
      if (argument.startsWith("@") // a file that may contain any of these
          || argument.equals("-m")
          || argument.equals("--module")
          || argument.startsWith("--module=")
          || argument.startsWith("--limit-modules")
          || argument.equals("--disable-@files")) {
        return false;
      }
      if (argument.equals("-jar")) {
        return true; // what follows is the app's own
      }
    }
    return true;
  }

  /**
   * Finds a program as execvp(3) does.
   *
   * @param name the program's name or path
   * @param searchPath the value of {@code PATH}, or null
   * @param directory to which a relative path refers; empty for jhot's own working directory
   */
  private static String find(String name, @Nullable String searchPath, String directory)
      throws NotExecutable {
    if (name.isEmpty()) {
      throw new NotExecutable(127, "cannot start '': the program's name is empty");
    }
    if (name.indexOf('/') >= 0) {
      String path = resolve(directory, name);
      Kind kind = Kind.of(path);
      if (kind == Kind.NOTHING) {
        throw new NotExecutable(127, "cannot start " + name + ": no such file");
      }
      checkExecutable(name, path, kind);
      return path;
    }
    String places = searchPath == null ? "/usr/local/bin:/usr/bin:/bin" : searchPath;
    String refused = null;
    int start = 0;
    while (start <= places.length()) {
      int colon = places.indexOf(':', start);
      int end = colon < 0 ? places.length() : colon;
      String candidate = resolve(resolve(directory, places.substring(start, end)), name);
      Kind kind = Kind.of(candidate);
      if (kind == Kind.PROGRAM) {
        return candidate;
      }
      refused = kind == Kind.NOTHING ? refused : candidate;
      start = end + 1;
    }
    if (refused != null) {
      checkExecutable(name, refused, Kind.of(refused));
    }
    throw new NotExecutable(127, "cannot start " + name + ": not found in PATH (" + places + ")");
  }

  /** What a path points to. */
  private enum Kind {
    NOTHING,
    DIRECTORY,
    FILE,
    PROGRAM;

    static Kind of(String text) {
      try (OsPath path = OsPath.open(text)) {
        if (Files.isDirectory(path.path())) {
          return DIRECTORY;
        }
        return !Files.exists(path.path())
            ? NOTHING
            : Files.isExecutable(path.path()) ? PROGRAM : FILE;
      } catch (IOException e) {
        return NOTHING;
      }
    }
  }

  /** The second path relative to the first; either may be empty. */
  private static String resolve(String directory, String path) {
    if (directory.isEmpty() || path.startsWith("/")) {
      return path;
    }
    return path.isEmpty()
        ? directory
        : directory.endsWith("/") ? directory + path : directory + "/" + path;
  }

  private static void checkExecutable(String name, String path, Kind kind) throws NotExecutable {
    if (kind == Kind.DIRECTORY) {
      throw new NotExecutable(126, "cannot start " + name + ": " + path + " is a directory");
    }
    if (kind != Kind.PROGRAM) {
      throw new NotExecutable(
          126, "cannot start " + name + ": " + path + " is not executable (chmod +x?)");
    }
  }

  private static boolean isJava(String program) {
    if (fileName(program).equals("java")) {
      return true;
    }
    try (OsPath path = OsPath.open(program)) {
      return Files.isSymbolicLink(path.path())
          && fileName(path.path().toRealPath().toString()).equals("java");
    } catch (IOException e) {
      return false; // a dangling link: execve reports it
    }
  }

  /** jlink puts a script for the app beside the JVM that it runs: that JVM can be checked. */
  private static String unfitBeside(String script) {
    try (OsPath path = OsPath.open(script)) {
      Path java = path.path().toRealPath().resolveSibling("java"); // its bytes may be no text
      return Files.isExecutable(java) ? unfit(java.toString(), home(java)) : "";
    } catch (IOException e) {
      return ""; // execve reports what is wrong with it
    }
  }

  private static boolean isLibraryLauncher(String program) {
    try (OsPath path = OsPath.open(program)) {
      return LibraryLauncher.is(path.path());
    } catch (IOException e) {
      return false; // gone since it was found: execve reports it
    }
  }

  /** The runtime that a program runs; null if unknown. */
  private static @Nullable Path homeOf(String program, boolean library) {
    try (OsPath path = OsPath.open(program)) {
      return library ? LibraryLauncher.home(path.path()) : home(path.path());
    } catch (IOException e) {
      return null;
    }
  }

  /** The folder above the one that a program really is in; null if there is none. */
  static @Nullable Path home(Path program) throws IOException {
    Path folder = program.toRealPath().getParent();
    return folder == null ? null : folder.getParent();
  }

  /**
   * Why a JVM cannot load the agent, and would refuse to start with it; empty if it can. Read from
   * the JDK's {@code release} file; a JDK without that file is taken to be able to if it has the
   * library that loads agents.
   */
  private static String unfit(String program, @Nullable Path home) {
    if (home == null) {
      return "";
    }
    boolean isImage = Files.isRegularFile(home.resolve("lib/modules"));
    if (isImage && !Files.exists(home.resolve("lib/libinstrument.so"))) {
      return lacksInstrument(program);
    }
    ReleaseFile release;
    try {
      release = ReleaseFile.in(home);
    } catch (IOException e) {
      return "";
    }
    if (release == null) {
      return "";
    }
    int feature = ReleaseFile.feature(release.version());
    if (feature > 0 && feature < FIRST_RELEASE) {
      return program
          + " is Java "
          + release.version()
          + ": the agent needs Java "
          + FIRST_RELEASE
          + " or later, so the app runs without it and gets sockets from --listen only";
    }
    if (!release.modules().isEmpty() && !release.modules().contains("java.instrument")) {
      return lacksInstrument(program);
    }
    return "";
  }

  private static String lacksInstrument(String program) {
    return program
        + " lacks the module java.instrument: the app runs without the agent; add the module to its"
        + " runtime image (jlink --add-modules java.instrument), or use --listen";
  }

  private static String fileName(String program) {
    return program.substring(program.lastIndexOf('/') + 1);
  }
}
