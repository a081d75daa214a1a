package io.jhot.tests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Nobody reads what jhot writes: a full pipe, or a terminal after Ctrl-S. */
@ExtendWith(SandboxExtension.class)
class UnreadOutputIT {
  private static final String CTRL_S = "\u0013";
  private static final String CTRL_Q = "\u0011";

  /**
   * jhot whose stderr is a full pipe; its own descriptor of it can read too, so it never breaks.
   */
  private static Jhot withFullStderr(Sandbox box, Path pipe, List<String> app) {
    box.run("mkfifo", pipe.toString()).good();
    List<String> enter =
        List.of(
            "bash",
            "-c",
            "exec 3<>\"$0\"; dd if=/dev/zero of=\"$0\" bs=4096 count=100000 oflag=nonblock"
                + " 2>/dev/null; exec \"$@\" 2>&3 3>&-",
            pipe.toString());
    return box.exec(enter, List.of("--name", "unread"), app);
  }

  @Test
  void aFullPipeHoldsNothingUpAndWhatWasWrittenComesWhenItIsRead(Sandbox box) {
    Path pipe = box.directory().resolve("pipe");
    Path script = box.file("script", "listen:" + box.port());
    Jhot jhot = withFullStderr(box, pipe, Sandbox.app("script:" + script));
    jhot.awaitAlone(1);

    jhot.reload().good();
    jhot.awaitAlone(2);
    box.file("script", "complain:this is why", "exit:3");
    Finished failed = jhot.reload().with(1);
    assertTrue(failed.err().contains("exited with code 3"), failed::toString);
    assertTrue(failed.err().contains("this is why"), failed::toString);
    jhot.awaitAlone(2);

    Running reader = box.start("cat", pipe.toString());
    reader.out().await("generation 2 serves");
    reader.out().await("generation 3 exited with code 3");
    assertEquals(143, jhot.stop().code());
    String all = reader.finish().good().out();
    assertTrue(all.contains("generation 2 is gone: it exited with code 143"), all);
  }

  @Test
  void jhotEndsAlthoughNobodyReads(Sandbox box) {
    Path pipe = box.directory().resolve("pipe");
    Jhot jhot = withFullStderr(box, pipe, Sandbox.app("listen:" + box.port()));
    jhot.awaitAlone(1);

    assertEquals(143, jhot.stop().code());
  }

  @Test
  void aTerminalThatIsStoppedHoldsNothingUp(Sandbox box) {
    List<String> command =
        new ArrayList<>(List.of(Programs.path("terminal"), Sandbox.bin(), "exec", "--"));
    command.addAll(Sandbox.app("listen:" + box.port()));
    Running terminal = box.start(command.toArray(String[]::new));
    terminal.out().await("generation 1 serves");
    terminal.type(CTRL_S);

    box.jhot("reload", "--wait").good();
    box.jhot("status").good();

    terminal.type(CTRL_Q);
    terminal.out().await("generation 2 serves");
    terminal.type(CTRL_S);
    box.jhot("stop").good();
    terminal.finish().with(143);
  }
}
