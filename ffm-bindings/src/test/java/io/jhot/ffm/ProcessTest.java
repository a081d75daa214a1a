package io.jhot.ffm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Own, Prctl, Terminal, ResidentMemory, Proc. */
@ExtendWith(LeavesNothingBehind.class)
class ProcessTest {
  @Test
  void thisProcessIsWhatProcSaysOfIt() throws IOException {
    String stat = Files.readString(Path.of("/proc/self/stat"));
    String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
    assertEquals(ProcessHandle.current().pid(), Own.pid());
    assertEquals(Integer.parseInt(fields[1]), Own.parentPid());
    assertEquals(Integer.parseInt(fields[2]), Own.processGroup());
    assertEquals(Files.getAttribute(Path.of("/proc/self"), "unix:uid"), Own.uid());
  }

  @Test
  void theProcessGetsAName() throws IOException {
    String before = Files.readString(Path.of("/proc/self/comm")).strip();
    try {
      Prctl.setName("a name with more than fifteen bytes");
      assertEquals("a name with mor", Files.readString(Path.of("/proc/self/comm")).strip());
    } finally {
      Prctl.setName(before);
    }
    assertEquals(before, Files.readString(Path.of("/proc/self/comm")).strip());
  }

  /** Stops itself, and says so before and after. */
  static final class Stopping {
    public static void main(String[] arguments) throws IOException {
      Bytes.write(Fd.lent(1), "before\n");
      Own.stop();
      Bytes.write(Fd.lent(1), "after\n");
    }
  }

  @Test
  void aProcessStopsItselfUntilItIsContinued() throws IOException {
    List<String> command = Fixture.java(Stopping.class);
    Pipe pipe = Pipe.open();
    try (Fd read = pipe.read()) {
      Spawn.Child child;
      try (Fd write = pipe.write()) {
        child =
            Spawn.start(
                Requests.program(command.get(0))
                    .arguments(command.subList(1, command.size()).toArray(new String[0]))
                    .descriptor(1, write)
                    .done(),
                Spawn.Mode.CLONE_VM);
      }
      assertEquals(Signal.STOP, Eventually.get("the stop", child.pidFd()::stopped));
      assertEquals("before\n", new String(Bytes.read(read, 100)));
      child.pidFd().signal(Signal.CONT);
      assertEquals("after\n", Bytes.readAll(read));
      assertEquals(0, Eventually.ended(child).code());
    }
  }

  /** Gives the terminal to a child and takes it back. */
  static final class Foreground {
    public static void main(String[] arguments) throws IOException {
      Fd terminal = Fd.lent(0);
      SignalMask.block(SignalSet.of(Signal.TTOU));
      StringBuilder said = new StringBuilder();
      said.append(Terminal.isTerminal(terminal)).append(' ');
      said.append(Terminal.foregroundGroup(terminal) == Own.processGroup()).append(' ');
      Spawn.Child child =
          Spawn.start(
              Requests.program("/bin/sleep").arguments("1000").ownProcessGroup().done(),
              Spawn.Mode.CLONE_VM);
      Terminal.setForegroundGroup(terminal, child.pid());
      said.append(Terminal.foregroundGroup(terminal) == child.pid()).append(' ');
      Terminal.setForegroundGroup(terminal, Own.processGroup());
      said.append(Terminal.foregroundGroup(terminal) == Own.processGroup()).append(' ');
      child.pidFd().signal(Signal.KILL);
      said.append(Eventually.ended(child).text()).append(' ');
      try {
        Terminal.setForegroundGroup(terminal, child.pid());
      } catch (ErrnoException gone) {
        said.append(Errno.name(gone.errno()));
      }
      System.out.println("said: " + said);
    }
  }

  @Test
  void theTerminalIsGivenAndTakenBack() throws IOException {
    StringBuilder command = new StringBuilder();
    for (String word : Fixture.java(Foreground.class)) {
      command.append("'").append(word).append("' ");
    }
    String output =
        Fixture.output(
            "/usr/bin/script", "--quiet", "--return", "--command", command.toString(), "/dev/null");
    assertEquals("said: true true true true killed by SIGKILL ESRCH", output.strip());
  }

  @Test
  void whatIsNoTerminalIsNone() throws IOException {
    Pipe pipe = Pipe.open();
    try (Fd read = pipe.read();
        Fd write = pipe.write()) {
      assertFalse(Terminal.isTerminal(read));
      ErrnoException none =
          assertThrows(ErrnoException.class, () -> Terminal.foregroundGroup(write));
      assertEquals(Errno.ENOTTY, none.errno());
      assertThrows(ErrnoException.class, () -> Terminal.setForegroundGroup(write, 1));
    }
  }

  /** Prints how much code of the JVM is in memory before and after, and ends well. */
  static final class Releasing {
    public static void main(String[] arguments) throws IOException {
      long before = residentCode();
      Pipe pipe = Pipe.open();
      pipe.write().close(); // so there is an end to read
      ResidentMemory.releaseUntilReadable(pipe.read().number(), 60_000);
      System.out.println(before + " " + residentCode());
    }

    /** In kilobytes. */
    private static long residentCode() throws IOException {
      String[] lines = new String(Proc.read("/proc/self/smaps")).split("\n");
      long kilobytes = 0;
      boolean code = false;
      for (String line : lines) {
        if (line.contains(" r-xp ")) {
          code = line.endsWith("libjvm.so");
        } else if (line.contains("-") && line.contains("p ")) {
          code = false;
        } else if (code && line.startsWith("Rss:")) {
          kilobytes += Long.parseLong(line.substring(4, line.length() - 2).strip());
        }
      }
      return kilobytes;
    }
  }

  @Test
  void codeThatIsNotNeededIsGivenBack() throws IOException {
    long mapped =
        Files.size(Path.of(System.getProperty("java.home"), "lib/server/libjvm.so")) / 1024;
    String[] said = Fixture.output(interpreted(Fixture.java(Releasing.class))).strip().split(" ");
    long before = Long.parseLong(said[0]);
    long after = Long.parseLong(said[1]);
    assertTrue(before > 0 && before < mapped, said[0]);
    assertTrue(after < before, before + " kB before, " + after + " kB after");
  }

  private static String[] interpreted(List<String> command) {
    List<String> interpreted = new java.util.ArrayList<>(command);
    interpreted.add(1, "-Xint");
    return interpreted.toArray(new String[0]);
  }

  @Test
  void aFileOfProcIsReadWholeAndAMissingOneIsNull() throws IOException {
    assertEquals(
        Files.readString(Path.of("/proc/self/limits")), new String(Proc.read("/proc/self/limits")));
    assertNull(Proc.read("/proc/0/stat"));
    assertNull(Proc.read("/proc/self/no such file"));
    assertEquals(
        Errno.EISDIR, assertThrows(ErrnoException.class, () -> Proc.read("/proc/self")).errno());
    long length = 0;
    for (String line : Files.readAllLines(Path.of("/proc/kallsyms"))) {
      length += line.length() + 1;
    }
    assertEquals(length, Proc.read("/proc/kallsyms").length, "longer than one read");
  }
}
