package io.jhot.tests;

import java.io.IOException;
import java.io.Reader;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Properties;

/** What runs of the matrix came to: a file for each server and family, kept between runs. */
final class MatrixResults {
  private final Path folder;

  MatrixResults(String folder) throws IOException {
    this.folder = Files.createDirectories(Path.of(folder));
  }

  /** Before a run: if it fails there is nothing, and the table says so. */
  void forget(Server server, Scenario.Family family) throws IOException {
    Files.deleteIfExists(file(server, family));
  }

  /** After a run. */
  void keep(Server server, Scenario.Family family, Scenario scenario, Scenario.Outcome outcome)
      throws IOException {
    Properties values = new Properties();
    values.setProperty("reloads", Integer.toString(outcome.reloads()));
    values.setProperty("seconds", Long.toString(scenario.length().toSeconds()));
    values.setProperty("requests", Integer.toString(outcome.requests()));
    values.setProperty("failed", Integer.toString(outcome.failed()));
    values.setProperty("reload", Long.toString(outcome.longestReload().toMillis()));
    values.setProperty("drain", Long.toString(outcome.longestDrain().toMillis()));
    values.setProperty("parked", String.format(Locale.ROOT, "%.4f", outcome.parkedShare()));
    try (Writer out = Files.newBufferedWriter(file(server, family))) {
      values.store(out, server.name());
    }
  }

  /** What is known of that run; empty when it failed or was not made. */
  Properties of(Server server, Scenario.Family family) throws IOException {
    Properties values = new Properties();
    Path file = file(server, family);
    if (Files.exists(file)) {
      try (Reader in = Files.newBufferedReader(file)) {
        values.load(in);
      }
    }
    return values;
  }

  private Path file(Server server, Scenario.Family family) {
    String name = server.slug() + "." + family.name().toLowerCase(Locale.ROOT) + ".properties";
    return folder.resolve(name);
  }
}
