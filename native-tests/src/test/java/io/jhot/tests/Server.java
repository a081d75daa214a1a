package io.jhot.tests;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/**
 * One row of the matrix: a released server, and how its users start it.
 *
 * @param name unique, as the table has it
 * @param version a property of servers/pom.xml, or {@code jdk} for what runs on the JDK alone
 * @param command the app's command, with {@link #HOST} and {@link #PORT} in it
 * @param everyAddress what stands for {@link #HOST} where both families are wanted; empty: the
 *     argument with the host is left out
 * @param limit what cannot be done, in the table's words; empty when all can
 */
record Server(
    String name, String version, List<String> command, String everyAddress, String limit) {
  static final String HOST = "HOST";
  static final String PORT = "PORT";

  /** Frameworks need more heap than the fixtures do. */
  private static final List<String> JVM_FLAGS =
      List.of("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xmx160m", "-XX:-UsePerfData");

  /** All of them, in the order of the table. */
  static Stream<Server> all() {
    return Stream.of(
        jdk("JDK HttpServer", "http"),
        jdk("ServerSocket, platform threads", "platform"),
        jdk("ServerSocket, virtual threads", "virtual"),
        jdk("ServerSocketChannel, blocking", "channel"),
        jdk("ServerSocketChannel, selector registered before bind", "selector"),
        jdk("ServerSocketChannel, selector registered after bind", "selector-after"),
        jdk("AsynchronousServerSocketChannel", "asynchronous"),
        springBoot("Spring Boot 4, Tomcat", "spring-boot-4", "tomcat"),
        springBoot("Spring Boot 4, Jetty", "spring-boot-4", "jetty"),
        springBoot("Spring Boot 4, WebFlux (Netty epoll)", "spring-boot-4", "webflux"),
        springBoot("Spring Boot 3.5, Tomcat", "spring-boot-3", "tomcat"),
        springBoot("Spring Boot 3.5, Undertow", "spring-boot-3", "undertow"),
        classPath("Tomcat 11", "tomcat", "TomcatApp", "*", HOST, PORT),
        classPath("Jetty 12", "jetty", "JettyApp", "*", HOST, PORT),
        classPath("Undertow", "undertow", "UndertowApp", "*", HOST, PORT),
        classPath("Netty 4.1, NIO", "netty-4.1", "NettyApp", "*", "nio", HOST, PORT),
        classPath("Netty 4.1, epoll", "netty-4.1", "NettyApp", "*", "epoll", HOST, PORT),
        classPath("Netty 4.2, NIO", "netty-4.2", "NettyApp", "*", "nio", HOST, PORT),
        classPath("Netty 4.2, epoll", "netty-4.2", "NettyApp", "*", "epoll", HOST, PORT),
        classPath("Netty 4.2, io_uring", "netty-4.2", "NettyApp", "*", "io_uring", HOST, PORT),
        classPath("Vert.x 5, JDK transport", "vertx", "VertxApp", "*", "jdk", HOST, PORT),
        classPath("Helidon 4", "helidon", "HelidonApp", "*", HOST, PORT),
        quarkus(),
        micronaut());
  }

  private static Server jdk(String name, String kind) {
    List<String> arguments = List.of("com.example.fixture.SocketServerApp", kind, PORT, HOST);
    return new Server(name, "jdk", java(Sandbox.fixtures().toString(), arguments), "*", "");
  }

  private static Server springBoot(String name, String boot, String server) {
    String jar = module(boot + "-" + server).resolve("target/app.jar").toString();
    List<String> arguments =
        List.of("-jar", jar, "--server.address=" + HOST, "--server.port=" + PORT);
    return new Server(name, boot, java(arguments), "", "");
  }

  private static Server classPath(
      String name, String module, String type, String everyAddress, String... arguments) {
    String target = module(module).resolve("target").toString();
    List<String> command =
        Sandbox.concat(List.of(List.of("com.example.servers." + type), List.of(arguments)));
    return new Server(
        name, module, java(target + "/app.jar:" + target + "/lib/*", command), everyAddress, "");
  }

  private static Server quarkus() {
    String jar = module("quarkus").resolve("target/quarkus-app/quarkus-run.jar").toString();
    List<String> arguments =
        List.of(
            "-Dquarkus.http.host=" + HOST,
            "-Dquarkus.http.port=" + PORT,
            "-Dquarkus.management.enabled=false",
            "-jar",
            jar);
    return new Server("Quarkus 3", "quarkus", java(arguments), "::", "");
  }

  private static Server micronaut() {
    String target = module("micronaut").resolve("target").toString();
    List<String> arguments =
        List.of(
            "-Dmicronaut.server.host=" + HOST,
            "-Dmicronaut.server.port=" + PORT,
            "com.example.servers.MicronautApp");
    return new Server(
        "Micronaut 4",
        "micronaut",
        java(target + "/app.jar:" + target + "/lib/*", arguments),
        "",
        "");
  }

  private static List<String> java(String classPath, List<String> arguments) {
    return java(Sandbox.concat(List.of(List.of("-cp", classPath), arguments)));
  }

  private static List<String> java(List<String> arguments) {
    return Sandbox.concat(List.of(List.of(Sandbox.java()), JVM_FLAGS, arguments));
  }

  /** Where a module of the servers' own build lies, built. */
  static Path module(String name) {
    Path module = Path.of(System.getProperty("jhot.matrix")).resolve(name);
    if (!Files.isDirectory(module.resolve("target"))) {
      throw new AssertionError(module + " is not built: run make build/servers first");
    }
    return module;
  }

  /** The command for that address; {@code *} is every address of both families. */
  List<String> command(String host, int port) {
    boolean leftOut = host.equals("*") && everyAddress.isEmpty();
    String address = host.equals("*") ? everyAddress : host;
    return command.stream()
        .filter(argument -> !leftOut || !argument.contains(HOST))
        .map(argument -> argument.replace(HOST, address).replace(PORT, Integer.toString(port)))
        .toList();
  }

  /** The name as a file may have it. */
  String slug() {
    return name.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9.]+", "-");
  }

  @Override
  public String toString() {
    return name;
  }
}
