package io.jhot.ffm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(LeavesNothingBehind.class)
class PidFdTest {
  private static Spawn.Child start(String... command) throws IOException {
    String[] arguments = java.util.Arrays.copyOfRange(command, 1, command.length);
    return Spawn.start(
        Requests.program(command[0]).arguments(arguments).done(), Spawn.Mode.CLONE_VM);
  }

  @Test
  void aChildIsReapedOnceItHasEnded() throws IOException {
    Spawn.Child child = start("/bin/sleep", "1000");
    try (PidFd pidFd = child.pidFd()) {
      assertNull(pidFd.reap());
      assertTrue(pidFd.signal(Signal.KILL));
      ExitStatus status = Eventually.get("the end", pidFd::reap);
      assertEquals(new ExitStatus(true, 9, false), status);
      assertEquals(137, status.code());
      assertEquals("killed by SIGKILL", status.text());
      assertEquals(status, pidFd.reap(), "the status is kept");
    }
  }

  @Test
  void everyExitCodeArrives() throws IOException {
    for (int code : new int[] {0, 1, 2, 125, 126, 127, 128, 143, 255}) {
      ExitStatus status = Eventually.ended(start("/bin/sh", "-c", "exit " + code));
      assertEquals(new ExitStatus(false, code, false), status);
      assertEquals(code, status.code());
      assertEquals("exited with code " + code, status.text());
    }
  }

  @Test
  void aZombieTakesSignalsAndAReapedChildIsGone() throws IOException {
    Spawn.Child child = start("/bin/true");
    try (PidFd pidFd = child.pidFd();
        PidFd second = PidFd.open(child.pid())) {
      Eventually.holds(
          "the zombie",
          () -> new String(Proc.read("/proc/" + child.pid() + "/stat")).contains(") Z "));
      assertTrue(pidFd.signal(Signal.TERM));
      Eventually.get("the end", pidFd::reap);
      assertFalse(pidFd.signal(Signal.TERM));
      assertFalse(second.signal(Signal.TERM));
      ErrnoException gone = assertThrows(ErrnoException.class, second::reap);
      assertEquals(Errno.ECHILD, gone.errno());
      assertNull(second.stopped());
      ErrnoException none = assertThrows(ErrnoException.class, () -> PidFd.open(child.pid()));
      assertEquals(Errno.ESRCH, none.errno());
      assertEquals("pidfd_open", none.call());
    }
  }

  @Test
  void aStopIsToldOnce() throws IOException {
    // The kernel ignores TSTP in an orphaned process group, as that of a test in the background is.
    Spawn.Child child =
        Spawn.start(
            Requests.program("/bin/sleep").arguments("1000").ownProcessGroup().done(),
            Spawn.Mode.CLONE_VM);
    try (PidFd pidFd = child.pidFd()) {
      assertNull(pidFd.stopped());
      pidFd.signal(Signal.STOP);
      assertEquals(Signal.STOP, Eventually.get("the stop", pidFd::stopped));
      assertNull(pidFd.stopped());
      assertNull(pidFd.reap());
      pidFd.signal(Signal.CONT);
      pidFd.signal(Signal.TSTP);
      assertEquals(Signal.TSTP, Eventually.get("the second stop", pidFd::stopped));
      pidFd.signal(Signal.KILL);
      Eventually.get("the end", pidFd::reap);
      assertNull(pidFd.stopped());
    }
  }

  @Test
  void aStrangerIsNotReaped() throws IOException {
    try (PidFd parent = PidFd.open(Own.parentPid())) {
      ErrnoException refusal = assertThrows(ErrnoException.class, parent::reap);
      assertEquals(Errno.ECHILD, refusal.errno());
    }
  }

  @Test
  void aPollerSeesTheEnd() throws IOException {
    Spawn.Child child = start("/bin/sleep", "1000");
    try (PidFd pidFd = child.pidFd();
        Poller poller = Poller.open()) {
      poller.add(pidFd.fd(), 7, Poller.READABLE);
      assertEquals(0, poller.await(0, (token, events) -> {}));
      pidFd.signal(Signal.TERM);
      long[] told = {0};
      assertEquals(1, poller.await(30_000, (token, events) -> told[0] = token));
      assertEquals(7, told[0]);
      assertEquals(new ExitStatus(true, 15, false), pidFd.reap());
    }
  }

  @Test
  void aCoreDumpIsToldInWords() {
    assertEquals("killed by SIGABRT (core dumped)", new ExitStatus(true, 6, true).text());
    assertEquals("killed by signal 40", new ExitStatus(true, 40, false).text());
  }

  @Test
  void aDescriptorOfAChildIsFetchedByItsNumber() throws IOException {
    Pipe pipe = Pipe.open();
    Spawn.Child child;
    try (Fd write = pipe.write()) {
      child =
          Spawn.start(
              Requests.program("/bin/sleep").arguments("1000").descriptor(7, write).done(),
              Spawn.Mode.CLONE_VM);
    }
    try (Fd read = pipe.read();
        PidFd pidFd = child.pidFd()) {
      try (Fd fetched = pidFd.fetch(7)) {
        Bytes.write(fetched, "there");
      }
      assertEquals("there", new String(Bytes.read(read, 100), StandardCharsets.UTF_8));

      ErrnoException none = assertThrows(ErrnoException.class, () -> pidFd.fetch(99));
      assertEquals(Errno.EBADF, none.errno());

      pidFd.signal(Signal.KILL);
      Eventually.get("the end", pidFd::reap);
      ErrnoException gone = assertThrows(ErrnoException.class, () -> pidFd.fetch(7));
      assertEquals(Errno.ESRCH, gone.errno());
      assertEquals("pidfd_getfd", gone.call());
    }
  }
}
