package apps;

import java.net.ServerSocket;

/** Writes a word before and a word after its first connection: port. */
public final class Talking {
  private Talking() {}

  /** Accepts once, and then sleeps. */
  public static void main(String[] arguments) throws Exception {
    System.out.println("before");
    ServerSocket listener = new ServerSocket(Integer.parseInt(arguments[0]));
    listener.accept();
    System.out.println("after");
    Thread.currentThread().join();
  }
}
