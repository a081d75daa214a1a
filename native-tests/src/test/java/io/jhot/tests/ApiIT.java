package io.jhot.tests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Apps that have a say, by io.jhot.api. */
@ExtendWith(SandboxExtension.class)
class ApiIT {
  static final Path API = Path.of(System.getProperty("jhot.api")).toAbsolutePath();

  private static List<String> app(Path more, String... steps) {
    String path = Sandbox.fixtures() + ":" + API + (more == null ? "" : ":" + more);
    return Sandbox.concat(
        List.of(
            List.of(Sandbox.java()),
            Sandbox.jvmFlags(),
            List.of("-cp", path, "com.example.fixture.ApiApp"),
            List.of(steps)));
  }

  private static List<String> app(String... steps) {
    return app(null, steps);
  }

  /** A folder for a class path, in which ServiceLoader finds that drain hook. */
  static Path service(Sandbox box, String hook) throws IOException {
    Path found = box.directory().resolve("found");
    Path services = Files.createDirectories(found.resolve("META-INF/services"));
    Files.writeString(services.resolve("io.jhot.api.DrainHook"), hook + "\n");
    return found;
  }

  @Test
  void hooksRunInOrderOnceAndTheLogHasTheirTimes(Sandbox box) throws IOException {
    int port = box.port();
    Jhot jhot =
        box.exec(app("hook:close:1000", "hook:pause:-1000", "hook:flush:0", "listen:" + port))
            .awaitServing(1);
    assertEquals("1 FIRST OptionalInt.empty", Http.get(port, "/"));

    jhot.replace(1);
    assertEquals("2 RELOAD OptionalInt[1]", Http.get(port, "/"));
    Finished done = jhot.stop();

    assertEquals(
        """
        pause of 1 to OptionalInt[2], RELOAD
        flush of 1 to OptionalInt[2], RELOAD
        close of 1 to OptionalInt[2], RELOAD
        pause of 2 to OptionalInt.empty, STOP
        flush of 2 to OptionalInt.empty, STOP
        close of 2 to OptionalInt.empty, STOP
        """,
        done.out());
    assertEquals(2, jhot.err().count("drain hook flush took "), done::err);
    assertEquals(0, jhot.err().count("warning"), done::err);
  }

  @Test
  void statusShowsTheHooksOfAGenerationThatDrains(Sandbox box) throws IOException {
    int port = box.port();
    Path go = box.directory().resolve("go");
    Jhot jhot =
        box.exec(app("throwing:flush", "until:wait:" + go, "status:hi", "listen:" + port))
            .awaitServing(1);
    assertEquals("hi", jhot.status().serving().note());
    jhot.reload().good();
    jhot.err().await("drain hook flush failed after ");

    String status = box.jhot("status").good().out();

    assertTrue(status.contains("generation 1: draining"), status);
    assertTrue(status.contains("drain hook flush: failed after "), status);
    assertTrue(status.contains(": java.io.IOException: the disk is full\n"), status);
    Files.createFile(go);
    jhot.awaitGone(1);
    assertEquals(1, jhot.err().count("drain hook wait took "), jhot::toString);
  }

  @Test
  void anAppThatDeclaredItIsReadyWhenItSaysSo(Sandbox box) throws IOException {
    int port = box.port();
    Path go = box.directory().resolve("go");
    Jhot jhot = box.exec(app("explicit", "listen:" + port, "ready-when:" + go));
    jhot.err().await("generation 1 listens on ");
    assertTrue(jhot.status().has(1, "starting"), jhot::toString);

    Files.createFile(go);

    jhot.awaitServing(1);
    assertEquals("said that it is ready", jhot.status().serving().why());
  }

  @Test
  void badHooksAreNamedAndHoldNobodyUp(Sandbox box) throws IOException {
    int port = box.port();
    Jhot jhot =
        box.exec(
                List.of("--drain-timeout", "6s"),
                app(
                    "stuck:stuck",
                    "throwing:bad",
                    "greedy:greedy",
                    "registering:more",
                    "hook:good:0",
                    "listen:" + port))
            .awaitServing(1);

    jhot.replace(1);

    jhot.out().await("good of 1");
    jhot.err().await("drain hook bad failed after ");
    String greedy = jhot.err().await("drain hook greedy failed after ");
    assertTrue(greedy.endsWith(": java.lang.OutOfMemoryError: Java heap space"), greedy);
    jhot.err().await("drain hook more took ");
    jhot.err().await("drain hook stuck failed after ");
    // it came too late for its own phase, and the one that is stuck left it no time
    jhot.err().await("drain hook another failed after 0 ms: there was no time left to run it");
    assertEquals("2 RELOAD OptionalInt[1]", Http.get(port, "/"));
  }

