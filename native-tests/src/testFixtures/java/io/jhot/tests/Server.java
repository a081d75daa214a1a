package io.jhot.tests;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
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
 * @param protocol what its clients speak
 * @param managementPath what is asked of its second port, {@link #MANAGEMENT} in the command; empty
 *     if it has none
 * @param note what is worth to know of it, in the table's words
 */
record Server(
    String name,
    String version,
    List<String> command,
    String everyAddress,
    Protocol protocol,
    String managementPath,
    String note) {
  /** What clients speak. */
  enum Protocol {
    HTTP,
    HTTPS,
    GRPC
  }

  static final String MANAGEMENT = "MANAGEMENT";
  static final String KEY_STORE = "KEY_STORE";
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
        springBoot("Spring Boot 4, Tomcat", "spring-boot-4", "tomcat")
            .withManagement("--management.server.port=" + MANAGEMENT, "/actuator")
            .withNote(
                "`/actuator/health` may say DOWN for a moment: it listens before it is ready"),
        springBoot("Spring Boot 4, Jetty", "spring-boot-4", "jetty"),
        springBoot("Spring Boot 4, WebFlux (Netty epoll)", "spring-boot-4", "webflux"),
        springBoot("Spring Boot 3.5, Tomcat", "spring-boot-3", "tomcat"),
        springBoot("Spring Boot 3.5, Undertow", "spring-boot-3", "undertow"),
        classPath("Tomcat 11", "tomcat", "TomcatApp", "*", HOST, PORT),
        classPath("Jetty 12", "jetty", "JettyApp", "*", HOST, PORT),
        classPath("Undertow", "undertow", "UndertowApp", "*", HOST, PORT),
        classPath("Netty 4.1, NIO", "netty-4.1", "NettyApp", "*", "nio", HOST, PORT),
        classPath("Netty 4.1, epoll", "netty-4.1", "NettyApp", "*", "epoll", HOST, PORT),
        classPath("Netty 4.1, io_uring", "netty-4.1", "NettyApp", "*", "io_uring", HOST, PORT)
            .withNote("the incubator's transport, 0.0.26.Final"),
        classPath("Netty 4.2, NIO", "netty-4.2", "NettyApp", "*", "nio", HOST, PORT),
        classPath("Netty 4.2, epoll", "netty-4.2", "NettyApp", "*", "epoll", HOST, PORT),
        classPath("Netty 4.2, io_uring", "netty-4.2", "NettyApp", "*", "io_uring", HOST, PORT),
        classPath("Vert.x 5, JDK transport", "vertx", "VertxApp", "*", "jdk", HOST, PORT),
        classPath("Vert.x 5, native (epoll)", "vertx", "VertxApp", "*", "native", HOST, PORT),
        classPath("Helidon 4", "helidon", "HelidonApp", "*", HOST, PORT)
            .withNote("leaves the closing of a connection to its client"),
        quarkus(),
        micronaut(),
        grpc(),
        https(
            classPath("HTTPS, Vert.x 5 (JSSE)", "vertx", "VertxApp", "*", "jdk", HOST, PORT),
            "jsse",
            KEY_STORE),
        https(
            classPath("HTTPS, Vert.x 5 (OpenSSL)", "vertx", "VertxApp", "*", "jdk", HOST, PORT),
            "openssl",
            KEY_STORE));
  }

  /** Those whose TLS is the JDK's own: the server's switch tells their clients to leave. */
  static Stream<Server> withTlsOfTheirOwn() {
    return Stream.of(
        httpsOfTheJdk(),
        https(
            classPath("HTTPS, Tomcat 11 (JSSE)", "tomcat", "TomcatApp", "*", HOST, PORT),
            KEY_STORE));
  }

  private static Server jdk(String name, String kind) {
    List<String> arguments = List.of("com.example.fixture.SocketServerApp", kind, PORT, HOST);
    return http(name, "jdk", java(Sandbox.fixtures().toString(), arguments), "*");
  }

  private static Server springBoot(String name, String boot, String server) {
    String jar = module(boot + "-" + server).resolve("target/app.jar").toString();
    List<String> arguments =
        List.of("-jar", jar, "--server.address=" + HOST, "--server.port=" + PORT);
    return http(name, boot, java(arguments), "");
  }

  private static Server classPath(
      String name, String module, String type, String everyAddress, String... arguments) {
    String target = module(module).resolve("target").toString();
    List<String> command =
        Sandbox.concat(List.of(List.of("com.example.servers." + type), List.of(arguments)));
    return http(
        name, module, java(target + "/app.jar:" + target + "/lib/*", command), everyAddress);
  }

  private static Server quarkus() {
    String jar = module("quarkus").resolve("target/quarkus-app/quarkus-run.jar").toString();
    List<String> arguments =
        List.of(
            "-Dquarkus.http.host=" + HOST,
            "-Dquarkus.http.port=" + PORT,
            "-Dquarkus.management.port=" + MANAGEMENT,
            "-jar",
            jar);
    return new Server(
        "Quarkus 3", "quarkus", java(arguments), "::", Protocol.HTTP, "/q/health", "");
  }

  private static Server micronaut() {
    String target = module("micronaut").resolve("target").toString();
    List<String> arguments =
        List.of(
            "-Dmicronaut.server.host=" + HOST,
            "-Dmicronaut.server.port=" + PORT,
            "com.example.servers.MicronautApp");
    return http(
        "Micronaut 4", "micronaut", java(target + "/app.jar:" + target + "/lib/*", arguments), "");
  }

  private static Server grpc() {
    Server server =
        classPath("gRPC-java (shaded Netty, epoll)", "grpc", "GrpcApp", "*", HOST, PORT);
    return new Server(
        server.name, server.version, server.command, "*", Protocol.GRPC, "", server.note);
  }

  private static Server httpsOfTheJdk() {
    List<String> arguments =
        List.of(
            "-Dkeystore=" + KEY_STORE, "com.example.fixture.SocketServerApp", "https", PORT, HOST);
    return https(
        http(
            "HTTPS, JDK HttpsServer (JSSE)",
            "jdk",
            java(Sandbox.fixtures().toString(), arguments),
            "*"));
  }

  private static Server https(Server server, String... arguments) {
    return new Server(
        server.name,
        server.version,
        Sandbox.concat(List.of(server.command, List.of(arguments))),
        server.everyAddress,
        Protocol.HTTPS,
        "",
        server.note);
  }

  private static Server http(
      String name, String version, List<String> command, String everyAddress) {
    return new Server(name, version, command, everyAddress, Protocol.HTTP, "", "");
  }

  private Server withManagement(String argument, String path) {
    List<String> more = Sandbox.concat(List.of(command, List.of(argument)));
    return new Server(name, version, more, everyAddress, protocol, path, note);
  }

  private Server withNote(String text) {
    return new Server(name, version, command, everyAddress, protocol, managementPath, text);
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
  List<String> command(String host, int port, int management) {
    boolean leftOut = host.equals("*") && everyAddress.isEmpty();
    String address = host.equals("*") ? everyAddress : host;
    return command.stream()
        .filter(argument -> !leftOut || !argument.contains(HOST))
        .map(argument -> argument.replace(HOST, address).replace(PORT, Integer.toString(port)))
        .map(argument -> argument.replace(MANAGEMENT, Integer.toString(management)))
        .map(a -> a.contains(KEY_STORE) ? a.replace(KEY_STORE, KeyStoreFile.path()) : a)
        .toList();
  }

  boolean hasManagement() {
    return !managementPath.isEmpty();
  }

  /** Whether a request of plain HTTP/1.1 may be held back in the middle. */
  boolean takesHeldRequest() {
    return protocol == Protocol.HTTP;
  }

  /** Begins to ask for what this server offers. */
  Scenario.Traffic traffic(Sandbox box, String host, int port, Duration idlePause) {
    return protocol == Protocol.GRPC
        ? GrpcTraffic.begin(box, host, port)
        : Scenario.http(host, port, idlePause, protocol == Protocol.HTTPS);
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
