package io.jhot.ffm;

import io.jhot.ffm.gen.Abi;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The kernel's view of TCP connections and listeners (man 7 sock_diag), of all processes in a
 * network namespace.
 */
public final class InetDiag {
  private static final String DOING = "look at TCP sockets";
  private static final int CONNECTED = 1 << Abi.BPF_TCP_ESTABLISHED | 1 << Abi.BPF_TCP_CLOSE_WAIT;
  private static final int LISTENING = 1 << Abi.BPF_TCP_LISTEN;
  private static final int EVERY_PORT = 0; // to the kernel, and no port that a socket has
  private static final int REQUEST_BYTES = Abi.NLMSGHDR_SIZE + Abi.INET_DIAG_REQ_V2_SIZE;
  private static final int ANSWER_BYTES = 32 * 1024; // what the kernel fills at once

  private InetDiag() {}

  /**
   * A connection, seen from its local end.
   *
   * @param inode the socket's, as in {@code /proc/PID/fd}; 0 until it is accepted
   * @param state 1 for ESTABLISHED, 8 for CLOSE_WAIT: the peer will send no more
   * @param unread bytes that have arrived and the app has not read
   * @param unsent bytes that the app has written and the peer has not acknowledged
   * @param lastSentMillisAgo time since data was last sent, or since the connection was made; -1 if
   *     unknown
   * @param lastReceivedMillisAgo time since data last arrived, or since the connection was made; -1
   *     if unknown
   * @param everSent whether any data was sent; false also if unknown, so that such a connection is
   *     not taken for idle
   * @param peer the other end, such as {@code 192.0.2.7:4711} or {@code [2001:db8::1]:4711}
   * @param localPort the port on this side
   */
  public record Connection(
      long inode,
      int state,
      long unread,
      long unsent,
      long lastSentMillisAgo,
      long lastReceivedMillisAgo,
      boolean everSent,
      String peer,
      int localPort) {}

  /**
   * An address as {@link Connection#peer} has it.
   *
   * @param address 4 or 16 bytes
   */
  public static String hostAndPort(byte[] address, int port) {
    return SocketAddresses.hostAndPort(address, port);
  }

  /**
   * The connections to some local ports, IPv4 and IPv6, in the states ESTABLISHED and CLOSE_WAIT.
   * Read from the kernel by netlink; where that is refused (no module inet_diag, a seccomp profile)
   * from {@code /proc/net/tcp} and {@code tcp6}, which do not tell when data was last sent or
   * received.
   *
   * @param localPorts the ports on this side
   * @return the connections at this moment, in no order
   * @throws IOException when both fail
   */
  public static List<Connection> established(SortedSet<Integer> localPorts) throws IOException {
    List<Connection> found = askKernel(localPorts);
    return found == null ? readProc(localPorts) : found;
  }

  /**
   * A socket that listens.
   *
   * @param inode the socket's, as in {@code /proc/PID/fd}
   * @param uid the user that created it
   * @param ipv6 whether it is a socket of IPv6, which may serve IPv4 too
   * @param host the address that it is bound to, in text form; a mapped IPv4 address (RFC 4291,
   *     2.5.5.2) as IPv4
   * @param port the port that it listens on
   */
  public record Listener(long inode, int uid, boolean ipv6, String host, int port) {
    private static Listener of(long inode, int uid, byte[] address, int port) {
      String host = SocketAddresses.host(address);
      boolean mapped = host.startsWith("::ffff:") && host.indexOf('.') > 0;
      return new Listener(
          inode,
          uid,
          address.length == 16,
          mapped ? host.substring("::ffff:".length()) : host,
          port);
    }

    /** As {@link SocketDescription#text}: {@code tcp://0.0.0.0:80} or {@code tcp://[::]:80}. */
    public String text() {
      return host.indexOf(':') < 0 ? "tcp://" + host + ":" + port : "tcp://[" + host + "]:" + port;
    }
  }

  /**
   * The TCP listeners of the network namespace that a process is in, IPv4 and IPv6, read by netlink
   * if that is our own namespace; else, and if netlink is refused, from {@code /proc/PID/net/tcp}
   * and {@code tcp6}.
   *
   * @param pid the process
   * @return the listeners at this moment, in no order; none when the process is gone
   * @throws IOException when both fail
   */
  public static List<Listener> listening(int pid) throws IOException {
    List<Listener> found = isOurNamespace(pid) ? askKernelForListeners() : null;
    return found == null ? readListeners("/proc/" + pid + "/net/") : found;
  }

