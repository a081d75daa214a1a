package io.jhot.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.jhot.config.ListenAddress.Transport;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
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
    assertEquals(
        new ListenAddress("s", Transport.UNIX, "", 0, "/run/s", new UnixAccess(0660, "app", "33")),
        ListenAddress.parse("unix:///run/s?mode=0660&owner=app&group=33"));
    assertEquals(
        new UnixAccess(0666, "", "www"), ListenAddress.parse("unix:///run/s?group=www").access());
    assertEquals(0600, ListenAddress.parse("a=unix:///run/s?mode=600").access().mode());
    assertEquals("unix:///run/s", ListenAddress.parse("a=unix:///run/s?mode=600").text());
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
        "tcp://h:99999999999",
        "unix:///run/s?",
        "unix:///run/s?mode=",
        "unix:///run/s?mode=0888",
        "unix:///run/s?mode=66",
        "unix:///run/s?mode=02770",
        "unix:///run/s?mode=-660",
        "unix:///run/s?owner=",
        "unix:///run/s?mode=0600&mode=0660",
        "unix:///run/s?backlog=3",
        "unix://?mode=0600"
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

  private static Probe probe(String text) throws ConfigException {
    return Probe.parse(text, "200-299", "", 1, 500, 2000);
  }

  @Test
  void probesAreReadInAllTheirForms() throws Exception {
    assertEquals(new HttpTarget("", 0, "/health"), probe("/health").request());
    assertEquals(
        new HttpTarget("", 8081, "/health?a=b"), probe("http://:8081/health?a=b").request());
    assertEquals(new HttpTarget("app.test", 0, "/"), probe("http://app.test").request());
    assertEquals(new HttpTarget("[::1]", 80, "/x"), probe("http://[::1]:80/x").request());
    assertEquals(new HttpTarget("[::1]", 0, "/x"), probe("http://[::1]/x").request());
    assertEquals(Probe.Kind.TCP, probe("tcp://").kind());
    assertEquals(0, probe("tcp://").request().port());
    assertEquals(9000, probe("tcp://:9000").request().port());
    assertEquals("./check.sh -x", probe("exec:./check.sh -x").command());
    Probe strict = Probe.parse("/", "200", "UP|OK", 3, 100, 50);
    assertEquals(200, strict.leastStatus());
    assertEquals(200, strict.mostStatus());
    assertEquals(399, Probe.parse("/", "200-399", "", 1, 1, 1).mostStatus());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "health",
        "https://:8443/",
        "ftp://x/",
        "http://:0/",
        "http://:x/",
        "http://:70000/",
        "tcp://host:80",
        "tcp://:",
        "exec:",
        "exec:  ",
        "/a b",
        "/\u00e4",
        "/a\r\nX: y"
      })
  void whatIsNoProbeIsRefused(String text) {
    ConfigException e = assertThrows(ConfigException.class, () -> probe(text));
    assertTrue(e.getMessage().startsWith("--probe"), e::getMessage);
  }

  @Test
  void detailsOfAProbeAreCheckedToo() {
    for (String status : List.of("", "2xx", "99", "600", "300-200", "-200", "200-")) {
      ConfigException e =
          assertThrows(ConfigException.class, () -> Probe.parse("/", status, "", 1, 1, 1), status);
      assertTrue(e.getMessage().startsWith("--probe-status"), e::getMessage);
    }
    assertThrows(ConfigException.class, () -> Probe.parse("/", "200", "(", 1, 1, 1));
    assertThrows(ConfigException.class, () -> Probe.parse("tcp://", "200", "x", 1, 1, 1));
    assertThrows(ConfigException.class, () -> Probe.parse("/", "200", "", 1, 0, 1));
    assertThrows(ConfigException.class, () -> Probe.parse("/", "200", "", 1, 1, 0));
  }

  @Test
  void warmUpsAreARequestOrAFileOfRequests(@TempDir Path folder) throws Exception {
    assertEquals(
        List.of(new WarmUp.Requests("GET", new HttpTarget("", 0, "/path"), 200)),
        new WarmUp("GET /path x200", 4).requests());
    Path file =
        Files.writeString(
            folder.resolve("requests"),
            "# the hot ones\n\nGET /a x3\n  POST http://:8081/b  \nHEAD / x1\n");
    assertEquals(
        List.of(
            new WarmUp.Requests("GET", new HttpTarget("", 0, "/a"), 3),
            new WarmUp.Requests("POST", new HttpTarget("", 8081, "/b"), 1),
            new WarmUp.Requests("HEAD", new HttpTarget("", 0, "/"), 1)),
        new WarmUp(file.toString(), 4).requests());
    Files.writeString(file, "GET /a x3\nget /b\n");
    ConfigException e =
        assertThrows(ConfigException.class, () -> new WarmUp(file.toString(), 4).requests());
    assertTrue(e.getMessage().contains("line 2"), e::getMessage);
    Files.writeString(file, "# nothing\n");
    assertThrows(ConfigException.class, () -> new WarmUp(file.toString(), 4).requests());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "GET",
        "GET path",
        "GET /a 200",
        "GET /a x0",
        "GET /a xx",
        "GET /a x1 y",
        "/no/such/file",
        "G\u00c4T /a"
      })
  void whatIsNoWarmUpIsRefused(String text) {
    ConfigException e = assertThrows(ConfigException.class, () -> new WarmUp(text, 4).requests());
    assertTrue(e.getMessage().startsWith("--warmup"), e::getMessage);
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
    environment.put("JDK_JAVA_OPTIONS", "-a");
    environment.put("JDK_JAVA_OPTIONS", "-a -b");
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
