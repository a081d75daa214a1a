package com.example.servers;

import com.example.surface.Surface;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.Executors;

/** The surface on the JDK's own server: {@code JdkHttpApp HOST PORT [KEYSTORE]}. */
public final class JdkHttpApp {
  private static final int BACKLOG = 1024;

  private JdkHttpApp() {}

  public static void main(String[] args) throws Exception {
    HttpServer server;
    if (args.length > 2) {
      HttpsServer secure = HttpsServer.create(Surface.address(args[0], args[1]), BACKLOG);
      secure.setHttpsConfigurator(new HttpsConfigurator(Surface.jsse(args[2])));
      server = secure;
    } else {
      server = HttpServer.create(Surface.address(args[0], args[1]), BACKLOG);
    }
    server.createContext("/", JdkHttpApp::answer);
    server.setExecutor(Executors.newCachedThreadPool());
    server.start();
    Surface.listensOn(server.getAddress());
  }

  private static void answer(HttpExchange exchange) throws IOException {
    String target = exchange.getRequestURI().toString();
    byte[] content = exchange.getRequestBody().readAllBytes();
    if (Surface.hasPieces(target)) {
      exchange.getResponseHeaders().set("Content-Type", Surface.contentType(target));
      exchange.sendResponseHeaders(200, 0);
      try (OutputStream out = exchange.getResponseBody()) {
        Surface.send(
            target,
            piece -> {
              out.write(piece.getBytes(StandardCharsets.US_ASCII));
              out.flush();
            });
      } catch (Exception e) {
        throw new IOException(e);
      }
      return;
    }
    Surface.Answer answer =
        Surface.answerInTime(target, new String(content, StandardCharsets.ISO_8859_1));
    byte[] body = answer.body().getBytes(StandardCharsets.ISO_8859_1);
    exchange.sendResponseHeaders(answer.status(), body.length);
    exchange.getResponseBody().write(body);
    exchange.close();
  }
}
