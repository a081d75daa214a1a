package io.jhot.tests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Apps with a copy of the API that is older or newer than the agent of this jhot. */
@ExtendWith(SandboxExtension.class)
class ApiVersionsIT {
  private static final Path SOURCES = Path.of("../java-api/api/src/main/java");

  /** What is for the build's checkers alone, whose annotations these tests do not have. */
  private static final String NULLNESS =
      "import org\\.jspecify[^;]*;|requires static org\\.jspecify;|@NullMarked|@Nullable\\s";

  /** Compiles the API as another release might have it. */
  private static Path api(Sandbox box, String... replacements) throws IOException {
    Path sources = box.directory().resolve("sources");
    Path classes = box.directory().resolve("classes");
    List<String> command =
        new ArrayList<>(List.of("--release", "17", "-proc:none", "-d", classes.toString()));
    try (Stream<Path> all = Files.walk(SOURCES)) {
      for (Path one : all.filter(f -> f.toString().endsWith(".java")).toList()) {
        String text = Files.readString(one).replaceAll(NULLNESS, "");
        if (one.endsWith("Copy.java")) {
          for (int i = 0; i < replacements.length; i += 2) {
            assertTrue(text.contains(replacements[i]), replacements[i]);
            text = text.replace(replacements[i], replacements[i + 1]);
          }
        }
        Path copy = sources.resolve(SOURCES.relativize(one));
        Files.createDirectories(copy.getParent());
        command.add(Files.writeString(copy, text).toString());
      }
    }
    assertEquals(
        0,
        ToolProvider.getSystemJavaCompiler().run(null, null, null, command.toArray(String[]::new)));
    return classes;
  }

  private static Jhot exec(Sandbox box, Path api, int port) {
    List<String> app =
        List.of(
            "-cp",
            Sandbox.fixtures() + ":" + api,
            "com.example.fixture.ApiApp",
            "explicit",
            "status:hello",
            "hook:flush:0",
            "listen:" + port,
            "ready");
    return box.exec(Sandbox.concat(List.of(List.of(Sandbox.java()), Sandbox.jvmFlags(), app)))
        .awaitServing(1);
  }

  private static void worksAndSaysOnce(Jhot jhot, int port, String line) throws IOException {
    jhot.replace(1);
    assertEquals("2 RELOAD OptionalInt[1]", Http.get(port, "/"));
    assertEquals("flush of 1 to OptionalInt[2], RELOAD", jhot.out().await("flush of 1"));
    assertEquals(1, jhot.err().count("warning: generation 1: " + line), jhot::toString);
    assertEquals(1, jhot.err().count("warning: generation 2: " + line), jhot::toString);
    assertEquals(2, jhot.err().count("warning"), jhot::toString);
  }

  @Test
  void aNewerApiIsToldSoOnceAndWorksAsFarAsBothKnow(Sandbox box) throws IOException {
    int port = box.port();
    Path api = api(box, "VERSION = 3;", "VERSION = 99;", "\"status\"", "\"status-with-more\"");

    Jhot jhot = exec(box, api, port);

    assertEquals("", jhot.status().serving().note());
    worksAndSaysOnce(
        jhot,
        port,
        "the app uses a newer jhot-api (protocol version 99) than this jhot (3): what only"
            + " one of them supports does nothing");
  }

  @Test
  void anOlderApiIsToldSoOnceAndWorksAsFarAsBothKnow(Sandbox box) throws IOException {
    int port = box.port();
    Path api = api(box, "VERSION = 3;", "VERSION = 2;");

    Jhot jhot = exec(box, api, port);

    assertEquals("hello", jhot.status().serving().note());
    worksAndSaysOnce(
        jhot,
        port,
        "the app uses an older jhot-api (protocol version 2) than this jhot (3): what only"
            + " one of them supports does nothing");
  }
}
