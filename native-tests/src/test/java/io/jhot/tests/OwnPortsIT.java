package io.jhot.tests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Ports that belong to one generation. */
@ExtendWith(SandboxExtension.class)
class OwnPortsIT {
  @ParameterizedTest
  @ValueSource(strings = {"%d{gen}", "{gen:%d1-%<d9}", "%d{gen%%10}"})
  void aPortWithGenInItIsNotAwaitedFromTheNextGeneration(String form, Sandbox box)
      throws IOException {
    int port = box.port();
    int tens = box.tenPorts() / 10;
    Jhot jhot =
        box.exec(Sandbox.app("listen:" + port, "listen:" + form.formatted(tens), "say:up"))
            .awaitServing(1);
    jhot.out().await("up");
    String first = Http.get(10 * tens + 1, "/pid");
    assertEquals(first, Http.get(port, "/pid"));

    jhot.reload().good();

    String second = Http.get(10 * tens + 2, "/pid");
    assertEquals(second, Http.get(port, "/pid"));
    assertNotEquals(first, second);
    assertEquals(1, jhot.status().listeners().size(), "only the shared port is jhot's");
  }

  /** Options for a management port that everybody may use. */
  private static List<String> management(String port) {
    return List.of(
        "-Dcom.sun.management.jmxremote.port=" + port,
        "-Dcom.sun.management.jmxremote.authenticate=false",
        "-Dcom.sun.management.jmxremote.ssl=false");
  }

  @Test
  void theManagementPortOfTheReadmeIsReloaded(Sandbox box) throws IOException {
    int port = box.port();
    int tens = box.tenPorts() / 10;
    Jhot jhot =
        box.exec(Sandbox.appOn(management(tens + "{gen}"), "listen:" + port)).awaitServing(1);

    jhot.reload().good();
    jhot.reload().good();

    assertEquals(3, jhot.status().serving().number());
    assertFalse(Http.isRefused(10 * tens + 3));
  }

  @Test
  void aGuardingPortGuardsAgainAndWhatHelpsIsSaidByName(Sandbox box) throws IOException {
    int port = box.port();
    int guard = box.port();
    Jhot jhot =
        box.exec(
                List.of("--own-port", Integer.toString(guard)),
                Sandbox.app("listen:" + guard, "listen:" + port))
            .awaitServing(1);
    String first = Http.get(port, "/pid");

    Finished reload = jhot.reload().with(1);

    assertTrue(reload.err().contains("BindException"), reload::toString);
    assertTrue(reload.err().contains("--overlap never"), reload::toString);
    assertEquals(first, Http.get(port, "/pid"));
    assertEquals(first, Http.get(guard, "/pid"));
  }

  @Test
  void aGuardingPortIsFreeForTheNextOneWhereGenerationsDoNotOverlap(Sandbox box)
      throws IOException {
    int port = box.port();
    int guard = box.port();
    Jhot jhot =
        box.exec(
                List.of("--own-port", "tcp-" + guard, "--overlap", "never"),
                Sandbox.app("listen:" + guard, "listen:" + port))
            .awaitServing(1);

    jhot.reload().good();

    assertEquals(Http.get(port, "/pid"), Http.get(guard, "/pid"));
    assertEquals(1, jhot.status().listeners().size());
  }

  @Test
  void aMemberOfAClusterThatProbesForAFreePortSeesThatOneIsInUse(Sandbox box) throws IOException {
    int port = box.port();
    int first = box.tenPorts();
    Jhot jhot =
        box.exec(
                List.of("--own-port", first + "-" + (first + 9)),
                Sandbox.app("listen-from:" + first, "listen:" + port))
            .awaitServing(1);

    jhot.reload().good();

    jhot.out().await("listens on " + (first + 1));
    assertEquals(Http.get(port, "/pid"), Http.get(first + 1, "/pid"));
  }

  @Test
  void portsOfPortZeroBelongToOneGeneration(Sandbox box) throws IOException {
    int port = box.port();
    Jhot jhot = box.exec(Sandbox.appOn(management("0"), "listen:" + port)).awaitServing(1);
    jhot.reload().good();
    jhot.reload().good();
    assertEquals(1, jhot.status().listeners().size());
  }

  @Test
  void aDebuggersPortWithACounterIsReloadedAndAFixedOneSaysWhatHelps(Sandbox box)
      throws IOException {
    int port = box.port();
    int debug = box.tenPorts();
    String jdwp = "-agentlib:jdwp=transport=dt_socket,server=y,suspend=n,address=127.0.0.1:";
    Jhot counting =
        box.exec(
                List.of("--name", "counting"),
                Sandbox.appOn(
                    List.of(jdwp + "{gen:" + debug + "-" + (debug + 8) + "}"), "listen:" + port))
            .awaitServing(1);
    counting.reload("--name", "counting").good();

    Jhot fixed =
        box.exec(
                List.of("--name", "fixed"),
                Sandbox.appOn(List.of(jdwp + (debug + 9)), "listen:" + box.port()))
            .awaitServing(1);
    Finished reload = fixed.reload("--name", "fixed").with(1);
    assertTrue(reload.err().contains("Address already in use"), reload::toString);
    assertTrue(reload.err().contains("--overlap never"), reload::toString);
  }

  @ParameterizedTest
  @ValueSource(strings = {"0", "hazelcast", "9-8"})
  void whatIsNoPortIsWrongUsage(String text, Sandbox box) {
    Finished end = box.jhot("exec", "--own-port", text, "--", "true").with(2);
    assertTrue(end.err().contains("--own-port '" + text + "'"), end::toString);
  }
}
