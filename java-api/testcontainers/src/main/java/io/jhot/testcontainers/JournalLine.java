package io.jhot.testcontainers;

import java.time.Instant;
import java.util.Map;
import java.util.Optional;

/**
 * One line of jhot's own log.
 *
 * @param time when jhot wrote it
 * @param level {@code info}, {@code warning} or {@code error}
 * @param message for people; wordings change between versions
 */
public record JournalLine(Instant time, String level, String message) {
  private static final String START = "{\"time\":\"";

  /** Reads a line of {@code --log-format json}; empty when the line is somebody else's. */
  static Optional<JournalLine> read(String line) {
    if (!line.startsWith(START) || !line.contains("\"source\":\"jhot\"")) {
      return Optional.empty();
    }
    Map<String, Object> object = Json.object(line);
    return Optional.of(
        new JournalLine(
            Instant.parse((String) object.get("time")),
            (String) object.get("level"),
            (String) object.get("message")));
  }
}
