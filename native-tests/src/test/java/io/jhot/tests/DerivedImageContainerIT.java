package io.jhot.tests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.github.dockerjava.api.command.BuildImageResultCallback;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Images as users write them. */
@ExtendWith(ContainersExtension.class)
class DerivedImageContainerIT {
  private static Finished built(Containers box, Path folder, String... dockerfile)
      throws Exception {
    String tag = "jhot-it-" + ProcessHandle.current().pid();
    Files.write(folder.resolve("Dockerfile"), List.of(dockerfile));
    Files.copy(Sandbox.fixtures(), folder.resolve("app.jar"));
    try (BuildImageResultCallback done = new BuildImageResultCallback()) {
      Containers.docker()
          .buildImageCmd(folder.toFile())
          .withTags(Set.of(tag))
          .exec(done)
          .awaitImageId();
    }
    try {
      return box.run(tag);
    } finally {
      Containers.docker().removeImageCmd(tag).exec();
    }
  }

  @Test
  void fromJhotAnAppNeedsItsJarAndACommand(Containers box, @TempDir Path folder) throws Exception {
    Finished app =
        built(
            box,
            folder,
            "FROM jhot",
            "COPY app.jar /app/app.jar",
            "CMD [\"java\", \"-jar\", \"/app/app.jar\", \"say:hello\", \"exit:5\"]");

    assertEquals("hello\n", app.with(5).out());
    assertTrue(app.err().contains("generation 1 exited with code 5"), app::toString);
  }

  @Test
  void theTreeIsCopiedOntoAnotherImage(Containers box, @TempDir Path folder) throws Exception {
    Finished app =
        built(
            box,
            folder,
            "FROM debian:bookworm-slim",
            "COPY --from=jhot /opt/jhot /opt/jhot",
            "ENTRYPOINT [\"/opt/jhot/bin/jhot\", \"exec\", \"--\"]",
            "CMD [\"sh\", \"-c\", \"echo $JHOT_GENERATION; exit 6\"]");

    assertEquals("1\n", app.with(6).out());
  }
}
