package io.jhot.tests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Sockets that jhot opens itself and passes on, the systemd way and by the agent. */
@ExtendWith(SandboxExtension.class)
class ListenIT {
  @Test
  void everyKindOfSocketIsPassedInOrderWithItsName(Sandbox box) throws IOException {
    int web = box.port();
    int six = box.port();
    int dns = box.port();
    int sixDns = box.port();
    Path path = box.directory().resolve("service.sock");
    Jhot jhot =
        box.exec(
            List.of(
                "--listen", "web=tcp://127.0.0.1:" + web,
                "--listen", "six=tcp://[::1]:" + six,
                "--listen", "unix://" + path,
                "--listen", "dns=udp://127.0.0.1:" + dns,
                "--listen", "udp://[::1]:" + sixDns),
            List.of(Programs.path("listen-fds")));
    jhot.out().await("ready");

    assertEquals(
        List.of(
            "LISTEN_FDS=5 LISTEN_PID=own LISTEN_FDNAMES=web:six:service.sock:dns:udp-" + sixDns,
            "descriptor 3 web stream 127.0.0.1 " + web,
            "descriptor 4 six stream ::1 " + six,
            "descriptor 5 service.sock stream " + path + " 0",
            "descriptor 6 dns datagram 127.0.0.1 " + dns,
            "descriptor 7 udp-" + sixDns + " datagram ::1 " + sixDns,
            "ready"),
        jhot.out().lines());
    String pid = Long.toString(jhot.status().serving().pid());
    assertEquals(pid + " web\n", answer("127.0.0.1", web));
    assertEquals(pid + " six\n", answer("::1", six));
    assertEquals(pid + " service.sock\n", answer(path));
    assertEquals(pid + " dns\n", datagram("127.0.0.1", dns));
    assertEquals(pid + " udp-" + sixDns + "\n", datagram("::1", sixDns));
    assertEquals(
        List.of(
            new Status.Listener("web", "tcp://127.0.0.1:" + web, true),
            new Status.Listener("six", "tcp://[::1]:" + six, true),
            new Status.Listener("service.sock", "unix://" + path, true),
            new Status.Listener("dns", "udp://127.0.0.1:" + dns, true),
            new Status.Listener("udp-" + sixDns, "udp://[::1]:" + sixDns, true)),
        jhot.status().listeners());
  }

  @Test
  void theSocketsStayTheSameOverReloadsAndGoWithJhot(Sandbox box) throws IOException {
    int web = box.port();
    Path path = box.directory().resolve("service.sock");
    Jhot jhot =
        box.exec(
            List.of(
                "--ready-after",
                "200ms",
                "--listen",
                "tcp://127.0.0.1:" + web,
                "--listen",
                "unix://" + path),
            List.of(Programs.path("listen-fds")));
    jhot.out().await("ready");
    Object file = Files.getAttribute(path, "unix:ino");

    jhot.replace(1);
    jhot.out().await("ready", 2);

    assertEquals(2, jhot.out().count("LISTEN_PID=own"));
    String pid = Long.toString(jhot.status().serving().pid());
    assertEquals(pid + " tcp-" + web + "\n", answer("127.0.0.1", web));
    assertEquals(pid + " service.sock\n", answer(path));
    assertEquals(file, Files.getAttribute(path, "unix:ino"));
    jhot.stop();
    assertTrue(Http.isRefused(web));
    assertFalse(Files.exists(path));
  }

  @Test
  void aUnixSocketThatSomebodyServesIsLeftAlone(Sandbox box) throws IOException {
    Path path = box.directory().resolve("service.sock");
    List<String> app = List.of(Programs.path("listen-fds"));
    Jhot jhot = box.exec(List.of("--listen", "unix://" + path), app);
    jhot.out().await("ready");

    Finished second =
        box.jhot("exec", "--listen", "unix://" + path, "--", app.getFirst()).with(125);

    assertTrue(second.err().contains("another process listens there"), second::toString);
    assertTrue(answer(path).endsWith(" service.sock\n"));
  }

  @Test
  void aUnixSocketThatIsALeftoverIsReplacedAndAFileIsNot(Sandbox box) throws IOException {
    Path path = box.directory().resolve("service.sock");
    Path file = box.file("notes.txt", "keep me");
    SocketChannel.open(StandardProtocolFamily.UNIX).bind(UnixDomainSocketAddress.of(path)).close();
    Jhot jhot =
        box.exec(List.of("--listen", "unix://" + path), List.of(Programs.path("listen-fds")));
    jhot.out().await("ready");
    assertTrue(answer(path).endsWith(" service.sock\n"));

    box.jhot("exec", "--listen", "unix://" + file, "--", "true").with(125);

    assertEquals("keep me\n", Files.readString(file));
  }

  @Test
  void listenMayStandInTheEnvironmentOrInAnArgumentFile(Sandbox box) {
    int one = box.port();
    int two = box.port();
    String program = Programs.path("listen-fds");
    Path file =
        box.file("service", "--listen a=tcp://127.0.0.1:" + one, "--listen " + two, program);
    Jhot byFile = box.execFile(file);
    byFile.out().await("LISTEN_FDNAMES=a:tcp-" + two);
    byFile.stop();

    box.environment("JHOT_LISTEN", "b=tcp://127.0.0.1:" + one + " tcp://127.0.0.1:" + two);
    Jhot byVariable = box.exec(List.of(program));

    byVariable.out().await("LISTEN_FDNAMES=b:tcp-" + two);
  }

