package io.jhot.agent.api;

import io.jhot.agent.channel.Channel;
import io.jhot.agent.channel.SocketSender;
import io.jhot.protocol.Message;
import io.jhot.protocol.Message.Cargo;
import io.jhot.protocol.Message.Subject;
import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import sun.nio.ch.JhotSockets;

/**
 * Questions of this generation to another one, which jhot passes on, and answers to those of
 * others. For any thread.
 */
final class Questions {
  /** What came back; the descriptor is the receiver's, -1: none. */
  record Answered(boolean done, String reason, int from, Cargo cargo, int descriptor) {}

  private final Channel channel;
  private final SocketSender sender;
  private final AtomicInteger requests = new AtomicInteger();
  private final Map<Integer, CompletableFuture<Answered>> waiting = new HashMap<>();

  Questions(Channel channel, SocketSender sender) {
    this.channel = channel;
    this.sender = sender;
  }

  /**
   * Asks.
   *
   * @param descriptor rides along and stays the caller's; -1: none
   * @return completes with the answer, on any thread
   * @throws IOException if it cannot be asked
   */
  CompletableFuture<Answered> ask(Subject subject, String name, Cargo cargo, int descriptor)
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

  /** An answer has come; on the thread that hears jhot. */
  void answered(Message.Answered message, int descriptor) {
    CompletableFuture<Answered> answer;
    synchronized (waiting) {
      answer = waiting.remove(message.request());
    }
    if (answer == null) {
      discard(descriptor); // nobody waits any more
      return;
    }
    Answered told =
        new Answered(message.done(), message.reason(), message.from(), message.cargo(), descriptor);
    start(
        () -> {
          if (!answer.complete(told)) {
            discard(descriptor);
          }
        });
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

  /** Refuses a question, with the reason. */
  void refuse(int request, String reason) {
    channel.send(new Message.Answer(request, false, reason, Cargo.NONE));
  }

  /** Closes a descriptor that nobody takes; -1: there is none. */
  void discard(int descriptor) {
    if (descriptor >= 0) {
      try {
        JhotSockets.close(descriptor);
      } catch (IOException e) {
        channel.trouble("cannot close descriptor " + descriptor + ": " + e.getMessage());
      }
    }
  }

  /** Runs the app's code, or what waits for it, on a thread that nobody else needs. */
  static void start(Runnable body) {
    Thread thread = new Thread(body, "jhot-transfer");
    thread.setDaemon(true);
    thread.start();
  }
}
