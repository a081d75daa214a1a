package io.jhot.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ActivationTest {
  private static Activation of(String... pairs) throws ConfigException {
    Map<String, String> environment = new HashMap<>();
    for (String pair : pairs) {
      int equals = pair.indexOf('=');
      environment.put(pair.substring(0, equals), pair.substring(equals + 1));
    }
    return Activation.of(environment, () -> 42);
  }

  @Test
  void nobodyGivesAnythingByDefault() throws ConfigException {
    assertEquals(Activation.NONE, of());
    assertEquals(Activation.NONE, of("LISTEN_PID=42", "LISTEN_FDS=0", "WATCHDOG_USEC=1000000"));
  }

  @ParameterizedTest
  @CsvSource({"web:admin,web,admin", "web,web,unknown", ":admin,unknown,admin", "a:b:c,a,b"})
  void eachSocketHasItsNameOrIsUnknown(String names, String first, String second)
      throws ConfigException {
    assertEquals(
        List.of(first, second),
        of("LISTEN_FDS=2", "LISTEN_PID=42", "LISTEN_FDNAMES=" + names).names());
  }

  @Test
  void socketsWithoutNamesAreUnknown() throws ConfigException {
    assertEquals(List.of("unknown"), of("LISTEN_FDS=1", "LISTEN_PID=42").names());
  }

  @Test
  void whatIsMeantForAnotherProcessDoesNotCount() throws ConfigException {
    assertEquals(List.of(), of("LISTEN_FDS=2", "LISTEN_PID=43").names());
    assertEquals(List.of(), of("LISTEN_FDS=2").names());
    assertEquals(
        0, of("NOTIFY_SOCKET=@n", "WATCHDOG_USEC=9000", "WATCHDOG_PID=43").watchdogMillis());
  }

  @Test
  void theWatchdogIsToldInMilliseconds() throws ConfigException {
    assertEquals(9, of("NOTIFY_SOCKET=@n", "WATCHDOG_USEC=9000").watchdogMillis());
    assertEquals(
        9, of("NOTIFY_SOCKET=@n", "WATCHDOG_USEC=9000", "WATCHDOG_PID=42").watchdogMillis());
    assertEquals(1, of("NOTIFY_SOCKET=@n", "WATCHDOG_USEC=1").watchdogMillis());
  }

  @ParameterizedTest
  @CsvSource({
    "LISTEN_FDS=many,LISTEN_FDS",
    "LISTEN_FDS=-1,LISTEN_FDS",
    "LISTEN_FDS=254,LISTEN_FDS",
    "NOTIFY_SOCKET=run/notify,NOTIFY_SOCKET",
    "NOTIFY_SOCKET=vsock:2:1234,NOTIFY_SOCKET",
    "WATCHDOG_USEC=soon,WATCHDOG_USEC",
    "WATCHDOG_USEC=0,WATCHDOG_USEC"
  })
  void wrongValuesAreNamed(String variable, String named) {
    ConfigException refused =
        assertThrows(
            ConfigException.class, () -> of("NOTIFY_SOCKET=/run/n", "LISTEN_PID=42", variable));
    assertTrue(refused.getMessage().startsWith(named), refused::getMessage);
  }
}
