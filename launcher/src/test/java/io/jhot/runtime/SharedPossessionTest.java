package io.jhot.runtime;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SharedPossessionTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "Caused by: java.net.BindException: Address already in use",
        "ERROR: transport error 202: bind failed: Address already in use",
        "java.rmi.server.ExportException: Port already in use: 1099; nested exception is:",
        "Web server failed to start. Port 8080 was already in use.",
      })
  void aPortThatIsInUseIsAnsweredByNoOverlapOrACounter(String line) {
    String advice = SharedPossession.advice(List.of("Starting", line, "\tat a.B.c"), 4);
    assertTrue(advice.contains("if generation 4 has that port"), advice);
    assertTrue(advice.contains("--overlap never") && advice.contains("{gen:"), advice);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "AMQ221034: Waiting indefinitely to obtain live lock",
        "java.nio.channels.OverlappingFileLockException",
        "org.apache.kafka.common.KafkaException: Failed to acquire lock on file .lock in /data",
        "Database may be already in use: \"/data/app.mv.db\" [90020-232]",
        "org.apache.lucene.store.LockObtainFailedException: Lock held by another program: /i",
        "Another instance is already running",
      })
  void aLockIsAnsweredByNoOverlap(String line) {
    String advice = SharedPossession.advice(List.of(line), 1);
    assertTrue(advice.contains("if generation 1 holds that lock, --overlap never"), advice);
  }

  @Test
  void nothingIsSaidOfOtherFailures() {
    List<String> lines = List.of("java.lang.IllegalStateException: no key", "\tat a.Block.run", "");
    assertEquals("", SharedPossession.advice(lines, 1));
    assertEquals("", SharedPossession.advice(List.of(), 1));
  }
}
