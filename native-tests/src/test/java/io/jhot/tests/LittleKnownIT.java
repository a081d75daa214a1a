package io.jhot.tests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Services of which jhot knows little: it never ends one for that, and says what it sees. */
@ExtendWith(SandboxExtension.class)
class LittleKnownIT {
  private static final String PERL = "/usr/bin/perl";

  /** Answers each connection with its pid; ends when it cannot have its port. */
  private static List<String> listener(int port, boolean sharesPort) {
    return List.of(
        PERL,
        "-MIO::Socket::INET",
        "-e",
        "$s = IO::Socket::INET->new(LocalAddr => '0.0.0.0', LocalPort => $ARGV[0], Listen => 64,"
            + " ReuseAddr => 1, ReusePort => $ARGV[1]) or die \"no port: $!\";"
            + " $| = 1; print \"up\\n\"; while ($c = $s->accept) { print $c \"$$\\n\"; close $c }",
        Integer.toString(port),
        sharesPort ? "1" : "0");
  }

  private static String ask(int port) throws IOException {
    try (Socket socket = new Socket()) {
      socket.connect(new InetSocketAddress("127.0.0.1", port), 30_000);
      socket.setSoTimeout(30_000);
      return new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII).strip();
    }
  }

  /** A java that jhot's agent does not come up in, as in one of a release that it does not know. */
  private static List<String> onUnknownJava(Sandbox box, String... steps) {
    String java =
        box.script(
                "java",
                "#!/bin/bash",
                "for option; do",
                "  case $option in",
                "    *jhot-agent.jar*) ;;",
                "    *) kept+=(\"$option\") ;;",
                "  esac",
                "done",
                "unset JDK_JAVA_OPTIONS JAVA_TOOL_OPTIONS",
                "exec " + Sandbox.java() + " \"${kept[@]}\"")
            .toString();
    List<String> app = new ArrayList<>(Sandbox.app(steps));
    app.set(0, java);
    return app;
  }

  private static void isRefused(Jhot jhot, String address) {
    long pid = jhot.status().serving().pid();

    Finished reload = jhot.reload().with(1);

    assertTrue(
        reload.err().contains("generation 2 was not started: generation 1 listens on " + address),
        reload::toString);
    assertTrue(reload.err().contains("--listen tcp://"), reload::toString);
    assertTrue(reload.err().contains("--overlap never"), reload::toString);
    assertTrue(reload.err().contains("--own-port"), reload::toString);
    assertTrue(jhot.status().servesAlone(1));
    assertEquals(pid, jhot.status().serving().pid());
  }

  @Test
  void aWorkerThatOpensNoListenerIsTakenAsRunningAndReloads(Sandbox box) {
    Jhot jhot =
        box.exec(
                List.of("--ready-timeout", "2s", "--ready-after", "1s"),
                Sandbox.app("say:works", "wait"))
            .awaitServing(1);
    jhot.err().await("it has opened no listener: taken as running");

    Finished reload = jhot.reload().good();

    assertTrue(reload.out().contains("no more is known"), reload::toString);
    jhot.awaitGone(1);
    assertEquals(2, jhot.out().count("works"), jhot::toString);
  }

  @Test
  void aWorkerWhoseNewVersionEndsKeepsTheOldOne(Sandbox box) {
    box.file("steps", "wait");
    Jhot jhot =
        box.exec(
                List.of("--ready-timeout", "3s"),
                Sandbox.app("script:" + box.directory().resolve("steps")))
            .awaitServing(1);
    box.file("steps", "throw:no queue");

    Finished reload = jhot.reload().with(1);

    assertTrue(reload.err().contains("exited with code 1 before it was ready"), reload::toString);
    assertTrue(jhot.status().servesAlone(1));
  }

  @Test
  void aReloadThatWouldFindItsPortTakenIsRefusedBeforeAnythingIsStarted(Sandbox box)
      throws IOException {
    int port = box.port();
    Jhot jhot = box.exec(List.of("--no-agent"), Sandbox.app("listen:" + port, "say:up"));
    jhot.out().await("up");

    isRefused(jhot, "tcp://127.0.0.1:" + port);

    assertEquals(1, jhot.out().count("up"), "no second one was started");
    Http.assertAnswers(port);
  }

  @Test
  void anUnknownJvmServesAndIsNotEndedForWantOfAnAgent(Sandbox box) throws IOException {
    int port = box.port();
    Jhot jhot =
        box.exec(List.of("--ready-timeout", "6s"), onUnknownJava(box, "listen:*:" + port))
            .awaitServing(1);
    jhot.err().await("it listens on tcp://[::]:" + port + ", and runs without jhot's agent");

    isRefused(jhot, "tcp://[::]:" + port);

    Http.assertAnswers(port);
  }

  @Test
  void anUnknownJvmIsReloadedWhereTheOldOneEndsFirst(Sandbox box) throws IOException {
    int port = box.port();
    Jhot jhot =
        box.exec(
                List.of("--ready-timeout", "20s", "--overlap", "never"),
                onUnknownJava(box, "listen:" + port))
            .awaitServing(1);
    String old = Http.get(port, "/pid");

    Finished reload = jhot.reload().good();

    assertTrue(reload.out().contains("listens on tcp://127.0.0.1:" + port), reload::toString);
    assertTrue(!old.equals(Http.get(port, "/pid")));
  }

  @Test
  void aPortThatTheProgramSharesItselfIsNoReasonToRefuse(Sandbox box) throws IOException {
    int port = box.port();
    Jhot jhot = box.exec(List.of("--no-agent", "--ready-after", "1s"), listener(port, true));
    jhot.out().await("up");

    Finished reload = jhot.reload().good();

    assertTrue(
        reload.out().contains("has run for 1 s and listens on tcp://0.0.0.0:" + port),
        reload::toString);
    jhot.awaitGone(1);
    assertEquals(Long.toString(jhot.status().serving().pid()), ask(port));
  }

  @Test
  void aGenerationThatDiesOfATakenPortDoesNotEndTheOneThatServes(Sandbox box) throws IOException {
    int port = box.port();
    Jhot jhot =
        box.exec(
            List.of("--no-agent", "--ready-after", "30s", "--own-port", Integer.toString(port)),
            listener(port, false));
    jhot.out().await("up");

    Finished reload = jhot.reload().with(1);

    assertTrue(reload.err().contains("before it was ready"), reload::toString);
    assertTrue(jhot.status().servesAlone(1));
    assertEquals(Long.toString(jhot.status().serving().pid()), ask(port));
  }

  @Test
  void aListenerOfAnotherUsersProcessIsSeenWithoutTheRightToLookIntoIt(Sandbox box)
      throws IOException {
    assumeTrue(System.getProperty("user.name").equals("root"), "only root can become another user");
    int port = box.port();
    List<String> weak = List.of("setpriv", "--bounding-set", "-sys_ptrace");
    List<String> app = new ArrayList<>(List.of("setpriv", "--reuid", "65534", "--clear-groups"));
    app.addAll(listener(port, false));
    Jhot jhot = box.exec(weak, List.of("--ready-timeout", "6s"), app).awaitServing(1);

    isRefused(jhot, "tcp://0.0.0.0:" + port);

    assertEquals(Long.toString(jhot.status().serving().pid()), ask(port));
  }

  @Test
  void aGenerationInANetworkOfItsOwnIsSeenThere(Sandbox box) {
    int port = box.port();
    List<String> app = new ArrayList<>(List.of("unshare", "--map-root-user", "--net"));
    app.addAll(listener(port, false));
    Jhot jhot = box.exec(List.of("--no-agent", "--ready-after", "1s"), app);
    jhot.out().await("up");

    Finished reload = jhot.reload().good();

    assertTrue(
        reload.out().contains("has run for 1 s and listens on tcp://0.0.0.0:" + port),
        reload::toString);
  }
}
