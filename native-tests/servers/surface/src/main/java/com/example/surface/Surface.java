package com.example.surface;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;

/**
 * What every server here answers: {@code /ping}, {@code /pid}, {@code /slow?ms=N}, {@code POST
 * /echo}, {@code /bind?port=N} (what a second bind of that port says) and {@code /restart}. Some
 * also {@code /poll}, which is answered when {@code /news} is asked for, {@code /events}, a stream
 * of server-sent events, and {@code /socket}, a WebSocket that echoes.
 */
public final class Surface {
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
