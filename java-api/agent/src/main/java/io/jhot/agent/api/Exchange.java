package io.jhot.agent.api;

import io.jhot.agent.channel.Channel;
import io.jhot.agent.channel.Failure;
import io.jhot.agent.channel.SocketSender;
import io.jhot.agent.listen.Registrations;
import io.jhot.agent.listen.SocketOptions;
import io.jhot.agent.patch.Internals;
import io.jhot.protocol.Message;
import io.jhot.protocol.Message.Cargo;
import io.jhot.protocol.Message.Subject;
import io.jhot.protocol.WireReader;
import io.jhot.protocol.WireWriter;
import java.io.BufferedOutputStream;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiFunction;
import java.util.zip.CRC32C;
import java.util.zip.CheckedOutputStream;
import sun.nio.ch.JhotChannels;
import sun.nio.ch.JhotHook;

/**
 * What generations give to each other, through jhot: state and connections. Needs Java 22, for
 * descriptors travel here in both directions; loaded when an app gives or takes something.
 *
 * <p>Invariant: a connection has one owner at any time. The old generation keeps its descriptor,
 * and does not use it, until the new one has said that it has its own; the new one does not read
 * before it has said so. So whoever dies in between, the client stays with the old generation, or
 * sees its connection end.
 */
final class Exchange {
  /** How long a successor's app may take to register its handler. */
  private static final long HANDLER_NANOS = 5_000_000_000L;

  /** More connections at once would fill the channel to a successor that is busy starting. */
  private static final int MOST_UNDER_WAY = 16;

  private static final long TRY_AGAIN_MILLIS = 50;

  /** The begin of an answer that may be another one in a moment. */
  private static final String NOT_YET = "not yet: ";

  /** What came back; the descriptor is the receiver's, -1: none. */
  private record Answered(boolean done, String reason, int from, Cargo cargo, int descriptor) {}

  private record Offer(int version, BiFunction<String, Object[], Object> writer) {}

  private final Channel channel;
  private final int generation;
  private final SocketSender sender;
  private final Map<String, Offer> offers = new ConcurrentHashMap<>();
  private final Map<String, BiFunction<String, Object[], Object>> handlers =
      new ConcurrentHashMap<>();

  /** Connections to give away that are not yet under way; guards {@link #underWay} too. */
  private final Deque<Runnable> gifts = new ArrayDeque<>();

  private int underWay;
  private final AtomicInteger requests = new AtomicInteger();
  private final Map<Integer, CompletableFuture<Answered>> waiting = new HashMap<>();

  private Exchange(Channel channel, int generation, SocketSender sender) {
    this.channel = channel;
    this.generation = generation;
    this.sender = sender;
  }

  /**
   * Links what is needed, which takes up to 200 ms.
   *
   * @throws IOException if this Java cannot do it; says what can
   */
  static Exchange open(Channel channel, int generation) throws IOException {
    int java = Runtime.version().feature();
    if (java < SocketSender.FIRST_JAVA) {
      throw new IOException("Java " + java + " cannot move descriptors (Java 22 can)");
    }
    Path bindings = Internals.bindings();
    if (bindings == null) {
      throw new IOException("jhot-ffm.jar does not lie beside the agent's jar");
    }
    try {
      SocketSender sender = SocketSender.load(bindings);
      Internals.defineChannels();
      channel.receiveBy(sender);
      return new Exchange(channel, generation, sender);
    } catch (ReflectiveOperationException | RuntimeException | LinkageError e) {
      throw new IOException(e.toString(), e);
    }
  }

  // ---- what the app offers and wants ----

  Runnable offer(String name, int version, BiFunction<String, Object[], Object> writer) {
    Offer offer = new Offer(version, writer);
    offers.put(name, offer);
    return () -> offers.remove(name, offer);
  }

  Runnable handle(String name, BiFunction<String, Object[], Object> handler) {
    handlers.put(name, handler);
    return () -> handlers.remove(name, handler);
  }

