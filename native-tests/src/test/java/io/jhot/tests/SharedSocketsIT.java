package io.jhot.tests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.StandardSocketOptions;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Unix-domain listeners and UDP sockets that an app gets by the API. */
@ExtendWith(SandboxExtension.class)
class SharedSocketsIT {
  private static final int RELOADS = 2;

  /** Of those that each organisation may use as it likes. */
  private static final String GROUP = "239.255.7.7";

  private static List<String> appOn(int feature, String... steps) {
    return Sandbox.concat(
        List.of(
            List.of(java(feature)),
            Sandbox.jvmFlags(),
            List.of("-cp", Sandbox.fixtures() + ":" + ApiIT.API, "com.example.fixture.ApiApp"),
            List.of(steps)));
  }

  private static List<String> app(String... steps) {
    return appOn(25, steps);
  }

  /** The JVM that runs the tests, or an older one that can move no descriptors. */
  private static String java(int feature) {
    if (feature == 17) {
      assumeTrue(Files.isExecutable(Sandbox.JAVA_17), "there is no JDK 17");
      return Sandbox.JAVA_17.toString();
    }
    return Sandbox.java();
  }

  // Clients.

  /** Asks without a pause, by new connections, until it is told to stop. */
  private static final class Asking {
    private final Path path;
    private volatile boolean enough;
    private volatile int answers;
    private final CompletableFuture<Set<String>> generations;

    Asking(Path path) {
      this.path = path;
      generations = CompletableFuture.supplyAsync(this::ask, Asking::start);
    }

    private static void start(Runnable body) {
      Thread.ofPlatform().name("asking").start(body);
    }

    private Set<String> ask() {
      Set<String> seen = new TreeSet<>();
      while (!enough) {
        String answer;
        try {
          answer = askOnce(path, "q" + answers);
        } catch (IOException e) {
          throw new AssertionError("after " + answers + " answers", e);
        }
        assertTrue(answer.startsWith("q" + answers + " by "), answer);
        seen.add(answer.substring(answer.lastIndexOf(' ') + 1));
        answers++;
      }
      return seen;
    }

    void awaitMore() {
      int before = answers;
      Await.until("there are answers", () -> answers > before + 20 || generations.isDone());
    }

    Set<String> end() {
      awaitMore();
      enough = true;
      return generations.join();
    }
  }

  private static String askOnce(Path path, String question) throws IOException {
    try (SocketChannel client = SocketChannel.open(UnixDomainSocketAddress.of(path))) {
      client.write(StandardCharsets.US_ASCII.encode(question));
      ByteBuffer answer = ByteBuffer.allocate(100);
      while (client.read(answer) >= 0) {
        continue;
      }
      return StandardCharsets.US_ASCII.decode(answer.flip()).toString();
    }
  }

  /** Sends numbered datagrams at a fixed rate, and notes who answered which. */
  private static final class Datagrams implements AutoCloseable {
    private final DatagramSocket socket = new DatagramSocket();
    private final InetSocketAddress to;
    private final ConcurrentSkipListMap<Integer, String> answers = new ConcurrentSkipListMap<>();
    private final Queue<String> wrong = new ConcurrentLinkedQueue<>();
    private volatile boolean enough;
    private volatile int sent;
    private final Thread sending = Thread.ofPlatform().name("sending").unstarted(this::send);

    Datagrams(int port) throws IOException {
      to = new InetSocketAddress("127.0.0.1", port);
      socket.connect(to); // and hears nobody else
      begin();
    }

    /** To a multicast group, over the loopback interface. */
    Datagrams(String group, int port) throws IOException {
      to = new InetSocketAddress(group, port);
      socket.setOption(StandardSocketOptions.IP_MULTICAST_IF, NetworkInterface.getByName("lo"));
      begin();
    }

    private void begin() {
      sending.start();
      Thread.ofPlatform().name("receiving").start(this::receive);
    }

    private void send() {
      try {
        while (!enough) {
          byte[] bytes = Integer.toString(sent).getBytes(StandardCharsets.US_ASCII);
          socket.send(new DatagramPacket(bytes, bytes.length, to));
          sent++;
          LockSupport.parkNanos(4_000_000);
        }
      } catch (IOException e) {
        wrong.add("cannot send number " + sent + ": " + e);
      }
    }

