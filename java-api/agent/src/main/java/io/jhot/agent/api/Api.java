package io.jhot.agent.api;

import io.jhot.agent.app.AppClasses;
import io.jhot.agent.app.AppThreads;
import io.jhot.agent.channel.Channel;
import io.jhot.agent.channel.Handshake;
import io.jhot.agent.listen.Adoption;
import io.jhot.agent.listen.SocketConstants;
import io.jhot.agent.patch.HookClasses;
import io.jhot.protocol.Message;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.channels.NetworkChannel;
import java.nio.channels.SocketChannel;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;
import sun.nio.ch.JhotSockets;

/**
 * What every copy of io.jhot.api in this JVM talks to: in words and objects of java.base with the
 * copies (see the class Copy there), in messages with jhot. The API runs the hooks and orders them:
 * one copy drives all of them.
 */
public final class Api implements BiFunction<String, Object[], Object> {
  /** The newest words that this side knows; see {@code io.jhot.api.Copy.VERSION}. */
  static final int VERSION = 3;

  /** For a JVM that ends without jhot's asking: what the app's own TERM handlers are given, too. */
  private static final long ENDING_NANOS = 30_000_000_000L;

  private static final int MAX_NAME = 200;

  private final Channel channel;
  private final Handshake handshake;
  private final Adoption adoption;
  private final AppClasses classes;
  private final List<BiFunction<String, Object[], Object>> copies = new CopyOnWriteArrayList<>();

  // guarded by this
  private CompletableFuture<Void> turn = CompletableFuture.completedFuture(null);
  private @Nullable CountDownLatch drained; // null: it has not begun to drain, or serves again
  private long deadline;
  private boolean listenersDefined;

  private volatile boolean draining;
  private volatile @Nullable Transfers transfers;

  /**
   * What all copies share.
   *
   * @param adoption the app's listeners
   * @param classes where copies are looked for
   */
  public Api(Channel channel, Handshake handshake, Adoption adoption, AppClasses classes) {
    this.channel = channel;
    this.handshake = handshake;
    this.adoption = adoption;
    this.classes = classes;
  }

  /**
   * Lets a copy in; on a thread of the app.
   *
   * @param version the newest words that the copy knows
   * @param copy hears the agent's words
   */
  public void join(int version, BiFunction<String, Object[], Object> copy) {
    copies.add(copy);
    if (version != VERSION) {
      channel.trouble(
          "the app uses "
              + (version > VERSION ? "a newer" : "an older")
              + " jhot-api (protocol version "
              + version
              + ") than this jhot ("
              + VERSION
              + "): what only one of them supports does nothing");
    }
    if (draining) {
      copy.apply("draining", new Object[] {true});
    }
  }

  // ---- what the copies say ----

  @Override
  public @Nullable Object apply(String word, Object[] arguments) {
    switch (word) {
      case "ready":
        // else a reload that comes right after it would not find what the app listens on
        adoption.awaitExports();
        channel.send(new Message.Ready());
        return null;
      case "ready-is-explicit":
        channel.send(new Message.ReadyDeclared());
        return null;
      case "status":
        channel.send(new Message.Status(cut((String) arguments[0])));
        return null;
      case "generation":
        return generation();
      case "hook-ended":
        channel.send(
            new Message.HookEnded(
                cut((String) arguments[0]),
                (Integer) arguments[1],
                (Long) arguments[2],
                cut((String) arguments[3])));
        return null;
      case "ending":
        ending();
        return null;
      case "address":
        return address((String) arguments[0]);
      case "held":
        return held((String) arguments[0], (Boolean) arguments[1], (SocketAddress) arguments[2]);
      case "share":
        return share((NetworkChannel) arguments[0]);
      case "offer":
        Transfers giving = transfers("state is not handed over");
        return giving == null
            ? null
            : giving
                .state()
                .offer((String) arguments[0], (Integer) arguments[1], function(arguments[2]));
      case "inherited":
        Transfers asking =
            System.getenv("JHOT_PREDECESSOR") == null ? null : transfers("no state is inherited");
        return asking == null
            ? null
            : asking.state().inherited((String) arguments[0], (Long) arguments[1]);
      case "give":
        Transfers handing = transfers("connections are not handed over");
        return handing == null
            ? null
            : handing
                .connections()
                .give((String) arguments[0], (SocketChannel) arguments[1], (byte[]) arguments[2]);
      case "take":
        Transfers taking = transfers("no connections are taken over");
        return taking == null
            ? null
            : taking.connections().handle((String) arguments[0], function(arguments[1]));
      case "trouble":
        channel.trouble((String) arguments[0]);
        return null;
      default:
        throw new UnsupportedOperationException(word);
    }
  }

  @SuppressWarnings("unchecked")
  private static BiFunction<String, Object[], Object> function(Object one) {
    return (BiFunction<String, Object[], Object>) one;
  }

