package io.jhot.tests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** The built tree works wherever it is. */
@ExtendWith(SandboxExtension.class)
class TreeIT {
  private static void copy(Path from, Path to) throws IOException {
    Files.walkFileTree(
        from,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult preVisitDirectory(Path folder, BasicFileAttributes attributes)
              throws IOException {
            Files.createDirectories(to.resolve(from.relativize(folder).toString()));
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
              throws IOException {
            Files.copy(file, to.resolve(from.relativize(file).toString()));
            return FileVisitResult.CONTINUE;
          }
        });
  }

  @Test
  void aCopyWithSpacesInItsPathServesAndReloads(Sandbox box) throws IOException {
    Path tree = box.directory().resolve("a tree with spaces");
    copy(Sandbox.tree(), tree);
    Path link =
        Files.createSymbolicLink(box.directory().resolve("my jhot"), tree.resolve("bin/jhot"));
    int port = box.port();
    // behind a script, where the agent's path goes through a variable
    Path script =
        box.script("start.sh", "#!/bin/sh", String.join(" ", Sandbox.app("listen:" + port)));

    Running jhot = box.start(link.toString(), "exec", "--", script.toString());
    jhot.err().await("generation 1 serves");
    Finished reload = box.run(link.toString(), "reload", "--wait").good();

    assertTrue(reload.out().contains("generation 2 serves"), reload::toString);
    assertEquals("{\"message\":\"pong\"}", Http.get(port, "/ping"));
    box.run(link.toString(), "stop").good();
    assertEquals(143, jhot.awaitExit());
    assertEquals(List.of(), jhot.err().lines().stream().filter(l -> l.contains("AOT")).toList());
  }
}
