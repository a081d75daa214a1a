package io.jhot.ffm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.jhot.ffm.gen.Abi;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

@ExtendWith(LeavesNothingBehind.class)
class SocketDescriptionTest {
  private static Fd listen(String host) throws IOException {
    return Sockets.listen(new InetSocketAddress(InetAddress.getByName(host), 0), 4);
  }

  @Test
  void aSocketIsOneWord(@TempDir Path folder) throws IOException {
    for (String host : new String[] {"127.0.0.1", "0.0.0.0"}) {
      try (Fd socket = listen(host)) {
        SocketDescription description = SocketDescription.of(socket);
        assertEquals("tcp://" + host + ":" + description.port(), description.text());
        assertEquals(SocketDescription.Family.INET, description.family());
        assertTrue(description.port() > 0);
      }
    }
    for (String host : new String[] {"::1", "::"}) {
      try (Fd socket = listen(host)) {
        SocketDescription description = SocketDescription.of(socket);
        assertEquals("tcp://[" + host + "]:" + description.port(), description.text());
        assertEquals(SocketDescription.Family.INET6, description.family());
      }
    }
    try (Fd socket =
        Sockets.bindDatagram(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))) {
      SocketDescription description = SocketDescription.of(socket);
      assertEquals("udp://127.0.0.1:" + description.port(), description.text());
    }
    Path path = folder.resolve("a socket");
    try (Fd socket = Sockets.listenUnix(path.toString(), Sockets.Type.SEQPACKET, 0600, 1)) {
      SocketDescription description = SocketDescription.of(socket);
      assertEquals("unix://" + path, description.text());
      assertEquals(Sockets.Type.SEQPACKET, description.type());
      assertTrue(description.listening());
    }
    Files.delete(path);
    Sockets.Pair pair = Sockets.pair(Sockets.Type.STREAM);
    try (Fd first = pair.first();
        Fd second = pair.second()) {
      assertEquals("unix:", SocketDescription.of(first).text());
      assertEquals("", SocketDescription.of(second).address());
    }
  }

  @Test
  void v6onlyIsPartOfIt() throws IOException {
    try (Fd socket = listen("::");
        Frame frame = Frame.of(16)) {
      assertEquals(false, SocketDescription.of(socket).v6only());
      Fd only;
      int number = Libc.socket(frame, Abi.AF_INET6, Abi.SOCK_STREAM | Abi.SOCK_CLOEXEC, 0);
      only = Fd.owned(number);
      try (only) {
        assertEquals(0, IntSocketOptions.set(frame, number, Abi.IPPROTO_IPV6, Abi.IPV6_V6ONLY, 1));
        SocketDescription description = SocketDescription.of(only);
        assertTrue(description.v6only());
        assertEquals(false, description.listening());
        assertEquals(0, description.port());
      }
    }
  }

  @Test
  void duplicatesHaveOneInodeAndOthersAnother() throws IOException {
    try (Fd socket = listen("127.0.0.1");
        Fd duplicate = socket.duplicate();
        Fd other = listen("127.0.0.1")) {
      SocketDescription description = SocketDescription.of(socket);
      assertEquals(description, SocketDescription.of(duplicate));
      assertNotEquals(description.inode(), SocketDescription.of(other).inode());
      assertEquals(
          "socket:[" + description.inode() + "]",
          Files.readSymbolicLink(Path.of("/proc/self/fd/" + socket.number())).toString());
    }
  }

  @Test
  void whatIsNoSocketIsOurMistake() throws IOException {
    Pipe pipe = Pipe.open();
    try (Fd read = pipe.read();
        Fd write = pipe.write()) {
      assertThrows(AssertionError.class, () -> SocketDescription.of(read));
      assertThrows(AssertionError.class, () -> SocketDescription.of(write));
    }
  }

  @Test
  void anotherFamilyIsDescribedByItsInode() throws IOException {
    try (Frame frame = Frame.empty()) {
      int number =
          Libc.socket(
              frame, Abi.AF_NETLINK, Abi.SOCK_DGRAM | Abi.SOCK_CLOEXEC, Abi.NETLINK_SOCK_DIAG);
      try (Fd socket = Fd.owned(number)) {
        SocketDescription description = SocketDescription.of(socket);
        assertEquals(SocketDescription.Family.OTHER, description.family());
        assertEquals("socket:[" + description.inode() + "]", description.text());
      }
    }
  }

  @Test
  void addressesAreWrittenAsRfc5952Wants() throws IOException {
    String[][] expected = {
      {"::", "::"},
      {"::1", "::1"},
      {"1::", "1::"},
      {"2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"},
      {"2001:0:0:1:0:0:0:1", "2001:0:0:1::1"},
      {"2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"},
      {"1:2:3:4:5:6:0:0", "1:2:3:4:5:6::"},
      {"fe80:0:0:0:abcd:0:0:1", "fe80::abcd:0:0:1"},
    };
    for (String[] pair : expected) {
      byte[] address = InetAddress.getByName(pair[0]).getAddress();
      assertEquals(pair[1], SocketAddresses.host(address));
      assertEquals(
          InetAddress.getByName(pair[0]), InetAddress.getByName(SocketAddresses.host(address)));
    }
    byte[] mapped = new byte[16];
    mapped[10] = mapped[11] = (byte) 0xff;
    mapped[12] = 127;
    mapped[15] = 1;
    assertEquals("::ffff:127.0.0.1", SocketAddresses.host(mapped));
    assertEquals("[::ffff:127.0.0.1]:80", SocketAddresses.hostAndPort(mapped, 80));
    assertEquals("127.0.0.1:80", SocketAddresses.hostAndPort(new byte[] {127, 0, 0, 1}, 80));
  }
}
