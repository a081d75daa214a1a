package io.jhot.tests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.Socket;
import java.net.SocketException;
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
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** State and connections that go from one generation to the next. */
@ExtendWith(SandboxExtension.class)
class HandOverIT {
  private static final int CLIENTS = 100;
  private static final int RELOADS = 10;

  private static List<String> app(String main, String... arguments) {
    return app(List.of(), "", main, arguments);
  }

  private static List<String> app(
      List<String> options, String more, String main, String... arguments) {
    Path chat = Path.of("../examples/chat/target/chat.jar").toAbsolutePath().normalize();
    String path = Sandbox.fixtures() + ":" + ApiIT.API + ":" + chat + more;
    return Sandbox.concat(
        List.of(
            List.of(Sandbox.java()),
            Sandbox.jvmFlags(),
            options,
            List.of("-cp", path, main),
            List.of(arguments)));
  }

  /** The chat, whose drain stands still in that phase until there is the sandbox's file "go". */
  private static Jhot gatedChat(Sandbox box, int phase, int port) throws IOException {
    Path found = ApiIT.service(box, "com.example.fixture.Gate");
    List<String> gate =
        List.of("-Dgate.file=" + box.directory().resolve("go"), "-Dgate.phase=" + phase);
    return box.exec(app(gate, ":" + found, "com.example.chat.ChatServer", "" + port))
        .awaitServing(1);
  }

  /** A client that talks without a pause until it is told to stop. */
  private static final class Talker implements Callable<Set<String>> {
    final Socket socket;
    volatile boolean enough;
    volatile int lines;
    volatile String generation = "";

