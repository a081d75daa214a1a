package io.jhot.agent.drain;

import io.jhot.protocol.Work;
import java.net.Socket;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import java.util.ArrayDeque;
import java.util.Collections;
import java.util.Deque;
import java.util.IdentityHashMap;
import java.util.Set;
import javax.net.ssl.SSLEngine;
import org.jspecify.annotations.Nullable;
import sun.nio.ch.JhotFields;
import sun.nio.ch.JhotTls;

/**
 * Servers that no other reader knows. In clear the kernel sees what goes by; under the JDK's TLS
 * the engine or the socket shows whether this side has ever answered, which the kernel cannot see.
 * An engine is looked for in what is attached to the connection's key, some steps deep.
 */
final class AnyServer implements ServerReader {
  private static final int MAX_STEPS = 4;
  private static final int MAX_OBJECTS = 200;

  @Override
  public boolean read(Object root, @Nullable SelectionKey key, Found found) {
    if (key == null || !(key.channel() instanceof SocketChannel channel)) {
      return false;
    }
    SSLEngine engine = engine(root);
    Work work = engine == null ? null : work(Tls.of(engine));
    if (work != null) {
      found.add(channel, work);
    }
    return true;
  }

  /** Those that threads read and write, and which hang at no key. */
  static void readTlsSockets(Found found) {
    for (Object one : JhotTls.secured()) {
      Socket socket = (Socket) one;
      Work work = socket.isClosed() ? null : work(Tls.of(socket));
      if (work != null) {
        found.add(socket.getRemoteSocketAddress(), socket.getLocalSocketAddress(), work);
      }
    }
  }

  /** Null where the bytes tell. */
  private static @Nullable Work work(Tls.Talk talk) {
    switch (talk) {
      case NONE:
        return Work.AT_REST;
      case HANDSHAKE:
        return Work.RECEIVING;
      case ASKED:
        return Work.UNANSWERED;
      default:
        return null;
    }
  }

  private static @Nullable SSLEngine engine(Object root) {
    Set<Object> seen = Collections.newSetFromMap(new IdentityHashMap<>());
    Deque<Object> now = new ArrayDeque<>();
    now.add(root);
    for (int steps = 0; steps < MAX_STEPS && !now.isEmpty(); steps++) {
      Deque<Object> next = new ArrayDeque<>();
      for (Object one : now) {
        if (one instanceof SSLEngine engine) {
          return engine;
        }
        if (seen.size() < MAX_OBJECTS && isSearched(one.getClass()) && seen.add(one)) {
          next.addAll(JhotFields.parts(one));
        }
      }
      now = next;
    }
    return null;
  }

  /** The JDK's own objects lead everywhere, and classes of the app to all of the app. */
  private static boolean isSearched(Class<?> type) {
    return !type.isArray()
        && !type.isEnum()
        && !Thread.class.isAssignableFrom(type)
        && type.getModule() != Object.class.getModule();
  }
}
