package com.example.surface;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;

/**
 * What every server here answers: {@code /ping}, {@code /pid}, {@code /slow?ms=N}, {@code POST
 * /echo}, {@code /bind?port=N} (what a second bind of that port says) and {@code /restart}. Some
 * also {@code /poll}, which is answered when {@code /news} is asked for, {@code /events}, a stream
 * of server-sent events, and {@code /socket}, a WebSocket that echoes.
 *
 * <p>{@code /pieces?GATE&a&b} is answered piece by piece, each on the wire before the next one: the
 * words themselves, the {@code PID}, {@code BULK} (more than a connection's buffers hold), and none
 * for {@code WAIT}, which waits for the file GATE. {@code /feed} is the same as server-sent events.
 * A message that reads like such a target is answered likewise by who speaks in messages.
 */
public final class Surface {
  /** More of them than the buffers of a connection on the loopback device hold. */
  private static final int BULK_PIECES = 300;

  private static final String BULK_PIECE = "x".repeat(9_999);

  private static Callable<?> restart =
      () -> {
        throw new UnsupportedOperationException("this server does not restart inside its process");
      };

  private static final CompletableFuture<String> NEWS = new CompletableFuture<>();

  private Surface() {}

  /**
   * An answer.
   *
   * @param status the HTTP status
   * @param body its content, all of it ASCII but for an echo
   */
  public record Answer(int status, String body) {}

  /** Where the pieces of an answer go. */
  public interface Sink {
    /** Returns when the piece is out of the server's own hands, as far as the server says so. */
    void send(String piece) throws Exception;
  }

  /** Whether the answer comes by {@link #send}. */
  public static boolean hasPieces(String target) {
    return target.startsWith("/pieces?") || target.startsWith("/feed?");
  }

  /** What such an answer is. */
  public static String contentType(String target) {
    return target.startsWith("/feed?") ? "text/event-stream" : "text/plain";
  }

  /** Answers in pieces. Holds the thread. */
  public static void send(String target, Sink sink) throws Exception {
    String[] words = target.substring(target.indexOf('?') + 1).split("&");
    String before = target.startsWith("/feed?") ? "data: " : "";
    String after = before.isEmpty() ? "\n" : "\n\n";
    Path gate = Path.of(words[0]);
    for (String word : List.of(words).subList(1, words.length)) {
      switch (word) {
        case "WAIT" -> awaitFile(gate);
        case "BULK" -> {
          for (int i = 0; i < BULK_PIECES; i++) {
            sink.send(before + BULK_PIECE + after);
          }
        }
        case "PID" -> sink.send(before + ProcessHandle.current().pid() + after);
        default -> sink.send(before + word + after);
      }
    }
  }

  private static void awaitFile(Path file) throws InterruptedException {
    while (!Files.exists(file)) {
      Thread.sleep(50);
    }
  }

  /** The same in a thread of its own, for servers that must not be held up. */
  public static void sendInBackground(String target, Sink sink, Runnable end) {
    Thread thread =
        new Thread(
            () -> {
              try {
                send(target, sink);
                end.run();
              } catch (Exception e) {
                System.out.println("could not answer " + target + ": " + e);
              }
            });
    thread.setDaemon(true);
    thread.start();
  }

  /** The keys of a key store with the password {@code changeit}. */
  public static KeyManagerFactory keys(String keyStore) throws Exception {
    KeyStore store = KeyStore.getInstance("PKCS12");
    try (InputStream in = Files.newInputStream(Path.of(keyStore))) {
      store.load(in, "changeit".toCharArray());
    }
    KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    keys.init(store, "changeit".toCharArray());
    return keys;
  }

  /** JSSE with such keys. */
  public static SSLContext jsse(String keyStore) throws Exception {
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(keys(keyStore).getKeyManagers(), null, null);
    return context;
  }

  /** How long the answer is to take, in milliseconds. */
  public static long delay(String target) {
    return target.startsWith("/slow?ms=") ? Long.parseLong(target.substring(9)) : 0;
  }

  /** The answer, without its delay. */
  public static Answer answer(String target, String content) {
    String path = target.replaceFirst("[?].*", "");
    return switch (path) {
      case "/ping" -> good("{\"message\":\"pong\"}");
      case "/pid" -> good(Long.toString(ProcessHandle.current().pid()));
      case "/slow" -> good("{\"slept\":" + delay(target) + "}");
      case "/echo" -> good(content);
      case "/bind" -> good(bindAgain(Integer.parseInt(target.substring("/bind?port=".length()))));
      case "/news" -> good(NEWS.complete("news") ? "told" : "told before");
      case "/restart" -> good(beginRestart());
      default -> new Answer(404, "");
    };
  }

  /** The answer to {@code /poll}, when there is one. */
  public static CompletableFuture<Answer> poll() {
    return NEWS.thenApply(Surface::good);
  }

  /** The answer after its delay, for servers with a thread for each request. */
  public static Answer answerInTime(String target, String content) {
    if (target.equals("/poll")) {
      return poll().join();
    }
    sleep(delay(target));
    return answer(target, content);
  }

  /** Holds the thread. */
  public static void sleep(long millis) {
    try {
      Thread.sleep(millis);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** What {@code /restart} does: close every listener and bind again. */
  public static synchronized void restartBy(Callable<?> action) {
    restart = action;
  }

  /** The address that the server is to bind: {@code *} is every one of both families. */
  public static InetSocketAddress address(String host, String port) {
    int number = Integer.parseInt(port);
    return host.equals("*") ? new InetSocketAddress(number) : new InetSocketAddress(host, number);
  }

  /** Tells where the server itself says that it listens, for whoever reads its output. */
  public static void listensOn(Object address) {
    System.out.println("listens on " + address);
  }

  private static Answer good(String body) {
    return new Answer(200, body);
  }

  private static String bindAgain(int port) {
    try (ServerSocket second = new ServerSocket()) {
      second.bind(new InetSocketAddress(port));
      return "bound";
    } catch (IOException e) {
      return e.getClass().getSimpleName();
    }
  }

  private static synchronized String beginRestart() {
    Callable<?> action = restart;
    Thread thread =
        new Thread(
            () -> {
              try {
                action.call();
                System.out.println("restarted");
              } catch (Exception e) {
                System.out.println("could not restart: " + e);
              }
            });
    thread.start();
    return "restarting";
  }
}
