package apps;

import io.jhot.api.Jhot;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;

/** Uses the API; each argument is something that it does, and it says what came of it. */
public final class Talkative {
  private Talkative() {}

  /** Does its arguments, then waits. */
  public static void main(String[] arguments) throws Exception {
    for (String one : arguments) {
      String[] part = one.split(":");
      switch (part[0]) {
        case "inherit" -> {
          var state = Jhot.inherited(part[1]);
          say(state.isEmpty() ? "none" : "state of " + state.get().size() + " bytes");
        }
        case "offer" ->
            Jhot.handOver(part[1], 7, out -> out.write("abc".getBytes(StandardCharsets.UTF_8)));
        case "take" -> Jhot.onInherited(part[1], Talkative::echo);
        case "give" -> give(part[1], Integer.parseInt(part[2]));
        case "generation" -> say(Jhot.generation().toString());
        case "listen" ->
            ServerSocketChannel.open()
                .bind(new InetSocketAddress("127.0.0.1", Integer.parseInt(part[1])));
        case "ready" -> Jhot.ready();
        default -> throw new IllegalArgumentException(one);
      }
    }
    Thread.sleep(Long.MAX_VALUE);
  }

  private static void say(String text) {
    System.out.println(text);
  }

  private static void echo(SocketChannel connection, ByteBuffer unread) throws IOException {
    if (unread.hasRemaining() && unread.get(0) == '!') {
      throw new IOException("it does not like this one");
    }
    connection.write(unread);
    ByteBuffer more = ByteBuffer.allocate(100);
    while (connection.read(more.clear()) >= 0) {
      connection.write(more.flip());
    }
    connection.close();
  }

  /** Gives the first connection away, and serves it on if nobody takes it. */
  private static void give(String name, int port) throws IOException {
    ServerSocketChannel listener =
        ServerSocketChannel.open().bind(new InetSocketAddress("127.0.0.1", port));
    say("listening");
    SocketChannel connection = listener.accept();
    Jhot.handOver(name, connection, ByteBuffer.wrap(new byte[] {'h', 'i'}))
        .thenAccept(
            taken -> {
              say(taken ? "given, open here: " + connection.isOpen() : "kept");
              if (!taken) {
                try {
                  echo(connection, ByteBuffer.allocate(0));
                } catch (IOException e) {
                  say(e.toString());
                }
              }
            });
  }
}
