package io.jhot.ffm;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.jhot.ffm.gen.Abi;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(LeavesNothingBehind.class)
class ControlMessageTest {
  private static final byte[] HELLO = {'h', 'i'};

  private Fd here;
  private Fd there;
  private Fd passenger;
  private Fd counterpart;

  @BeforeEach
  void connect() throws IOException {
    Sockets.Pair pair = Sockets.pair(Sockets.Type.SEQPACKET);
    here = pair.first();
    there = pair.second();
    Pipe pipe = Pipe.open();
    counterpart = pipe.read();
    passenger = pipe.write();
  }

  @AfterEach
  void close() {
    here.close();
    there.close();
    passenger.close();
    counterpart.close();
  }

  private List<Fd> passengers(int count) {
    return Collections.nCopies(count, passenger);
  }

  /** How many descriptors this process has. */
  private static int descriptors() {
    return new java.io.File("/proc/self/fd").list().length;
  }

  @Test
  void aMessageArrivesWholeWithItsDescriptors() throws IOException {
    for (int count : new int[] {0, 1, 2, 3, 100, ControlMessage.MAX_DESCRIPTORS}) {
      assertTrue(ControlMessage.send(here, HELLO, passengers(count)));
      ControlMessage.Received received = ControlMessage.receive(there, 100);
      assertArrayEquals(HELLO, received.bytes());
      assertEquals(count, received.descriptors().size());
      for (Fd fd : received.descriptors()) {
        try (Frame frame = Frame.empty()) {
          assertEquals(Abi.FD_CLOEXEC, Libc.fcntl(frame, fd.number(), Abi.F_GETFD, 0));
        }
        Bytes.write(fd, "x");
        assertArrayEquals(new byte[] {'x'}, Bytes.read(counterpart, 9));
        fd.close();
      }
    }
  }

  @Test
  void descriptorsKeepTheirOrder() throws IOException {
    List<Fd> several = List.of(here, passenger, there, counterpart);
    assertTrue(ControlMessage.send(here, HELLO, several));
    List<Fd> received = ControlMessage.receive(there, 100).descriptors();
    for (int i = 0; i < several.size(); i++) {
      assertEquals(link(several.get(i)), link(received.get(i)));
      received.get(i).close();
    }
  }

  private static String link(Fd fd) throws IOException {
    return java.nio.file.Files.readSymbolicLink(
            java.nio.file.Path.of("/proc/self/fd/" + fd.number()))
        .toString();
  }

  @Test
  void oneDescriptorTooManyIsRefused() {
    IllegalArgumentException refusal =
        assertThrows(
            IllegalArgumentException.class,
            () -> ControlMessage.send(here, HELLO, passengers(254)));
    assertEquals("254 descriptors in one message; the kernel takes 253", refusal.getMessage());
    int[] numbers = new int[254];
    java.util.Arrays.fill(numbers, passenger.number());
    assertThrows(
        IllegalArgumentException.class,
        () -> ControlMessage.sendLent(here.number(), HELLO, numbers));
  }

  @Test
  void theKernelTakesNoMoreEither() {
    int[] numbers = new int[254];
    java.util.Arrays.fill(numbers, passenger.number());
    try (Frame frame = Frame.of(Ancillary.room(2, Ancillary.controlRoom(254)))) {
      assertEquals(-Errno.EINVAL, Ancillary.outgoing(frame, HELLO, numbers).send(here.number(), 0));
    }
  }

  @Test
  void aMessageWithoutBytesIsRefused() {
    assertThrows(
        IllegalArgumentException.class, () -> ControlMessage.send(here, new byte[0], List.of()));
  }

  @Test
  void aMessageThatDoesNotFitIsLostWithAllThatCameAlong() throws IOException {
    int before = descriptors();
    ControlMessage.send(here, new byte[101], passengers(5));
    ErrnoException truncated =
        assertThrows(ErrnoException.class, () -> ControlMessage.receive(there, 100));
    assertEquals(Errno.EMSGSIZE, truncated.errno());
    assertEquals(before, descriptors());
    ControlMessage.send(here, HELLO, List.of());
    assertArrayEquals(HELLO, ControlMessage.receive(there, 100).bytes());
  }

