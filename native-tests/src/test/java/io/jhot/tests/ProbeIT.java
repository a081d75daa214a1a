package io.jhot.tests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Readiness that cannot lie: what is asked is the new generation, and nobody else. */
@ExtendWith(SandboxExtension.class)
class ProbeIT {
  private static List<String> healthProbe(Sandbox box, String... more) {
    return Sandbox.concat(List.of(List.of("--probe", "/health?" + box.directory()), List.of(more)));
  }

  /** A script that asks for the pid at the probe's address and leaves the answer in a file. */
  private static String askingScript(Sandbox box, String... more) {
    List<String> lines =
        Sandbox.concat(
            List.of(
                List.of(
                    "exec 3<>/dev/tcp/$JHOT_PROBE_HOST/$JHOT_PROBE_PORT || exit 9",
                    "printf 'GET /pid HTTP/1.1\\r"
                        + "\\n"
                        + "Host: x\\r"
                        + "\\n"
                        + "Connection: close\\r"
                        + "\\n"
                        + "\\r"
                        + "\\n"
                        + "' >&3",
                    "cat <&3 >answer-$JHOT_GENERATION",
                    "echo $JHOT_PROBE_ADDRESS >address-$JHOT_GENERATION"),
                List.of(more)));
    box.file("ask.sh", lines.toArray(String[]::new));
    return "exec:bash ask.sh";
  }

  /** Keeps a connection to one generation, whoever serves by now. */
  private static String onKept(Socket socket, String target) throws IOException {
    String request = "GET " + target + " HTTP/1.1\r\nHost: it\r\n\r\n";
    socket.getOutputStream().write(request.getBytes(StandardCharsets.ISO_8859_1));
    StringBuilder answer = new StringBuilder();
    while (answer.indexOf("\r\n\r\n") < 0) {
      answer.append((char) socket.getInputStream().read());
    }
    int length =
        Integer.parseInt(answer.toString().replaceAll("(?is).*content-length: *(\\d+).*", "$1"));
    return new String(socket.getInputStream().readNBytes(length), StandardCharsets.ISO_8859_1);
  }

  @Test
  void theOldGenerationCannotAnswerForTheNewOneAndServesOnWhenTheProbeFails(Sandbox box)
      throws IOException {
    int port = box.port();
    box.file("healthy-1");
    Jhot jhot =
        box.exec(
                healthProbe(box, "--ready-timeout", "8s", "--probe-interval", "100ms"),
                Sandbox.app("listen:" + port))
            .awaitServing(1);
    int descriptors = jhot.descriptors();
    Load load = Load.on(port);
    assertEquals("well", Http.get(port, "/health?" + box.directory()), "the old one is healthy");

    Finished failed = jhot.reload().with(1);

    assertTrue(
        failed
            .err()
            .contains(
                "was not ready after 8 s: it holds tcp://127.0.0.1:"
                    + port
                    + ", but its probe was answered with 503"),
        failed::toString);
    jhot.awaitAlone(1);
    box.file("healthy-3");
    jhot.reload("--timeout", "60s").good();
    jhot.awaitGone(1);
    load.endWithoutFailure();
    Await.until("nothing of the probes is left", () -> jhot.descriptors() <= descriptors + 2);
  }

  @Test
  void theFirstGenerationIsReadyOnlyWhenItsProbeSucceeds(Sandbox box) throws IOException {
    int port = box.port();
    Path pidFile = box.directory().resolve("pid");
    Jhot jhot =
        box.exec(
            healthProbe(box, "--pid-file", pidFile.toString(), "--probe-successes", "2"),
            Sandbox.app("listen:" + port));
    jhot.err().await("generation 1: its probe was answered with 503");
    Status sick = jhot.status();
    assertFalse(sick.healthy());
    assertEquals("probe", sick.generation(1).step(), sick::toString);
    assertTrue(sick.generation(1).why().endsWith("its probe was answered with 503"));
    assertFalse(Files.exists(pidFile));

    box.file("healthy-1");

    jhot.awaitServing(1);
    assertTrue(Files.exists(pidFile));
    box.jhot("status", "--healthy").good();
  }

