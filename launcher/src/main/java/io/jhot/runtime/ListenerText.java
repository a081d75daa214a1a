package io.jhot.runtime;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;

/**
 * Replaces {@code {listener:N}}, which the supervisor writes because it knows numbers only, by the
 * address. A list names each address once: many sockets may share one by SO_REUSEPORT. Pure.
 */
final class ListenerText {
  private static final String BEGIN = "{listener:";

  private ListenerText() {}

  /**
   * The text with addresses in it.
   *
   * @param text what may hold {@code {listener:1}}, or lists such as {@code {listener:1},
   *     {listener:2} and {listener:3}}
   * @param addresses the address of a number; null if it is closed
   */
  static String of(String text, IntFunction<@Nullable String> addresses) {
    int open = text.indexOf(BEGIN);
    if (open < 0) {
      return text;
    }
    StringBuilder shown = new StringBuilder();
    int from = 0;
    while (open >= 0 && text.indexOf('}', open) >= 0) {
      shown.append(text, from, open);
      Set<String> list = new LinkedHashSet<>();
      from = take(text, open, list, addresses);
      int places = 1;
      for (int next = next(text, from); next >= 0; next = next(text, from)) {
        from = take(text, next, list, addresses);
        places++;
      }
      int more = endOfRest(text, from);
      append(shown, new ArrayList<>(list), more < 0 ? " and " : ", ");
      if (more >= 0 && places > list.size()) { // of addresses that are named, as likely as not
        shown.append(text, from, more).append(" sockets");
        from = more;
      }
      open = text.indexOf(BEGIN, from);
    }
    return shown.append(text, from, text.length()).toString();
  }

  /** The address, or words for one that is closed: null. */
  static String of(@Nullable String address) {
    return address == null ? "a listener that is closed" : address;
  }

  /** Takes the place that begins there; returns where it ends. */
  private static int take(
      String text, int open, Set<String> list, IntFunction<@Nullable String> addresses) {
    int close = text.indexOf('}', open);
    list.add(of(addresses.apply(Integer.parseInt(text, open + BEGIN.length(), close, 10))));
    return close + 1;
  }

  /** Where the next place of the same list begins; -1: this was the last one. */
  private static int next(String text, int end) {
    for (String separator : new String[] {", ", " and "}) {
      int next = end + separator.length();
      if (text.startsWith(separator, end)
          && text.startsWith(BEGIN, next)
          && text.indexOf('}', next) >= 0) {
        return next;
      }
    }
    return -1;
  }

  /** Where " and 397 more" ends, if it stands there; else -1. */
  private static int endOfRest(String text, int start) {
    int at = start + " and ".length();
    if (!text.startsWith(" and ", start)) {
      return -1;
    }
    while (at < text.length() && Character.isDigit(text.charAt(at))) {
      at++;
    }
    return text.startsWith(" more", at) ? at + " more".length() : -1;
  }

  private static void append(StringBuilder shown, List<String> list, String last) {
    for (int i = 0; i < list.size(); i++) {
      shown.append(i == 0 ? "" : i < list.size() - 1 ? ", " : last).append(list.get(i));
    }
  }
}
