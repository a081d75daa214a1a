package io.jhot.tests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** A terminal that is closed under jhot. */
@ExtendWith(SandboxExtension.class)
class HangUpIT {
  /** jhot as somebody types it into a shell, with its output in two files. */
  private record Job(Sandbox box, String name, int port) {
    String line(String before, String after) {
      return before
          + Sandbox.bin()
          + " exec --name "
          + name
          + " -- "
          + String.join(" ", Sandbox.app("listen:" + port))
          + " >"
          + box.directory()
          + "/"
          + name
          + ".out 2>"
          + box.directory()
          + "/"
          + name
          + ".err"
          + after
          + "\n";
    }

    String log() {
      return text(".err");
    }

    String text(String ending) {
      Path file = box.directory().resolve(name + ending);
      try {
        return Files.exists(file) ? Files.readString(file) : "";
      } catch (IOException e) {
        return e.toString();
      }
    }

    void awaitLine(String text) {
      Await.until(name + " says " + text, () -> log().contains(text), this::log);
    }

    Status status() {
      return Status.parse(box.jhot("status", "--json", "--name", name).good().out());
    }
  }

  private static Job job(Sandbox box, String name) {
    return new Job(box, name, box.port());
  }

  /** An interactive shell, which has job control; USR1 hangs its terminal up. */
  private static Running shell(Sandbox box) {
    box.environment("PS1", "prompt> ");
    return box.start(Programs.path("terminal"), "bash", "--noprofile", "--norc", "-i");
  }

  @Test
  void inTheForegroundAHangUpDrainsAndEnds(Sandbox box) {
    Job job = job(box, "front");
    Running shell = shell(box);
    shell.type(job.line("", ""));
    job.awaitLine("generation 1 serves");
    long jhot = job.status().pid();
    CompletableFuture<String> held = Http.begin(job.port(), "/hold?" + box.directory() + "/go");
    Await.until("it is held", () -> job.text(".out").contains("holding"));

    shell.signal("USR1");
    job.awaitLine("the terminal has hung up: draining, then ending");
    Await.until("nobody new is let in", () -> Http.isRefused(job.port()));
    assertFalse(held.isDone());
    box.file("go");

    assertEquals("held " + box.directory() + "/go", held.join());
    Await.until("jhot is gone", () -> Proc.isGone(jhot), job::log);
    assertFalse(job.log().contains("reloading"), job::log);
    shell.finish();
  }

  @Test
  void whatWasMadeToOutliveItsTerminalDoesAndReloads(Sandbox box) throws IOException {
    Job disowned = job(box, "disowned");
    Job nohup = job(box, "nohup");
    Job setsid = job(box, "setsid");
    Job plain = job(box, "plain");
    Running shell = shell(box);
    shell.type(disowned.line("", " & disown"));
    shell.type(nohup.line("nohup ", " &"));
    shell.type(setsid.line("setsid ", " &"));
    shell.type(plain.line("", " &"));
    for (Job job : List.of(disowned, nohup, setsid, plain)) {
      job.awaitLine("generation 1 serves");
    }
    long ends = plain.status().pid();

    shell.signal("USR1");
    Await.until("a job of the shell ends with it", () -> Proc.isGone(ends), plain::log);
    shell.finish();
    nohup.awaitLine("the terminal has hung up; jhot ignores that and lives on");

    assertTrue(plain.log().contains("the terminal has hung up: draining, then ending"), plain::log);
    for (Job job : List.of(disowned, nohup, setsid)) {
      box.jhot("reload", "--wait", "--name", job.name()).good();
      job.awaitLine("generation 1 is gone");
      assertEquals("{\"message\":\"pong\"}", Http.get(job.port(), "/ping"), job::log);
      Proc.signal(job.status().pid(), "HUP");
      job.awaitLine("generation 3 serves");
      box.jhot("stop", "--name", job.name()).good();
    }
  }

  @Test
  void theKillOfTheShellThatStartedItStillReloads(Sandbox box) {
    Job job = job(box, "job");
    Running shell = shell(box);
    shell.type(job.line("", " &"));
    job.awaitLine("generation 1 serves");

    shell.type("kill -HUP %1\n");
    job.awaitLine("SIGHUP: reloading");
    job.awaitLine("generation 1 is gone");

    assertEquals(2, job.status().serving().number());
    box.jhot("stop").good();
    shell.type("exit 0\n");
    shell.finish().good();
  }
}
