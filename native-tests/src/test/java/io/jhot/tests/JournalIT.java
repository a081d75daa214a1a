package io.jhot.tests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** jhot's own lines. */
@ExtendWith(SandboxExtension.class)
class JournalIT {
  @Test
  void linesAreMarkedAsJhotsAndGoToStderr(Sandbox box) {
    Jhot jhot = box.exec(Sandbox.app("listen:" + box.port())).awaitServing(1);
    jhot.reload().good();

    Finished end = jhot.stop();

    assertEquals("", end.out());
    assertTrue(end.err().lines().allMatch(line -> line.startsWith("jhot: ")), end::toString);
  }

  @Test
  void asJsonEachLineIsAnObject(Sandbox box) {
    Jhot jhot =
        box.exec(List.of("--log-format", "json"), Sandbox.app("listen:" + box.port()))
            .awaitServing(1);
    jhot.reload().good();

    Finished end = jhot.stop();

    for (String line : end.err().lines().toList()) {
      Map<String, Object> entry = Json.object(line);
      assertEquals(Set.of("time", "level", "source", "message"), entry.keySet());
      assertEquals("jhot", entry.get("source"));
    }
  }

  @Test
  void quietMeansSilentUnlessSomethingFails(Sandbox box) {
    Jhot jhot = box.exec(List.of("--quiet"), Sandbox.app("listen:" + box.port(), "say:listening"));
    jhot.out().await("listening");
    jhot.awaitAlone(1);
    jhot.reload().good();

    assertEquals("", jhot.stop().err());
    Finished failed = box.jhot("exec", "--quiet", "--", "no-such-program").with(127);
    assertEquals(1, failed.err().lines().count(), failed::toString);
  }

  @Test
  void theLevelSaysFromWhereOnLinesAreWritten(Sandbox box) {
    for (String level : List.of("debug", "info", "warn")) {
      Jhot jhot = box.exec(List.of("--log-level", level), Sandbox.app("listen:" + box.port()));
      jhot.awaitAlone(1);
      jhot.signal("WINCH");
      Finished end = jhot.stop();

      assertEquals(level.equals("debug"), end.err().contains("jhot: debug: "), end::toString);
      assertEquals(!level.equals("warn"), end.err().contains("generation 1 serves"), end::toString);
    }
  }

  @Test
  void optionsMayStandInTheEnvironment(Sandbox box) {
    box.environment("JHOT_QUIET", "true");
    box.environment("JHOT_LOG_FORMAT", "json");
    box.environment("JHOT_REMAP_EXIT", "3:4");

    box.jhot("exec", "--", "sh", "-c", "exit 3").with(4);
    Finished failed = box.jhot("exec", "--", "no-such-program").with(127);

    assertEquals("error", Json.object(failed.err()).get("level"));
  }
}
