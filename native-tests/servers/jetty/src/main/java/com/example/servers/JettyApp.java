package com.example.servers;

import com.example.surface.Surface;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.websocket.api.Session;
import org.eclipse.jetty.websocket.server.WebSocketUpgradeHandler;

/**
 * The surface on a Jetty of its own: {@code JettyApp HOST PORT}; with {@code /poll}, {@code
 * /events} and {@code /socket}.
 */
public final class JettyApp {
  private JettyApp() {}

  public static void main(String[] args) throws Exception {
    Server server = new Server();
    ServerConnector connector = new ServerConnector(server);
    connector.setHost(args[0].equals("*") ? null : args[0]);
    connector.setPort(Integer.parseInt(args[1]));
    server.addConnector(connector);
    WebSocketUpgradeHandler sockets =
        WebSocketUpgradeHandler.from(
            server,
            container ->
                container.addMapping("/socket", (request, response, callback) -> new Echo()));
    sockets.setHandler(new SurfaceHandler());
    server.setHandler(sockets);
    server.setStopAtShutdown(true);
    server.setStopTimeout(5000);
    server.start();
    Surface.listensOn(connector.getLocalPort());
    Surface.restartBy(
        () -> {
          connector.stop();
          connector.start();
          return null;
        });
    server.join();
  }

  /** Called by Jetty. */
  public static final class Echo implements Session.Listener.AutoDemanding {
    private Session session;

    @Override
    public void onWebSocketOpen(Session opened) {
      session = opened;
    }

    @Override
    public void onWebSocketText(String text) {
      session.sendText(text, org.eclipse.jetty.websocket.api.Callback.NOOP);
    }
  }

  private static final class SurfaceHandler extends Handler.Abstract {
    @Override
    public boolean handle(Request request, Response response, Callback callback) throws Exception {
      if (request.getHttpURI().getPath().equals("/events")) {
        sendEvents(response);
        callback.succeeded();
        return true;
      }
      String content = Content.Source.asString(request, StandardCharsets.ISO_8859_1);
      Surface.Answer answer = Surface.answerInTime(request.getHttpURI().getPathQuery(), content);
      response.setStatus(answer.status());
      Content.Sink.write(response, true, answer.body(), callback);
      return true;
    }

    /** Until its client has gone, or Jetty is stopped. */
    private static void sendEvents(Response response) throws IOException {
      response.getHeaders().put(HttpHeader.CONTENT_TYPE, "text/event-stream");
      while (!Thread.currentThread().isInterrupted()) {
        String event = "data: " + Surface.answer("/pid", "").body() + "\n\n";
        Content.Sink.write(response, false, StandardCharsets.US_ASCII.encode(event));
        Surface.sleep(100);
      }
    }
  }
}
