package com.example.servers;

import com.example.surface.Surface;
import io.undertow.Undertow;
import io.undertow.server.HttpServerExchange;
import io.undertow.server.handlers.BlockingHandler;
import java.nio.charset.StandardCharsets;

/** The surface on Undertow: {@code UndertowApp HOST PORT}. */
public final class UndertowApp {
  private UndertowApp() {}

  public static void main(String[] args) {
    String host = args[0].equals("*") ? "::" : args[0];
    Undertow server =
        Undertow.builder()
            .addHttpListener(Integer.parseInt(args[1]), host)
            .setHandler(new BlockingHandler(UndertowApp::answer))
            .build();
    server.start();
    Surface.listensOn(server.getListenerInfo().get(0).getAddress());
    Surface.restartBy(
        () -> {
          server.stop();
          server.start();
          return null;
        });
  }

  private static void answer(HttpServerExchange exchange) throws Exception {
    String query = exchange.getQueryString();
    String target = exchange.getRequestPath() + (query.isEmpty() ? "" : "?" + query);
    String content =
        new String(exchange.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1);
    Surface.Answer answer = Surface.answerInTime(target, content);
    exchange.setStatusCode(answer.status());
    exchange.getResponseSender().send(answer.body(), StandardCharsets.ISO_8859_1);
  }
}
