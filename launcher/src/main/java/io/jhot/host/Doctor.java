package io.jhot.host;

import io.jhot.config.AgentOption;
import io.jhot.config.AppCommand;
import io.jhot.config.Script;
import io.jhot.ffm.SyscallProbe;
import io.jhot.supervisor.Policy.AgentExpectation;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * {@code jhot doctor}: whether jhot and an app under it will work on this host, and what to do
 * about what will not.
 */
public final class Doctor {
  private static final int OLDEST_KERNEL = 5 * 1000 + 4;
  private static final long FEW_FILES = 1024;
  private static final long FEW_PROCESSES = 256;

  /** HotSpot's default heap: a quarter of the memory that it sees. */
  private static final double DEFAULT_HEAP_PERCENT = 25;

  /** A line of a script that runs java without exec. */
  private static final Pattern STARTS_JAVA =
      Pattern.compile("(\\S*/)?java .*|\\$\\{?JAVA(CMD)?\\}? .*");

  private final Path root;
  private final Map<String, String> environment;
  private final List<Finding> findings = new ArrayList<>();

  private Doctor(Path root, Map<String, String> environment) {
    this.root = root;
    this.environment = environment;
  }

  /**
   * Examines everything.
   *
   * @param command the app's command, or empty for the {@code java} that would be found
   * @param environment jhot's variables, with those that are put aside for the app as {@code
   *     JHOT_APP_*}
   * @param agentJar the agent's jar, or empty
   * @return what was found
   */
  public static List<Finding> examine(
      List<String> command, Map<String, String> environment, String agentJar) {
    Path root = Path.of("/");
    boolean filtered = !status(root, "Seccomp").equals("0");
    List<Finding> systemCalls = SyscallFindings.of(SyscallProbe.run(), filtered);
    return examine(root, systemCalls, command, environment, agentJar);
  }

  /**
   * Looks at everything below some root.
   *
   * @param systemCalls what was found about system calls, which only the kernel can tell
   */
  static List<Finding> examine(
      Path root,
      List<Finding> systemCalls,
      List<String> command,
      Map<String, String> environment,
      String agentJar) {
    Doctor doctor = new Doctor(root, environment);
    doctor.kernel();
    doctor.findings.addAll(systemCalls);
    doctor.limits();
    List<String> app = command.isEmpty() ? doctor.foundJava() : command;
    doctor.app(app, agentJar);
    doctor.memory(app);
    doctor.variables();
    doctor.container();
    return List.copyOf(doctor.findings);
  }

  private void kernel() {
    String release = line("proc/sys/kernel/osrelease");
    String[] parts = release.split("[.-]", 3);
    int version = -1;
    try {
      version = Integer.parseInt(parts[0]) * 1000 + Integer.parseInt(parts[1]);
    } catch (NumberFormatException | ArrayIndexOutOfBoundsException e) {
      findings.add(
          Finding.warning(
              "kernel",
              "'" + release + "' in /proc/sys/kernel/osrelease is not a version",
              "jhot needs Linux 5.4 or later; see below what works"));
    }
    if (version >= OLDEST_KERNEL) {
      findings.add(Finding.ok("kernel", "Linux " + release));
    } else if (version >= 0) {
      findings.add(
          Finding.failure(
              "kernel", "Linux " + release + " is too old", "jhot needs Linux 5.4 or later"));
    }
  }

  private void limits() {
    long files = limit("Max open files");
    String text = files == Long.MAX_VALUE ? "unlimited" : Long.toString(files);
    if (files < 0) {
      findings.add(
          Finding.warning("open files", "/proc/self/limits cannot be read", "mount /proc"));
    } else if (files < FEW_FILES) {
      findings.add(
          Finding.warning(
              "open files",
              text + ": each connection takes one, and draining generations keep theirs",
              "raise it (ulimit -n, docker run --ulimit nofile=65536)"));
    } else {
      findings.add(Finding.ok("open files", text));
    }
    long most = pidsRoom();
    long user = limit("Max processes");
    if (most >= 0 && most < FEW_PROCESSES || user >= 0 && user < FEW_PROCESSES) {
      findings.add(
          Finding.warning(
              "processes",
              "room for "
                  + (most >= 0 && (user < 0 || most < user) ? most : user)
                  + " more processes and threads: two JVMs run during a reload, and a small one has"
                  + " 20 threads",
              "raise it (docker run --pids-limit, pids.max of the cgroup, ulimit -u)"));
    } else {
      findings.add(
          Finding.ok(
              "processes", most < 0 ? "no limit by a cgroup" : "room for " + most + " more"));
    }
    long space = limit("Max address space");
    if (space >= 0 && space != Long.MAX_VALUE) {
      findings.add(
          Finding.warning(
              "address space",
              Bytes.text(space) + ": a JVM reserves much more than it uses",
              "lift it (ulimit -v unlimited)"));
    }
  }

