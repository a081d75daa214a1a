package com.example.servers;

import com.example.surface.Surface;
import java.nio.charset.StandardCharsets;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.util.Callback;

/** The surface on a Jetty of its own: {@code JettyApp HOST PORT}. */
public final class JettyApp {
  private JettyApp() {}

  public static void main(String[] args) throws Exception {
    Server server = new Server();
    ServerConnector connector = new ServerConnector(server);
    connector.setHost(args[0].equals("*") ? null : args[0]);
    connector.setPort(Integer.parseInt(args[1]));
    server.addConnector(connector);
    server.setHandler(new SurfaceHandler());
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

  private static final class SurfaceHandler extends Handler.Abstract {
    @Override
    public boolean handle(Request request, Response response, Callback callback) throws Exception {
      String content = Content.Source.asString(request, StandardCharsets.ISO_8859_1);
      Surface.Answer answer = Surface.answerInTime(request.getHttpURI().getPathQuery(), content);
      response.setStatus(answer.status());
      Content.Sink.write(response, true, answer.body(), callback);
      return true;
    }
  }
}
