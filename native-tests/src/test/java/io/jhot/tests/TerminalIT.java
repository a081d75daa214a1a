package io.jhot.tests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** jhot in a terminal, alone and as a job of a shell. */
@ExtendWith(SandboxExtension.class)
class TerminalIT {
  private static final String CTRL_C = "\u0003";
  private static final String CTRL_BACKSLASH = "\u001c";
  private static final String CTRL_Z = "\u001a";

  private static Running inTerminal(Sandbox box, List<String> command) {
    List<String> all = new ArrayList<>(List.of(Programs.path("terminal")));
    all.addAll(command);
    return box.start(all.toArray(String[]::new));
  }

  private static Running jhotInTerminal(Sandbox box, String... command) {
    return inTerminal(
        box, Sandbox.concat(List.of(List.of(Sandbox.bin(), "exec", "--"), List.of(command))));
  }

  /** An interactive shell, which has job control. */
  private static Running shell(Sandbox box) {
    box.environment("PS1", "prompt> ");
    return inTerminal(box, List.of("bash", "--noprofile", "--norc", "-i"));
  }

  /** A shell with jhot in its foreground. */
  private static Running shellThatServes(Sandbox box, int port) {
    Running shell = shell(box);
    shell.type(
        Sandbox.bin() + " exec -- " + String.join(" ", Sandbox.app("listen:" + port)) + "\n");
    shell.out().await("generation 1 serves");
    return shell;
  }

  @Test
  void theAppSeesTheTerminalOnAllItsStreams(Sandbox box) {
    Running terminal =
        jhotInTerminal(
            box, "sh", "-c", "test -t 0 && test -t 1 && test -t 2 && echo they are terminals");

    assertTrue(terminal.finish().good().out().contains("they are terminals"));
  }

  @Test
  void aLaterGenerationSeesTheTerminalToo(Sandbox box) {
    Running terminal =
        jhotInTerminal(
            box,
            "sh",
            "-c",
            "test -t 0 && test -t 1 && test -t 2 && echo they are; exec sleep 1000");
    terminal.out().await("they are");

    box.jhot("reload", "--wait").good();

    terminal.out().await("they are", 2);
    terminal.type(CTRL_C);
    terminal.finish().with(143);
  }

  @Test
  void ctrlCDrainsAndASecondOneEndsAtOnce(Sandbox box) {
    int port = box.port();
    Running terminal = jhotInTerminal(box, Sandbox.app("listen:" + port).toArray(String[]::new));
    terminal.out().await("generation 1 serves");
    CompletableFuture<String> held = Http.begin(port, "/hold?" + box.directory() + "/go");
    terminal.out().await("holding");

    terminal.type(CTRL_C);
    Await.until("nobody new is let in", () -> Http.isRefused(port));
    assertFalse(held.isDone());
    box.file("go");

    assertEquals("held " + box.directory() + "/go", held.join());
    terminal.finish().with(143);
  }

  @Test
  void ctrlBackslashPrintsTheAppsThreads(Sandbox box) throws IOException {
    int port = box.port();
    Running terminal = jhotInTerminal(box, Sandbox.app("listen:" + port).toArray(String[]::new));
    terminal.out().await("generation 1 serves");

    terminal.type(CTRL_BACKSLASH);
    terminal.out().await("Full thread dump");

    Http.assertAnswers(port);
    terminal.type(CTRL_C);
    terminal.finish().with(143);
  }

  @Test
  void anAppThatReadsTheTerminalGetsIt(Sandbox box) {
    Running terminal = jhotInTerminal(box, "sh", "-c", "read line; echo \"it read <$line>\"");

    terminal.type("a line\n");

    assertTrue(terminal.finish().good().out().contains("it read <a line>"));
  }

  @Test
  void ctrlCReachesAnAppThatHasTheTerminal(Sandbox box) {
    Running terminal =
        jhotInTerminal(
            box, "sh", "-c", "trap 'echo it was asked; exit 3' INT; read x; echo got $x; read y");
    terminal.type("first\n");
    terminal.out().await("got first"); // by an app that is in the foreground, then

    terminal.type(CTRL_C);

    Finished end = terminal.finish();
    assertEquals(3, end.code(), end::toString);
    assertTrue(end.out().contains("it was asked"), end::toString);
  }

  @Test
  void ctrlZStopsJhotAndItsAppAndFgContinuesBoth(Sandbox box) throws IOException {
    int port = box.port();
    Running shell = shellThatServes(box, port);
    Status status = Status.parse(box.jhot("status", "--json").good().out());
    long jhot = status.pid();
    long app = status.serving().pid();

    shell.type(CTRL_Z);
    shell.out().await("Stopped");
    Await.until(
        "both are stopped",
        () -> Proc.state(jhot) == 'T' && Proc.state(app) == 'T',
        () -> "jhot is " + Proc.state(jhot) + ", the app is " + Proc.state(app));
    shell.type("fg\n");
    Await.until("both run", () -> Proc.state(jhot) != 'T' && Proc.state(app) != 'T');

    Http.assertAnswers(port);
    box.jhot("reload", "--wait").good();
    shell.type(CTRL_C);
    Await.until("jhot is gone", () -> Proc.isGone(jhot));
    endShell(shell);
  }

  @Test
  void bgContinuesInTheBackground(Sandbox box) throws IOException {
    int port = box.port();
    Running shell = shellThatServes(box, port);
    shell.type(CTRL_Z);
    shell.out().await("Stopped");

    shell.type("bg\n");

    Http.assertAnswers(port);
    box.jhot("reload", "--wait").good();
    box.jhot("stop").good();
    endShell(shell);
  }

  @Test
  void ctrlZOfAnAppThatHasTheTerminalStopsTheJob(Sandbox box) {
    Running shell = shell(box);
    shell.type(
        Sandbox.bin() + " exec -- sh -c 'read a; echo \"one <$a>\"; read b; echo \"two <$b>\"'\n");
    shell.type("first\n");
    shell.out().await("one <first>");

    shell.type(CTRL_Z);
    shell.out().await("Stopped");
    shell.type("echo back in the $((40 + 2)) shell\n");
    shell.out().await("back in the 42 shell");
    shell.type("fg\n");
    shell.type("second\n");

    shell.out().await("two <second>");
    endShell(shell);
  }

  @Test
  void theShellHasItsTerminalBackAfterAnAppHadIt(Sandbox box) {
    Running shell = shell(box);
    shell.type(Sandbox.bin() + " exec -- sh -c 'read line; echo \"it read <$line>\"'\n");
    shell.type("a line\n");
    shell.out().await("it read <a line>");

    shell.type("read answer; echo \"the shell read <$answer>\"\n");
    shell.type("another line\n");

    shell.out().await("the shell read <another line>");
    endShell(shell);
  }

  private static void endShell(Running shell) {
    shell.type("exit 0\n");
    shell.finish().good();
  }

  @Test
  void jhotsLinesAreColouredInATerminalUnlessNoColorIsSet(Sandbox box) {
    String escape = "\u001b[";
    Finished coloured = jhotInTerminal(box, "no-such-program").finish().with(127);
    assertTrue(coloured.out().contains(escape), coloured::toString);

    box.environment("NO_COLOR", "1");
    Finished plain = jhotInTerminal(box, "no-such-program").finish().with(127);

    assertFalse(plain.out().contains(escape), plain::toString);
  }
}
