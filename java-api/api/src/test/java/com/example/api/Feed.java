package com.example.api;

import io.jhot.api.Jhot;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** Tells subscribers the time; they stay connected when it is replaced. */
public final class Feed {
  private final List<SocketChannel> subscribers = new ArrayList<>();

  /** Serves the listener "feed" of jhot, or the port that is the first argument. */
  public static void main(String[] arguments) throws Exception {
    Feed feed = new Feed();
    Jhot.onInherited("feed", (connection, unread) -> feed.subscribe(connection));
    Jhot.onDrain("feed", context -> feed.handOver());
    ServerSocketChannel listener =
        Jhot.listener("feed", new InetSocketAddress(Integer.parseInt(arguments[0])));
    Thread ticks = new Thread(feed::tick, "ticks");
    ticks.setDaemon(true);
    ticks.start();
    while (true) {
      feed.subscribe(listener.accept());
    }
  }

  private synchronized void subscribe(SocketChannel connection) {
    subscribers.add(connection);
  }

  /** From here on nobody writes to these connections: the lock is held, and the list is empty. */
  private synchronized CompletionStage<?> handOver() {
    List<CompletableFuture<?>> all = new ArrayList<>();
    for (SocketChannel one : subscribers) {
      all.add(
          Jhot.handOver("feed", one)
              .thenAccept(
                  taken -> {
                    if (!taken) {
                      subscribe(one); // ours as before
                    }
                  })
              .toCompletableFuture());
    }
    subscribers.clear();
    return CompletableFuture.allOf(all.toArray(new CompletableFuture<?>[0]));
  }

  private void tick() {
    for (int i = 1; ; i++) {
      byte[] line =
          ("tick " + i + " of " + Jhot.generation().number() + "\n")
              .getBytes(StandardCharsets.US_ASCII);
      synchronized (this) {
        subscribers.removeIf(one -> !sent(one, line));
      }
      try {
        Thread.sleep(20);
      } catch (InterruptedException e) {
        return;
      }
    }
  }

  private static boolean sent(SocketChannel subscriber, byte[] line) {
    try {
      return subscriber.write(ByteBuffer.wrap(line)) == line.length;
    } catch (IOException e) {
      return false; // it has gone
    }
  }
}
