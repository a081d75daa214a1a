package io.jhot.ffm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.jhot.ffm.gen.Abi;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

@ExtendWith(LeavesNothingBehind.class)
class InetDiagTest {
  /** Both ways to know. */
  enum Way {
    NETLINK {
      @Override
      List<InetDiag.Connection> ask(SortedSet<Integer> ports) throws IOException {
        List<InetDiag.Connection> found = InetDiag.askKernel(ports);
        assertNotNull(found, "this kernel refuses netlink");
        return found;
      }
    },
    PROC {
      @Override
      List<InetDiag.Connection> ask(SortedSet<Integer> ports) throws IOException {
        return InetDiag.readProc(ports);
      }
    };

    abstract List<InetDiag.Connection> ask(SortedSet<Integer> ports) throws IOException;

    InetDiag.Connection one(int port) throws IOException {
      List<InetDiag.Connection> found = ask(new TreeSet<>(List.of(port)));
      return found.size() == 1 ? found.get(0) : null;
    }
  }

  private static Fd listen(String host) throws IOException {
    return Sockets.listen(new InetSocketAddress(InetAddress.getByName(host), 0), 64);
  }

  private static Socket connect(String host, Fd listener) throws IOException {
    return new Socket(InetAddress.getByName(host), SocketDescription.of(listener).port());
  }

  private static Fd accept(Fd listener) throws IOException {
    return Eventually.get("a connection", () -> Sockets.accept(listener));
  }

