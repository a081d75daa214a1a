package com.example.servers;

import com.example.surface.Surface;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.eclipse.jetty.alpn.server.ALPNServerConnectionFactory;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http2.server.HTTP2CServerConnectionFactory;
import org.eclipse.jetty.http2.server.HTTP2ServerConnectionFactory;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.ConnectionFactory;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.SecureRequestCustomizer;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.server.SslConnectionFactory;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.ssl.SslContextFactory;
import org.eclipse.jetty.util.thread.QueuedThreadPool;
import org.eclipse.jetty.websocket.api.Session;
import org.eclipse.jetty.websocket.server.WebSocketUpgradeHandler;

/**
 * The surface on a Jetty of its own: {@code JettyApp HOST PORT [KEYSTORE]}; with {@code /poll},
 * {@code /events} and {@code /socket}; to whoever asks for it in HTTP/2.
 */
public final class JettyApp {
  private JettyApp() {}

  public static void main(String[] args) throws Exception {
    Server server = new Server(new QueuedThreadPool(1000));
    ServerConnector connector = new ServerConnector(server, protocols(args));
    connector.setHost(args[0].equals("*") ? null : args[0]);
    connector.setPort(Integer.parseInt(args[1]));
    connector.setIdleTimeout(120_000); // what pauses here pauses for longer than the 30 s
    server.addConnector(connector);
    WebSocketUpgradeHandler sockets =
        WebSocketUpgradeHandler.from(
            server,
            container -> {
              container.setIdleTimeout(Duration.ofMinutes(2));
              container.addMapping("/socket", (request, response, callback) -> new Echo());
            });
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

  private static ConnectionFactory[] protocols(String[] args) throws Exception {
    HttpConfiguration configuration = new HttpConfiguration();
    HttpConnectionFactory http = new HttpConnectionFactory(configuration);
    if (args.length < 3) {
      return new ConnectionFactory[] {http, new HTTP2CServerConnectionFactory(configuration)};
    }
    configuration.addCustomizer(new SecureRequestCustomizer(false));
    SslContextFactory.Server ssl = new SslContextFactory.Server();
    ssl.setSslContext(Surface.jsse(args[2]));
    ALPNServerConnectionFactory alpn = new ALPNServerConnectionFactory();
    alpn.setDefaultProtocol(http.getProtocol());
    return new ConnectionFactory[] {
      new SslConnectionFactory(ssl, alpn.getProtocol()),
      alpn,
      new HTTP2ServerConnectionFactory(configuration),
      http
    };
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
      if (Surface.hasPieces(text)) {
        Surface.sendInBackground(
            text,
            piece ->
                org.eclipse.jetty.websocket.api.Callback.Completable.with(
                        sent -> session.sendText(piece, sent))
                    .get(),
            () -> {});
        return;
      }
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
      String target = request.getHttpURI().getPathQuery();
      if (Surface.hasPieces(target)) {
        response.getHeaders().put(HttpHeader.CONTENT_TYPE, Surface.contentType(target));
        Surface.send(
            target,
            piece -> Content.Sink.write(response, false, StandardCharsets.US_ASCII.encode(piece)));
        callback.succeeded();
        return true;
      }
      String content = Content.Source.asString(request, StandardCharsets.ISO_8859_1);
      Surface.Answer answer = Surface.answerInTime(target, content);
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
