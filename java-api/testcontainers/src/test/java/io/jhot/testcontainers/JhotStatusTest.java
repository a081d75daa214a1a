package io.jhot.testcontainers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.jhot.testcontainers.JhotStatus.Generation;
import io.jhot.testcontainers.JhotStatus.Listener;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class JhotStatusTest {
  private static final String DURING_A_RELOAD =
      """
      {"name":"app","pid":1,"uptimeMillis":7,
       "listeners":[{"name":"web","address":"tcp://[::]:8080","own":false}],
       "generations":[
         {"number":1,"phase":"serving","pid":8,"residentKilobytes":2048,"connections":3,"why":"ok"},
         {"number":2,"phase":"starting","pid":9,"residentKilobytes":null,"connections":null,
          "why":"a \\"quoted\\" \\u0041","fromALaterVersion":[{"x":[]},-1,true]}],
       "lastReload":null}
      """;

  @Test
  void everyGenerationIsReadAndWhatIsUnknownIsEmpty() {
    JhotStatus status = JhotStatus.read(DURING_A_RELOAD);

    Generation first =
        new Generation(1, "serving", 8, OptionalLong.of(2048), OptionalLong.of(3), "ok");
    Generation second =
        new Generation(
            2, "starting", 9, OptionalLong.empty(), OptionalLong.empty(), "a \"quoted\" A");
    assertEquals(
        new JhotStatus(
            "app",
            1,
            List.of(new Listener("web", "tcp://[::]:8080", false)),
            List.of(first, second),
            Optional.empty()),
        status);
    assertEquals(Optional.of(first), status.serving());
  }

  @Test
  void aGenerationBesideAnotherDoesNotServeAlone() {
    assertFalse(JhotStatus.read(DURING_A_RELOAD).servesAlone(1));
    assertTrue(
        JhotStatus.read(
                """
                {"name":"a","pid":1,"listeners":[],"lastReload":"ok","generations":
                 [{"number":4,"phase":"serving","pid":2,"why":""}]}\
                """)
            .servesAlone(4));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "[]", "{", "{}x", "{\"a\":tru}", "{\"a\" 1}", "jhot: no instance"})
  void whatIsNoStatusIsRefused(String text) {
    assertThrows(IllegalArgumentException.class, () -> JhotStatus.read(text));
  }
}
