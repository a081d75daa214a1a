package io.jhot.tests;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Releases in folders of their own, and a link to the one that is to run. */
@ExtendWith(SandboxExtension.class)
class WorkingDirectoryIT {
  private static void release(Sandbox box, String name) throws IOException {
    Path folder = Files.createDirectory(box.directory().resolve(name));
    Path service = folder.resolve("service");
    Files.write(service, List.of("#!/bin/sh", "echo " + name + " in $(pwd -P)", "exec sleep 1000"));
    assertTrue(service.toFile().setExecutable(true));
  }

  private static void deploy(Sandbox box, String name) throws IOException {
    Path fresh = box.directory().resolve("fresh");
    Files.createSymbolicLink(fresh, Path.of(name));
    Files.move(fresh, box.directory().resolve("current"), StandardCopyOption.ATOMIC_MOVE);
  }

  /** Starts {@code jhot exec} as a shell does that was told to go to that folder. */
  private static Jhot start(Sandbox box, String folder, String pwd) {
    return box.exec(
        List.of(
            "sh", "-c", "cd " + folder + " && PWD=" + pwd + " && export PWD && exec \"$@\"", "sh"),
        List.of("--ready", "exec"),
        List.of("./service"));
  }

  @Test
  void aReloadRunsTheReleaseThatTheLinkLeadsToByThen(Sandbox box) throws IOException {
    release(box, "one");
    release(box, "two");
    deploy(box, "one");
    Jhot jhot = start(box, "current", box.directory().resolve("current").toString());
    jhot.out().await("one in " + box.directory().toRealPath().resolve("one"));
    jhot.awaitStatus("it runs", status -> status.servesAlone(1));

    deploy(box, "two");
    Files.delete(box.directory().resolve("one/service"));
    Files.delete(box.directory().resolve("one"));
    jhot.reload().good();

    jhot.out().await("two in " + box.directory().toRealPath().resolve("two"));
    jhot.stop();
  }

  @Test
  void aVariableThatLeadsElsewhereIsNotFollowed(Sandbox box) throws IOException {
    release(box, "one");
    release(box, "two");
    for (String pwd : List.of(box.directory().resolve("two").toString(), "/no/such", "two")) {
      Jhot jhot = start(box, "one", pwd);
      jhot.out().await("one in ");
      jhot.awaitStatus("it runs", status -> status.servesAlone(1));
      jhot.reload().good();
      jhot.out().await("one in ", 2);
      jhot.stop();
    }
  }
}
