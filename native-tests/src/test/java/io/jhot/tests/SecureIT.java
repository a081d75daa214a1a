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
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Where the socket cannot be written into, the server itself is made to end its connections. */
@ExtendWith(SandboxExtension.class)
class SecureIT {
  private static final int CLIENTS = 4;

  @ParameterizedTest
  @CsvSource({
    "jdk, HTTP_1_1",
    "tomcat, HTTP_1_1",
    "tomcat, HTTP_2",
    "jetty, HTTP_1_1",
    "undertow, HTTP_1_1",
  })
  void connectionsUnderTlsLeaveTheDrainingGeneration(
      String server, HttpClient.Version version, Sandbox box) throws Exception {
    int port = box.port();
    Path keys = keys(box);
    Jhot jhot =
        box.exec(Sandbox.server("all", "SecureApp", server, "" + port, keys.toString()))
            .awaitServing(1);
    Queue<Object> failures = new ConcurrentLinkedQueue<>();
    AtomicInteger answers = new AtomicInteger();
    List<Thread> clients = new ArrayList<>();
    SSLContext trusting = trusting(keys);
    for (int i = 0; i < CLIENTS; i++) {
      clients.add(Thread.ofPlatform().start(() -> ask(trusting, version, port, answers, failures)));
    }
    awaitMore(answers, failures);

    jhot.reload().good();
    jhot.awaitGone(1);
    awaitMore(answers, failures);

    clients.forEach(Thread::interrupt);
    for (Thread client : clients) {
      client.join();
    }
    assertEquals(List.of(), List.copyOf(failures), jhot::toString);
    // The clients never rest: not told to leave, they would stay until the deadline and be cut off.
    // After a GOAWAY this client leaves its connection open, and idle.
    assertEquals(0, jhot.err().count("but little time"), jhot::toString);
    assertEquals(0, jhot.err().count("warning: generation"), jhot::toString);
  }

  private static void awaitMore(AtomicInteger answers, Queue<Object> failures) {
    int before = answers.get();
    Await.until("answers come", () -> answers.get() > before + 100 || !failures.isEmpty());
  }

  /** One client with connections of its own, which asks without a pause until it is interrupted. */
  private static void ask(
      SSLContext trusting,
      HttpClient.Version version,
      int port,
      AtomicInteger answers,
      Queue<Object> failures) {
    try (HttpClient client =
        HttpClient.newBuilder().version(version).sslContext(trusting).build()) {
      HttpRequest request =
          HttpRequest.newBuilder(URI.create("https://127.0.0.1:" + port + "/pid")).build();
      while (true) {
        HttpResponse<String> answer = client.send(request, HttpResponse.BodyHandlers.ofString());
        if (answer.statusCode() != 200 || answer.version() != version) {
          failures.add(answer + " by " + answer.version());
        }
        answers.incrementAndGet();
      }
    } catch (InterruptedException e) {
      return; // the test has seen enough
    } catch (Exception e) {
      failures.add(e);
    }
  }

  private static Path keys(Sandbox box) {
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

  private static SSLContext trusting(Path keys) throws Exception {
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
