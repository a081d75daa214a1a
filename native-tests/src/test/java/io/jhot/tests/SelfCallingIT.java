package io.jhot.tests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.rmi.registry.LocateRegistry;
import java.util.List;
import javax.management.remote.JMXConnector;
import javax.management.remote.JMXConnectorFactory;
import javax.management.remote.JMXServiceURL;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Apps that connect to their own ports, while they start and while they stop. */
@ExtendWith(SandboxExtension.class)
class SelfCallingIT {
  private static final List<String> SOON = List.of("--idle-grace", "200ms");

  static {
    // for 15 s else; and its last word on a connection has no answer, so that one looks busy
    System.setProperty("sun.rmi.transport.connectionTimeout", "100");
  }

  @Test
  void anAppThatStopsByAWordToItsOwnPortStopsItselfAndNotItsSuccessor(Sandbox box) {
    int port = box.port();
    Jhot jhot = start(box, "word", port, box.port());

    jhot.replace(1);

    assertEquals(1, jhot.out().count("generation 1 was told to stop"), jhot::toString);
    assertEquals(2, jhot.status().serving().number());
    Finished end = jhot.stop();
    assertTrue(end.out().contains("generation 2 was told to stop"), end::toString);
    assertEquals(7, end.code(), end::toString);
    assertEquals(0, jhot.err().count("threads are dumped"), end::toString);
  }

  @Test
  void aRegistrysNamesAreThoseOfTheGenerationThatServes(Sandbox box) throws Exception {
    int port = box.port();
    int registry = box.port();
    Jhot jhot = start(box, "registry", port, registry);
    for (int generation = 2; generation <= 3; generation++) {
      jhot.reload().good();
      jhot.out().await("generation " + (generation - 1) + " is unbound");
      jhot.awaitGone(generation - 1);
      List<String> names = List.of(LocateRegistry.getRegistry("127.0.0.1", registry).list());
      assertEquals(List.of("pid"), names, "its predecessor has unbound its own");
    }
    Finished end = jhot.stop();
    assertTrue(end.out().contains("generation 3 is unbound"), end::toString);
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aFixedManagementPortIsHandedOverWithItsNames(boolean byTheJvm, Sandbox box)
      throws Exception {
    int port = box.port();
    int jmx = box.port();
    Jhot jhot =
        byTheJvm
            ? box.exec(
                    SOON,
                    Sandbox.appOn(
                        List.of(
                            "-Dcom.sun.management.jmxremote.port=" + jmx,
                            "-Dcom.sun.management.jmxremote.authenticate=false",
                            "-Dcom.sun.management.jmxremote.ssl=false"),
                        "listen:" + port))
                .awaitServing(1)
            : start(box, "jmx", port, jmx);
    jhot.awaitListeners(2);
    for (int generation = 2; generation <= 3; generation++) {
      jhot.replace(generation - 1);
      assertEquals(jhot.status().serving().pid(), managedPid(jmx), jhot::toString);
    }
  }

  private static long managedPid(int port) throws Exception {
    JMXServiceURL url =
        new JMXServiceURL("service:jmx:rmi:///jndi/rmi://127.0.0.1:" + port + "/jmxrmi");
    try (JMXConnector connector = JMXConnectorFactory.connect(url)) {
      return (long)
          connector
              .getMBeanServerConnection()
              .getAttribute(new javax.management.ObjectName("java.lang:type=Runtime"), "Pid");
    }
  }

  private static Jhot start(Sandbox box, String kind, int port, int second) {
    Jhot jhot =
        box.exec(Sandbox.javaClass("SelfCallingApp", kind, "" + port, "" + second)).awaitServing(1);
    jhot.awaitListeners(2);
    return jhot;
  }
}
