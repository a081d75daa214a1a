package com.example.servers;

import com.example.surface.Surface;
import jakarta.servlet.ServletContext;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import jakarta.websocket.DeploymentException;
import jakarta.websocket.Endpoint;
import jakarta.websocket.EndpointConfig;
import jakarta.websocket.Session;
import jakarta.websocket.server.ServerContainer;
import jakarta.websocket.server.ServerEndpointConfig;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.Set;
import org.apache.catalina.Context;
import org.apache.catalina.LifecycleException;
import org.apache.catalina.connector.Connector;
import org.apache.catalina.startup.Tomcat;
import org.apache.coyote.http2.Http2Protocol;
import org.apache.tomcat.util.net.SSLHostConfig;
import org.apache.tomcat.util.net.SSLHostConfigCertificate;
import org.apache.tomcat.websocket.server.WsSci;

/**
 * The surface on a Tomcat of its own: {@code TomcatApp HOST PORT [KEYSTORE]}; with {@code /poll},
 * {@code /events} and {@code /socket}; to whoever asks for it in HTTP/2.
 */
public final class TomcatApp {
  private static Tomcat tomcat;

  private TomcatApp() {}

  public static void main(String[] args) throws Exception {
    tomcat = start(args);
    Surface.restartBy(
        () -> {
          tomcat.stop();
          tomcat.destroy();
          tomcat = start(args);
          return null;
        });
    Runtime.getRuntime().addShutdownHook(new Thread(TomcatApp::stop));
    Thread.currentThread().join(); // Tomcat's own await() ends with the first Tomcat
  }

  private static Tomcat start(String[] args) throws Exception {
    Tomcat tomcat = new Tomcat();
    tomcat.setBaseDir(Files.createTempDirectory("tomcat").toString());
    Connector connector = new Connector();
    connector.setPort(Integer.parseInt(args[1]));
    if (!args[0].equals("*")) {
      connector.setProperty("address", args[0]);
    }
    connector.setProperty("maxThreads", "1000");
    if (args.length > 2) {
      secure(connector, args[2]);
    }
    Http2Protocol http2 = new Http2Protocol();
    http2.setReadTimeout(60_000); // it cuts off half a frame after 5 s
    http2.setKeepAliveTimeout(60_000);
    http2.setWriteTimeout(60_000);
    http2.setStreamReadTimeout(60_000);
    http2.setStreamWriteTimeout(60_000);
    connector.addUpgradeProtocol(http2);
    tomcat.setConnector(connector);
    Context context = tomcat.addContext("", null);
    Tomcat.addServlet(context, "surface", new SurfaceServlet());
    context.addServletMappingDecoded("/", "surface");
    context.addServletContainerInitializer(new WsSci(), null);
    context.addServletContainerInitializer(TomcatApp::addSocket, null);
    tomcat.start();
    Surface.listensOn(connector.getLocalPort());
    return tomcat;
  }

  private static void secure(Connector connector, String keyStore) {
    SSLHostConfig host = new SSLHostConfig();
    SSLHostConfigCertificate certificate =
        new SSLHostConfigCertificate(host, SSLHostConfigCertificate.Type.EC);
    certificate.setCertificateKeystoreFile(keyStore);
    certificate.setCertificateKeystorePassword("changeit");
    host.addCertificate(certificate);
    connector.addSslHostConfig(host);
    connector.setProperty("SSLEnabled", "true");
    connector.setScheme("https");
    connector.setSecure(true);
  }

  private static void addSocket(Set<Class<?>> types, ServletContext context)
      throws ServletException {
    ServerContainer container =
        (ServerContainer) context.getAttribute(ServerContainer.class.getName());
    try {
      container.addEndpoint(ServerEndpointConfig.Builder.create(Echo.class, "/socket").build());
    } catch (DeploymentException e) {
      throw new ServletException(e);
    }
  }

  /** Made by Tomcat. */
  public static final class Echo extends Endpoint {
    @Override
    public void onOpen(Session session, EndpointConfig config) {
      session.addMessageHandler(
          String.class,
          text -> {
            if (Surface.hasPieces(text)) {
              Surface.sendInBackground(text, session.getBasicRemote()::sendText, () -> {});
            } else {
              session.getAsyncRemote().sendText(text);
            }
          });
    }
  }

  private static void stop() {
    try {
      tomcat.stop();
    } catch (LifecycleException e) {
      e.printStackTrace();
    }
  }

  private static final class SurfaceServlet extends HttpServlet {
    private static final long serialVersionUID = 1L;

    @Override
    protected void service(HttpServletRequest request, HttpServletResponse response)
        throws IOException {
      if (request.getRequestURI().equals("/events")) {
        sendEvents(response);
        return;
      }
      String query = request.getQueryString();
      String target = request.getRequestURI() + (query == null ? "" : "?" + query);
      if (Surface.hasPieces(target)) {
        sendPieces(target, response);
        return;
      }
      String content =
          new String(request.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1);
      Surface.Answer answer = Surface.answerInTime(target, content);
      byte[] bytes = answer.body().getBytes(StandardCharsets.ISO_8859_1);
      response.setStatus(answer.status());
      response.setContentLength(bytes.length);
      response.getOutputStream().write(bytes);
    }

    private static void sendPieces(String target, HttpServletResponse response) throws IOException {
      response.setContentType(Surface.contentType(target));
      try {
        Surface.send(
            target,
            piece -> {
              response.getOutputStream().print(piece);
              response.flushBuffer();
            });
      } catch (Exception e) {
        throw new IOException(e);
      }
    }

    /** Until its client has gone, or Tomcat is stopped. */
    private static void sendEvents(HttpServletResponse response) throws IOException {
      response.setContentType("text/event-stream");
      while (!Thread.currentThread().isInterrupted()) {
        response.getOutputStream().print("data: " + Surface.answer("/pid", "").body() + "\n\n");
        response.flushBuffer();
        Surface.sleep(100);
      }
    }
  }
}
