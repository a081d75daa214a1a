package io.jhot.tests;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** jhot as the parent of its app, and of what the app leaves behind. */
@ExtendWith(SandboxExtension.class)
class ProcessTreeIT {
  @Test
  void orphansAreReapedWhileTheAppRuns(Sandbox box) {
    Jhot jhot = box.exec(List.of(Programs.path("orphans"), "50"));
    jhot.out().await("all");
    List<Long> orphans =
        jhot.out().lines().stream()
            .filter(line -> line.startsWith("orphan "))
            .map(line -> Long.parseLong(line.substring(7)))
            .toList();
    assertEquals(50, orphans.size());

    Await.until(
        "every orphan is reaped",
        () -> orphans.stream().allMatch(Proc::isGone),
        () -> orphans.stream().filter(o -> !Proc.isGone(o)).toList().toString());

    assertEquals(List.of(jhot.status().serving().pid()), Proc.children(jhot.pid()));
  }

  @Test
  void anOrphanThatLivesBecomesJhotsChildAndIsReapedWhenItEnds(Sandbox box) {
    Jhot jhot = box.exec(List.of("sh", "-c", "(sleep 1000 & echo orphan $!); exec sleep 1000"));
    long orphan = Long.parseLong(jhot.out().await("orphan ").substring(7));
    Await.until("jhot is its parent", () -> Proc.parent(orphan) == jhot.pid());

    Proc.signal(orphan, "KILL");

    Await.until("it is reaped", () -> Proc.isGone(orphan));
    assertTrue(jhot.isAlive());
  }

  @Test
  void anAppWhoseJhotIsKilledDiesToo(Sandbox box) {
    box.expectLeftovers();
    Jhot jhot = box.exec(Sandbox.app("listen:" + box.port())).awaitServing(1);
    long app = jhot.status().serving().pid();

    jhot.signal("KILL");
    jhot.awaitExit();

    Await.until("the app is gone", () -> Proc.isGone(app));
  }

  @Test
  void everyGenerationDiesWithAJhotThatIsKilled(Sandbox box) {
    box.expectLeftovers();
    int port = box.port();
    Jhot jhot = box.exec(Sandbox.app("listen:" + port)).awaitServing(1);
    CompletableFuture<String> held = Http.begin(port, "/hold?" + box.directory() + "/never");
    jhot.out().await("holding");
    jhot.reload().good();
    Status status = jhot.status();
    assertEquals(2, status.generations().size(), status::toString);

    jhot.signal("KILL");
    jhot.awaitExit();

    for (Status.Generation generation : status.generations()) {
      Await.until("it is gone: " + generation, () -> Proc.isGone(generation.pid()));
    }
    Assertions.assertThrows(ExecutionException.class, held::get);
  }

  @Test
  void anAppBehindAScriptWhoseJhotIsKilledDiesToo(Sandbox box) {
    box.expectLeftovers();
    int port = box.port();
    String java = String.join(" ", Sandbox.app("listen:" + port));
    Jhot jhot =
        box.exec(List.of(box.script("start.sh", "#!/bin/sh", java, "exit $?").toString()))
            .awaitServing(1);
    long app = jhot.status().serving().pid();

    jhot.signal("KILL");
    jhot.awaitExit();

    Await.until("the app is gone", () -> Proc.isGone(app));
    Await.until("the script is gone", () -> box.processes().isEmpty());
  }

  @Test
  void withOrphanKeepTheAppServesOnWithoutJhot(Sandbox box) throws IOException {
    box.expectLeftovers();
    int port = box.port();
    Jhot jhot =
        box.exec(List.of("--orphan", "keep"), Sandbox.app("listen:" + port)).awaitServing(1);
    jhot.replace(1);
    long app = jhot.status().serving().pid();

    jhot.signal("KILL");
    jhot.awaitExit();

    assertEquals(Long.toString(app), Http.get(port, "/pid"));
    Proc.signal(app, "KILL");
    Await.until("the app is gone", () -> Proc.isGone(app));
  }

