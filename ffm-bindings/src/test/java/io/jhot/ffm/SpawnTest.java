package io.jhot.ffm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@ExtendWith(LeavesNothingBehind.class)
class SpawnTest {
  private static final int REPORT = 3;

  /** Starts {@code child.c} as requested, and returns what it says of itself. */
  private static Report report(Requests request, Spawn.Mode mode) throws IOException {
    return report(request, mode, Spawn.Fault.NONE);
  }

  private static Report report(Requests request, Spawn.Mode mode, Spawn.Fault fault)
      throws IOException {
    Pipe pipe = Pipe.open();
    try (Fd read = pipe.read()) {
      Spawn.Child child;
      try (Fd write = pipe.write()) {
        child = Spawn.start(request.descriptor(REPORT, write).done(), mode, fault, 5_000, 5_000);
      }
      String text = Bytes.readAll(read);
      assertEquals(new ExitStatus(false, 0, false), Eventually.ended(child));
      Report report = new Report(text);
      assertEquals(child.pid(), report.number("pid"));
      return report;
    }
  }

  private static Requests child() {
    return Requests.program(Fixture.compiled("child").toString()).environment("REPORT=" + REPORT);
  }

  private static String linkOf(Fd fd) throws IOException {
    return Files.readSymbolicLink(Path.of("/proc/self/fd/" + fd.number())).toString();
  }

  private static SpawnException failure(Requests request, Spawn.Mode mode) {
    return assertThrows(SpawnException.class, () -> Spawn.start(request.done(), mode));
  }

  @ParameterizedTest
  @EnumSource
  void theProgramGetsItsArgumentsAndItsEnvironmentAndNothingElse(Spawn.Mode mode)
      throws IOException {
    Report report =
        report(
            child()
                .arguments("one", "", "drei \u00fc \ud83d\ude00", "\udcff")
                .environment("REPORT=3", "A=", "B=b=b", "\u00fc=\u00e4"),
            mode);
    assertEquals(
        List.of("one", "", "drei \u00fc \ud83d\ude00"), report.all("argument").subList(1, 4));
    assertEquals(List.of("REPORT=3", "A=", "B=b=b", "\u00fc=\u00e4"), report.all("variable"));
  }

  @ParameterizedTest
  @EnumSource
  void anyBytesArriveInAnArgument(Spawn.Mode mode) throws IOException {
    Pipe pipe = Pipe.open();
    try (Fd read = pipe.read()) {
      Spawn.Child child;
      try (Fd write = pipe.write()) {
        child =
            Spawn.start(
                Requests.program("/usr/bin/printf")
                    .arguments("%s", OsText.of(new byte[] {'a', (byte) 0xff, (byte) 0xc3}, 0, 3))
                    .descriptor(1, write)
                    .done(),
                mode);
      }
      assertEquals("[97, -1, -61]", java.util.Arrays.toString(Bytes.read(read, 100)));
      Eventually.ended(child);
    }
  }

  @ParameterizedTest
  @EnumSource
  void variablesHoldTheChildsOwnPid(Spawn.Mode mode) throws IOException {
    Report report =
        report(
            child()
                .environment("REPORT=3", "LISTEN_PID=stale", "LISTEN_PIDS=kept")
                .pidVariables("LISTEN_PID", "SECOND"),
            mode);
    String pid = report.one("pid");
    assertEquals(
        List.of("REPORT=3", "LISTEN_PIDS=kept", "LISTEN_PID=" + pid, "SECOND=" + pid),
        report.all("variable"));
  }

  @ParameterizedTest
  @EnumSource
  void theProgramHasTheDescriptorsThatWereAskedForAndNoOther(Spawn.Mode mode) throws IOException {
    assertDescriptors(mode, Spawn.Fault.NONE);
  }

  @ParameterizedTest
  @EnumSource
  void withoutCloseRangeTheDescriptorsAreClosedOneByOne(Spawn.Mode mode) throws IOException {
    int[] attempts = {0};
    assertDescriptors(
        mode,
        (program, step, attempt) -> {
          if (step.equals(ExecChain.CLOSE_RANGE)) {
            attempts[0] = attempt;
            if (attempt == 1) {
              program.call(Libc.SYSCALL, -1); // sets ENOSYS, as an old kernel would
            }
          }
        });
    assertEquals(2, attempts[0]);
  }

