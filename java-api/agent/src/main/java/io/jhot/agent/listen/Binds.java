package io.jhot.agent.listen;

import static io.jhot.agent.listen.SocketConstants.SOCK_STREAM;
import static io.jhot.agent.listen.SocketConstants.SOL_SOCKET;
import static io.jhot.agent.listen.SocketConstants.SO_REUSEADDR;
import static io.jhot.agent.listen.SocketConstants.SO_REUSEPORT;
import static io.jhot.agent.listen.SocketConstants.SO_TYPE;

import io.jhot.agent.app.AppClasses;
import io.jhot.agent.channel.Channel;
import io.jhot.agent.channel.Failure;
import io.jhot.agent.channel.Handshake;
import io.jhot.agent.listen.ListenerTable.Mode;
import io.jhot.protocol.Message;
import java.io.FileDescriptor;
import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import org.jspecify.annotations.Nullable;
import sun.nio.ch.JhotHook;
import sun.nio.ch.JhotSockets;
import sun.nio.ch.JhotTls;

/**
 * What happens at a bind: a socket lent by jhot is put under the app's descriptor, or the JDK binds
 * and jhot gets the socket once it listens. On the app's threads.
 */
final class Binds implements JhotHook.BindHandler {
  private final ListenerTable table;
  private final SharedSockets sockets;
  private final Exporter exporter;
  private final Channel channel;
  private final AppClasses classes;
  private final Handshake handshake;
  private final OwnBinds ownBinds = OwnBinds.of(System.getenv(OwnBinds.VARIABLE));

  /** What is about to bind on this thread. */
  private final ThreadLocal<Object> binding = new ThreadLocal<>();

  Binds(
      ListenerTable table,
      SharedSockets sockets,
      Exporter exporter,
      Channel channel,
      AppClasses classes,
      Handshake handshake) {
    this.table = table;
    this.sockets = sockets;
    this.exporter = exporter;
    this.channel = channel;
    this.classes = classes;
    this.handshake = handshake;
  }

  @Override
  public void binding(Object owner) {
    binding.set(owner);
  }

  @Override
  public boolean bind(FileDescriptor socket, InetAddress address, int port) throws BindException {
    Object owner = binding.get();
    binding.remove();
    if (owner != null && owner.getClass().getSimpleName().equals("NioSocketImpl")) {
      classes.watchTlsSockets();
    }
    return port != 0
        && !ownBinds.contains(port)
        && bind(new Listener(JhotSockets.number(socket), address, port, owner, null));
  }

  @Override
  public boolean bindNative(int fd, Class<?> type, SocketAddress to) throws BindException {
    Object owner = binding.get();
    binding.remove();
    if (!(to instanceof InetSocketAddress address)
        || address.isUnresolved()
        || address.getPort() == 0
        || ownBinds.contains(address.getPort())) {
      return false;
    }
    if (owner == null && NativeChannel.isRing(type)) {
      return false; // a client's
    }
    return bind(
        new Listener(
            fd,
            address.getAddress(),
            address.getPort(),
            null,
            owner == null ? null : new NativeChannel(owner, type)));
  }

  @Override
  public void loading(String library) {
    if (AppClasses.isNativeTransport(library)) {
      classes.patch(AppClasses.Known.NATIVE_TRANSPORTS);
    } else if (AppClasses.isNettysOpenSsl(library)) {
      classes.patch(AppClasses.Known.OPENSSL);
      JhotTls.notesTls = true; // where it could not be patched, nobody ever sets the bit
    }
  }

  /** Whether jhot was told to leave that listener to this generation alone. */
  boolean isOwn(Listener listener) {
    return ownBinds.contains(listener);
  }

  private boolean bind(Listener listener) throws BindException {
    if (!handshake.await()) {
      return false;
    }
    try {
      if (JhotSockets.option(listener.fd, SOL_SOCKET, SO_TYPE) != SOCK_STREAM) {
        return false;
      }
      int taken = -1;
      synchronized (table) {
        SharedSocket match = match(listener);
        if (match != null) {
          take(listener, match);
          taken = match.ref;
        } else if (!channel.isLost() && table.mode() != Mode.PARKED) {
          watch(listener);
        }
      }
      if (taken >= 0) {
        channel.send(new Message.Taken(taken));
      }
      return taken >= 0;
    } catch (BindException e) {
      throw e;
    } catch (IOException | RuntimeException | LinkageError e) {
      channel.trouble(
          "cannot take over the socket for port " + listener.port + ": " + Failure.words(e));
      return false;
    }
  }

  /** The shared socket that a bind means; null if there is none. */
  private @Nullable SharedSocket match(Listener listener) throws IOException {
    InetAddress wanted = listener.internet();
    SharedSocket used = null;
    String whyNot = null;
    for (SharedSocket one : sockets.all()) {
      if (one.unsettled) {
        continue;
      }
      if (!one.matches(listener.fd, wanted, listener.port)) {
        String reason = one.whyNot(listener.fd, wanted, listener.port);
        whyNot = reason == null ? whyNot : reason;
      } else if (one.users == 0) {
        return one;
      } else {
        used = one;
      }
    }
    if (used != null && JhotSockets.option(listener.fd, SOL_SOCKET, SO_REUSEPORT) == 0) {
      throw new BindException("Address already in use");
    }
    if (used == null && whyNot != null) {
      channel.trouble(whyNot);
    }
    return used;
  }

  /** Puts a shared socket, or what stands for it now, under a listener. With the lock held. */
  void take(Listener listener, SharedSocket match) throws IOException {
    int fd = listener.fd;
    listener.ref = match.ref;
    listener.shared = match;
    listener.before = listener.isTcp() ? SocketOptions.differing(fd, match.fd) : null;
    boolean waits = listener.channel == null || listener.channel.canBeStaged(classes);
    Mode own = table.mode() == Mode.STAGED && !waits ? Mode.LIVE : table.mode();
    listener.displaced = own != Mode.LIVE;
    int under = own == Mode.LIVE ? match.fd : sockets.resting(listener, own);
    if (own != table.mode()) {
      channel.trouble(
          "port "
              + listener.port
              + " is served by an io_uring transport that cannot be held back: it accepts from the"
              + " start, before this generation is ready (Netty 4.2's, and 0.0.26 of the"
              + " incubator's, can be held back)");
    }
    Registrations.swapBound(fd, under, listener.owner == null ? null : listener.owner.get());
    listener.under = listener.displaced ? under : -1;
    match.users++;
    table.add(listener);
    if (listener.isTcp()) {
      table.addPort(listener.port);
    }
    if (listener.displaced) {
      JhotHook.displacing = true;
    } else {
      sockets.applyOptions(listener, match);
    }
  }

  /** Lets the JDK bind; jhot gets the socket once it listens. */
  private void watch(Listener listener) throws IOException {
    int fd = listener.fd;
    if (exporter.canExport() && JhotSockets.option(fd, SOL_SOCKET, SO_REUSEADDR) != 0) {
      // The JDK sets SO_REUSEADDR on server sockets only, unless the app asks for it. If the app
      // has switched it off, export sets O_NONBLOCK; an accept(2) that waits by then is woken to
      // park.
      JhotSockets.setNonBlocking(fd);
    }
    table.add(listener);
    exporter.watch(listener);
  }
}
