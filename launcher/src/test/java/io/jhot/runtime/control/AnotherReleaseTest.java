package io.jhot.runtime.control;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.jhot.ffm.ControlMessage;
import io.jhot.ffm.Fd;
import io.jhot.ffm.Poller;
import io.jhot.ffm.Sockets;
import io.jhot.protocol.ProtocolException;
import io.jhot.protocol.Wire;
import io.jhot.protocol.WireWriter;
import io.jhot.runtime.control.FleetStatus.HookStatus;
import io.jhot.runtime.poll.Reactor;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A command and a jhot that are not of one release. The frames of version 1 were recorded from
 * release 0.1 and are never to be changed.
 */
class AnotherReleaseTest {
  private static final Map<String, Request> REQUESTS =
      Map.of(
          "4a48430101", new Request.ShowStatus(),
          "4a4843010200", new Request.Reload(false),
          "4a4843010201", new Request.Reload(true),
          "4a4843010300", new Request.Stop(false),
          "4a4843010301", new Request.Stop(true));

  private static final String STATUS =
      "4a48430101000470696e6700000007000000000001e2400002000468747470000d7463703a2f2f5b3a3a5d3a3830"
          + "0100067463702d3831000d7463703a2f2f5b3a3a5d3a3831000002000000010008647261696e696e670005"
          + "686f6f6b7300000008000000000000006300000000000003e800000003001c776173207265706c61636564"
          + "2062792067656e65726174696f6e203200046e6f746500010005666c757368fffffc180000000000000007"
          + "00046c61746500000002000773657276696e670000000000090000000000000005ffffffffffffffffffff"
          + "ffff0013686f6c6473207463703a2f2f5b3a3a5d3a38300000000000086f6b3a2066696e65";

  private static final String ACCEPTED =
      "4a484301020024746865206e6578742067656e65726174696f6e206973206265696e672073746172746564";

  private static final String FINISHED =
      "4a4843010301001367656e65726174696f6e2032207365727665730000";

  private static final String FAILED =
      "4a4843010300003367656e65726174696f6e203220657869746564207769746820636f64652031206265666f7265"
          + "206974207761732072656164790002000161000162";

  private static final String STOPPING =
      "4a48430104002470696e672069732073746f7070696e673b2069742072656c6f616473206e6f206d6f7265";

  /** What 0.1 says to a request of version 2. */
  private static final String TOO_NEW =
      "4a48430104002174686973206a686f7420737065616b732076657273696f6e20312c206e6f742032";

  private static final FleetStatus FLEET =
      Statuses.fleet(
          "ping",
          7,
          123_456,
          List.of(
              Statuses.listener("http", "tcp://[::]:80", true),
              Statuses.listener("tcp-81", "tcp://[::]:81", false)),
          List.of(
              Statuses.generation(
                  1,
                  "draining",
                  "hooks",
                  8,
                  99,
                  1000,
                  3,
                  "was replaced by generation 2",
                  "note",
                  List.of(new HookStatus("flush", -1000, 7, "late"))),
              Statuses.generation(
                  2, "serving", "", 9, 5, -1, -1, "holds tcp://[::]:80", "", List.of())),
          "ok: fine");

  private static final Map<String, Reply> REPLIES =
      Map.of(
          STATUS, new Reply.Status(FLEET),
          ACCEPTED, new Reply.Accepted("the next generation is being started"),
          FINISHED, new Reply.Finished(true, "generation 2 serves", List.of()),
          FAILED,
              new Reply.Finished(
                  false, "generation 2 exited with code 1 before it was ready", List.of("a", "b")),
          STOPPING, new Reply.Refused("ping is stopping; it reloads no more"));

  @TempDir Path folder;

  private RuntimeDirectory directory() {
    return RuntimeDirectory.locate(Map.of("JHOT_RUNTIME_DIR", folder + "/run"));
  }

  private static byte[] bytes(String hex) {
    return HexFormat.of().parseHex(hex);
  }

  private static byte[] newer(byte[] frame, int version, int... appended) {
    byte[] bytes = java.util.Arrays.copyOf(frame, frame.length + appended.length);
    bytes[3] = (byte) version;
    for (int i = 0; i < appended.length; i++) {
      bytes[frame.length + i] = (byte) appended[i];
    }
    return bytes;
  }

  @Test
  void recordedRequestsAreUnderstoodAndWrittenByteByByte() throws Exception {
    for (Map.Entry<String, Request> recorded : REQUESTS.entrySet()) {
      assertEquals(recorded.getValue(), Request.decode(bytes(recorded.getKey())));
      assertArrayEquals(bytes(recorded.getKey()), recorded.getValue().encode(Request.FROZEN));
    }
  }

  @Test
  void recordedRepliesAreUnderstoodAndWrittenByteByByte() throws Exception {
    for (Map.Entry<String, Reply> recorded : REPLIES.entrySet()) {
      assertEquals(recorded.getValue(), Reply.decode(bytes(recorded.getKey())));
      assertArrayEquals(bytes(recorded.getKey()), recorded.getValue().encode(Request.FROZEN));
    }
  }

  @Test
  void olderCommandIsAnsweredInItsOwnVersion() throws Exception {
    for (Map.Entry<String, Request> recorded : REQUESTS.entrySet()) {
      assertArrayEquals(bytes(STATUS), answered(bytes(recorded.getKey()), recorded.getValue()));
    }
  }

