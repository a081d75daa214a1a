package io.jhot.ffm;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.lang.reflect.Field;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(LeavesNothingBehind.class)
class SyscallProbeTest {
  /** Functions of libc whose system call has another name, or more than one. */
  private static final Map<String, List<String>> CALLS =
      Map.of(
          "clone", List.of("clone (CLONE_VM | CLONE_PIDFD)"),
          "fork", List.of("clone (as fork)"),
          "isatty", List.of("ioctl"),
          "prctl", List.of("prctl (PR_SET_PDEATHSIG)", "prctl (PR_SET_CHILD_SUBREAPER)"),
          "raise", List.of("tgkill"),
          "signalfd", List.of("signalfd4"),
          "socket", List.of("socket (unix)", "socket (inet)", "socket (inet6)", "socket (netlink)"),
          "syscall",
              List.of("close_range", "flock", "pidfd_getfd", "pidfd_open", "pidfd_send_signal"),
          "tcgetpgrp", List.of("ioctl"),
          "tcsetpgrp", List.of("ioctl"));

  /** No system call, or none that can fail, or one without which no JVM would have come up. */
  private static final Set<String> NOT_PROBED =
      Set.of(
          "__errno_location",
          "_exit",
          "close",
          "getcontext",
          "getpgrp",
          "getpid",
          "getppid",
          "getuid",
          "lfind",
          "makecontext",
          "memcpy",
          "memset",
          "mmap",
          "munmap",
          "open",
          "pthread_sigmask",
          "read",
          "setcontext",
          "sigaction",
          "swapcontext",
          "write");

  @Test
  void everyCallOfOursIsProbed() throws IllegalAccessException {
    Set<String> expected = new TreeSet<>();
    for (Field field : Libc.class.getDeclaredFields()) {
      if (field.getType() == Libc.Function.class) {
        String function = ((Libc.Function) field.get(null)).name;
        if (!NOT_PROBED.contains(function)) {
          expected.addAll(CALLS.getOrDefault(function, List.of(function)));
        }
      }
    }
    Set<String> probed = new TreeSet<>();
    for (SyscallProbe.Answer answer : SyscallProbe.run()) {
      probed.add(answer.call());
    }
    assertEquals(expected, probed);
  }

  @Test
  void onAKernelThatServesTheOtherTestsEveryCallWorks() {
    for (SyscallProbe.Answer answer : SyscallProbe.run()) {
      assertEquals(0, answer.errno(), answer.call());
    }
  }
}