    /** Whether its connection ended, which it takes as the end of the conversation. */
    volatile boolean ended;

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
      } catch (EOFException | SocketException e) {
        ended = true;
      }
      return generations;
    }

    private static void send(OutputStream out, String text) throws IOException {
      out.write(text.getBytes(StandardCharsets.US_ASCII));
      out.flush();
    }

    private void hear(BufferedReader in, String text, Set<String> generations) throws IOException {
      String line = in.readLine();
      if (line == null) {
        throw new EOFException();
      }
      String[] part = line.split(" ");
      assertEquals(lines + 1 + " " + text, part[0] + " " + part[2], line);
      lines++;
      generation = part[1];
      generations.add(generation);
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
        jhot.replace(i);
      }
      // each of them is heard by the last generation
      awaitLines(talkers, () -> isOver(ends));
      talkers.forEach(talker -> talker.enough = true);
      for (Future<Set<String>> end : ends) {
        Set<String> generations = end.get(Await.PATIENCE.toSeconds(), TimeUnit.SECONDS);
        assertTrue(generations.contains("" + (RELOADS + 1)), generations::toString);
      }
      assertEquals(0, talkers.stream().filter(t -> t.ended).count(), "connections ended");
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
  void clientsOfASuccessorThatIsKilledWhileItTakesOverGoOnOrAreTold(Sandbox box) throws Exception {
    int port = box.port();
    Jhot jhot = gatedChat(box, 2000, port); // the old generation is there until the end
    talk(
        port,
        talkers -> {
          jhot.signal("HUP");
          Await.until("some are taken over", () -> answeredBy(talkers, "2") > 20, jhot::toString);
          Proc.signal(jhot.status().serving().pid(), "KILL");
          jhot.err().await("generation 1 serves", 2); // the first time was at the start
          Await.until(
              "each goes on or is told",
              () -> talkers.stream().allMatch(t -> t.ended || t.generation.equals("1")),
              jhot::toString);
        });
    assertEquals("1", chatWith(port));
    box.file("go");
  }

  @Test
  void clientsOfASuccessorThatDiesBeforeItTakesOverGoOnAndNoticeNothing(Sandbox box)
      throws Exception {
    int port = box.port();
    Jhot jhot = gatedChat(box, -1, port);
    talk(
        port,
        talkers -> {
          jhot.reload().good();
          jhot.out().await("gate of 1");
          long successor = jhot.status().serving().pid();
          Proc.signal(successor, "STOP");
          box.file("go"); // now connections are offered to who does not look
          Await.until("they are offered", () -> isSilent(talkers), jhot::toString);
          Proc.signal(successor, "KILL");
          jhot.err().await("generation 1 serves", 2); // the first time was at the start
          awaitLines(talkers, () -> talkers.stream().anyMatch(t -> t.ended));
          assertEquals(CLIENTS, answeredBy(talkers, "1"));
        });
  }

  private interface Conversation {
    void with(List<Talker> talkers) throws Exception;
  }

  /** Lets clients talk meanwhile; none may see a wrong line, or hang. */
  private static void talk(int port, Conversation conversation) throws Exception {
    List<Talker> talkers = new ArrayList<>();
    List<Future<Set<String>>> ends = new ArrayList<>();
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      try {
        for (int i = 0; i < CLIENTS; i++) {
          talkers.add(new Talker(port));
          ends.add(threads.submit(talkers.getLast()));
        }
        conversation.with(talkers);
        talkers.forEach(talker -> talker.enough = true);
        for (Future<Set<String>> end : ends) {
          end.get(Await.PATIENCE.toSeconds(), TimeUnit.SECONDS);
        }
      } finally {
        for (Talker talker : talkers) {
          talker.socket.close();
        }
      }
    }
  }

  /** Waits until each has said a few lines more and heard their answers. */
  private static void awaitLines(List<Talker> talkers, BooleanSupplier over) {
    int[] before = talkers.stream().mapToInt(t -> t.lines).toArray();
    Await.until(
        "lines are answered",
        () ->
            over.getAsBoolean()
                || IntStream.range(0, before.length)
                    .allMatch(i -> talkers.get(i).lines > before[i] + 3));
  }

  private static long answeredBy(List<Talker> talkers, String generation) {
    return talkers.stream().filter(t -> !t.ended && t.generation.equals(generation)).count();
  }

  /** Whether none of them has got an answer for a while. */
  private static boolean isSilent(List<Talker> talkers) {
    int before = talkers.stream().mapToInt(t -> t.lines).sum();
    LockSupport.parkNanos(100_000_000);
    return talkers.stream().mapToInt(t -> t.lines).sum() == before;
  }

  /** The generation that answers a new client. */
  private static String chatWith(int port) throws IOException {
    Talker talker = new Talker(port);
    talker.enough = true;
    try (Socket socket = talker.socket) {
      Talker.send(socket.getOutputStream(), "hello\n");
      return new BufferedReader(new InputStreamReader(socket.getInputStream()))
          .readLine()
          .split(" ")[1];
    }
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
    jhot.replace(1);
    jhot.replace(2);

    String out = jhot.stop().out();

    long sum = sum(large);
    assertEquals(
        ("large: none\nempty: none\nbroken: none\nunknown: none\n" + inherited(1) + inherited(2))
            .formatted(large, sum, large, sum),
        out);
    assertEquals(2, jhot.err().count("state \"broken\" could not be written: "), jhot::toString);
    assertEquals(2, jhot.err().count("warning"), jhot::toString);
  }

  @Test
  void stateThatTheMemoryLimitHasNoRoomForIsRefusedAndNobodyIsKilled(Sandbox box)
      throws IOException {
    int port = box.port();
    String[] steps = {"inherit:large", "offer:large:" + 900_000_000, "listen:" + port};
    try (MemoryLimit limit = MemoryLimit.of(500)) {
      Jhot jhot =
          box.exec(limit, List.of(), app("com.example.fixture.ApiApp", steps)).awaitServing(1);

      jhot.replace(1);

      assertEquals("2 RELOAD OptionalInt[1]", Http.get(port, "/"));
      jhot.out().await("large: none", 2);
      jhot.err()
          .await(
              "state \"large\" could not be written: java.io.IOException: it is larger than the ");
      assertEquals(0, limit.killed());
      jhot.stop();
    }
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

    jhot.replace(1);

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
