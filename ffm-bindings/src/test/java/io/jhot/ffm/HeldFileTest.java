package io.jhot.ffm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

@ExtendWith(LeavesNothingBehind.class)
class HeldFileTest {
  @TempDir Path folder;

  @Test
  void exclusiveHolderKeepsAllOthersOutUntilItLetsGo() throws Exception {
    String file = Files.createFile(folder.resolve("f")).toString();
    try (Fd held = HeldFile.open(file, true)) {
      assertNotNull(held);
      assertNull(HeldFile.open(file, true));
      assertNull(HeldFile.open(file, false));
      Files.delete(Path.of(file));
      Files.createFile(Path.of(file));
      HeldFile.open(file, true).close(); // another file by now
    }
    HeldFile.open(file, true).close();
  }

  @Test
  void sharedHoldersOfAFolderKeepOutWhoWantsItAlone() throws Exception {
    try (Fd one = HeldFile.open(folder.toString(), false);
        Fd two = HeldFile.open(folder.toString(), false)) {
      assertNotNull(one);
      assertNotNull(two);
      assertNull(HeldFile.open(folder.toString(), true));
    }
  }

  @Test
  void whatIsNotThereIsNamed() {
    ErrnoException e =
        assertThrows(ErrnoException.class, () -> HeldFile.open(folder + "/none", true));
    assertEquals(Errno.ENOENT, e.errno());
    assertTrue(e.getMessage().contains(folder + "/none"), e::getMessage);
  }
}