    private void receive() {
      DatagramPacket packet = new DatagramPacket(new byte[100], 100);
      while (true) {
        try {
          socket.receive(packet);
        } catch (IOException e) {
          return; // closed
        }
        String answer =
            new String(packet.getData(), 0, packet.getLength(), StandardCharsets.US_ASCII);
        String[] part = answer.split(" by ");
        if (answers.put(Integer.parseInt(part[0]), part[1]) != null) {
          wrong.add(answer + " again");
        }
      }
    }

    void awaitMore() {
      int before = sent;
      Await.until("datagrams are sent", () -> sent > before + 20 || !wrong.isEmpty());
    }

    /** Waits until each has its answer; returns the generations that gave them. */
    Set<String> end() throws InterruptedException {
      awaitMore();
      enough = true;
      sending.join();
      Await.until("all are answered", () -> answers.size() == sent, this::missing);
      assertTrue(wrong.isEmpty(), wrong::toString);
      return new TreeSet<>(answers.values());
    }

    private String missing() {
      return "the first of "
          + (sent - answers.size())
          + " that are not is "
          + IntStream.range(0, sent).filter(n -> !answers.containsKey(n)).findFirst()
          + " of "
          + sent;
    }

    @Override
    public void close() {
      enough = true;
      socket.close();
    }
  }

  // Unix-domain listeners.

  @Test
  void aUnixListenerOfTheAppsOwnIsTheSameOverReloadsAndNoClientIsRefused(Sandbox box)
      throws IOException {
    Path path = box.directory().resolve("own.sock");
    Jhot jhot = box.exec(app("unix:admin:" + path)).awaitServing(1);
    assertEquals("unix://" + path, jhot.status().listeners().getFirst().address());
    unixOverReloads(jhot, path);
  }

  @ParameterizedTest
  @ValueSource(ints = {17, 25})
  void aUnixListenerOfThatNameIsJhotsOwn(int feature, Sandbox box) throws IOException {
    Path path = box.directory().resolve("held.sock");
    Jhot jhot =
        box.exec(List.of("--listen", "admin=unix://" + path), appOn(feature, "unix:admin"))
            .awaitServing(1);
    unixOverReloads(jhot, path);
  }

  private static void unixOverReloads(Jhot jhot, Path path) throws IOException {
    Object file = Files.getAttribute(path, "unix:ino");
    Asking asking = new Asking(path);
    asking.awaitMore();
    for (int i = 1; i <= RELOADS; i++) {
      jhot.replace(i);
      asking.awaitMore();
    }
    assertEquals(Set.of("1", "2", "3"), asking.end(), jhot::toString);
    assertEquals(file, Files.getAttribute(path, "unix:ino"));
    assertEquals(0, jhot.err().count("warning"), jhot::toString);

    jhot.stop();

    assertFalse(Files.exists(path));
  }

  @Test
  void aFailedReloadLeavesAUnixListenerAndItsPathAlone(Sandbox box) throws IOException {
    Path path = box.directory().resolve("own.sock");
    Path broken = box.directory().resolve("broken");
    Jhot jhot = box.exec(app("explicit", "unix:admin:" + path, "exit-if:" + broken, "ready"));
    jhot.awaitServing(1);
    Asking asking = new Asking(path);
    asking.awaitMore();
    Files.createFile(broken);

    jhot.reload().with(1);

    assertEquals(Set.of("1"), asking.end(), jhot::toString);
    Files.delete(broken);
    jhot.replace(1);
    assertEquals("again by 3", askOnce(path, "again"));
  }

  @Test
  void aUnixListenerThatTheAppClosesIsGoneWithItsPath(Sandbox box) throws IOException {
    Path path = box.directory().resolve("own.sock");
    Path leftover = box.directory().resolve("leftover.sock");
    SocketChannel.open(java.net.StandardProtocolFamily.UNIX)
        .bind(UnixDomainSocketAddress.of(leftover))
        .close();
    Jhot jhot = box.exec(app("unix:a:" + leftover, "unix-closing:b:" + path)).awaitServing(1);
    assertEquals("x by 1", askOnce(leftover, "x"));
    jhot.awaitListeners(2);

    box.file("own.sock.close");
    jhot.awaitListeners(1);

    assertFalse(Files.exists(path));
  }

  // UDP.

