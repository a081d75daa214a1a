package io.jhot.testcontainers;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.api.Test;

class ReloadTest {
  @Test
  void successIsExitCodeZero() {
    assertEquals(
        new Reload(true, "generation 2 serves", List.of()),
        Reload.read(0, "generation 2 serves\n", ""));
  }

  @Test
  void aFailureHasItsReasonAndTheLastLinesOfTheGeneration() {
    assertEquals(
        new Reload(false, "the reload failed: it exited", List.of("no database", "  bye")),
        Reload.read(1, "", "jhot: the reload failed: it exited\n  | no database\n  |   bye\n"));
  }
}