  @Test
  void newerCommandIsAnsweredInTheVersionOfThisJhot() throws Exception {
    byte[] request = newer(new Request.Reload(true).encode(), 9, 1, 2, 3);

    byte[] answer = answered(request, new Request.Reload(true));

    assertEquals(Request.VERSION, Request.version(answer));
    assertEquals(new Reply.Status(FLEET), Reply.decode(answer));
  }

  /** What a server of this release answers, with the status of a fleet, to such a datagram. */
  private byte[] answered(byte[] request, Request expected) throws IOException {
    HeardClients heard = new HeardClients();
    try (Reactor reactor = Reactor.open();
        ControlServer server =
            ControlServer.open(NameLock.take(List.of(directory()), "a"), reactor, heard);
        Fd client =
            Sockets.connectUnix(directory().socket("a").toString(), Sockets.Type.SEQPACKET)) {
      assertEquals(null, server.accept(0));
      ControlMessage.send(client, request, List.of());
      assertEquals(1, reactor.await(5_000, false));
      reactor.dispatch();
      HeardClients.Asked asked =
          assertInstanceOf(HeardClients.Asked.class, heard.take().getFirst());
      assertEquals(expected, asked.request());
      server.answer(asked.client(), new Reply.Status(FLEET));
      return ControlMessage.receive(client, Wire.MAX_BYTES).bytes();
    }
  }

  @Test
  void requestThatOnlyANewerJhotKnowsIsRefusedInOneLine() {
    byte[] request = newer(new Request.ShowStatus().encode(), 9);
    request[4] = 77;

    ProtocolException e = assertThrows(ProtocolException.class, () -> Request.decode(request));

    assertEquals(
        "this jhot is older than the command and does not know its request 77: start the service"
            + " again with the new one",
        e.getMessage());
  }

  @Test
  void whatANewerJhotHasAppendedIsPassedOver() throws Exception {
    for (Reply reply : REPLIES.values()) {
      assertEquals(reply, Reply.decode(newer(reply.encode(), 9, 4, 5, 6)));
    }
    WireWriter hook = new WireWriter().string("flush").i32(-1000).i64(7).string("late").i64(1);
    WireWriter generation =
        new WireWriter().i32(1).string("draining").string("hooks").i32(8).i64(99).i64(1000);
    generation.i32(3).string("was replaced by generation 2").string("note");
    generation.list(List.of(hook), (o, h) -> o.bytes(h.toByteArray()));
    generation.list(List.of(), WireWriter::string); // nothing is under way
    generation.string("of a newer release").list(List.of("x"), WireWriter::string);
    WireWriter listener =
        new WireWriter().string("http").string("tcp://[::]:80").bool(true).i32(0).u8(3);
    WireWriter frame = new WireWriter().i32(Request.MAGIC | 3).u8(1);
    frame.string("ping").i32(7).i64(123_456);
    frame.list(List.of(listener), (o, l) -> o.bytes(l.toByteArray()));
    frame.list(List.of(generation), (o, g) -> o.bytes(g.toByteArray()));
    frame.string("ok: fine").string("").i64(0).i32(-1);

    FleetStatus shown =
        assertInstanceOf(Reply.Status.class, Reply.decode(frame.toByteArray())).status();

    assertEquals(List.of(FLEET.listeners().getFirst()), shown.listeners());
    assertEquals(List.of(FLEET.generations().getFirst()), shown.generations());
    assertEquals("ok: fine", shown.lastReload());
  }

  /** A jhot of release 0.1: it says what it was asked, once it could read it. */
  private CompletableFuture<List<String>> older(Fd listener, String answer) {
    return CompletableFuture.supplyAsync(
        () -> {
          List<String> asked = new ArrayList<>();
          try (Poller poller = Poller.open()) {
            poller.add(listener, 1, Poller.READABLE);
            while (asked.isEmpty()) {
              assertTrue(poller.await(30_000, (token, events) -> {}) > 0, "nobody asks");
              try (Fd client = Sockets.accept(listener);
                  Poller its = Poller.open()) {
                its.add(client, 1, Poller.READABLE);
                assertTrue(its.await(30_000, (token, events) -> {}) > 0, "nothing comes");
                byte[] request = ControlMessage.receive(client, 1024).bytes();
                boolean readable = request[3] == 1;
                ControlMessage.send(client, bytes(readable ? answer : TOO_NEW), List.of());
                if (readable) {
                  asked.add(HexFormat.of().formatHex(request));
                }
              }
            }
            return asked;
          } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
          }
        });
  }

  @Test
  void olderJhotIsAskedInItsOwnVersionAndOnce() throws Exception {
    directory().prepare();
    for (Map.Entry<String, Request> recorded : REQUESTS.entrySet()) {
      for (Map.Entry<String, Reply> reply : REPLIES.entrySet()) {
        String socket = directory().socket("old").toString();
        try (Fd listener = Sockets.listenUnix(socket, Sockets.Type.SEQPACKET, 0600, 8)) {
          CompletableFuture<List<String>> older = older(listener, reply.getKey());

          Reply answer =
              ControlClient.ask(List.of(directory()), "old", recorded.getValue(), 30_000);

          assertEquals(reply.getValue(), answer);
          assertEquals(List.of(recorded.getKey()), older.join());
        }
        java.nio.file.Files.delete(Path.of(socket));
      }
    }
  }
}
