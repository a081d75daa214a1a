package io.jhot.tests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.jhot.testcontainers.ContainerSignal;
import io.jhot.testcontainers.JhotContainer;
import io.jhot.testcontainers.Reload;
import java.io.IOException;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** What the next generation runs, and what becomes of the old one when the next is no good. */
@ParameterizedClass
@EnumSource(JhotImage.class)
@ExtendWith(ContainersExtension.class)
class ReloadContainerIT {
  private static final String STEPS = Containers.SHARED + "/steps";

  @Parameter JhotImage image;

  @Test
  void theNextGenerationRunsTheNewJarOfABindMountedVolume(Containers box) throws IOException {
    Path jar = box.shared().resolve("app.jar");
    deploy(jar, "one");
    JhotContainer service =
        box.container(
            image, Containers.java("-jar", Containers.SHARED + "/app.jar", "listen:*:8080"));
    service.start();
    assertEquals("one", Http.get(Containers.port(service), "/version"));

    deploy(jar, "two");
    assertEquals("one", Http.get(Containers.port(service), "/version"));
    service.signal(ContainerSignal.HUP);
    service.awaitGeneration(2);

    service.awaitOnly(2);
    assertEquals("two", Http.get(Containers.port(service), "/version"));
  }

  /** As a deployment should: beside it, then moved over it. */
  private static void deploy(Path jar, String version) throws IOException {
    Path fresh = jar.resolveSibling("fresh.jar");
    Files.copy(Sandbox.fixtures(), fresh);
    try (FileSystem zip = FileSystems.newFileSystem(fresh)) {
      Files.writeString(zip.getPath("version.txt"), version);
    }
    Files.move(fresh, jar, StandardCopyOption.ATOMIC_MOVE);
  }

  @Test
  void theOldGenerationServesOnWhenTheNextCrashesHangsOrIsKilledForItsMemory(Containers box)
      throws IOException {
    box.share("steps", "listen:*:8080");
    List<String> greedy =
        Sandbox.concat(
            List.of(
                Containers.java("-Xmx4g", "-cp", "/fixtures/fixtures.jar"),
                List.of("com.example.fixture.ScriptedApp", "script:" + STEPS)));
    JhotContainer service =
        box.container(image, greedy)
            .withOption("--ready-timeout", "20s")
            .withCreateContainerCmdModifier(
                create -> create.getHostConfig().withMemory(400L << 20).withMemorySwap(400L << 20));
    service.start();
    long first = service.status().serving().orElseThrow().pid();

    box.share("steps", "complain:no database", "exit:3");
    Reload crashed = service.reload();
    assertFalse(crashed.succeeded(), crashed::toString);
    assertTrue(crashed.outcome().contains("exited with code 3"), crashed::toString);
    assertEquals(List.of("no database"), crashed.lastLines());
    stillServes(service, first);

    box.share("steps", "wait");
    Reload hung = service.reload();
    assertFalse(hung.succeeded(), hung::toString);
    assertTrue(hung.outcome().contains("after 20 s"), hung::toString);
    stillServes(service, first);

    box.share("steps", "eat");
    Reload eaten = service.reload();
    assertFalse(eaten.succeeded(), eaten::toString);
    assertTrue(eaten.outcome().contains("was killed by SIGKILL"), eaten::toString);
    stillServes(service, first);

    box.share("steps", "listen:*:8080");
    assertTrue(service.reload().succeeded());
    assertEquals(143, service.drain().exitCode());
  }

  private static void stillServes(JhotContainer service, long pid) throws IOException {
    assertTrue(service.status().servesAlone(1), service::getLogs);
    assertEquals(Long.toString(pid), Http.get(Containers.port(service), "/pid"));
  }
}
