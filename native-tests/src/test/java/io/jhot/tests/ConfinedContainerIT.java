package io.jhot.tests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.github.dockerjava.api.model.Capability;
import io.jhot.testcontainers.ContainerSignal;
import io.jhot.testcontainers.JhotContainer;
import io.jhot.testcontainers.JhotStatus;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** Containers with less than Docker gives by default, and with other networks. */
@ParameterizedClass
@EnumSource(JhotImage.class)
@ExtendWith(ContainersExtension.class)
class ConfinedContainerIT {
  @Parameter JhotImage image;

  /** The seccomp profile is Docker's own; nothing is passed that would switch it off. */
  @Test
  void aStrangerWithoutCapabilitiesOnAReadOnlyFileSystemReloadsAndDrains(Containers box)
      throws IOException {
    JhotContainer service =
        box.service(image)
            .withCreateContainerCmdModifier(
                create -> {
                  create.withUser("12345:12345");
                  create
                      .getHostConfig()
                      .withReadonlyRootfs(true)
                      .withTmpFs(Map.of("/tmp", "rw,mode=1777"))
                      .withCapDrop(Capability.ALL)
                      .withSecurityOpts(List.of("no-new-privileges"))
                      .withInit(false);
                });
    service.start();
    long jhot = Containers.outerPid(service);
    assertEquals("0000000000000000", Proc.status(jhot, "CapBnd"));
    assertEquals("1", Proc.status(jhot, "NoNewPrivs"));
    assertEquals("2", Proc.status(jhot, "Seccomp")); // a filter
    assertTrue(Proc.status(jhot, "Uid").startsWith("12345"), () -> Proc.status(jhot, "Uid"));
    LoadInside load = LoadInside.on(box, service);

    assertTrue(service.reload().succeeded(), service::getLogs);

    service.awaitOnly(2);
    load.endWithoutFailure();
    CompletableFuture<String> answer = Http.begin(Containers.port(service), "/hold?/shared/go");
    Containers.awaitOutput(service, "holding");
    service.signal(ContainerSignal.TERM);
    Containers.awaitSaid(service, "generation 2 drains");
    box.share("go");
    assertEquals("held /shared/go", answer.join());
    assertEquals(143, service.awaitEnd(Await.PATIENCE));
  }

  @Test
  void onTheHostsNetworkConnectionsAreCountedAndHandedOver(Containers box) throws IOException {
    int port = freePort();
    JhotContainer service =
        box.container(image, Containers.app("listen:127.0.0.1:" + port)).withNetworkMode("host");
    service.setExposedPorts(List.of());
    service.start();
    Load load = Load.on(port);
    assertTrue(service.status().serving().orElseThrow().connections().orElse(0) > 0);

    assertTrue(service.reload().succeeded(), service::getLogs);

    service.awaitOnly(2);
    load.endWithoutFailure();
    assertEquals(143, service.drain().exitCode());
    assertTrue(Http.isRefused(port));
  }

  private static int freePort() throws IOException {
    try (ServerSocket probe = new ServerSocket(0)) {
      return probe.getLocalPort();
    }
  }

  @Test
  void aUnixSocketOnASharedVolumeIsServedOverAReload(Containers box) throws IOException {
    Path socket = box.shared().resolve("app.sock");
    JhotContainer service =
        box.container(image, Containers.javaClass("SocketServerApp", "inherited"))
            .withOption("--listen", "web=unix://" + Containers.SHARED + "/app.sock")
            .withOption("--stdin-socket", "web");
    service.start();
    // ready says only that it runs; until it accepts, the socket's backlog waits
    String first = answer(socket);

    assertTrue(service.reload().succeeded(), service::getLogs);

    service.awaitOnly(2);
    String second = answer(socket);
    JhotStatus status = service.status();
    assertEquals(Long.toString(status.serving().orElseThrow().pid()), second);
    assertFalse(first.equals(second), first);
    assertEquals(143, service.drain().exitCode());
    assertFalse(Files.exists(socket));
  }

  /** Docker's default network: IPv6 sockets can be made there, but no JVM makes them. */
  @Test
  void whereNoAddressIsAnIpv6OneListenMeansIpv4(Containers box) throws IOException {
    JhotContainer service = box.service(image).withOption("--listen", "web=tcp://:8080");
    service.start();

    LoadInside load = LoadInside.on(box, service);
    assertTrue(service.reload().succeeded(), service::getLogs);
    service.awaitOnly(2);
    load.endWithoutFailure();

    assertEquals("web", service.status().listeners().getFirst().name());
  }

  /** Who answers on that socket. */
  private static String answer(Path socket) throws IOException {
    try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
      channel.connect(UnixDomainSocketAddress.of(socket));
      channel.write(
          StandardCharsets.ISO_8859_1.encode(
              "GET /pid HTTP/1.1\r\nHost: it\r\nConnection: close\r\n\r\n"));
      ByteBuffer answer = ByteBuffer.allocate(4096);
      while (channel.read(answer) >= 0 && answer.hasRemaining()) {
        continue; // until the end, which the server makes
      }
      String text = StandardCharsets.UTF_8.decode(answer.flip()).toString();
      return text.substring(text.indexOf("\r\n\r\n") + 4);
    }
  }
}
