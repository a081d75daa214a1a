package io.jhot.agent.app;

import io.jhot.agent.channel.Channel;
import io.jhot.agent.channel.Failure;
import io.jhot.agent.patch.ClassPatch;
import io.jhot.agent.patch.ClassPatch.Prologue;
import io.jhot.agent.patch.HookClasses;
import io.jhot.agent.patch.Internals;
import java.io.IOException;
import java.lang.instrument.ClassFileTransformer;
import java.lang.instrument.Instrumentation;
import java.lang.instrument.UnmodifiableClassException;
import java.security.ProtectionDomain;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Puts prologues into classes of the app, those that are loaded and those that will be. They are
 * recognized by the end of their names, so that shaded copies count too.
 *
 * <p>No transformer is there before the first call of {@link #patch}: an app that never loads a
 * native transport and never drains does not pay for one at each class that it loads.
 */
public final class AppClasses implements ClassFileTransformer {
  /** The class that the prologues call. */
  static final String DOOR = "java/net/JhotDoor";

  /**
   * The prologues of one class.
   *
   * @param name the end of its internal name, from the start of a package; of several patches with
   *     the same name the first that fits is taken
   * @param with the ends of names of which one must be loaded, or it need not be patched; empty if
   *     it always must
   * @param prologues what goes into it
   */
  public record Patch(String name, List<String> with, List<Prologue> prologues) {
    Patch(String name, Prologue... prologues) {
      this(name, List.of(), List.of(prologues));
    }

    private boolean isNeeded(Class<?>[] loaded) {
      if (with.isEmpty()) {
        return true;
      }
      for (Class<?> one : loaded) {
        for (String end : with) {
          if (one.getName().endsWith(end)) {
            return true;
          }
        }
      }
      return false;
    }

    boolean isFor(String className) {
      int start = className.length() - name.length();
      return className.endsWith(name) && (start == 0 || className.charAt(start - 1) == '/');
    }

    /** The prologues for that very class: a shaded copy has shaded types in its descriptors. */
    List<Prologue> in(String className) {
      String shaded = className.substring(0, className.length() - name.length());
      if (shaded.isEmpty()) {
        return prologues;
      }
      String root = "L" + name.substring(0, name.indexOf('/', name.indexOf('/') + 1) + 1);
      List<Prologue> all = new ArrayList<>();
      for (Prologue one : prologues) {
        all.add(
            one.withDescriptor(one.descriptor().replace(root, "L" + shaded + root.substring(1))));
      }
      return all;
    }
  }

  /** Which classes those are; made when first needed, which most apps never do. */
  public static final class Known {
    private static final String NUMBER = Prologue.own("intValue()I");

    private static final Prologue BIND =
        Prologue.takeOver(
            "bind",
            "(Ljava/net/SocketAddress;)V",
            List.of(NUMBER, Prologue.own("getClass()Ljava/lang/Class;"), Prologue.ARGUMENTS),
            "bind",
            null);

    private static final Prologue LOCAL_ADDRESS =
        Prologue.takeOver(
            "localAddress",
            "()Ljava/net/InetSocketAddress;",
            List.of(NUMBER),
            "isDisplaced",
            "localAddress");

    private static final Prologue CONNECT =
        Prologue.takeOver(
            "connect",
            "(Ljava/net/SocketAddress;)Z",
            List.of(Prologue.OBJECT, NUMBER, Prologue.ARGUMENTS),
            "isOwnCall",
            "connectInside");

    /** Netty's epoll and io_uring: where sockets are bound, asked for their address, and closed. */
    public static final List<Patch> NATIVE_TRANSPORTS =
        List.of(
            new Patch("io/netty/channel/unix/Socket", BIND, LOCAL_ADDRESS, CONNECT),
            new Patch("io/netty/channel/unix/Socket", BIND, LOCAL_ADDRESS),
            new Patch(
                "io/netty/channel/unix/FileDescriptor",
                Prologue.tell(
                    "markClosed", "()Z", List.of(Prologue.own("isOpen()Z"), NUMBER), "closing")),
            server("io/netty/channel/epoll/EpollServerSocketChannel"),
            server("io/netty/channel/uring/IoUringServerSocketChannel"),
            server("io/netty/incubator/channel/uring/IOUringServerSocketChannel"),
            new Patch(
                "io/netty/incubator/channel/uring/"
                    + "AbstractIOUringServerChannel$UringServerChannelUnsafe",
                Prologue.takeOver(
                    "readComplete0", "(III)V", List.of(Prologue.ARGUMENTS), "isCalledBack", null)));

    /** Netty's TLS by OpenSSL, whose engine does not tell what has gone through it. */
    public static final List<Patch> OPENSSL =
        List.of(
            new Patch(
                "io/netty/handler/ssl/SslHandler",
                Prologue.tell(
                    "executeChannelRead",
                    "(Lio/netty/channel/ChannelHandlerContext;Lio/netty/buffer/ByteBuf;)V",
                    List.of(Prologue.OBJECT),
                    "nettyAsks"),
                Prologue.tell(
                    "write",
                    "(Lio/netty/channel/ChannelHandlerContext;Ljava/lang/Object;"
                        + "Lio/netty/channel/ChannelPromise;)V",
                    List.of(Prologue.OBJECT),
                    "nettyAnswers")));

    /** With none of these Netty writes plaintext by the JDK, where it is looked at. */
    private static final List<String> NOT_BY_THE_JDK =
        List.of("io.netty.channel.unix.Socket", "io.netty.handler.ssl.SslHandler");

    private static final Prologue JETTY_HTTP2 =
        Prologue.tell(
            "onHeaders",
            "(Lorg/eclipse/jetty/http2/frames/HeadersFrame;)V",
            List.of(Prologue.OBJECT),
            "jettyHttp2");

    /** Where servers say that a connection ends; needed only while they drain. */
    public static final List<Patch> ANSWERS =
        List.of(
            new Patch(
                "io/netty/handler/codec/ByteToMessageDecoder",
                NOT_BY_THE_JDK,
                List.of(
                    Prologue.tell(
                        "channelRead",
                        "(Lio/netty/channel/ChannelHandlerContext;Ljava/lang/Object;)V",
                        List.of(Prologue.OBJECT, Prologue.argument(0), Prologue.argument(1)),
                        "nettyReads"))),
            new Patch(
                "io/netty/handler/codec/http/HttpObjectEncoder",
                NOT_BY_THE_JDK,
                List.of(
                    Prologue.tell(
                        "write",
                        "(Lio/netty/channel/ChannelHandlerContext;Ljava/lang/Object;"
                            + "Lio/netty/channel/ChannelPromise;)V",
                        List.of(Prologue.OBJECT, Prologue.argument(0), Prologue.argument(1)),
                        "nettyWrites"))),
            new Patch(
                "org/apache/coyote/http11/Http11Processor",
                Prologue.tell("prepareResponse", "()V", List.of(Prologue.OBJECT), "tomcat")),
            new Patch(
                "org/apache/coyote/http2/Http2UpgradeHandler",
                Prologue.tell("headersStart", "(IZ)V", List.of(Prologue.OBJECT), "tomcatHttp2")),
            new Patch( // Tomcat 10
                "org/apache/coyote/http2/Http2UpgradeHandler",
                Prologue.tell(
                    "headersStart",
                    "(IZ)Lorg/apache/coyote/http2/HpackDecoder$HeaderEmitter;",
                    List.of(Prologue.OBJECT),
                    "tomcatHttp2")),
            new Patch("org/eclipse/jetty/http2/server/internal/HTTP2ServerSession", JETTY_HTTP2),
            new Patch("org/eclipse/jetty/http2/server/HTTP2ServerSession", JETTY_HTTP2), // 10, 11
            new Patch(
                "io/undertow/server/protocol/http2/Http2ReceiveListener",
                Prologue.tell(
                    "handleRequests",
                    "(Lio/undertow/protocols/http2/Http2Channel;"
                        + "Lio/undertow/protocols/http2/Http2StreamSourceChannel;)V",
                    List.of(Prologue.argument(0)),
                    "undertowHttp2")),
            new Patch( // else the connection is shut down behind it, with its streams in flight
                "io/undertow/protocols/http2/Http2GoAwayStreamSinkChannel",
                Prologue.takeOver(
                    "isLastFrame", "()Z", List.of(Prologue.OBJECT), "isFollowed", "no")),
            new Patch(
                "io/netty/handler/codec/http2/Http2ConnectionHandler",
                Prologue.tell(
                    "decode",
                    "(Lio/netty/channel/ChannelHandlerContext;Lio/netty/buffer/ByteBuf;"
                        + "Ljava/util/List;)V",
                    List.of(Prologue.OBJECT, Prologue.argument(0)),
                    "nettyHttp2")),
            new Patch(
                "org/eclipse/jetty/server/HttpConfiguration",
                Prologue.takeOver(
                    "isPersistentConnectionsEnabled",
                    "()Z",
                    List.of(Prologue.OBJECT),
                    "isLast",
                    "no")),
            new Patch(
                "io/undertow/server/HttpServerExchange",
                Prologue.takeOver("isPersistent", "()Z", List.of(Prologue.OBJECT), "isLast", "no")),
            new Patch(
                "sun/net/httpserver/ExchangeImpl",
                Prologue.tell("sendResponseHeaders", "(IJ)V", List.of(Prologue.OBJECT), "jdk")));

    private Known() {}

    private static Patch server(String name) {
      return new Patch(
          name,
          Prologue.tell(
              "doBind", "(Ljava/net/SocketAddress;)V", List.of(Prologue.OBJECT), "binding"));
    }
  }

  private final Instrumentation instrumentation;
  private final Channel channel;
  private volatile List<Patch> patches = List.of();
  private final Set<String> leftAlone = ConcurrentHashMap.newKeySet();
  private boolean seesReadsAndWrites;
  private boolean seesTlsSockets;

  /** Patches nothing yet; what cannot be patched is told over the channel. */
  public AppClasses(Instrumentation instrumentation, Channel channel) {
    this.instrumentation = instrumentation;
    this.channel = channel;
  }

  /** Whether a native library is that of a transport which has sockets of its own. */
  public static boolean isNativeTransport(String library) {
    return library.contains("netty_transport_native");
  }

  /** Whether a native library is OpenSSL for Netty. */
  public static boolean isNettysOpenSsl(String library) {
    return library.contains("netty_tcnative");
  }

  /** Empty while the JVM ends: the agent's thread may run a little longer than it can be served. */
  private Class<?>[] loaded() {
    Class<?>[] loaded = instrumentation.getAllLoadedClasses();
    return loaded == null ? new Class<?>[0] : loaded;
  }

  /** {@return the class loaders of the app whose classes are in use} */
  public Set<ClassLoader> loaders() {
    Set<ClassLoader> loaders = Collections.newSetFromMap(new IdentityHashMap<>());
    for (Class<?> one : loaded()) {
      ClassLoader loader = one.getClassLoader();
      if (loader != null && !loader.getClass().getName().startsWith("jdk.internal.")) {
        loaders.add(loader); // the JDK's own, but for the system's, see no class of the app
      }
    }
    return loaders;
  }

  /**
   * Lets the hook see what the app reads from sockets and writes to them, from now on. Nothing is
   * patched before a drain, when nobody looks at it.
   */
  public synchronized void patchReadsAndWrites() {
    if (seesReadsAndWrites) {
      return;
    }
    try {
      Internals.patchReadsAndWrites(instrumentation);
      seesReadsAndWrites = true;
    } catch (Exception | LinkageError | InternalError e) {
      channel.trouble(
          "answers cannot say \"Connection: close\" in this Java: clients are not asked to leave: "
              + Failure.words(e));
    }
  }

  /**
   * An app has a listener for threads, so it may accept TLS sockets of the JDK's: from now on they
   * are recorded. On a thread of its own, since all loaded classes have to be searched; sockets
   * that are accepted meanwhile are judged by their bytes.
   */
  public void watchTlsSockets() {
    Thread looking = new Thread(null, this::patchTlsSockets, "jhot-tls", 0, false);
    looking.setDaemon(true);
    looking.start();
  }

  private synchronized void patchTlsSockets() {
    if (seesTlsSockets) {
      return;
    }
    for (Class<?> one : loaded()) {
      if (one.getName().equals("sun.security.ssl.SSLServerSocketImpl")) {
        seesTlsSockets = true;
        try {
          Internals.patchTlsSockets(instrumentation);
        } catch (Exception | LinkageError | InternalError e) {
          channel.trouble(
              "requests on the JDK's TLS sockets are judged by their bytes alone in this Java: "
                  + e);
        }
        return;
      }
    }
  }

  /** Patches these classes from now on; nothing happens for those that are patched already. */
  public synchronized void patch(List<Patch> wanted) {
    Class<?>[] classes = loaded();
    List<Patch> more = new ArrayList<>();
    for (Patch one : wanted) {
      if (!patches.contains(one) && one.isNeeded(classes)) {
        more.add(one);
      }
    }
    if (more.isEmpty()) {
      return;
    }
    try {
      if (patches.isEmpty()) {
        HookClasses.openDoor(instrumentation);
        instrumentation.addTransformer(this, true);
      }
      List<Patch> all = new ArrayList<>(patches);
      all.addAll(more);
      patches = all;
      classes = loaded(); // those since would else escape
      List<Class<?>> loaded = new ArrayList<>();
      for (Class<?> one : classes) {
        if (patchFor(one.getName().replace('.', '/'), more) != null) {
          loaded.add(one);
        }
      }
      if (!loaded.isEmpty()) {
        instrumentation.retransformClasses(loaded.toArray(new Class<?>[0]));
      }
    } catch (IOException
        | ReflectiveOperationException
        | UnmodifiableClassException
        | RuntimeException
        | LinkageError
        | InternalError e) {
      channel.trouble("the agent cannot patch the app's own classes: " + Failure.words(e));
    }
  }

  /** Whether a loaded class has the prologues that it is known for. */
  public boolean isPatched(Class<?> one) {
    String name = one.getName().replace('.', '/');
    return patchFor(name, patches) != null && !leftAlone.contains(name);
  }

  private static @Nullable Patch patchFor(String className, List<Patch> patches) {
    for (Patch one : patches) {
      if (one.isFor(className)) {
        return one;
      }
    }
    return null;
  }

  @Override
  public byte @Nullable [] transform(
      @Nullable ClassLoader loader,
      @Nullable String className,
      @Nullable Class<?> redefined,
      @Nullable ProtectionDomain domain,
      byte[] classFile) {
    if (className == null || patchFor(className, patches) == null) {
      return null;
    }
    String why = "it is not as the agent knows it";
    for (Patch one : patches) { // the first that fits: methods differ from version to version
      try {
        byte[] patched =
            one.isFor(className) ? ClassPatch.apply(classFile, DOOR, one.in(className)) : null;
        if (patched != null) {
          return patched;
        }
      } catch (IllegalArgumentException e) {
        why = e.getMessage();
      }
    }
    leftAlone.add(className);
    channel.trouble("the agent does not patch " + className.replace('/', '.') + ": " + why);
    return null;
  }
}
