package io.jhot.tests;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** What {@code /proc} says of processes (man 5 proc). Of one that is gone it says nothing. */
final class Proc {
  private Proc() {}

  /** Sends a signal, by its name without SIG; fails when there is no such process. */
  static void signal(long pid, String name) {
    try {
      Process kill =
          new ProcessBuilder("/bin/sh", "-c", "kill -s " + name + " " + pid).inheritIO().start();
      if (kill.waitFor() != 0) {
        throw new AssertionError("cannot send " + name + " to " + pid);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError("interrupted while sending a signal", e);
    }
  }

  /** The state's letter, such as S, T or Z; {@code -} when the process is gone. */
  static char state(long pid) {
    String stat = read(pid, "stat");
    return stat.isEmpty() ? '-' : stat.charAt(stat.lastIndexOf(')') + 2);
  }

  static boolean isGone(long pid) {
    return state(pid) == '-';
  }

  /** The parent's pid, or -1. */
  static long parent(long pid) {
    String stat = read(pid, "stat");
    return stat.isEmpty()
        ? -1
        : Long.parseLong(stat.substring(stat.lastIndexOf(')') + 2).split(" ")[1]);
  }

  static String commandLine(long pid) {
    return read(pid, "cmdline").replace('\0', ' ').trim();
  }

  /** One line of {@code /proc/PID/status}, such as SigBlk. */
  static String status(long pid, String name) {
    return read(pid, "status")
        .lines()
        .filter(line -> line.startsWith(name + ":"))
        .map(line -> line.substring(name.length() + 1).trim())
        .findFirst()
        .orElse("");
  }

  /** Processor time that its threads have used, in nanoseconds. */
  static long processorNanos(long pid) {
    long sum = 0;
    String[] tasks = Path.of("/proc/" + pid + "/task").toFile().list();
    for (String task : tasks == null ? new String[0] : tasks) {
      try {
        String text = Files.readString(Path.of("/proc/" + pid + "/task/" + task + "/schedstat"));
        sum += Long.parseLong(text.substring(0, text.indexOf(' ')));
      } catch (IOException e) {
        continue; // a thread that has ended since
      }
    }
    return sum;
  }

  /** The children, zombies too. */
  static List<Long> children(long pid) {
    return all().stream().filter(child -> parent(child) == pid).toList();
  }

  /** Where each descriptor leads. */
  static List<String> descriptors(long pid) {
    List<String> targets = new ArrayList<>();
    Path folder = Path.of("/proc", Long.toString(pid), "fd");
    try (DirectoryStream<Path> fds = Files.newDirectoryStream(folder)) {
      for (Path fd : fds) {
        try {
          targets.add(Files.readSymbolicLink(fd).toString());
        } catch (FileSystemException e) {
          continue; // closed meanwhile, as the one that reads this directory will be
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return targets;
  }

  /** Where one descriptor leads, or nothing. */
  static String descriptor(long pid, int number) {
    try {
      return Files.readSymbolicLink(Path.of("/proc/" + pid + "/fd/" + number)).toString();
    } catch (IOException e) {
      return ""; // not open, or the process is gone
    }
  }

  /**
   * Whether O_NONBLOCK is set of the socket that listens on that port of IPv4 or of both families.
   *
   * @throws AssertionError if the process has no such socket
   */
  static boolean isNonBlockingListener(long pid, int port) {
    String target = "socket:[" + listenerInode(pid, port) + "]";
    for (String fd : Path.of("/proc/" + pid + "/fd").toFile().list()) {
      if (descriptor(pid, Integer.parseInt(fd)).equals(target)) {
        String info = read(pid, "fdinfo/" + fd); // pos: 0, flags: 02004002
        String flags = info.substring(info.indexOf("flags:") + 6).strip().split("\\s")[0];
        return (Integer.parseInt(flags, 8) & 04000) != 0;
      }
    }
    throw new AssertionError(pid + " has no socket that listens on port " + port);
  }

  private static String listenerInode(long pid, int port) {
    String address = String.format(":%04X", port);
    return (read(pid, "net/tcp") + read(pid, "net/tcp6"))
        .lines()
        .map(line -> line.strip().split("\\s+"))
        .filter(fields -> fields[1].endsWith(address) && fields[3].equals("0A"))
        .map(fields -> fields[9])
        .findFirst()
        .orElse("none");
  }

  /** Where the TCP sockets listen of which a process has a descriptor, as the kernel writes it. */
  static List<String> listeners(long pid) {
    List<String> descriptors = descriptors(pid);
    return (read(pid, "net/tcp") + read(pid, "net/tcp6"))
        .lines()
        .map(line -> line.strip().split("\\s+"))
        .filter(fields -> fields[3].equals("0A"))
        .filter(fields -> descriptors.contains("socket:[" + fields[9] + "]"))
        .map(fields -> fields[1])
        .toList();
  }

  /** All processes that have this entry in their environment; zombies have none. */
  static List<Long> withVariable(String entry) {
    return all().stream()
        .filter(pid -> List.of(read(pid, "environ").split("\0")).contains(entry))
        .toList();
  }

  private static List<Long> all() {
    List<Long> pids = new ArrayList<>();
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(Path.of("/proc"), "[1-9]*")) {
      entries.forEach(entry -> pids.add(Long.parseLong(entry.getFileName().toString())));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return pids;
  }

  private static String read(long pid, String file) {
    try {
      return new String(
          Files.readAllBytes(Path.of("/proc", Long.toString(pid), file)),
          StandardCharsets.ISO_8859_1);
    } catch (IOException e) {
      return ""; // gone, or on its way
    }
  }
}
