package io.jhot.examples.load;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * A server on 127.0.0.1 that does to each request what a test's script says.
 *
 * <p>Closing it closes every connection and waits for every thread; a fault of the script itself is
 * then thrown.
 */
final class ScriptedServer implements AutoCloseable {
  /** What to do with one request, which has been read completely. */
  interface Script {
    /**
     * @param connection number of the connection, from 0 in the order of accept
     * @param request number of the request on it, from 0
     * @param target as it was asked for; the content of a request follows after a question mark
     */
    Act on(int connection, int request, String target);
  }

  /** Answers, or misbehaves; and keeps the connection or not. */
  interface Act {
    /** Returns whether the connection goes on. */
    boolean perform(Socket socket, String target) throws IOException, InterruptedException;
  }

  static final Act ANSWER =
      (socket, target) -> {
        send(socket, answer(target, ""));
        return true;
      };

  static final Act ANSWER_AND_SAY_CLOSE =
      (socket, target) -> {
        send(socket, answer(target, "Connection: close\r\n"));
        return false;
      };

  static final Act ANSWER_AND_CLOSE_WITHOUT_NOTICE =
      (socket, target) -> {
        send(socket, answer(target, ""));
        return false;
      };

  static final Act CLOSE = (socket, target) -> false;

  static final Act CLOSE_INSIDE_ANSWER =
      (socket, target) -> {
        String answer = answer(target, "");
        send(socket, answer.substring(0, answer.length() - 1));
        return false;
      };

  static final Act RESET =
      (socket, target) -> {
        socket.setSoLinger(true, 0);
        return false;
      };

  /** Never answers; holds the connection until the client gives up. */
  static final Act HANG =
      (socket, target) -> {
        while (socket.getInputStream().read() >= 0) {
          // a client that sends more is ignored too
        }
        return false;
      };

  static Act raw(String bytes) {
    return (socket, target) -> {
      send(socket, bytes);
      return true;
    };
  }

  static Act answerAfter(long millis) {
    return (socket, target) -> {
      Thread.sleep(millis);
      send(socket, answer(target, ""));
      return true;
    };
  }

  private final ServerSocket listener;
  private final Script script;
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private final Queue<Socket> sockets = new ConcurrentLinkedQueue<>();
  private final Queue<Throwable> faults = new ConcurrentLinkedQueue<>();

  ScriptedServer(Script script) throws IOException {
    this.script = script;
    listener = new ServerSocket();
    listener.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 1000);
    threads.execute(this::accept);
  }

  int port() {
    return listener.getLocalPort();
  }

  int connections() {
    return sockets.size();
  }

  private void accept() {
    for (int number = 0; true; number++) {
      Socket socket;
      try {
        socket = listener.accept();
      } catch (IOException e) {
        if (!listener.isClosed()) {
          faults.add(e);
        }
        return;
      }
      sockets.add(socket);
      int connection = number;
      threads.execute(() -> serve(connection, socket));
    }
  }

  private void serve(int connection, Socket socket) {
    try (socket) {
      BufferedReader reader =
          new BufferedReader(
              new InputStreamReader(socket.getInputStream(), StandardCharsets.ISO_8859_1));
      boolean goesOn = true;
      for (int request = 0; goesOn; request++) {
        String line = reader.readLine();
        if (line == null) {
          return;
        }
        String target = line.split(" ", -1)[1];
        boolean last = false;
        int length = 0;
        for (String field = reader.readLine();
            field != null && !field.isEmpty();
            field = reader.readLine()) {
          last |= field.equals("Connection: close");
          if (field.startsWith("Content-Length: ")) {
            length = Integer.parseInt(field.substring("Content-Length: ".length()));
          }
        }
        if (length > 0) {
          target += "?" + read(reader, length);
        }
        goesOn = script.on(connection, request, target).perform(socket, target) && !last;
      }
    } catch (IOException e) {
      // The client went away first, as a test wants it to after a timeout or a malformed answer; a
      // loss that matters is one that the client counts.
    } catch (InterruptedException | RuntimeException | Error e) {
      faults.add(e);
    }
  }

  private static String read(BufferedReader reader, int length) throws IOException {
    char[] content = new char[length];
    for (int had = 0; had < length; ) {
      int more = reader.read(content, had, length - had);
      if (more < 0) {
        throw new IOException("the client ended inside its request");
      }
      had += more;
    }
    return new String(content);
  }

  private static void send(Socket socket, String bytes) throws IOException {
    OutputStream out = socket.getOutputStream();
    out.write(bytes.getBytes(StandardCharsets.ISO_8859_1));
    out.flush();
  }

  /** The answer that a request for {@code target} deserves. */
  static String answer(String target, String field) {
    return head(body(target).length(), field) + body(target);
  }

  static String body(String target) {
    return switch (target) {
      case "/ping" -> "{\"message\":\"pong\"}";
      case "/pid" -> "4711";
      case String echo when echo.startsWith("/echo?") -> echo.substring("/echo?".length());
      default -> "{\"slept\":" + target.substring("/slow?ms=".length()) + "}";
    };
  }

  static String head(int length, String field) {
    return "HTTP/1.1 200 OK\r\nContent-Length: " + length + "\r\n" + field + "\r\n";
  }

  @Override
  public void close() throws IOException {
    listener.close();
    for (Socket socket : sockets) {
      socket.close();
    }
    threads.close();
    if (!faults.isEmpty()) {
      throw new AssertionError("the scripted server failed", faults.peek());
    }
  }
}
