package io.jhot.examples.load;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;

/**
 * The command: {@code java -jar load.jar --port N [option value]...}.
 *
 * <p>Exit code 0: every request got its answer; 1: at least one failed; 2: the arguments are wrong,
 * or the run could not be made.
 */
public final class Load {
  private static final String USAGE =
      """
      usage: load --port N [option value]...
        --host NAME            127.0.0.1
        --duration SECONDS     20    over which requests are scheduled
        --warm-up SECONDS      1     its first part, counted but not timed
        --connections N        10    kept-alive connections
        --keep-alive-rate N    200   requests a second over all of them
        --new-rate N           50    requests a second, each on a new connection
        --slow-rate N          10    slow requests a second
        --slow-millis N        300   how long a slow one takes
        --post-rate N          0     POST /echo with content, a second
        --pair-rate N          0     pipelined pairs a second
        --idle-connections N   0     connections with a pause before each request
        --idle-pause SECONDS   8     how long each of those pauses
        --timeout SECONDS      10    for one request
        --until FILE           end sooner, when there is such a file
        --tls                  by TLS, whatever the certificate
        --json                 print one JSON object instead of the table
      """;

  private static final Map<String, String> DEFAULTS =
      Map.ofEntries(
          Map.entry("--host", "127.0.0.1"),
          Map.entry("--duration", "20"),
          Map.entry("--warm-up", "1"),
          Map.entry("--connections", "10"),
          Map.entry("--keep-alive-rate", "200"),
          Map.entry("--new-rate", "50"),
          Map.entry("--slow-rate", "10"),
          Map.entry("--slow-millis", "300"),
          Map.entry("--post-rate", "0"),
          Map.entry("--pair-rate", "0"),
          Map.entry("--idle-connections", "0"),
          Map.entry("--idle-pause", "8"),
          Map.entry("--timeout", "10"),
          Map.entry("--until", ""));

  private Load() {}

  public static void main(String[] args) {
    System.exit(run(args, System.out, System.err));
  }

  /** Does what {@code args} say and returns the exit code. */
  static int run(String[] args, PrintStream out, PrintStream err) {
    Map<String, String> options = new HashMap<>(DEFAULTS);
    boolean json = false;
    boolean tls = false;
    LoadPlan plan;
    try {
      for (int i = 0; i < args.length; i++) {
        if (args[i].equals("--json")) {
          json = true;
        } else if (args[i].equals("--tls")) {
          tls = true;
        } else if (!DEFAULTS.containsKey(args[i]) && !args[i].equals("--port")) {
          throw new IllegalArgumentException("unknown option " + args[i]);
        } else if (i + 1 == args.length) {
          throw new IllegalArgumentException(args[i] + " needs a value");
        } else {
          options.put(args[i], args[++i]);
        }
      }
      plan =
          new LoadPlan(
                  options.get("--host"),
                  number(options, "--port"),
                  Duration.ofSeconds(number(options, "--duration")),
                  Duration.ofSeconds(number(options, "--warm-up")),
                  number(options, "--connections"),
                  number(options, "--keep-alive-rate"),
                  number(options, "--new-rate"),
                  number(options, "--slow-rate"),
                  number(options, "--slow-millis"),
                  Duration.ofSeconds(number(options, "--timeout")))
              .with(
                  number(options, "--post-rate"),
                  number(options, "--pair-rate"),
                  number(options, "--idle-connections"),
                  Duration.ofSeconds(number(options, "--idle-pause")));
      plan = tls ? plan.overTls() : plan;
    } catch (IllegalArgumentException e) {
      err.println("load: " + e.getMessage());
      err.print(USAGE);
      return 2;
    }
    try {
      String until = options.get("--until");
      LoadResult result =
          LoadRun.run(plan, () -> until.isEmpty() || Files.notExists(Path.of(until)));
      out.print(json ? Report.json(result) + "\n" : Report.table(result));
      return result.failed() == 0 ? 0 : 1;
    } catch (IOException e) {
      err.println("load: " + e.getMessage());
      return 2;
    }
  }

  private static int number(Map<String, String> options, String name) {
    String value = options.get(name);
    if (value == null) {
      throw new IllegalArgumentException(name + " is missing");
    }
    try {
      return Integer.parseInt(value);
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException(name + " needs a number, not \"" + value + "\"", e);
    }
  }
}
