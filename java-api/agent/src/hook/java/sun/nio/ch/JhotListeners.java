package sun.nio.ch;

import java.io.FileDescriptor;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Channel;
import java.nio.channels.DatagramChannel;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.spi.SelectorProvider;

/**
 * Channels on sockets that jhot holds, where no bind of the JDK's can be taken over. Defined into
 * java.base when an app asks for one by the API, and not before.
 */
public final class JhotListeners {
  private JhotListeners() {}

  /** A channel on a listening unix-domain socket, which it owns from then on. */
  public static ServerSocketChannel unix(int fd) throws IOException {
    return new ServerSocketChannelImpl(
        SelectorProvider.provider(), StandardProtocolFamily.UNIX, IOUtil.newFD(fd), true);
  }

  /** A channel on a bound UDP socket; it owns both descriptors of it from then on. */
  public static DatagramChannel datagrams(int fd, int outgoing) throws IOException {
    return new JhotDatagrams(IOUtil.newFD(fd), IOUtil.newFD(outgoing));
  }

  /** The number of a channel's descriptor; -1 for a channel that is not the JDK's. */
  public static int number(Channel channel) {
    return channel instanceof SelChImpl own ? own.getFDVal() : -1;
  }

  /** Where a unix-domain socket is bound. */
  public static UnixDomainSocketAddress unixAddress(int fd) throws IOException {
    return UnixDomainSockets.localAddress(IOUtil.newFD(fd));
  }

  /** Whether the JDK makes its sockets of the IPv6 family. */
  public static boolean isIpv6() {
    return Net.isIPv6Available();
  }

  /** A UDP socket on which nothing arrives; a receive on it does not wait. */
  public static int deaf() throws IOException {
    FileDescriptor socket = Net.socket(StandardProtocolFamily.INET, false);
    IOUtil.configureBlocking(socket, false);
    return IOUtil.fdVal(socket);
  }
}
