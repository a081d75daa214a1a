package io.jhot.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.jhot.ffm.Errno;
import io.jhot.ffm.ErrnoException;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;

class FileFailureTest {
  @TempDir Path folder;

  private static String words(Executable action) {
    return FileFailure.words(assertThrows(IOException.class, action));
  }

  @Test
  void whatTheJdkSaysByAClassIsSaidInWords() throws IOException {
    Path file = Files.createFile(folder.resolve("file"));
    Path missing = folder.resolve("missing");
    assertEquals(missing + ": no such file or directory", words(() -> Files.readString(missing)));
    assertEquals(file + ": it exists already", words(() -> Files.createFile(file)));
    assertEquals(file + ": not a directory", words(() -> Files.newDirectoryStream(file)));
    assertEquals(file + "/x: not a directory", words(() -> Files.createFile(Path.of(file + "/x"))));
    assertEquals("/x: permission denied", FileFailure.words(new AccessDeniedException("/x")));
  }

  @Test
  void whatHasWordsKeepsThem() {
    assertEquals(
        "bind /x: bind: EACCES (Permission denied): ports below 1024 need CAP_NET_BIND_SERVICE, a"
            + " path a folder that we may write to",
        FileFailure.words(new ErrnoException("bind /x", "bind", Errno.EACCES)));
    assertEquals("an I/O error", FileFailure.words(new IOException()));
  }
}