  /**
   * State of a predecessor.
   *
   * @return version, generation, FileChannel; null: there is none
   */
  Object[] inherited(String name, long millis) {
    Answered answer = null;
    try {
      answer = ask(Subject.STATE, name, Cargo.NONE, -1).get(millis, TimeUnit.MILLISECONDS);
    } catch (TimeoutException e) {
      channel.trouble("state \"" + name + "\" did not come within " + millis + " ms");
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (ExecutionException | IOException e) {
      channel.trouble("cannot ask for state \"" + name + "\": " + Failure.words(e));
    }
    if (answer == null || !answer.done()) {
      return null;
    }
    if (answer.descriptor() < 0) {
      channel.trouble("state \"" + name + "\" came without its content");
      return null;
    }
    return checked(name, answer);
  }

  @SuppressWarnings("resource") // the app closes it
  private Object[] checked(String name, Answered answer) {
    FileChannel content =
        new FileInputStream(JhotHook.descriptor(answer.descriptor())).getChannel();
    try {
      WireReader cargo = new WireReader(answer.cargo().bytes(), 0, answer.cargo().bytes().length);
      int version = cargo.i32();
      long size = cargo.i64();
      int checksum = cargo.i32();
      String wrong =
          !sender.isSealed(answer.descriptor())
              ? "it can still be changed"
              : content.size() != size
                  ? "it has " + content.size() + " bytes and not " + size
                  : checksum(content) != checksum ? "its checksum is another" : null;
      if (wrong == null) {
        content.position(0);
        return new Object[] {version, answer.from(), content};
      }
      channel.trouble("state \"" + name + "\" is not as it was written: " + wrong);
    } catch (IOException e) {
      channel.trouble("state \"" + name + "\" cannot be read: " + e.getMessage());
    }
    try {
      content.close();
    } catch (IOException e) {
      channel.trouble("cannot close state \"" + name + "\": " + e.getMessage());
    }
    return null;
  }

  private static int checksum(FileChannel content) throws IOException {
    CRC32C sum = new CRC32C();
    ByteBuffer some = ByteBuffer.allocateDirect(64 * 1024);
    content.position(0);
    while (content.read(some) >= 0) {
      some.flip();
      sum.update(some);
      some.clear();
    }
    return (int) sum.getValue();
  }

  /** Gives a connection away; completes with whether the successor has it. */
  CompletableFuture<Boolean> give(String name, SocketChannel connection, byte[] unread) {
    int fd = JhotChannels.number(connection);
    if (fd < 0 || !connection.isConnected() || !isTcp(connection)) {
      throw new IllegalArgumentException("not a connected TCP channel of the JDK's: " + connection);
    }
    CompletableFuture<Boolean> given = new CompletableFuture<>();
    synchronized (gifts) {
      gifts.add(() -> give(name, connection, new Cargo(unread), 0, given));
    }
    given.whenComplete((taken, failure) -> nextGift(true));
    nextGift(false);
    return given;
  }

  /** Begins with as many as may be under way: an app may give away all that it has at once. */
  private void nextGift(boolean oneEnded) {
    while (true) {
      Runnable next;
      synchronized (gifts) {
        underWay -= oneEnded ? 1 : 0;
        oneEnded = false;
        next = underWay < MOST_UNDER_WAY ? gifts.poll() : null;
        underWay += next == null ? 0 : 1;
      }
      if (next == null) {
        return;
      }
      next.run();
    }
  }

  private static boolean isTcp(SocketChannel connection) {
    try {
      return connection.getRemoteAddress() instanceof InetSocketAddress;
    } catch (IOException e) {
      return false; // closed
    }
  }

  private void give(
      String name,
      SocketChannel connection,
      Cargo unread,
      long first,
      CompletableFuture<Boolean> given) {
    long until = first == 0 ? System.nanoTime() + HANDLER_NANOS : first;
    CompletableFuture<Answered> answer;
    try {
      answer = ask(Subject.CONNECTION, name, unread, JhotChannels.number(connection));
    } catch (IOException e) {
      keep(name, e.getMessage(), given);
      return;
    }
    answer.thenAccept(
        one -> {
          if (one.done()) {
            letGo(connection);
            given.complete(true);
          } else if (one.reason().startsWith(NOT_YET) && until - System.nanoTime() > 0) {
            CompletableFuture.delayedExecutor(TRY_AGAIN_MILLIS, TimeUnit.MILLISECONDS)
                .execute(() -> give(name, connection, unread, until, given));
          } else {
            keep(name, one.reason(), given);
          }
        });
  }

  private void keep(String name, String why, CompletableFuture<Boolean> given) {
    channel.trouble("connections \"" + name + "\" stay with this generation: " + why);
    given.complete(false);
  }

  /**
   * Closes the app's channel without a word to the client: the JDK's close may shut the connection
   * down, which would reach the successor's. So another socket is put under the channel first.
   */
  private void letGo(SocketChannel connection) {
    try {
      int fd = JhotChannels.number(connection);
      int placeholder = JhotChannels.placeholder();
      try {
        Registrations.remove(fd);
        JhotHook.duplicate(placeholder, fd);
      } finally {
        JhotHook.close(placeholder);
      }
      connection.close();
    } catch (IOException e) {
      channel.trouble("a connection that was handed over is not closed here: " + e.getMessage());
    }
  }

  private CompletableFuture<Answered> ask(Subject subject, String name, Cargo cargo, int descriptor)
      throws IOException {
    int request = requests.incrementAndGet();
    CompletableFuture<Answered> answer = new CompletableFuture<>();
    synchronized (waiting) {
      waiting.put(request, answer);
    }
    Message.Ask ask = new Message.Ask(request, subject, name, cargo);
    try {
      if (descriptor < 0) {
        channel.send(ask);
      } else {
        sender.send(channel, ask, descriptor);
      }
    } catch (IOException | IllegalArgumentException e) {
      synchronized (waiting) {
        waiting.remove(request);
      }
      // the latter where an app's name for it does not fit into a message
      throw e instanceof IOException failed ? failed : new IOException(e.getMessage(), e);
    }
    return answer;
  }

  /** jhot is gone: nothing that is asked for comes any more. */
  void abandon() {
    Map<Integer, CompletableFuture<Answered>> left;
    synchronized (waiting) {
      left = new HashMap<>(waiting);
      waiting.clear();
    }
    left.values()
        .forEach(one -> one.complete(new Answered(false, "jhot is gone", 0, Cargo.NONE, -1)));
  }

  // ---- what jhot brings; on the control thread ----

  void answered(Message.Answered message, int[] descriptors) {
    CompletableFuture<Answered> answer;
    synchronized (waiting) {
      answer = waiting.remove(message.request());
    }
    Answered told =
        new Answered(
            message.done(), message.reason(), message.from(), message.cargo(), first(descriptors));
    if (answer == null) {
      discard(told.descriptor()); // nobody waits any more
      return;
    }
    start(
        () -> {
          if (!answer.complete(told)) {
            discard(told.descriptor());
          }
        });
  }

  void asked(Message.Asked message, int[] descriptors) {
    int descriptor = first(descriptors);
    start(
        () -> {
          if (message.subject() == Subject.STATE) {
            discard(descriptor);
            write(message);
          } else {
            takeOver(message, descriptor);
          }
        });
  }

  private static int first(int[] descriptors) {
    return descriptors.length == 0 ? -1 : descriptors[0];
  }

  private void start(Runnable body) {
    Thread thread = new Thread(body, "jhot-exchange");
    thread.setDaemon(true);
    thread.start();
  }

  private void discard(int descriptor) {
    if (descriptor >= 0) {
      try {
        JhotHook.close(descriptor);
      } catch (IOException e) {
        channel.trouble("cannot close descriptor " + descriptor + ": " + e.getMessage());
      }
    }
  }

  private void refuse(int request, String reason) {
    channel.send(new Message.Answer(request, false, reason, Cargo.NONE));
  }

  /** Passes on as many bytes as there may be; more is an error before it is memory. */
  private static final class Bounded extends FilterOutputStream {
    private final long most;
    private long written;

    Bounded(OutputStream out, long most) {
      super(out);
      this.most = most;
    }

    private void take(int count) throws IOException {
      written += count;
      if (written > most) {
        throw new IOException(
            "it is larger than the "
                + most / (1024 * 1024)
                + " MiB that the memory limit has for it");
      }
    }

    @Override
    public void write(int one) throws IOException {
      take(1);
      out.write(one);
    }

    @Override
    public void write(byte[] bytes, int from, int count) throws IOException {
      take(count);
      out.write(bytes, from, count);
    }
  }

  private static long most(Cargo cargo) throws IOException {
    byte[] bytes = cargo.bytes();
    return bytes.length == 0 ? Long.MAX_VALUE : new WireReader(bytes, 0, bytes.length).i64();
  }

  private void write(Message.Asked asked) {
    Offer offer = offers.get(asked.name());
    if (offer == null) {
      refuse(asked.request(), "generation " + generation + " offers no \"" + asked.name() + "\"");
      return;
    }
    int file = -1;
    try {
      file = sender.memoryFile("jhot-state-" + asked.name());
      CRC32C sum = new CRC32C();
      OutputStream raw =
          new Bounded(new FileOutputStream(JhotHook.descriptor(file)), most(asked.cargo()));
      OutputStream out = new BufferedOutputStream(new CheckedOutputStream(raw, sum), 64 * 1024);
      offer.writer().apply("write", new Object[] {out});
      out.flush();
      sender.seal(file);
      long size = Path.of("/proc/self/fd/" + file).toFile().length();
      WireWriter cargo = new WireWriter().i32(offer.version()).i64(size).i32((int) sum.getValue());
      sender.send(
          channel,
          new Message.Answer(asked.request(), true, "", new Cargo(cargo.toByteArray())),
          file);
    } catch (IOException | RuntimeException | OutOfMemoryError e) {
      Throwable cause = e instanceof UncheckedIOException wrapped ? wrapped.getCause() : e;
      channel.trouble("state \"" + asked.name() + "\" could not be written: " + cause);
      refuse(asked.request(), "it could not be written");
    } finally {
      discard(file);
    }
  }

  private void takeOver(Message.Asked asked, int descriptor) {
    var handler = handlers.get(asked.name());
    if (descriptor < 0 || handler == null) {
      discard(descriptor);
      refuse(
          asked.request(),
          NOT_YET + "generation " + generation + " has no handler for \"" + asked.name() + "\"");
      return;
    }
    SocketChannel connection;
    try {
      int domain = JhotHook.option(descriptor, SocketOptions.SOL_SOCKET, SocketOptions.SO_DOMAIN);
      connection = JhotChannels.connected(descriptor, domain == SocketOptions.AF_INET6);
    } catch (IOException | LinkageError e) {
      discard(descriptor);
      refuse(asked.request(), "generation " + generation + " cannot use it: " + e.getMessage());
      return;
    }
    // from here on it is ours: the old generation lets go of it when it hears this
    channel.send(new Message.Answer(asked.request(), true, "", Cargo.NONE));
    try {
      JhotChannels.setBlocking(descriptor);
      handler.apply("take", new Object[] {connection, asked.cargo().bytes()});
    } catch (IOException | RuntimeException | LinkageError e) {
      channel.trouble("a connection \"" + asked.name() + "\" is closed, its handler failed: " + e);
      try {
        connection.close();
      } catch (IOException f) {
        channel.trouble("and cannot be closed: " + f.getMessage());
      }
    }
  }
}