  /** What moves descriptors; null, and a line in the log, where that cannot be done. */
  private synchronized @Nullable Transfers transfers(String otherwise) {
    if (transfers == null) {
      try {
        transfers = Transfers.open(channel, handshake.generation());
      } catch (IOException e) {
        channel.trouble(otherwise + ": " + e.getMessage());
      }
    }
    return transfers;
  }

  /**
   * Another generation asks for something. An app that has never given or taken anything may be
   * about to register its handler, so what that needs is prepared now.
   */
  public void asked(Message.Asked message, int[] descriptors) {
    Transfers known = transfers;
    if (known != null) {
      known.asked(message, descriptors);
      return;
    }
    channel.send(
        new Message.Answer(
            message.request(), false, "not yet: its app uses no such thing", Message.Cargo.NONE));
    if (message.subject() == Message.Subject.CONNECTION) {
      Thread thread = new Thread(() -> transfers("nothing is taken over"), "jhot-transfer");
      thread.setDaemon(true);
      thread.start();
    }
  }

  /** An answer to a question of this generation has come, with descriptors for the receiver. */
  public void answered(Message.Answered message, int[] descriptors) {
    Transfers known = transfers;
    if (known != null) {
      known.answered(message, descriptors);
    }
  }

  /** jhot is gone. */
  public void abandon() {
    Transfers known = transfers;
    if (known != null) {
      known.abandon();
    }
  }

  /** The number of the socket of that name in {@code --listen}; -1: there is none. */
  private static int named(String name) {
    String names = System.getenv("LISTEN_FDNAMES");
    if (names == null) {
      return -1;
    }
    int fd = 3; // sd_listen_fds(3)
    for (String one : names.split(":", -1)) {
      if (one.equals(name)) {
        return fd;
      }
      fd++;
    }
    return -1;
  }

  private enum Kind {
    TCP("a TCP listener"),
    UDP("a UDP socket"),
    UNIX("a unix-domain listener");

    final String text;

    Kind(String text) {
      this.text = text;
    }

    static Kind of(int fd) throws IOException {
      if (JhotSockets.option(fd, SocketConstants.SOL_SOCKET, SocketConstants.SO_DOMAIN)
          == SocketConstants.AF_UNIX) {
        return UNIX;
      }
      int type = JhotSockets.option(fd, SocketConstants.SOL_SOCKET, SocketConstants.SO_TYPE);
      return type == SocketConstants.SOCK_STREAM ? TCP : UDP;
    }
  }

  /** Where the TCP listener of that name in {@code --listen} is bound; null: there is none. */
  private @Nullable InetSocketAddress address(String name) {
    int fd = named(name);
    try {
      return fd >= 0 && Kind.of(fd) == Kind.TCP ? JhotSockets.boundAddress(fd) : null;
    } catch (IOException e) {
      channel.trouble("the socket of --listen " + name + "=... is gone: " + e.getMessage());
      return null;
    }
  }

