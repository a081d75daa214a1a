package io.jhot.tests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Netty's own sockets, which do not pass through the JDK, are handed over like the JDK's. */
@ExtendWith(SandboxExtension.class)
class NativeTransportIT {
  @ParameterizedTest
  @CsvSource({"epoll, netty-4.1", "epoll, all", "uring, all"})
  void aNativeTransportIsHandedOverWithoutALostRequest(String transport, String jars, Sandbox box) {
    assumeThatTheKernelHas(transport);
    int port = box.port();
    Jhot jhot = box.exec(Sandbox.server(jars, "NettyApp", transport, "" + port)).awaitServing(1);
    Load load = Load.on(port);

    jhot.replace(1);
    jhot.replace(2);

    load.endWithoutFailure();
    assertEquals(0, jhot.err().count("warning: generation"), jhot::toString);
    // the clients were told to leave: they would else have stayed until the deadline
    assertEquals(2, jhot.err().count("it has no connection left"), jhot::toString);
    // what lies under a staged descriptor is bound elsewhere, which the app must not see
    assertEquals(3, jhot.out().count("bound /127.0.0.1:" + port), jhot::toString);
  }

  @ParameterizedTest
  @CsvSource({"epoll, all", "uring, all"})
  void aParkedNativeTransportSleeps(String transport, String jars, Sandbox box) {
    assumeThatTheKernelHas(transport);
    int port = box.port();
    Jhot jhot = box.exec(Sandbox.server(jars, "NettyApp", transport, "" + port)).awaitServing(1);
    long first = jhot.status().serving().pid();
    Http.begin(port, "/slow?ms=60000"); // keeps the old generation from being gone

    jhot.reload().good();
    jhot.err().await("generation 1 accepts nothing new"); // until then either may answer

    Await.until(
        "there is a while in which the parked generation hardly runs",
        () -> {
          long before = Proc.processorNanos(first);
          long began = System.nanoTime();
          for (int i = 0; i < 30; i++) {
            assertNotEquals(Long.toString(first), Http.begin(port, "/pid").join());
          }
          long used = Proc.processorNanos(first) - before;
          return !Proc.isGone(first) && used < (System.nanoTime() - began) / 10;
        });
    jhot.endNow();
  }

  @ParameterizedTest
  @CsvSource({"epoll, /call", "epoll, /call-plain", "uring, /call-plain"})
  void aCallOfItsOwnIsAnsweredByAParkedNativeTransportItself(
      String transport, String call, Sandbox box) throws IOException {
    assumeThatTheKernelHas(transport);
    int port = box.port();
    Jhot jhot = box.exec(Sandbox.server("all", "NettyApp", transport, "" + port)).awaitServing(1);
    try (Socket kept = new Socket("127.0.0.1", port)) {
      String first = ask(kept, "/pid");
      Http.begin(port, "/slow?ms=60000"); // keeps it from being gone
      jhot.reload().good();

      assertNotEquals(first, Http.get(port, "/pid"));
      assertEquals(first, ask(kept, call));
    }
    jhot.endNow();
  }

  @Test
  void aSecondBindOfTheSamePortFailsAsWithoutJhot(Sandbox box) {
    int port = box.port();
    Jhot jhot =
        box.exec(Sandbox.server("all", "NettyApp", "epoll", "" + port, "again")).awaitServing(1);
    jhot.out().await("Address already in use");

    jhot.reload().good();

    jhot.out().await("Address already in use", 2);
  }

  @Test
  void aPortThatIsClosedAndBoundAgainIsHandedOver(Sandbox box) throws IOException {
    int port = box.port();
    Jhot jhot =
        box.exec(Sandbox.server("all", "NettyApp", "epoll", "" + port, "rebind")).awaitServing(1);
    jhot.out().await("bound again");
    Await.until("it answers", () -> !Http.isRefused(port));

    jhot.replace(1);

    assertEquals(Long.toString(jhot.status().serving().pid()), Http.get(port, "/pid"));
  }

  private static String ask(Socket kept, String target) throws IOException {
    kept.setSoTimeout((int) Await.PATIENCE.toMillis());
    kept.getOutputStream().write(("GET " + target + " HTTP/1.1\r\nHost: it\r\n\r\n").getBytes());
    return Http.content(kept, target);
  }

  private static void assumeThatTheKernelHas(String transport) {
    Path disabled = Path.of("/proc/sys/kernel/io_uring_disabled");
    try {
      assumeTrue(
          transport.equals("epoll") || Files.readString(disabled).strip().equals("0"),
          "io_uring is not to be had here");
    } catch (IOException e) {
      assumeTrue(false, "this kernel has no io_uring: " + e.getMessage());
    }
  }
}