  private static void assertDescriptors(Spawn.Mode mode, Spawn.Fault fault) throws IOException {
    Pipe low = Pipe.open();
    Pipe high = Pipe.open();
    try (Fd a = low.read();
        Fd b = low.write();
        Fd c = high.read();
        Fd leaked = high.write();
        Fd leakedHigh = leaked.duplicate(300)) {
      leaked.setCloseOnExec(false);
      leakedHigh.setCloseOnExec(false);
      Map<Integer, String> expected = new TreeMap<>();
      for (int standard = 0; standard <= 2; standard++) {
        expected.put(standard, linkOf(Fd.lent(standard)));
      }
      // Each under the number that the other one has here, which must not overwrite either.
      Requests request =
          child()
              .descriptor(a.number(), b)
              .descriptor(b.number(), a)
              .descriptor(200, c)
              .descriptor(201, c)
              .descriptor(0, c);
      expected.put(a.number(), linkOf(b));
      expected.put(b.number(), linkOf(a));
      expected.put(200, linkOf(c));
      expected.put(201, linkOf(c));
      expected.put(0, linkOf(c));
      Map<Integer, String> got = report(request, mode, fault).descriptors();
      assertTrue(got.remove(REPORT).startsWith("pipe:"));
      expected.remove(REPORT);
      assertEquals(expected, got);
    }
  }

  @ParameterizedTest
  @EnumSource
  void theProgramStartsWithNoSignalBlocked(Spawn.Mode mode) throws Exception {
    AtomicReference<Report> report = new AtomicReference<>();
    AtomicReference<SignalSet> maskAfter = new AtomicReference<>();
    AtomicReference<Throwable> failure = new AtomicReference<>();
    SignalSet blocked = SignalSet.of(Signal.TERM, Signal.USR1, Signal.CHLD);
    Thread blocking =
        new Thread(
            () -> {
              try {
                SignalMask.block(blocked);
                report.set(report(child(), mode));
                maskAfter.set(SignalMask.current());
              } catch (Throwable thrown) {
                failure.set(thrown);
              }
            });
    blocking.start();
    blocking.join();
    assertEquals(null, failure.get());
    assertEquals(List.of(), report.get().all("blocked"));
    assertTrue(maskAfter.get().contains(Signal.USR1), "the parent's mask is what it was");
  }

  @ParameterizedTest
  @EnumSource
  void theProgramIgnoresWhatItShallAndHandlesNothing(Spawn.Mode mode) throws IOException {
    List<String> fromTheStart = new ArrayList<>();
    for (Signal signal : Signal.values()) {
      if (SignalAction.current(signal) == SignalAction.Disposition.IGNORED) {
        fromTheStart.add(Integer.toString(signal.number()));
      }
    }
    SignalAction.ignore(Signal.USR2);
    try {
      Report report = report(child().ignoring(Signal.WINCH, Signal.TTOU), mode);
      List<String> expected = new ArrayList<>(fromTheStart);
      expected.addAll(List.of("22", "28"));
      expected.sort((a, b) -> Integer.parseInt(a) - Integer.parseInt(b));
      assertEquals(expected, report.all("ignored"));
      assertEquals(List.of(), report.all("handled"));
    } finally {
      SignalAction.restoreDefault(Signal.USR2);
    }
  }

  @ParameterizedTest
  @EnumSource
  void theProgramStartsInItsFolder(Spawn.Mode mode, @TempDir Path folder) throws IOException {
    Path inner = Files.createDirectory(folder.resolve("with a space and \u00fc"));
    assertEquals(
        inner.toRealPath().toString(),
        report(child().directory(inner.toString()), mode).one("folder"));
    assertEquals(Path.of("").toAbsolutePath().toString(), report(child(), mode).one("folder"));
  }

  @ParameterizedTest
  @EnumSource
  void theProgramLeadsAGroupOfItsOwnOrStaysInOurs(Spawn.Mode mode) throws IOException {
    Report own = report(child().ownProcessGroup(), mode);
    assertEquals(own.one("pid"), own.one("group"));
    assertEquals(Own.processGroup(), report(child(), mode).number("group"));
  }

  @ParameterizedTest
  @EnumSource
  void theProgramIsAChildOfThisProcess(Spawn.Mode mode) throws IOException {
    assertEquals(Own.pid(), report(child(), mode).number("parent"));
  }

