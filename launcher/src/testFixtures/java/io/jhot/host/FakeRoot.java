package io.jhot.host;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Files as the kernel shows them, below a folder of the test's own. */
record FakeRoot(Path path) {
  static final long MIB = 1024 * 1024;

  FakeRoot file(String name, String text) {
    try {
      Path file = path.resolve(name);
      Files.createDirectories(file.getParent());
      Files.writeString(file, text);
      return this;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** A process in that cgroup of version 2, whose tree is mounted from {@code mounted} on. */
  FakeRoot second(String cgroup, String mounted) {
    return file("proc/self/cgroup", "0::" + cgroup + "\n")
        .file(
            "proc/self/mountinfo",
            "22 1 0:5 / /proc rw - proc proc rw\n"
                + "31 23 0:28 "
                + mounted
                + " /sys/fs/cgroup rw,nosuid shared:9 - cgroup2 cgroup2 rw\n");
  }

  /** The same of version 1, with another hierarchy beside it. */
  FakeRoot first(String cgroup, String mounted) {
    return file("proc/self/cgroup", "5:pids:/\n4:memory:" + cgroup + "\n0::/\n")
        .file(
            "proc/self/mountinfo",
            "34 31 0:31 / /sys/fs/cgroup/pids rw,relatime - cgroup cgroup rw,pids\n"
                + "35 31 0:32 "
                + mounted
                + " /sys/fs/cgroup/memory rw,relatime - cgroup cgroup rw,memory\n"
                + "41 31 0:38 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw\n");
  }

  FakeRoot secondLevel(String folder, String max, long current, long cache) {
    String at = "sys/fs/cgroup" + folder + "/";
    return file(at + "memory.max", max + "\n")
        .file(at + "memory.current", current + "\n")
        .file(
            at + "memory.stat",
            "anon 4096\nfile "
                + cache
                + "\nshmem 0\ninactive_file "
                + cache / 2
                + "\nactive_file "
                + (cache - cache / 2)
                + "\nslab_reclaimable 0\n");
  }

  FakeRoot firstLevel(String folder, long limit, long usage, long cache) {
    String at = "sys/fs/cgroup/memory" + folder + "/";
    return file(at + "memory.limit_in_bytes", limit + "\n")
        .file(at + "memory.usage_in_bytes", usage + "\n")
        .file(
            at + "memory.stat",
            "inactive_file 0\ntotal_inactive_file " + cache + "\ntotal_active_file 0\n");
  }
}
