package io.jhot.runtime.child;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * Where a process belongs: its parent, process group, session and terminal ({@code /proc/PID/stat}
 * of man 5 proc).
 *
 * @param pid its own number
 * @param parent its parent's pid
 * @param group its process group
 * @param session its session, which is the pid of that session's leader
 * @param terminal the device number of its controlling terminal; 0: it has none (any more)
 * @param startedAt when it was made, in ticks since the boot: with the pid, what tells it from
 *     another process
 * @param ended whether it only waits to be reaped
 */
public record ProcessSeat(
    int pid, int parent, int group, int session, int terminal, long startedAt, boolean ended) {

  /**
   * Looks at a process.
   *
   * @return null if it is gone or unreadable
   */
  public static @Nullable ProcessSeat of(int pid) {
    String stat;
    try {
      stat = Files.readString(Path.of("/proc/" + pid + "/stat"), StandardCharsets.ISO_8859_1);
    } catch (IOException e) {
      return null;
    }
    // the second field is the command in parentheses and may hold anything
    String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
    return new ProcessSeat(
        pid,
        Integer.parseInt(fields[1]),
        Integer.parseInt(fields[2]),
        Integer.parseInt(fields[3]),
        Integer.parseInt(fields[4]),
        Long.parseLong(fields[19]),
        fields[0].equals("Z") || fields[0].equals("X"));
  }
}
