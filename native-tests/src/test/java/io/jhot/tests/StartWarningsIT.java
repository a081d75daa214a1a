package io.jhot.tests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** What jhot sees wrong with the way in which it was started. */
@ExtendWith(SandboxExtension.class)
class StartWarningsIT {
  /** Runs a command as PID 1. */
  private static Finished asPidOne(Sandbox box, String... command) {
    List<String> namespace = List.of("unshare", "--pid", "--fork", "--kill-child", "--mount-proc");
    assumeTrue(
        box.run(Sandbox.concat(List.of(namespace, List.of("true"))).toArray(String[]::new)).code()
            == 0,
        "no PID namespace can be made here");
    List<String> all = new ArrayList<>(namespace);
    all.addAll(List.of(command));
    return box.run(all.toArray(String[]::new));
  }

  private static long warnings(Finished ended) {
    return ended.err().lines().filter(line -> line.startsWith("jhot: warning: ")).count();
  }

  @Test
  void aShellFormEntryPointIsOneWarning(Sandbox box) {
    String line = "true; " + Sandbox.bin() + " exec -- sleep 0.1; exit $?";

    Finished ended = asPidOne(box, "sh", "-c", line);

    assertTrue(ended.err().contains("PID 1 is 'sh -c': docker stop reaches"), ended::toString);
    assertEquals(1, warnings(ended), ended::toString);
  }

  @Test
  void aScriptWithoutExecIsOneWarningAndOneWithExecIsNone(Sandbox box) {
    String jhot = Sandbox.bin() + " exec -- sleep 0.1";
    String bare = box.script("bare", "#!/bin/sh", jhot, "exit $?").toString();
    String good = box.script("good", "#!/bin/sh", "exec " + jhot).toString();

    Finished ended = asPidOne(box, bare);
    assertTrue(ended.err().contains("write exec before jhot in that script"), ended::toString);
    assertEquals(1, warnings(ended), ended::toString);
    ended = asPidOne(box, good);
    assertEquals(0, warnings(ended), ended::toString);
  }

  @Test
  void aGraceThatIsShorterThanTheDrainIsOneWarningHoweverManyGenerationsThereAre(Sandbox box) {
    box.environment("JHOT_STOP_GRACE", "20s");
    Jhot jhot =
        box.exec(List.of("--drain-timeout", "30s"), Sandbox.app("listen:" + box.port()))
            .awaitServing(1);

    jhot.replace(1);

    Finished ended = jhot.stop();
    assertTrue(ended.err().contains("--drain-timeout is 30 s, but --stop-grace only 20 s"));
    assertEquals(1, warnings(ended), ended::toString);
  }

  @Test
  void withoutATimeOfTheOperatorsADrainAtAStopFitsIntoTheGraceAndNothingIsWarnedOf(Sandbox box) {
    box.environment("JHOT_STOP_GRACE", "4s");
    int port = box.port();
    Jhot jhot = box.exec(Sandbox.app("ignore-term", "listen:" + port)).awaitServing(1);

    Finished ended = jhot.stop();

    assertFalse(ended.err().contains("--drain-timeout"), ended::toString);
    assertTrue(ended.err().contains("has not ended in time"), ended::toString);
  }

  @Test
  void variablesForTheAppReachItAndNotJhotAndAreNothingToWarnOf(Sandbox box) {
    box.environment("JAVA_TOOL_OPTIONS", "-Dwho=the.app");
    Jhot jhot = box.exec(Sandbox.app("listen:" + box.port())).awaitServing(1);

    Finished ended = jhot.stop();

    assertEquals(0, warnings(ended), ended::toString);
    long picked = ended.err().lines().filter(line -> line.contains("-Dwho=the.app")).count();
    assertEquals(1, picked, () -> "the app's JVM says so, and no other: " + ended);
  }

  @Test
  void aJhotThatIsStartedPastItsEntryIsWarnedOfWhatItsOwnJvmPicksUp(Sandbox box) {
    box.environment("JDK_JAVA_OPTIONS", "-Dwho=both");

    Finished ended =
        box.run(
            Sandbox.tree().resolve("lib/runtime/bin/java").toString(),
            "@" + Sandbox.tree().resolve("lib/jvm.flags"),
            "-m",
            "io.jhot.launcher/io.jhot.cli.Main",
            "exec",
            "--",
            "sleep",
            "0.1");

    assertTrue(
        ended.err().contains("JDK_JAVA_OPTIONS affects jhot's own JVM too"), ended::toString);
    assertEquals(1, warnings(ended), ended::toString);
  }
}