  @Test
  void aJhotThatWasKilledLeavesNothingInTheWayOfTheNext(Sandbox box) throws IOException {
    box.expectLeftovers();
    int port = box.port();
    List<String> options = List.of("--name", "web");
    Jhot killed = box.exec(options, Sandbox.app("listen:" + port)).awaitServing(1);
    killed.signal("KILL");
    killed.awaitExit();
    Await.until("the app is gone", () -> box.processes().isEmpty());

    Jhot next = box.exec(options, Sandbox.app("listen:" + port)).awaitServing(1);

    assertEquals("web", next.status().name());
    assertEquals(next.pid(), next.status().pid());
    assertEquals(Long.toString(next.status().serving().pid()), Http.get(port, "/pid"));
  }

  @Test
  void theAppsOutputIsUntouched(Sandbox box) {
    byte[] every = new byte[256];
    for (int i = 0; i < every.length; i++) {
      every[i] = (byte) i;
    }
    Jhot jhot = box.exec(Sandbox.app("bytes", "complain:an error"));
    jhot.finish().good();

    assertArrayEquals(every, jhot.out().bytes());
    assertEquals(List.of("an error"), jhot.err().lines());
  }

  @Test
  void theOutputOfALaterGenerationIsUntouchedToo(Sandbox box) {
    int port = box.port();
    Jhot jhot =
        box.exec(
                Sandbox.app(
                    "say:out {gen}", "complain:err {gen}", "listen:" + port, "say:up {gen}"))
            .awaitServing(1);

    jhot.replace(1);
    assertDirect(jhot);
    jhot.signal("QUIT");
    jhot.out().await("Full thread dump");

    assertEquals(1, jhot.out().count("out 2"));
    assertEquals(1, jhot.err().count("err 2"));
    assertEquals(1, jhot.out().count("up 2"));
  }

  @Test
  void noLineOfAGenerationIsLostWhenItsOutputIsGivenBack(Sandbox box) {
    int port = box.port();
    box.file("script", "listen:" + port);
    Jhot jhot = box.exec(box.appByScript()).awaitServing(1);
    box.file("script", "count:5000", "listen:" + port, "count:20000", "say:the last line");

    jhot.reload().good();
    jhot.out().await("the last line");
    // what the relay still holds may come behind it
    Await.until("all lines are there", () -> jhot.out().lines().size() >= 25_001);

    List<String> lines = jhot.out().lines();
    assertEquals(25_001, lines.size());
    assertEquals(
        25_000, lines.stream().filter(line -> line.matches("line \\d+")).distinct().count());
  }

  /** Once it serves, a generation writes where jhot does: nobody stands between. */
  private static void assertDirect(Jhot jhot) {
    long app = jhot.status().serving().pid();
    for (int stream = 1; stream <= 2; stream++) {
      String target = Proc.descriptor(jhot.pid(), stream);
      int number = stream;
      Await.until(
          "stream " + stream + " of the app is jhot's own",
          () -> Proc.descriptor(app, number).equals(target),
          () -> Proc.descriptor(app, number) + " and not " + target);
    }
  }

  @Test
  void stdinIsTheApps(Sandbox box) {
    Jhot jhot = box.exec(Sandbox.app("echo"));
    jhot.type("grüße\nand more");
    jhot.closeStdin();

    assertEquals("grüße\nand more", jhot.finish().good().out());
  }

  @Test
  void closedStandardDescriptorsDoNotMatter(Sandbox box) throws IOException {
    int port = box.port();
    String app = String.join(" ", Sandbox.app("listen:" + port));
    Running shell = box.start("sh", "-c", "exec " + Sandbox.bin() + " exec -- " + app + " <&- >&-");
    shell.err().await("generation 1 serves");

    Http.assertAnswers(port);
    box.jhot("reload", "--wait").good();
    Http.assertAnswers(port);
    box.jhot("stop").good();
    assertEquals(143, shell.awaitExit());
  }
}
