package io.jhot.agent.listen;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Binds that the agent leaves to the kernel, conflicts included, because the port belongs to this
 * generation alone. Immutable.
 */
final class OwnBinds {
  /** Where jhot says which: {@code 18030,5701-5799,tcp-8025,unix-app.sock}. */
  static final String VARIABLE = "JHOT_OWN_PORTS";

  private final List<int[]> ranges = new ArrayList<>();
  private final Set<String> names = new HashSet<>();

  private OwnBinds() {}

  /**
   * Reads what jhot says; an item that is none, as of a newer jhot, is skipped.
   *
   * @param text null for none
   */
  static OwnBinds of(@Nullable String text) {
    OwnBinds binds = new OwnBinds();
    int start = 0;
    while (text != null && start < text.length()) {
      int comma = text.indexOf(',', start);
      int end = comma < 0 ? text.length() : comma;
      binds.add(text.substring(start, end));
      start = end + 1;
    }
    return binds;
  }

  private void add(String item) {
    if (item.isEmpty() || !Character.isDigit(item.charAt(0))) {
      names.add(item);
      return;
    }
    int dash = item.indexOf('-');
    try {
      int first = Integer.parseInt(dash < 0 ? item : item.substring(0, dash));
      ranges.add(new int[] {first, dash < 0 ? first : Integer.parseInt(item.substring(dash + 1))});
    } catch (NumberFormatException e) {
      return; // not of this jhot
    }
  }

  /** Whether a TCP port is one. */
  boolean contains(int port) {
    return isInRange(port) || !names.isEmpty() && names.contains("tcp-" + port);
  }

  /** Whether a listener is one. */
  boolean contains(Listener listener) {
    if (listener.isTcp()) {
      return contains(listener.port);
    }
    if (listener.datagrams) {
      return isInRange(listener.port) || names.contains("udp-" + listener.port);
    }
    return listener.path != null && names.contains("unix-" + listener.path.getFileName());
  }

  private boolean isInRange(int port) {
    for (int[] range : ranges) {
      if (port >= range[0] && port <= range[1]) {
        return true;
      }
    }
    return false;
  }
}
