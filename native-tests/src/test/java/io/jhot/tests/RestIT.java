package io.jhot.tests;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** A jhot that has had nothing to do for a while: it gives memory back, and sleeps outside Java. */
@ExtendWith(SandboxExtension.class)
class RestIT {
  /** In kilobytes; what libc needs to sleep is far less, and a jhot that is awake maps far more. */
  private static final long AT_REST = 1024;

  @Test
  void whoeverAsksWakesItAndItRestsAgain(Sandbox box) throws IOException {
    int port = box.port();
    Jhot jhot = box.exec(Sandbox.app("listen:" + port)).awaitServing(1);
    awaitRest(jhot);

    assertEquals(1, jhot.status().generations().size());
    awaitRest(jhot);

    jhot.replace(1);
    assertEquals("2", Http.get(port, "/variable?JHOT_GENERATION"));
    awaitRest(jhot);

    jhot.signal("TERM");
    assertEquals(143, jhot.awaitExit());
  }

  @Test
  void theEndOfItsServiceWakesIt(Sandbox box) {
    Jhot jhot = box.exec(Sandbox.app("listen:" + box.port())).awaitServing(1);
    long service = jhot.status().serving().pid();
    awaitRest(jhot);

    Proc.signal(service, "KILL");

    assertEquals(137, jhot.awaitExit());
  }

  private static void awaitRest(Jhot jhot) {
    Await.until(
        "little of what jhot maps lies in files",
        () -> kilobytesOfFiles(jhot) < AT_REST,
        () -> kilobytesOfFiles(jhot) + " kB");
  }

  private static long kilobytesOfFiles(Jhot jhot) {
    return Long.parseLong(Proc.status(jhot.pid(), "RssFile").replace(" kB", ""));
  }
}
