package apps;

import com.sun.net.httpserver.HttpServer;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.StandardSocketOptions;
import java.nio.channels.AsynchronousServerSocketChannel;
import java.nio.channels.AsynchronousSocketChannel;
import java.nio.channels.Channels;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.CompletionHandler;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executors;

/**
 * A small HTTP server in each of the ways in which the JDK lets a server listen. It knows nothing
 * of jhot. Arguments: the way, the address, the port.
 *
 * <p>GET answers: {@code /pid}; {@code /slow?ms} the pid after so long; and what the tests want the
 * app to do to its own sockets, see {@link #answer}.
 */
public final class Server {
  private static final List<Object> KEPT = new ArrayList<>();
  private static Way way;
  private static InetSocketAddress address;

  private Server() {}

  /** A way to listen. */
  private interface Way {
    /** Listens, and accepts in the background. */
    void open() throws Exception;

    /** Ends that; returns when the JDK's close has returned. */
    void close() throws Exception;

    /** The receive buffer that connections get. */
    default int receiveBuffer() throws Exception {
      return -1;
    }
  }

  /** Starts the server; what went wrong goes to standard output. */
  public static void main(String[] arguments) throws Exception {
    for (String one : arguments) {
      if (one.startsWith("open=")) { // that many descriptors more
        for (int n = Integer.parseInt(one.substring(5)); n > 0; n--) {
          KEPT.add(Files.newInputStream(Path.of("/proc/self/exe")));
        }
      }
    }
    address = new InetSocketAddress(arguments[1], Integer.parseInt(arguments[2]));
    way =
        switch (arguments[0]) {
          case "http" -> new Http();
          case "platform" -> new Classic(false, List.of(arguments));
          case "virtual" -> new Classic(true, List.of(arguments));
          case "channel" -> new BlockingChannel();
          case "adaptor" -> new Adaptor();
          case "selector-before" -> new Selecting(true);
          case "selector-after" -> new Selecting(false);
          case "async" -> new Asynchronous();
          default -> throw new IllegalArgumentException(arguments[0]);
        };
    try {
      way.open();
    } catch (IOException e) {
      System.out.println("failed: " + e);
      System.exit(1);
    }
    System.out.println("listening");
    if (List.of(arguments).contains("call")) {
      System.out.println("called " + answer("/call"));
    }
    Thread.currentThread().join();
  }

  private static String answer(String path) throws Exception {
    int mark = path.indexOf('?');
    String argument = mark < 0 ? "" : path.substring(mark + 1);
    switch (mark < 0 ? path : path.substring(0, mark)) {
      case "/pid":
        return Long.toString(ProcessHandle.current().pid());
      case "/slow":
        Thread.sleep(Long.parseLong(argument));
        return Long.toString(ProcessHandle.current().pid());
      case "/bind": // that port too, for ever
        try {
          ServerSocket socket = new ServerSocket();
          socket.bind(new InetSocketAddress(address.getAddress(), Integer.parseInt(argument)));
          KEPT.add(socket);
          return "bound";
        } catch (IOException e) {
          return e.getClass().getSimpleName();
        }
      case "/reopen":
        try {
          way.close();
          way.open();
          return "reopened";
        } catch (IOException e) {
          return e.toString();
        }
      case "/close":
        way.close();
        return "closed";
      case "/open":
        way.open();
        return "opened";
      case "/client": // a client that binds a local address, connected to that port and not
        Socket connected = new Socket();
        connected.setReuseAddress(true);
        connected.bind(new InetSocketAddress(freePort()));
        connected.connect(new InetSocketAddress(address.getAddress(), Integer.parseInt(argument)));
        KEPT.add(connected);
        Socket idle = new Socket();
        idle.setReuseAddress(true);
        idle.bind(new InetSocketAddress(freePort()));
        KEPT.add(idle);
        return "connected";
      case "/call": // asks itself
        try (Socket call = new Socket()) {
          call.setSoTimeout(20_000);
          call.connect(new InetSocketAddress("localhost", address.getPort()));
          call.getOutputStream().write("GET /pid HTTP/1.0\r\n\r\n".getBytes());
          BufferedReader lines = new BufferedReader(new InputStreamReader(call.getInputStream()));
          String last = "nothing";
          do {
            last = lines.readLine();
          } while (last != null && !last.isEmpty());
          char[] pid = new char[16];
          int length = lines.read(pid);
          return length < 0 ? "no answer" : new String(pid, 0, length);
        } catch (IOException e) {
          return e.toString();
        }
      case "/others": // sockets that are no listeners on a port of their own
        KEPT.add(new DatagramSocket(Integer.parseInt(argument)));
        KEPT.add(new ServerSocket(0));
        return "opened";
      case "/buffer":
        return Integer.toString(way.receiveBuffer());
      default:
        return "?";
    }
  }