  /**
   * Whether a process is in our network namespace; false if unknown, since its own files in {@code
   * /proc} are right in any case.
   *
   * @param pid the process
   */
  public static boolean isOurNamespace(int pid) {
    try {
      return Files.readSymbolicLink(Path.of("/proc/" + pid + "/ns/net"))
          .equals(Files.readSymbolicLink(Path.of("/proc/self/ns/net")));
    } catch (IOException e) {
      return false;
    }
  }

  /** Null when the kernel refuses. */
  static @Nullable List<Listener> askKernelForListeners() throws ErrnoException {
    List<Listener> found = new ArrayList<>();
    boolean answered =
        ask(
            LISTENING,
            new TreeSet<>(List.of(EVERY_PORT)),
            (frame, message, end) -> {
              ByteBuffer memory = frame.memory();
              int id = message + Abi.INET_DIAG_MSG_ID;
              found.add(
                  Listener.of(
                      Integer.toUnsignedLong(
                          memory.getInt(message + Abi.INET_DIAG_MSG_IDIAG_INODE)),
                      memory.getInt(message + Abi.INET_DIAG_MSG_IDIAG_UID),
                      frame.bytes(
                          id + Abi.INET_DIAG_SOCKID_IDIAG_SRC, addressBytes(frame, message)),
                      SocketAddresses.port(memory, id + Abi.INET_DIAG_SOCKID_IDIAG_SPORT)));
            });
    return answered ? found : null;
  }

  /** Null when the kernel refuses. */
  static @Nullable List<Connection> askKernel(SortedSet<Integer> localPorts) throws ErrnoException {
    List<Connection> found = new ArrayList<>();
    boolean answered =
        ask(
            CONNECTED,
            localPorts,
            (frame, message, end) -> found.add(connection(frame, message, end)));
    return answered ? found : null;
  }

  /** Takes one {@code inet_diag_msg}, whose attributes end at {@code end}. */
  private interface Found {
    void take(Frame frame, int message, int end);
  }

  /** False when the kernel refuses. */
  private static boolean ask(int states, SortedSet<Integer> localPorts, Found found)
      throws ErrnoException {
    try (Frame frame = Frame.of(Ancillary.room(REQUEST_BYTES, 0) + Frame.room(ANSWER_BYTES))) {
      int result =
          Libc.socket(
              frame, Abi.AF_NETLINK, Abi.SOCK_RAW | Abi.SOCK_CLOEXEC, Abi.NETLINK_SOCK_DIAG);
      if (result < 0) {
        return refused(result, "socket");
      }
      try (Fd netlink = Fd.owned(result)) {
        int answer = frame.reserve(ANSWER_BYTES);
        for (int port : localPorts) {
          for (int family : new int[] {Abi.AF_INET, Abi.AF_INET6}) {
            result = ask(netlink, family, states, port);
            if (result < 0) {
              return refused(result, "sendmsg");
            }
            result = readAnswers(frame, answer, netlink, found);
            if (result < 0) {
              return refused(result, "the kernel's answer");
            }
          }
        }
      }
      return true;
    }
  }

  private static boolean refused(int result, String call) throws ErrnoException {
    switch (-result) {
      case Errno.ENOENT, // no module for this protocol
          Errno.EPERM,
          Errno.EACCES,
          Errno.EPROTONOSUPPORT,
          Errno.EAFNOSUPPORT,
          Errno.EOPNOTSUPP,
          Errno.ECONNREFUSED,
          Errno.EINVAL -> {
        return false;
      }
      default -> throw ErrnoException.of(DOING, call, result);
    }
  }

  private static int ask(Fd netlink, int family, int states, int port) {
    ByteBuffer request = ByteBuffer.allocate(REQUEST_BYTES).order(java.nio.ByteOrder.nativeOrder());
    request.putInt(Abi.NLMSGHDR_NLMSG_LEN, REQUEST_BYTES);
    request.putShort(Abi.NLMSGHDR_NLMSG_TYPE, (short) Abi.SOCK_DIAG_BY_FAMILY);
    request.putShort(Abi.NLMSGHDR_NLMSG_FLAGS, (short) (Abi.NLM_F_REQUEST | Abi.NLM_F_DUMP));
    int body = Abi.NLMSGHDR_SIZE;
    request.put(body + Abi.INET_DIAG_REQ_V2_SDIAG_FAMILY, (byte) family);
    request.put(body + Abi.INET_DIAG_REQ_V2_SDIAG_PROTOCOL, (byte) Abi.IPPROTO_TCP);
    request.put(body + Abi.INET_DIAG_REQ_V2_IDIAG_EXT, (byte) (1 << Abi.INET_DIAG_INFO - 1));
    request.putInt(body + Abi.INET_DIAG_REQ_V2_IDIAG_STATES, states);
    SocketAddresses.putPort(
        request, body + Abi.INET_DIAG_REQ_V2_ID + Abi.INET_DIAG_SOCKID_IDIAG_SPORT, port);
    try (Frame frame = Frame.of(Ancillary.room(REQUEST_BYTES, 0))) {
      return Ancillary.outgoing(frame, request.array(), new int[0]).send(netlink.number(), 0);
    }
  }

