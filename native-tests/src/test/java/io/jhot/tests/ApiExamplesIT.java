package io.jhot.tests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** The three examples of the API's page, in generations that replace each other. */
@ExtendWith(SandboxExtension.class)
class ApiExamplesIT {
  private static final Path SOURCES = Path.of("../java-api/api/src/test/java/com/example/api");

  /** Compiles an example, as a release of it that differs in so much has it. */
  private static Path release(Sandbox box, String example, String... replacements)
      throws IOException {
    String text = Files.readString(SOURCES.resolve(example + ".java"));
    for (int i = 0; i < replacements.length; i += 2) {
      assertTrue(text.contains(replacements[i]), replacements[i]);
      text = text.replace(replacements[i], replacements[i + 1]);
    }
    Path release = Files.createTempDirectory(box.directory(), "release");
    String source = Files.writeString(release.resolve(example + ".java"), text).toString();
    String[] command = {"--release", "17", "-cp", "" + ApiIT.API, "-d", "" + release, source};
    assertEquals(0, ToolProvider.getSystemJavaCompiler().run(null, null, null, command));
    return release;
  }

  /** A deployment: the next generation is of that release. */
  private static void deploy(Sandbox box, Path release) throws IOException {
    Path next = Files.createSymbolicLink(box.directory().resolve("next"), release);
    Files.move(next, current(box), StandardCopyOption.ATOMIC_MOVE);
  }

  private static Path current(Sandbox box) {
    return box.directory().resolve("current");
  }

  private static Jhot exec(Sandbox box, String... steps) {
    String path = Sandbox.fixtures() + ":" + ApiIT.API + ":" + current(box);
    List<String> app = List.of("-cp", path, "com.example.fixture.ApiApp");
    return box.exec(
            Sandbox.concat(
                List.of(List.of(Sandbox.java()), Sandbox.jvmFlags(), app, List.of(steps))))
        .awaitServing(1);
  }

  private static String note(Jhot jhot, int generation) {
    jhot.out().await("generation " + generation + " has ");
    return jhot.status().serving().note();
  }

  @Test
  void stateOfAnotherReleaseIsRefusedAndTheCacheWarmedAgain(Sandbox box) throws IOException {
    deploy(box, release(box, "WarmCache"));
    Jhot jhot = exec(box, "main:com.example.api.WarmCache", "listen:" + box.port());
    jhot.awaitListeners(1); // it says ready by itself, perhaps before jhot has its socket
    assertEquals("warming cache 80 %", note(jhot, 1));

    jhot.reload().good();
    assertEquals("", note(jhot, 2), "it has inherited its cache");
    jhot.awaitGone(1);

    deploy(box, release(box, "WarmCache", "VERSION = 1;", "VERSION = 2;", "+= 20", "+= 10"));
    jhot.reload().good();
    assertEquals("warming cache 90 %", note(jhot, 3), "the other's is of version 1");
    jhot.awaitGone(2);

    jhot.reload().good();
    assertEquals("", note(jhot, 4), "it has inherited what is of version 2");
    jhot.awaitGone(3);

    assertEquals(
        List.of(5, 5, 10, 10),
        jhot.out().lines().stream()
            .map(line -> Integer.parseInt(line.substring(line.lastIndexOf(' ') + 1)))
            .toList());
    assertEquals(0, jhot.err().count("warning"), jhot::toString);
  }

  @Test
  void theConsumerFinishesTheJobInHandAndTheNextGenerationWorks(Sandbox box) throws IOException {
    deploy(box, release(box, "Consumer"));
    Jhot jhot = exec(box, "listen:" + box.port(), "main:com.example.api.Consumer");
    jhot.out().await("done: two");

    jhot.replace(1);

    jhot.out().await("done: two", 2);
    jhot.out().await("left for the next one: []");
    assertEquals(1, jhot.err().count("drain hook queue took "), jhot::toString);
    assertEquals(0, jhot.err().count("warning"), jhot::toString);
  }

  @Test
  void aSubscriberOfTheFeedStaysConnectedOverReloads(Sandbox box) throws IOException {
    deploy(box, release(box, "Feed"));
    int port = box.port();
    Jhot jhot = exec(box, "main:com.example.api.Feed:" + port);
    try (Socket subscriber = new Socket("127.0.0.1", port)) {
      subscriber.setSoTimeout((int) Await.PATIENCE.toMillis());
      BufferedReader in =
          new BufferedReader(
              new InputStreamReader(subscriber.getInputStream(), StandardCharsets.US_ASCII));
      awaitTick(in, 1);

      jhot.reload().good();
      awaitTick(in, 2);
      jhot.awaitGone(1);
      jhot.reload().good();
      awaitTick(in, 3);
      jhot.awaitGone(2);
    }
    assertEquals(0, jhot.err().count("warning"), jhot::toString);
  }

  /** Reads whole lines until there is one of that generation; the end of the stream fails. */
  private static void awaitTick(BufferedReader in, int generation) throws IOException {
    String line;
    do {
      line = in.readLine();
      assertTrue(line != null && line.matches("tick [0-9]+ of [0-9]+"), line);
    } while (!line.endsWith(" of " + generation));
  }
}
