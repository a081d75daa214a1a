package io.jhot.tests;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Where the socket cannot be written into, the server itself is made to end its connections. */
@ExtendWith(SandboxExtension.class)
class SecureIT {
  /** Each with a connection of its own. */
  private static final int CLIENTS = 2;

  private static final int RELOADS = 2;
  private static final int MOST_AT_ONCE = 2;
  private static final int PAUSE_MILLIS = 10;

  @ParameterizedTest
  @CsvSource({
    "jdk, https, HTTP_1_1",
    "tomcat, https, HTTP_1_1",
    "jetty, https, HTTP_1_1",
    "undertow, https, HTTP_1_1",
    "tomcat, https, HTTP_2",
    "jetty, https, HTTP_2",
    "undertow, https, HTTP_2",
    "vertx, https, HTTP_2",
    "webflux, https, HTTP_2",
    "tomcat, http, HTTP_2",
    "jetty, http, HTTP_2",
    "vertx, http, HTTP_2",
    "adapter, https, HTTP_2",
  })
  void connectionsLeaveTheDrainingGeneration(
      String server, String scheme, HttpClient.Version version, Sandbox box) throws Exception {
    int port = box.port();
    Path keys = keys(box);
    List<String> command = command(server, port, scheme.equals("https") ? keys.toString() : "");
    Jhot jhot = box.exec(List.of("--drain-timeout", "30s"), command).awaitServing(1);
    Queue<Object> failures = new ConcurrentLinkedQueue<>();
    AtomicInteger answers = new AtomicInteger();
    List<HttpClient> clients = new ArrayList<>();
    List<Thread> threads = new ArrayList<>();
    HttpRequest request =
        HttpRequest.newBuilder(URI.create(scheme + "://127.0.0.1:" + port + "/pid")).build();
    for (int i = 0; i < CLIENTS; i++) {
      HttpClient client =
          HttpClient.newBuilder().version(version).sslContext(trusting(keys)).build();
      clients.add(client);
      threads.add(
          Thread.ofPlatform().start(() -> ask(client, request, version, answers, failures)));
    }

    for (int generation = 1; generation <= RELOADS; generation++) {
      awaitMore(answers, failures);
      jhot.replace(generation);
    }
    awaitMore(answers, failures);

    threads.forEach(Thread::interrupt);
    for (Thread thread : threads) {
      thread.join();
    }
    clients.forEach(HttpClient::shutdownNow);
    assertEquals(List.of(), List.copyOf(failures), jhot::toString);
    // The clients never rest: not told to leave, they would stay until the deadline and be cut off.
    // After a GOAWAY this client leaves the closing of its connection to the server.
    assertEquals(0, jhot.err().count("but little time"), jhot::toString);
    assertEquals(0, jhot.err().count("warning: generation"), jhot::toString);
    int told = server.equals("adapter") ? RELOADS : 0; // by a hook of the adapter's
    assertEquals(told, jhot.err().count("drain hook http2 took "), jhot::toString);
  }

  private static List<String> command(String server, int port, String keys) {
    if (server.equals("adapter")) {
      return AdaptersIT.app("http2", Integer.toString(port), keys);
    }
    List<String> secret = keys.isEmpty() ? List.of() : List.of(keys);
    if (server.equals("vertx")) {
      List<String> tls = keys.isEmpty() ? List.of() : List.of("jsse", keys);
      return Sandbox.concat(List.of(released("Vert.x 5, JDK transport", port), tls));
    }
    if (server.equals("webflux")) {
      List<String> tls =
          List.of(
              "--server.http2.enabled=true",
              "--server.ssl.key-store=" + keys,
              "--server.ssl.key-store-password=changeit");
      return Sandbox.concat(List.of(released("Spring Boot 4, WebFlux (Netty epoll)", port), tls));
    }
    return Sandbox.concat(
        List.of(Sandbox.server("all", "SecureApp", server, Integer.toString(port)), secret));
  }

  private static List<String> released(String name, int port) {
    Server server = Server.all().filter(one -> one.name().equals(name)).findFirst().get();
    return server.command("127.0.0.1", port, 0);
  }

  private static void awaitMore(AtomicInteger answers, Queue<Object> failures) {
    int before = answers.get();
    Await.until("answers come", () -> answers.get() > before + 100 || !failures.isEmpty());
  }

  /**
   * Asks until it is interrupted, with pauses that are far too short to count as rest but leave the
   * processor to the others: one alone, then two at a time, and so on. Where two at a time make a
   * connection, this client makes two, uses one of them once and never closes it: one that rests,
   * and to jhot looks busy, for the client has spoken last.
   */
  private static void ask(
      HttpClient client,
      HttpRequest request,
      HttpClient.Version version,
      AtomicInteger answers,
      Queue<Object> failures) {
    try {
      for (int i = 1; true; i = MOST_AT_ONCE + 1 - i) {
        List<CompletableFuture<HttpResponse<String>>> asked = new ArrayList<>();
        while (asked.size() < i) {
          asked.add(client.sendAsync(request, HttpResponse.BodyHandlers.ofString()));
        }
        for (CompletableFuture<HttpResponse<String>> one : asked) {
          HttpResponse<String> answer = one.get();
          if (answer.statusCode() != 200 || answer.version() != version) {
            failures.add(answer + " by " + answer.version());
          }
          answers.incrementAndGet();
        }
        Thread.sleep(PAUSE_MILLIS);
      }
    } catch (InterruptedException e) {
      return; // the test has seen enough
    } catch (ExecutionException e) {
      failures.add(e.getCause());
    }
  }

  static Path keys(Sandbox box) {
    Path keys = box.directory().resolve("keys.p12");
    box.run(
            (Sandbox.javaHome()
                    + "/bin/keytool -genkeypair -alias it -keyalg EC -dname CN=localhost"
                    + " -ext san=ip:127.0.0.1 -storetype PKCS12 -storepass changeit -keystore "
                    + keys)
                .split(" "))
        .good();
    return keys;
  }

  static SSLContext trusting(Path keys) throws Exception {
    KeyStore store = KeyStore.getInstance("PKCS12");
    try (var in = Files.newInputStream(keys)) {
      store.load(in, "changeit".toCharArray());
    }
    KeyStore trusted = KeyStore.getInstance("PKCS12");
    trusted.load(null, null);
    trusted.setCertificateEntry("it", store.getCertificate("it"));
    TrustManagerFactory managers =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    managers.init(trusted);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(null, managers.getTrustManagers(), null);
    return context;
  }
}
