package io.jhot.tests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.jhot.testcontainers.ContainerSignal;
import io.jhot.testcontainers.Drain;
import io.jhot.testcontainers.JhotContainer;
import io.jhot.testcontainers.Reload;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.testcontainers.containers.ContainerLaunchException;

/** jhot-testcontainers, as the tests of a service use it. */
class JhotContainerIT {
  private static final Path PING = Path.of("../examples/ping/target/ping.jar");

  private static CompletableFuture<HttpResponse<String>> get(JhotContainer service, String path) {
    URI uri = URI.create("http://localhost:" + service.getMappedPort(8080) + path);
    return HttpClient.newHttpClient()
        .sendAsync(HttpRequest.newBuilder(uri).build(), BodyHandlers.ofString());
  }

  /** The lines of the README. */
  @Test
  void aServicesGracefulDrainIsTestedInTenLines() {
    try (JhotContainer service = new JhotContainer("jhot").withJar(PING)) {
      service.withExposedPorts(8080).start();
      assertTrue(service.reload().succeeded());

      var slow = get(service, "/slow?ms=2000");
      service.awaitConnections(1);
      Drain drain = service.drain();

      assertEquals(200, slow.join().statusCode());
      assertTrue(drain.graceful());
      assertEquals(143, drain.exitCode());
    }
  }

  @Test
  void whatTheServiceIsGivenReachesItAndItsNextJarIsRun(@TempDir Path folder) throws IOException {
    try (JhotContainer service = fixture("say:here", "complain:there", "listen:*:8080")) {
      service.withJvmOptions("-Xmx48m").withOption("--drain-timeout", "9s").start();
      assertEquals("none", get(service, "/version").join().body());
      assertEquals(1, service.status().pid());
      assertEquals(1, service.status().listeners().size());

      Path next = Files.copy(Sandbox.fixtures(), folder.resolve("next.jar"));
      try (FileSystem zip = FileSystems.newFileSystem(next)) {
        Files.writeString(zip.getPath("version.txt"), "next");
      }
      Reload reload = service.reload(next);

      assertTrue(reload.succeeded(), reload::toString);
      assertTrue(reload.outcome().contains("generation 2"), reload::toString);
      service.awaitOnly(2);
      assertEquals("next", get(service, "/version").join().body());
      service.signal(ContainerSignal.HUP);
      assertEquals(3, service.awaitGeneration(3).number());
      Drain drain = service.drain();
      assertEquals(List.of("here", "here", "here"), service.appOutput().lines().toList());
      assertEquals("there\nthere\nthere\n", service.appErrors());
      assertEquals(service.journal(), drain.journal());
      assertTrue(drain.journal().stream().allMatch(line -> line.level().equals("info")));
    }
  }

  @Test
  void aDrainThatHadToKillIsNotGraceful() {
    try (JhotContainer service = fixture("ignore-term", "listen:*:8080")) {
      service.withOption("--drain-timeout", "1s").start();

      Drain drain = service.drain();

      assertFalse(drain.graceful(), drain::toString);
      assertTrue(drain.took().compareTo(Duration.ofSeconds(1)) >= 0, drain::toString);
    }
  }

  @Test
  void aServiceThatEndsBeforeItServesFailsTheStart() {
    try (JhotContainer service = fixture("exit:3")) {
      assertThrows(ContainerLaunchException.class, service::start);
    }
  }

  private static JhotContainer fixture(String... steps) {
    return new JhotContainer("jhot")
        .withJar(Sandbox.fixtures())
        .withArguments(steps)
        .withExposedPorts(8080);
  }
}