  private static int freePort() throws IOException {
    try (ServerSocket any = new ServerSocket(0)) {
      return any.getLocalPort();
    }
  }

  private static void serve(InputStream in, OutputStream out) {
    try (in;
        out) {
      BufferedReader lines =
          new BufferedReader(new InputStreamReader(in, StandardCharsets.ISO_8859_1));
      for (String first = lines.readLine(); first != null; first = lines.readLine()) {
        while (!lines.readLine().isEmpty()) {
          // headers are of no interest
        }
        byte[] body = answer(first.split(" ")[1]).getBytes(StandardCharsets.ISO_8859_1);
        String head = "HTTP/1.1 200 OK\r\nContent-Length: " + body.length + "\r\n\r\n";
        out.write(head.getBytes(StandardCharsets.ISO_8859_1));
        out.write(body);
      }
    } catch (Exception e) {
      KEPT.add(e); // the client left in the middle
    }
  }

  private static void start(boolean virtual, Runnable task) {
    if (!virtual) {
      Thread thread = new Thread(task, "app-connection");
      thread.setDaemon(true);
      thread.start();
      return;
    }
    try { // Java 21, while this is compiled for 17
      Thread.class.getMethod("startVirtualThread", Runnable.class).invoke(null, task);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException(e);
    }
  }

  private static void serve(SocketChannel channel) {
    start(false, () -> serve(Channels.newInputStream(channel), Channels.newOutputStream(channel)));
  }

  private static final class Http implements Way {
    private HttpServer server;

    @Override
    public void open() throws IOException {
      server = HttpServer.create(address, 50);
      server.createContext(
          "/",
          exchange -> {
            byte[] body;
            try {
              body = answer(exchange.getRequestURI().toString()).getBytes();
            } catch (Exception e) {
              body = e.toString().getBytes();
            }
            exchange.sendResponseHeaders(200, body.length);
            exchange.getResponseBody().write(body);
            exchange.close();
          });
      server.setExecutor(Executors.newCachedThreadPool());
      server.start();
    }

    @Override
    public void close() {
      server.stop(0);
    }
  }

  private static final class Classic implements Way {
    private final boolean virtual;
    private final List<String> arguments;
    private ServerSocket listener;

    Classic(boolean virtual, List<String> arguments) {
      this.virtual = virtual;
      this.arguments = arguments;
    }

    @Override
    public void open() throws IOException {
      ServerSocket socket = new ServerSocket();
      if (arguments.contains("buffer")) {
        socket.setReceiveBufferSize(20_000);
      }
      socket.bind(address);
      if (arguments.contains("late")) { // options after bind
        socket.setOption(StandardSocketOptions.IP_TOS, 16);
        socket.setReceiveBufferSize(30_000);
        System.out.println(
            "port "
                + socket.getLocalPort()
                + " "
                + socket.getLocalSocketAddress()
                + " tos "
                + socket.getOption(StandardSocketOptions.IP_TOS));
      }
      listener = socket;
      start(
          virtual,
          () -> {
            try {
              while (true) {
                Socket socketOfClient = socket.accept();
                start(virtual, () -> serve(socketOfClient));
              }
            } catch (IOException e) {
              KEPT.add(e); // closed
            }
          });
    }

