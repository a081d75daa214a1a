package io.jhot.ffm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/** Fails a test after which a child, a descriptor or a temporary file is left. */
final class LeavesNothingBehind implements BeforeEachCallback, AfterEachCallback {
  private static final ExtensionContext.Namespace OURS =
      ExtensionContext.Namespace.create(LeavesNothingBehind.class);

  static {
    // The JDK keeps a socket for ever once it has closed one of its own.
    try (ServerSocket listener = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        Socket client = new Socket(listener.getInetAddress(), listener.getLocalPort());
        Socket accepted = listener.accept();
        DatagramSocket datagrams = new DatagramSocket()) {
      assertEquals(client.getLocalPort(), accepted.getPort());
      assertTrue(datagrams.isBound());
    } catch (IOException failed) {
      throw new ExceptionInInitializerError(failed);
    }
  }

  /** What can be left behind. */
  private record World(
      List<String> children, Map<Integer, String> descriptors, List<String> files) {
    static World now() throws IOException {
      List<String> children = new ArrayList<>();
      try (DirectoryStream<Path> threads = Files.newDirectoryStream(Path.of("/proc/self/task"))) {
        for (Path thread : threads) {
          children.addAll(words(thread.resolve("children")));
        }
      }
      List<String> files = new ArrayList<>();
      String ownFolder = System.getProperty("java.io.tmpdir");
      for (String folder : List.of(ownFolder, "/dev/shm", "/tmp")) {
        Files.createDirectories(Path.of(folder));
        // The others are everybody's: a jhot that runs on this machine makes such files too.
        String names = folder.equals(ownFolder) ? "*" : ".jhot-" + Own.pid() + "-*";
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(Path.of(folder), names)) {
          for (Path entry : entries) {
            if (!entry
                .getFileName()
                .toString()
                .startsWith("junit-")) { // JUnit deletes these itself
              files.add(entry.toString());
            }
          }
        }
      }
      return new World(children, openDescriptors(), files);
    }

    private static List<String> words(Path file) throws IOException {
      byte[] text = Proc.read(file.toString());
      if (text == null || text.length == 0) { // null: that thread has ended meanwhile
        return List.of();
      }
      return List.of(new String(text, StandardCharsets.US_ASCII).strip().split(" "));
    }

    private static Map<Integer, String> openDescriptors() throws IOException {
      Map<Integer, String> descriptors = new TreeMap<>();
      try (DirectoryStream<Path> entries = Files.newDirectoryStream(Path.of("/proc/self/fd"))) {
        for (Path entry : entries) {
          try {
            String target = Files.readSymbolicLink(entry).toString();
            // The JVM opens these when it first needs them, and the stream lists itself.
            if (!target.endsWith(".jar")
                && !target.endsWith("random")
                && !target.matches("/proc/\\d+/fd")) {
              descriptors.put(Integer.parseInt(entry.getFileName().toString()), target);
            }
          } catch (NoSuchFileException gone) {
            continue; // the JVM has closed one of its own meanwhile
          }
        }
      }
      return descriptors;
    }
  }

  @Override
  public void beforeEach(ExtensionContext context) throws IOException {
    context.getStore(OURS).put("before", World.now());
  }

  @Override
  public void afterEach(ExtensionContext context) throws IOException {
    World before = context.getStore(OURS).get("before", World.class);
    World after = World.now();
    assertEquals(before.children(), after.children(), "children");
    assertEquals(before.descriptors(), after.descriptors(), "descriptors");
    assertEquals(before.files(), after.files(), "temporary files");
  }
}
