package com.example.servers;

import com.example.surface.Surface;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.http.ServerWebSocket;
import io.vertx.core.net.OpenSSLEngineOptions;
import io.vertx.core.net.PfxOptions;
import java.nio.charset.StandardCharsets;

/**
 * The surface on Vert.x: {@code VertxApp jdk|native HOST PORT [jsse|openssl KEYSTORE]}; with {@code
 * /poll}, {@code /events} and {@code /socket}.
 */
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
            .setPort(Integer.parseInt(args[2]))
            .setHandle100ContinueAutomatically(true);
    if (args.length > 3) {
      options
          .setSsl(true)
          .setUseAlpn(true)
          .setKeyCertOptions(new PfxOptions().setPath(args[4]).setPassword("changeit"));
    }
    if (args.length > 3 && args[3].equals("openssl")) {
      options.setSslEngineOptions(new OpenSSLEngineOptions());
    }
    HttpServer server =
        vertx
            .createHttpServer(options)
            .webSocketHandler(VertxApp::echo)
            .requestHandler(request -> answer(vertx, request))
            .listen()
            .await();
    Surface.listensOn(server.actualPort());
  }

  private static void echo(ServerWebSocket socket) {
    socket.textMessageHandler(
        text -> {
          if (Surface.hasPieces(text)) {
            Surface.sendInBackground(
                text, piece -> await(socket.writeTextMessage(piece)), () -> {});
          } else {
            socket.writeTextMessage(text);
          }
        });
  }

  private static void await(Future<?> written) throws Exception {
    written.toCompletionStage().toCompletableFuture().get();
  }

  private static void answer(Vertx vertx, HttpServerRequest request) {
    if (Surface.hasPieces(request.uri())) {
      HttpServerResponse response = request.response();
      response.setChunked(true).putHeader("Content-Type", Surface.contentType(request.uri()));
      Surface.sendInBackground(
          request.uri(), piece -> await(response.write(piece)), () -> response.end());
      return;
    }
    if (request.path().equals("/events")) {
      HttpServerResponse response = request.response();
      response.setChunked(true).putHeader("Content-Type", "text/event-stream");
      long timer =
          vertx.setPeriodic(
              100, t -> response.write("data: " + Surface.answer("/pid", "").body() + "\n\n"));
      response.closeHandler(nothing -> vertx.cancelTimer(timer));
      return;
    }
    if (request.path().equals("/poll")) {
      Context context = vertx.getOrCreateContext();
      Surface.poll()
          .thenAccept(
              answer -> context.runOnContext(nothing -> request.response().end(answer.body())));
      return;
    }
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
