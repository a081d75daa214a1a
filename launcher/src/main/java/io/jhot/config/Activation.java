package io.jhot.config;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.IntSupplier;

/**
 * What a service manager passed to jhot: sockets (systemd's sd_listen_fds(3)), the address for
 * notifications (man 3 sd_notify), and the watchdog's interval (man 3 sd_watchdog_enabled).
 *
 * @param names the names of the sockets, whose descriptors are 3, 4, ...; empty for none
 * @param notifySocket a path, or {@code @name} in the abstract namespace; empty for none
 * @param watchdogMillis jhot counts as hung after this long without a notification; 0: no watchdog
 */
public record Activation(List<String> names, String notifySocket, long watchdogMillis) {
  /** Nothing was passed. */
  public static final Activation NONE = new Activation(List.of(), "", 0);

  /** As many as one message can carry (SCM_MAX_FD); more than any unit file has. */
  private static final int MAX_SOCKETS = 253;

  /**
   * Reads the variables. Those that name the pid of another process do not count.
   *
   * @param environment jhot's own
   * @param pid jhot's own pid; asked only if a variable is set
   * @return what was passed
   * @throws ConfigException when a variable has another form than the manual says
   */
  public static Activation of(Map<String, String> environment, IntSupplier pid)
      throws ConfigException {
    String notifySocket = environment.getOrDefault("NOTIFY_SOCKET", "");
    if (!notifySocket.isEmpty() && !notifySocket.startsWith("/") && !notifySocket.startsWith("@")) {
      throw new ConfigException(
          "NOTIFY_SOCKET is '" + notifySocket + "': jhot can only send to a /path or an @name");
    }
    return new Activation(
        names(environment, pid), notifySocket, watchdogMillis(environment, pid, notifySocket));
  }

  private static List<String> names(Map<String, String> environment, IntSupplier pid)
      throws ConfigException {
    String count = environment.getOrDefault("LISTEN_FDS", "");
    if (count.isEmpty()
        || !Integer.toString(pid.getAsInt()).equals(environment.get("LISTEN_PID"))) {
      return List.of();
    }
    int sockets = OptionValues.parseCount("LISTEN_FDS", count, 0, MAX_SOCKETS);
    String[] given = environment.getOrDefault("LISTEN_FDNAMES", "").split(":", -1);
    List<String> names = new ArrayList<>(sockets);
    for (int i = 0; i < sockets; i++) {
      boolean named = i < given.length && !given[i].isEmpty();
      names.add(named ? given[i] : "unknown"); // as sd_listen_fds_with_names(3) has it
    }
    return List.copyOf(names);
  }

  private static long watchdogMillis(
      Map<String, String> environment, IntSupplier pid, String notifySocket)
      throws ConfigException {
    String interval = environment.getOrDefault("WATCHDOG_USEC", "");
    String whose = environment.getOrDefault("WATCHDOG_PID", "");
    if (interval.isEmpty()
        || notifySocket.isEmpty()
        || !whose.isEmpty() && !whose.equals(Integer.toString(pid.getAsInt()))) {
      return 0;
    }
    long micros;
    try {
      micros = Long.parseLong(interval);
    } catch (NumberFormatException e) {
      micros = -1;
    }
    if (micros <= 0) {
      throw new ConfigException(
          "WATCHDOG_USEC is '" + interval + "': not a number of microseconds");
    }
    return Math.max(1, micros / 1000);
  }
}
