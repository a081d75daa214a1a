package io.jhot.cli;

import io.jhot.ffm.OsText;
import java.io.FileInputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * How jhot was called: its arguments and its environment as the kernel has them, byte for byte
 * ({@link OsText}). The JVM's own copies went through the locale's encoding, which loses every byte
 * that is no character of it; in the POSIX locale that is everything but ASCII.
 */
final class Invocation {
  private Invocation() {}

  /**
   * The command line.
   *
   * @param decoded what the JVM made of it; returned where all of it is ASCII, or where {@code
   *     /proc} is unreadable
   */
  static String[] arguments(String[] decoded) {
    boolean ascii = true;
    for (int i = 0; ascii && i < decoded.length; i++) {
      for (int j = 0; ascii && j < decoded[i].length(); j++) {
        ascii = decoded[i].charAt(j) < 0x80;
      }
    }
    if (ascii) {
      return decoded;
    }
    try {
      List<String> all = zeroSeparated("/proc/self/cmdline");
      return all.subList(all.size() - decoded.length, all.size()).toArray(new String[0]);
    } catch (IOException e) {
      return decoded;
    }
  }

  /** The environment, {@code K=V} each; the JVM's copy of it where {@code /proc} is unreadable. */
  static List<String> environment() {
    try {
      return zeroSeparated("/proc/self/environ");
    } catch (IOException e) {
      List<String> entries = new ArrayList<>();
      for (Map.Entry<String, String> entry : System.getenv().entrySet()) {
        entries.add(entry.getKey() + "=" + entry.getValue());
      }
      return entries;
    }
  }

  /**
   * Variables by their names.
   *
   * @param entries {@code K=V} each; entries without a name are dropped
   */
  static Map<String, String> variables(List<String> entries) {
    Map<String, String> variables = new HashMap<>();
    for (int i = entries.size() - 1; i >= 0; i--) { // of two the first counts, as in getenv(3)
      String entry = entries.get(i);
      int equals = entry.indexOf('=');
      if (equals > 0) {
        variables.put(entry.substring(0, equals), entry.substring(equals + 1));
      }
    }
    return variables;
  }

  /** Reads a stream: a channel would load classes that nothing else needs at the start. */
  private static List<String> zeroSeparated(String file) throws IOException {
    byte[] bytes;
    try (FileInputStream in = new FileInputStream(file)) {
      bytes = in.readAllBytes();
    }
    List<String> entries = new ArrayList<>();
    int start = 0;
    for (int i = 0; i < bytes.length; i++) {
      if (bytes[i] == 0) {
        entries.add(OsText.of(bytes, start, i));
        start = i + 1;
      }
    }
    return entries;
  }
}
