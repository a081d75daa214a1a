package io.jhot.tests;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** What the kernel says of a listening socket, by {@code ss} (man 8 ss). */
final class ListeningSocket {
  private ListeningSocket() {}

  /** Whether this machine has the program. */
  static boolean isKnown() {
    return Stream.of(System.getenv("PATH").split(":"))
        .anyMatch(folder -> Files.isExecutable(Path.of(folder, "ss")));
  }

  /**
   * Address, backlog, buffer sizes and whether it takes IPv6 alone, of the one socket that listens
   * on that port; nothing that changes from one socket to its equal.
   */
  static String of(int port) {
    List<String> lines =
        ss("-Hltnme", "sport = :" + port).lines().filter(line -> !line.isBlank()).toList();
    String all = String.join(" ", lines).strip();
    String[] fields = all.split("\\s+");
    if (!fields[0].equals("LISTEN") || all.indexOf("LISTEN", 1) > 0) {
      throw new AssertionError("not one socket listens on port " + port + ": " + all);
    }
    String skmem =
        Arrays.stream(fields)
            .filter(field -> field.startsWith("skmem:("))
            .flatMap(field -> Arrays.stream(field.substring(7).split("[,)]")))
            .filter(part -> part.startsWith("rb") || part.startsWith("tb"))
            .collect(Collectors.joining(" "));
    String only = all.contains("v6only:1") ? "IPv6 only" : "both families or IPv4";
    return fields[3] + ", backlog " + fields[2] + ", " + skmem + ", " + only;
  }

  private static String ss(String... arguments) {
    try {
      Process process =
          new ProcessBuilder(Sandbox.concat(List.of(List.of("ss"), List.of(arguments))))
              .redirectErrorStream(true)
              .start();
      String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      if (process.waitFor() != 0) {
        throw new AssertionError("ss failed: " + output);
      }
      return output;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError("interrupted while ss runs", e);
    }
  }
}
