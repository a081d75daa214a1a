package io.jhot.host;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StartWarningsTest {
  @TempDir Path folder;
  private FakeRoot root;
  private final Map<String, String> environment = new HashMap<>();

  @BeforeEach
  void anEmptyRoot() {
    root = new FakeRoot(folder);
  }

  private List<String> warnings(int pid, int parent, long drain, long grace) {
    return StartWarnings.of(folder, pid, parent, environment, drain, 0, grace);
  }

  private String only(int pid, int parent, long drain, long grace) {
    List<String> warnings = warnings(pid, parent, drain, grace);
    assertEquals(1, warnings.size(), warnings::toString);
    return warnings.getFirst();
  }

  @Test
  void aHostHasNothingToWarnOf() {
    assertEquals(List.of(), warnings(4711, 4000, 30_000, -1));
  }

  @Test
  void aShellFormEntryPointIsToldFromAScriptWithoutExec() {
    root.file("proc/1/cmdline", "/bin/sh\0-c\0cd /app && jhot exec -- java -jar a.jar\0");
    assertTrue(only(7, 1, 1000, -1).startsWith("PID 1 is 'sh -c': "));
    root.file("proc/1/cmdline", "/bin/bash\0/entrypoint.sh\0serve\0");
    assertTrue(only(7, 1, 1000, -1).startsWith("PID 1 is the shell of /entrypoint.sh: "));
  }

  @Test
  void asPid1OrUnderAnInitThereIsNoShellToWarnOf() {
    root.file("proc/1/cmdline", "/bin/sh\0-c\0x\0");
    assertEquals(List.of(), warnings(1, 0, 1000, -1));
    assertEquals(List.of(), warnings(9, 7, 1000, -1), "a shell in between is another matter");
    root.file("proc/1/cmdline", "/sbin/tini\0--\0jhot\0");
    assertEquals(List.of(), warnings(7, 1, 1000, -1));
    root.file("proc/1/cmdline", "");
    assertEquals(List.of(), warnings(7, 1, 1000, -1));
  }

  @Test
  void aVariableIsWarnedOfOnlyWhereItReachesJhotsOwnJvm() {
    environment.put("JHOT_APP_JAVA_TOOL_OPTIONS", "-Xmx1g");
    assertEquals(List.of(), warnings(7, 4, 1000, -1));
    environment.put("JAVA_TOOL_OPTIONS", "-Xmx1g");
    assertTrue(only(7, 4, 1000, -1).startsWith("JAVA_TOOL_OPTIONS affects jhot's own JVM too"));
  }

  @Test
  void aDrainLongerThanTheContainersGraceIsWarnedOf() {
    root.file(".dockerenv", "");
    assertEquals(List.of(), warnings(1, 0, 10_000, -1));
    String docker = only(1, 0, 30_000, -1);
    assertTrue(docker.contains("is 30 s, but Docker kills 10 s after TERM"), docker);
    assertTrue(docker.contains("stop_grace_period: 35s"), docker);
    environment.put("KUBERNETES_SERVICE_HOST", "10.0.0.1");
    assertEquals(List.of(), warnings(1, 0, 30_000, -1));
    assertTrue(only(1, 0, 31_000, -1).contains("terminationGracePeriodSeconds: 36"));
  }

  @Test
  void aGraceThatTheOperatorTellsCounts() {
    root.file("run/.containerenv", "");
    assertTrue(only(1, 0, 30_000, -1).contains("Podman"));
    assertEquals(List.of(), warnings(1, 0, 30_000, 40_000));
    assertTrue(only(1, 0, 30_000, 20_000).contains("--stop-grace only 20 s"));
  }

  @Test
  void theDefaultsFitByThemselvesAndGreetNobody() {
    assertEquals(30_000, stopTime(-1));
    root.file(".dockerenv", "");
    assertEquals(List.of(), warnings(1, 0, -1, -1));
    assertEquals(7_000, stopTime(-1));
    assertEquals(27_000, stopTime(30_000));
    assertEquals(1_000, stopTime(2_000));
    assertEquals(30_000, stopTime(3_600_000));
    assertEquals(25_000, StopTime.millis(25_000, true, -1, folder, environment));
    environment.put("KUBERNETES_SERVICE_HOST", "10.0.0.1");
    assertEquals(27_000, stopTime(-1));
  }

  private long stopTime(long grace) {
    return StopTime.millis(30_000, false, grace, folder, environment);
  }

  @Test
  void aDelayThatLeavesNothingOfTheGraceIsWarnedOf() {
    root.file(".dockerenv", "");
    assertEquals(List.of(), StartWarnings.of(folder, 1, 0, environment, -1, 5_000, -1));
    String warning = StartWarnings.of(folder, 1, 0, environment, -1, 8_000, -1).getFirst();
    assertTrue(warning.startsWith("--drain-delay is 8 s, but Docker kills 10 s"), warning);
  }
}
