package io.jhot.supervisor;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Iterator;
import java.util.List;
import java.util.SortedSet;

/** Numbers and states in an operator's words. */
final class Wording {

  /** As many listeners are named in one text; of the others it says how many they are. */
  static final int MOST_NAMED = 8;

  private Wording() {}

  /** A clause whose subject is a generation: how its process ended. */
  static String exit(boolean signaled, int value) {
    return signaled ? "was killed by " + signal(value) : "exited with code " + value;
  }

  static String signal(int number) {
    return switch (number) {
      case 1 -> "SIGHUP";
      case 2 -> "SIGINT";
      case 3 -> "SIGQUIT";
      case 4 -> "SIGILL";
      case 6 -> "SIGABRT";
      case 7 -> "SIGBUS";
      case 8 -> "SIGFPE";
      case 9 -> "SIGKILL";
      case 11 -> "SIGSEGV";
      case 13 -> "SIGPIPE";
      case 15 -> "SIGTERM";
      default -> "signal " + number;
    };
  }

  static String millis(long millis) {
    return millis % 1000 == 0 ? millis / 1000 + " s" : millis + " ms";
  }

  static String count(int many, String thing) {
    return many == 1 ? "1 " + thing : many + " " + thing + "s";
  }

  /**
   * "{listener:1}, {listener:2} and {listener:3}", or "... and 397 more": places for the loop to
   * put addresses in.
   */
  static String listeners(SortedSet<Integer> ids) {
    List<String> places = new ArrayList<>();
    for (int id : ids) {
      if (places.size() == MOST_NAMED) {
        break;
      }
      places.add("{listener:" + id + "}");
    }
    return list(places, ids.size());
  }

  /** "one, two and three", or "... and 397 more". */
  static String list(Collection<String> things) {
    return list(things, things.size());
  }

  private static String list(Collection<String> things, int count) {
    StringBuilder text = new StringBuilder();
    int left = count;
    Iterator<String> each = things.iterator();
    for (int named = 0; each.hasNext() && named < MOST_NAMED; named++) {
      String one = each.next();
      left--;
      if (text.length() > 0) {
        text.append(left > 0 ? ", " : " and ");
      }
      text.append(one);
    }
    if (left > 0) {
      text.append(" and ").append(left).append(" more");
    }
    return text.toString();
  }
}