  @ParameterizedTest
  @EnumSource
  void theProgramDiesWithTheThreadThatStartedIt(Spawn.Mode mode) throws Exception {
    assertEquals(
        Signal.TERM.number(), report(child().parentDeathSignal(Signal.TERM), mode).number("death"));
    AtomicReference<Spawn.Child> started = new AtomicReference<>();
    CountDownLatch end = new CountDownLatch(1);
    Pipe pipe = Pipe.open();
    try (Fd read = pipe.read();
        Fd write = pipe.write()) {
      Thread parent =
          new Thread(
              () -> {
                try {
                  started.set(
                      Spawn.start(
                          Requests.program(Fixture.compiled("child").toString())
                              .arguments("wait")
                              .descriptor(0, read)
                              .descriptor(1, write)
                              .parentDeathSignal(Signal.KILL)
                              .done(),
                          mode));
                  end.await();
                } catch (IOException | InterruptedException failed) {
                  throw new AssertionError(failed);
                }
              });
      parent.start();
      Eventually.holds("the child", () -> started.get() != null);
      assertEquals(null, started.get().pidFd().reap());
      end.countDown();
      assertEquals(new ExitStatus(true, 9, false), Eventually.ended(started.get()));
    }
  }

  @ParameterizedTest
  @EnumSource
  void aChildWhoseParentDiesBeforeTheDeathSignalIsSetNeverBecomesTheProgram(
      Spawn.Mode mode, @TempDir Path folder) throws Exception {
    Prctl.becomeSubreaper();
    Path trace = folder.resolve("the program ran");
    Path pidFile = folder.resolve("pid");
    Process parent =
        new ProcessBuilder(
                Fixture.java(DyingParent.class, mode.name(), trace.toString(), pidFile.toString()))
            .inheritIO()
            .start();
    assertEquals(DyingParent.EXIT, parent.waitFor());
    Eventually.holds("the end of the orphan", () -> Orphans.reap(pid -> false) == 1);
    assertFalse(Files.exists(trace));
  }

  /** Ends while its child sleeps in the middle of its preparations. */
  static final class DyingParent {
    static final int EXIT = 77;

    public static void main(String[] arguments) throws Exception {
      Thread end =
          new Thread(
              () -> {
                try {
                  String self = "/proc/self/task/";
                  Eventually.holds(
                      "the child",
                      () -> {
                        for (String thread : new java.io.File(self).list()) {
                          byte[] children = Proc.read(self + thread + "/children");
                          if (children != null && children.length > 0) {
                            return true;
                          }
                        }
                        return false;
                      });
                } catch (IOException failed) {
                  failed.printStackTrace();
                }
                Runtime.getRuntime().halt(EXIT);
              });
      end.start();
      Libc.Function poll = new Libc.Function("poll", false);
      Spawn.start(
          Requests.program("/usr/bin/touch")
              .arguments(arguments[1])
              .parentDeathSignal(Signal.KILL)
              .done(),
          Spawn.Mode.valueOf(arguments[0]),
          (program, step, attempt) -> {
            if (step.equals("prctl")) {
              program.call(poll, 0, 0, 1_000);
            }
          },
          60_000,
          60_000);
    }
  }

  @ParameterizedTest
  @EnumSource
  void anExitCodeAndASignalAreTold(Spawn.Mode mode) throws IOException {
    String program = Fixture.compiled("child").toString();
    Pipe pipe = Pipe.open();
    try (Fd read = pipe.read();
        Fd write = pipe.write()) {
      Spawn.Request exit =
          Requests.program(program)
              .arguments("exit", "42")
              .descriptor(0, read)
              .descriptor(1, write)
              .done();
      assertEquals(new ExitStatus(false, 42, false), Eventually.ended(Spawn.start(exit, mode)));
      Spawn.Request signal =
          Requests.program(program).arguments("signal", "15").descriptor(1, write).done();
      ExitStatus killed = Eventually.ended(Spawn.start(signal, mode));
      assertEquals(new ExitStatus(true, 15, false), killed);
      assertEquals(143, killed.code());
      assertEquals("killed by SIGTERM", killed.text());
    }
  }

  @ParameterizedTest
  @EnumSource
  void aMissingProgramIsOneClearError(Spawn.Mode mode) {
    SpawnException failure = failure(Requests.program("/no/such/program"), mode);
    assertEquals("execve", failure.step());
    assertEquals(Errno.ENOENT, failure.errno());
    assertEquals(
        "start /no/such/program: execve: ENOENT (No such file or directory): there is no such"
            + " program",
        failure.getMessage());
  }

  @ParameterizedTest
  @EnumSource
  void aFolderIsNoProgram(Spawn.Mode mode) {
    assertEquals(
        "start /tmp: execve: EACCES (Permission denied): it is a directory",
        failure(Requests.program("/tmp"), mode).getMessage());
  }

  @ParameterizedTest
  @EnumSource
  void aFileThatIsNotExecutableIsNoProgram(Spawn.Mode mode, @TempDir Path folder)
      throws IOException {
    Path file = Files.writeString(folder.resolve("file"), "x");
    SpawnException failure = failure(Requests.program(file.toString()), mode);
    assertEquals(Errno.EACCES, failure.errno());
    assertTrue(failure.getMessage().contains("it is not executable"), failure.getMessage());
  }

