package io.jhot.tests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
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
    Http.assertAnswers(port);
    box.run(link.toString(), "stop").good();
    assertEquals(143, jhot.awaitExit());
    assertEquals(List.of(), jhot.err().lines().stream().filter(l -> l.contains("AOT")).toList());
  }

  /**
   * The tree is what a container image of a service grows by. Not asked: licences; the cache, for
   * that only makes jhot fast; libzip, which reads the manifest of a jar that is run; and {@code
   * release}, which the JVM reads at its start to have it in a crash report.
   */
  @Test
  void jhotCannotStartWithoutAnyOfItsFiles(Sandbox box) throws IOException {
    Path tree = box.directory().resolve("tree");
    copy(Sandbox.tree(), tree);
    List<Path> files;
    try (Stream<Path> all = Files.walk(tree)) {
      files = all.filter(Files::isRegularFile).map(tree::relativize).sorted().toList();
    }
    List<String> notNeeded = new ArrayList<>();
    String listening = " exec --listen tcp://127.0.0.1:" + box.port() + " -- true";
    for (Path file : files) {
      if (file.toString()
          .matches(
              "lib/runtime/(legal/.*|release|lib/libzip.so)|lib/(jhot.aot|agent/.*)|share/.*")) {
        continue;
      }
      Path aside = Files.move(tree.resolve(file), box.directory().resolve("aside"));
      // sh, for bin/jhot itself is one of them
      String jhot = tree.resolve("bin/jhot").toString();
      if (box.run("sh", "-c", jhot + listening).code() == 0) {
        notNeeded.add(file.toString());
      }
      Files.move(aside, tree.resolve(file));
    }

    box.run("sh", "-c", tree.resolve("bin/jhot") + listening).good();
    assertEquals(List.of(), notNeeded);
  }
}
