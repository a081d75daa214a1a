package io.jhot.runtime.control;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.jhot.ffm.ControlMessage;
import io.jhot.ffm.Fd;
import io.jhot.ffm.HeldFile;
import io.jhot.ffm.PeerClosedException;
import io.jhot.ffm.Sockets;
import io.jhot.protocol.Wire;
import io.jhot.runtime.poll.Reactor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ControlServerTest {
  @TempDir Path folder;

  private final HeardClients heard = new HeardClients();
  private Reactor reactor;
  private RuntimeDirectory directory;

  @BeforeEach
  void open() throws IOException {
    reactor = Reactor.open();
    directory = RuntimeDirectory.locate(Map.of("JHOT_RUNTIME_DIR", folder + "/run"));
  }

  @AfterEach
  void close() {
    reactor.close();
  }

  private ControlServer serve(String name) throws IOException {
    NameLock lock = NameLock.take(List.of(directory), name);
    if (lock == null) {
      return null;
    }
    try {
      return ControlServer.open(lock, reactor, heard);
    } catch (IOException e) {
      lock.close();
      throw e;
    }
  }

  private Fd connect(String name) throws IOException {
    return Sockets.connectUnix(directory.socket(name).toString(), Sockets.Type.SEQPACKET);
  }

  /** Lets the server handle what is there, until it heard something or has let somebody in. */
  private List<HeardClients.Heard> round(ControlServer server, long now) throws IOException {
    heard.serve(server, now);
    while (heard.isEmpty() && reactor.await(5_000, false) > 0) {
      reactor.dispatch();
      if (heard.hasAccepted()) {
        break;
      }
    }
    return heard.take();
  }

  @Test
  void clientIsHeardAndAnswered() throws Exception {
    try (ControlServer server = serve("a");
        Fd client = connect("a")) {
      round(server, 0);
      ControlMessage.send(client, new Request.Reload(true).encode(), List.of());
      HeardClients.Asked asked =
          assertInstanceOf(HeardClients.Asked.class, round(server, 0).getFirst());
      assertEquals(new Request.Reload(true), asked.request());
      server.answer(asked.client(), new Reply.Accepted("fine"));
      ControlMessage.Received received = ControlMessage.receive(client, Wire.MAX_BYTES);
      assertEquals(new Reply.Accepted("fine"), Reply.decode(received.bytes()));
    }
  }

  @Test
  void anAnswerThatCannotBeWrittenIsRefusedAndCostsNobodyElseAnything() throws Exception {
    FleetStatus large =
        Statuses.fleet(
            "a",
            1,
            1,
            Collections.nCopies(70_000, Statuses.listener("n", "a", true)),
            List.of(),
            "");
    try (ControlServer server = serve("a");
        Fd client = connect("a")) {
      round(server, 0);
      for (Reply reply : List.of(new Reply.Status(large), new Reply.Accepted("fine"))) {
        ControlMessage.send(client, new Request.ShowStatus().encode(), List.of());
        HeardClients.Asked asked =
            assertInstanceOf(HeardClients.Asked.class, round(server, 0).getFirst());
        server.answer(asked.client(), reply);
      }
      Reply first = Reply.decode(ControlMessage.receive(client, Wire.MAX_BYTES).bytes());
      assertTrue(assertInstanceOf(Reply.Refused.class, first).text().contains("does not fit"));
      Reply second = Reply.decode(ControlMessage.receive(client, Wire.MAX_BYTES).bytes());
      assertEquals(new Reply.Accepted("fine"), second);
    }
  }

  @Test
  void garbageIsRefusedAndTheClientSentAway() throws Exception {
    try (ControlServer server = serve("a");
        Fd client = connect("a")) {
      round(server, 0);
      ControlMessage.send(client, new byte[] {1, 2, 3}, List.of());
      assertInstanceOf(HeardClients.Left.class, round(server, 0).getFirst());
      ControlMessage.Received received = ControlMessage.receive(client, Wire.MAX_BYTES);
      assertInstanceOf(Reply.Refused.class, Reply.decode(received.bytes()));
      assertThrows(PeerClosedException.class, () -> ControlMessage.receive(client, Wire.MAX_BYTES));
    }
  }

  @Test
  void silentClientIsSentAwayAfterItsTimeAndNotBefore() throws Exception {
    try (ControlServer server = serve("a");
        Fd client = connect("a")) {
      round(server, 100);
      assertEquals(100 + ControlServer.PATIENCE, server.sweep(99 + ControlServer.PATIENCE));
      assertTrue(heard.isEmpty());
      assertEquals(Long.MAX_VALUE, server.sweep(100 + ControlServer.PATIENCE));
      assertEquals(1, heard.take().size());
      assertThrows(PeerClosedException.class, () -> ControlMessage.receive(client, Wire.MAX_BYTES));
    }
  }

  @Test
  void nameIsTakenOnceAndFreeAgainAfterwards() throws Exception {
    try (ControlServer server = serve("a")) {
      assertNotNull(server);
      assertNull(serve("a"));
      assertTrue(Files.exists(folder.resolve("run/a.lock")));
    }
    assertFalse(Files.exists(folder.resolve("run/a.lock")));
    assertFalse(Files.exists(folder.resolve("run/a.sock"), LinkOption.NOFOLLOW_LINKS));
    serve("a").close();
  }

  @Test
  void socketThatWasLeftBehindIsReplaced() throws Exception {
    directory.prepare();
    Sockets.listenUnix(directory.socket("a").toString(), Sockets.Type.SEQPACKET, 0600, 1).close();
    assertTrue(Files.exists(directory.socket("a"), LinkOption.NOFOLLOW_LINKS));
    try (ControlServer server = serve("a");
        Fd client = connect("a")) {
      assertNotNull(server);
      assertTrue(client.isOpen());
    }
  }

  @Test
  void whatACleanerHasRemovedIsMadeAnewAndTheNameStaysTaken() throws Exception {
    try (ControlServer server = serve("a");
        Fd before = connect("a")) {
      clean();

      assertNull(serve("a"));
      assertTrue(server.renew(0));
      assertFalse(server.renew(0));

      assertNull(serve("a"));
      try (Fd after = connect("a")) {
        for (Fd client : List.of(before, after)) {
          ControlMessage.send(client, new Request.ShowStatus().encode(), List.of());
        }
        List<HeardClients.Heard> asked = new ArrayList<>();
        while (asked.size() < 2) {
          asked.addAll(round(server, 0));
        }
        assertTrue(asked.stream().allMatch(HeardClients.Asked.class::isInstance), asked::toString);
      }
    }
    try (var left = Files.list(directory.path())) {
      assertEquals(List.of(), left.toList());
    }
  }

  /** As `rm -rf /tmp/*` does. */
  private void clean() throws IOException {
    try (var files = Files.list(directory.path())) {
      for (Path file : files.toList()) {
        Files.delete(file);
      }
    }
    Files.delete(directory.path());
  }

  @Test
  void whatCannotBeMadeAnewCostsNobodyWhoIsThere() throws Exception {
    try (ControlServer server = serve("a");
        Fd client = connect("a")) {
      clean();
      Files.writeString(directory.path(), "in the way");
      IOException e = assertThrows(IOException.class, () -> server.renew(0));
      assertTrue(e.getMessage().contains("no directory"), e::getMessage);
      round(server, 0);
      ControlMessage.send(client, new Request.ShowStatus().encode(), List.of());
      assertInstanceOf(HeardClients.Asked.class, round(server, 0).getFirst());
      Files.delete(directory.path());
      assertTrue(server.renew(0));
    }
  }

  @Test
  void whoRemovesWhatIsOldOrFreeFindsNothing() throws Exception {
    try (ControlServer server = serve("a")) {
      FileTime old = FileTime.fromMillis(1_000);
      List<Path> files =
          List.of(directory.path(), directory.socket("a"), directory.path().resolve("a.lock"));
      for (Path file : files) {
        Files.setLastModifiedTime(file, old);
      }
      assertFalse(server.renew(0));
      for (Path file : files) {
        assertTrue(Files.getLastModifiedTime(file).compareTo(old) > 0, file::toString);
      }
      // as systemd-tmpfiles asks before it looks into a folder
      assertNull(HeldFile.open(directory.path().toString(), true));
    }
    HeldFile.open(directory.path().toString(), true).close();
  }

  @Test
  void nameHasOneHolderHoweverManyTakeItAndLeave() throws Exception {
    AtomicInteger holders = new AtomicInteger();
    AtomicInteger most = new AtomicInteger();
    AtomicInteger taken = new AtomicInteger();
    List<Callable<Void>> takers =
        Collections.nCopies(
            3,
            () -> {
              for (int i = 0; i < 300; i++) {
                try (NameLock lock = NameLock.take(List.of(directory), "a")) {
                  if (lock != null) {
                    most.accumulateAndGet(holders.incrementAndGet(), Math::max);
                    taken.incrementAndGet();
                    holders.decrementAndGet();
                  }
                }
              }
              return null;
            });
    ExecutorService threads = Executors.newFixedThreadPool(takers.size());
    try {
      for (Future<Void> taker : threads.invokeAll(takers)) {
        taker.get();
      }
    } finally {
      threads.shutdown();
    }
    assertEquals(1, most.get());
    assertTrue(taken.get() > 100, taken::toString);
  }

  @Test
  void nameOfAnInstanceInAnotherDefaultFolderIsTaken() throws Exception {
    RuntimeDirectory other = RuntimeDirectory.locate(Map.of("JHOT_RUNTIME_DIR", folder + "/other"));
    try (ControlServer server = serve("a")) {
      assertNotNull(server);
      assertNull(NameLock.take(List.of(other, directory), "a"));
      NameLock.take(List.of(other, directory), "b").close();
      NameLock.take(List.of(other), "a").close();
    }
  }

  @Test
  void folderThatIsNotOursAloneIsRefused() throws Exception {
    Path open = Files.createDirectory(folder.resolve("open"));
    Files.setPosixFilePermissions(open, PosixFilePermissions.fromString("rwxr-x---"));
    Files.createSymbolicLink(folder.resolve("link"), folder.resolve("run"));
    Files.writeString(folder.resolve("file"), "");
    directory.prepare();
    for (String bad : List.of("open", "link", "file")) {
      RuntimeDirectory refused =
          RuntimeDirectory.locate(Map.of("JHOT_RUNTIME_DIR", folder.resolve(bad).toString()));
      IOException e = assertThrows(IOException.class, refused::prepare);
      assertTrue(e.getMessage().contains(bad), e::getMessage);
    }
  }

  @Test
  void folderIsMadeForUsAlone() throws Exception {
    directory.prepare();
    assertEquals(
        "rwx------",
        PosixFilePermissions.toString(Files.getPosixFilePermissions(directory.path())));
    directory.prepare();
    assertEquals(
        Path.of("/x/jhot"), RuntimeDirectory.locate(Map.of("XDG_RUNTIME_DIR", "/x")).path());
  }
}
