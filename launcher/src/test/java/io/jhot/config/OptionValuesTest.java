package io.jhot.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.jhot.config.ListenAddress.Transport;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class OptionValuesTest {
  @ParameterizedTest
  @CsvSource({"0,0", "5,5000", "250ms,250", "30s,30000", "2m,120000", "1h,3600000", "7min,420000"})
  void durationsAreReadAsOperatorsWriteThem(String text, long millis) throws Exception {
    assertEquals(millis, Durations.parseMillis("--x", text));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "s", "-1s", "1.5s", "1d", "10 s", "99999999999999999999s", "8760h"})
  void whatIsNoDurationIsRefusedByName(String text) {
    ConfigException e =
        assertThrows(ConfigException.class, () -> Durations.parseMillis("--drain-delay", text));
    assertTrue(e.getMessage().startsWith("--drain-delay"), e::getMessage);
    assertEquals(-1, e.getMessage().indexOf('\n'));
  }

  @ParameterizedTest
  @CsvSource({"0,0 ms", "640,640 ms", "1000,1 s", "2450,2.4 s", "185000,3 min 5 s"})
  void durationsAreShownShort(long millis, String text) {
    assertEquals(text, Durations.text(millis));
  }

  @Test
  void listenAddressesAreReadInAllTheirForms() throws Exception {
    assertEquals(
        new ListenAddress("tcp-8080", Transport.TCP, "", 8080, ""), ListenAddress.parse("8080"));
    assertEquals(
        new ListenAddress("tcp-8080", Transport.TCP, "", 8080, ""),
        ListenAddress.parse("tcp://*:8080"));
    assertEquals(
        new ListenAddress("http", Transport.TCP, "127.0.0.1", 80, ""),
        ListenAddress.parse("http=tcp://127.0.0.1:80"));
    assertEquals(
        new ListenAddress("tcp-80", Transport.TCP, "::1", 80, ""),
        ListenAddress.parse("tcp://[::1]:80"));
    assertEquals(
        new ListenAddress("udp-53", Transport.UDP, "localhost", 53, ""),
        ListenAddress.parse("udp://localhost:53"));
    assertEquals(
        new ListenAddress("a_b.sock", Transport.UNIX, "", 0, "/run/a b.sock"),
        ListenAddress.parse("unix:///run/a b.sock"));
    assertEquals("tcp://[::1]:80", ListenAddress.parse("[::1]:80").text());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "tcp://",
        "tcp://host",
        "tcp://host:",
        "tcp://host:0",
        "tcp://host:65536",
        "tcp://::1:80",
        "http://x:80",
        "unix://relative",
        "unix:///",
        "=80",
        "a b=80",
        "x:y",
        "tcp://h:99999999999"
      })
  void whatIsNoListenAddressIsRefused(String text) {
    ConfigException e = assertThrows(ConfigException.class, () -> ListenAddress.parse(text));
    assertTrue(e.getMessage().startsWith("--listen"), e::getMessage);
  }

  @Test
  void restartsAndExitCodesAreRead() throws Exception {
    assertEquals(0, OptionValues.parseRestart("no"));
    assertEquals(-1, OptionValues.parseRestart("on-failure"));
    assertEquals(5, OptionValues.parseRestart("on-failure:5"));
    assertEquals(Map.of(143, 0, 1, 2), OptionValues.parseRemap("143:0,1:2"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "always", "on-failure:", "on-failure:0", "on-failure:-1", "yes"})
  void otherRestartsAreRefused(String text) {
    assertThrows(ConfigException.class, () -> OptionValues.parseRestart(text));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "143", "143:", ":0", "143:256", "-1:0", "1:2,", "+1:0"})
  void otherRemapsAreRefused(String text) {
    assertThrows(ConfigException.class, () -> OptionValues.parseRemap(text));
  }

  @Test
  void countsAreReadWithinTheirRange() throws Exception {
    assertEquals(0, OptionValues.parseCount("--max-draining", "0", 0, 1000));
    assertEquals(1000, OptionValues.parseCount("--max-draining", "1000", 0, 1000));
    for (String wrong : List.of("", "-1", "+1", "1001", "many", "1.5", "99999999999")) {
      ConfigException e =
          assertThrows(
              ConfigException.class,
              () -> OptionValues.parseCount("--max-draining", wrong, 0, 1000));
      assertEquals("--max-draining '" + wrong + "': write a number of 0 to 1000", e.getMessage());
    }
  }

  @Test
  void environmentOfTheAppIsFreeOfWhatIsMeantForJhot() {
    AppEnvironment environment =
        new AppEnvironment(
            List.of(
                "PATH=/bin",
                "JHOT_DRAIN_TIMEOUT=5s",
                "JHOT_RUNTIME_DIR=/run/x",
                "JHOT_APP_JAVA_TOOL_OPTIONS=-Dx",
                "_JAVA_SR_SIGNUM=41",
                "NOTIFY_SOCKET=/run/systemd/notify",
                "LISTEN_FDS=1",
                "EMPTY="));
    environment.append("JDK_JAVA_OPTIONS", "-a");
    environment.append("JDK_JAVA_OPTIONS", "-b");
    assertEquals(
        List.of(
            "PATH=/bin",
            "JHOT_RUNTIME_DIR=/run/x",
            "EMPTY=",
            "JAVA_TOOL_OPTIONS=-Dx",
            "JDK_JAVA_OPTIONS=-a -b"),
        environment.entries());
  }
}
