package io.jhot.tests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.jhot.examples.load.LoadResult;
import java.io.IOException;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Released servers, unmodified: each is replaced under load, and nobody notices. */
@ExtendWith(SandboxExtension.class)
class ServersIT {
  private static final int RELOADS = 2;

  static Stream<Server> servers() {
    Pattern wanted = Pattern.compile(System.getenv().getOrDefault("JHOT_MATRIX_SERVERS", ""));
    return Server.all().filter(server -> wanted.matcher(server.name()).find());
  }

  @ParameterizedTest
  @MethodSource("servers")
  void isReloadedUnderLoadAndNoRequestFails(Server server, Sandbox box) throws IOException {
    int port = box.port();
    Jhot jhot = box.exec(server.command("*", port)).awaitServing(1);
    Load load = Load.mixed("127.0.0.1", port);
    Load onIpv6 = Load.on("::1", port);

    for (int generation = 1; generation <= RELOADS; generation++) {
      long pid = jhot.status().serving().pid();
      try (HeldRequest held = HeldRequest.begin(port)) {
        jhot.reload().good();
        ParkedCpu.awaitQuiet(pid);
        assertTrue(jhot.status().has(generation, "draining"), jhot::toString);
        held.isAnswered();
      }
      jhot.awaitGone(generation);
    }

    LoadResult result = load.endWithoutFailure();
    onIpv6.endWithoutFailure();
    assertEquals(RELOADS + 1, result.pids().size(), "each generation answered");
    assertEquals("BindException", Http.get(port, "/bind?port=" + port));
    List<Status.Listener> listeners = jhot.status().listeners();
    assertEquals(1, listeners.size(), listeners::toString);
    assertTrue(jhot.status().servesAlone(RELOADS + 1), jhot::toString);
  }
}
