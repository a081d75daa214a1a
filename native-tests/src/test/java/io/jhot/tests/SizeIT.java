package io.jhot.tests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.example.fixture.ManyListenersApp;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** A thousand listeners are ten times a hundred, and nothing else. */
@ExtendWith(SandboxExtension.class)
class SizeIT {
  private static final int BOUND = 600;
  private static final int LENT = 200;
  private static final int UNIX = 200;
  private static final int ALL = BOUND + LENT + UNIX;

  private static void everyListenerIsAnsweredBy(long pid, int port) throws IOException {
    for (int i = 0; i < BOUND + LENT; i++) {
      String host = ManyListenersApp.host(i);
      assertEquals(Long.toString(pid), Http.get(host, port, "/"), host);
    }
  }

  @Test
  void aThousandListenersStartReloadRollBackAndShow(Sandbox box) throws IOException {
    int port = box.port();
    List<String> options = new ArrayList<>(List.of("--drain-timeout", "10m"));
    for (int i = 0; i < LENT; i++) {
      options.add("--listen");
      options.add("lent-" + i + "=tcp://" + ManyListenersApp.host(BOUND + i) + ":" + port);
    }
    for (int i = 0; i < UNIX; i++) {
      options.add("--listen");
      options.add("unix://" + box.directory() + "/listener-" + i);
    }
    Jhot jhot =
        box.exec(
            options,
            Sandbox.javaClass(
                "ManyListenersApp",
                Integer.toString(port),
                Integer.toString(BOUND + LENT),
                box.directory().toString()));
    jhot.out().await("listens on");
    Status first =
        jhot.awaitStatus(
            "all are known", s -> s.healthy() && s.listeners().size() == ALL && s.servesAlone(1));
    assertEquals(ALL, first.listeners().stream().map(Status.Listener::address).distinct().count());
    everyListenerIsAnsweredBy(first.serving().pid(), port);

    jhot.replace(1);
    Status second = jhot.awaitAlone(2);
    assertEquals(ALL, second.listeners().size());
    everyListenerIsAnsweredBy(second.serving().pid(), port);

    box.file("fail");
    Finished failed = jhot.reload().with(1);
    assertTrue(failed.err().contains("exited with code 3 before it was ready"), failed::toString);
    assertTrue(box.directory().resolve("fail").toFile().delete());
    jhot.awaitAlone(2);
    everyListenerIsAnsweredBy(second.serving().pid(), port);

    try (Socket held = new Socket()) {
      held.connect(new InetSocketAddress(ManyListenersApp.host(BOUND - 1), port));
      held.getOutputStream().write("GET /hold\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
      jhot.out().await("holds");
      jhot.reload().good();
      Status parked = jhot.awaitParked(2);
      everyListenerIsAnsweredBy(parked.serving().pid(), port);

      Proc.signal(parked.serving().pid(), "KILL");
      Status back = jhot.awaitAlone(2);
      assertEquals(second.serving().pid(), back.serving().pid());
      assertEquals(ALL, back.listeners().size());
      everyListenerIsAnsweredBy(back.serving().pid(), port);
    }
    Finished shown = box.jhot("status").good();
    assertEquals(ALL, shown.out().lines().filter(line -> line.contains("  listener ")).count());
    jhot.endNow();
  }
}
