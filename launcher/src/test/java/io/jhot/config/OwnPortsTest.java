package io.jhot.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class OwnPortsTest {
  @Test
  void numbersRangesAndNamesMayBeMixed() throws ConfigException {
    OwnPorts ports = OwnPorts.parse(List.of("18030-18039, 5701", "tcp-8025,unix-app.sock"));
    assertTrue(ports.contains(18030));
    assertTrue(ports.contains(18039));
    assertTrue(ports.contains(5701));
    assertTrue(ports.contains(8025));
    assertFalse(ports.contains(18029));
    assertFalse(ports.contains(18040));
    assertEquals("18030-18039,5701,tcp-8025,unix-app.sock", ports.text());
    assertEquals(ports, OwnPorts.parse(List.of(ports.text())));
  }

  @Test
  void noneIsAnEmptyText() throws ConfigException {
    assertEquals("", OwnPorts.parse(List.of()).text());
    assertEquals("8081", OwnPorts.NONE.with(Set.of(8081)).text());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        ",",
        "80,",
        "0",
        "65536",
        "123456",
        "80-",
        "90-80",
        "1-70000",
        "8o",
        "hazelcast",
        "tcp-",
        "tcp-x",
        "unix-"
      })
  void whatIsNoPortIsRefusedByName(String text) {
    ConfigException refused =
        assertThrows(ConfigException.class, () -> OwnPorts.parse(List.of(text)));
    assertTrue(refused.getMessage().startsWith("--own-port '"), refused.getMessage());
    assertTrue(refused.getMessage().contains("; write 18030"), refused.getMessage());
  }

  @ParameterizedTest
  @CsvSource({"tcp://:8080, 8000-8100", "udp://:8080, 8080", "web=tcp://:80, 80"})
  void aSocketThatJhotOpensBelongsToNoGeneration(String listen, String own) throws ConfigException {
    ListenAddress address = ListenAddress.parse(listen);
    OwnPorts ports = OwnPorts.parse(List.of(own));
    assertThrows(ConfigException.class, () -> ports.checkApart(address));
    OwnPorts.parse(List.of("1")).checkApart(address);
    OwnPorts.parse(List.of("1")).checkApart(ListenAddress.parse("unix:///run/app"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "-agentlib:jdwp=transport=dt_socket,server=y,suspend=n,address=*:5005 | 5005",
        "-agentlib:jdwp=transport=dt_socket,address=localhost:8000,server=y | 8000",
        "-Xrunjdwp:transport=dt_socket,server=y,address=9000 | 9000",
        "-Xmx1g -agentlib:jdwp=server=y,address=[::1]:5006 -Dx=y | 5006",
        "-agentlib:jdwp=transport=dt_socket,server=n,address=ide:5005 | ''",
        "-agentlib:jdwp=transport=dt_socket,server=y | ''",
        "-agentlib:jdwp=transport=dt_socket,server=y,address=0 | ''"
      })
  void aDebuggersPortIsFoundWhereTheJvmWaitsForOne(String option, String port) {
    assertEquals(port, OwnPorts.NONE.with(DebugPorts.of(List.of("-Dother", option))).text());
  }
}
