package io.jhot.tests;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * Whole servers as their makers release them, started by their own scripts: each is reloaded three
 * times under load, and no request fails. Not part of {@code make test}: {@code make distributions}
 * fetches them from Maven Central and runs this. What each needs is in docs/servers.md.
 */
@ExtendWith(SandboxExtension.class)
class DistributionReload {
  private static final int RELOADS = 3;

  /** Such a server starts for half a minute where the machine has other work. */
  private static final Duration PATIENCE = Duration.ofMinutes(5);

  /** Where make distributions has unpacked them. */
  private static Path folder(String name) {
    Path parent = Path.of(System.getenv().getOrDefault("JHOT_DISTRIBUTIONS", "no such folder"));
    try (Stream<Path> all = Files.list(parent)) {
      return all.filter(path -> path.getFileName().toString().startsWith(name))
          .filter(path -> !path.toString().endsWith(".zip"))
          .findFirst()
          .orElseThrow(() -> new AssertionError("no " + name + " in " + parent));
    } catch (IOException e) {
      throw new UncheckedIOException("run make distributions", e);
    }
  }

  private static void copy(Path from, Path to) throws IOException {
    try (Stream<Path> all = Files.walk(from)) {
      for (Path path : all.toList()) {
        Path target = to.resolve(from.relativize(path).toString());
        if (Files.isDirectory(path)) {
          Files.createDirectories(target);
        } else {
          Files.copy(path, target);
        }
      }
    }
  }

  private static void patiently(Running command, String what, Jhot jhot) {
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    while (command.isAlive() && jhot.isAlive() && System.nanoTime() < deadline) {
      LockSupport.parkNanos(50_000_000);
    }
    if (command.isAlive()) {
      throw new AssertionError(what + " does not end: " + command + "\n" + jhot);
    }
  }

  private static void awaitServing(Jhot jhot, int generation) {
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    while (jhot.err().count("generation " + generation + " serves") == 0
        && jhot.isAlive()
        && System.nanoTime() < deadline) {
      LockSupport.parkNanos(50_000_000);
    }
    assertTrue(jhot.err().count("generation " + generation + " serves") > 0, jhot::toString);
  }

  /** Reloads it three times while clients ask for a path that it answers with 200. */
  private static void isReloadedThreeTimes(
      Sandbox box, int port, String path, List<String> options, List<String> command) {
    List<String> all =
        new ArrayList<>(
            List.of("--ready-timeout", "5m", "--probe", "http://localhost:" + port + path));
    all.addAll(options);
    Jhot jhot = box.exec(all, command);
    awaitServing(jhot, 1);
    List<Scenario.Traffic> clients = new ArrayList<>();
    clients.add(Polling.begin(port, path));
    for (int i = 0; i < 4; i++) {
      clients.add(KeptClient.begin(port, path));
    }
    for (int generation = 1; generation <= RELOADS; generation++) {
      Running reload = box.start(Sandbox.bin(), "reload", "--wait");
      patiently(reload, "the reload", jhot);
      reload.finish().good();
      jhot.awaitGone(generation);
    }
    int asked = 0;
    for (Scenario.Traffic client : clients) {
      asked += client.endWithoutFailure(RELOADS + 1);
    }
    assertTrue(asked > 100, "only " + asked + " requests");
    System.out.println(command.get(1) + ": " + RELOADS + " reloads, " + asked + " requests");
    jhot.signal("TERM");
    patiently(jhot, "jhot", jhot);
  }

  /** Agents that open ports, as operators for Kubernetes and test tools put them into a JVM. */
  @Test
  void agents(Sandbox box) throws IOException {
    int metrics = box.port();
    int coverage = box.port();
    int port = box.port();
    Path rules = box.file("rules.yaml", "rules:", "- pattern: \".*\"");
    box.environment(
        "JAVA_TOOL_OPTIONS",
        "-javaagent:"
            + folder("jmx_prometheus_javaagent")
            + "=127.0.0.1:"
            + metrics
            + ":"
            + rules
            + " -javaagent:"
            + folder("org.jacoco.agent")
            + "=output=tcpserver,address=127.0.0.1,port="
            + coverage);
    Jhot jhot = box.exec(Sandbox.app("listen:" + port)).awaitServing(1);
    jhot.awaitListeners(3);
    Scenario.Traffic scraper = Polling.begin(metrics, "/metrics");
    Scenario.Traffic client = KeptClient.begin(port, "/ping");
    for (int generation = 1; generation <= RELOADS; generation++) {
      jhot.replace(generation);
      assertFalse(Http.isRefused(coverage), jhot::toString);
    }
    assertTrue(Http.get(metrics, "/metrics").contains("jvm_"), jhot::toString);
    scraper.endWithoutFailure(RELOADS + 1);
    client.endWithoutFailure(RELOADS + 1);
  }