  @ParameterizedTest
  @EnumSource
  void aScriptWithoutAShebangIsNoProgram(Spawn.Mode mode, @TempDir Path folder) throws IOException {
    Path script = script(folder, "echo hello\n");
    SpawnException failure = failure(Requests.program(script.toString()), mode);
    assertEquals(Errno.ENOEXEC, failure.errno());
    assertEquals(
        "start "
            + script
            + ": execve: ENOEXEC (Exec format error): it is neither a program for this machine nor"
            + " a script that begins with #!",
        failure.getMessage());
  }

  @ParameterizedTest
  @EnumSource
  void aScriptWithAMissingInterpreterSaysSo(Spawn.Mode mode, @TempDir Path folder)
      throws IOException {
    Path script = script(folder, "#!/no/such/interpreter\n");
    SpawnException failure = failure(Requests.program(script.toString()), mode);
    assertEquals(Errno.ENOENT, failure.errno());
    assertTrue(
        failure.getMessage().endsWith("the interpreter that it names does not"),
        failure.getMessage());
  }

  private static Path script(Path folder, String text) throws IOException {
    Path script = Files.writeString(folder.resolve("script"), text);
    return Files.setPosixFilePermissions(script, PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  @ParameterizedTest
  @EnumSource
  void aProgramThatIsBeingWrittenIsBusy(Spawn.Mode mode, @TempDir Path folder) throws IOException {
    Path copy = Files.copy(Path.of("/bin/true"), folder.resolve("program"));
    Files.setPosixFilePermissions(copy, PosixFilePermissions.fromString("rwxr-xr-x"));
    try (OutputStream writing =
        Files.newOutputStream(copy, java.nio.file.StandardOpenOption.APPEND)) {
      assertEquals(Errno.ETXTBSY, failure(Requests.program(copy.toString()), mode).errno());
      writing.flush();
    }
  }

  @ParameterizedTest
  @EnumSource
  void argumentsThatAreTooLongAreOneClearError(Spawn.Mode mode) {
    Requests one = Requests.program("/bin/true").arguments("x".repeat(200_000));
    SpawnException failure = failure(one, mode);
    assertEquals(Errno.E2BIG, failure.errno());
    assertEquals("execve", failure.step());
    assertTrue(failure.getMessage().contains("too long"), failure.getMessage());
    String[] many = new String[40];
    java.util.Arrays.fill(many, "V=" + "x".repeat(120_000));
    assertEquals(
        Errno.E2BIG, failure(Requests.program("/bin/true").environment(many), mode).errno());
  }

  @ParameterizedTest
  @EnumSource
  void aPathThatIsTooLongIsOneClearError(Spawn.Mode mode) {
    SpawnException failure = failure(Requests.program("/" + "x/".repeat(3_000)), mode);
    assertEquals(Errno.ENAMETOOLONG, failure.errno());
  }

  @ParameterizedTest
  @EnumSource
  void aFolderThatIsNotThereIsOneClearError(Spawn.Mode mode) {
    SpawnException failure =
        failure(Requests.program("/bin/true").directory("/no/such/folder"), mode);
    assertEquals("chdir", failure.step());
    assertEquals(
        "start /bin/true: chdir: ENOENT (No such file or directory): /no/such/folder",
        failure.getMessage());
  }

  @ParameterizedTest
  @EnumSource
  void aSignalThatCannotBeIgnoredIsOneClearError(Spawn.Mode mode) {
    SpawnException failure = failure(Requests.program("/bin/true").ignoring(Signal.KILL), mode);
    assertEquals("sigaction", failure.step());
    assertEquals(Errno.EINVAL, failure.errno());
  }

  @ParameterizedTest
  @EnumSource
  void aDescriptorBeyondTheLimitIsOneClearError(Spawn.Mode mode) throws IOException {
    SpawnException failure =
        failure(Requests.program("/bin/true").descriptor(1_500_000_000, Fd.lent(1)), mode);
    assertEquals(Errno.EINVAL, failure.errno());
    assertTrue(failure.getMessage().contains("ulimit -n"), failure.getMessage());
  }

  @ParameterizedTest
  @EnumSource
  void aNulOrANegativeDescriptorIsRefused(Spawn.Mode mode) {
    for (Requests request :
        List.of(
            Requests.program("/bin/tr\0ue"),
            Requests.program("/bin/true").arguments("a\0b"),
            Requests.program("/bin/true").environment("A=\0"),
            Requests.program("/bin/true").directory("\0"),
            Requests.program("/bin/true").descriptor(-1, Fd.lent(1)))) {
      assertThrows(IllegalArgumentException.class, () -> Spawn.start(request.done(), mode));
    }
  }

  @ParameterizedTest
  @EnumSource
  void aChildThatDoesNotGetReadyIsKilledAndStartedAnew(Spawn.Mode mode) throws IOException {
    Libc.Function pause = new Libc.Function("pause", false);
    for (String hanging : steps(mode)) {
      int[] attempts = {0};
      Spawn.Child child =
          Spawn.start(
              everyStep().done(),
              mode,
              (program, step, attempt) -> {
                attempts[0] = attempt;
                if (attempt == 1 && step.equals(hanging)) {
                  program.call(pause);
                }
              },
              300,
              300);
      assertEquals(2, attempts[0], hanging);
      assertEquals(0, Eventually.ended(child).code());
    }
  }

  @ParameterizedTest
  @EnumSource
  void aChildThatNeverGetsReadyIsGivenUp(Spawn.Mode mode) {
    Libc.Function pause = new Libc.Function("pause", false);
    SpawnException failure =
        assertThrows(
            SpawnException.class,
            () ->
                Spawn.start(
                    Requests.program("/bin/true").done(),
                    mode,
                    (program, step, attempt) -> {
                      if (step.equals("write")) {
                        program.call(pause);
                      }
                    },
                    100,
                    100));
    assertEquals(Errno.ETIMEDOUT, failure.errno());
    assertTrue(failure.getMessage().contains("was killed"), failure.getMessage());
  }

  @ParameterizedTest
  @EnumSource
  void aChildThatDiesInAnyStepIsOneClearError(Spawn.Mode mode) throws IOException {
    for (String dying : steps(mode)) {
      Spawn.Fault fault =
          (program, step, attempt) -> {
            if (step.equals(dying)) {
              program.call(Libc.EXIT, 9);
            }
          };
      if (dying.equals("execve") || dying.equals("read")) {
        // By then only the child knows whether it is the program: its end is what tells.
        Spawn.Child child = Spawn.start(everyStep().done(), mode, fault, 5_000, 5_000);
        assertEquals(new ExitStatus(false, 9, false), Eventually.ended(child), dying);
      } else {
        SpawnException failure =
            assertThrows(
                SpawnException.class,
                () -> Spawn.start(everyStep().done(), mode, fault, 5_000, 5_000),
                dying);
        assertEquals(Errno.ECHILD, failure.errno(), dying);
      }
    }
  }

  private static Requests everyStep() {
    return Requests.program("/bin/true")
        .directory("/")
        .ownProcessGroup()
        .parentDeathSignal(Signal.KILL)
        .ignoring(Signal.HUP)
        .descriptor(5, Fd.lent(1));
  }

  /** The names of all steps but the first, before which a forked child is not known by its pid. */
  private static Set<String> steps(Spawn.Mode mode) throws IOException {
    Set<String> steps = new java.util.LinkedHashSet<>();
    Spawn.Child child =
        Spawn.start(
            everyStep().done(), mode, (program, step, attempt) -> steps.add(step), 5_000, 5_000);
    Eventually.ended(child);
    assertEquals(mode == Spawn.Mode.FORK, steps.remove("hello"));
    assertTrue(steps.size() >= 8, steps.toString());
    return steps;
  }

  @ParameterizedTest
  @EnumSource
  void severalThreadsStartChildrenAtOnce(Spawn.Mode mode) throws Exception {
    AtomicReference<Throwable> failure = new AtomicReference<>();
    List<Thread> threads = new ArrayList<>();
    for (int t = 0; t < 4; t++) {
      Thread thread =
          new Thread(
              () -> {
                try {
                  for (int i = 0; i < 25; i++) {
                    Report report = report(child().pidVariables("OWN"), mode);
                    assertEquals("OWN=" + report.one("pid"), report.all("variable").get(1));
                  }
                } catch (Throwable thrown) {
                  failure.set(thrown);
                }
              });
      threads.add(thread);
      thread.start();
    }
    for (Thread thread : threads) {
      thread.join();
    }
    assertEquals(null, failure.get());
  }

  @ParameterizedTest
  @EnumSource
  void theModeIsParsed(Spawn.Mode mode) {
    assertEquals(mode, Spawn.Mode.parse(mode == Spawn.Mode.FORK ? "fork" : "vm"));
    assertThrows(IllegalArgumentException.class, () -> Spawn.Mode.parse("FORK"));
    assertNotEquals(Spawn.Mode.parse("vm"), Spawn.Mode.parse("fork"));
  }
}
