package io.jhot.tests;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * A released server whose clients pause, and what it speaks.
 *
 * @param name as the table has it
 * @param tls {@code in clear}, {@code JSSE} or {@code OpenSSL}
 * @param options of jhot; none but where only the operator can know
 * @param command with {@link Server#PORT} and {@link Server#KEY_STORE} in it
 * @param dialects what its clients speak
 */
record SlowServer(
    String name, String tls, List<String> options, List<String> command, List<Dialect> dialects) {
  private static final String CLEAR = "in clear";
  private static final String JSSE = "JSSE";
  private static final String OPENSSL = "OpenSSL";

  /** Many connections at once, each with a thread in some servers. */
  private static final List<String> JVM_FLAGS =
      List.of(
          "-XX:+UseSerialGC",
          "-Xmx256m",
          "-XX:-UsePerfData",
          "-Dsun.net.httpserver.idleInterval=120");

  private static final List<Dialect> WEB =
      List.of(Dialect.HTTP_1, Dialect.HTTP_2, Dialect.WEB_SOCKET, Dialect.EVENTS);

  static Stream<SlowServer> all() {
    List<Dialect> http = List.of(Dialect.HTTP_1, Dialect.EVENTS);
    List<Dialect> grpc = List.of(Dialect.GRPC);
    List<SlowServer> web =
        List.of(
            of("JDK HttpServer", CLEAR, "plain", "JdkHttpApp", http, Server.PORT),
            of("JDK HttpServer", JSSE, "plain", "JdkHttpApp", http, Server.PORT, Server.KEY_STORE),
            of("Tomcat 11", CLEAR, "tomcat", "TomcatApp", WEB, Server.PORT),
            of("Tomcat 11", JSSE, "tomcat", "TomcatApp", WEB, Server.PORT, Server.KEY_STORE),
            of("Jetty 12", CLEAR, "jetty", "JettyApp", WEB, Server.PORT),
            of("Jetty 12", JSSE, "jetty", "JettyApp", WEB, Server.PORT, Server.KEY_STORE),
            of("Undertow", CLEAR, "undertow", "UndertowApp", WEB, Server.PORT),
            of("Undertow", JSSE, "undertow", "UndertowApp", WEB, Server.PORT, Server.KEY_STORE),
            vertx(CLEAR, "jdk"),
            vertx(JSSE, "jdk", "jsse", Server.KEY_STORE),
            vertx(OPENSSL, "native", "openssl", Server.KEY_STORE),
            of("gRPC-java", CLEAR, "grpc", "GrpcApp", grpc, Server.PORT),
            of("gRPC-java", JSSE, "grpc", "GrpcApp", grpc, Server.PORT, "jsse", Server.KEY_STORE),
            of(
                "gRPC-java",
                OPENSSL,
                "grpc",
                "GrpcApp",
                grpc,
                Server.PORT,
                "openssl",
                Server.KEY_STORE));
    return Stream.of(web, lines(), lines().stream().map(SlowServer::pushing).toList())
        .flatMap(List::stream);
  }

  private static List<SlowServer> lines() {
    List<Dialect> lines = List.of(Dialect.LINES);
    String[] jsse = {Server.PORT, "jsse", Server.KEY_STORE};
    String[] openssl = {Server.PORT, "openssl", Server.KEY_STORE};
    return List.of(
        of("ServerSocket", CLEAR, "plain", "LinesApp", lines, Server.PORT),
        of("SSLServerSocket", JSSE, "plain", "LinesApp", lines, jsse),
        of("Netty 4.2", OPENSSL, "plain", "LinesApp", lines, openssl));
  }

  /** The same with what its operator knows. */
  private SlowServer pushing() {
    return new SlowServer(
        name + " with --idle-grace 30s",
        tls,
        List.of("--idle-grace", "30s"),
        command,
        List.of(Dialect.PUSHED_LINES));
  }

  private static SlowServer vertx(String tls, String transport, String... arguments) {
    List<String> more =
        Sandbox.concat(List.of(List.of(transport, "127.0.0.1", Server.PORT), List.of(arguments)));
    return new SlowServer("Vert.x 5", tls, List.of(), command("vertx", "VertxApp", more), WEB);
  }

  private static SlowServer of(
      String name,
      String tls,
      String module,
      String type,
      List<Dialect> dialects,
      String... arguments) {
    List<String> more = Sandbox.concat(List.of(List.of("127.0.0.1"), List.of(arguments)));
    return new SlowServer(name, tls, List.of(), command(module, type, more), dialects);
  }

  private static List<String> command(String module, String type, List<String> arguments) {
    String target = Server.module(module).resolve("target").toString();
    List<String> command = new ArrayList<>(List.of(Sandbox.java()));
    command.addAll(JVM_FLAGS);
    command.add("--enable-native-access=ALL-UNNAMED");
    command.addAll(List.of("-cp", target + "/app.jar:" + target + "/lib/*"));
    command.add("com.example.servers." + type);
    command.addAll(arguments);
    return command;
  }

  boolean isUnderTls() {
    return !tls.equals(CLEAR);
  }

  List<String> command(int port) {
    return command.stream()
        .map(a -> a.equals(Server.PORT) ? Integer.toString(port) : a)
        .map(a -> a.equals(Server.KEY_STORE) ? KeyStoreFile.path() : a)
        .toList();
  }

  @Override
  public String toString() {
    return name + ", " + tls;
  }
}