  @ParameterizedTest
  @EnumSource
  void aConnectionIsSeenFromItsLocalEnd(Way way) throws IOException {
    try (Fd listener = listen("127.0.0.1")) {
      int port = SocketDescription.of(listener).port();
      assertEquals(List.of(), way.ask(new TreeSet<>(List.of(port))), "a listener is none");
      try (Socket client = connect("127.0.0.1", listener);
          Fd accepted = accept(listener)) {
        InetDiag.Connection connection = way.one(port);
        assertEquals(SocketDescription.of(accepted).inode(), connection.inode());
        assertEquals(Abi.BPF_TCP_ESTABLISHED, connection.state());
        assertEquals(port, connection.localPort());
        assertEquals("127.0.0.1:" + client.getLocalPort(), connection.peer());
        assertEquals(0, connection.unread());
        assertEquals(0, connection.unsent());
        assertFalse(connection.everSent());
        assertEquals(way == Way.PROC, connection.lastSentMillisAgo() == -1);
        assertEquals(way == Way.PROC, connection.lastReceivedMillisAgo() == -1);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"::1", "127.0.0.1"})
  void ipv6IsSeenToo(String client) throws IOException {
    for (Way way : Way.values()) {
      try (Fd listener = listen("::");
          Socket connection = connect(client, listener);
          Fd accepted = accept(listener)) {
        InetDiag.Connection seen = way.one(SocketDescription.of(listener).port());
        String host = client.equals("::1") ? "[::1]:" : "[::ffff:127.0.0.1]:";
        assertEquals(host + connection.getLocalPort(), seen.peer());
        assertEquals(SocketDescription.of(accepted).inode(), seen.inode());
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void whatTheAppHasNotReadIsCounted(Way way) throws IOException {
    try (Fd listener = listen("127.0.0.1");
        Socket client = connect("127.0.0.1", listener);
        Fd accepted = accept(listener)) {
      int port = SocketDescription.of(listener).port();
      client.getOutputStream().write(new byte[100]);
      Eventually.holds("100 bytes unread", () -> way.one(port).unread() == 100);
      assertEquals(100, Bytes.read(accepted, 1000).length);
      assertEquals(0, way.one(port).unread());
    }
  }

  @ParameterizedTest
  @EnumSource
  void whatThePeerHasNotTakenIsCounted(Way way) throws IOException {
    try (Fd listener = listen("127.0.0.1");
        Socket client = connect("127.0.0.1", listener);
        Fd accepted = accept(listener)) {
      int port = SocketDescription.of(listener).port();
      long written = 0;
      try {
        while (true) {
          written += Bytes.write(accepted, new byte[64 * 1024]);
        }
      } catch (ErrnoException full) {
        assertEquals(Errno.EAGAIN, full.errno());
      }
      assertTrue(way.one(port).unsent() > 0);
      assertEquals(written, client.getInputStream().readNBytes((int) written).length);
      Eventually.holds("nothing unsent", () -> way.one(port).unsent() == 0);
      assertEquals(way == Way.NETLINK, way.one(port).everSent());
    }
  }

  @ParameterizedTest
  @EnumSource
  void aConnectionThatThePeerHasClosedIsStillOpenHere(Way way) throws IOException {
    try (Fd listener = listen("127.0.0.1")) {
      int port = SocketDescription.of(listener).port();
      Socket client = connect("127.0.0.1", listener);
      try (Fd accepted = accept(listener)) {
        client.close();
        Eventually.holds("CLOSE_WAIT", () -> way.one(port).state() == Abi.BPF_TCP_CLOSE_WAIT);
        assertTrue(accepted.isOpen());
      }
      Eventually.holds("the end", () -> way.ask(new TreeSet<>(List.of(port))).isEmpty());
    }
  }

  @ParameterizedTest
  @EnumSource
  void aConnectionThatNobodyHasAcceptedIsThereWithoutAnInode(Way way) throws IOException {
    try (Fd listener = listen("127.0.0.1");
        Socket client = connect("127.0.0.1", listener)) {
      InetDiag.Connection waiting = way.one(SocketDescription.of(listener).port());
      assertEquals(0, waiting.inode());
      assertEquals("127.0.0.1:" + client.getLocalPort(), waiting.peer());
    }
  }

  @Test
  void whenDataWentByIsToldInMilliseconds() throws IOException {
    try (Fd listener = listen("127.0.0.1");
        Socket client = connect("127.0.0.1", listener);
        Fd accepted = accept(listener)) {
      int port = SocketDescription.of(listener).port();
      long before = System.nanoTime();
      // What is true of both at once, since the kernel counts in ticks of its own.
      Eventually.holds("50 ms of silence", () -> Way.NETLINK.one(port).lastSentMillisAgo() >= 50);
      assertTrue(System.nanoTime() - before >= 40_000_000L);
      Bytes.write(accepted, "x");
      assertEquals('x', client.getInputStream().read());
      InetDiag.Connection answered = Way.NETLINK.one(port);
      assertTrue(answered.everSent());
      assertTrue(
          answered.lastSentMillisAgo() < answered.lastReceivedMillisAgo(),
          answered.lastSentMillisAgo() + " " + answered.lastReceivedMillisAgo());
      client.getOutputStream().write('y');
      Eventually.holds("a byte", () -> Bytes.read(accepted, 9) != null);
      InetDiag.Connection asked = Way.NETLINK.one(port);
      assertTrue(asked.lastReceivedMillisAgo() <= asked.lastSentMillisAgo());
    }
  }

  @Test
  void manyConnectionsToSeveralPortsAreAllThere() throws IOException {
    List<AutoCloseable> open = new ArrayList<>();
    try (Fd first = listen("127.0.0.1");
        Fd second = listen("::1");
        Fd unasked = listen("127.0.0.1")) {
      for (int i = 0; i < 60; i++) {
        open.add(connect("127.0.0.1", first));
        open.add(accept(first));
        open.add(connect("::1", second));
        open.add(accept(second));
      }
      open.add(connect("127.0.0.1", unasked));
      SortedSet<Integer> ports =
          new TreeSet<>(
              List.of(SocketDescription.of(first).port(), SocketDescription.of(second).port()));
      List<String> byNetlink = texts(Way.NETLINK.ask(ports));
      assertEquals(120, byNetlink.size());
      assertEquals(byNetlink, texts(Way.PROC.ask(ports)));
      assertEquals(byNetlink, texts(InetDiag.established(ports)));
      assertEquals(List.of(), InetDiag.established(new TreeSet<>()));
    } finally {
      for (AutoCloseable socket : open) {
        try {
          socket.close();
        } catch (Exception failed) {
          throw new AssertionError(failed);
        }
      }
    }
  }

  private static List<String> texts(List<InetDiag.Connection> connections) {
    List<String> texts = new ArrayList<>();
    for (InetDiag.Connection c : connections) {
      texts.add(c.localPort() + " " + c.peer() + " " + c.inode() + " " + c.state());
    }
    texts.sort(null);
    return texts;
  }
}
