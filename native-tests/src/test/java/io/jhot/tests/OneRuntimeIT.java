package io.jhot.tests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import java.util.zip.ZipOutputStream;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** However an app is packed, and however many copies of the API it brings: one runtime. */
@ExtendWith(SandboxExtension.class)
class OneRuntimeIT {
  private static final Path SPRING_ADAPTER =
      Path.of("../java-api/adapters/spring-boot/target/classes");

  private static List<String> java(String... arguments) {
    return Sandbox.concat(
        List.of(
            List.of(Sandbox.java()),
            List.of("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xmx160m", "-XX:-UsePerfData"),
            List.of(arguments)));
  }

  // Spring Boot.

  /** A released Spring Boot's jar of jars, with the API, the adapter and a hook among them. */
  private static Path nested(Sandbox box) throws IOException {
    Path released = Server.module("spring-boot-4-tomcat").resolve("target/app.jar");
    Path own = box.directory().resolve("app.jar");
    try (ZipFile in = new ZipFile(released.toFile());
        OutputStream file = Files.newOutputStream(own);
        ZipOutputStream out = new ZipOutputStream(file)) {
      for (ZipEntry entry : in.stream().toList()) {
        try (InputStream content = in.getInputStream(entry)) {
          store(out, entry.getName(), content.readAllBytes());
        }
      }
      store(out, "BOOT-INF/lib/jhot-api.jar", Files.readAllBytes(ApiIT.API));
      store(out, "BOOT-INF/lib/fixtures.jar", Files.readAllBytes(Sandbox.fixtures()));
      Path hook = ApiIT.service(box, "com.example.fixture.ApiApp$Found");
      store(out, "BOOT-INF/lib/hook.jar", jar(hook));
      store(out, "BOOT-INF/lib/jhot-spring-boot.jar", jar(SPRING_ADAPTER));
    }
    return own;
  }

  /** Nested jars are not compressed: Spring Boot's loader reads them where they lie. */
  private static void store(ZipOutputStream out, String name, byte[] content) throws IOException {
    ZipEntry entry = new ZipEntry(name);
    entry.setMethod(ZipEntry.STORED);
    entry.setSize(content.length);
    CRC32 sum = new CRC32();
    sum.update(content);
    entry.setCrc(sum.getValue());
    out.putNextEntry(entry);
    out.write(content);
    out.closeEntry();
  }

  private static byte[] jar(Path folder) throws IOException {
    var bytes = new java.io.ByteArrayOutputStream();
    try (ZipOutputStream out = new ZipOutputStream(bytes);
        var files = Files.walk(folder)) {
      for (Path one : files.filter(Files::isRegularFile).toList()) {
        store(out, folder.relativize(one).toString(), Files.readAllBytes(one));
      }
    }
    return bytes.toByteArray();
  }

  @Test
  void inNestedJarsOfSpringBootTheHookIsFoundAndTheAdapterSaysReady(Sandbox box)
      throws IOException {
    int port = box.port();
    Jhot jhot =
        box.exec(java("-jar", nested(box).toString(), "--server.port=" + port)).awaitServing(1);
    assertEquals("said that it is ready", jhot.status().serving().why());
    Load load = Load.on(port);

    jhot.replace(1);

    load.endWithoutFailure();
    jhot.out().await("found of 1 to OptionalInt[2], RELOAD");
    assertEquals(1, jhot.err().count("drain hook found took "), jhot::toString);
    assertEquals(1, jhot.err().count("drain hook spring readiness took "), jhot::toString);
    assertEquals(0, jhot.err().count("warning"), jhot::toString);
  }

  // Wars.

  private static Path war(Sandbox box, String name) throws IOException {
    Path war = box.directory().resolve(name);
    Path lib = Files.createDirectories(war.resolve("WEB-INF/lib"));
    Files.copy(ApiIT.API, lib.resolve("jhot-api.jar"));
    Files.copy(Sandbox.fixtures(), lib.resolve("fixtures.jar"));
    Path hook = ApiIT.service(box, "com.example.fixture.ApiApp$Found");
    Files.write(lib.resolve("hook.jar"), jar(hook));
    return war;
  }