  /** Passes the kernel's answers to {@code found}; returns 0, or the kernel's {@code -errno}. */
  private static int readAnswers(Frame frame, int answer, Fd netlink, Found found)
      throws ErrnoException {
    ByteBuffer memory = frame.memory();
    while (true) {
      int count = Libc.read(frame, netlink.number(), frame.address(answer), ANSWER_BYTES);
      if (count < 0) {
        throw ErrnoException.of(DOING, "read", count);
      }
      int end = answer + count;
      for (int at = answer; end - at >= Abi.NLMSGHDR_SIZE; ) {
        int length = memory.getInt(at + Abi.NLMSGHDR_NLMSG_LEN);
        if (length < Abi.NLMSGHDR_SIZE || length > end - at) {
          throw new ErrnoException(DOING, "a garbled answer to read", Errno.EIO);
        }
        int body = at + Abi.NLMSGHDR_SIZE;
        switch (memory.getShort(at + Abi.NLMSGHDR_NLMSG_TYPE)) {
          case Abi.NLMSG_DONE -> {
            return 0;
          }
          case Abi.NLMSG_ERROR -> {
            return memory.getInt(body + Abi.NLMSGERR_ERROR);
          }
          default -> found.take(frame, body, at + length);
        }
        at += length + 3 & -4;
      }
    }
  }

  private static int addressBytes(Frame frame, int message) {
    return frame.memory().get(message + Abi.INET_DIAG_MSG_IDIAG_FAMILY) == Abi.AF_INET ? 4 : 16;
  }

  private static Connection connection(Frame frame, int message, int end) {
    ByteBuffer memory = frame.memory();
    int id = message + Abi.INET_DIAG_MSG_ID;
    byte[] address = frame.bytes(id + Abi.INET_DIAG_SOCKID_IDIAG_DST, addressBytes(frame, message));
    long lastSent = -1;
    long lastReceived = -1;
    boolean everSent = false;
    for (int at = message + Abi.INET_DIAG_MSG_SIZE; end - at >= Abi.NLATTR_SIZE; ) {
      int length = memory.getShort(at + Abi.NLATTR_NLA_LEN) & 0xffff;
      if (memory.getShort(at + Abi.NLATTR_NLA_TYPE) == Abi.INET_DIAG_INFO) {
        int info = at + Abi.NLATTR_SIZE;
        int known = length - Abi.NLATTR_SIZE; // an older kernel has fewer fields
        if (known >= Abi.TCP_INFO_TCPI_LAST_DATA_RECV + 4) {
          lastSent = Integer.toUnsignedLong(memory.getInt(info + Abi.TCP_INFO_TCPI_LAST_DATA_SENT));
          lastReceived =
              Integer.toUnsignedLong(memory.getInt(info + Abi.TCP_INFO_TCPI_LAST_DATA_RECV));
        }
        everSent =
            known >= Abi.TCP_INFO_TCPI_BYTES_SENT + 8
                && memory.getLong(info + Abi.TCP_INFO_TCPI_BYTES_SENT) != 0;
      }
      at += Math.max(length, Abi.NLATTR_SIZE) + 3 & -4;
    }
    return new Connection(
        Integer.toUnsignedLong(memory.getInt(message + Abi.INET_DIAG_MSG_IDIAG_INODE)),
        memory.get(message + Abi.INET_DIAG_MSG_IDIAG_STATE),
        Integer.toUnsignedLong(memory.getInt(message + Abi.INET_DIAG_MSG_IDIAG_RQUEUE)),
        Integer.toUnsignedLong(memory.getInt(message + Abi.INET_DIAG_MSG_IDIAG_WQUEUE)),
        lastSent,
        lastReceived,
        everSent,
        SocketAddresses.hostAndPort(
            address, SocketAddresses.port(memory, id + Abi.INET_DIAG_SOCKID_IDIAG_DPORT)),
        SocketAddresses.port(memory, id + Abi.INET_DIAG_SOCKID_IDIAG_SPORT));
  }

