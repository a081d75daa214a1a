package io.jhot.tests;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** Everything that a process writes to one stream, read by a thread of its own. Thread-safe. */
final class Output {
  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
  private final Thread reader;
  private IOException failure;

  Output(InputStream stream, String name) {
    reader = new Thread(() -> read(stream), name);
    reader.setDaemon(true);
    reader.start();
  }

  private void read(InputStream stream) {
    byte[] buffer = new byte[8192];
    try (stream) {
      for (int n = stream.read(buffer); n >= 0; n = stream.read(buffer)) {
        synchronized (this) {
          bytes.write(buffer, 0, n);
        }
      }
    } catch (IOException e) {
      synchronized (this) {
        failure = e;
      }
    }
  }

  /** Waits until nobody can write any more; then everything has been read. */
  void awaitEnd() {
    Await.until("the end of an output", () -> !reader.isAlive(), this::text);
    synchronized (this) {
      if (failure != null) {
        throw new AssertionError("an output could not be read", failure);
      }
    }
  }

  synchronized byte[] bytes() {
    return bytes.toByteArray();
  }

  String text() {
    return new String(bytes(), StandardCharsets.UTF_8);
  }

  /** The lines that are complete. */
  List<String> lines() {
    String text = text();
    return text.substring(0, text.lastIndexOf('\n') + 1).lines().toList();
  }

  long count(String part) {
    return lines().stream().filter(line -> line.contains(part)).count();
  }

  /** Waits for a line with that part and returns the first one. */
  String await(String part) {
    return await(part, 1);
  }

  /** Waits until so many lines have that part and returns the last of those. */
  String await(String part, int times) {
    Await.until(
        "line " + times + " with \"" + part + "\"",
        () -> count(part) >= times,
        () -> "the output is:\n" + text());
    return lines().stream().filter(l -> l.contains(part)).skip(times - 1).findFirst().orElseThrow();
  }
}