  @Test
  void twoWarsWithACopyEachAreDrainedTogether(Sandbox box) throws IOException {
    int port = box.port();
    String one = war(box, "one").toString();
    String two = war(box, "two").toString();
    List<String> app = Sandbox.server("all", "WarApp", "" + port, "WarServlet", one, two);
    Jhot jhot = box.exec(app).awaitServing(1);
    assertEquals("1 own", Http.get(port, "/one/"));
    assertEquals("1 own", Http.get(port, "/two/"));

    jhot.replace(1);

    assertEquals("2 own", Http.get(port, "/one/"));
    for (String hook : List.of("/one", "/two")) {
      assertEquals(1, jhot.out().count(hook + " of 1"), jhot::toString);
      assertEquals(1, jhot.err().count("drain hook " + hook + " took "), jhot::toString);
    }
    assertEquals(2, jhot.out().count("found of 1"), jhot::toString); // one of each war
    assertEquals(0, jhot.err().count("warning"), jhot::toString);
  }

  @Test
  void aHookOfAWarThatNeverCallsTheApiIsFound(Sandbox box) throws IOException {
    int port = box.port();
    String war = war(box, "war").toString();
    List<String> app = Sandbox.server("all", "WarApp", "" + port, "QuietServlet", war);
    Jhot jhot = box.exec(app).awaitServing(1);
    assertEquals("quiet", Http.get(port, "/war/"));

    jhot.replace(1);

    jhot.out().await("found of 1 to OptionalInt[2], RELOAD");
    assertEquals(1, jhot.err().count("drain hook found took "), jhot::toString);
    assertEquals(0, jhot.err().count("warning"), jhot::toString);
  }

  // Modules.

  @Test
  void onTheModulePathTheHookThatTheModuleProvidesIsFound(Sandbox box) throws IOException {
    int port = box.port();
    Path module = box.directory().resolve("module");
    Path info =
        box.file(
            "module-info.java",
            "module app {",
            "  requires io.jhot.api;",
            "  requires jdk.httpserver;",
            "  provides io.jhot.api.DrainHook with app.Main;",
            "}");
    Path main =
        box.file(
            "Main.java",
            "package app;",
            "import com.sun.net.httpserver.HttpServer;",
            "import io.jhot.api.*;",
            "public class Main implements DrainHook {",
            "  public static void main(String[] arguments) throws Exception {",
            "    var address = new java.net.InetSocketAddress(Integer.parseInt(arguments[0]));",
            "    HttpServer server = HttpServer.create(address, 0);",
            "    server.createContext(\"/\", exchange -> {",
            "      byte[] body = (Jhot.generation().number() + \" in \"",
            "          + Jhot.class.getModule()).getBytes();",
            "      exchange.sendResponseHeaders(200, body.length);",
            "      exchange.getResponseBody().write(body);",
            "      exchange.close();",
            "    });",
            "    server.start();",
            "  }",
            "  public java.util.concurrent.CompletionStage<?> drain(DrainContext context) {",
            "    System.out.println(\"provided of \" + context.generation());",
            "    return null;",
            "  }",
            "}");
    String[] compile = {
      "--release", "17", "-p", "" + ApiIT.API, "-d", "" + module, "" + info, "" + main
    };
    assertEquals(0, ToolProvider.getSystemJavaCompiler().run(null, null, null, compile));
    Jhot jhot =
        box.exec(java("-p", module + ":" + ApiIT.API, "-m", "app/app.Main", "" + port))
            .awaitServing(1);
    assertEquals("1 in module io.jhot.api", Http.get(port, "/"));

    jhot.replace(1);

    assertEquals("2 in module io.jhot.api", Http.get(port, "/"));
    jhot.out().await("provided of 1");
    String took = jhot.err().await("drain hook app.Main took ");
    assertTrue(took.startsWith("jhot: generation 1: "), took);
    assertEquals(0, jhot.err().count("warning"), jhot::toString);
  }
}
