package apps;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.Iterator;
import java.util.Set;

/**
 * A selector loop as textbooks have it: what is acceptable is accepted, and what accept returns is
 * used without a look whether it is null. Each client is told the pid and let go. Arguments: the
 * kind, the address, the port.
 *
 * <ul>
 *   <li>{@code plain}: by the set of selected keys
 *   <li>{@code consumer}: by select(Consumer)
 *   <li>{@code late}: what is acceptable is passed over once, and accepted when the selector says
 *       it again
 *   <li>{@code moving}: likewise, by another selector
 *   <li>{@code two}: two threads, each with a selector
 *   <li>{@code restless}: one loop, beside threads that open and close selectors without end
 * </ul>
 */
public final class PlainLoop {
  private final String kind;
  private final ServerSocketChannel listener;
  private final Set<SelectionKey> passedOver = new HashSet<>();

  private PlainLoop(String kind, ServerSocketChannel listener) {
    this.kind = kind;
    this.listener = listener;
  }

  /** Serves until a client is null. */
  public static void main(String[] arguments) throws Exception {
    ServerSocketChannel listener = ServerSocketChannel.open();
    listener.configureBlocking(false);
    listener.bind(new InetSocketAddress(arguments[1], Integer.parseInt(arguments[2])));
    int threads = arguments[0].equals("two") ? 2 : 1;
    for (int i = 0; arguments[0].equals("restless") && i < 3; i++) {
      new Thread(PlainLoop::openSelectors).start();
    }
    for (int i = 0; i < threads; i++) {
      PlainLoop loop = new PlainLoop(arguments[0], listener);
      new Thread(loop::run).start();
    }
    System.out.println("listening");
  }

  private void run() {
    try {
      Selector selector = Selector.open();
      listener.register(selector, SelectionKey.OP_ACCEPT);
      while (true) {
        selector = kind.equals("consumer") ? consume(selector) : iterate(selector);
      }
    } catch (IOException | RuntimeException e) {
      System.out.println("died: " + e);
      Runtime.getRuntime().halt(3);
    }
  }

  private static void openSelectors() {
    while (true) {
      try {
        Selector.open().close();
      } catch (IOException e) {
        System.out.println("died: " + e);
        return;
      }
    }
  }

  private Selector consume(Selector selector) throws IOException {
    selector.select(
        key -> {
          try {
            accept(key);
          } catch (IOException e) {
            throw new IllegalStateException(e);
          }
        });
    return selector;
  }

  private Selector iterate(Selector selector) throws IOException {
    Selector next = selector;
    selector.select();
    for (Iterator<SelectionKey> keys = selector.selectedKeys().iterator(); keys.hasNext(); ) {
      SelectionKey key = keys.next();
      keys.remove();
      boolean patient = kind.equals("late") || kind.equals("moving");
      if (patient && passedOver.add(key)) {
        if (kind.equals("moving")) {
          key.cancel();
          next = Selector.open();
          passedOver.add(listener.register(next, SelectionKey.OP_ACCEPT));
        }
        continue;
      }
      passedOver.remove(key);
      accept(key);
    }
    if (next != selector) {
      selector.close();
    }
    return next;
  }

  private static void accept(SelectionKey key) throws IOException {
    SocketChannel client = ((ServerSocketChannel) key.channel()).accept();
    client.configureBlocking(true);
    String pid = Long.toString(ProcessHandle.current().pid());
    client.write(ByteBuffer.wrap(pid.getBytes(StandardCharsets.ISO_8859_1)));
    client.close();
  }
}
