package io.jhot.tests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What jhot ends with, and what it says when that is not the app's doing. */
@ExtendWith(SandboxExtension.class)
class ExitCodeIT {
  private static Finished runs(Sandbox box, String script) {
    return box.jhot("exec", "--", "/bin/sh", "-c", script);
  }

  @Test
  void everyExitCodeOfTheAppIsJhots(Sandbox box) {
    int atOnce = 4;
    for (int first = 0; first < 256; first += atOnce) {
      List<Running> running = new ArrayList<>();
      for (int code = first; code < first + atOnce; code++) {
        running.add(box.start(Sandbox.bin(), "exec", "--", "/bin/sh", "-c", "exit " + code));
      }
      for (int i = 0; i < atOnce; i++) {
        running.get(i).finish().with(first + i);
      }
    }
  }

  @ParameterizedTest
  @CsvSource({
    "HUP,1", "INT,2", "QUIT,3", "ABRT,6", "KILL,9", "USR1,10", "SEGV,11", "PIPE,13", "TERM,15"
  })
  void anAppThatDiesOfASignalMakes128AndItsNumber(String name, int number, Sandbox box) {
    runs(box, "ulimit -c 0; kill -s " + name + " $$").with(128 + number);
  }

  @Test
  void aProgramThatDoesNotExistMakes127(Sandbox box) {
    for (String program : List.of("no-such-program", "/no/such/program", "./none")) {
      Finished end = box.jhot("exec", "--", program).with(127);
      assertEquals(1, end.err().lines().count(), end::toString);
      assertTrue(end.err().contains(program), end::toString);
    }
  }

  @Test
  void aProgramThatCannotBeExecutedMakes126(Sandbox box) {
    Path notExecutable = box.file("plain.sh", "#!/bin/sh");
    Path noFormat = box.script("no-format", "\u0001\u0002\u0003");
    for (Path program : List.of(notExecutable, noFormat, box.directory())) {
      Finished end = box.jhot("exec", "--", program.toString()).with(126);
      assertEquals(1, end.err().lines().count(), end::toString);
      assertTrue(end.err().contains(program.toString()), end::toString);
    }
  }

  @Test
  void aScriptWhoseInterpreterIsMissingMakes127(Sandbox box) {
    Path script = box.script("script", "#!/no/such/interpreter");

    Finished end = box.jhot("exec", "--", script.toString()).with(127);

    assertEquals(1, end.err().lines().count(), end::toString);
  }

  @Test
  void aFailureOfJhotMakes125(Sandbox box) throws IOException {
    Finished folder = box.jhot("exec", "--cwd", "/no/such/folder", "--", "true").with(125);
    assertEquals(1, folder.err().lines().count(), folder::toString);
    assertTrue(folder.err().contains("/no/such/folder"), folder::toString);

    int port = box.port();
    try (ServerSocket holder = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
      Finished taken =
          box.jhot("exec", "--listen", "tcp://127.0.0.1:" + port, "--", "true").with(125);
      assertEquals(1, taken.err().lines().count(), taken::toString);
      assertTrue(taken.err().contains(Integer.toString(holder.getLocalPort())), taken::toString);
      assertTrue(taken.err().contains("EADDRINUSE"), taken::toString);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "exec",
        "exec --",
        "exec --no-such-option -- true",
        "exec --name -- true",
        "exec --name a/b -- true",
        "exec --name .. -- true",
        "exec --listen nothing -- true",
        "exec --listen ftp://127.0.0.1:1 -- true",
        "exec --listen tcp://127.0.0.1:0 -- true",
        "exec --listen tcp://127.0.0.1:65536 -- true",
        "exec --listen unix://relative -- true",
        "exec --listen a=tcp://127.0.0.1:1 --listen a=udp://127.0.0.1:1 -- true",
        "exec --stdin-socket none -- true",
        "exec --ready never -- true",
        "exec --ready-timeout 0 -- true",
        "exec --ready-timeout soon -- true",
        "exec --drain-timeout -1s -- true",
        "exec --drain-delay 10s --drain-timeout 5s -- true",
        "exec --stop-signal NONE -- true",
        "exec --restart always -- true",
        "exec --restart on-failure:0 -- true",
        "exec --remap-exit 143 -- true",
        "exec --remap-exit 256:0 -- true",
        "exec --env =v -- true",
        "exec --orphan adopt -- true",
        "exec --log-format xml -- true",
        "exec --log-level loud -- true",
        "exec @/no/such/file",
        "no-such-command",
        "status --jsn",
        "reload --timeout soon",
        "stop extra"
      })
  void wrongUsageMakes2AndOneLineBeforeAnythingIsStarted(String arguments, Sandbox box) {
    Finished end = box.jhot(arguments.split(" ")).with(2);

    assertEquals("", end.out());
    assertEquals(1, end.err().lines().count(), end::toString);
    assertTrue(end.err().startsWith("jhot: "), end::toString);
    assertTrue(end.err().contains("--help"), end::toString);
  }

  @Test
  void jhotAloneSaysWhatCanBeDone(Sandbox box) {
    Finished end = box.jhot().with(2);

    assertTrue(end.err().contains("exec, status, reload, stop or doctor"), end::toString);
  }

  @Test
  void remappedCodesAreWhatJhotEndsWith(Sandbox box) {
    String[] options = {"--remap-exit", "143:0", "--remap-exit", "3:4,5:6"};
    for (int[] pair : new int[][] {{143, 0}, {3, 4}, {5, 6}, {7, 7}}) {
      box.jhot(
              "exec",
              options[0],
              options[1],
              options[2],
              options[3],
              "--",
              "/bin/sh",
              "-c",
              "exit " + pair[0])
          .with(pair[1]);
    }
    box.jhot("exec", options[0], options[1], "--", "/bin/sh", "-c", "kill -s TERM $$").with(0);
  }

  @Test
  void aServiceThatFailsIsStartedAgainSoOften(Sandbox box) {
    Finished end =
        box.jhot(
                "exec",
                "--restart",
                "on-failure:2",
                "--",
                "/bin/sh",
                "-c",
                "echo start $JHOT_GENERATION; exit 9")
            .with(9);

    assertEquals("start 1\nstart 2\nstart 3\n", end.out());
    assertTrue(end.err().contains("gives up"), end::toString);
  }

  @Test
  void aServiceThatRecoversIsNotStartedAgain(Sandbox box) {
    String script = "echo start; test -e recovered && exit 0; touch recovered; exit 5";

    Finished end =
        box.jhot("exec", "--restart", "on-failure", "--", "/bin/sh", "-c", script).good();

    assertEquals("start\nstart\n", end.out());
  }

  @Test
  void helpAndVersionGoToStdoutAndSucceed(Sandbox box) {
    for (String[] asked :
        new String[][] {
          {"--help"}, {"exec", "--help"}, {"status", "-h"}, {"reload", "--help"}, {"stop", "--help"}
        }) {
      Finished help = box.jhot(asked).good();
      assertTrue(help.out().contains("Usage: jhot"), help::toString);
      assertEquals("", help.err());
    }
    Finished version = box.jhot("--version").good();
    assertTrue(version.out().matches("jhot \\d+\\.\\d+.*\n"), version::toString);
  }
}
