package io.jhot.runtime.child;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.jhot.ffm.Own;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What {@code /proc} says of a process (man 5 proc). Nothing is known of a process that is gone.
 */
public final class ProcessFacts {
  private static final int CAP_SYS_PTRACE = 19;

  private ProcessFacts() {}

  /**
   * The memory that a process does not share with its successor, in KiB; -1 if it is gone or
   * unreadable: anonymous and shared memory, and what of it was swapped out. Mapped files are page
   * cache, and the next generation maps the same ones.
   */
  public static long ownKilobytes(int pid) {
    long sum = 0;
    try {
      for (String line : Files.readAllLines(Path.of("/proc/" + pid + "/status"))) {
        if (line.startsWith("RssAnon:")
            || line.startsWith("RssShmem:")
            || line.startsWith("VmSwap:")) {
          sum += kilobytes(line);
        }
      }
    } catch (IOException e) {
      return -1;
    }
    return sum;
  }

  /** Resident memory in KiB ({@code VmRSS}), or -1 if the process is gone or unreadable. */
  public static long residentKilobytes(int pid) {
    try {
      for (String line : Files.readAllLines(Path.of("/proc/" + pid + "/status"))) {
        if (line.startsWith("VmRSS:")) {
          return kilobytes(line);
        }
      }
    } catch (IOException e) {
      return -1;
    }
    return -1;
  }

  /** The figure of a line such as {@code VmRSS: 1234 kB}. */
  private static long kilobytes(String line) {
    String digits = line.substring(line.indexOf(':') + 1).trim();
    return Long.parseLong(digits.substring(0, digits.indexOf(' ')));
  }

  /** The name of a process's program, cut to 15 bytes; empty if it is gone. A zombie has one. */
  public static String name(int pid) {
    try {
      return Files.readString(Path.of("/proc/" + pid + "/comm")).strip();
    } catch (IOException e) {
      return "";
    }
  }

  /** The process group, or -1 if the process is gone. */
  public static int processGroup(int pid) {
    ProcessSeat seat = ProcessSeat.of(pid);
    return seat == null ? -1 : seat.group();
  }

  /** The effective user of a process, or -1 if it is gone. */
  public static int effectiveUser(int pid) {
    try {
      for (String line : Files.readAllLines(Path.of("/proc/" + pid + "/status"), ISO_8859_1)) {
        if (line.startsWith("Uid:")) {
          return Integer.parseUnsignedInt(line.split("\t")[2]); // real, effective, ...
        }
      }
    } catch (IOException e) {
      return -1;
    }
    return -1;
  }

  /** The children of all of a process's threads; none if it is gone. */
  public static List<Integer> children(int pid) {
    List<Integer> children = new ArrayList<>();
    try (DirectoryStream<Path> threads =
        Files.newDirectoryStream(Path.of("/proc/" + pid + "/task"))) {
      for (Path thread : threads) {
        for (String child : Files.readString(thread.resolve("children")).split(" ")) {
          if (!child.isEmpty()) {
            children.add(Integer.parseInt(child));
          }
        }
      }
    } catch (IOException | java.nio.file.DirectoryIteratorException e) {
      return children; // a thread, or all of it, ended meanwhile
    }
    return children;
  }

  /** Whether this process has CAP_SYS_PTRACE (man 7 capabilities), so that it sees any other's. */
  public static boolean mayLookIntoOthers() {
    try {
      return (Own.effectiveCapabilities() >> CAP_SYS_PTRACE & 1) != 0;
    } catch (IOException e) {
      return false; // no /proc: then nobody's sockets are seen
    }
  }

  /** The descriptor number of a socket in a process; -1 if it has none, or /proc is unreadable. */
  public static int descriptorOf(int pid, long inode) {
    String wanted = "socket:[" + inode + "]";
    try (DirectoryStream<Path> descriptors =
        Files.newDirectoryStream(Path.of("/proc/" + pid + "/fd"))) {
      for (Path descriptor : descriptors) {
        try {
          if (Files.readSymbolicLink(descriptor).toString().equals(wanted)) {
            return Integer.parseInt(descriptor.getFileName().toString());
          }
        } catch (IOException e) {
          continue; // closed since the folder was read
        }
      }
    } catch (IOException | java.nio.file.DirectoryIteratorException e) {
      return -1;
    }
    return -1;
  }

  /** The inodes of the sockets that a process has open; null if /proc is unreadable. */
  public static @Nullable Set<Long> socketInodes(int pid) {
    Set<Long> inodes = new HashSet<>();
    try (DirectoryStream<Path> descriptors =
        Files.newDirectoryStream(Path.of("/proc/" + pid + "/fd"))) {
      for (Path descriptor : descriptors) {
        String target;
        try {
          target = Files.readSymbolicLink(descriptor).toString();
        } catch (AccessDeniedException e) {
          return null; // root without CAP_SYS_PTRACE sees the numbers, and not what they are
        } catch (IOException e) {
          continue; // closed since the folder was read
        }
        if (target.startsWith("socket:[")) {
          inodes.add(Long.parseLong(target, "socket:[".length(), target.length() - 1, 10));
        }
      }
    } catch (IOException | java.nio.file.DirectoryIteratorException e) {
      return null;
    }
    return inodes;
  }
}
