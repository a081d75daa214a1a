package io.jhot.tests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** jhot as PID 1 of a PID namespace, as it is in a container. */
@ExtendWith(SandboxExtension.class)
class PidOneIT {
  /** Runs {@code jhot exec} as PID 1; unshare ends as it does. */
  private static Running init(Sandbox box, List<String> app) {
    List<String> namespace = List.of("unshare", "--pid", "--fork", "--kill-child", "--mount-proc");
    assumeTrue(
        box.run(Sandbox.concat(List.of(namespace, List.of("true"))).toArray(String[]::new)).code()
            == 0,
        "no PID namespace can be made here");
    List<String> command = new ArrayList<>(namespace);
    command.addAll(List.of(Sandbox.bin(), "exec", "--"));
    command.addAll(app);
    return box.start(command.toArray(String[]::new));
  }

  /** The pid by which the test knows it. */
  private static long outerPid(Running unshare) {
    return Proc.children(unshare.pid()).getFirst();
  }

  @Test
  void itServesReloadsAndDrains(Sandbox box) {
    int port = box.port();
    Running unshare = init(box, Sandbox.app("listen:" + port));
    unshare.err().await("generation 1 serves");
    assertEquals(1, Status.parse(box.jhot("status", "--json").good().out()).pid());
    Load load = Load.on(port);

    Proc.signal(outerPid(unshare), "HUP");
    unshare.err().await("generation 2 serves");
    unshare.err().await("generation 1 is gone");

    load.endWithoutFailure();
    CompletableFuture<String> held = Http.begin(port, "/hold?" + box.directory() + "/go");
    unshare.out().await("holding");
    Proc.signal(outerPid(unshare), "TERM");
    Await.until("nobody new is let in", () -> Http.isRefused(port));
    box.file("go");
    assertEquals("held " + box.directory() + "/go", held.join());
    unshare.finish().with(143);
  }

  @Test
  void itReapsWhatItsAppLeavesBehind(Sandbox box) {
    Running unshare = init(box, List.of(Programs.path("orphans"), "50"));
    unshare.out().await("all");
    long jhot = outerPid(unshare);

    Await.until(
        "the app is its only child",
        () -> Proc.children(jhot).size() == 1,
        () -> Proc.children(jhot).toString());

    Proc.signal(jhot, "TERM");
    unshare.finish().with(143);
  }

  @Test
  void itsExitCodeIsTheApps(Sandbox box) {
    init(box, List.of("sh", "-c", "exit 42")).finish().with(42);
    assertTrue(init(box, List.of("no-such-program")).finish().with(127).err().contains("no-such"));
  }
}