  /** The same from {@code /proc/net}, man 5 proc. */
  static List<Connection> readProc(SortedSet<Integer> localPorts) throws IOException {
    List<Connection> found = new ArrayList<>();
    readTables(
        "/proc/self/net/",
        row -> {
          if ((CONNECTED & 1 << row.state) != 0 && localPorts.contains(row.localPort)) {
            String peer = SocketAddresses.hostAndPort(row.peer, row.peerPort);
            found.add(
                new Connection(
                    row.inode,
                    row.state,
                    row.unread,
                    row.unsent,
                    -1,
                    -1,
                    false,
                    peer,
                    row.localPort));
          }
        });
    return found;
  }

  static List<Listener> readListeners(String folder) throws IOException {
    List<Listener> found = new ArrayList<>();
    readTables(
        folder,
        row -> {
          if (row.state == Abi.BPF_TCP_LISTEN) {
            found.add(Listener.of(row.inode, row.uid, row.local, row.localPort));
          }
        });
    return found;
  }

  private static void readTables(String folder, Consumer<Row> rows) throws IOException {
    byte[] inet = Proc.read(folder + "tcp");
    if (inet == null) {
      if (folder.startsWith("/proc/self/")) {
        throw new ErrnoException(DOING, "open " + folder + "tcp", Errno.ENOENT);
      }
      return; // the process is gone
    }
    parse(inet, 4, rows);
    byte[] inet6 = Proc.read(folder + "tcp6");
    if (inet6 != null) { // absent where IPv6 is
      parse(inet6, 16, rows);
    }
  }

  /** A line of the tables. */
  private record Row(
      byte[] local,
      int localPort,
      byte[] peer,
      int peerPort,
      int state,
      long unsent,
      long unread,
      int uid,
      long inode) {}

  /**
   * Lines such as {@code 0: 0100007F:1F90 0100007F:A1B2 01 00000000:00000000 00:00000000 00000000 0
   * 0 4711 ...}: number, local and remote address, state, unsent and unread bytes, timer,
   * retransmits, user, timeout, inode.
   */
  private static void parse(byte[] table, int addressBytes, Consumer<Row> rows) {
    Fields fields = new Fields(table);
    fields.nextLine(); // the headings
    while (fields.hasMore()) {
      fields.skip(); // number
      byte[] local = fields.address(addressBytes);
      int localPort = (int) fields.hexadecimal();
      byte[] peer = fields.address(addressBytes);
      int peerPort = (int) fields.hexadecimal();
      int state = (int) fields.hexadecimal();
      long unsent = fields.hexadecimal();
      long unread = fields.hexadecimal();
      for (int i = 0; i < 3; i++) {
        fields.skip(); // timer, its time, retransmits
      }
      int uid = (int) fields.decimal();
      fields.skip(); // timeout
      long inode = fields.decimal();
      fields.nextLine();
      rows.accept(new Row(local, localPort, peer, peerPort, state, unsent, unread, uid, inode));
    }
  }

  /** Numbers between blanks and colons. */
  private static final class Fields {
    private final byte[] text;
    private int at;

    Fields(byte[] text) {
      this.text = text;
    }

    boolean hasMore() {
      return at < text.length;
    }

    void nextLine() {
      while (at < text.length && text[at] != '\n') {
        at++;
      }
      at++;
    }

    private void toField() {
      while (text[at] == ' ' || text[at] == ':') {
        at++;
      }
    }

    void skip() {
      toField();
      while (text[at] != ' ' && text[at] != ':') {
        at++;
      }
    }

    long hexadecimal() {
      toField();
      return number(16, text.length);
    }

    long decimal() {
      toField();
      return number(10, text.length);
    }

    /** Four bytes at a time, each four in the order of this machine. */
    byte[] address(int bytes) {
      toField();
      byte[] address = new byte[bytes];
      ByteBuffer words = ByteBuffer.wrap(address).order(java.nio.ByteOrder.nativeOrder());
      for (int i = 0; i < bytes; i += 4) {
        words.putInt(i, (int) number(16, at + 8));
      }
      return address;
    }

    private long number(int radix, int end) {
      long value = 0;
      while (at < end) {
        int digit = Character.digit(text[at], radix);
        if (digit < 0) {
          break;
        }
        value = value * radix + digit;
        at++;
      }
      return value;
    }
  }
}
