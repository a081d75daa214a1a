package io.jhot.config;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The app's environment: jhot's own without what is meant for jhot, with what the operator and the
 * generation add.
 */
public final class AppEnvironment {
  /** How the C entry renames what would otherwise hit jhot's own JVM. */
  private static final String SET_ASIDE = "JHOT_APP_";

  private final Map<String, String> variables = new LinkedHashMap<>();

  /**
   * Starts from jhot's own environment.
   *
   * @param inherited {@code K=V} each, in any order; entries without a name are dropped
   */
  public AppEnvironment(List<String> inherited) {
    Map<String, String> setAside = new LinkedHashMap<>();
    for (String entry : inherited) {
      int equals = entry.indexOf('=');
      if (equals < 1) {
        continue;
      }
      String name = entry.substring(0, equals);
      String value = entry.substring(equals + 1);
      if (name.startsWith(SET_ASIDE)) {
        setAside.put(name.substring(SET_ASIDE.length()), value);
      } else if (!isOurs(name)) {
        variables.put(name, value);
      }
    }
    variables.putAll(setAside);
  }

  /**
   * A copy, to be changed by itself.
   *
   * @param base stays as it is
   */
  public AppEnvironment(AppEnvironment base) {
    variables.putAll(base.variables);
  }

  /**
   * Sets one variable.
   *
   * @param name its name
   * @param value its value; replaces an earlier one
   */
  public void put(String name, String value) {
    variables.put(name, value);
  }

  /**
   * One variable's value.
   *
   * @param name its name
   * @return the value, or null
   */
  public @Nullable String get(String name) {
    return variables.get(name);
  }

  /** The variables as execve(2) takes them, {@code K=V} each. */
  public List<String> entries() {
    List<String> entries = new ArrayList<>(variables.size());
    for (Map.Entry<String, String> variable : variables.entrySet()) {
      entries.add(variable.getKey() + "=" + variable.getValue());
    }
    return entries;
  }

  /**
   * Options of jhot itself, and the sockets that somebody passed to jhot: an app that read those
   * would take descriptors that it does not have. {@code JHOT_RUNTIME_DIR} stays, for an app or its
   * scripts may call {@code jhot reload}.
   */
  private static boolean isOurs(String name) {
    return name.startsWith("JHOT_") && !name.equals("JHOT_RUNTIME_DIR")
        || name.equals("_JAVA_SR_SIGNUM")
        || name.equals("NOTIFY_SOCKET")
        || name.equals("WATCHDOG_USEC")
        || name.equals("WATCHDOG_PID")
        || name.equals("LISTEN_FDS")
        || name.equals("LISTEN_PID")
        || name.equals("LISTEN_FDNAMES");
  }
}
