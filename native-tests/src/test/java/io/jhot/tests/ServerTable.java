package io.jhot.tests;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Properties;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Writes docs/servers.md from the results of the matrix; what has no result says so. */
final class ServerTable {
  private static final String BEGIN = "<!-- begin: written by make matrix -->";
  private static final String END = "<!-- end: written by make matrix -->";

  private final MatrixResults results;
  private final TreeSet<String> lengths = new TreeSet<>();

  private ServerTable(MatrixResults results) {
    this.results = results;
  }

  /** Replaces the part of the page that is generated; the rest of it is written by hand. */
  static void write(String folder, Path page) throws IOException {
    String table = new ServerTable(new MatrixResults(folder)).text();
    String old = Files.readString(page);
    int begin = old.indexOf(BEGIN);
    int end = old.indexOf(END);
    if (begin < 0 || end < begin) {
      throw new IOException(page + " has no place for the table between " + BEGIN + " and " + END);
    }
    Files.writeString(
        page, old.substring(0, begin) + BEGIN + "\n\n" + table + "\n" + old.substring(end));
  }

  private String text() throws IOException {
    List<String> rows = new ArrayList<>();
    for (Server server : Server.all().toList()) {
      rows.add(row(server));
    }
    return String.format(
        Locale.ROOT,
        """
        Seen on %s, %d processors, Linux %s. On both families at once: %s. On IPv4 alone and on IPv6 alone:
        %d reloads each, one after the other.

        | server | version | IPv4 | IPv6 | both | requests | failed | slowest drain | parked CPU | notes |
        |---|---|---|---|---|---:|---:|---:|---:|---|
        %s
        """,
        "JDK " + Runtime.version(),
        Runtime.getRuntime().availableProcessors(),
        System.getProperty("os.version").replaceFirst("-.*", ""),
        lengths.isEmpty() ? "not run" : String.join("; ", lengths),
        Scenario.SHORT.reloads(),
        String.join("\n", rows));
  }

  private String row(Server server) throws IOException {
    Properties dual = results.of(server, Scenario.Family.DUAL);
    Properties ipv4 = results.of(server, Scenario.Family.IPV4);
    Properties ipv6 = results.of(server, Scenario.Family.IPV6);
    long requests = 0;
    long failed = 0;
    for (Properties values : List.of(dual, ipv4, ipv6)) {
      requests += Long.parseLong(values.getProperty("requests", "0"));
      failed += Long.parseLong(values.getProperty("failed", "0"));
    }
    if (!dual.isEmpty()) {
      lengths.add(
          dual.getProperty("reloads")
              + " reloads spread over "
              + dual.getProperty("seconds")
              + " s and the drains between");
    }
    List<String> notes = new ArrayList<>();
    if (server.hasManagement()) {
      notes.add("with a management port");
    }
    if (!server.note().isEmpty()) {
      notes.add(server.note());
    }
    return "| "
        + String.join(
            " | ",
            server.name(),
            version(server),
            took(ipv4),
            took(ipv6),
            took(dual),
            requests == 0 ? "-" : Long.toString(requests),
            requests == 0 ? "-" : Long.toString(failed),
            dual.isEmpty()
                ? "-"
                : String.format(
                    Locale.ROOT, "%.1f s", Long.parseLong(dual.getProperty("drain")) / 1000.0),
            parked(server, dual),
            String.join("; ", notes))
        + " |";
  }

  private static String parked(Server server, Properties dual) {
    return dual.isEmpty() || !server.takesHeldRequest()
        ? "-"
        : String.format(
            Locale.ROOT, "%.1f %%", 100 * Double.parseDouble(dual.getProperty("parked")));
  }

  private static String took(Properties values) {
    return values.isEmpty() ? "no result" : "yes";
  }

  private static String version(Server server) throws IOException {
    if (server.version().equals("jdk")) {
      return "JDK " + Runtime.version().feature();
    }
    Path pom = Path.of(System.getProperty("jhot.matrix"), "pom.xml");
    String property = Pattern.quote(server.version() + ".version");
    Matcher version = Pattern.compile("<" + property + ">([^<]+)<").matcher(Files.readString(pom));
    if (!version.find()) {
      throw new IOException(pom + " has no " + server.version() + ".version");
    }
    return version.group(1);
  }
}