  @Test
  void descriptorsThatDoNotFitAreAllClosedAndTheMessageComesWithoutThem() throws IOException {
    // The process is full but for three: the kernel installs those, drops the rest, says
    // MSG_CTRUNC.
    int before = descriptors();
    ControlMessage.send(here, HELLO, passengers(10));
    List<Fd> fill = new ArrayList<>();
    ControlMessage.Received received;
    long limit = limitDescriptors(highest() + 10);
    try {
      ErrnoException full =
          assertThrows(
              ErrnoException.class,
              () -> {
                while (true) {
                  fill.add(passenger.duplicate());
                }
              });
      assertEquals(Errno.EMFILE, full.errno());
      for (int i = 0; i < 3; i++) {
        fill.remove(fill.size() - 1).close();
      }
      received = ControlMessage.receive(there, 100);
    } finally {
      fill.forEach(Fd::close);
      limitDescriptors(limit);
    }
    assertFalse(received.complete());
    assertArrayEquals(HELLO, received.bytes());
    assertEquals(List.of(), received.descriptors());
    assertEquals(before, descriptors());
  }

  private static int highest() {
    int highest = 0;
    for (String name : new java.io.File("/proc/self/fd").list()) {
      highest = Math.max(highest, Integer.parseInt(name));
    }
    return highest;
  }

  /** Sets the soft limit (man 2 setrlimit, RLIMIT_NOFILE); returns what it was. */
  private static long limitDescriptors(long soft) {
    try (Frame frame = Frame.of(16)) {
      int limits = frame.reserve(16);
      long address = frame.address(limits);
      assertEquals(
          0, Libc.call(frame, new Libc.Function("getrlimit", false), 7, address, 0, 0, 0, 0, 0, 0));
      long before = frame.memory().getLong(limits);
      frame.memory().putLong(limits, soft);
      assertEquals(
          0, Libc.call(frame, new Libc.Function("setrlimit", false), 7, address, 0, 0, 0, 0, 0, 0));
      return before;
    }
  }

  @Test
  void aPeerThatIsGoneIsToldToReaderAndWriter() throws IOException {
    ControlMessage.send(there, HELLO, passengers(1));
    there.close();
    ControlMessage.Received last = ControlMessage.receive(here, 100);
    assertArrayEquals(HELLO, last.bytes());
    last.descriptors().forEach(Fd::close);
    assertThrows(PeerClosedException.class, () -> ControlMessage.receive(here, 100));
    assertThrows(PeerClosedException.class, () -> ControlMessage.send(here, HELLO, passengers(1)));
    assertThrows(
        PeerClosedException.class, () -> ControlMessage.sendLent(here.number(), HELLO, new int[0]));
  }

  @Test
  void aResetIsAPeerThatIsGone() throws IOException {
    ControlMessage.send(here, HELLO, passengers(1)); // unread when the other end is closed
    there.close();
    assertThrows(PeerClosedException.class, () -> ControlMessage.receive(here, 100));
  }

  @Test
  void aMessageThatWasSentBeforeAResetArrivesWhole() throws IOException {
    ControlMessage.send(here, HELLO, List.of());
    ControlMessage.send(there, HELLO, List.of());
    there.close(); // with a message that it has not read: that resets the connection
    assertArrayEquals(HELLO, ControlMessage.receive(here, 100).bytes());
    assertThrows(PeerClosedException.class, () -> ControlMessage.receive(here, 100));
  }

