import java.io.FileInputStream;
import java.io.IOException;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;

/**
 * An app that does nothing but start: says when its main began and when it listens, by
 * CLOCK_MONOTONIC in nanoseconds, and the processor time of its main thread by then; then it waits
 * for a signal. It runs on Java 17 and later, with and without the agent.
 */
final class Start {
  private Start() {}

  public static void main(String[] arguments) throws Exception {
    long main = System.nanoTime();
    String processor = processorNanos();
    try (ServerSocket socket = new ServerSocket(Integer.parseInt(arguments[0]))) {
      long bound = System.nanoTime();
      // in one write
      System.out.print(main + " " + bound + " " + processor + "\n");
      System.out.flush();
      Thread.sleep(120_000); // ends it should everybody forget it
    }
  }

  private static String processorNanos() throws IOException {
    try (FileInputStream in = new FileInputStream("/proc/thread-self/schedstat")) {
      String text = new String(in.readAllBytes(), StandardCharsets.US_ASCII);
      return text.substring(0, text.indexOf(' '));
    }
  }
}
