package sun.nio.ch;

import java.io.FileDescriptor;
import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.SocketAddress;
import java.net.SocketOption;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.channels.MembershipKey;
import java.nio.channels.spi.SelectorProvider;

/**
 * A UDP socket that generations share. What lies under the channel's descriptor changes: the shared
 * socket while this generation is live, and else one that nothing ever arrives on. Answers always
 * leave by the shared one, because a client accepts them from no other address.
 *
 * <p>Options and multicast groups are those of the shared socket, whatever lies under the channel.
 * A group that one generation has joined stays joined, for the kernel does not know who asked.
 *
 * <p>O_NONBLOCK is part of the open description that all generations have, and stays on. A receive
 * in blocking mode polls.
 */
final class JhotDatagrams extends DatagramChannelImpl {
  private final int number;
  private final DatagramChannelImpl outgoing;

  /** Owns both descriptors, which are of the shared socket. */
  JhotDatagrams(FileDescriptor socket, FileDescriptor outgoing) throws IOException {
    super(SelectorProvider.provider(), socket);
    number = IOUtil.fdVal(socket);
    IOUtil.configureBlocking(socket, false);
    this.outgoing = new DatagramChannelImpl(SelectorProvider.provider(), outgoing);
  }

  @Override
  public int send(ByteBuffer bytes, SocketAddress target) throws IOException {
    return outgoing.send(bytes, target);
  }

  @Override
  public DatagramChannel connect(SocketAddress remote) {
    throw new UnsupportedOperationException(
        "other generations receive by this socket too: it cannot be connected");
  }

  @Override
  public <T> DatagramChannel setOption(SocketOption<T> name, T value) throws IOException {
    outgoing.setOption(name, value);
    return this;
  }

  @Override
  public <T> T getOption(SocketOption<T> name) throws IOException {
    return outgoing.getOption(name);
  }

  @Override
  public MembershipKey join(InetAddress group, NetworkInterface by) throws IOException {
    try {
      outgoing.join(group, by);
    } catch (BindException e) {
      // EADDRINUSE: a generation before this one has joined, and the socket is the same
    }
    return new JhotMembership(this, group, by);
  }

  @Override
  public MembershipKey join(InetAddress group, NetworkInterface by, InetAddress source) {
    throw new UnsupportedOperationException(
        "other generations receive by this socket too: it takes a group from all sources or none");
  }

  @Override
  protected void implConfigureBlocking(boolean block) {
    // the channel's mode changes, the socket's does not
  }

  @Override
  protected void implCloseSelectableChannel() throws IOException {
    JhotHook.CloseHandler to = JhotHook.closeHandler;
    if (to != null) {
      to.closing(number); // some JDKs close datagram sockets where the hook does not see it
    }
    outgoing.close();
    super.implCloseSelectableChannel();
  }
}
