package com.example.servers;

import com.example.surface.Surface;
import io.undertow.Handlers;
import io.undertow.Undertow;
import io.undertow.UndertowOptions;
import io.undertow.server.HttpServerExchange;
import io.undertow.server.handlers.BlockingHandler;
import io.undertow.server.handlers.sse.ServerSentEventConnection;
import io.undertow.websockets.core.AbstractReceiveListener;
import io.undertow.websockets.core.BufferedTextMessage;
import io.undertow.websockets.core.WebSocketChannel;
import io.undertow.websockets.core.WebSockets;
import io.undertow.websockets.spi.WebSocketHttpExchange;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.xnio.XnioExecutor;
import org.xnio.XnioIoThread;

/**
 * The surface on Undertow: {@code UndertowApp HOST PORT [KEYSTORE]}; with {@code /poll}, {@code
 * /events} and {@code /socket}; to whoever asks for it in HTTP/2.
 */
public final class UndertowApp {
  private UndertowApp() {}

  public static void main(String[] args) throws Exception {
    String host = args[0].equals("*") ? "::" : args[0];
    int port = Integer.parseInt(args[1]);
    Undertow.Builder builder = Undertow.builder();
    if (args.length > 2) {
      builder.addHttpsListener(port, host, Surface.jsse(args[2]));
    } else {
      builder.addHttpListener(port, host);
    }
    Undertow server =
        builder
            .setServerOption(UndertowOptions.ENABLE_HTTP2, true)
            .setWorkerThreads(1000)
            .setHandler(
                Handlers.path(Handlers.httpContinueRead(new BlockingHandler(UndertowApp::answer)))
                    .addExactPath("/events", Handlers.serverSentEvents(UndertowApp::send))
                    .addExactPath("/feed", UndertowApp::feed)
                    .addExactPath("/socket", Handlers.websocket(UndertowApp::echo)))
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

  private static void feed(HttpServerExchange exchange) throws Exception {
    String target = "/feed?" + exchange.getQueryString();
    Handlers.serverSentEvents(
            (events, lastEventId) ->
                Surface.sendInBackground(
                    target.replace("/feed?", "/pieces?"), // it says "data:" itself
                    piece -> sendAndWait(events, piece.strip()),
                    () -> exchange.getIoThread().execute(events::shutdown)))
        .handleRequest(exchange);
  }

  private static void sendAndWait(ServerSentEventConnection events, String data) throws Exception {
    CompletableFuture<Void> sent = new CompletableFuture<>();
    events.send(
        data,
        new ServerSentEventConnection.EventCallback() {
          @Override
          public void done(ServerSentEventConnection of, String text, String event, String id) {
            sent.complete(null);
          }

          @Override
          public void failed(
              ServerSentEventConnection of,
              String text,
              String event,
              String id,
              IOException cause) {
            sent.completeExceptionally(cause);
          }
        });
    sent.get();
  }

  private static void send(ServerSentEventConnection events, String lastEventId) {
    XnioExecutor.Key timer =
        ((XnioIoThread) Thread.currentThread())
            .executeAtInterval(
                () -> events.send(Surface.answer("/pid", "").body()), 100, TimeUnit.MILLISECONDS);
    events.addCloseTask(closed -> timer.remove());
  }

  private static void echo(WebSocketHttpExchange exchange, WebSocketChannel socket) {
    socket
        .getReceiveSetter()
        .set(
            new AbstractReceiveListener() {
              @Override
              protected void onFullTextMessage(
                  WebSocketChannel channel, BufferedTextMessage message) {
                String text = message.getData();
                if (Surface.hasPieces(text)) {
                  Surface.sendInBackground(
                      text, piece -> WebSockets.sendTextBlocking(piece, channel), () -> {});
                  return;
                }
                WebSockets.sendText(text, channel, null);
              }
            });
    socket.resumeReceives();
  }

  private static void answer(HttpServerExchange exchange) throws Exception {
    String query = exchange.getQueryString();
    String target = exchange.getRequestPath() + (query.isEmpty() ? "" : "?" + query);
    if (Surface.hasPieces(target)) {
      Surface.send(
          target,
          piece -> {
            exchange.getOutputStream().write(piece.getBytes(StandardCharsets.US_ASCII));
            exchange.getOutputStream().flush();
          });
      return;
    }
    String content =
        new String(exchange.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1);
    Surface.Answer answer = Surface.answerInTime(target, content);
    exchange.setStatusCode(answer.status());
    exchange.getResponseSender().send(answer.body(), StandardCharsets.ISO_8859_1);
  }
}
