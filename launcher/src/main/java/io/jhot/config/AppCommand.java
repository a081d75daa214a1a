package io.jhot.config;

import io.jhot.ffm.OsPath;
import io.jhot.supervisor.Policy.AgentHope;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * What is really executed for one generation: the program found, {@code {gen}} filled in, and how
 * the agent gets to where the app's JVM sees it.
 *
 * @param program the path for execve(2)
 * @param argv the arguments without the agent, the first being the name as the operator wrote it
 * @param agent how sure jhot is that a JVM with the agent will answer
 * @param option what loads the agent, and where it goes
 * @param notice one line for the operator about the agent, or empty
 */
public record AppCommand(
    String program, List<String> argv, AgentHope agent, AgentOption option, String notice) {

  private static final int FIRST_RELEASE = 17;

  /** Programs that run another program: a JVM may come behind them. */
  private static final Set<String> WRAPPERS =
      Set.of(
          "env", "sh", "bash", "dash", "ash", "zsh", "ksh", "busybox", "nice", "nohup", "setsid",
          "sudo", "su", "su-exec", "gosu", "setpriv", "runuser", "chroot", "stdbuf", "numactl",
          "taskset", "timeout", "time", "ionice", "chrt", "prlimit", "strace", "perl", "python3");

  /** The program cannot be executed; {@link #exitCode} is what docker gives for the same. */
  public static final class NotExecutable extends Exception {
    private static final long serialVersionUID = 1;

    /** 127 for not found, 126 for found but not executable. */
    public final int exitCode;

    NotExecutable(int exitCode, String message) {
      super(message);
      this.exitCode = exitCode;
    }
  }

  /**
   * Finds the program and lays out its arguments. Looks at the disk anew each time, so a program,
   * JDK or jar that was replaced is what the next generation runs.
   *
   * @param command the program and its arguments as written, at least one
   * @param generation what {@code {gen}} and its kin are filled with
   * @param searchPath the value of {@code PATH}, or null for the system's default
   * @param directory the app's working directory, to which relative paths refer; empty for jhot's
   * @param agentJar the agent's jar, or empty for {@code --no-agent}
   * @return what to execute
   * @throws NotExecutable when there is no such program or it may not be executed
   */
  public static AppCommand resolve(
      List<String> command, int generation, String searchPath, String directory, String agentJar)
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
          program, argv, AgentHope.CERTAIN, new AgentOption(AgentOption.Way.JAVA, option), "");
    }
    boolean isScript = Script.is(program);
    String unfitBeside = isScript ? unfitBeside(program) : "";
    if (!unfitBeside.isEmpty()) {
      return without(program, argv, unfitBeside);
    }
    if (isScript || WRAPPERS.contains(fileName(program))) {
      return new AppCommand(
          program, argv, AgentHope.POSSIBLE, new AgentOption(AgentOption.Way.WRAPPER, option), "");
    }
    if (isLibraryLauncher(program)) {
      String unfit = unfit(program, homeOf(program, true));
      return unfit.isEmpty()
          ? new AppCommand(
              program,
              argv,
              AgentHope.POSSIBLE,
              new AgentOption(AgentOption.Way.LIBRARY, option),
              "")
          : without(program, argv, unfit);
    }
    return without(program, argv, "");
  }

  private static AppCommand without(String program, List<String> argv, String notice) {
    return new AppCommand(program, argv, AgentHope.NONE, AgentOption.NONE, notice);
  }

  /**
   * Whether the agent may be loaded as the library that {@code -javaagent} stands for. That option
   * adds the module java.instrument, too, and a JVM that is told to add modules throws its archived
   * module graph away, and with it any AOT cache that was trained without the option. The module is
   * there anyway for an app on the class path, but perhaps not for one that is a module.
   */
  private static boolean keepsModules(List<String> argv) {
    for (int i = 1; i < argv.size(); i++) {
      String argument = argv.get(i);
      if (argument.startsWith("@") // a file that may hold any of these
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
  private static String find(String name, String searchPath, String directory)
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

  /** What a path leads to. */
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

  /** The second path as it is meant from the first, either of which may be empty. */
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
      return false; // a link that leads nowhere: execve says so in its own words
    }
  }

  /** jlink puts a script for the app beside the JVM that it runs: what that JVM lacks is known. */
  private static String unfitBeside(String script) {
    try (OsPath path = OsPath.open(script)) {
      Path java = path.path().toRealPath().resolveSibling("java"); // its bytes may be no text
      return Files.isExecutable(java)
          ? unfit(java.toString(), java.toRealPath().getParent().getParent())
          : "";
    } catch (IOException e) {
      return ""; // execve says what is wrong with it
    }
  }

  private static boolean isLibraryLauncher(String program) {
    try (OsPath path = OsPath.open(program)) {
      return LibraryLauncher.is(path.path());
    } catch (IOException e) {
      return false; // gone since it was found: execve says so in its own words
    }
  }

  /** The runtime that a program runs, or null. */
  private static Path homeOf(String program, boolean library) {
    try (OsPath path = OsPath.open(program)) {
      return library
          ? LibraryLauncher.home(path.path())
          : path.path().toRealPath().getParent().getParent();
    } catch (IOException e) {
      return null;
    }
  }

  /**
   * Asks the JDK's own {@code release} file whether it can load the agent: a JVM that cannot would
   * refuse to start. A JDK without that file is taken to be able, if the library is there that
   * loads agents.
   */
  private static String unfit(String program, Path home) {
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
