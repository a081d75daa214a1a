package io.jhot.tests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** When a generation counts as ready. */
@ExtendWith(SandboxExtension.class)
class ReadinessIT {
  @Test
  void aWordOnTheNotifySocketMakesReady(Sandbox box) {
    int port = box.port();
    Jhot jhot =
        box.exec(
            List.of("--ready", "notify", "--listen", "tcp://127.0.0.1:" + port),
            List.of(Programs.path("listen-fds"), "notify"));
    jhot.awaitAlone(1);

    Finished reload = jhot.reload().good();

    assertTrue(reload.out().contains("said that it is ready"), reload::toString);
    assertEquals(
        "it is well",
        jhot.awaitStatus("the note is there", s -> !s.serving().note().isEmpty()).serving().note());
  }

  @Test
  void theWordOfAStrangerIsNoneAndThatOfAChildWhichIsGoneIsOne(Sandbox box) {
    String say =
        "use Socket; my $s; socket($s, AF_UNIX, SOCK_DGRAM, 0) or die $!; send($s, 'READY=1', 0,"
            + " pack('S', AF_UNIX) . \"\\0\" . substr($ARGV[0], 1)) or die $!;";
    Path script =
        box.script(
            "service",
            "#!/bin/sh",
            "echo \"socket=$NOTIFY_SOCKET\"",
            "while [ ! -e go ]; do sleep 0.05; done",
            "perl -e \"$1\" \"$NOTIFY_SOCKET\"",
            "exec sleep 1000");
    Jhot jhot = box.exec(List.of("--ready", "notify"), List.of(script.toString(), say));
    String socket = jhot.out().await("socket=").substring("socket=".length());

    Running stranger = box.start("perl", "-e", say + "sleep 1000", socket);

    String said = jhot.err().await("is none of its processes");
    stranger.signal("KILL");
    assertTrue(said.contains("warning: generation 1: process "), said);
    assertTrue(jhot.status().has(1, "starting"));
    box.file("go");
    jhot.awaitServing(1);
  }

  @Test
  void withoutTheWordThatNotifyWaitsForTheReloadFails(Sandbox box) {
    Path script =
        box.script("service", "#!/bin/sh", "exec " + Programs.path("listen-fds") + " $(cat word)");
    box.file("word", "notify");
    int port = box.port();
    Jhot jhot =
        box.exec(
            List.of(
                "--ready", "notify",
                "--ready-timeout", "8s",
                "--listen", "tcp://127.0.0.1:" + port),
            List.of(script.toString()));
    jhot.awaitAlone(1);
    box.file("word", "");

    Finished reload = jhot.reload().with(1);

    assertTrue(reload.err().contains("READY=1"), reload::toString);
    assertEquals(1, jhot.status().serving().number());
  }

  @Test
  void theFirstGenerationIsReadyWhenItListensAndNotBefore(Sandbox box) throws IOException {
    int port = box.port();
    Path go = box.directory().resolve("go");
    Path pidFile = box.directory().resolve("jhot.pid");
    Jhot jhot =
        box.exec(
            List.of("--pid-file", pidFile.toString()),
            Sandbox.app("say:starting", "await:" + go, "listen:" + port));
    jhot.out().await("starting");
    assertTrue(jhot.status().has(1, "starting"));
    assertFalse(Files.exists(pidFile));

    box.file("go");
    jhot.awaitServing(1);

    Await.until("the pid file is there", () -> Files.exists(pidFile));
    assertEquals(jhot.pid() + "\n", Files.readString(pidFile));
    jhot.stop();
    assertFalse(Files.exists(pidFile));
  }

  @Test
  void execMeansThatItRuns(Sandbox box) {
    Jhot jhot = box.exec(List.of("--ready", "exec"), Sandbox.app("say:runs", "wait"));
    jhot.out().await("runs");
    assertTrue(jhot.status().servesAlone(1));

    jhot.replace(1);

    assertTrue(jhot.status().servesAlone(2));
  }

  @Test
  void aProgramThatIsNoJvmIsReadyWhenItRuns(Sandbox box) {
    Jhot jhot = box.exec(List.of("--ready-after", "500ms"), List.of("sleep", "1000"));
    jhot.awaitAlone(1);

    Finished reload = jhot.reload().good();

    assertTrue(reload.out().contains("has run for 500 ms"), reload::toString);
    jhot.awaitGone(1);

    assertTrue(jhot.status().servesAlone(2));
    assertEquals(128 + 15, jhot.stop().code());
  }
}
