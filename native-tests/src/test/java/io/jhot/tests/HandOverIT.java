package io.jhot.tests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** State and connections that go from one generation to the next. */
@ExtendWith(SandboxExtension.class)
class HandOverIT {
  private static final int CLIENTS = 100;
  private static final int RELOADS = 10;

  private static List<String> app(String main, String... arguments) {
    Path chat = Path.of("../examples/chat/target/chat.jar").toAbsolutePath().normalize();
    String path = Sandbox.fixtures() + ":" + ApiIT.API + ":" + chat;
    return Sandbox.concat(
        List.of(
            List.of(Sandbox.java()),
            Sandbox.jvmFlags(),
            List.of("-cp", path, main),
            List.of(arguments)));
  }

  /** A client that talks without a pause until it is told to stop. */
  private static final class Talker implements Callable<Set<String>> {
    final Socket socket;
    volatile boolean enough;
    volatile int lines;

    Talker(int port) throws IOException {
      socket = new Socket("127.0.0.1", port);
      socket.setSoTimeout((int) Await.PATIENCE.toMillis());
    }

    /** Returns the generations that have answered. */
    @Override
    public Set<String> call() throws IOException {
      Set<String> generations = new HashSet<>();
      try (socket) {
        OutputStream out = socket.getOutputStream();
        BufferedReader in =
            new BufferedReader(
                new InputStreamReader(socket.getInputStream(), StandardCharsets.US_ASCII));
        while (!enough) {
          // a line, a line and the half of another, then the rest of it
          send(out, "one\ntwo\nthr");
          hear(in, "one", generations);
          send(out, "ee\n");
          hear(in, "two", generations);
          hear(in, "three", generations);
        }
      }
      return generations;
    }

    private static void send(OutputStream out, String text) throws IOException {
      out.write(text.getBytes(StandardCharsets.US_ASCII));
      out.flush();
    }

    private void hear(BufferedReader in, String text, Set<String> generations) throws IOException {
      String line = in.readLine();
      assertTrue(line != null, () -> "the connection ended after " + lines + " lines");
      String[] part = line.split(" ");
      assertEquals(lines + 1 + " " + text, part[0] + " " + part[2], line);
      lines++;
      generations.add(part[1]);
    }
  }

  @Test
  void aHundredClientsStayConnectedOverTenReloadsAndLoseNoLine(Sandbox box) throws Exception {
    int port = box.port();
    Jhot jhot = box.exec(app("com.example.chat.ChatServer", "" + port)).awaitServing(1);
    List<Talker> talkers = new ArrayList<>();
    List<Future<Set<String>>> ends = new ArrayList<>();
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (int i = 0; i < CLIENTS; i++) {
        Talker talker = new Talker(port);
        talkers.add(talker);
        ends.add(threads.submit(talker));
      }
      for (int i = 1; i <= RELOADS; i++) {
        jhot.reload().good();
        jhot.awaitGone(i);
      }
      // each of them is heard by the last generation
      for (Talker talker : talkers) {
        int before = talker.lines;
        Await.until("a line is answered", () -> talker.lines > before + 3 || isOver(ends));
      }
      talkers.forEach(talker -> talker.enough = true);
      for (Future<Set<String>> end : ends) {
        Set<String> generations = end.get(Await.PATIENCE.toSeconds(), TimeUnit.SECONDS);
        assertTrue(generations.contains("" + (RELOADS + 1)), generations::toString);
      }
    } catch (ExecutionException e) {
      throw new AssertionError(e.getCause() + "\n" + jhot, e.getCause());
    } catch (TimeoutException e) {
      throw new AssertionError("a client hangs: " + jhot, e);
    } finally {
      for (Talker talker : talkers) {
        talker.socket.close();
      }
    }
    assertEquals(0, jhot.err().count("warning"), jhot::toString);
  }

  @Test
  void stateOfAnySizeGoesToWhoeverAsksAndFailuresAreNamed(Sandbox box) throws IOException {
    int port = box.port();
    long large = 100_000_000; // the heap is of 64 MiB
    String[] steps = {
      "inherit:large",
      "inherit:empty",
      "inherit:broken",
      "inherit:unknown",
      "offer:large:" + large,
      "offer:empty:0",
      "refuse:broken",
      "listen:" + port
    };
    Jhot jhot = box.exec(app("com.example.fixture.ApiApp", steps)).awaitServing(1);
    jhot.reload().good();
    jhot.awaitGone(1);
    jhot.reload().good();
    jhot.awaitGone(2);

    String out = jhot.stop().out();

    long sum = sum(large);
    assertEquals(
        ("large: none\nempty: none\nbroken: none\nunknown: none\n" + inherited(1) + inherited(2))
            .formatted(large, sum, large, sum),
        out);
    assertEquals(2, jhot.err().count("state \"broken\" could not be written: "), jhot::toString);
    assertEquals(2, jhot.err().count("warning"), jhot::toString);
  }

  private static String inherited(int from) {
    return ("large: version 3 of generation N, %d bytes, sum %d\n"
            + "empty: version 3 of generation N, 0 bytes, sum 0\n"
            + "broken: none\nunknown: none\n")
        .replace("N", "" + from);
  }

  /** Of what the fixture writes. */
  private static long sum(long size) {
    long block = 0;
    for (int i = 0; i < 8192; i++) {
      block += (byte) (i % 251);
    }
    long sum = size / 8192 * block;
    for (int i = 0; i < size % 8192; i++) {
      sum += (byte) (i % 251);
    }
    return sum;
  }

  @Test
  void listenerOfANameIsTheOneOfListenOrTheAppsOwn(Sandbox box) throws IOException {
    int named = box.port();
    int own = box.port();
    int unused = box.port();
    Jhot jhot =
        box.exec(
                List.of("--listen", "main=tcp://[::]:" + named),
                app("com.example.fixture.ApiApp", "named:main:" + unused, "named:other:" + own))
            .awaitServing(1);
    jhot.err().await("generation 1 listens on ");
    assertEquals("generation 1", greeting(named));
    assertEquals("generation 1", greeting(own));

    jhot.reload().good();
    jhot.awaitGone(1);

    assertEquals("generation 2", greeting(named));
    assertEquals("generation 2", greeting(own));
    assertTrue(Http.isRefused(unused));
  }

  private static String greeting(int port) throws IOException {
    try (Socket socket = new Socket("127.0.0.1", port)) {
      socket.setSoTimeout((int) Await.PATIENCE.toMillis());
      return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  private static boolean isOver(List<Future<Set<String>>> ends) {
    return ends.stream().anyMatch(Future::isDone);
  }
}
