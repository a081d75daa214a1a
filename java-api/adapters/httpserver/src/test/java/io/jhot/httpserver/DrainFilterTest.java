package io.jhot.httpserver;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpServer;
import io.jhot.agent.ApiDoor;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class DrainFilterTest {
  private static final byte[] GET =
      "GET / HTTP/1.1\r\nHost: here\r\n\r\n".getBytes(StandardCharsets.US_ASCII);

  @AfterEach
  void serveAgain() {
    ApiDoor.draining(false);
  }

  @Test
  void requestsAreCountedAndConnectionsEndWhileDraining() throws Exception {
    AtomicInteger seen = new AtomicInteger(-1);
    HttpServer server =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    var context =
        server.createContext(
            "/",
            exchange -> {
              seen.set(ApiDoor.inFlight());
              exchange.sendResponseHeaders(200, -1);
              exchange.close();
            });
    context.getFilters().add(new DrainFilter());
    server.start();
    try (Socket client =
        new Socket(InetAddress.getLoopbackAddress(), server.getAddress().getPort())) {
      client.setSoTimeout(60_000);
      client.getOutputStream().write(GET);
      assertEquals(-1, head(client).toLowerCase().indexOf("connection: close"));
      assertEquals(1, seen.get());

      ApiDoor.draining(true);
      client.getOutputStream().write(GET);
      String last = head(client);

      assertTrue(last.toLowerCase().contains("connection: close"), last);
      assertEquals(-1, client.getInputStream().read(), "the server has closed it");
    } finally {
      server.stop(0);
    }
  }

  private static String head(Socket client) throws Exception {
    InputStream in = client.getInputStream();
    StringBuilder head = new StringBuilder();
    while (head.indexOf("\r\n\r\n") < 0) {
      int next = in.read();
      assertTrue(next >= 0, () -> "it ended after " + head);
      head.append((char) next);
    }
    return head.toString();
  }
}
