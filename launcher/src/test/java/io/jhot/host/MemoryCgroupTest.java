package io.jhot.host;

import static io.jhot.host.FakeRoot.MIB;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MemoryCgroupTest {
  /** What version 1 says where nobody has set a limit. */
  private static final long HUGE = 0x7ffffffffffff000L;

  @TempDir Path folder;
  private FakeRoot root;

  @BeforeEach
  void anEmptyRoot() {
    root = new FakeRoot(folder);
  }

  private MemoryCgroup read() {
    return MemoryCgroup.read(folder);
  }

  private String tightest() {
    return folder.relativize(read().tightest().file()).toString();
  }

  @Test
  void withoutProcThereIsNoLimit() {
    assertEquals(0, read().version());
    assertNull(read().tightest());
    assertEquals(-1, read().limit());
  }

  @Test
  void maxIsNoLimit() {
    root.second("/", "/").secondLevel("", "max", 500 * MIB, 0);
    assertEquals(2, read().version());
    assertNull(read().tightest());
  }

  @Test
  void aContainersOwnCgroupOfVersion2IsTheMountsTop() {
    root.second("/", "/").secondLevel("", "" + 512 * MIB, 300 * MIB, 100 * MIB);
    assertEquals(512 * MIB, read().limit());
    assertEquals(200 * MIB, read().tightest().used(), "the page cache does not count");
    assertEquals(312 * MIB, read().tightest().room());
  }

  @Test
  void theNestedCgroupWithTheLeastRoomCounts() {
    root.second("/a/b", "/")
        .secondLevel("/a/b", "" + 512 * MIB, 100 * MIB, 0)
        .secondLevel("/a", "" + 1024 * MIB, 900 * MIB, 0)
        .secondLevel("", "max", 2000 * MIB, 0);
    assertEquals("sys/fs/cgroup/a/memory.max", tightest());
    assertEquals(124 * MIB, read().tightest().room());
    assertEquals(512 * MIB, read().limit());
    assertEquals(2, read().levels().size());
  }

  @Test
  void aPathOfAnotherNamespaceMeansTheMountsTop() {
    root.second("/../../system.slice/x", "/").secondLevel("", "" + 64 * MIB, MIB, 0);
    assertEquals(64 * MIB, read().limit());
  }

  @Test
  void hugeNumbersOfVersion1AreNoLimit() {
    root.first("/", "/").firstLevel("", HUGE, 100 * MIB, 0);
    assertEquals(1, read().version());
    assertNull(read().tightest());
  }

  @Test
  void aContainersCgroupOfVersion1IsMountedFromItsOwnPathOn() {
    root.first("/docker/abc", "/docker/abc").firstLevel("", 256 * MIB, 200 * MIB, 50 * MIB);
    assertEquals(256 * MIB, read().limit());
    assertEquals(150 * MIB, read().tightest().used());
  }

  @Test
  void aNestedCgroupOfVersion1HasTheLimitsAboveIt() {
    root.first("/a/b", "/")
        .firstLevel("/a/b", HUGE, 100 * MIB, 0)
        .firstLevel("/a", 300 * MIB, 250 * MIB, 0)
        .firstLevel("", HUGE, 9000 * MIB, 0);
    assertEquals("sys/fs/cgroup/memory/a/memory.limit_in_bytes", tightest());
    assertEquals(50 * MIB, read().tightest().room());
  }

  @Test
  void aLimitAboveWhatIsMountedIsSeenInTheStatistics() {
    root.first("/pod/c", "/pod/c").firstLevel("", HUGE, 100 * MIB, 0);
    root.file(
        "sys/fs/cgroup/memory/memory.stat",
        "hierarchical_memory_limit " + 200 * MIB + "\ntotal_inactive_file 0\n");
    assertEquals(200 * MIB, read().limit());
    assertEquals(100 * MIB, read().tightest().room());
  }

  @Test
  void memoryAndSwapTogetherAreALimitOfTheirOwnInVersion1() {
    root.first("/", "/")
        .firstLevel("", 400 * MIB, 100 * MIB, 0)
        .file("sys/fs/cgroup/memory/memory.memsw.limit_in_bytes", 500 * MIB + "\n")
        .file("sys/fs/cgroup/memory/memory.memsw.usage_in_bytes", 450 * MIB + "\n");
    assertTrue(tightest().endsWith("memory.memsw.limit_in_bytes"), tightest());
    assertEquals(50 * MIB, read().tightest().room());
  }

  @Test
  void moreUseThanTheLimitLeavesLessThanNoRoom() {
    root.second("/", "/").secondLevel("", "" + 100 * MIB, 150 * MIB, 0);
    assertEquals(-50 * MIB, read().tightest().room());
  }

  @Test
  void aMountPointWithABlankIsRead() {
    root.file("proc/self/cgroup", "0::/\n")
        .file("proc/self/mountinfo", "31 23 0:28 / /c\\040g rw - cgroup2 cgroup2 rw\n")
        .file("c g/memory.max", "1048576\n");
    assertEquals(MIB, read().limit());
  }

  @Test
  void garbageIsNoLimit() {
    root.file("proc/self/cgroup", "what\n:\n0::/\n")
        .file("proc/self/mountinfo", "\nx - cgroup2\n31 23 0:28 / /c rw - cgroup2 cgroup2 rw\n")
        .file("c/memory.max", "lots\n");
    assertNull(read().tightest());
  }

  @Test
  void thisProcessHasACgroupOrNone() {
    MemoryCgroup own = MemoryCgroup.current();
    assertTrue(own.version() >= 0 && own.version() <= 2);
    for (MemoryCgroup.Level level : own.levels()) {
      assertTrue(level.limit() >= 0 && level.used() >= 0, level.toString());
    }
  }

  @Test
  void aShortageNamesTheFigures() {
    root.second("/", "/").secondLevel("", "" + 1024 * MIB, 800 * MIB, 100 * MIB);
    assertEquals("", read().shortage(3, 288 * 1024), "with its eighth it fits to the byte");
    String shortage = read().shortage(3, 296 * 1024);
    assertEquals(
        "generation 3 has 296 MiB of its own, another one would need 333 MiB of the 324 MiB"
            + " that "
            + folder.resolve("sys/fs/cgroup/memory.max")
            + " (1 GiB) leaves",
        shortage);
    assertEquals("", read().shortage(3, -1), "what is not known is not short");
  }

  @Test
  void withoutALimitNothingIsShort() {
    root.second("/", "/").secondLevel("", "max", 800 * MIB, 0);
    assertEquals("", read().shortage(1, 1L << 40));
  }
}
