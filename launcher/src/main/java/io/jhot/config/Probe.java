package io.jhot.config;

import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import org.jspecify.annotations.Nullable;

/**
 * The check of {@code --probe}, made before clients can reach a generation, and what counts as
 * success.
 *
 * @param kind how it asks
 * @param text as the operator wrote it
 * @param request the target of an HTTP request or of a TCP connection; null for a command
 * @param command a shell command, or empty
 * @param leastStatus the smallest HTTP status that is a success
 * @param mostStatus the largest
 * @param body a regular expression that must match in the body of an HTTP answer, or empty
 * @param successes how many in a row it takes, 1 or more
 * @param intervalMillis from the start of one attempt to that of the next, 1 or more
 * @param timeoutMillis how long one attempt may take, 1 or more
 */
public record Probe(
    Kind kind,
    String text,
    @Nullable HttpTarget request,
    String command,
    int leastStatus,
    int mostStatus,
    String body,
    int successes,
    long intervalMillis,
    long timeoutMillis) {

  /** How a probe asks. */
  public enum Kind {
    /** By a GET. */
    HTTP,
    /** By a connection, which is closed at once. */
    TCP,
    /** By a command, whose exit code 0 is a success. */
    COMMAND
  }

  private static final String FORM =
      "; write /path, http://[host]:port/path, tcp:// or tcp://:port, or exec:command";

  /**
   * Reads {@code --probe} and its further options.
   *
   * @param text a path, or {@code http://...}, {@code tcp://...}, {@code exec:...}
   * @param status {@code 200} or {@code 200-399}
   * @param body a regular expression, or empty
   * @param successes how many in a row
   * @param intervalMillis 1 or more
   * @param timeoutMillis 1 or more
   * @return the checked probe
   * @throws ConfigException when one of them is wrong
   */
  public static Probe parse(
      String text,
      String status,
      String body,
      int successes,
      long intervalMillis,
      long timeoutMillis)
      throws ConfigException {
    Kind kind;
    HttpTarget request = null;
    String command = "";
    if (text.startsWith("exec:")) {
      kind = Kind.COMMAND;
      command = text.substring("exec:".length());
      if (command.isBlank()) {
        throw new ConfigException("--probe '" + text + "': the command is missing" + FORM);
      }
    } else if (text.startsWith("tcp://")) {
      kind = Kind.TCP;
      request = tcp(text);
    } else if (text.startsWith("https://")) {
      throw new ConfigException(
          "--probe '"
              + text
              + "': jhot does not speak TLS; write tcp://:port, or exec:curl -kfsS"
              + " https://$JHOT_PROBE_ADDRESS/path");
    } else {
      kind = Kind.HTTP;
      request = HttpTarget.parse("--probe", text, FORM);
    }
    if (kind != Kind.HTTP && !body.isEmpty()) {
      throw new ConfigException("--probe-body: only an HTTP probe sees content");
    }
    checkPattern(body);
    checkPositive("--probe-interval", intervalMillis);
    checkPositive("--probe-timeout", timeoutMillis);
    int dash = status.indexOf('-', 1);
    String least = dash < 0 ? status : status.substring(0, dash);
    String most = dash < 0 ? status : status.substring(dash + 1);
    int leastStatus = OptionValues.parseCount("--probe-status", least, 100, 599);
    int mostStatus = OptionValues.parseCount("--probe-status", most, leastStatus, 599);
    return new Probe(
        kind,
        text,
        request,
        command,
        leastStatus,
        mostStatus,
        body,
        successes,
        intervalMillis,
        timeoutMillis);
  }

  private static HttpTarget tcp(String text) throws ConfigException {
    String rest = text.substring("tcp://".length());
    if (rest.isEmpty()) {
      return new HttpTarget("", 0, "");
    }
    if (!rest.startsWith(":")) {
      throw new ConfigException(
          "--probe '" + text + "': the address is the generation's own; name its port only" + FORM);
    }
    return new HttpTarget("", OptionValues.parseCount("--probe", rest.substring(1), 1, 65535), "");
  }

  private static void checkPositive(String option, long millis) throws ConfigException {
    if (millis == 0) {
      throw new ConfigException(option + " 0: write 1ms or more");
    }
  }

  private static void checkPattern(String body) throws ConfigException {
    if (body.isEmpty()) {
      return;
    }
    try {
      Pattern.compile(body);
    } catch (PatternSyntaxException e) {
      throw new ConfigException(
          "--probe-body '" + body + "' is no regular expression: " + e.getDescription());
    }
  }
}