  @Test
  void aNonblockingSocketTellsThatItIsEmptyOrFull() throws IOException {
    here.setNonBlocking(true);
    there.setNonBlocking(true);
    assertNull(ControlMessage.receive(there, 100));
    int sent = 0;
    while (ControlMessage.send(here, new byte[1000], List.of())) {
      sent++;
      assertTrue(sent < 100_000);
    }
    assertEquals(1000, ControlMessage.receive(there, 1000).bytes().length);
    assertTrue(ControlMessage.send(here, new byte[1000], List.of()));
    for (int i = 0; i < sent; i++) {
      ControlMessage.receive(there, 1000);
    }
    assertNull(ControlMessage.receive(there, 1000));
  }

  @Test
  void aMessageThatIsTooLongForTheSocketIsAnError() {
    ErrnoException tooLong =
        assertThrows(
            ErrnoException.class, () -> ControlMessage.send(here, new byte[8 << 20], List.of()));
    assertEquals(Errno.EMSGSIZE, tooLong.errno());
  }

  @Test
  void aDescriptorThatIsNotOpenIsOurMistake() {
    assertThrows(
        AssertionError.class, () -> ControlMessage.send(here, HELLO, List.of(Fd.lent(1_000_000))));
    assertThrows(
        AssertionError.class, () -> ControlMessage.send(Fd.lent(1_000_000), HELLO, List.of()));
    assertThrows(AssertionError.class, () -> ControlMessage.receive(passenger, 100));
  }

  @Test
  void theAgentSendsByNumbersAndKeepsItsDescriptors() throws IOException {
    ControlMessage.sendLent(
        here.number(), HELLO, new int[] {passenger.number(), counterpart.number()});
    ControlMessage.Received received = ControlMessage.receive(there, 100);
    assertEquals(2, received.descriptors().size());
    received.descriptors().forEach(Fd::close);
    assertTrue(passenger.isOpen());
    Bytes.write(passenger, "still open");
  }

  @Test
  void theAgentWaitsForAPeerThatIsBusy() throws Exception {
    int sent = 0;
    here.setNonBlocking(true);
    while (ControlMessage.send(here, new byte[1000], List.of())) {
      sent++;
    }
    int messages = sent;
    Throwable[] failure = {null};
    Thread reader =
        new Thread(
            () -> {
              try {
                for (int i = 0; i < messages; i++) {
                  ControlMessage.receive(there, 1000);
                }
              } catch (IOException failed) {
                failure[0] = failed;
              }
            });
    reader.start();
    ControlMessage.sendLent(here.number(), HELLO, new int[0]);
    reader.join();
    assertNull(failure[0]);
    assertArrayEquals(HELLO, ControlMessage.receive(there, 1000).bytes());
  }

  @Test
  void whetherADescriptorListensIsToldOfAnyNumber() throws IOException {
    assertFalse(ControlMessage.isListening(1_000_000));
    assertFalse(ControlMessage.isListening(passenger.number()));
    assertFalse(ControlMessage.isListening(here.number()));
    try (Fd listener =
        Sockets.listen(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 1)) {
      assertTrue(ControlMessage.isListening(listener.number()));
    }
  }

  @Test
  void randomMessagesArriveAsTheyWereSent() throws IOException {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    there.setNonBlocking(true);
    for (int round = 0; round < 300; round++) {
      List<byte[]> sent = new ArrayList<>();
      List<Integer> counts = new ArrayList<>();
      for (int i = random.nextInt(4); i >= 0; i--) {
        byte[] bytes = new byte[1 + random.nextInt(2000)];
        random.nextBytes(bytes);
        int count = random.nextInt(10);
        assertTrue(ControlMessage.send(here, bytes, passengers(count)));
        sent.add(bytes);
        counts.add(count);
      }
      for (int i = 0; i < sent.size(); i++) {
        ControlMessage.Received received = ControlMessage.receive(there, 2000);
        received.descriptors().forEach(Fd::close);
        assertArrayEquals(sent.get(i), received.bytes(), "seed " + seed);
        assertEquals(counts.get(i), received.descriptors().size(), "seed " + seed);
      }
      assertNull(ControlMessage.receive(there, 2000), "seed " + seed);
    }
  }
}
