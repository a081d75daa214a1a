package apps;

import java.net.InetSocketAddress;
import java.net.ServerSocket;

/** Looks whether its port is free by binding it, closes, and binds it again: address, port. */
public final class Rebinding {
  private Rebinding() {}

  /** Accepts once, and then sleeps. */
  public static void main(String[] arguments) throws Exception {
    InetSocketAddress address = new InetSocketAddress(arguments[0], Integer.parseInt(arguments[1]));
    try (ServerSocket probe = new ServerSocket()) {
      probe.bind(address);
    }
    ServerSocket listener = new ServerSocket();
    listener.bind(address);
    System.out.println("bound again to " + listener.getLocalPort());
    listener.accept();
    System.out.println("accepted");
    Thread.currentThread().join();
  }
}
