package io.jhot.tests;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Properties;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Writes docs/servers.md from the results of the matrix; what has no result says so. */
final class ServerTable {
  private static final String BEGIN = "<!-- begin: written by make matrix -->";
  private static final String END = "<!-- end: written by make matrix -->";

  private static final List<String> NUMBERS =
      List.of("requests", "failed", "slowest drain", "parked CPU");
  private static final List<String> COLUMNS =
      Sandbox.concat(
          List.of(List.of("server", "version", "both", "IPv4", "IPv6"), NUMBERS, List.of("notes")));

  private final MatrixResults results;

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
    MarkdownTable table = new MarkdownTable(COLUMNS, NUMBERS);
    for (Server server : Server.all().toList()) {
      table.row(row(server));
    }
    return String.format(
        Locale.ROOT,
        """
        Seen on %s, %d processors, Linux %s. *Both*, *IPv4* and *IPv6* say how many times the server was reloaded
        on those addresses, and over how many seconds the reloads were spread, drains not counted.

        %s\
        """,
        "JDK " + Runtime.version(),
        Runtime.getRuntime().availableProcessors(),
        System.getProperty("os.version").replaceFirst("-.*", ""),
        table);
  }

  private List<String> row(Server server) throws IOException {
    Properties dual = results.of(server, Scenario.Family.DUAL);
    Properties ipv4 = results.of(server, Scenario.Family.IPV4);
    Properties ipv6 = results.of(server, Scenario.Family.IPV6);
    long requests = 0;
    long failed = 0;
    for (Properties values : List.of(dual, ipv4, ipv6)) {
      requests += Long.parseLong(values.getProperty("requests", "0"));
      failed += Long.parseLong(values.getProperty("failed", "0"));
    }
    List<String> notes = new ArrayList<>();
    if (server.hasManagement()) {
      notes.add("with a management port");
    }
    if (!server.note().isEmpty()) {
      notes.add(server.note());
    }
    return List.of(
        server.name(),
        version(server),
        took(dual),
        took(ipv4),
        took(ipv6),
        requests == 0 ? "-" : Long.toString(requests),
        requests == 0 ? "-" : Long.toString(failed),
        drain(dual),
        parked(server, dual),
        String.join("; ", notes));
  }

  /** None was timed where the only generation that left was the one that was held back. */
  private static String drain(Properties dual) {
    long millis = Long.parseLong(dual.getProperty("drain", "0"));
    return millis == 0 ? "-" : String.format(Locale.ROOT, "%.1f s", millis / 1000.0);
  }

  private static String parked(Server server, Properties dual) {
    return dual.isEmpty() || !server.takesHeldRequest()
        ? "-"
        : String.format(
            Locale.ROOT, "%.1f %%", 100 * Double.parseDouble(dual.getProperty("parked")));
  }

  private static String took(Properties values) {
    return values.isEmpty()
        ? "no result"
        : values.getProperty("reloads") + " in " + values.getProperty("seconds") + " s";
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
