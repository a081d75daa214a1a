package sun.nio.ch;

import java.io.FileDescriptor;
import java.io.IOException;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.channels.spi.SelectorProvider;

/**
 * A UDP socket that generations share. What lies under the channel's descriptor changes: the shared
 * socket while this generation is live, and else one that nothing ever arrives on. Answers go out
 * by the shared one at all times, because a client takes them from no other address.
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
  protected void implConfigureBlocking(boolean block) {
    // the channel's mode changes, the socket's does not
  }

  @Override
  protected void implCloseSelectableChannel() throws IOException {
    JhotHook.Calls to = JhotHook.calls;
    if (to != null) {
      to.closing(number); // some JDKs close datagram sockets where the hook does not see it
    }
    outgoing.close();
    super.implCloseSelectableChannel();
  }
}