  @Test
  void aHookThatAHookRegistersStillRuns(Sandbox box) {
    int port = box.port();
    Jhot jhot = box.exec(app("registering:more", "listen:" + port)).awaitServing(1);

    String out = jhot.stop().out();

    assertEquals("another of 1 to OptionalInt.empty, STOP\n", out);
  }

  @Test
  void readyTwiceOrInADrainChangesNothing(Sandbox box) throws IOException {
    int port = box.port();
    Jhot jhot =
        box.exec(app("explicit", "ready-again:late", "listen:" + port, "ready", "ready"))
            .awaitServing(1);

    jhot.replace(1);

    assertEquals(1, jhot.err().count("drain hook late took "), jhot::toString);
    assertEquals(1, jhot.err().count("generation 1 serves"), jhot::toString);
    assertEquals(1, jhot.err().count("generation 2 serves"), jhot::toString);
    assertEquals(0, jhot.err().count("warning"), jhot::toString);
    assertEquals("2 RELOAD OptionalInt[1]", Http.get(port, "/"));
  }

  @Test
  void anAppThatDeclaredItAndNeverSaysSoIsGivenUp(Sandbox box) throws IOException {
    int port = box.port();
    Path go = box.file("go");
    Jhot jhot =
        box.exec(
                List.of("--ready-timeout", "8s"),
                app("explicit", "listen:" + port, "ready-when:" + go))
            .awaitServing(1);
    Files.delete(go);

    Finished reload = jhot.reload().with(1);

    assertTrue(
        reload.err().contains("has declared that it says when it is ready, and has not said so"),
        reload::toString);
    assertEquals("1 FIRST OptionalInt.empty", Http.get(port, "/"));
  }

  @Test
  void aHookThatCallsExitEndsItsGenerationAfterTheOtherHooks(Sandbox box) throws IOException {
    int port = box.port();
    Jhot jhot = box.exec(app("exiting:exit", "hook:after:1", "listen:" + port)).awaitServing(1);

    jhot.replace(1);

    jhot.out().await("after of 1");
    jhot.err().await("drain hook exit failed after ");
    assertEquals("2 RELOAD OptionalInt[1]", Http.get(port, "/"));
  }

  @Test
  void hooksResumeWhenTheirGenerationServesAgainAndRunAgainInTheNextDrain(Sandbox box)
      throws IOException {
    int port = box.port();
    Path go = box.directory().resolve("go");
    Jhot jhot =
        box.exec(
                app(
                    "resuming:pause:-1000",
                    "until:wait:" + go,
                    "hook:close:1000",
                    "listen:" + port))
            .awaitServing(1);
    jhot.reload().good();
    jhot.out().await("pause of 1");

    Proc.signal(jhot.status().serving().pid(), "KILL");

    jhot.awaitAlone(1);
    assertEquals("1 FIRST OptionalInt.empty", Http.get(port, "/"));
    Files.createFile(go); // the hook that had begun goes on to its end
    jhot.out().await("pause resumed, draining false");
    assertEquals(0, jhot.out().count("close of 1"), "it serves: nothing more is ended");
    jhot.replace(1);
    assertEquals(2, jhot.out().count("pause of 1"), jhot::toString);
    assertEquals(1, jhot.out().count("close of 1"), jhot::toString);
    assertEquals(1, jhot.err().count("drain hook wait took "), jhot::toString);
  }

  @Test
  void trackedWorkIsWaitedFor(Sandbox box) throws IOException {
    int port = box.port();
    Path go = box.directory().resolve("go");
    Jhot jhot =
        box.exec(app("hook:pause:-1", "hook:close:1", "track-until:" + go, "listen:" + port))
            .awaitServing(1);
    jhot.reload().good();
    jhot.out().await("pause of 1");
    assertEquals(0, jhot.out().count("close of 1"));

    Files.createFile(go);
    jhot.awaitGone(1);

    String out = jhot.out().text();
    assertTrue(out.indexOf("work done, draining true") < out.indexOf("close of 1"), out);
  }

  @Test
  void oneRuntimeServesAllCopiesOfTheApiAndFindsHooksThatNobodyRegistered(Sandbox box)
      throws IOException {
    int port = box.port();
    Path found = service(box, "com.example.fixture.ApiApp$Found");
    String copy = "copy:" + Sandbox.fixtures() + "," + API + "," + found + "/";
    Jhot jhot =
        box.exec(app(found, "hook:first:1", "hook:last:9", copy, "listen:" + port)).awaitServing(1);

    jhot.signal("TERM");
    String out = jhot.finish().out();

    // ServiceLoader finds it in each of the two class loaders, as two classes
    assertEquals(
        List.of("first", "copied", "last", "found", "found"),
        out.lines().map(line -> line.substring(0, line.indexOf(' '))).toList(),
        out);
  }
}
