package io.jhot.tests;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** A selector loop that does not look whether accept has returned null. */
@ExtendWith(SandboxExtension.class)
class PlainLoopIT {
  private static final int CONNECTIONS_A_SECOND = 600;

  /** Ten by {@code make accepts}. */
  private static final int RELOADS =
      Integer.parseInt(System.getenv().getOrDefault("JHOT_ACCEPTS_RELOADS", "2"));

  @Test
  void aLoopThatTrustsItsSelectorOutlivesReloadsUnderLoad(Sandbox box) {
    int port = box.port();
    Jhot jhot = box.exec(Sandbox.javaClass("PlainLoopApp", "" + port)).awaitServing(1);
    Load load = Load.onNewConnections(port, CONNECTIONS_A_SECOND);

    for (int i = 0; i < RELOADS; i++) {
      jhot.reload().good();
    }

    load.endWithoutFailure();
    assertEquals(0, jhot.out().count("the loop died"), jhot::toString);
    jhot.endNow();
  }
}
