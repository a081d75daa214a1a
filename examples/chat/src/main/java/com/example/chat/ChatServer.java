package com.example.chat;

import io.jhot.api.DrainContext;
import io.jhot.api.Jhot;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentLinkedQueue;

/**
 * Answers each line with how many lines its client has sent, the generation that answers, and the
 * line. A client stays connected however often the service is replaced: when a generation drains it
 * hands every connection to its successor, with the count and with the half of a line that has
 * come.
 *
 * <p>One thread serves all clients; the hooks of jhot come on other threads and leave it tasks.
 */
public final class ChatServer {
  private static final String CONNECTIONS = "chat";
  private static final int LONGEST_LINE = 8 * 1024;

  private final Selector selector = Selector.open();
  private final ServerSocketChannel listener;
  private final Queue<Task> tasks = new ConcurrentLinkedQueue<>();

  /** What the one thread does between two selects. */
  private interface Task {
    void run() throws IOException;
  }

  /** One connection. */
  private static final class Client {
    final SocketChannel connection;
    final ByteBuffer line = ByteBuffer.allocate(LONGEST_LINE);
    int lines;

    Client(SocketChannel connection) {
      this.connection = connection;
    }
  }

  private ChatServer(int port) throws IOException {
    listener = ServerSocketChannel.open();
    Jhot.onInherited(CONNECTIONS, this::inherit); // before we listen, and so are ready
    Jhot.onDrain(CONNECTIONS, this::handOver);
    listener.bind(new InetSocketAddress(port));
    listener.configureBlocking(false);
    listener.register(selector, SelectionKey.OP_ACCEPT);
  }

  /** Serves on the port that is the first argument. */
  public static void main(String[] arguments) throws IOException {
    new ChatServer(Integer.parseInt(arguments[0])).serve();
  }

  private void serve() throws IOException {
    while (true) {
      selector.select();
      for (Task task = tasks.poll(); task != null; task = tasks.poll()) {
        task.run();
      }
      for (SelectionKey key : selector.selectedKeys()) {
        if (!key.isValid()) {
          continue; // a task has taken it away
        }
        if (key.channel() == listener) {
          SocketChannel connection = listener.accept();
          if (connection != null) {
            register(new Client(connection));
          }
        } else {
          read((Client) key.attachment());
        }
      }
      selector.selectedKeys().clear();
    }
  }

  private void submit(Task task) {
    tasks.add(task);
    selector.wakeup();
  }

  private void register(Client client) throws IOException {
    client.connection.configureBlocking(false);
    client.connection.register(selector, SelectionKey.OP_READ, client);
  }

  private void read(Client client) throws IOException {
    try {
      if (client.connection.read(client.line) < 0) {
        client.connection.close();
        return;
      }
      answer(client);
    } catch (IOException e) {
      client.connection.close(); // this client has gone, the others have not
    }
  }

  /** Answers the lines that are complete, and keeps the rest. */
  private void answer(Client client) throws IOException {
    ByteBuffer line = client.line.flip();
    for (int i = line.position(); i < line.limit(); i++) {
      if (line.get(i) == '\n') {
        byte[] text = new byte[i + 1 - line.position()];
        line.get(text);
        String head = ++client.lines + " " + Jhot.generation().number() + " ";
        write(client.connection, ByteBuffer.wrap(head.getBytes(StandardCharsets.US_ASCII)));
        write(client.connection, ByteBuffer.wrap(text));
      }
    }
    line.compact();
    if (!line.hasRemaining()) {
      throw new IOException("a line of more than " + LONGEST_LINE + " bytes");
    }
  }

  private static void write(SocketChannel connection, ByteBuffer bytes) throws IOException {
    while (bytes.hasRemaining()) {
      if (connection.write(bytes) == 0) {
        Thread.onSpinWait(); // a client that does not read holds everybody up: this is an example
      }
    }
  }

  // ---- from one generation to the next ----

  /** Called when this generation drains, on a thread of jhot's. */
  private CompletionStage<?> handOver(DrainContext context) {
    CompletableFuture<Void> done = new CompletableFuture<>();
    submit(
        () -> {
          List<CompletableFuture<?>> given = new ArrayList<>();
          if (context.successor().isPresent()) {
            for (Client client : unregisterAll()) {
              given.add(handOver(client));
            }
          }
          CompletableFuture.allOf(given.toArray(new CompletableFuture<?>[0]))
              .thenRun(() -> done.complete(null));
        });
    return done;
  }

  /** From here on no thread reads or writes these connections, and no selector knows them. */
  private List<Client> unregisterAll() throws IOException {
    List<Client> clients = new ArrayList<>();
    for (SelectionKey key : selector.keys()) {
      if (key.isValid() && key.attachment() instanceof Client client) {
        key.cancel();
        clients.add(client);
      }
    }
    selector.selectNow(); // forgets the keys that were cancelled
    return clients;
  }

  private CompletableFuture<?> handOver(Client client) {
    client.line.flip();
    ByteBuffer state = ByteBuffer.allocate(Integer.BYTES + client.line.remaining());
    state.putInt(client.lines).put(client.line.duplicate()).flip();
    client.line.compact();
    return Jhot.handOver(CONNECTIONS, client.connection, state)
        .thenAccept(
            taken -> {
              if (!taken) {
                submit(() -> register(client)); // nobody else took it: go on serving it
              }
            })
        .toCompletableFuture();
  }

  /** Called for each connection of the generation before, on a thread of jhot's. */
  private void inherit(SocketChannel connection, ByteBuffer state) {
    submit(
        () -> {
          Client client = new Client(connection);
          client.lines = state.getInt();
          client.line.put(state);
          register(client);
        });
  }
}
