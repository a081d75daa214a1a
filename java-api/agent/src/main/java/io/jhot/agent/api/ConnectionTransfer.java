package io.jhot.agent.api;

import io.jhot.agent.api.Questions.Answered;
import io.jhot.agent.channel.Channel;
import io.jhot.agent.channel.Failure;
import io.jhot.agent.listen.Registrations;
import io.jhot.agent.listen.SocketConstants;
import io.jhot.protocol.Message;
import io.jhot.protocol.Message.Cargo;
import io.jhot.protocol.Message.Subject;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.channels.SocketChannel;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.BiFunction;
import sun.nio.ch.JhotChannels;
import sun.nio.ch.JhotSockets;

/**
 * Connections that a generation gives to its successor. For any thread.
 *
 * <p>Invariant: a connection has one owner at any time. The old generation keeps its descriptor,
 * and does not use it, until the new one has confirmed that it has its own; the new one does not
 * read before it has confirmed. So if either dies in between, the client stays with the old
 * generation or sees its connection end.
 */
final class ConnectionTransfer {
  /** How long a successor's app may take to register its handler. */
  private static final long HANDLER_NANOS = 5_000_000_000L;

  /** More connections at once would fill the channel to a successor that is busy starting. */
  private static final int MAX_UNDER_WAY = 16;

  private static final long TRY_AGAIN_MILLIS = 50;

  /** The begin of an answer that may be another one in a moment. */
  static final String NOT_YET = "not yet: ";

  private final Channel channel;
  private final int generation;
  private final Questions questions;
  private final Map<String, BiFunction<String, Object[], Object>> handlers =
      new ConcurrentHashMap<>();

  /** Connections to give away that are not yet under way; guards {@link #underWay} too. */
  private final Deque<Runnable> gifts = new ArrayDeque<>();

  private int underWay;

  ConnectionTransfer(Channel channel, int generation, Questions questions) {
    this.channel = channel;
    this.generation = generation;
    this.questions = questions;
  }

  /** The app takes connections of that name; returns what ends that. */
  Runnable handle(String name, BiFunction<String, Object[], Object> handler) {
    handlers.put(name, handler);
    return () -> handlers.remove(name, handler);
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
        next = underWay < MAX_UNDER_WAY ? gifts.poll() : null;
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
      answer = questions.ask(Subject.CONNECTION, name, unread, JhotChannels.number(connection));
    } catch (IOException e) {
      keep(name, Failure.words(e), given);
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
        JhotSockets.duplicate(placeholder, fd);
      } finally {
        JhotSockets.close(placeholder);
      }
      connection.close();
    } catch (IOException e) {
      channel.trouble("a connection that was handed over is not closed here: " + e.getMessage());
    }
  }

  /** A predecessor gives a connection: the app's handler takes it. */
  void takeOver(Message.Asked asked, int descriptor) {
    var handler = handlers.get(asked.name());
    if (descriptor < 0 || handler == null) {
      questions.discard(descriptor);
      questions.refuse(
          asked.request(),
          NOT_YET + "generation " + generation + " has no handler for \"" + asked.name() + "\"");
      return;
    }
    SocketChannel connection;
    try {
      int domain =
          JhotSockets.option(descriptor, SocketConstants.SOL_SOCKET, SocketConstants.SO_DOMAIN);
      connection = JhotChannels.connected(descriptor, domain == SocketConstants.AF_INET6);
    } catch (IOException | LinkageError e) {
      questions.discard(descriptor);
      questions.refuse(
          asked.request(), "generation " + generation + " cannot use it: " + e.getMessage());
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
