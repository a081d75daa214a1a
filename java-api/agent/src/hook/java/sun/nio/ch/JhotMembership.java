package sun.nio.ch;

import java.net.InetAddress;
import java.net.NetworkInterface;
import java.nio.channels.MembershipKey;
import java.nio.channels.MulticastChannel;

/**
 * One generation's say in a multicast group of a socket that all of them share. To drop it ends
 * that and no more: the kernel's membership is also that of the generation which serves next.
 */
final class JhotMembership extends MembershipKey {
  private final JhotDatagrams channel;
  private final InetAddress group;
  private final NetworkInterface by;
  private volatile boolean dropped;

  JhotMembership(JhotDatagrams channel, InetAddress group, NetworkInterface by) {
    this.channel = channel;
    this.group = group;
    this.by = by;
  }

  @Override
  public boolean isValid() {
    return !dropped && channel.isOpen();
  }

  @Override
  public void drop() {
    dropped = true;
  }

  @Override
  public MembershipKey block(InetAddress source) {
    throw new UnsupportedOperationException(
        "other generations receive by this socket too: no source can be blocked");
  }

  @Override
  public MembershipKey unblock(InetAddress source) {
    throw new IllegalStateException("no source is blocked");
  }

  @Override
  public MulticastChannel channel() {
    return channel;
  }

  @Override
  public InetAddress group() {
    return group;
  }

  @Override
  public NetworkInterface networkInterface() {
    return by;
  }

  @Override
  public InetAddress sourceAddress() {
    return null; // all of them
  }
}