  @ParameterizedTest
  @CsvSource({"tcp://127.0.0.1:,127.0.0.1:", "tcp://[::1]:,::1:", "tcp://,*:", "tcp://0.0.0.0:,*:"})
  void aJavaAppBindsASocketThatJhotOpened(String url, String host, Sandbox box) {
    javaAppTakesOver(box, url, host, List.of(Sandbox.java()));
  }

  @Test
  void aJava17AppIsReloadedWithListen(Sandbox box) {
    assumeTrue(Files.isExecutable(Sandbox.JAVA_17), "there is no JDK 17 in " + Sandbox.JAVA_17);
    javaAppTakesOver(box, "tcp://127.0.0.1:", "127.0.0.1:", List.of(Sandbox.JAVA_17.toString()));
  }

  @Test
  void aJavaAppThatUsesIpv4OnlyBindsAnIpv4Socket(Sandbox box) {
    javaAppTakesOver(
        box,
        "tcp://127.0.0.1:",
        "127.0.0.1:",
        List.of(Sandbox.java(), "-Djava.net.preferIPv4Stack=true"));
  }

  private static void javaAppTakesOver(Sandbox box, String url, String host, List<String> java) {
    int port = box.port();
    List<String> jar = List.of("-jar", Sandbox.fixtures().toString(), "listen:" + host + port);
    Jhot jhot =
        box.exec(
                List.of("--listen", "web=" + url + port),
                Sandbox.concat(List.of(java, Sandbox.jvmFlags(), jar)))
            .awaitServing(1);
    Status status = jhot.status();
    assertEquals(1, status.listeners().size(), status::toString);
    assertEquals("web", status.listeners().getFirst().name());
    assertTrue(status.listeners().getFirst().own());
    Load load = Load.on(host.equals("::1:") ? "::1" : "127.0.0.1", port);

    jhot.replace(1);
    jhot.replace(2);

    load.endWithoutFailure();
    assertEquals(status.listeners(), jhot.status().listeners());
  }

  @Test
  void anIpv4SocketUnderAnAppThatUsesIpv6IsExplained(Sandbox box) {
    int port = box.port();
    // jhot takes the word for the JVM's option, and opens an IPv4 socket
    Path script = box.script("app.sh", "#!/bin/sh", "shift", "exec \"$@\"");
    List<String> app =
        Sandbox.concat(
            List.of(
                List.of(script.toString(), "-Djava.net.preferIPv4Stack=true"),
                Sandbox.app("listen:127.0.0.1:" + port)));

    Finished end = box.exec(List.of("--listen", "tcp://127.0.0.1:" + port), app).finish().with(1);

    assertTrue(end.err().contains("java.net.BindException: Address already in use"));
    assertTrue(end.err().contains("-Djava.net.preferIPv4Stack"), end::toString);
    assertTrue(end.err().contains("ListenStream=[::ffff:127.0.0.1]:" + port), end::toString);
  }

  @ParameterizedTest
  @CsvSource({"tcp://127.0.0.1:,127.0.0.1:", "tcp://,*:"})
  void anIpv4AppThatJhotDidNotKnowAsSuchTakesASocketThatServesBoth(
      String url, String host, Sandbox box) {
    box.environment("JAVA_TOOL_OPTIONS", "-Djava.net.preferIPv4Stack=true");
    javaAppTakesOver(box, url, host, List.of(Sandbox.java()));
  }

  @Test
  void aClientThatComesBeforeTheAppIsUpWaitsForIt(Sandbox box) throws IOException {
    int port = box.port();
    Path go = box.directory().resolve("go");
    Jhot jhot =
        box.exec(
            List.of("--listen", "tcp://" + port),
            Sandbox.app("say:starting", "await:" + go, "listen:*:" + port));
    jhot.out().await("starting");
    try (Socket socket = new Socket("127.0.0.1", port)) {
      box.file("go");
      assertEquals("{\"message\":\"pong\"}", Http.exchange(socket, "/ping"));
    }
  }

  @Test
  void theInheritedChannelIsTheSocketThatStdinSocketNames(Sandbox box) throws IOException {
    int port = box.port();
    Jhot jhot =
        box.exec(
            List.of(
                "--listen", "web=tcp://127.0.0.1:" + port,
                "--stdin-socket", "web",
                "--ready", "exec"),
            Sandbox.javaClass("SocketServerApp", "inherited"));
    Await.until("jhot has opened the socket", () -> !Http.isRefused(port));
    String first = Http.get(port, "/pid");

    jhot.replace(1);

    String second = Http.get(port, "/pid");
    assertEquals(Long.toString(jhot.status().serving().pid()), second);
    assertFalse(first.equals(second));
  }

  private static String answer(String host, int port) throws IOException {
    try (Socket socket = new Socket()) {
      socket.connect(new InetSocketAddress(host, port));
      socket.setSoTimeout(Math.toIntExact(Await.PATIENCE.toMillis()));
      return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  private static String answer(Path path) throws IOException {
    try (SocketChannel channel = SocketChannel.open(UnixDomainSocketAddress.of(path))) {
      return new String(Channels.newInputStream(channel).readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  private static String datagram(String host, int port) throws IOException {
    try (DatagramSocket socket = new DatagramSocket()) {
      socket.setSoTimeout(Math.toIntExact(Await.PATIENCE.toMillis()));
      socket.send(new DatagramPacket(new byte[1], 1, InetAddress.getByName(host), port));
      DatagramPacket answer = new DatagramPacket(new byte[100], 100);
      socket.receive(answer);
      return new String(answer.getData(), 0, answer.getLength(), StandardCharsets.UTF_8);
    }
  }
}
