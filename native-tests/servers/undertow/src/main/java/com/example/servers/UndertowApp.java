package com.example.servers;

import com.example.surface.Surface;
import io.undertow.Handlers;
import io.undertow.Undertow;
import io.undertow.server.HttpServerExchange;
import io.undertow.server.handlers.BlockingHandler;
import io.undertow.server.handlers.sse.ServerSentEventConnection;
import io.undertow.websockets.core.AbstractReceiveListener;
import io.undertow.websockets.core.BufferedTextMessage;
import io.undertow.websockets.core.WebSocketChannel;
import io.undertow.websockets.core.WebSockets;
import io.undertow.websockets.spi.WebSocketHttpExchange;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import org.xnio.XnioExecutor;
import org.xnio.XnioIoThread;

/**
 * The surface on Undertow: {@code UndertowApp HOST PORT}; with {@code /poll}, {@code /events} and
 * {@code /socket}.
 */
public final class UndertowApp {
  private UndertowApp() {}

  public static void main(String[] args) {
    String host = args[0].equals("*") ? "::" : args[0];
    Undertow server =
        Undertow.builder()
            .addHttpListener(Integer.parseInt(args[1]), host)
            .setHandler(
                Handlers.path(new BlockingHandler(UndertowApp::answer))
                    .addExactPath("/events", Handlers.serverSentEvents(UndertowApp::send))
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
                WebSockets.sendText(message.getData(), channel, null);
              }
            });
    socket.resumeReceives();
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
