package io.jhot.api;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.example.api.Consumer;
import com.example.api.Feed;
import com.example.api.WarmCache;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.ConnectException;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** The three examples of the package's page, without jhot. */
class ExamplesTest {
  private static String end(Process process) throws Exception {
    String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertTrue(process.waitFor(60, TimeUnit.SECONDS), out);
    return out;
  }

  @Test
  void consumerDoesItsJobsAndSaysWhatIsLeft() throws Exception {
    Process app = AloneTest.start("", Consumer.class);
    BufferedReader out = new BufferedReader(new InputStreamReader(app.getInputStream()));
    assertEquals("done: one", out.readLine());
    assertEquals("done: two", out.readLine());

    app.toHandle().destroy();

    assertEquals("left for the next one: []", out.readLine());
    assertTrue(app.waitFor(60, TimeUnit.SECONDS));
  }

  @Test
  void cacheIsWarmedWhereThereIsNothingToInherit() throws Exception {
    assertEquals("generation 1 has 5\n", end(AloneTest.start("", WarmCache.class)));
  }

  @Test
  void feedTicksOnThePortOfItsOwnChoice() throws Exception {
    int port;
    try (ServerSocket any = new ServerSocket(0)) {
      port = any.getLocalPort();
    }
    Process app = AloneTest.start("", Feed.class, "" + port);
    try (Socket subscriber = connect(app, port)) {
      subscriber.setSoTimeout(60_000);
      BufferedReader in = new BufferedReader(new InputStreamReader(subscriber.getInputStream()));
      assertTrue(in.readLine().endsWith(" of 1"));
      assertTrue(in.readLine().endsWith(" of 1"));
    } finally {
      app.toHandle().destroy();
      end(app);
    }
  }

  private static Socket connect(Process app, int port) throws IOException {
    while (true) {
      try {
        return new Socket("127.0.0.1", port);
      } catch (ConnectException e) {
        assertTrue(app.isAlive(), "it has ended");
        Thread.onSpinWait();
      }
    }
  }
}
