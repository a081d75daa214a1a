package io.jhot.examples.load;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The command's exit codes and where it writes. */
@Timeout(60)
class LoadTest {
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();

  @Test
  void exitCodeIs0WhenEveryRequestWasAnswered() throws IOException {
    try (ScriptedServer server = new ScriptedServer((c, r, t) -> ScriptedServer.ANSWER)) {
      assertEquals(0, run("--port " + server.port() + " --duration 1 --slow-millis 1 --json"));
    }
    String json = out.toString(StandardCharsets.UTF_8);
    assertTrue(json.startsWith("{\"requests\":260,\"failed\":0,\"generations\":1,"), json);
    assertEquals(json.length() - 1, json.indexOf('\n'), "more than one line");
    assertEquals("", err.toString(StandardCharsets.UTF_8));
  }

  @Test
  void exitCodeIs1WhenOneRequestFailed() throws IOException {
    ScriptedServer.Script script =
        (connection, request, target) ->
            connection == 3 ? ScriptedServer.CLOSE : ScriptedServer.ANSWER;
    try (ScriptedServer server = new ScriptedServer(script)) {
      String rates = " --duration 1 --keep-alive-rate 0 --new-rate 10 --slow-rate 0";
      assertEquals(1, run("--port " + server.port() + rates));
    }
    String table = out.toString(StandardCharsets.UTF_8);
    assertTrue(table.contains("failed, new connection: 1 end before the answer"), table);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "--port",
        "--port 0",
        "--port x",
        "--port 80 --rate 3",
        "--port 80 --duration 0",
        "--port 80 --duration 3601",
        "--port 80 --warm-up 21",
        "--port 80 --host [no-address"
      })
  void exitCodeIs2WhenNothingCouldBeRun(String arguments) {
    assertEquals(2, run(arguments));
    assertTrue(
        err.toString(StandardCharsets.UTF_8).startsWith("load: "),
        err.toString(StandardCharsets.UTF_8));
    assertEquals(0, out.size());
  }

  private int run(String arguments) {
    return Load.run(
        arguments.isEmpty() ? new String[0] : arguments.split(" ", -1),
        new PrintStream(out, true, StandardCharsets.UTF_8),
        new PrintStream(err, true, StandardCharsets.UTF_8));
  }
}
