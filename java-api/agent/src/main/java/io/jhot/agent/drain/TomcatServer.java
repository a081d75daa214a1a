package io.jhot.agent.drain;

import io.jhot.agent.app.AppObjects;
import io.jhot.protocol.Work;
import java.io.IOException;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousSocketChannel;
import java.nio.channels.CancelledKeyException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import sun.nio.ch.JhotFields;

/**
 * Tomcat, with NIO and NIO2, and either TLS. An endpoint is known by its acceptor's thread, and has
 * a map of all its connections.
 *
 * <p>A connection has a processor of its own while a request has come in part, is answered by other
 * threads, or after an upgrade; a thread that works on it has taken the processor away, and holds
 * the lock. So one with neither is at rest, unless its selector has just handed it on.
 */
final class TomcatServer implements ServerReader {
  private static final String PACKAGE = "org.apache.tomcat.util.net.";

  @Override
  public boolean read(Object root, @Nullable SelectionKey key, Found found)
      throws ReflectiveOperationException {
    String type = root.getClass().getName();
    if (type.equals(PACKAGE + "Acceptor")) {
      Object endpoint = AppObjects.field(root, "endpoint");
      Map<?, ?> connections = (Map<?, ?>) AppObjects.field(endpoint, "connections");
      for (Map.Entry<?, ?> one : connections.entrySet()) {
        add(one.getKey(), one.getValue(), found);
      }
    }
    return type.startsWith(PACKAGE); // others are what the acceptor leads to
  }

  private static void add(Object channel, Object wrapper, Found found)
      throws ReflectiveOperationException {
    if (channel instanceof SocketChannel one) {
      found.add(one, work(wrapper, one));
    } else if (channel instanceof AsynchronousSocketChannel one) {
      SocketAddress peer;
      SocketAddress local;
      try {
        peer = one.getRemoteAddress();
        local = one.getLocalAddress();
      } catch (IOException e) {
        return; // closed meanwhile
      }
      found.add(peer, local, work(wrapper, null));
    }
  }

  private static Work work(Object wrapper, @Nullable SocketChannel channel)
      throws ReflectiveOperationException {
    // before the processor: who takes it holds the lock
    if (JhotFields.field(wrapper, "lock") instanceof ReentrantLock lock && lock.isLocked()) {
      return Work.UNANSWERED;
    }
    Object processor = ((AtomicReference<?>) AppObjects.field(wrapper, "currentProcessor")).get();
    if (processor == null) {
      if (isHandedOn(wrapper, channel)) {
        return Work.UNANSWERED;
      }
      return holdsInput(wrapper) ? Work.RECEIVING : Work.AT_REST;
    }
    Object upgraded = JhotFields.field(processor, "internalHttpUpgradeHandler");
    if (upgraded == null) {
      upgraded = JhotFields.field(processor, "httpUpgradeHandler");
    }
    if (upgraded == null) {
      Object input = JhotFields.field(processor, "inputBuffer");
      boolean head = input != null && JhotFields.number(input, "parsingHeader", 0) == 1;
      return head ? Work.RECEIVING : Work.UNANSWERED;
    }
    String type = upgraded.getClass().getName();
    if (type.startsWith("org.apache.coyote.http2.")) {
      return http2(wrapper, upgraded);
    }
    return type.startsWith("org.apache.tomcat.websocket.") ? Work.WEB_SOCKET : Work.OPAQUE;
  }

  static Work http2(Object wrapper, Object handler) throws ReflectiveOperationException {
    if (((AtomicInteger) AppObjects.field(handler, "activeRemoteStreamCount")).get() > 0) {
      return Work.STREAMS;
    }
    Object parser = JhotFields.field(handler, "parser");
    Object reading = JhotFields.field(wrapper, "readOperation");
    boolean receiving =
        parser != null && JhotFields.number(parser, "headersCurrentStream", -1) != -1
            || reading != null && JhotFields.number(reading, "nBytes", 0) > 0;
    return receiving || holdsInput(wrapper) ? Work.RECEIVING : Work.AT_REST;
  }

  /** Its selector has seen something, and a thread is to look at it. */
  private static boolean isHandedOn(Object wrapper, @Nullable SocketChannel channel) {
    if (channel == null) {
      return JhotFields.number(wrapper, "readNotify", 0) == 1; // NIO2
    }
    Object poller = JhotFields.field(wrapper, "poller");
    if (poller == null || !(JhotFields.field(poller, "selector") instanceof Selector selector)) {
      return false;
    }
    try {
      SelectionKey key = channel.keyFor(selector);
      return key != null && key.interestOps() == 0;
    } catch (CancelledKeyException e) {
      return false; // it is being closed
    }
  }

  /** Bytes are there that make no request yet, nor a record of TLS; or its handshake goes on. */
  private static boolean holdsInput(Object wrapper) throws ReflectiveOperationException {
    Object channel = JhotFields.field(wrapper, "socket");
    if (channel != null && JhotFields.number(channel, "handshakeComplete", 1) == 0) {
      return true;
    }
    Object buffers = JhotFields.field(wrapper, "socketBufferHandler");
    if (buffers != null && !(boolean) AppObjects.call(buffers, "isReadBufferEmpty")) {
      return true;
    }
    return channel != null
        && JhotFields.field(channel, "netInBuffer") instanceof ByteBuffer records
        && records.position() > 0;
  }
}
