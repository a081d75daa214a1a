package io.jhot.tests;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.github.dockerjava.api.model.Capability;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** What a container ends with, all of it; {@link PidOneContainerIT} asks each image for some. */
@ExtendWith(ContainersExtension.class)
class ExitCodeContainerIT {
  /** Every exit code, and every signal that ends a process; one PID namespace each. */
  @Test
  void itEndsWithEveryCodeOfTheAppAnd128AndTheSignal(Containers box) {
    Finished all =
        box.run(
            JhotImage.FULL,
            create -> {
              create.getHostConfig().withCapAdd(Capability.SYS_ADMIN);
              create.withEntrypoint(Containers.program("endings"));
            },
            "/opt/jhot/bin/jhot");

    assertEquals("281 endings\n", all.good().out(), all::toString);
  }
}
