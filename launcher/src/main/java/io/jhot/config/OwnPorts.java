package io.jhot.config;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * Ports that belong to one generation: jhot neither takes them over nor hands them on, so a second
 * bind of one fails as it does without jhot. Immutable.
 *
 * @param ranges ports by number, TCP and UDP alike
 * @param names listeners that an app opens, by the name that {@code jhot status} shows
 */
public record OwnPorts(List<Range> ranges, Set<String> names) {
  /** None. */
  public static final OwnPorts NONE = new OwnPorts(List.of(), Set.of());

  private static final String FORM =
      "; write 18030, 18030-18039, or a listener's name as jhot status shows it (tcp-18030,"
          + " unix-app.sock), several with commas between";

  /**
   * Ports that follow one another.
   *
   * @param first 1 to 65535
   * @param last the same or more
   */
  public record Range(int first, int last) {
    boolean contains(int port) {
      return port >= first && port <= last;
    }

    @Override
    public String toString() {
      return first == last ? Integer.toString(first) : first + "-" + last;
    }
  }

  /** Takes copies. */
  public OwnPorts {
    ranges = List.copyOf(ranges);
    names = Set.copyOf(names);
  }

  /**
   * Reads {@code --own-port}.
   *
   * @param texts each with one or several, commas between
   * @throws ConfigException when one of them is none
   */
  public static OwnPorts parse(List<String> texts) throws ConfigException {
    List<Range> ranges = new ArrayList<>();
    Set<String> names = new TreeSet<>();
    for (String text : texts) {
      for (String one : text.split(",", -1)) {
        String item = one.strip();
        if (item.isEmpty()) {
          throw new ConfigException("--own-port '" + text + "': a port is missing" + FORM);
        }
        if (Character.isDigit(item.charAt(0))) {
          ranges.add(range(item));
        } else {
          checkName(item);
          names.add(item);
        }
      }
    }
    return new OwnPorts(ranges, names);
  }

  private static Range range(String item) throws ConfigException {
    int dash = item.indexOf('-');
    int first = port(item, dash < 0 ? item : item.substring(0, dash));
    int last = dash < 0 ? first : port(item, item.substring(dash + 1));
    if (last < first) {
      throw new ConfigException(
          "--own-port '" + item + "': the range ends before it begins" + FORM);
    }
    return new Range(first, last);
  }

  private static int port(String item, String digits) throws ConfigException {
    int port = digits.length() > 5 ? 0 : number(digits);
    if (port < 1 || port > 65535) {
      throw new ConfigException("--own-port '" + item + "': a port is 1 to 65535" + FORM);
    }
    return port;
  }

  /** 0 if it is no number. */
  static int number(CharSequence digits) {
    int number = 0;
    for (int i = 0; i < digits.length(); i++) {
      char digit = digits.charAt(i);
      if (digit < '0' || digit > '9' || number > 65535) {
        return 0;
      }
      number = number * 10 + (digit - '0');
    }
    return number;
  }

  private static void checkName(String item) throws ConfigException {
    boolean good =
        item.startsWith("tcp-") && number(item.substring(4)) > 0
            || item.startsWith("udp-") && number(item.substring(4)) > 0
            || item.startsWith("unix-") && item.length() > 5;
    if (!good) {
      throw new ConfigException(
          "--own-port '" + item + "': no listener that an app opens has such a name" + FORM);
    }
  }

  /**
   * The same and more.
   *
   * @param ports by number
   */
  public OwnPorts with(Collection<Integer> ports) {
    if (ports.isEmpty()) {
      return this;
    }
    List<Range> all = new ArrayList<>(ranges);
    for (int port : ports) {
      all.add(new Range(port, port));
    }
    return new OwnPorts(all, names);
  }

  /**
   * Whether a TCP port is one.
   *
   * @param port its number
   */
  public boolean contains(int port) {
    for (Range range : ranges) {
      if (range.contains(port)) {
        return true;
      }
    }
    return names.contains("tcp-" + port);
  }

  /**
   * Refuses sockets that jhot opens or was given: those go to every generation.
   *
   * @param address as {@code --listen} has it
   * @throws ConfigException if it is among them
   */
  public void checkApart(ListenAddress address) throws ConfigException {
    boolean named = names.contains(address.name());
    if (named || address.transport() != ListenAddress.Transport.UNIX && contains(address.port())) {
      throw new ConfigException(
          "--own-port and --listen "
              + address.text()
              + ": a socket that jhot opens goes to every generation, and cannot belong to one;"
              + " leave one of the two out");
    }
  }

  /** As the agent reads it, and {@link #parse}; empty for none. */
  public String text() {
    StringBuilder text = new StringBuilder();
    for (Range range : ranges) {
      text.append(text.isEmpty() ? "" : ",").append(range);
    }
    for (String name : new TreeSet<>(names)) {
      text.append(text.isEmpty() ? "" : ",").append(name);
    }
    return text.toString();
  }
}