  /** A soft limit in /proc/self/limits; -1 if unknown. */
  private long limit(String name) {
    for (String line : lines("proc/self/limits")) {
      if (line.startsWith(name)) {
        String soft = line.substring(name.length()).trim().split(" +")[0];
        try {
          return soft.equals("unlimited") ? Long.MAX_VALUE : Long.parseLong(soft);
        } catch (NumberFormatException e) {
          return -1;
        }
      }
    }
    return -1;
  }

  /** How many more processes and threads the container's cgroup allows; -1: no limit. */
  private long pidsRoom() {
    for (String folder : new String[] {"sys/fs/cgroup/", "sys/fs/cgroup/pids/"}) {
      try {
        return Long.parseLong(line(folder + "pids.max"))
            - Long.parseLong(line(folder + "pids.current"));
      } catch (NumberFormatException e) {
        continue; // "max", or not there
      }
    }
    return -1;
  }

  private List<String> foundJava() {
    String home = environment.get("JAVA_HOME");
    try {
      AppCommand.resolve(List.of("java"), 1, environment.get("PATH"), "", "");
      return List.of("java");
    } catch (AppCommand.NotExecutable e) {
      return List.of(home == null || home.isEmpty() ? "java" : home + "/bin/java");
    }
  }

  private void app(List<String> command, String agentJar) {
    AppCommand resolved;
    try {
      resolved = AppCommand.resolve(command, 1, environment.get("PATH"), "", agentJar);
    } catch (AppCommand.NotExecutable e) {
      findings.add(
          Finding.failure(
              "command",
              e.getMessage(),
              "install a JDK, put it into PATH, or name the app: jhot doctor -- COMMAND"));
      return;
    }
    if (resolved.agent() == AgentExpectation.POSSIBLE) {
      findings.add(wrapper(resolved));
      return;
    }
    if (resolved.agent() == AgentExpectation.UNEXPECTED) {
      findings.add(
          Finding.warning(
              "command",
              resolved.program()
                  + " is neither java nor a script, and no argument names one: jhot expects no"
                  + " agent in it",
              "pass its sockets by --listen; it drains by its own stop signal"));
      return;
    }
    java(resolved);
  }

  private void java(AppCommand resolved) {
    AppJdk jdk;
    try {
      jdk = AppJdk.of(Path.of(resolved.program()), variablesForApp());
    } catch (IOException e) {
      findings.add(
          Finding.failure(
              "java",
              "the version of " + resolved.program() + ": " + e.getMessage(),
              "install a JDK that works"));
      return;
    }
    String text = jdk.version() + " at " + jdk.program();
    if (!resolved.notice().isEmpty()) {
      findings.add(
          Finding.warning("java", resolved.notice(), "use Java 22 or later with java.instrument"));
    } else if (jdk.feature() < 22) {
      findings.add(
          Finding.warning(
              "java",
              text
                  + ": it cannot pass on the sockets that the app opens; jhot fetches them where"
                  + " pidfd_getfd works (see the system calls)",
              "where it does not, give --listen for each of its ports, or use Java 22 or later"));
    } else {
      findings.add(Finding.ok("java", text));
    }
  }

  private Finding wrapper(AppCommand resolved) {
    String text =
        resolved.option().way() == AgentOption.Way.LIBRARY
            ? resolved.program() + " loads the JVM itself: the agent goes by JAVA_TOOL_OPTIONS"
            : resolved.program() + " starts java: the agent goes by JDK_JAVA_OPTIONS";
    List<String> bare = new ArrayList<>();
    if (Script.is(resolved.program())) {
      for (String line : lines(Path.of(resolved.program()))) {
        String code = line.trim();
        if (STARTS_JAVA.matcher(code.replace("\"", "")).matches()) {
          bare.add(code);
        }
      }
    }
    if (!bare.isEmpty()) {
      return Finding.warning(
          "command",
          text + ", but without exec: " + bare.getLast(),
          "write exec before it: the shell stays in the way of exit codes and memory");
    }
    return Finding.ok("command", text);
  }

  private void memory(List<String> command) {
    MemoryCgroup cgroup = MemoryCgroup.read(root);
    long machine = machineMemory();
    long limit = cgroup.limit();
    MemoryCgroup.Level tightest = cgroup.tightest();
    if (tightest == null || machine >= 0 && limit > machine) {
      findings.add(
          Finding.ok(
              "memory",
              "no cgroup limits it"
                  + (machine < 0 ? "" : "; the machine has " + Bytes.text(machine))));
      return;
    }
    Heap heap = heap(command, limit);
    String text =
        Bytes.text(tightest.limit())
            + " by "
            + tightest.file()
            + ", of which "
            + Bytes.text(tightest.used())
            + " are in use; the app's heap may have "
            + Bytes.text(heap.bytes())
            + " ("
            + heap.by()
            + ")";
    if (heap.bytes() >= limit) {
      findings.add(
          Finding.failure(
              "memory",
              text + ": the kernel kills the app when it gets that far",
              "give the heap at most three quarters of the limit (-Xmx, -XX:MaxRAMPercentage)"));
    } else if (2 * heap.bytes() > limit) {
      findings.add(
          Finding.warning(
              "memory",
              text + ": two of them do not fit",
              "when they have grown, a reload ends the old generation before it starts the new one,"
                  + " and clients wait (--overlap auto); -XX:MaxRAMPercentage=35 makes two fit"));
    } else {
      findings.add(Finding.ok("memory", text + ": two of them fit"));
    }
  }