  /**
   * A UDP socket or unix-domain listener that jhot holds: by its name in {@code --listen}, or else
   * by its address.
   *
   * @return null: jhot holds none, so the app has to open it
   * @throws UncheckedIOException if there is one, and the app cannot have it
   */
  private @Nullable NetworkChannel held(
      String name, boolean datagrams, @Nullable SocketAddress otherwise) {
    int fd = named(name);
    if (fd < 0 && otherwise == null) {
      return null;
    }
    try {
      if (fd >= 0) {
        Kind kind = Kind.of(fd);
        if (datagrams != (kind == Kind.UDP)) {
          throw new IOException(
              "the socket of --listen "
                  + name
                  + "=... is "
                  + kind.text
                  + ", and asked for is "
                  + (datagrams ? Kind.UDP.text : "one that accepts connections"));
        }
      }
      listeners();
      NetworkChannel found = adoption.open(fd, otherwise);
      if (found == null && fd >= 0) {
        throw new IOException("--listen " + name + "=... cannot be used by the API in this Java");
      }
      return found;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private NetworkChannel share(NetworkChannel bound) {
    try {
      listeners();
      return adoption.share(bound);
    } catch (IOException e) {
      channel.trouble("a later generation cannot take a listener over: " + e.getMessage());
      return bound;
    }
  }

  /** Makes what channels on sockets of jhot need. */
  private synchronized void listeners() throws IOException {
    if (!listenersDefined) {
      try {
        HookClasses.defineListeners();
      } catch (ReflectiveOperationException | LinkageError e) {
        throw new IOException(
            "the agent does not know the sockets of Java " + System.getProperty("java.version"), e);
      }
      listenersDefined = true;
    }
  }

  /** One line of bounded length. */
  private static String cut(String text) {
    String line = text.replace('\n', ' ');
    return line.length() > MAX_NAME ? line.substring(0, MAX_NAME) : line;
  }

  private Object[] generation() {
    String start = System.getenv("JHOT_START");
    String predecessor = System.getenv("JHOT_PREDECESSOR");
    return new Object[] {
      handshake.generation(),
      start == null ? "RELOAD" : start,
      predecessor == null ? 0 : Integer.parseInt(predecessor)
    };
  }

  // ---- the drain ----

  /** Whether the listeners are parked; back to false when the generation goes live again. */
  public void draining(boolean now) {
    draining = now;
    for (var copy : copies) {
      copy.apply("draining", new Object[] {now});
    }
  }

  /** Runs the hooks, and tells jhot when they have ended. */
  public void drain(Message.Drain order) {
    long until = System.nanoTime() + order.millis() * 1_000_000;
    CountDownLatch done = begin(until);
    draining(true);
    takeTurn(
        () -> {
          int inFlight = 0;
          try {
            inFlight = run(order.reason(), until, order.successor());
          } finally {
            done.countDown();
            if (isCurrent(done)) { // else a later drain would be taken for done
              channel.send(new Message.Drained(inFlight));
            }
          }
        });
  }

  /** It serves again, or for the first time, when there is nothing to resume. */
  public void serve() {
    draining(false);
    synchronized (this) {
      if (drained == null) {
        return;
      }
      drained = null;
    }
    takeTurn(this::resume);
  }

  private void resume() {
    Object[] order = {List.copyOf(copies)};
    for (var copy : copies) {
      try {
        copy.apply("drive-back", order);
        return;
      } catch (UnsupportedOperationException e) {
        continue; // an older one; its hooks do not know that anything could be taken back
      } catch (RuntimeException | LinkageError | OutOfMemoryError e) {
        channel.trouble("the app's drain hooks cannot resume: " + e);
        return;
      }
    }
  }

  /** Drains and resumes run one after the other, each on a thread of its own. */
  private synchronized void takeTurn(Runnable work) {
    turn =
        turn.handleAsync(
            (before, failure) -> {
              work.run();
              return null;
            },
            body -> {
              Thread thread = new Thread(body, "jhot-drain");
              thread.setDaemon(true);
              thread.start();
            });
  }

  private synchronized boolean isCurrent(CountDownLatch done) {
    return drained == done;
  }

  private synchronized CountDownLatch begin(long until) {
    drained = new CountDownLatch(1);
    deadline = until;
    return drained;
  }

  private int run(String reason, long until, int successor) {
    try {
      discover();
      if (copies.isEmpty()) {
        return 0;
      }
      Object[] order = {List.copyOf(copies), reason, until, handshake.generation(), successor};
      return (Integer) copies.get(0).apply("drive", order);
    } catch (RuntimeException | LinkageError | OutOfMemoryError e) {
      channel.trouble("the app's drain hooks cannot be run: " + e);
      return 0;
    }
  }

  /**
   * The JVM ends. If jhot asked for the drain, the hooks have run or get their time; if something
   * else ends the JVM, they run now.
   */
  private void ending() {
    CountDownLatch drain;
    boolean begun;
    long until;
    synchronized (this) {
      drain = drained;
      begun = drain != null;
      until = begun ? deadline : System.nanoTime() + ENDING_NANOS;
      if (drain == null) {
        drain = begin(until);
      }
    }
    if (!begun) {
      draining(true);
      try {
        run("STOP", until, 0);
      } finally {
        drain.countDown();
      }
      return;
    }
    try {
      drain.await(Math.max(0, until - System.nanoTime()), TimeUnit.NANOSECONDS);
    } catch (InterruptedException e) {
      return; // somebody wants the JVM to end sooner
    }
  }

  // ---- hooks that nobody has registered yet ----

  /**
   * Lets the copies look for hooks by ServiceLoader, through the context class loader of every
   * thread and every class loader that has a class in use: a container's threads have a war's
   * loader only while they serve it. An app or a war whose only use of the API is such a hook has
   * never loaded the API before.
   */
  private void discover() {
    for (ClassLoader loader : loaders()) {
      Class<?> api;
      try {
        api = Class.forName("io.jhot.api.Jhot", true, loader);
      } catch (ClassNotFoundException e) {
        continue; // an app without the API, which is most of them
      } catch (IllegalStateException e) {
        continue; // of an app that its container has stopped
      } catch (LinkageError | RuntimeException e) {
        channel.trouble("drain hooks are not looked for in " + loader + ": " + e);
        continue;
      }
      for (var copy : copies) {
        if (copy.getClass().getClassLoader() == api.getClassLoader()) {
          copy.apply("discover", new Object[] {loader});
        }
      }
    }
  }

  private Set<ClassLoader> loaders() {
    Set<ClassLoader> loaders = classes.loaders();
    loaders.add(ClassLoader.getSystemClassLoader());
    for (var copy : copies) {
      loaders.add(copy.getClass().getClassLoader());
    }
    for (Thread thread : AppThreads.all()) {
      ClassLoader loader = thread.getContextClassLoader();
      if (loader != null) {
        loaders.add(loader);
      }
    }
    return loaders;
  }
}
