package sun.nio.ch;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.WeakHashMap;
import jdk.internal.misc.Unsafe;
import sun.nio.ch.JhotFields.Place;

/** What is recorded about TLS while this generation serves, because it cannot be read later. */
public final class JhotTls {
  /** A bit of the field {@code state} of Netty's SslHandler, of which Netty uses the first ten. */
  public static final int CLIENT_SPOKE_LAST = 0x4000;

  /** Whether {@link #CLIENT_SPOKE_LAST} is kept from now on. */
  public static volatile boolean notesTls;

  private static final Unsafe UNSAFE = Unsafe.getUnsafe();

  /** Weak: whose sockets they are is the app's business. They have no equals of their own. */
  private static final Map<Object, Object> secured = new WeakHashMap<>();

  private static volatile Place tlsState;

  private JhotTls() {}

  /** SSLSocketImpl.doneConnect: one was accepted, or has connected itself. */
  public static void secured(Object socket) {
    synchronized (secured) {
      secured.put(socket, null);
    }
  }

  /** The sockets with TLS of the JDK's own that are in use, and some that were. */
  public static List<Object> secured() {
    synchronized (secured) {
      return new ArrayList<>(secured.keySet());
    }
  }

  /**
   * SslHandler.executeChannelRead and write: application data goes through a TLS engine whose own
   * state cannot be read. Noted in a bit of the handler's that nobody uses, on the thread that
   * alone changes the others: it costs no memory and no lock.
   */
  public static void spoke(Object handler, boolean client) {
    Place state = tlsState;
    if (state == null || !state.owner.isInstance(handler)) {
      state =
          JhotFields.place(handler.getClass(), "state"); // another copy of Netty, if not the first
      if (state == null || state.type != short.class) {
        return;
      }
      tlsState = state;
    }
    short was = UNSAFE.getShort(handler, state.offset);
    short is = (short) (client ? was | CLIENT_SPOKE_LAST : was & ~CLIENT_SPOKE_LAST);
    if (is != was) {
      UNSAFE.putShort(handler, state.offset, is);
    }
  }
}
