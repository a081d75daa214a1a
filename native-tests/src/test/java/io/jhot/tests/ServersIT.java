package io.jhot.tests;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Released servers, unmodified: each is replaced under load, and nobody notices.
 *
 * <p>{@code make matrix} runs the same for longer, on each family of addresses, and keeps what came
 * of it: {@code JHOT_MATRIX_RESULTS} is the folder, {@code JHOT_MATRIX_RELOADS} and {@code
 * JHOT_MATRIX_SECONDS} say how long, {@code JHOT_MATRIX_SERVERS} is a regular expression of names,
 * and {@code JHOT_MATRIX_TABLE} the page to write.
 */
@ExtendWith(SandboxExtension.class)
class ServersIT {
  private static final Map<String, String> VARIABLES = System.getenv();
  private static final String RESULTS = VARIABLES.getOrDefault("JHOT_MATRIX_RESULTS", "");

  static Stream<Server> servers() {
    Pattern wanted = Pattern.compile(VARIABLES.getOrDefault("JHOT_MATRIX_SERVERS", ""));
    return Server.all().filter(server -> wanted.matcher(server.name()).find());
  }

  static Stream<Arguments> serversAndFamilies() {
    List<Scenario.Family> families =
        RESULTS.isEmpty() ? List.of(Scenario.Family.DUAL) : List.of(Scenario.Family.values());
    return servers().flatMap(s -> families.stream().map(family -> Arguments.of(s, family)));
  }

  @ParameterizedTest
  @MethodSource("serversAndFamilies")
  void isReloadedUnderLoadAndNoRequestFails(Server server, Scenario.Family family, Sandbox box)
      throws IOException {
    if (RESULTS.isEmpty()) {
      Scenario.SHORT.run(server, family, box);
      return;
    }
    Scenario scenario = family == Scenario.Family.DUAL ? longScenario() : Scenario.SHORT;
    MatrixResults results = new MatrixResults(RESULTS);
    results.forget(server, family);
    results.keep(server, family, scenario, scenario.run(server, family, box));
  }

  @AfterAll
  static void writeTheTable() throws IOException {
    String page = VARIABLES.getOrDefault("JHOT_MATRIX_TABLE", "");
    if (!page.isEmpty()) {
      ServerTable.write(RESULTS, Path.of(page));
    }
  }

  private static Scenario longScenario() {
    int reloads = Integer.parseInt(VARIABLES.getOrDefault("JHOT_MATRIX_RELOADS", "6"));
    int seconds = Integer.parseInt(VARIABLES.getOrDefault("JHOT_MATRIX_SECONDS", "60"));
    return new Scenario(reloads, Duration.ofSeconds(seconds), Duration.ofSeconds(8));
  }
}
