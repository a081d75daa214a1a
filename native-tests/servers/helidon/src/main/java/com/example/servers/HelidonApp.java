package com.example.servers;

import com.example.surface.Surface;
import io.helidon.http.Status;
import io.helidon.webserver.WebServer;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.net.InetAddress;
import java.net.UnknownHostException;

/**
 * The surface on Helidon SE, with a virtual thread for each request: {@code HelidonApp HOST PORT}.
 */
public final class HelidonApp {
  private HelidonApp() {}

  public static void main(String[] args) throws UnknownHostException {
    WebServer server =
        WebServer.builder()
            .address(InetAddress.getByName(args[0].equals("*") ? "::" : args[0]))
            .port(Integer.parseInt(args[1]))
            .routing(routing -> routing.any(HelidonApp::answer))
            .build()
            .start();
    Surface.listensOn(server.port());
  }

  private static void answer(ServerRequest request, ServerResponse response) {
    String query = request.query().rawValue();
    String target = request.path().rawPath() + (query.isEmpty() ? "" : "?" + query);
    String content = request.content().hasEntity() ? request.content().as(String.class) : "";
    Surface.Answer answer = Surface.answerInTime(target, content);
    response.status(Status.create(answer.status())).send(answer.body());
  }
}
