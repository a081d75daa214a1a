package io.jhot.tests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Clients of the control socket that do what they should not: nobody notices but they. */
@ExtendWith(SandboxExtension.class)
class HostileClientIT {
  private static Running client(Sandbox box, String behaviour) {
    String socket = box.runtime().resolve("web.sock").toString();
    return box.start(Programs.path("control-client"), socket, behaviour);
  }

  private static Jhot service(Sandbox box, int port) {
    return box.exec(java.util.List.of("--name", "web"), Sandbox.app("listen:" + port))
        .awaitServing(1);
  }

  @ParameterizedTest
  @ValueSource(strings = {"silent", "garbage", "half", "huge", "descriptors", "deaf"})
  void aBadClientDisturbsNoReload(String behaviour, Sandbox box) {
    int port = box.port();
    Jhot jhot = service(box, port);
    int descriptors = jhot.descriptors();
    Load load = Load.on(port);

    Running before = client(box, behaviour);
    before.out().await("done");
    Running reload = box.start(Sandbox.bin(), "reload", "--wait");
    Running during = client(box, behaviour);
    during.out().await("done");

    reload.finish().good();
    jhot.awaitGone(1);
    assertEquals(2, jhot.status().serving().number());
    load.endWithoutFailure();
    before.closeStdin();
    during.closeStdin();
    before.finish().good();
    during.finish().good();
    Await.until(
        "jhot has forgotten both",
        () -> jhot.descriptors() == descriptors,
        () -> Proc.descriptors(jhot.pid()).toString());
  }

  @Test
  void aClientThatSaysNothingIsSentAwayAfterAWhile(Sandbox box) {
    Jhot jhot = service(box, box.port());
    int descriptors = jhot.descriptors();
    Running silent = client(box, "silent");
    silent.out().await("done");
    Running half = client(box, "half");
    half.out().await("done");

    Await.until("jhot has closed both", () -> jhot.descriptors() == descriptors);

    assertTrue(silent.isAlive() && half.isAlive());
    silent.closeStdin();
    half.closeStdin();
  }

  @Test
  void aCrowdIsSentAwayAndThenOthersComeThrough(Sandbox box) {
    int port = box.port();
    Jhot jhot = service(box, port);
    Running crowd = client(box, "crowd");
    crowd.out().await("done");

    jhot.signal("HUP");
    jhot.awaitServing(2);
    jhot.awaitGone(1);

    Await.until("a client comes through", () -> box.jhot("status").code() == 0);
    crowd.closeStdin();
  }

  @Test
  void theWrongTypeOfSocketIsRefusedByTheKernel(Sandbox box) {
    service(box, box.port());

    Running stream = client(box, "stream");

    stream.closeStdin();
    assertTrue(stream.finish().good().out().startsWith("refused: "));
  }

  @Test
  void whoHasNoWriterLeftInTheFolderStillReloadsBySignal(Sandbox box) throws Exception {
    int port = box.port();
    Jhot jhot = service(box, port);
    Path socket = box.runtime().resolve("web.sock");
    Files.delete(socket);

    box.jhot("reload").with(1);
    jhot.signal("USR1");
    jhot.awaitServing(2);

    jhot.awaitGone(1);
  }
}
