package com.example.servers;

import com.example.surface.Surface;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import java.nio.charset.StandardCharsets;

/** The surface on Vert.x: {@code VertxApp jdk|native HOST PORT}. */
public final class VertxApp {
  private VertxApp() {}

  public static void main(String[] args) throws Exception {
    boolean wantsNative = args[0].equals("native");
    Vertx vertx =
        Vertx.vertx(
            new VertxOptions().setPreferNativeTransport(wantsNative).setEventLoopPoolSize(2));
    if (vertx.isNativeTransportEnabled() != wantsNative) {
      throw new IllegalStateException(
          "no native transport", vertx.unavailableNativeTransportCause());
    }
    HttpServerOptions options =
        new HttpServerOptions()
            .setHost(args[1].equals("*") ? "::" : args[1])
            .setPort(Integer.parseInt(args[2]));
    HttpServer server =
        vertx
            .createHttpServer(options)
            .requestHandler(request -> answer(vertx, request))
            .listen()
            .await();
    Surface.listensOn(server.actualPort());
  }

  private static void answer(Vertx vertx, HttpServerRequest request) {
    request
        .body()
        .onSuccess(
            content -> {
              String target = request.uri();
              long delay = Surface.delay(target);
              if (delay == 0) {
                send(request, content.toString(StandardCharsets.ISO_8859_1));
              } else {
                vertx.setTimer(delay, timer -> send(request, ""));
              }
            });
  }

  private static void send(HttpServerRequest request, String content) {
    Surface.Answer answer = Surface.answer(request.uri(), content);
    request.response().setStatusCode(answer.status()).end(answer.body());
  }
}
