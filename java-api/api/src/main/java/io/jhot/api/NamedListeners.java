package io.jhot.api;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.BindException;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.DatagramChannel;
import java.nio.channels.NetworkChannel;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Listeners by name. TCP listeners are bound by the JDK, where the agent takes the bind over; the
 * others come from the agent as channels. What jhot does not hold is bound here, with and without
 * jhot, and passed to the agent afterwards.
 */
final class NamedListeners {
  private NamedListeners() {}

  static ServerSocketChannel listener(String name, @Nullable SocketAddress otherwise)
      throws IOException {
    if (Copy.INSTANCE.say(Copy.ADDRESS, name) instanceof SocketAddress tcp) {
      return bound(ServerSocketChannel.open(), tcp);
    }
    SocketAddress at =
        otherwise instanceof UnixDomainSocketAddress unix
            ? UnixDomainSocketAddress.of(unix.getPath().toAbsolutePath())
            : otherwise;
    SocketAddress path = at instanceof UnixDomainSocketAddress ? at : null;
    if (held(name, false, path) instanceof ServerSocketChannel held) {
      return held;
    }
    if (at == null) {
      throw unknown("listener", name, "tcp");
    }
    if (path == null) {
      return bound(ServerSocketChannel.open(), at);
    }
    ServerSocketChannel own = unix((UnixDomainSocketAddress) path);
    return share(own) instanceof ServerSocketChannel shared ? shared : own;
  }

  static DatagramChannel datagrams(String name, @Nullable SocketAddress otherwise)
      throws IOException {
    if (held(name, true, otherwise) instanceof DatagramChannel held) {
      return held;
    }
    if (otherwise == null) {
      throw unknown("datagrams", name, "udp");
    }
    DatagramChannel own = bound(DatagramChannel.open(), otherwise);
    return share(own) instanceof DatagramChannel shared ? shared : own;
  }

  private static @Nullable Object held(
      String name, boolean datagrams, @Nullable SocketAddress otherwise) throws IOException {
    try {
      return Copy.INSTANCE.say(Copy.HELD, name, datagrams, otherwise);
    } catch (UncheckedIOException e) {
      IOException cause = Objects.requireNonNull(e.getCause());
      throw new IOException(cause.getMessage(), cause);
    }
  }

  private static @Nullable Object share(NetworkChannel own) {
    return Copy.INSTANCE.say(Copy.SHARE, own);
  }

  private static IOException unknown(String method, String name, String transport) {
    return new IOException(
        "there is no socket \""
            + name
            + "\": start the app by jhot exec --listen "
            + name
            + "="
            + transport
            + "://HOST:PORT, or say where to listen otherwise, Jhot."
            + method
            + "(\""
            + name
            + "\", address)");
  }

  private static <C extends NetworkChannel> C bound(C channel, SocketAddress at)
      throws IOException {
    try {
      channel.bind(at);
      return channel;
    } catch (IOException | RuntimeException e) {
      channel.close();
      throw e;
    }
  }

  private static ServerSocketChannel unix(UnixDomainSocketAddress at) throws IOException {
    try {
      return bound(ServerSocketChannel.open(StandardProtocolFamily.UNIX), at);
    } catch (BindException e) {
      if (!isLeftover(at)) {
        throw e;
      }
    }
    Files.deleteIfExists(at.getPath());
    return bound(ServerSocketChannel.open(StandardProtocolFamily.UNIX), at);
  }

  /** Whether it is the socket of a process that is gone: nobody accepts there. */
  private static boolean isLeftover(UnixDomainSocketAddress at) {
    Path path = at.getPath();
    if (Files.isRegularFile(path, LinkOption.NOFOLLOW_LINKS)
        || Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS)
        || Files.isSymbolicLink(path)) {
      return false;
    }
    try (SocketChannel probe = SocketChannel.open(at)) {
      return !probe.isConnected();
    } catch (IOException e) {
      return e instanceof java.net.ConnectException; // refused; not for lack of a right
    }
  }
}
