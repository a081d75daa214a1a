package io.jhot.ffm;

import io.jhot.ffm.gen.Abi;
import java.net.Inet4Address;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * The address structs of sockets: {@code sockaddr_in}, {@code sockaddr_in6}, {@code sockaddr_un}.
 */
final class SocketAddresses {
  /** Room for any of them. */
  static final int ROOM = Abi.SOCKADDR_STORAGE_SIZE;

  private static final int PATH_ROOM = Abi.SOCKADDR_UN_SIZE - Abi.SOCKADDR_UN_SUN_PATH;

  private SocketAddresses() {}

  static int family(InetSocketAddress address) {
    return of(address) instanceof Inet6Address ? Abi.AF_INET6 : Abi.AF_INET;
  }

  /** Writes {@code address} at {@code start}; returns its length. */
  static int put(Frame frame, int start, InetSocketAddress address) {
    ByteBuffer memory = frame.memory();
    InetAddress host = of(address);
    if (host instanceof Inet6Address inet6) {
      memory.putShort(start + Abi.SOCKADDR_IN6_SIN6_FAMILY, (short) Abi.AF_INET6);
      putPort(memory, start + Abi.SOCKADDR_IN6_SIN6_PORT, address.getPort());
      memory.put(start + Abi.SOCKADDR_IN6_SIN6_ADDR, inet6.getAddress());
      memory.putInt(start + Abi.SOCKADDR_IN6_SIN6_SCOPE_ID, inet6.getScopeId());
      return Abi.SOCKADDR_IN6_SIZE;
    }
    memory.putShort(start + Abi.SOCKADDR_IN_SIN_FAMILY, (short) Abi.AF_INET);
    putPort(memory, start + Abi.SOCKADDR_IN_SIN_PORT, address.getPort());
    memory.put(start + Abi.SOCKADDR_IN_SIN_ADDR, ((Inet4Address) host).getAddress());
    return Abi.SOCKADDR_IN_SIZE;
  }

  /** As {@link #put}, for a socket of IPv6: an IPv4 address is mapped (RFC 4291, 2.5.5.2). */
  static int putMapped(Frame frame, int start, InetSocketAddress address) {
    if (of(address) instanceof Inet6Address) {
      return put(frame, start, address);
    }
    ByteBuffer memory = frame.memory();
    memory.putShort(start + Abi.SOCKADDR_IN6_SIN6_FAMILY, (short) Abi.AF_INET6);
    putPort(memory, start + Abi.SOCKADDR_IN6_SIN6_PORT, address.getPort());
    byte[] mapped = new byte[16];
    mapped[10] = (byte) 0xff;
    mapped[11] = (byte) 0xff;
    System.arraycopy(of(address).getAddress(), 0, mapped, 12, 4);
    memory.put(start + Abi.SOCKADDR_IN6_SIN6_ADDR, mapped);
    memory.putInt(start + Abi.SOCKADDR_IN6_SIN6_SCOPE_ID, 0);
    return Abi.SOCKADDR_IN6_SIZE;
  }

  /**
   * Writes a unix address at {@code start}: a path, or a name in the abstract namespace when it
   * begins with {@code @} (man 7 unix).
   *
   * @return its length; negative, {@code -ENAMETOOLONG} or {@code -ENOENT}, if it is not one
   */
  static int put(Frame frame, int start, String path) {
    byte[] bytes = OsText.bytes(path);
    boolean isAbstract = path.startsWith("@");
    if (bytes.length == 0) {
      return -Errno.ENOENT;
    }
    if (bytes.length > (isAbstract ? PATH_ROOM : PATH_ROOM - 1)) {
      return -Errno.ENAMETOOLONG;
    }
    frame.memory().putShort(start + Abi.SOCKADDR_UN_SUN_FAMILY, (short) Abi.AF_UNIX);
    if (isAbstract) {
      bytes[0] = 0;
    }
    frame.memory().put(start + Abi.SOCKADDR_UN_SUN_PATH, bytes);
    return Abi.SOCKADDR_UN_SUN_PATH + bytes.length + (isAbstract ? 0 : 1);
  }

  /**
   * The unix address of {@code length} bytes at {@code start}; "" for none, {@code @...} if
   * abstract.
   */
  static String unixName(Frame frame, int start, int length) {
    int count = Math.min(length, Abi.SOCKADDR_UN_SIZE) - Abi.SOCKADDR_UN_SUN_PATH;
    if (count <= 0) {
      return "";
    }
    byte[] bytes = frame.bytes(start + Abi.SOCKADDR_UN_SUN_PATH, count);
    if (bytes[0] == 0) {
      bytes[0] = '@';
      return OsText.of(bytes, 0, count);
    }
    int end = 0;
    while (end < count && bytes[end] != 0) {
      end++;
    }
    return OsText.of(bytes, 0, end);
  }

  /** A port in a struct of the kernel, in network byte order. */
  static int port(ByteBuffer memory, int offset) {
    return (memory.get(offset) & 0xff) << 8 | memory.get(offset + 1) & 0xff;
  }

  static void putPort(ByteBuffer memory, int offset, int port) {
    memory.put(offset, (byte) (port >> 8));
    memory.put(offset + 1, (byte) port);
  }

  /** {@code tcp://0.0.0.0:80}, {@code udp://[::]:53}. */
  static String text(String scheme, InetSocketAddress address) {
    byte[] bytes = of(address).getAddress();
    return scheme + "://" + hostAndPort(bytes, address.getPort());
  }

  /** {@code 127.0.0.1:80} or {@code [::1]:80}. */
  static String hostAndPort(byte[] address, int port) {
    return address.length == 4 ? host(address) + ":" + port : "[" + host(address) + "]:" + port;
  }

  /**
   * An address in text form; IPv6 as RFC 5952 requires: the first longest run of zeros left out,
   * and an IPv4 address that is mapped into it (RFC 4291, 2.5.5.2) with dots.
   */
  static String host(byte[] address) {
    StringBuilder text = new StringBuilder();
    if (address.length == 4) {
      for (int i = 0; i < 4; i++) {
        text.append(i == 0 ? "" : ".").append(address[i] & 0xff);
      }
      return text.toString();
    }
    if (isMapped(address)) {
      return "::ffff:" + host(Arrays.copyOfRange(address, 12, 16));
    }
    int longest = 1; // one zero alone is written
    int gap = 8;
    for (int i = 0; i < 8; i++) {
      int run = 0;
      while (i + run < 8 && group(address, i + run) == 0) {
        run++;
      }
      if (run > longest) {
        longest = run;
        gap = i;
      }
      i += run;
    }
    for (int i = 0; i < 8; i++) {
      if (i == gap) {
        text.append("::");
        i += longest - 1;
      } else {
        text.append(i == 0 || i == gap + longest ? "" : ":");
        text.append(Integer.toHexString(group(address, i)));
      }
    }
    return text.toString();
  }

  private static boolean isMapped(byte[] address) {
    for (int i = 0; i < 5; i++) {
      if (group(address, i) != 0) {
        return false;
      }
    }
    return group(address, 5) == 0xffff;
  }

  private static int group(byte[] address, int index) {
    return (address[2 * index] & 0xff) << 8 | address[2 * index + 1] & 0xff;
  }

  private static InetAddress of(InetSocketAddress address) {
    if (address.isUnresolved()) {
      throw new IllegalArgumentException("the name " + address.getHostString() + " has no address");
    }
    return address.getAddress();
  }
}