  /** How large the app's heap may become, and what sets it. */
  private record Heap(long bytes, String by) {}

  private Heap heap(List<String> command, long limit) {
    List<String> options = new ArrayList<>();
    for (String name : new String[] {"JDK_JAVA_OPTIONS", "JAVA_TOOL_OPTIONS"}) {
      String value = forApp(name);
      if (value != null) {
        options.addAll(List.of(value.trim().split("\\s+")));
      }
    }
    options.addAll(command);
    double percent = DEFAULT_HEAP_PERCENT;
    String by = "a quarter of the limit, HotSpot's default";
    long fixed = -1;
    for (String option : options) {
      if (option.startsWith("-Xmx")) {
        fixed = size(option.substring(4));
        by = option;
      } else if (option.startsWith("-XX:MaxHeapSize=")) {
        fixed = size(option.substring("-XX:MaxHeapSize=".length()));
        by = option;
      } else if (option.startsWith("-XX:MaxRAMPercentage=") && fixed < 0) {
        try {
          percent = Double.parseDouble(option.substring("-XX:MaxRAMPercentage=".length()));
          by = option;
        } catch (NumberFormatException e) {
          continue; // java reports it and refuses to start
        }
      }
    }
    return new Heap(fixed >= 0 ? fixed : (long) (limit * percent / 100), by);
  }

  /** A size in java's notation, such as {@code 512m}; -1 if java would refuse it. */
  private static long size(String text) {
    if (text.isEmpty()) {
      return -1;
    }
    int shift =
        switch (Character.toLowerCase(text.charAt(text.length() - 1))) {
          case 'k' -> 10;
          case 'm' -> 20;
          case 'g' -> 30;
          case 't' -> 40;
          default -> 0;
        };
    try {
      return Long.parseLong(shift == 0 ? text : text.substring(0, text.length() - 1)) << shift;
    } catch (NumberFormatException e) {
      return -1;
    }
  }

  private long machineMemory() {
    for (String line : lines("proc/meminfo")) {
      if (line.startsWith("MemTotal:")) {
        return Long.parseLong(line.replaceAll("[^0-9]", "")) * 1024;
      }
    }
    return -1;
  }

  private void variables() {
    for (String name : new String[] {"JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS", "_JAVA_OPTIONS"}) {
      if (environment.containsKey("JHOT_APP_" + name)) {
        findings.add(Finding.ok(name, "is passed to the app only: jhot's own JVM does not see it"));
      }
      if (environment.containsKey(name)) {
        findings.add(
            Finding.warning(
                name,
                "affects jhot's own JVM too",
                "start jhot by its bin/jhot, which prevents that"));
      }
    }
  }

  private void container() {
    Container container = Container.around(root, environment);
    if (container != Container.NONE) {
      findings.add(
          Finding.ok(
              "container",
              container.title
                  + ": kills "
                  + container.graceSeconds
                  + " s after TERM unless told"
                  + " otherwise ("
                  + container.setting(40)
                  + "); a drain at a stop fits into that, unless --drain-timeout says otherwise"));
    }
  }

  private @Nullable String forApp(String name) {
    String aside = environment.get("JHOT_APP_" + name);
    return aside == null ? environment.get(name) : aside;
  }

  private List<String> variablesForApp() {
    List<String> entries = new ArrayList<>();
    for (String name : new String[] {"PATH", "HOME", "LD_LIBRARY_PATH", "JAVA_HOME"}) {
      if (environment.containsKey(name)) {
        entries.add(name + "=" + environment.get(name));
      }
    }
    return entries;
  }

  /** The value of a line of /proc/self/status; 0 where there is no such line. */
  private static String status(Path root, String name) {
    for (String line : lines(root.resolve("proc/self/status"))) {
      if (line.startsWith(name + ":")) {
        return line.substring(name.length() + 1).trim();
      }
    }
    return "0";
  }

  private String line(String file) {
    List<String> lines = lines(file);
    return lines.isEmpty() ? "" : lines.getFirst().trim();
  }

  private List<String> lines(String file) {
    return lines(root.resolve(file));
  }

  private static List<String> lines(Path file) {
    try {
      return Files.readAllLines(file);
    } catch (IOException e) {
      return List.of(); // missing or not text: counts as empty
    }
  }
}