    private static void serve(Socket socket) {
      try {
        Server.serve(socket.getInputStream(), socket.getOutputStream());
      } catch (IOException e) {
        KEPT.add(e); // closed
      }
    }

    @Override
    public void close() throws IOException {
      listener.close();
    }

    @Override
    public int receiveBuffer() throws IOException {
      return listener.getReceiveBufferSize();
    }
  }

  private static final class BlockingChannel implements Way {
    private ServerSocketChannel listener;

    @Override
    public void open() throws IOException {
      ServerSocketChannel channel = ServerSocketChannel.open();
      channel.bind(address);
      // as Tomcat and Jetty do; there and back again
      channel.configureBlocking(false);
      channel.configureBlocking(true);
      listener = channel;
      start(
          false,
          () -> {
            try {
              while (true) {
                Server.serve(channel.accept());
              }
            } catch (IOException e) {
              KEPT.add(e); // closed
            }
          });
    }

    @Override
    public void close() throws IOException {
      listener.close();
    }
  }

  /** The socket of a channel, with a timeout: the JDK switches O_NONBLOCK around each accept. */
  private static final class Adaptor implements Way {
    private ServerSocketChannel listener;

    @Override
    public void open() throws IOException {
      ServerSocketChannel channel = ServerSocketChannel.open();
      channel.socket().bind(address);
      channel.socket().setSoTimeout(20);
      listener = channel;
      start(
          false,
          () -> {
            while (channel.isOpen()) {
              try {
                Server.serve(channel.socket().accept().getChannel());
              } catch (IOException e) {
                continue; // the timeout, or closed
              }
            }
          });
    }

    @Override
    public void close() throws IOException {
      listener.close();
    }
  }

  private static final class Selecting implements Way {
    private final boolean before;
    private ServerSocketChannel listener;
    private Selector selector;
    private Thread loop;

    Selecting(boolean before) {
      this.before = before;
    }

    @Override
    public void open() throws IOException {
      ServerSocketChannel channel = ServerSocketChannel.open();
      Selector selecting = Selector.open();
      channel.configureBlocking(false);
      if (before) {
        channel.register(selecting, SelectionKey.OP_ACCEPT);
        selecting.selectNow(); // so that the kernel knows
        channel.bind(address);
      } else {
        channel.bind(address);
        channel.register(selecting, SelectionKey.OP_ACCEPT);
      }
      listener = channel;
      selector = selecting;
      loop =
          new Thread(
              () -> {
                try (selecting) {
                  while (channel.isOpen()) {
                    selecting.select(
                        key -> {
                          try {
                            SocketChannel client = channel.accept();
                            if (client != null) {
                              Server.serve(client);
                            }
                          } catch (ClosedChannelException e) {
                            KEPT.add(e); // the loop ends
                          } catch (IOException e) {
                            throw new IllegalStateException(e);
                          }
                        });
                  }
                } catch (IOException e) {
                  KEPT.add(e); // closed
                }
              });
      loop.start();
    }

    @Override
    public void close() throws Exception {
      listener.close();
      selector.wakeup(); // only when that forgets the channel is its descriptor closed
      loop.join();
    }
  }

  private static final class Asynchronous implements Way {
    private AsynchronousServerSocketChannel listener;

    @Override
    public void open() throws IOException {
      AsynchronousServerSocketChannel channel = AsynchronousServerSocketChannel.open();
      channel.bind(address);
      listener = channel;
      channel.accept(
          null,
          new CompletionHandler<AsynchronousSocketChannel, Void>() {
            @Override
            public void completed(AsynchronousSocketChannel client, Void nothing) {
              channel.accept(null, this);
              start(
                  false,
                  () ->
                      Server.serve(
                          Channels.newInputStream(client), Channels.newOutputStream(client)));
            }

            @Override
            public void failed(Throwable cause, Void nothing) {
              KEPT.add(cause); // closed
            }
          });
    }

    @Override
    public void close() throws IOException {
      listener.close();
    }
  }
}
