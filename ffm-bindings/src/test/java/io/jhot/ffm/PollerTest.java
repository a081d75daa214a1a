package io.jhot.ffm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(LeavesNothingBehind.class)
class PollerTest {
  private Poller poller;
  private Fd here;
  private Fd there;

  @BeforeEach
  void open() throws IOException {
    poller = Poller.open();
    Sockets.Pair pair = Sockets.pair(Sockets.Type.STREAM);
    here = pair.first();
    there = pair.second();
  }

  @AfterEach
  void close() {
    poller.close();
    here.close();
    there.close();
  }

  private Map<Long, Integer> poll() throws IOException {
    Map<Long, Integer> told = new TreeMap<>();
    int count = poller.await(0, told::put);
    assertEquals(count, told.size());
    return told;
  }

  @Test
  void whatIsReadyIsToldUntilItIsDealtWith() throws IOException {
    poller.add(here, -5L, Poller.READABLE);
    assertEquals(Map.of(), poll());
    Bytes.write(there, "x");
    assertEquals(Map.of(-5L, Poller.READABLE), poll());
    assertEquals(Map.of(-5L, Poller.READABLE), poll());
    Bytes.read(here, 9);
    assertEquals(Map.of(), poll());
  }

  @Test
  void writabilityIsToldWhenAskedFor() throws IOException {
    poller.add(here, 1, Poller.READABLE | Poller.WRITABLE);
    assertEquals(Map.of(1L, Poller.WRITABLE), poll());
    Bytes.write(there, "x");
    assertEquals(Map.of(1L, Poller.READABLE | Poller.WRITABLE), poll());
    here.setNonBlocking(true);
    byte[] much = new byte[64 * 1024];
    assertThrows(
        ErrnoException.class,
        () -> {
          while (true) {
            Bytes.write(here, much);
          }
        });
    assertEquals(Map.of(1L, Poller.READABLE), poll());
  }

  @Test
  void interestAndTokenCanBeChanged() throws IOException {
    poller.add(here, 1, 0);
    Bytes.write(there, "x");
    assertEquals(Map.of(), poll());
    poller.change(here, 2, Poller.READABLE);
    assertEquals(Map.of(2L, Poller.READABLE), poll());
    poller.change(here, 3, 0);
    assertEquals(Map.of(), poll());
  }

  @Test
  void aHangUpIsToldUnasked() throws IOException {
    poller.add(here, 1, 0);
    there.close();
    assertEquals(Map.of(1L, Poller.HANGUP), poll());
    poller.change(here, 1, Poller.READABLE);
    assertEquals(Map.of(1L, Poller.READABLE | Poller.HANGUP), poll());
  }

  @Test
  void thatThePeerWritesNoMoreIsToldToWhoeverAsksForHangUps() throws Exception {
    try (Fd listener =
            Sockets.listen(
                new java.net.InetSocketAddress(java.net.InetAddress.getLoopbackAddress(), 0), 1);
        java.net.Socket client =
            new java.net.Socket(
                java.net.InetAddress.getLoopbackAddress(), SocketDescription.of(listener).port());
        Fd accepted = Eventually.get("a connection", () -> Sockets.accept(listener))) {
      poller.add(accepted, 1, 0);
      client.shutdownOutput();
      poller.change(accepted, 1, Poller.HANGUP);
      Map<Long, Integer> told = new TreeMap<>();
      assertEquals(1, poller.await(30_000, told::put));
      assertEquals(Map.of(1L, Poller.HANGUP), told);
      poller.change(accepted, 1, 0);
      assertEquals(Map.of(), poll(), "half of the connection is still there");
    }
  }

  @Test
  void whatWasRemovedIsNotTold() throws IOException {
    poller.add(here, 1, Poller.READABLE);
    Bytes.write(there, "x");
    poller.remove(here);
    assertEquals(Map.of(), poll());
    poller.add(here, 2, Poller.READABLE);
    assertEquals(Map.of(2L, Poller.READABLE), poll());
  }

  @Test
  void whatIsRemovedWhileBeingToldIsNotTold() throws IOException {
    poller.add(here, 1, Poller.WRITABLE);
    poller.add(there, 2, Poller.WRITABLE);
    List<Long> told = new ArrayList<>();
    int count =
        poller.await(
            0,
            (token, events) -> {
              told.add(token);
              try {
                poller.remove(token == 1 ? there : here);
              } catch (ErrnoException failed) {
                throw new AssertionError(failed);
              }
            });
    assertEquals(1, count);
    assertEquals(1, told.size());
  }

