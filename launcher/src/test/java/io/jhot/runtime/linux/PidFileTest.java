package io.jhot.runtime.linux;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.jhot.config.ExecOptions.LogStyle;
import io.jhot.ffm.Own;
import io.jhot.runtime.Journal;
import io.jhot.supervisor.Effect.Level;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PidFileTest {
  @TempDir Path folder;

  private final ByteArrayOutputStream log = new ByteArrayOutputStream();

  private final Journal journal = new Journal(log, LogStyle.TEXT, Level.INFO, () -> false);

  private PidFile open(Path file) {
    return new PidFile(file.toString(), journal);
  }

  private String said() {
    journal.finish();
    return log.toString(StandardCharsets.UTF_8);
  }

  private List<Path> files() throws Exception {
    try (var files = Files.list(folder)) {
      return files.sorted().toList();
    }
  }

  @Test
  void itHoldsThePidIsReadableAndGoesWithItsWriter() throws Exception {
    Path file = folder.resolve("app.pid");
    Files.writeString(file, "4711\n"); // of one that was killed
    try (PidFile pidFile = open(file)) {
      pidFile.write();
      assertEquals(Own.pid() + "\n", Files.readString(file));
      assertEquals("rw-r--r--", PosixFilePermissions.toString(Files.getPosixFilePermissions(file)));
      assertEquals(List.of(file), files());
    }
    assertEquals(List.of(), files());
    assertEquals("", said());
  }

  @Test
  void linkUnderTheNameOfBeforeIsNotFollowed() throws Exception {
    Path victim = Files.writeString(folder.resolve("victim"), "precious");
    Path file = folder.resolve("app.pid");
    Path foreseen = Files.createSymbolicLink(folder.resolve("app.pid.tmp-" + Own.pid()), victim);
    try (PidFile pidFile = open(file)) {
      pidFile.write();
      assertEquals("precious", Files.readString(victim));
      assertTrue(Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS));
    }
    assertEquals(List.of(foreseen, victim), files());
  }

  @Test
  void whatIsNoPidFileIsNeitherReplacedNorRemoved() throws Exception {
    Path victim = Files.writeString(folder.resolve("victim"), "127.0.0.1 localhost\n");
    Path link = Files.createSymbolicLink(folder.resolve("link"), victim);
    Path number = Files.writeString(folder.resolve("number"), "1");
    Path numberLink = Files.createSymbolicLink(folder.resolve("number-link"), number);
    List<Path> before = files();
    for (Path file : List.of(victim, link, numberLink, folder)) {
      try (PidFile pidFile = open(file)) {
        pidFile.write();
        pidFile.write(); // for the next generation
      }
      assertEquals(before, files());
      assertEquals(victim, Files.readSymbolicLink(link));
      assertEquals(number, Files.readSymbolicLink(numberLink));
      assertEquals("127.0.0.1 localhost\n", Files.readString(victim));
      String said = said();
      assertTrue(said.contains("no pid file"), said);
      assertEquals(1, said.lines().count(), said);
      log.reset();
    }
  }

  @Test
  void fileThatAnotherHasWrittenSinceIsLeftToHim() throws Exception {
    Path file = folder.resolve("app.pid");
    for (String other : List.of("4711\n", "", Own.pid() + "\n")) {
      try (PidFile pidFile = open(file)) {
        pidFile.write();
        Path fresh = Files.writeString(folder.resolve("fresh"), other);
        Files.delete(file);
        Files.move(fresh, file);
      }
      assertEquals(other, Files.readString(file));
    }
    Files.delete(file);
    Path own = Files.writeString(folder.resolve("own"), Own.pid() + "\n");
    try (PidFile pidFile = open(file)) {
      pidFile.write();
      Files.delete(file);
      Files.createSymbolicLink(file, own);
    }
    assertTrue(Files.exists(own));
    assertEquals("", said());
  }
}