  @Test
  void aCommandFindsTheNewGenerationWhereNoClientDoes(Sandbox box) throws Exception {
    int port = box.port();
    Jhot jhot =
        box.exec(
                List.of("--probe", askingScript(box, "test ! -e wait || sleep 600")),
                Sandbox.app("listen:*:" + port))
            .awaitServing(1);
    String first = Http.get(port, "/pid");
    assertTrue(Files.readString(box.directory().resolve("answer-1")).endsWith("\r\n\r\n" + first));
    assertEquals(
        "127.0.0.1:" + port + "\n", Files.readString(box.directory().resolve("address-1")));
    box.file("wait");
    box.environment("IGNORED", "x");
    Running reload = box.start(Sandbox.bin(), "reload", "--wait");
    Path answer = box.directory().resolve("address-2");
    Await.until("the new one is asked", () -> Files.exists(answer));
    Status both = jhot.awaitStatus("2 is probed", s -> s.has(2, "starting"));

    for (int i = 0; i < 20; i++) {
      assertEquals(first, Http.get(port, "/pid"), "a client reaches the old one only");
    }
    String second = Long.toString(both.generation(2).pid());
    assertTrue(Files.readString(box.directory().resolve("answer-2")).endsWith("\r\n\r\n" + second));
    String address = Files.readString(answer).strip();
    assertTrue(address.startsWith("127."), address);
    assertFalse(address.endsWith(":" + port), address);

    Files.delete(box.directory().resolve("wait")); // the next attempt succeeds
    reload.finish().good();
    assertEquals(second, Http.get(port, "/pid"));
    String[] private_ = address.split(":");
    assertTrue(
        refuses(private_[0], Integer.parseInt(private_[1])), "the private socket is closed by now");
  }

  private static boolean refuses(String host, int port) throws IOException {
    try (Socket socket = new Socket(host, port)) {
      return !socket.isConnected();
    } catch (java.net.ConnectException e) {
      return true;
    }
  }

  @Test
  void aNewGenerationThatIsKilledBetweenStagedAndLiveFailsTheReloadOnly(Sandbox box)
      throws IOException {
    int port = box.port();
    Jhot jhot =
        box.exec(
                List.of("--probe", askingScript(box, "test ! -e wait || sleep 600")),
                Sandbox.app("listen:" + port))
            .awaitServing(1);
    Load load = Load.on(port);
    box.file("wait");
    Running reload = box.start(Sandbox.bin(), "reload", "--wait");
    Await.until("it is staged", () -> Files.exists(box.directory().resolve("answer-2")));
    long staged = jhot.awaitStatus("2 is there", s -> s.has(2, "starting")).generation(2).pid();

    Proc.signal(staged, "KILL");

    assertTrue(reload.finish().with(1).err().contains("was killed by SIGKILL"));
    jhot.awaitAlone(1);
    Await.until("the command is gone too", () -> Proc.children(jhot.pid()).size() == 1);
    Files.delete(box.directory().resolve("wait"));
    jhot.replace(1);
    load.endWithoutFailure();
  }

  @Test
  void aCommandThatFailsOrHangsIsReportedAndEnded(Sandbox box) {
    int port = box.port();
    Jhot jhot =
        box.exec(
                List.of(
                    "--probe",
                    "exec:test $JHOT_GENERATION = 1 || { echo no luck; exit 3; }",
                    "--ready-timeout",
                    "8s"),
                Sandbox.app("listen:" + port))
            .awaitServing(1);

    Finished failed = jhot.reload().with(1);

    assertTrue(
        failed.err().contains("but its probe exited with code 3: no luck"), failed::toString);
    jhot.awaitAlone(1);
    assertEquals(1, Proc.children(jhot.pid()).size());
  }

  @Test
  void theWarmUpReachesTheNewGenerationOnly(Sandbox box) throws IOException {
    int port = box.port();
    Jhot jhot =
        box.exec(
                List.of("--warmup", "GET /ping x50", "--warmup-concurrency", "3"),
                Sandbox.app("listen:" + port))
            .awaitServing(1);
    try (Socket toFirst = new Socket("127.0.0.1", port)) {
      assertEquals("50", onKept(toFirst, "/count"), "it was warmed up itself");
      Load load = Load.on(box.port() == 0 ? 0 : port);
      load.endWithoutFailure();
      int before = Integer.parseInt(onKept(toFirst, "/count"));

      jhot.reload().good();

      assertEquals(before + 1, Integer.parseInt(onKept(toFirst, "/count")));
    }
    assertEquals("50", Http.get(port, "/count"));
    assertTrue(jhot.err().text().contains("its warm-up ended: 50 requests in "), jhot::toString);
  }

  @Test
  void aWarmUpThatFailsLeavesTheOldGenerationServing(Sandbox box) throws IOException {
    int port = box.port();
    Path requests = box.file("requests", "# each page once", "GET /ping x5");
    Jhot jhot =
        box.exec(List.of("--warmup", requests.toString()), Sandbox.app("listen:" + port))
            .awaitServing(1);
    Load load = Load.on(port);
    box.file("requests", "GET /ping x5", "GET /health?" + box.directory());

    Finished failed = jhot.reload().with(1);

    assertTrue(
        failed.err().contains("its warm-up failed: GET /health?" + box.directory() + " was"),
        failed::toString);
    jhot.awaitAlone(1);
    box.file("requests", "GET http://:" + port + "/ping x5");
    jhot.replace(1);
    load.endWithoutFailure();
  }

