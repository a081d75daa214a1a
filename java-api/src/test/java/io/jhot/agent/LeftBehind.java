package io.jhot.agent;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/** Fails a test that leaves a child or a descriptor behind. */
final class LeftBehind implements BeforeEachCallback, AfterEachCallback {
  private final TreeMap<String, String> before = new TreeMap<>();

  @Override
  public void beforeEach(ExtensionContext context) throws IOException {
    new ServerSocket(0).close(); // the JDK keeps a socket of its own from then on
    before.clear();
    before.putAll(descriptors());
  }

  @Override
  public void afterEach(ExtensionContext context) throws IOException {
    TreeMap<String, String> more = descriptors();
    more.entrySet().removeAll(before.entrySet());
    assertEquals(new TreeMap<>(), more, "descriptors left open");
    assertEquals(List.of(), children(), "children left running");
  }

  /** Sockets, pipes and the like; files come and go with class loading. */
  private static TreeMap<String, String> descriptors() throws IOException {
    TreeMap<String, String> found = new TreeMap<>();
    try (Stream<Path> all = Files.list(Path.of("/proc/self/fd"))) {
      for (Path one : all.toList()) {
        String link;
        try {
          link = Files.readSymbolicLink(one).toString();
        } catch (IOException e) {
          continue; // the listing's own
        }
        if (!link.startsWith("/")) {
          found.put(one.getFileName().toString(), link);
        }
      }
    }
    return found;
  }

  private static List<String> children() throws IOException {
    List<String> found = new ArrayList<>();
    try (Stream<Path> tasks = Files.list(Path.of("/proc/self/task"))) {
      for (Path task : tasks.toList()) {
        try {
          String text = Files.readString(task.resolve("children")).strip();
          if (!text.isEmpty()) {
            found.add(text);
          }
        } catch (IOException e) {
          continue; // a thread that has ended since
        }
      }
    }
    return found;
  }
}
