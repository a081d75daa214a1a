package io.jhot.servlet;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.jhot.agent.ApiDoor;
import jakarta.servlet.AsyncContext;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.apache.catalina.Context;
import org.apache.catalina.startup.Tomcat;
import org.apache.tomcat.util.descriptor.web.FilterDef;
import org.apache.tomcat.util.descriptor.web.FilterMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** In a real Tomcat. */
class DrainFilterTest {
  @TempDir Path folder;
  private final Tomcat tomcat = new Tomcat();
  private final CompletableFuture<AsyncContext> async = new CompletableFuture<>();

  @BeforeEach
  void start() throws Exception {
    tomcat.setBaseDir(folder.toString());
    tomcat.setPort(0);
    Context app = tomcat.addContext("", folder.toString());
    var servlet =
        Tomcat.addServlet(
            app,
            "app",
            new HttpServlet() {
              private static final long serialVersionUID = 1;

              @Override
              protected void doGet(HttpServletRequest request, HttpServletResponse response)
                  throws java.io.IOException {
                if (request.getRequestURI().equals("/async")) {
                  async.complete(request.startAsync());
                } else {
                  response.getWriter().print(ApiDoor.inFlight());
                }
              }
            });
    servlet.setAsyncSupported(true);
    app.addServletMappingDecoded("/", "app");
    FilterDef filter = new FilterDef();
    filter.setFilterName("jhot");
    filter.setFilter(new DrainFilter());
    filter.setAsyncSupported("true");
    app.addFilterDef(filter);
    FilterMap all = new FilterMap();
    all.setFilterName("jhot");
    all.addURLPattern("/*");
    app.addFilterMap(all);
    tomcat.getConnector();
    tomcat.start();
  }

  @AfterEach
  void stop() throws Exception {
    ApiDoor.draining(false);
    tomcat.stop();
    tomcat.destroy();
  }

  private CompletableFuture<HttpResponse<String>> get(String path) {
    URI uri = URI.create("http://localhost:" + tomcat.getConnector().getLocalPort() + path);
    return HttpClient.newHttpClient()
        .sendAsync(HttpRequest.newBuilder(uri).build(), HttpResponse.BodyHandlers.ofString());
  }

  private static boolean closes(HttpResponse<String> response) {
    return response.headers().firstValue("Connection").orElse("").equals("close");
  }

  @Test
  void requestsAreCountedAndConnectionsEndWhileDraining() throws Exception {
    HttpResponse<String> before = get("/").get(60, TimeUnit.SECONDS);
    assertEquals("1", before.body());
    assertFalse(closes(before));

    ApiDoor.draining(true);

    assertTrue(closes(get("/").get(60, TimeUnit.SECONDS)));
  }

  @Test
  void asynchronousRequestIsInFlightUntilItCompletes() throws Exception {
    var answer = get("/async");
    AsyncContext context = async.get(60, TimeUnit.SECONDS);
    assertEquals(1, ApiDoor.inFlight());

    context.complete();
    answer.get(60, TimeUnit.SECONDS);

    long deadline = System.nanoTime() + 60_000_000_000L;
    while (ApiDoor.inFlight() != 0) { // the container tells its listeners after the client
      assertTrue(System.nanoTime() < deadline, "it is still counted");
      Thread.onSpinWait();
    }
  }
}
