package io.jhot.tests;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.jhot.examples.load.LoadResult;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The adapters, in generations that are replaced under load. Spring Boot's is in {@link
 * OneRuntimeIT}, and HTTP/2 by Netty in {@link SecureIT}.
 */
@ExtendWith(SandboxExtension.class)
class AdaptersIT {
  /** Its class path has the API, which the wars of other tests bring along themselves. */
  static List<String> app(String... arguments) {
    return Sandbox.server("all", "AdapterApp", arguments).stream()
        .map(word -> word.endsWith("/*") ? word + ":" + ApiIT.API : word)
        .toList();
  }

  @ParameterizedTest
  @ValueSource(strings = {"servlet", "httpserver", "netty"})
  void noRequestFailsAndTheOneInFlightIsWaitedForByHooks(String adapter, Sandbox box)
      throws IOException {
    int port = box.port();
    Jhot jhot = box.exec(app(adapter, "" + port)).awaitServing(1);
    Load load = Load.on(port);
    try (HeldRequest held = HeldRequest.begin("127.0.0.1", port)) {
      jhot.reload().good();
      jhot.out().await("intake of 1");
      for (int i = 0; i < 30; i++) { // in this time the next hook would have run
        Http.get(port, "/pid");
      }
      assertEquals(0, jhot.out().count("pool of 1"), jhot::toString);

      held.isAnswered();
    }
    jhot.out().await("pool of 1");
    jhot.awaitGone(1);

    LoadResult result = load.endWithoutFailure();
    assertEquals(2, result.pids().size(), "both generations answered");
    // the clients were told to leave: they would else have stayed until the deadline
    assertEquals(0, jhot.err().count("but little time"), jhot::toString);
    assertEquals(0, jhot.err().count("warning: generation"), jhot::toString);
  }
}