  @Test
  void datagramsThatAreSentAcrossReloadsAreAllAnswered(Sandbox box) throws Exception {
    int port = box.port();
    Jhot jhot = box.exec(app("udp:dns:" + port)).awaitServing(1);
    assertEquals("udp://127.0.0.1:" + port, jhot.status().listeners().getFirst().address());
    datagramsOverReloads(jhot, port);
  }

  @ParameterizedTest
  @ValueSource(ints = {17, 25})
  void aUdpSocketOfThatNameIsJhotsOwn(int feature, Sandbox box) throws Exception {
    int port = box.port();
    Jhot jhot =
        box.exec(List.of("--listen", "dns=udp://127.0.0.1:" + port), appOn(feature, "udp:dns"))
            .awaitServing(1);
    datagramsOverReloads(jhot, port);
  }

  private static void datagramsOverReloads(Jhot jhot, int port) throws Exception {
    datagramsOverReloads(jhot, new Datagrams(port));
  }

  private static void datagramsOverReloads(Jhot jhot, Datagrams clients) throws Exception {
    try (Datagrams datagrams = clients) {
      datagrams.awaitMore();
      for (int i = 1; i <= RELOADS; i++) {
        jhot.replace(i);
        datagrams.awaitMore();
      }
      assertEquals(Set.of("1", "2", "3"), datagrams.end(), jhot::toString);
    }
    assertEquals(0, jhot.err().count("warning"), jhot::toString);
  }

  @Test
  void aMulticastGroupOfTheAppsOwnSocketIsHeardAcrossReloads(Sandbox box) throws Exception {
    int port = box.port();
    Jhot jhot = box.exec(app("group:news:" + port + ":" + GROUP)).awaitServing(1);

    datagramsOverReloads(jhot, new Datagrams(GROUP, port));
  }

  @ParameterizedTest
  @ValueSource(ints = {17, 25})
  void aMulticastGroupOfASocketOfThatNameIsHeardAcrossReloads(int feature, Sandbox box)
      throws Exception {
    int port = box.port();
    List<String> options = List.of("--listen", "news=udp://0.0.0.0:" + port);
    Jhot jhot = box.exec(options, appOn(feature, "group:news::" + GROUP)).awaitServing(1);

    datagramsOverReloads(jhot, new Datagrams(GROUP, port));
  }

  @Test
  void aThreadThatWaitsForDatagramsIsWokenWhenItsGenerationGoesLive(Sandbox box) throws Exception {
    int port = box.port();
    Jhot jhot = box.exec(app("udp-blocking:dns:" + port)).awaitServing(1);
    for (int i = 1; i <= RELOADS; i++) {
      jhot.replace(i);
      try (Datagrams datagrams = new Datagrams(port)) {
        assertEquals(Set.of("" + (i + 1)), datagrams.end(), jhot::toString);
      }
    }
  }

  // What cannot be.

  @Test
  void aNameThatNobodyKnowsIsOneClearError(Sandbox box) {
    Finished end = box.exec(app("unix:admin")).finish().with(1);

    assertTrue(
        end.err()
            .contains(
                "java.io.IOException: there is no socket \"admin\": start the app by jhot exec"
                    + " --listen admin=tcp://HOST:PORT, or say where to listen otherwise,"
                    + " Jhot.listener(\"admin\", address)\n"),
        end::toString);
  }

  @Test
  void aSocketOfAnotherKindIsNamed(Sandbox box) {
    int port = box.port();

    Finished end =
        box.exec(List.of("--listen", "dns=udp://127.0.0.1:" + port), app("unix:dns"))
            .finish()
            .with(1);

    assertTrue(
        end.err()
            .contains(
                "the socket of --listen dns=... is a UDP socket, and asked for is one that"
                    + " accepts connections\n"),
        end::toString);
  }

  @Test
  void anOlderJavaIsToldWhatToDoAboutASocketOfItsOwn(Sandbox box) {
    int port = box.port();
    Jhot jhot = box.execWithout("pidfd_getfd", appOn(17, "udp:dns:" + port)).awaitServing(1);

    jhot.err()
        .await(
            "the app opened UDP port "
                + port
                + " itself, and Java 17 cannot hand it to jhot (Java 22 can), nor may jhot fetch it"
                + " (pidfd_getfd): to reload, start jhot with --listen NAME=udp://127.0.0.1:"
                + port
                + " and ask for it by that name");
  }
}
