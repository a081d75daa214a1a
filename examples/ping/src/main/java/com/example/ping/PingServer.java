package com.example.ping;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.Executors;

/**
 * A small HTTP service on the JDK's own server.
 *
 * <ul>
 *   <li>{@code GET /ping} answers <code>{"message":"pong"}</code>
 *   <li>{@code GET /pid} answers the number of the process that serves
 *   <li>{@code GET /slow?ms=N} answers <code>{"slept":N}</code> after N milliseconds, 0 to 60,000
 * </ul>
 *
 * The port is the first argument, else the environment's {@code PORT}, else 8080.
 */
public final class PingServer {
  private static final int LONGEST_SLEEP = 60_000;

  private PingServer() {}

  public static void main(String[] args) throws IOException {
    HttpServer server = HttpServer.create(new InetSocketAddress(port(args)), 0);
    server.setExecutor(Executors.newCachedThreadPool());
    server.createContext("/ping", exchange -> answerJson(exchange, 200, "{\"message\":\"pong\"}"));
    server.createContext("/pid", PingServer::pid);
    server.createContext("/slow", PingServer::slow);
    server.start();
    System.out.println("listening on port " + server.getAddress().getPort());
  }

  private static int port(String[] args) {
    String environment = System.getenv("PORT");
    String port = args.length > 0 ? args[0] : environment != null ? environment : "8080";
    return Integer.parseInt(port);
  }

  private static void pid(HttpExchange exchange) throws IOException {
    answer(exchange, 200, "text/plain", Long.toString(ProcessHandle.current().pid()));
  }

  private static void slow(HttpExchange exchange) throws IOException {
    int millis = sleepOf(exchange.getRequestURI().getQuery());
    if (millis < 0) {
      answerJson(exchange, 400, "{\"error\":\"ms must be a number from 0 to 60000\"}");
      return;
    }
    try {
      Thread.sleep(millis);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      answerJson(exchange, 503, "{\"error\":\"interrupted\"}");
      return;
    }
    answerJson(exchange, 200, "{\"slept\":" + millis + "}");
  }

  /** Returns what {@code ms=N} asks for, or -1 if that cannot be granted. */
  private static int sleepOf(String query) {
    if (query == null || !query.startsWith("ms=")) {
      return -1;
    }
    try {
      int millis = Integer.parseInt(query.substring(3));
      return millis <= LONGEST_SLEEP ? millis : -1;
    } catch (NumberFormatException e) {
      return -1;
    }
  }

  private static void answerJson(HttpExchange exchange, int status, String body)
      throws IOException {
    answer(exchange, status, "application/json", body);
  }

  private static void answer(HttpExchange exchange, int status, String type, String body)
      throws IOException {
    byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
    exchange.getResponseHeaders().set("Content-Type", type);
    exchange.sendResponseHeaders(status, bytes.length);
    exchange.getResponseBody().write(bytes);
    exchange.close();
  }
}
