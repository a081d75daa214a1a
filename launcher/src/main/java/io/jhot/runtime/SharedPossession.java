package io.jhot.runtime;

import java.util.List;
import java.util.Locale;

/**
 * Recognizes, in what a generation wrote when its start failed, a port or a lock that only one
 * process can have, and says what helps. Pure.
 */
final class SharedPossession {
  private static final String[] PORTS = {
    "bindexception", "address already in use", "port already in use", "was already in use"
  };

  private static final String[] LOCKS = {
    "overlappingfilelockexception",
    "lockobtainfailedexception",
    "unable to lock",
    "failed to lock",
    "could not lock",
    "failed to acquire lock",
    "to obtain live lock", // Artemis
    "already locked",
    "lock held",
    "may be already in use", // H2
    "lock file",
    "lockfile",
    ".lock",
    "another process",
    "another instance",
    "already running"
  };

  private SharedPossession() {}

  /**
   * A clause to put behind why the start failed, or nothing.
   *
   * @param lines what the generation wrote last
   * @param old the number of the generation that served meanwhile
   */
  static String advice(List<String> lines, int old) {
    if (hasAny(lines, PORTS)) {
      return "; if generation "
          + old
          + " has that port for itself, --overlap never ends it before the next one starts, and"
          + " {gen:18030-18039} in the place of the number gives each a port of its own";
    }
    if (hasAny(lines, LOCKS)) {
      return "; if generation "
          + old
          + " holds that lock, --overlap never ends it before the next one starts";
    }
    return "";
  }

  private static boolean hasAny(List<String> lines, String[] words) {
    for (String line : lines) {
      String lower = line.toLowerCase(Locale.ROOT);
      for (String word : words) {
        if (lower.contains(word)) {
          return true;
        }
      }
    }
    return false;
  }
}
