package io.jhot.config;

import java.util.Collection;
import java.util.SortedSet;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Fills a generation's number into a text: <code>{gen}</code> is the number itself, <code>{gen%N}
 * </code> its remainder after division by N, and <code>{gen:FROM-TO}</code> counts from FROM to TO
 * and starts over. Anything else in braces is the app's own and stays.
 */
public final class GenerationText {
  private static final String OPEN = "{gen";

  /** A counter, and its place in a text. */
  private record Counter(int start, int end, int first, int size, boolean ranged) {
    int value(int generation) {
      if (size == 0) {
        return generation;
      }
      return ranged ? first + (generation - 1) % size : generation % size;
    }
  }

  private GenerationText() {}

  /**
   * The text for one generation.
   *
   * @param text as the operator wrote it
   * @param generation its number, from 1
   */
  public static String fill(String text, int generation) {
    return fill(text, generation, new TreeSet<>());
  }

  /**
   * The ports in these texts that differ from generation to generation: numbers with a counter in
   * them, as in <code>1803{gen}</code>. A plain <code>{gen}</code> does not count: generation 80
   * does not serve port 80 for that.
   *
   * @param texts as the operator wrote them
   * @param generation its number, from 1
   */
  public static SortedSet<Integer> ports(Collection<String> texts, int generation) {
    SortedSet<Integer> ports = new TreeSet<>();
    for (String text : texts) {
      fill(text, generation, ports);
    }
    return ports;
  }

  /**
   * Refuses a counter that cannot count.
   *
   * @param text as the operator wrote it
   * @throws ConfigException if there is one
   */
  public static void check(String text) throws ConfigException {
    for (int at = text.indexOf(OPEN); at >= 0; at = text.indexOf(OPEN, at + 1)) {
      Counter counter = counterAt(text, at);
      if (counter != null && counter.size < 0) {
        throw new ConfigException(
            text.substring(at, counter.end)
                + " cannot count: write {gen}, {gen%10} or {gen:18030-18039}");
      }
    }
  }

  private static String fill(String text, int generation, SortedSet<Integer> ports) {
    int at = text.indexOf(OPEN);
    if (at < 0) {
      return text;
    }
    StringBuilder filled = new StringBuilder(text.length() + 8);
    SortedSet<Integer> counted = new TreeSet<>(); // where a number may be a port
    SortedSet<Integer> plain = new TreeSet<>();
    int done = 0;
    for (; at >= 0; at = text.indexOf(OPEN, Math.max(at + 1, done))) {
      Counter counter = counterAt(text, at);
      if (counter == null || counter.size < 0) {
        continue;
      }
      filled.append(text, done, at);
      (counter.ranged ? counted : plain).add(filled.length());
      filled.append(counter.value(generation));
      done = counter.end;
    }
    filled.append(text, done, text.length());
    for (int start : counted) {
      addPort(filled, start, 0, ports);
    }
    for (int start : plain) {
      addPort(filled, start, Integer.toString(generation).length(), ports);
    }
    return filled.toString();
  }

  /** Adds the number around a place if it is longer than the text that was filled in there. */
  private static void addPort(CharSequence text, int at, int filled, SortedSet<Integer> ports) {
    int start = at;
    int end = at;
    while (start > 0 && isDigit(text.charAt(start - 1))) {
      start--;
    }
    while (end < text.length() && isDigit(text.charAt(end))) {
      end++;
    }
    int length = end - start;
    int port = length <= 5 && length > filled ? OwnPorts.number(text.subSequence(start, end)) : 0;
    if (port >= 1 && port <= 65535) {
      ports.add(port);
    }
  }

  /** The counter at a place; of size -1 if it cannot count; null if there is none. */
  private static @Nullable Counter counterAt(String text, int start) {
    int close = text.indexOf('}', start);
    if (close < 0) {
      return null;
    }
    int at = start + OPEN.length();
    if (close == at) {
      return new Counter(start, close + 1, 0, 0, false);
    }
    String body = text.substring(at + 1, close);
    if (text.charAt(at) == '%' && isNumber(body)) {
      int size = OwnPorts.number(body);
      return new Counter(start, close + 1, 0, size > 0 ? size : -1, false);
    }
    int dash = body.indexOf('-');
    if (text.charAt(at) == ':'
        && dash > 0
        && isNumber(body.substring(0, dash))
        && isNumber(body.substring(dash + 1))) {
      int first = OwnPorts.number(body.substring(0, dash));
      int last = OwnPorts.number(body.substring(dash + 1));
      return new Counter(start, close + 1, first, last >= first ? last - first + 1 : -1, true);
    }
    return null;
  }

  private static boolean isNumber(String text) {
    for (int i = 0; i < text.length(); i++) {
      if (!isDigit(text.charAt(i))) {
        return false;
      }
    }
    return !text.isEmpty() && text.length() <= 6;
  }

  private static boolean isDigit(char c) {
    return c >= '0' && c <= '9';
  }
}
