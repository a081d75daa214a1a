package sun.nio.ch;

import java.io.FileDescriptor;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.nio.channels.SocketChannel;
import java.nio.channels.spi.SelectorProvider;

/**
 * Channels and the descriptors in them, for what generations hand to each other. Defined into
 * java.base when an app hands something over, and not before.
 */
public final class JhotChannels {
  private JhotChannels() {}

  /** The number of a channel's descriptor; -1 for a channel that is not the JDK's. */
  public static int number(SocketChannel channel) {
    return channel instanceof SocketChannelImpl own ? own.getFDVal() : -1;
  }

  /**
   * A channel for a connected TCP socket, which it owns from then on. The socket's blocking mode is
   * not touched.
   */
  public static SocketChannel connected(int fd, boolean v6) throws IOException {
    FileDescriptor socket = IOUtil.newFD(fd);
    return new SocketChannelImpl(
        SelectorProvider.provider(),
        v6 ? StandardProtocolFamily.INET6 : StandardProtocolFamily.INET,
        socket,
        Net.remoteAddress(socket));
  }

  /** Takes O_NONBLOCK off: what a new channel believes of its socket. */
  public static void setBlocking(int fd) throws IOException {
    IOUtil.configureBlocking(IOUtil.newFD(fd), true);
  }

  /** An unconnected socket to put where a socket was. */
  public static int placeholder() throws IOException {
    return IOUtil.fdVal(Net.socket(StandardProtocolFamily.INET, true));
  }
}
