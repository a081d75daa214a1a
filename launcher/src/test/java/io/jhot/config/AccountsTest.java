package io.jhot.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AccountsTest {
  @TempDir Path folder;

  @Test
  void aUserIsKnownByNameOrByNumber() throws Exception {
    Path passwd = folder.resolve("passwd");
    Files.write(
        passwd,
        "root:x:0:0:root:/root:/bin/sh\ncaf\u00e9:x:7:7\nbroken\napp:x:4294967294:1::/:\n"
            .getBytes(StandardCharsets.ISO_8859_1));

    assertEquals(0, Accounts.uid(passwd, "root"));
    assertEquals(-2, Accounts.uid(passwd, "app"));
    assertEquals(1000, Accounts.uid(passwd, "1000"));
    for (String bad : new String[] {"", "nobody", "broken", "-1", "4294967296"}) {
      ConfigException e = assertThrows(ConfigException.class, () -> Accounts.uid(passwd, bad));
      assertTrue(e.getMessage().contains("--user"), e::getMessage);
    }
    ConfigException none =
        assertThrows(ConfigException.class, () -> Accounts.uid(folder.resolve("none"), "app"));
    assertTrue(none.getMessage().contains("give the uid"), none::getMessage);
  }
}
