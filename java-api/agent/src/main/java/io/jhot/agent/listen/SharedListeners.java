package io.jhot.agent.listen;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ProtocolFamily;
import java.net.SocketOption;
import org.jspecify.annotations.Nullable;
import sun.nio.ch.JhotHook;
import sun.nio.ch.JhotSockets;

/**
 * What the app reads and sets on a listener while another socket lies under its descriptor: address
 * and options are those of the socket that it bound. On the app's threads.
 */
final class SharedListeners implements JhotHook.ListenerHandler {
  private final ListenerTable table;
  private final SharedSockets sockets;

  SharedListeners(ListenerTable table, SharedSockets sockets) {
    this.table = table;
    this.sockets = sockets;
  }

  @Override
  public boolean isShared(int fd) {
    return table.get(fd) != null;
  }

  @Override
  public boolean isDisplaced(int fd) {
    Listener listener = table.get(fd);
    if (listener == null) {
      return false;
    }
    synchronized (table) {
      return listener.displaced;
    }
  }

  /** Null for one that is bound to a path, of which the JDK does not ask it. */
  @Override
  public @Nullable InetSocketAddress localAddress(int fd) throws IOException {
    synchronized (table) {
      Listener listener = table.get(fd);
      if (listener != null && listener.displaced) {
        return listener.shared == null
            ? new InetSocketAddress(listener.address, listener.port)
            : listener.shared.address;
      }
    }
    return JhotSockets.boundAddress(fd); // live since it was asked
  }

  @Override
  public void setOption(int fd, ProtocolFamily family, SocketOption<?> option, Object value)
      throws IOException {
    synchronized (table) {
      Listener listener = table.get(fd);
      if (listener != null && listener.displaced) {
        listener.since.add(new Listener.LaterOption(family, option, value));
        return;
      }
    }
    JhotSockets.applyOption(fd, family, option, value);
  }

  @Override
  public Object option(int fd, ProtocolFamily family, SocketOption<?> option) throws IOException {
    int asked = fd;
    synchronized (table) {
      Listener listener = table.get(fd);
      if (listener != null && listener.displaced) {
        for (int i = listener.since.size() - 1; i >= 0; i--) {
          if (listener.since.get(i).option().equals(option)) {
            return listener.since.get(i).value();
          }
        }
        asked = listener.shared == null ? sockets.parking() : listener.shared.fd;
      }
    }
    return JhotSockets.readOption(asked, family, option);
  }
}
