package io.jhot.tests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
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
 * JHOT_MATRIX_SECONDS} say how long, {@code JHOT_MATRIX_SERVERS} and {@code JHOT_MATRIX_FAMILIES}
 * are regular expressions of names, and {@code JHOT_MATRIX_TABLE} the page to write.
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
    String families =
        RESULTS.isEmpty() ? "DUAL" : VARIABLES.getOrDefault("JHOT_MATRIX_FAMILIES", ".*");
    return servers()
        .flatMap(
            s ->
                Stream.of(Scenario.Family.values())
                    .filter(family -> family.name().matches(families))
                    .map(family -> Arguments.of(s, family)));
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

  static Stream<Server> serversThatRestart() {
    return servers()
        .filter(
            server -> List.of("Tomcat 11", "Jetty 12", "Netty 4.2, epoll").contains(server.name()));
  }

  /** A server that is stopped and started inside its process closes its port and binds it again. */
  @ParameterizedTest(allowZeroInvocations = true) // a run may be of some servers only
  @MethodSource("serversThatRestart")
  void isRestartedInsideItsProcessAndReloadedAfterThat(Server server, Sandbox box)
      throws IOException {
    int port = box.port();
    Jhot jhot = box.exec(server.command("*", port, 0)).awaitServing(1);
    for (int generation = 1; generation <= 2; generation++) {
      String pid = Http.get(port, "/pid");
      Http.get(port, "/restart");
      jhot.out().await("restarted", generation);
      assertEquals(pid, Http.get(port, "/pid"));
      jhot.awaitListeners(1);
      Load load = Load.on(port);

      jhot.replace(generation);

      load.endWithoutFailure();
    }
  }

  static Stream<Server> serversWhoseSocketIsCompared() {
    List<String> few =
        List.of(
            "ServerSocket, platform threads",
            "AsynchronousServerSocketChannel",
            "Netty 4.2, epoll");
    return servers().filter(server -> !RESULTS.isEmpty() || few.contains(server.name()));
  }

  @ParameterizedTest(allowZeroInvocations = true) // a run may be of some servers only
  @MethodSource("serversWhoseSocketIsCompared")
  void addressBacklogAndOptionsAreAsWithoutJhot(Server server, Sandbox box) {
    assumeTrue(ListeningSocket.isKnown(), "there is no ss (Debian: iproute2)");
    int port = box.port();
    List<String> command = server.command("*", port, box.port());
    Running direct = box.start(command.toArray(String[]::new));
    Await.until("it listens", () -> !Http.isRefused(port), direct::toString);
    String without = ListeningSocket.of(port);
    Proc.signal(direct.pid(), "TERM");
    Finished alone = direct.finish();

    Jhot jhot = box.exec(command).awaitServing(1);
    assertEquals(without, ListeningSocket.of(port), "generation 1");
    jhot.replace(1);
    assertEquals(without, ListeningSocket.of(port), "generation 2");

    String address = said(alone.out());
    if (!address.isEmpty()) { // an app of ours says it
      jhot.out().await(address, 2);
    }
  }

  /** What the app was told of its own listener. */
  private static String said(String output) {
    return output.lines().filter(line -> line.startsWith("listens on ")).findFirst().orElse("");
  }

  static Stream<Server> serversOnRings() {
    return servers().filter(server -> server.name().endsWith(", io_uring"));
  }

  /** An accept that io_uring was given stays with its socket: it is called back and begun anew. */
  @ParameterizedTest(allowZeroInvocations = true) // a run may be of some servers only
  @MethodSource("serversOnRings")
  void onIoUringItIsHeldBackUntilItIsProbedAndComesBackWhenItsSuccessorDies(
      Server server, Sandbox box) throws IOException {
    int port = box.port();
    Jhot jhot =
        box.exec(
                List.of("--probe", "/pid", "--drain-timeout", "10m"),
                server.command("127.0.0.1", port, 0))
            .awaitServing(1);
    String first = Http.get(port, "/pid");
    try (HeldRequest held = HeldRequest.begin("127.0.0.1", port)) {
      jhot.reload().good();
      Status parked = jhot.awaitParked(1);
      assertEquals(0, jhot.err().count("cannot be held back"), jhot::toString);

      Proc.signal(parked.serving().pid(), "KILL");

      // not before it is gone: its ring accepts until then, and what it has accepted is reset
      jhot.awaitAlone(1);
      assertEquals(first, Http.get(port, "/pid"));
      held.isAnswered();
    }
    Load load = Load.on(port);
    jhot.replace(1);
    load.endWithoutFailure();
  }

  static Stream<Server> serversOnJava17() {
    return servers()
        .filter(
            server ->
                List.of(
                        "JDK HttpServer",
                        "Tomcat 11",
                        "Netty 4.1, NIO",
                        "Spring Boot 3.5, Undertow")
                    .contains(server.name()));
  }

  @ParameterizedTest(allowZeroInvocations = true) // a run may be of some servers only
  @MethodSource("serversOnJava17")
  void onJava17ItIsReloadedThoughItOpensItsPortItself(Server server, Sandbox box)
      throws IOException {
    assumeTrue(Files.isExecutable(Sandbox.JAVA_17), "there is no JDK 17 in " + Sandbox.JAVA_17);
    int port = box.port();
    List<String> command = new ArrayList<>(server.command("*", port, 0));
    command.set(0, Sandbox.JAVA_17.toString());
    Jhot jhot = box.exec(command).awaitServing(1);
    Load load = Load.mixed("127.0.0.1", port, Duration.ofSeconds(1), false);
    Load onIpv6 = Load.on("::1", port);

    jhot.replace(1);

    load.endWithoutFailure();
    onIpv6.endWithoutFailure();
    assertEquals("BindException", Http.get(port, "/bind?port=" + port));
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
    return new Scenario(reloads, Duration.ofSeconds(seconds), Duration.ofSeconds(4));
  }
}
