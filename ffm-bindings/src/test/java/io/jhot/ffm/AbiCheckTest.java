package io.jhot.ffm;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;

class AbiCheckTest {
  @Test
  void aMachineWithoutBindingsIsRefusedLoudly() {
    UnsupportedOperationException refusal =
        assertThrows(
            UnsupportedOperationException.class, () -> AbiCheck.verify("Linux", "aarch64"));
    assertEquals(
        "jhot has bindings for Linux on x86-64 (amd64) only; this is Linux on aarch64",
        refusal.getMessage());
  }

  @Test
  void anotherSystemIsRefused() {
    assertThrows(UnsupportedOperationException.class, () -> AbiCheck.verify("Mac OS X", "amd64"));
  }

  @Test
  void thisMachineIsAccepted() {
    assertDoesNotThrow(() -> AbiCheck.verify());
  }
}
