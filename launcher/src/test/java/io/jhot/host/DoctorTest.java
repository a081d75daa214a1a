package io.jhot.host;

import static io.jhot.host.FakeRoot.MIB;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.jhot.ffm.Errno;
import io.jhot.ffm.SyscallProbe.Answer;
import io.jhot.host.Finding.Level;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DoctorTest {
  private static final String LIMITS =
      "Limit                     Soft Limit           Hard Limit           Units\n"
          + "Max open files            65536                65536                files\n"
          + "Max processes             unlimited            unlimited            processes\n"
          + "Max address space         unlimited            unlimited            bytes\n";

  @TempDir Path folder;
  private FakeRoot root;
  private final Map<String, String> environment = new HashMap<>();
  private final List<String> command = new ArrayList<>();

  @BeforeEach
  void aHealthyHost() throws IOException {
    root =
        new FakeRoot(folder.resolve("root"))
            .file("proc/sys/kernel/osrelease", "6.1.0-18-amd64\n")
            .file("proc/self/limits", LIMITS)
            .file("proc/meminfo", "MemTotal:       16000000 kB\n");
    environment.put("PATH", "/nowhere");
    command.add(java("25.0.3"));
  }

  private String java(String version) throws IOException {
    Path home = Files.createDirectories(folder.resolve("jdk-" + version));
    Files.writeString(home.resolve("release"), "JAVA_VERSION=\"" + version + "\"\n");
    Files.createDirectories(home.resolve("bin"));
    return executable("jdk-" + version + "/bin/java", "");
  }

  private String executable(String name, String text) throws IOException {
    Path file = Files.writeString(folder.resolve(name), text);
    assertTrue(file.toFile().setExecutable(true));
    return file.toString();
  }

  private Finding finding(String subject) {
    List<Finding> all = Doctor.examine(root.path(), List.of(), command, environment, "/agent.jar");
    List<Finding> those = all.stream().filter(f -> f.subject().equals(subject)).toList();
    assertEquals(1, those.size(), all::toString);
    Finding one = those.getFirst();
    assertEquals(one.level() == Level.OK, one.advice().isEmpty(), "advice where there is trouble");
    return one;
  }

  @Test
  void aHealthyHostIsOkInEveryLine() {
    for (Finding finding :
        Doctor.examine(root.path(), List.of(), command, environment, "/agent.jar")) {
      assertEquals(Level.OK, finding.level(), finding::toString);
    }
  }

  @Test
  void aKernelBefore54IsTooOld() {
    root.file("proc/sys/kernel/osrelease", "5.3.18-lp152\n");
    assertEquals(Level.FAILURE, finding("kernel").level());
    root.file("proc/sys/kernel/osrelease", "5.4.0\n");
    assertEquals(Level.OK, finding("kernel").level());
    root.file("proc/sys/kernel/osrelease", "?\n");
    assertEquals(Level.WARNING, finding("kernel").level());
  }

  @Test
  void fewDescriptorsAndFewProcessesAreWarnedOf() {
    root.file("proc/self/limits", LIMITS.replace("65536  ", "256    "))
        .file("sys/fs/cgroup/pids.max", "120\n")
        .file("sys/fs/cgroup/pids.current", "20\n");
    assertTrue(finding("open files").text().startsWith("256: "));
    assertTrue(finding("processes").text().startsWith("room for 100 more"));
  }

  @Test
  void aLimitedAddressSpaceIsWarnedOf() {
    root.file(
        "proc/self/limits",
        LIMITS.replace("address space         unlimited ", "address space         4294967296"));
    assertTrue(finding("address space").text().startsWith("4 GiB: "));
  }

  @Test
  void javaBefore22NeedsListen() throws IOException {
    command.set(0, java("17.0.9"));
    assertEquals(Level.WARNING, finding("java").level());
    assertTrue(finding("java").advice().contains("--listen"));
  }

  @Test
  void javaBefore17RunsWithoutTheAgent() throws IOException {
    command.set(0, java("1.8.0_402"));
    assertTrue(finding("java").text().contains("Java 1.8.0_402: the agent needs Java 17"));
  }

  @Test
  void aProgramThatIsNoJavaHasNoAgent() throws IOException {
    command.set(0, executable("server", "ELF"));
    assertTrue(finding("command").text().contains("no agent"));
  }

  @Test
  void aScriptThatExecsIsFineAndOneThatDoesNotIsWarnedOf() throws IOException {
    command.set(0, executable("good.sh", "#!/bin/sh\nexec \"$JAVA_HOME/bin/java\" -jar a.jar\n"));
    assertEquals(Level.OK, finding("command").level());
    command.set(0, executable("bad.sh", "#!/bin/sh\n# java\n/usr/bin/java -jar a.jar \"$@\"\n"));
    assertEquals(Level.WARNING, finding("command").level());
    assertTrue(finding("command").text().endsWith("/usr/bin/java -jar a.jar \"$@\""));
    command.set(0, executable("bad2.sh", "#!/bin/sh\n\"$JAVA_HOME/bin/java\" -jar a.jar\n"));
    assertEquals(Level.WARNING, finding("command").level());
  }

  @Test
  void twoDefaultHeapsFitAndTwoLargeOnesDoNot() {
    root.second("/", "/").secondLevel("", "" + 1024 * MIB, 50 * MIB, 0);
    assertEquals(Level.OK, finding("memory").level());
    assertTrue(finding("memory").text().contains("256 MiB (a quarter"), finding("memory").text());

    command.add("-XX:MaxRAMPercentage=75.0");
    assertEquals(Level.WARNING, finding("memory").level());
    assertTrue(finding("memory").text().contains("768 MiB (-XX:MaxRAMPercentage=75.0)"));

    command.add("-Xmx300m");
    assertEquals(Level.OK, finding("memory").level());

    command.add("-Xmx1g");
    assertEquals(Level.FAILURE, finding("memory").level());
  }

  @Test
  void theHeapMayBeSetByAVariable() {
    root.second("/", "/").secondLevel("", "" + 1024 * MIB, 50 * MIB, 0);
    environment.put("JHOT_APP_JAVA_TOOL_OPTIONS", "-Da=b -XX:MaxRAMPercentage=60");
    assertEquals(Level.WARNING, finding("memory").level());
  }

  @Test
  void aLimitBeyondTheMachinesMemoryIsNone() {
    root.second("/", "/").secondLevel("", "" + 64_000 * MIB, 50 * MIB, 0);
    assertTrue(finding("memory").text().startsWith("no cgroup limits it"));
  }

  @Test
  void aVariableThatReachesJhotsOwnJvmIsWarnedOf() {
    environment.put("JAVA_TOOL_OPTIONS", "-Xmx1g");
    assertEquals(Level.WARNING, finding("JAVA_TOOL_OPTIONS").level());
  }

  @Test
  void theContainersGraceIsTold() {
    root.file(".dockerenv", "");
    assertTrue(finding("container").text().startsWith("Docker: kills 10 s after TERM"));
    environment.put("KUBERNETES_SERVICE_HOST", "10.0.0.1");
    assertTrue(finding("container").text().startsWith("Kubernetes: kills 30 s after TERM"));
  }

  @Test
  void forkIsAdvisedWhereItWorksAndCloneDoesNot() {
    Answer clone = new Answer("clone (CLONE_VM | CLONE_PIDFD)", Errno.EPERM);
    Finding helps =
        SyscallFindings.of(List.of(clone, new Answer("clone (as fork)", 0)), true).getFirst();
    assertEquals(Level.FAILURE, helps.level());
    assertTrue(helps.advice().startsWith("set JHOT_SPAWN=fork"), helps::toString);

    Answer fork = new Answer("clone (as fork)", Errno.EPERM);
    Finding not = SyscallFindings.of(List.of(clone, fork), true).getFirst();
    assertFalse(not.advice().contains("JHOT_SPAWN"), not::toString);
  }

  @Test
  void aHostWithoutIpv6IsNoMatterOfAProfile() {
    Finding finding =
        SyscallFindings.of(List.of(new Answer("socket (inet6)", Errno.EAFNOSUPPORT)), false)
            .getFirst();
    assertEquals(Level.WARNING, finding.level());
    assertTrue(finding.advice().contains("preferIPv4Stack"), finding::toString);
  }
}
