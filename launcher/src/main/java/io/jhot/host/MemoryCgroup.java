package io.jhot.host;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The memory cgroup of this process and those above it, of either version (man 7 cgroups; the
 * kernel's cgroup-v1/memory and cgroup-v2). Groups above the mounted part of the tree, as outside
 * of a container, are invisible.
 *
 * @param version 1 or 2; 0 if no memory cgroup is visible
 * @param levels those that have a limit, the innermost first
 */
public record MemoryCgroup(int version, List<Level> levels) {
  /** A limit beyond any machine means none; version 1 has no other way to say it. */
  private static final long NO_LIMIT = 1L << 60;

  /** Both grow a little: the second is taken to need an eighth more than the first has. */
  private static final int MARGIN = 8;

  private static final int ROOT_FIELD = 3;
  private static final int MOUNT_POINT_FIELD = 4;

  /**
   * One limit.
   *
   * @param file the file that it was read from
   * @param limit in bytes
   * @param used what is charged to it, in bytes, without the page cache, which the kernel frees
   *     before it kills
   */
  public record Level(Path file, long limit, long used) {
    /** What is left, in bytes; negative if more is in use. */
    public long room() {
      return limit - used;
    }
  }

  /** The level with the least room; null if there is no limit. */
  public @Nullable Level tightest() {
    Level tightest = null;
    for (Level level : levels) {
      if (tightest == null || level.room() < tightest.room()) {
        tightest = level;
      }
    }
    return tightest;
  }

  /**
   * Why there is not enough memory for one more generation; empty if there is.
   *
   * @param generation the number of the one that serves
   * @param ownKilobytes memory that it shares with no other process, in KiB; less than 1 if unknown
   * @return a clause with the figures; empty if there is room, or if nothing is known
   */
  public String shortage(int generation, long ownKilobytes) {
    Level tightest = tightest();
    long own = ownKilobytes * 1024;
    long needed = own + own / MARGIN;
    if (tightest == null || own <= 0 || needed <= tightest.room()) {
      return "";
    }
    return "generation "
        + generation
        + " has "
        + Bytes.text(own)
        + " of its own, another one would need "
        + Bytes.text(needed)
        + " of the "
        + Bytes.text(Math.max(0, tightest.room()))
        + " that "
        + tightest.file()
        + " ("
        + Bytes.text(tightest.limit())
        + ") leaves";
  }

  /** The smallest limit in bytes; -1 if there is none. */
  public long limit() {
    long least = -1;
    for (Level level : levels) {
      least = least < 0 ? level.limit() : Math.min(least, level.limit());
    }
    return least;
  }

  /** Those of this process, now. */
  public static MemoryCgroup current() {
    return read(Path.of("/"));
  }

  /**
   * Those of the process whose files are below a directory.
   *
   * @param root the folder in which {@code proc} and the mounted hierarchies are looked for
   */
  static MemoryCgroup read(Path root) {
    String path = null;
    int version = 0;
    for (String line : lines(root.resolve("proc/self/cgroup"))) {
      // "4:memory:/a/b" is of version 1, "0::/a/b" of version 2
      String[] fields = line.split(":", 3);
      if (fields.length == 3 && List.of(fields[1].split(",")).contains("memory")) {
        path = fields[2];
        version = 1;
        break;
      }
      if (line.startsWith("0::")) {
        path = fields[2];
        version = 2;
      }
    }
    if (path == null) {
      return new MemoryCgroup(0, List.of());
    }
    for (String line : lines(root.resolve("proc/self/mountinfo"))) {
      String[] sides = line.split(" - ", 2);
      String[] fields = sides[0].split(" ");
      if (sides.length < 2 || fields.length <= MOUNT_POINT_FIELD || !holds(sides[1], version)) {
        continue;
      }
      Path top = root.resolve(unescaped(fields[MOUNT_POINT_FIELD]).substring(1));
      Path own = top.resolve(below(unescaped(fields[ROOT_FIELD]), path)).normalize();
      if (!own.startsWith(top) || !Files.isDirectory(own)) {
        own = top; // its path is relative to another namespace
      }
      return new MemoryCgroup(version, version == 1 ? first(top, own) : second(top, own));
    }
    return new MemoryCgroup(0, List.of());
  }

  private static boolean holds(String mount, int version) {
    String[] fields = mount.split(" ");
    if (version == 2) {
      return fields[0].equals("cgroup2");
    }
    return fields[0].equals("cgroup")
        && fields.length > 2
        && List.of(fields[2].split(",")).contains("memory");
  }

  /** The part of a cgroup's path below the mount. */
  private static String below(String mounted, String path) {
    if (mounted.equals("/")) {
      return path.substring(1);
    }
    return path.startsWith(mounted + "/") ? path.substring(mounted.length() + 1) : "";
  }

  private static List<Level> second(Path top, Path own) {
    List<Level> levels = new ArrayList<>();
    for (Path at = own; at != null && at.startsWith(top); at = at.getParent()) {
      long limit = number(at.resolve("memory.max"));
      if (limit >= 0 && limit < NO_LIMIT) {
        List<String> stat = lines(at.resolve("memory.stat"));
        long cache =
            stat(stat, "active_file")
                + stat(stat, "inactive_file")
                + stat(stat, "slab_reclaimable");
        long used = Math.max(0, number(at.resolve("memory.current")) - cache);
        levels.add(new Level(at.resolve("memory.max"), limit, used));
      }
    }
    return List.copyOf(levels);
  }

  private static List<Level> first(Path top, Path own) {
    List<Level> levels = new ArrayList<>();
    for (Path at = own; at != null && at.startsWith(top); at = at.getParent()) {
      List<String> stat = lines(at.resolve("memory.stat"));
      long cache = stat(stat, "total_active_file") + stat(stat, "total_inactive_file");
      for (String kind : new String[] {"memory", "memory.memsw"}) {
        // memsw limits memory and swap together: with swap full it is reached first
        Path file = at.resolve(kind + ".limit_in_bytes");
        long limit = number(file);
        long used = Math.max(0, number(at.resolve(kind + ".usage_in_bytes")) - cache);
        if (limit >= 0 && limit < NO_LIMIT) {
          levels.add(new Level(file, limit, used));
        }
        if (at.equals(top) && kind.equals("memory")) {
          // the smallest limit above, which may be that of a group that is not mounted here
          long above = stat(stat, "hierarchical_memory_limit");
          if (above > 0 && above < NO_LIMIT && (limit < 0 || above < limit)) {
            levels.add(new Level(at.resolve("memory.stat"), above, used));
          }
        }
      }
    }
    return List.copyOf(levels);
  }

  /** The value of a line "name value"; 0 if there is none. */
  private static long stat(List<String> lines, String name) {
    for (String line : lines) {
      if (line.startsWith(name + " ")) {
        return parsed(line.substring(name.length() + 1), 0);
      }
    }
    return 0;
  }

  /** The number in a file; -1 for "max", or if there is no such file. */
  private static long number(Path file) {
    List<String> lines = lines(file);
    return lines.isEmpty() ? -1 : parsed(lines.getFirst(), -1);
  }

  private static long parsed(String digits, long otherwise) {
    try {
      return Long.parseLong(digits.trim());
    } catch (NumberFormatException e) {
      return otherwise; // "max", or too large for a limit
    }
  }

  private static List<String> lines(Path file) {
    try {
      return Files.readAllLines(file);
    } catch (IOException e) {
      return List.of(); // missing or unreadable: counts as empty
    }
  }

  /** In mountinfo a blank is {@code \040} (man 5 proc). */
  private static String unescaped(String text) {
    StringBuilder out = new StringBuilder();
    for (int i = 0; i < text.length(); i++) {
      if (text.charAt(i) == '\\' && i + 3 < text.length()) {
        out.append((char) Integer.parseInt(text.substring(i + 1, i + 4), 8));
        i += 3;
      } else {
        out.append(text.charAt(i));
      }
    }
    return out.toString();
  }
}
