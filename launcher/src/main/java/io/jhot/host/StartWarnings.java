package io.jhot.host;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Mistakes in the way {@code jhot exec} was started, as far as they show inside: one line each,
 * once.
 */
public final class StartWarnings {
  private static final Set<String> SHELLS =
      Set.of("sh", "bash", "dash", "ash", "zsh", "ksh", "busybox");

  private StartWarnings() {}

  /**
   * Looks for them.
   *
   * @param root the root folder
   * @param pid our own
   * @param parent our parent's
   * @param environment our variables
   * @param drainMillis how long a drain may take, as the operator set it; -1: not set
   * @param delayMillis how long a generation accepts after its drain has begun
   * @param graceMillis how long whoever stops jhot waits before killing it, as the operator set it;
   *     -1: not set
   * @return the lines
   */
  public static List<String> of(
      Path root,
      int pid,
      int parent,
      Map<String, String> environment,
      long drainMillis,
      long delayMillis,
      long graceMillis) {
    List<String> warnings = new ArrayList<>();
    if (pid != 1 && parent == 1) {
      shell(root, warnings);
    }
    for (String name : new String[] {"JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS", "_JAVA_OPTIONS"}) {
      if (environment.containsKey(name)) {
        warnings.add(
            name
                + " affects jhot's own JVM too: start jhot by its bin/jhot, which passes it to the"
                + " app only");
      }
    }
    Container container = Container.around(root, environment);
    if (drainMillis >= 0) {
      long grace = StopTime.grace(graceMillis, container);
      if (drainMillis > grace) {
        warnings.add(tooLong("--drain-timeout", drainMillis, graceMillis, container));
      }
    } else if (delayMillis > StopTime.within(StopTime.grace(graceMillis, container))) {
      warnings.add(tooLong("--drain-delay", delayMillis, graceMillis, container));
    }
    return warnings;
  }

  /** A shell as PID 1 gets the signals of {@code docker stop} and does not forward them. */
  private static void shell(Path root, List<String> warnings) {
    String[] words;
    try {
      words =
          Files.readString(root.resolve("proc/1/cmdline"), StandardCharsets.ISO_8859_1).split("\0");
    } catch (IOException e) {
      return; // unreadable: no warning
    }
    String name = words[0].substring(words[0].lastIndexOf('/') + 1);
    if (!SHELLS.contains(name)) {
      return;
    }
    String stop = ": docker stop reaches the shell, which does not pass it on, so nothing drains; ";
    warnings.add(
        words.length > 1 && words[1].equals("-c")
            ? "PID 1 is '"
                + name
                + " -c'"
                + stop
                + "write the entry point in exec form: ENTRYPOINT"
                + " [\"/opt/jhot/bin/jhot\", \"exec\", \"--\"]"
            : "PID 1 is the shell of "
                + words[words.length > 1 ? 1 : 0]
                + stop
                + "write exec before jhot in that script");
  }

  /** A drain that is longer than the time until the kill. */
  private static String tooLong(String option, long millis, long graceMillis, Container container) {
    long wanted = (millis + 999) / 1000 + 5;
    String is = option + " is " + millis / 1000 + " s, but ";
    if (graceMillis >= 0) {
      return is
          + "--stop-grace only "
          + graceMillis / 1000
          + " s: what is still draining then is killed; make the grace "
          + wanted
          + " s, or the drain shorter";
    }
    return is
        + container.title
        + " kills "
        + container.graceSeconds
        + " s after TERM unless told otherwise: "
        + container.setting((int) wanted)
        + " (then say so by --stop-grace "
        + wanted
        + "s), or make the drain shorter";
  }
}