  @Test
  void aNumberThatIsUsedAgainWhileBeingToldIsNotMistakenForTheOldOne() throws IOException {
    poller.add(here, 1, Poller.WRITABLE);
    poller.add(there, 2, Poller.WRITABLE);
    List<Long> told = new ArrayList<>();
    List<Fd> opened = new ArrayList<>();
    poller.await(
        0,
        (token, events) -> {
          told.add(token);
          try {
            Fd other = token == 1 ? there : here;
            int number = other.number();
            poller.remove(other);
            other.close();
            Pipe pipe = Pipe.open();
            opened.add(pipe.read());
            opened.add(pipe.write());
            assertEquals(number, pipe.read().number());
            poller.add(pipe.read(), 3, Poller.READABLE);
          } catch (ErrnoException failed) {
            throw new AssertionError(failed);
          }
        });
    assertEquals(1, told.size(), told.toString());
    opened.forEach(Fd::close);
  }

  @Test
  void manyDescriptorsAreToldInSeveralTurns() throws IOException {
    List<Fd> duplicates = new ArrayList<>();
    Bytes.write(there, "x");
    for (int i = 0; i < 200; i++) {
      Fd duplicate = here.duplicate();
      duplicates.add(duplicate);
      poller.add(duplicate, i, Poller.READABLE);
    }
    Map<Long, Integer> told = new TreeMap<>();
    for (int turn = 0; turn < 10; turn++) {
      int count = poller.await(0, told::put);
      assertTrue(count > 0 && count <= 64);
    }
    assertEquals(200, told.size());
    for (Fd duplicate : duplicates) {
      poller.remove(duplicate);
      duplicate.close();
    }
    assertEquals(Map.of(), poll());
  }

  @Test
  void aWaitThatIsOverTellsOfNothing() throws IOException {
    poller.add(here, 1, Poller.READABLE);
    long before = System.nanoTime();
    assertEquals(0, poller.await(20, (token, events) -> {}));
    assertTrue(System.nanoTime() - before >= 20_000_000, "it waited");
  }

  @Test
  void aWaitForEverEndsWhenSomethingHappens() throws Exception {
    poller.add(here, 1, Poller.READABLE);
    Throwable[] failure = {null};
    int[] count = {0};
    Thread waiting =
        new Thread(
            () -> {
              try {
                count[0] = poller.await(-1, (token, events) -> {});
              } catch (Throwable thrown) {
                failure[0] = thrown;
              }
            });
    waiting.start();
    Bytes.write(there, "x");
    waiting.join();
    assertEquals(null, failure[0]);
    assertEquals(1, count[0]);
    assertEquals(1, poller.await(Long.MAX_VALUE, (token, events) -> {}));
  }

  @Test
  void whatCannotBeWatchedIsAnError() throws Exception {
    poller.add(here, 1, 0);
    assertEquals(
        "EEXIST",
        Errno.name(assertThrows(ErrnoException.class, () -> poller.add(here, 1, 0)).errno()));
    assertEquals(
        Errno.ENOENT, assertThrows(ErrnoException.class, () -> poller.change(there, 1, 0)).errno());
    assertEquals(
        Errno.ENOENT, assertThrows(ErrnoException.class, () -> poller.remove(there)).errno());
    assertThrows(AssertionError.class, () -> poller.add(Fd.lent(1_000_000), 1, 0));
    try (java.io.FileInputStream file = new java.io.FileInputStream("/etc/passwd")) {
      String target = new java.io.File("/etc/passwd").getCanonicalPath();
      for (String name : new java.io.File("/proc/self/fd").list()) {
        java.nio.file.Path link = java.nio.file.Path.of("/proc/self/fd/" + name);
        if (java.nio.file.Files.isSymbolicLink(link)
            && java.nio.file.Files.readSymbolicLink(link).toString().equals(target)) {
          Fd regular = Fd.lent(Integer.parseInt(name));
          assertEquals(
              Errno.EPERM,
              assertThrows(ErrnoException.class, () -> poller.add(regular, 1, 0)).errno());
          return;
        }
      }
      throw new AssertionError("not found among our descriptors: " + file.getFD());
    }
  }

  @Test
  void aSinkThatThrowsEndsTheTelling() throws IOException {
    poller.add(here, 1, Poller.WRITABLE);
    poller.add(there, 2, Poller.WRITABLE);
    List<Long> told = new ArrayList<>();
    assertThrows(
        IllegalStateException.class,
        () ->
            poller.await(
                0,
                (token, events) -> {
                  told.add(token);
                  throw new IllegalStateException();
                }));
    assertEquals(1, told.size());
    assertEquals(2, poll().size());
  }
}
