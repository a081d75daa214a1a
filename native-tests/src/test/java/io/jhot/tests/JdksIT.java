package io.jhot.tests;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The JDKs that apps run on. {@code make test-jdks} runs all of this on each, as {@code JHOT_JDKS},
 * a list of releases, asks for; a release that is not there fails. Else the oldest and the newest
 * that there are run in short.
 */
@ExtendWith(SandboxExtension.class)
class JdksIT {
  private static final String WANTED = System.getenv().getOrDefault("JHOT_JDKS", "");

  /** Each way in which a thread may wait for a connection, Netty's own sockets, and a framework. */
  private static final Pattern SERVERS =
      Pattern.compile("JDK HttpServer|.*Socket.*|Netty 4.2, epoll|Spring Boot 4, Tomcat");

  private static final Pattern FEW_SERVERS = Pattern.compile("ServerSocket, platform threads");

  static List<TestedJdk> jdks() {
    List<TestedJdk> all = TestedJdk.all();
    if (WANTED.isEmpty()) {
      return all.size() == 1 ? all : List.of(all.getFirst(), all.getLast());
    }
    List<TestedJdk> wanted = new ArrayList<>();
    for (String release : WANTED.trim().split("[ ,]+")) {
      int version = Integer.parseInt(release);
      wanted.add(
          all.stream()
              .filter(jdk -> jdk.version() == version)
              .findFirst()
              .orElseThrow(() -> new AssertionError("there is no JDK " + version)));
    }
    return wanted;
  }

  static Stream<Arguments> jdksAndServers() {
    Pattern servers = WANTED.isEmpty() ? FEW_SERVERS : SERVERS;
    return jdks().stream()
        .flatMap(
            jdk ->
                Server.all()
                    .filter(server -> servers.matcher(server.name()).matches())
                    .filter(server -> jdk.version() >= 21 || !server.name().contains("virtual"))
                    .map(server -> Arguments.of(jdk, server)));
  }

  @ParameterizedTest
  @MethodSource("jdksAndServers")
  void aServerIsReloadedUnderLoadAndNoRequestFails(TestedJdk jdk, Server server, Sandbox box)
      throws IOException {
    box.runAppsOn(jdk);
    Scenario.SHORT.run(server, Scenario.Family.DUAL, box);
  }

  @ParameterizedTest
  @MethodSource("jdks")
  void itIsProbedWhileStagedKeepsItsHooksAndHandsItsListenersOn(TestedJdk jdk, Sandbox box)
      throws IOException {
    box.runAppsOn(jdk);
    int port = box.port();
    Path unix = box.directory().resolve("unix");
    List<String> app =
        Sandbox.concat(
            List.of(
                List.of(Sandbox.java()),
                Sandbox.jvmFlags(),
                List.of("-cp", Sandbox.fixtures() + ":" + ApiIT.API),
                List.of("com.example.fixture.ApiApp", "hook:close:1000", "hook:pause:-1000"),
                jdk.version() >= 22 ? List.of("offer:state:100000", "inherit:state") : List.of(),
                List.of("unix:door:" + unix, "listen:" + port)));
    Jhot jhot = box.exec(List.of("--probe", "/"), app).awaitServing(1);
    jhot.err().await("generation 1: its probe succeeded");
    jhot.awaitListeners(2);

    jhot.replace(1);

    assertEquals("2 RELOAD OptionalInt[1]", Http.get(port, "/"));
    jhot.err().await("generation 2: its probe succeeded");
    assertEquals(2, jhot.status().listeners().size(), jhot::toString);
    Finished done = jhot.stop();
    assertEquals(
        1,
        done.out().lines().filter("pause of 1 to OptionalInt[2], RELOAD"::equals).count(),
        done::out);
    assertEquals(
        1,
        done.out().lines().filter("close of 2 to OptionalInt.empty, STOP"::equals).count(),
        done::out);
    assertEquals(0, jhot.err().count("warning: generation"), done::err);
  }
}
