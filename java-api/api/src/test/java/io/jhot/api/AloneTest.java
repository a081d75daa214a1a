package io.jhot.api;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.File;
import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Without jhot: in an IDE, in a unit test, on a laptop. */
class AloneTest {
  @Test
  void everyCallIsHarmlessAndAnswersAsTheFirstAndOnlyGeneration() {
    Jhot.readyIsExplicit();
    Jhot.ready();
    Jhot.ready();
    Jhot.status("warming cache\n40 %");
    try (InFlight work = Jhot.track()) {
      assertFalse(Jhot.draining(), work::toString);
    }
    Jhot.onDrain("never", c -> null).close();

    assertEquals(Generation.ALONE, Jhot.generation());
    assertEquals(1, Jhot.generation().number());
    assertEquals(Generation.Start.FIRST, Jhot.generation().start());
    assertTrue(Jhot.generation().predecessor().isEmpty());
  }

  @Test
  void unixListenerIsAnOrdinaryOneAndReplacesALeftover(@TempDir Path folder) throws Exception {
    UnixDomainSocketAddress at = UnixDomainSocketAddress.of(folder.resolve("s"));
    for (int i = 1; i <= 2; i++) { // the JDK leaves the file there
      try (ServerSocketChannel listener = Jhot.listener("admin", at);
          SocketChannel client = SocketChannel.open(at)) {
        assertTrue(client.isConnected());
        assertThrows(BindException.class, () -> Jhot.listener("admin", at));
        listener.accept().close();
      }
    }
    Files.writeString(folder.resolve("f"), "keep me");
    UnixDomainSocketAddress file = UnixDomainSocketAddress.of(folder.resolve("f"));
    assertThrows(BindException.class, () -> Jhot.listener("admin", file));
    assertEquals("keep me", Files.readString(folder.resolve("f")));
  }

  @Test
  void otherListenersAreOrdinaryOnesToo() throws Exception {
    InetSocketAddress any = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    try (ServerSocketChannel listener = Jhot.listener("web", any);
        SocketChannel client = SocketChannel.open(listener.getLocalAddress());
        DatagramChannel dns = Jhot.datagrams("dns", any);
        DatagramChannel sender = DatagramChannel.open()) {
      assertTrue(client.isConnected());
      sender.send(ByteBuffer.wrap(new byte[7]), dns.getLocalAddress());
      ByteBuffer got = ByteBuffer.allocate(10);
      dns.receive(got);
      assertEquals(7, got.position());
    }
  }

  @Test
  void listenerOfANameAloneIsNotThere() {
    assertEquals(
        "there is no socket \"web\": start the app by jhot exec --listen web=tcp://HOST:PORT,"
            + " or say where to listen otherwise, Jhot.listener(\"web\", address)",
        assertThrows(IOException.class, () -> Jhot.listener("web")).getMessage());
    assertEquals(
        "there is no socket \"dns\": start the app by jhot exec --listen dns=udp://HOST:PORT,"
            + " or say where to listen otherwise, Jhot.datagrams(\"dns\", address)",
        assertThrows(IOException.class, () -> Jhot.datagrams("dns")).getMessage());
  }

  /** An app of its own JVM, which says what happens to it. */
  public static final class App {
    /** Registers what the arguments say, then waits. */
    public static void main(String[] arguments) throws InterruptedException {
      Jhot.onDrain(
          "tell",
          c -> {
            System.out.println("drained " + c.reason() + " " + c.successor() + Jhot.draining());
            return null;
          });
      if (List.of(arguments).contains("exiting")) {
        Jhot.onDrain(
            "exit",
            -1,
            c -> {
              System.exit(3);
              return null;
            });
      }
      System.out.println("up");
      if (List.of(arguments).contains("end")) {
        return;
      }
      Thread.sleep(Long.MAX_VALUE);
    }
  }

  /** Found by its file in META-INF/services. */
  public static final class Found implements DrainHook {
    @Override
    public java.util.concurrent.CompletionStage<?> drain(DrainContext context) {
      System.out.println("found");
      return null;
    }
  }

  /** Starts a class of the tests; its error output goes to its output. */
  static Process start(String extraPath, Class<?> main, String... arguments) throws IOException {
    List<String> command =
        new ArrayList<>(
            List.of(
                System.getProperty("java.home") + "/bin/java",
                "-XX:TieredStopAtLevel=1",
                "-cp",
                path(Jhot.class) + File.pathSeparator + path(main) + extraPath,
                main.getName()));
    command.addAll(List.of(arguments));
    return new ProcessBuilder(command).redirectErrorStream(true).start();
  }

  private static Path path(Class<?> type) throws IOException {
    try {
      return Path.of(type.getProtectionDomain().getCodeSource().getLocation().toURI());
    } catch (java.net.URISyntaxException e) {
      throw new IOException(e);
    }
  }

  private static String end(Process process, int code) throws Exception {
    String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertTrue(process.waitFor(60, TimeUnit.SECONDS), out);
    assertEquals(code, process.exitValue(), out);
    return out;
  }

  private static void awaitUp(Process process) throws IOException {
    assertEquals(
        "up", "" + (char) process.getInputStream().read() + (char) process.getInputStream().read());
  }

  @Test
  void hooksRunOnceOnTerm() throws Exception {
    Process app = start("", App.class);
    awaitUp(app);
    app.toHandle().destroy(); // TERM; destroy() would close its output, too

    assertEquals("\ndrained STOP OptionalInt.emptytrue\n", end(app, 143));
  }

  @Test
  void hooksRunWhenTheAppEndsByItself() throws Exception {
    assertEquals("up\ndrained STOP OptionalInt.emptytrue\n", end(start("", App.class, "end"), 0));
  }

  @Test
  void hookThatCallsExitIsNamedAndDoesNotKeepTheJvmFromEnding() throws Exception {
    Process app = start("", App.class, "exiting");
    awaitUp(app);
    app.toHandle().destroy(); // TERM; destroy() would close its output, too

    assertEquals(
        "\njhot: drain hook exit failed: it called System.exit\n"
            + "drained STOP OptionalInt.emptytrue\n",
        end(app, 143));
  }

  @Test
  void hookOfTheServiceLoaderRuns(@TempDir Path folder) throws Exception {
    Path services = Files.createDirectories(folder.resolve("META-INF/services"));
    Files.writeString(services.resolve(DrainHook.class.getName()), Found.class.getName());

    String out = end(start(File.pathSeparator + folder, App.class, "end"), 0);

    assertTrue(out.contains("found\n"), out);
  }
}