  @Test
  void aProbeNamesTheListenerByItsPortAndAllGoLiveInOneStep(Sandbox box) throws IOException {
    int web = box.port();
    int management = box.port();
    Jhot jhot =
        box.exec(
            List.of("--probe", "http://:" + management + "/health?" + box.directory()),
            Sandbox.app("listen:" + web, "listen:" + management, "say:both"));
    jhot.err().await("its probe was answered with 503");
    box.file("healthy-1");
    jhot.awaitServing(1);
    jhot.awaitListeners(2);
    Load onWeb = Load.on(web);
    Load onManagement = Load.on(management);
    Running reload = box.start(Sandbox.bin(), "reload", "--wait");
    jhot.err().await("generation 2: its probe was answered with 503");
    String first = Http.get(web, "/pid");
    assertEquals(first, Http.get(management, "/pid"));

    box.file("healthy-2");

    reload.finish().good();
    jhot.awaitGone(1);
    onWeb.endWithoutFailure();
    onManagement.endWithoutFailure();
    assertNotEquals(first, Http.get(web, "/pid"));
    assertEquals(Http.get(web, "/pid"), Http.get(management, "/pid"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"platform", "virtual", "channel", "selector", "asynchronous"})
  void everyKindOfListenerIsProbedAndGoesLive(String kind, Sandbox box) {
    int port = box.port();
    List<String> app = Sandbox.javaClass("SocketServerApp", kind, Integer.toString(port));
    Jhot jhot =
        box.exec(List.of("--probe", "/ping", "--warmup", "GET /ping x20"), app).awaitServing(1);
    Load load = Load.on(port);

    jhot.replace(1);
    jhot.replace(2);

    load.endWithoutFailure();
  }

  @ParameterizedTest
  @CsvSource({"*, 127.0.0.1,", "::1, ::1,", "*, 127.0.0.1, -Djava.net.preferIPv4Stack=true"})
  void listenersOfAllFamiliesAreStagedAndTheAppSeesTheAddressThatItBound(
      String bind, String client, String option, Sandbox box) throws IOException {
    int port = box.port();
    List<String> app = Sandbox.app("listen:" + bind + ":" + port);
    if (option != null) {
      app = Sandbox.concat(List.of(app.subList(0, 1), List.of(option), app.subList(1, app.size())));
    }
    // what the app believes to be bound to is asked while it is staged
    Jhot jhot =
        box.exec(List.of("--probe", "/local", "--probe-body", ":" + port + "$"), app)
            .awaitServing(1);
    String address = Http.get(client, port, "/local");

    jhot.replace(1);

    assertEquals(address, Http.get(client, port, "/local"));
  }

  @Test
  void aJava17AppIsStagedForItsProbeToo(Sandbox box) throws IOException {
    Path java = Sandbox.JAVA_17;
    assumeTrue(Files.isExecutable(java), "there is no JDK 17 in " + java);
    int port = box.port();
    Jhot jhot =
        box.exec(
                List.of("--listen", "tcp://127.0.0.1:" + port, "--probe", "/ping"),
                Sandbox.appBy(java.toString(), List.of(), "listen:" + port))
            .awaitServing(1);
    Load load = Load.on(port);

    jhot.replace(1);

    load.endWithoutFailure();
  }

  @Test
  void optionsThatAreWrongAreRefusedBeforeAnythingStarts(Sandbox box) {
    List<List<String>> wrong =
        List.of(
            List.of("--probe", "https://:8443/"),
            List.of("--probe", "/", "--probe-status", "2xx"),
            List.of("--probe", "/", "--probe-body", "("),
            List.of("--probe", "/", "--probe-successes", "0"),
            List.of("--probe", "/", "--probe-interval", "0s"),
            List.of("--probe", "/", "--probe-timeout", "soon"),
            List.of("--probe-timeout", "1s"),
            List.of("--probe", "/", "--no-agent"),
            List.of("--warmup", "GET"),
            List.of("--warmup", "GET / x2", "--no-agent"),
            List.of("--warmup-concurrency", "3"));
    for (List<String> options : wrong) {
      Finished refused =
          box.jhot(
                  Sandbox.concat(
                          List.of(List.of("exec"), options, List.of("--", "touch", "started")))
                      .toArray(String[]::new))
              .with(2);
      assertEquals(1, refused.err().lines().count(), refused::toString);
      assertTrue(refused.err().contains(options.getFirst().substring(0, 7)), refused::toString);
    }
    Finished noJvm = box.jhot("exec", "--probe", "/", "--", "touch", "started").with(125);
    assertTrue(noJvm.err().contains("exec:command"), noJvm::toString);
    assertFalse(Files.exists(box.directory().resolve("started")));
  }
}
