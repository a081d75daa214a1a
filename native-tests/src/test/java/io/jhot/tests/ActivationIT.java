package io.jhot.tests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * jhot as the service of another one, which opens the sockets and wants to hear when it is ready,
 * as systemd does; here the other one is a jhot too.
 */
@ExtendWith(SandboxExtension.class)
class ActivationIT {
  private static final List<String> INNER =
      List.of(Sandbox.bin(), "exec", "--name", "inner", "--quiet", "--");

  private static Jhot nested(Sandbox box, List<String> options, List<String> app) {
    List<String> outer =
        Sandbox.concat(List.of(List.of("--name", "outer", "--ready", "notify"), options));
    return box.exec(outer, Sandbox.concat(List.of(INNER, app)));
  }

  private static Status inner(Sandbox box) {
    return Status.parse(box.jhot("status", "--name", "inner", "--json").good().out());
  }

  private static Status outer(Sandbox box) {
    return Status.parse(box.jhot("status", "--name", "outer", "--json").good().out());
  }

  @Test
  void thePassedSocketIsWhatTheAppBindsAndReadinessIsPassedOn(Sandbox box) throws IOException {
    int port = box.port();
    Path go = box.directory().resolve("go");
    Jhot jhot =
        nested(
            box,
            List.of("--listen", "web=tcp://:" + port),
            Sandbox.app("say:starting", "await:" + go, "listen:*:" + port));
    jhot.out().await("starting");
    assertEquals("starting", outer(box).generations().getFirst().phase());

    box.file("go");
    jhot.awaitServing(1);

    Status.Listener passed = inner(box).listeners().getFirst();
    assertEquals("web", passed.name());
    assertEquals("tcp://[::]:" + port, passed.address());
    assertTrue(passed.own());
    String first = Http.get(port, "/pid");
    Load load = Load.on("127.0.0.1", port);
    box.jhot("reload", "--name", "inner", "--wait").good();
    Await.until("the outer one hears of it", () -> note(box).equals("generation 2 serves"));
    Await.until("generation 2 alone answers", () -> inner(box).generations().size() == 1);
    assertNotEquals(first, Http.get(port, "/pid"));

    box.jhot("reload", "--name", "outer", "--wait").with(1); // two have the name inner
    load.endWithoutFailure();
    assertEquals("generation 2 serves", note(box));
  }

  private static String note(Sandbox box) {
    return outer(box).serving().note();
  }

  @Test
  void everyKindOfSocketIsPassedOnUnderItsName(Sandbox box) {
    int web = box.port();
    int dns = box.port();
    Path path = box.directory().resolve("service.sock");
    Jhot jhot =
        nested(
            box,
            List.of(
                "--listen", "web=tcp://127.0.0.1:" + web,
                "--listen", "unix://" + path,
                "--listen", "dns=udp://127.0.0.1:" + dns),
            List.of(Programs.path("listen-fds")));
    jhot.out().await("ready");

    assertEquals(
        List.of(
            "LISTEN_FDS=3 LISTEN_PID=own LISTEN_FDNAMES=web:service.sock:dns",
            "descriptor 3 web stream 127.0.0.1 " + web,
            "descriptor 4 service.sock stream " + path + " 0",
            "descriptor 5 dns datagram 127.0.0.1 " + dns,
            "ready"),
        jhot.out().lines());
  }

  @Test
  void theStopIsToldBeforeTheDrain(Sandbox box) {
    int port = box.port();
    Path go = box.directory().resolve("go");
    Jhot jhot = nested(box, List.of("--listen", "tcp://:" + port), Sandbox.app("listen:*:" + port));
    jhot.awaitServing(1);
    CompletableFuture<String> answer = Http.begin(port, "/hold?" + go);
    jhot.out().await("holding");

    box.jhot("stop", "--name", "inner", "--timeout", "1ms").with(124);
    Await.until("the outer one hears of it", () -> note(box).equals("stopping"));

    box.file("go");
    answer.join();
    assertEquals(143, jhot.finish().code());
  }

  @Test
  void whatCannotBeServedIsRefusedInOneLine(Sandbox box) {
    int port = box.port();
    List<String> start = List.of("sh", "-c", "LISTEN_PID=$$ LISTEN_FDS=1 exec \"$@\" 3<&0", "sh");
    Finished noSocket =
        box.run(
                Sandbox.concat(List.of(start, List.of(Sandbox.bin(), "exec", "--", "true")))
                    .toArray(String[]::new))
            .with(125);
    assertEquals(1, noSocket.err().lines().count(), noSocket::toString);
    assertTrue(
        noSocket.err().contains("take descriptor 3 as a socket that was passed"),
        noSocket::toString);

    Finished twice =
        box.exec(
                List.of("--listen", "web=tcp://127.0.0.1:" + port),
                List.of(Sandbox.bin(), "exec", "--listen", "web=tcp://127.0.0.1:1", "--", "true"))
            .finish()
            .with(2);
    assertTrue(twice.err().contains("a socket of that name was passed to jhot"), twice::toString);
  }

  @Test
  void aServiceManagerThatIsGoneIsSaidOnceAndTheServiceRuns(Sandbox box) {
    int port = box.port();
    box.environment("NOTIFY_SOCKET", box.directory().resolve("nobody").toString());
    Jhot jhot = box.exec(Sandbox.app("listen:*:" + port)).awaitServing(1);
    jhot.replace(1);
    assertEquals(1, jhot.err().count("cannot tell the service manager"));
    assertTrue(jhot.err().text().contains("ENOENT"));
  }
}
