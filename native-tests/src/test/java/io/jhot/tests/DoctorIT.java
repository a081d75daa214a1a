package io.jhot.tests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code jhot doctor} on this host, and where the kernel refuses one system call. */
@ExtendWith(SandboxExtension.class)
class DoctorIT {
  private static final int EPERM = 1;
  private static final int ENOSYS = 38;

  /** What jhot gets along without, or nearly so. */
  private static final List<String> DISPENSABLE =
      List.of(
          "chdir",
          "close_range",
          "ioctl",
          "madvise",
          "pidfd_getfd",
          "pidfd_open",
          "socket=10",
          "socket=16",
          "tgkill");

  /** How the lines name what is told by its first argument. */
  private static final Map<String, String> NAMES =
      Map.of(
          "socket=1", "socket (unix)",
          "socket=2", "socket (inet)",
          "socket=10", "socket (inet6)",
          "socket=16", "socket (netlink)",
          "prctl=1", "prctl (PR_SET_PDEATHSIG)",
          "prctl=36", "prctl (PR_SET_CHILD_SUBREAPER)",
          "clone", "clone (CLONE_VM | CLONE_PIDFD)");

  @Test
  void whereEverythingWorksNothingFails(Sandbox box) {
    Finished doctor =
        box.jhot("doctor", "--", Sandbox.java(), "-jar", "app.jar", "@not-for-us").good();

    assertTrue(doctor.out().lines().noneMatch(line -> line.startsWith("FAILS")), doctor::toString);
    assertTrue(doctor.out().contains("ok       system calls: "), doctor::toString);
    assertTrue(doctor.out().contains("ok       kernel: Linux "), doctor::toString);
    assertTrue(doctor.out().contains("ok       java: "), doctor::toString);
    assertEquals("", doctor.err());
  }

  @Test
  void jsonSaysTheSame(Sandbox box) {
    Finished doctor = box.jhot("doctor", "--json").good();

    Map<String, Object> parsed = Json.object(doctor.out());
    assertEquals(true, parsed.get("works"));
    List<?> findings = (List<?>) parsed.get("findings");
    assertTrue(
        findings.stream()
            .map(each -> (Map<?, ?>) each)
            .anyMatch(f -> f.get("subject").equals("kernel") && f.get("level").equals("ok")),
        doctor::toString);
  }

  @Test
  void aJavaWithoutAReleaseFileIsAsked(Sandbox box) {
    String java =
        box.script("java", "#!/bin/sh", "echo 'openjdk version \"23.0.1\" 2024-10-15' >&2")
            .toString();

    Finished doctor = box.jhot("doctor", "--", java).good();

    assertTrue(doctor.out().contains("ok       java: 23.0.1 at " + java), doctor::toString);
  }

  @Test
  void aJavaThatDoesNotRunIsAFailure(Sandbox box) {
    String java = box.script("java", "#!/bin/sh", "echo broken >&2", "exit 3").toString();

    Finished doctor = box.jhot("doctor", "--", java).with(1);

    assertTrue(doctor.out().contains("exit code 3: broken"), doctor::toString);
  }

  @Test
  void aCommandThatIsNotThereIsAFailure(Sandbox box) {
    Finished doctor = box.jhot("doctor", "--", "no-such-program").with(1);

    assertTrue(doctor.out().contains("FAILS    command: cannot start no-such-program"));
  }

  @Test
  void variablesForTheAppAreNoConcernOfJhots(Sandbox box) {
    box.environment("JAVA_TOOL_OPTIONS", "-Xmx32m");

    Finished doctor = box.jhot("doctor").good();

    assertTrue(doctor.out().contains("ok       JAVA_TOOL_OPTIONS: is passed to the app only"));
    assertEquals("", doctor.err(), "no JVM has picked it up");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "accept4",
        "bind",
        "chdir",
        "chmod",
        "clone",
        "close_range",
        "connect",
        "dup2",
        "epoll_create1",
        "epoll_ctl",
        "epoll_wait",
        "fchmod",
        "fcntl",
        "getsockname",
        "getsockopt",
        "ioctl",
        "listen",
        "madvise",
        "pidfd_open",
        "pidfd_send_signal",
        "pipe2",
        "poll",
        "prctl=1",
        "prctl=36",
        "recvmsg",
        "sendmsg",
        "setpgid",
        "setsockopt",
        "signalfd4",
        "socket=1",
        "socket=2",
        "socket=10",
        "socket=16",
        "socketpair",
        "tgkill",
        "unlink",
        "waitid"
      })
  void aRefusedCallIsNamedAndJhotNeverCrashes(String call, Sandbox box) {
    Finished doctor = refused(box, call, EPERM, "doctor");
    assertFinds(call, "EPERM", doctor);

    if (call.equals("unlink") || call.equals("fcntl")) {
      box.expectLeftovers(); // what cannot be removed, or cannot be locked, stays
    }
    Finished exec = refused(box, call, EPERM, "exec", "--", "sh", "-c", "exit 7");
    assertFalse(exec.err().contains("a bug in jhot"), exec::toString);
    if (exec.code() != 7) {
      exec.with(125);
      String name = call.replaceFirst("=.*", "").replace("signalfd4", "signalfd");
      assertTrue(exec.err().contains(name + ": EPERM"), exec::toString);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"clone", "pidfd_send_signal", "close_range"})
  void aCallThatTheKernelDoesNotKnowIsNamedToo(String call, Sandbox box) {
    assertFinds(call, "ENOSYS", refused(box, call, ENOSYS, "doctor"));
  }

  @Test
  void whereNobodyWhoAsksCanBeLetInTheServiceGoesOn(Sandbox box) {
    Running jhot =
        box.start(
            Programs.path("refusing"),
            "accept4",
            Integer.toString(EPERM),
            Sandbox.bin(),
            "exec",
            "--ready",
            "exec",
            "--",
            "sleep",
            "1000");
    Await.until(
        "the control socket is there",
        () -> Files.exists(box.runtime().resolve("sleep.sock")),
        jhot::toString);

    box.jhot("status").with(1);

    jhot.err().await("get no answer from now on (signals work): accept a connection: accept4");
    assertTrue(jhot.isAlive());
    jhot.signal("TERM");
    jhot.finish().with(143);
  }

  @Test
  void whereCloneIsRefusedForkingIsAdvisedOnlyIfItHelps(Sandbox box) {
    Finished doctor = refused(box, "clone", EPERM, "doctor").with(1);

    // this profile refuses both
    assertFalse(doctor.out().contains("set JHOT_SPAWN=fork"), doctor::toString);
    assertTrue(doctor.out().contains("clone (as fork): EPERM"), doctor::toString);
  }

  private static Finished refused(Sandbox box, String call, int errno, String... arguments) {
    List<String> command =
        Sandbox.concat(
            List.of(
                List.of(Programs.path("refusing"), call, Integer.toString(errno), Sandbox.bin()),
                List.of(arguments)));
    return box.run(command.toArray(String[]::new));
  }

  private static void assertFinds(String call, String errno, Finished doctor) {
    String line =
        (DISPENSABLE.contains(call) ? "warning  " : "FAILS    ")
            + "system calls: "
            + NAMES.getOrDefault(call, call)
            + ": "
            + errno;
    assertTrue(doctor.out().contains(line), doctor::toString);
    assertTrue(doctor.out().contains(" in the seccomp profile"), doctor::toString);
    assertEquals("", doctor.err());
    doctor.with(DISPENSABLE.contains(call) ? 0 : 1);
  }
}
