package io.jhot.testcontainers;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.time.Instant;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class JournalLineTest {
  @Test
  void aLineOfJhotHasItsTimeLevelAndMessage() {
    assertEquals(
        Optional.of(
            new JournalLine(Instant.parse("2026-01-02T03:04:05Z"), "warning", "it \"said\" so")),
        JournalLine.read(
            "{\"time\":\"2026-01-02T03:04:05Z\",\"level\":\"warning\",\"source\":\"jhot\","
                + "\"message\":\"it \\\"said\\\" so\"}"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "jhot: generation 1 serves",
        "{\"time\":\"2026-01-02T03:04:05Z\",\"level\":\"info\",\"message\":\"the app's own\"}"
      })
  void whatTheAppWritesIsNotJhots(String line) {
    assertEquals(Optional.empty(), JournalLine.read(line));
  }
}
