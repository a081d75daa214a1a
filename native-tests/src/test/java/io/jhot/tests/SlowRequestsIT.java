package io.jhot.tests;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledIfEnvironmentVariable;
import org.junit.jupiter.api.condition.EnabledIfEnvironmentVariable;

/**
 * A connection is at rest when its protocol says so, not when it is quiet.
 *
 * <p>{@code make slow-requests} runs each server with each pause on 20 connections, several at a
 * time: {@code JHOT_SLOW_TABLE} is the page to write, {@code JHOT_SLOW_CASES} a regular expression
 * of their names, {@code JHOT_SLOW_CONNECTIONS} and {@code JHOT_SLOW_AT_ONCE} are numbers.
 */
class SlowRequestsIT {
  private static final Map<String, String> VARIABLES = System.getenv();
  private static final Duration PAUSE = Duration.ofSeconds(9);

  private interface Run {
    List<SlowRequests.Outcome> in(Sandbox box) throws IOException;
  }

  private static final String TABLE = "JHOT_SLOW_TABLE";

  /** One of each way of knowing; all of them wait at the same time. */
  private static final List<String> FEW =
      List.of(
          "JDK HttpServer, JSSE, RELOAD, HTTP/1.1, slow first answer",
          "Tomcat 11, in clear, RELOAD, HTTP/1.1, paused stream",
          "Jetty 12, JSSE, RELOAD, HTTP/2, stalled download",
          "Undertow, JSSE, RELOAD, WebSocket, request head in two pieces",
          "Vert.x 5, OpenSSL, STOP, SSE, paused stream",
          "SSLServerSocket, JSSE, STOP, raw TCP, slow first answer");

  @Test
  @DisabledIfEnvironmentVariable(named = TABLE, matches = ".+")
  void whatPausesIsKeptWhileItsGenerationIsReplacedOrStopped() throws Exception {
    List<SlowRequests.Outcome> outcomes = run(FEW::contains, 1, FEW.size());
    assertEquals(FEW.size(), outcomes.size());
  }

  @Test
  @EnabledIfEnvironmentVariable(named = TABLE, matches = ".+")
  void noServerLosesARequestThatPauses() throws Exception {
    Pattern wanted = Pattern.compile(VARIABLES.getOrDefault("JHOT_SLOW_CASES", ""));
    run(
        name -> wanted.matcher(name).find(),
        number("JHOT_SLOW_CONNECTIONS", 20),
        number("JHOT_SLOW_AT_ONCE", 4));
  }

  private static List<SlowRequests.Outcome> run(
      Predicate<String> wanted, int connections, int atOnce) throws Exception {
    SlowRequests requests = new SlowRequests(connections, PAUSE);
    List<Run> runs = new ArrayList<>();
    for (SlowServer server : SlowServer.all().toList()) {
      List<SlowRequests.Case> reloads = cases(server, SlowRequests.End.RELOAD, wanted);
      if (!reloads.isEmpty()) {
        runs.add(box -> requests.reload(reloads, box));
      }
      for (SlowRequests.Case one : cases(server, SlowRequests.End.STOP, wanted)) {
        runs.add(box -> List.of(requests.stop(one, box)));
      }
    }
    List<String> failures = new ArrayList<>();
    List<SlowRequests.Outcome> outcomes = run(runs, atOnce, failures);
    if (VARIABLES.containsKey(TABLE)) {
      Files.writeString(Path.of(VARIABLES.get(TABLE)), SlowTable.text(outcomes));
    }
    failures.addAll(SlowTable.losses(outcomes));
    assertEquals(0, failures.size(), () -> String.join("\n", failures));
    return outcomes;
  }

  private static List<SlowRequests.Case> cases(
      SlowServer server, SlowRequests.End end, Predicate<String> wanted) {
    List<SlowRequests.Case> cases = new ArrayList<>();
    for (Dialect dialect : server.dialects()) {
      for (Pause pause : dialect.pauses()) {
        SlowRequests.Case one = new SlowRequests.Case(server, end, dialect, pause);
        if (wanted.test(one.toString())) {
          cases.add(one);
        }
      }
    }
    return cases;
  }

  private static int number(String variable, int otherwise) {
    return Integer.parseInt(VARIABLES.getOrDefault(variable, Integer.toString(otherwise)));
  }

  private static List<SlowRequests.Outcome> run(List<Run> runs, int atOnce, List<String> failures)
      throws InterruptedException {
    List<SlowRequests.Outcome> outcomes = new ArrayList<>();
    try (ExecutorService threads = Executors.newFixedThreadPool(atOnce)) {
      List<Callable<List<SlowRequests.Outcome>>> tasks = new ArrayList<>();
      for (Run run : runs) {
        tasks.add(() -> runAlone(run));
      }
      for (Future<List<SlowRequests.Outcome>> one : threads.invokeAll(tasks)) {
        try {
          outcomes.addAll(one.get());
        } catch (ExecutionException e) {
          failures.add(e.getCause() + " " + e.getCause().getCause());
        }
      }
    }
    return outcomes;
  }

  /** In a world of its own. */
  private static List<SlowRequests.Outcome> runAlone(Run run) throws IOException {
    Sandbox box = new Sandbox();
    List<SlowRequests.Outcome> outcomes = List.of();
    boolean good = false;
    try {
      outcomes = run.in(box);
      good = outcomes.stream().allMatch(outcome -> outcome.lost().isEmpty());
    } finally {
      try {
        box.close();
      } finally {
        if (!good) {
          System.err.println(SlowTable.losses(outcomes) + "\n" + box.transcript());
        }
      }
    }
    return outcomes;
  }
}
