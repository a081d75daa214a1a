package io.jhot.tests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** What an operator sees of a generation on its way out, step by step. */
@ExtendWith(SandboxExtension.class)
class DrainIT {
  private static CompletableFuture<String> hold(Sandbox box, Jhot jhot, int port, String name) {
    CompletableFuture<String> answer = Http.begin(port, "/hold?" + box.directory() + "/" + name);
    jhot.out().await("holding " + box.directory() + "/" + name);
    return answer;
  }

  private static List<Path> files(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.toList();
    }
  }

  @Test
  void whatIsLeftAtTheDeadlineIsNamedAndTheThreadsAreInAFileBeforeTheKill(Sandbox box)
      throws Exception {
    int port = box.port();
    Path dumps = Files.createDirectory(box.directory().resolve("dumps"));
    Jhot jhot =
        box.exec(
                List.of("--drain-timeout", "2s", "--dump-dir", dumps.toString()),
                Sandbox.app("ignore-term", "listen:" + port))
            .awaitServing(1);
    long pid = jhot.status().serving().pid();
    CompletableFuture<String> answer = hold(box, jhot, port, "never");

    jhot.reload().good();
    jhot.err().await("generation 1 ended with 1 connection in use");

    assertThrows(ExecutionException.class, answer::get);
    String log = jhot.err().text();
    List<String> steps =
        List.of(
            "generation 1 drains: it was replaced by generation 2",
            "generation 1 accepts nothing new",
            "generation 1 is sent SIGTERM: it has connections left, but little time",
            "generation 1 is asked to end with 1 connection in use: 1 x ",
            "generation 1 has not ended in time: its threads are dumped",
            "generation 1 has 1 connection left",
            "generation 1: 127.0.0.1:",
            "generation 1: its threads are in " + dumps,
            "generation 1 has not ended in time: it is killed",
            "generation 1 is gone: it was killed by SIGKILL",
            "generation 1 ended with 1 connection in use: 1 x ");
    int from = 0;
    for (String step : steps) {
      int at = log.indexOf(step, from);
      assertTrue(at >= 0, () -> "in this order: " + step + "\n" + jhot);
      from = at;
    }
    assertTrue(log.contains(" to port " + port + ", open for at least "), jhot::toString);
    List<Path> written = files(dumps);
    assertEquals(1, written.size(), written::toString);
    Path dump = written.getFirst();
    assertTrue(dump.getFileName().toString().startsWith("threads-generation-1-2"), dump::toString);
    assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(dump)));
    String threads = Files.readString(dump);
    assertTrue(threads.contains("Full thread dump"), threads);
    assertTrue(threads.contains("ScriptedApp.hold"), threads);
    assertFalse(Files.exists(Path.of("/tmp/.java_pid" + pid)), "nothing of the asking is left");
    assertFalse(Files.exists(box.directory().resolve(".attach_pid" + pid)));
    assertFalse(log.contains("Full thread dump"), "it is in the file");
  }

  @Test
  void aJvmThatIsStoppedTellsNoThreadsAndIsKilledAllTheSame(Sandbox box) {
    Jhot jhot =
        box.exec(List.of("--drain-timeout", "1s"), Sandbox.app("listen:" + box.port()))
            .awaitServing(1);
    long pid = jhot.status().serving().pid();
    Proc.signal(pid, "STOP");

    jhot.replace(1);

    assertTrue(jhot.err().text().contains("its JVM does not answer"), jhot::toString);
    assertTrue(jhot.status().servesAlone(2));
    Await.until(
        "nothing of the asking is left",
        () -> !Files.exists(box.directory().resolve(".attach_pid" + pid)));
  }

  @Test
  void aDumpDirectoryThatIsNoneIsRefusedBeforeAnythingStarts(Sandbox box) {
    Finished refused =
        box.jhot("exec", "--dump-dir", box.directory() + "/none", "--", "touch", "started");

    assertEquals(125, refused.code());
    assertTrue(refused.err().contains("--dump-dir"), refused::toString);
    assertFalse(Files.exists(box.directory().resolve("started")));
  }

  @Test
  void severalGenerationsDrainAtOnceAndPastTheLimitTheOldestIsEndedFirst(Sandbox box)
      throws Exception {
    box.environment("JHOT_MAX_DRAINING", "2");
    int port = box.port();
    Jhot jhot =
        box.exec(List.of("--drain-timeout", "10m"), Sandbox.app("listen:" + port)).awaitServing(1);
    CompletableFuture<String> first = hold(box, jhot, port, "one");
    jhot.reload().good();
    jhot.err()
        .await("generation 1 accepts nothing new"); // until then it could be the one that answers
    CompletableFuture<String> second = hold(box, jhot, port, "two");
    jhot.reload().good();
    Status both =
        jhot.awaitStatus(
            "both drain",
            s ->
                s.has(1, "draining")
                    && s.has(2, "draining")
                    && "connections".equals(s.generation(2).step()));
    assertTrue(both.has(3, "serving"), both::toString);
    CompletableFuture<String> third = hold(box, jhot, port, "three");

    jhot.reload().good();

    assertThrows(ExecutionException.class, first::get);
    jhot.awaitGone(1);
    assertTrue(
        jhot.err().text().contains("generation 1, the oldest, is ended first"), jhot::toString);
    box.file("two");
    box.file("three");
    assertEquals("held " + box.directory() + "/two", second.get());
    assertEquals("held " + box.directory() + "/three", third.get());
    jhot.awaitAlone(4);
  }

  /** A download that its client does not hurry with. */
  private static Socket download(int port, long bytes) throws IOException {
    Socket socket = new Socket();
    socket.setReceiveBufferSize(16 * 1024);
    socket.connect(new InetSocketAddress("127.0.0.1", port));
    socket.setSoTimeout(Math.toIntExact(Await.PATIENCE.toMillis()));
    String request = "GET /download?bytes=" + bytes + " HTTP/1.1\r\nHost: it\r\n\r\n";
    socket.getOutputStream().write(request.getBytes(StandardCharsets.ISO_8859_1));
    for (int matched = 0; matched < 4; ) {
      int next = socket.getInputStream().read();
      matched = next == "\r\n\r\n".charAt(matched) ? matched + 1 : next == '\r' ? 1 : 0;
    }
    return socket;
  }

  @Test
  void longDownloadsEndWellInTheGenerationsThatMayDrainAndTheOldestIsNamedWhenItIsEnded(Sandbox box)
      throws Exception {
    long bytes = 64 << 20;
    int port = box.port();
    Jhot jhot =
        box.exec(
                List.of("--max-draining", "2", "--drain-timeout", "1h"),
                Sandbox.app("script:" + box.file("script", "ignore-term", "listen:" + port)))
            .awaitServing(1);
    // its first thread dump opens for good: a pair to hear of it by, the JDK's two sources of
    // random
    // numbers, and the socket that the JDK puts under those that it closes
    Aftermath aftermath = new Aftermath(jhot, 5);
    box.file("script", "listen:" + port);
    try (Socket first = download(port, bytes)) {
      jhot.reload().good();
      jhot.err().await("generation 1 accepts nothing new");
      try (Socket second = download(port, bytes)) {
        jhot.reload().good();
        jhot.err().await("generation 2 accepts nothing new");
        try (Socket third = download(port, bytes)) {
          jhot.awaitStatus(
              "two drain",
              s -> s.has(1, "draining") && s.has(2, "draining") && s.has(3, "serving"));
          jhot.replace(1);
          String named =
              jhot.err().await("generation 1: 127.0.0.1:" + first.getLocalPort() + " to port ");
          assertTrue(named.contains(", open for at least "), named);
          assertTrue(named.contains(", last data "), named);
          assertTrue(named.endsWith("answer not ended"), named);
          assertEquals(bytes, third.getInputStream().readNBytes((int) bytes).length);
          assertEquals(bytes, second.getInputStream().readNBytes((int) bytes).length);
        }
      }
    }
    jhot.awaitGone(3);
    aftermath.check();
  }
}
