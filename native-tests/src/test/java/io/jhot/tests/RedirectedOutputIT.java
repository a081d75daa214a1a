package io.jhot.tests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Scripts that send the output of their JVM elsewhere: it stays there in every generation. */
@ExtendWith(SandboxExtension.class)
class RedirectedOutputIT {

  private static String app(int port) {
    return String.join(" ", Sandbox.app("listen:" + port));
  }

  /** Reloads a script and has the new generation write to both streams, once it serves. */
  private static Jhot reloaded(Sandbox box, int port, String command) throws IOException {
    Path script = box.script("start.sh", "#!/bin/sh", command);
    Jhot jhot = box.exec(List.of(script.toString())).awaitServing(1);
    jhot.replace(1);
    Http.get(port, "/do?say:to-stdout");
    Http.get(port, "/do?complain:to-stderr");
    return jhot;
  }

  private static void awaitIn(Path file, String text) {
    Await.until(
        text + " is in " + file,
        () -> {
          try {
            return Files.readAllLines(file).contains(text);
          } catch (IOException e) {
            return false;
          }
        });
  }

  /** A line of its own: the app also says on stdout that it has done so. */
  private static void awaitLine(Output output, String line) {
    Await.until("a line " + line, () -> output.text().lines().anyMatch(line::equals), output::text);
  }

  @Test
  void intoAFile(Sandbox box) throws IOException {
    int port = box.port();
    Path log = box.file("app.log");

    Jhot jhot = reloaded(box, port, "exec " + app(port) + " >>" + log + " 2>&1");

    awaitIn(log, "to-stdout");
    awaitIn(log, "to-stderr");
    jhot.stop();
    assertFalse(jhot.out().text().contains("to-stdout"), jhot::toString);
    assertFalse(jhot.err().text().contains("to-stderr"), jhot::toString);
  }

  @Test
  void throughTee(Sandbox box) throws IOException {
    int port = box.port();
    Path log = box.file("app.log");

    Jhot jhot = reloaded(box, port, app(port) + " | tee -a " + log);

    awaitIn(log, "to-stdout");
    awaitLine(jhot.out(), "to-stdout");
    awaitLine(jhot.err(), "to-stderr");
    assertFalse(Files.readAllLines(log).contains("to-stderr"));
  }

  @Test
  void bothIntoOneAsInTheFirstGeneration(Sandbox box) throws IOException {
    int port = box.port();

    Jhot jhot = reloaded(box, port, "exec " + app(port) + " 2>&1");

    awaitLine(jhot.out(), "to-stdout");
    awaitLine(jhot.out(), "to-stderr");
    long app = jhot.status().serving().pid();
    assertEquals(Proc.descriptor(jhot.pid(), 1), Proc.descriptor(app, 2)); // no pipe of jhot's left
  }
}