  @Test
  void tomcat(Sandbox box) throws IOException {
    int port = box.port();
    Path home = folder("apache-tomcat");
    Path base = Files.createDirectories(box.directory().resolve("base"));
    copy(home.resolve("conf"), base.resolve("conf"));
    copy(home.resolve("webapps/ROOT"), base.resolve("webapps/ROOT"));
    Files.createDirectories(base.resolve("temp"));
    Files.createDirectories(base.resolve("logs"));
    Path server = base.resolve("conf/server.xml");
    Files.writeString(
        server,
        Files.readString(server)
            .replace("port=\"8080\"", "port=\"" + port + "\"")
            .replace("port=\"8005\"", "port=\"" + box.port() + "\""));
    box.environment("JAVA_HOME", Sandbox.javaHome());
    box.environment("CATALINA_BASE", base.toString());

    isReloadedThreeTimes(
        box,
        port,
        "/favicon.ico",
        List.of(),
        List.of("sh", home.resolve("bin/catalina.sh").toString(), "run"));
  }

  @Test
  void payaraMicro(Sandbox box) throws IOException {
    int port = box.port();
    Path war = box.directory().resolve("ROOT.war");
    try (ZipOutputStream zip = new ZipOutputStream(Files.newOutputStream(war))) {
      zip.putNextEntry(new ZipEntry("page.txt"));
      zip.write("hello".getBytes(java.nio.charset.StandardCharsets.US_ASCII));
      zip.closeEntry();
    }

    isReloadedThreeTimes(
        box,
        port,
        "/page.txt",
        List.of(),
        List.of(
            Sandbox.java(),
            "-Djava.io.tmpdir=" + box.directory(),
            "-jar",
            folder("payara-micro").toString(),
            "--port",
            Integer.toString(port),
            "--nocluster",
            "--contextroot",
            "/",
            "--deploy",
            war.toString()));
  }

  @Test
  void wildFly(Sandbox box) throws IOException {
    int port = box.port();
    Path home = folder("wildfly");
    Path base = box.directory().resolve("standalone");
    copy(home.resolve("standalone"), base);
    box.environment("JAVA_HOME", Sandbox.javaHome());

    isReloadedThreeTimes(
        box,
        port,
        "/index.html",
        List.of("--env", "JBOSS_LOG_DIR=" + base.resolve("log-{gen}")),
        List.of(
            "sh",
            home.resolve("bin/standalone.sh").toString(),
            "-Djboss.server.base.dir=" + base,
            "-Djboss.server.data.dir=" + base.resolve("data-{gen}"),
            "-Djboss.server.temp.dir=" + base.resolve("tmp-{gen}"),
            "-Djboss.tx.node.id=g{gen}",
            "-Djboss.http.port=" + port,
            "-Djboss.https.port=" + box.port(),
            "-Djboss.management.http.port=" + box.port()));
  }

  @Test
  void keycloak(Sandbox box) throws IOException {
    int port = box.port();
    Path home = box.directory().resolve("keycloak");
    copy(folder("keycloak"), home);
    box.environment("JAVA_HOME", Sandbox.javaHome());
    String script = home.resolve("bin/kc.sh").toString();
    Running build = box.start("sh", script, "build", "--db=dev-mem", "--cache=local");
    build.closeStdin();
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    while (build.isAlive() && System.nanoTime() < deadline) {
      LockSupport.parkNanos(50_000_000);
    }
    build.finish().good();

    isReloadedThreeTimes(
        box,
        port,
        "/realms/master",
        List.of(),
        List.of(
            "sh",
            script,
            "start",
            "--optimized",
            "--http-enabled=true",
            "--hostname-strict=false",
            "--http-port=" + port));
  }
}
