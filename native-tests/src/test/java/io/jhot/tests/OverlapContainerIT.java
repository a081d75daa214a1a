package io.jhot.tests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.jhot.testcontainers.ContainerSignal;
import io.jhot.testcontainers.JhotContainer;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** A container whose memory is enough for one generation, and not for two. */
@ExtendWith(ContainersExtension.class)
class OverlapContainerIT {
  private static final long MEMORY = 520L << 20;

  @Test
  void theOldGenerationEndsFirstAndNoRequestFails(Containers box) {
    List<String> app =
        Containers.java(
            "-Xms250m",
            "-Xmx250m",
            "-XX:+AlwaysPreTouch",
            "-cp",
            "/fixtures/fixtures.jar",
            "com.example.fixture.ScriptedApp",
            "listen:*:8080");
    JhotContainer service =
        box.container(JhotImage.FULL, app)
            .withCreateContainerCmdModifier(
                create -> create.getHostConfig().withMemory(MEMORY).withMemorySwap(MEMORY));
    service.start();
    LoadInside load = LoadInside.on(box, service);

    service.signal(ContainerSignal.HUP);
    service.awaitGeneration(2);

    load.endWithoutFailure();
    List<String> said = service.journal().stream().map(line -> line.message()).toList();
    int gone = at(said, "generation 1 is gone");
    assertTrue(at(said, "makes room for generation 2: generation 1 has ") < gone, said::toString);
    assertTrue(gone < at(said, "generation 2 serves"), said::toString);
    assertFalse(service.getCurrentContainerInfo().getState().getOOMKilled());
    assertEquals(143, service.drain().exitCode());
  }

  private static int at(List<String> said, String part) {
    for (int i = 0; i < said.size(); i++) {
      if (said.get(i).contains(part)) {
        return i;
      }
    }
    throw new AssertionError("nobody said " + part + ": " + said);
  }
}
