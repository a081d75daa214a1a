package io.jhot.ffm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

@ExtendWith(LeavesNothingBehind.class)
class OsPathTest {
  @TempDir Path folder;

  /** What the shell makes of a format, for the JDK cannot name such files. */
  private void sh(String command) throws Exception {
    Process process = new ProcessBuilder("sh", "-c", command).directory(folder.toFile()).start();
    assertEquals(0, process.waitFor(), command);
    process.getInputStream().close();
    process.getErrorStream().close();
    process.getOutputStream().close();
  }

  @Test
  void folderWhoseNameIsNoCharactersIsLookedInto() throws Exception {
    sh("d=$(printf 'caf\\351'); mkdir \"$d\"; echo inside > \"$d/file\"; rm -f gone");
    String name = folder + "/caf\udce9";
    try (OsPath directory = OsPath.open(name);
        OsPath file = OsPath.open(name + "/file");
        OsPath none = OsPath.open(name + "/none/deeper")) {
      assertTrue(Files.isDirectory(directory.path()));
      assertTrue(Files.isExecutable(directory.path()));
      assertEquals("inside\n", Files.readString(file.path()));
      assertFalse(Files.exists(none.path()));
      Files.writeString(directory.path().resolve("new"), "made");
    }
    try (OsPath made = OsPath.open(name + "/new")) {
      assertEquals("made", Files.readString(made.path()));
    }
    sh("mv \"$(printf 'caf\\351')\" gone");
    ErrnoException e = assertThrows(ErrnoException.class, () -> OsPath.open(name + "/file"));
    assertEquals(Errno.ENOENT, e.errno());
    sh("rm -r gone");
  }

  @Test
  void fileWhoseOwnNameIsNoCharactersIsRead() throws Exception {
    sh("echo data > \"$(printf 'a\\377b')\"");
    try (OsPath file = OsPath.open(folder + "/a\udcffb")) {
      assertEquals("data\n", Files.readString(file.path()));
      assertTrue(Files.isRegularFile(file.path()));
    }
    sh("rm \"$(printf 'a\\377b')\"");
  }

  @Test
  void pathThatTheJdkKnowsIsTheJdksOwn() throws Exception {
    try (OsPath path = OsPath.open("/no/such/file")) {
      assertEquals(Path.of("/no/such/file"), path.path());
    }
    assertThrows(IOException.class, () -> OsPath.open("a\0b"));
  }
}
