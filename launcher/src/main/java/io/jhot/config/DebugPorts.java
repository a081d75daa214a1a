package io.jhot.config;

import java.util.Collection;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * The ports on which JVMs are told to wait for a debugger. The JVM binds them itself, before any
 * agent: no generation can take one over from another.
 */
public final class DebugPorts {
  private static final String[] STARTS = {"-agentlib:jdwp=", "-Xrunjdwp:"};

  private DebugPorts() {}

  /**
   * Those in texts that hold options of a JVM.
   *
   * @param texts arguments, or variables such as {@code JAVA_TOOL_OPTIONS}
   */
  public static SortedSet<Integer> of(Collection<String> texts) {
    SortedSet<Integer> ports = new TreeSet<>();
    for (String text : texts) {
      for (String start : STARTS) {
        int at = text.indexOf(start);
        for (; at >= 0; at = text.indexOf(start, at + 1)) {
          add(options(text, at + start.length()), ports);
        }
      }
    }
    return ports;
  }

  /** Up to the next white space or quote: one of several options in a variable. */
  private static String options(String text, int from) {
    int end = from;
    while (end < text.length() && " \t\n\"'".indexOf(text.charAt(end)) < 0) {
      end++;
    }
    return text.substring(from, end);
  }

  private static void add(String options, SortedSet<Integer> ports) {
    String address = "";
    boolean waits = false;
    for (String option : options.split(",")) {
      if (option.startsWith("address=")) {
        address = option.substring("address=".length());
      } else if (option.equals("server=y")) {
        waits = true;
      }
    }
    int port = OwnPorts.number(address.substring(address.lastIndexOf(':') + 1));
    if (waits && port >= 1 && port <= 65535) {
      ports.add(port);
    }
  }
}
