package io.jhot.runtime.child;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.TreeMap;

/**
 * Keeps the most telling lines of a starting generation, to say why it failed: the first lines, the
 * exceptions and their causes, and the last lines. Stack frames are left out. Bounded.
 */
final class StartLines {
  private static final int MAX_FIRST = 4;
  private static final int MAX_CAUSES = 6;
  private static final int MAX_LAST = 10;

  private record Line(int number, String text) {}

  private final List<Line> first = new ArrayList<>();
  private final Deque<Line> causes = new ArrayDeque<>();
  private final Deque<Line> last = new ArrayDeque<>();
  private int count;

  /** Takes the next line. */
  void add(String text) {
    if (isFrame(text)) {
      return;
    }
    Line line = new Line(count++, text);
    if (first.size() < MAX_FIRST) {
      first.add(line);
    }
    if (isCause(text)) {
      keep(causes, line, MAX_CAUSES);
    }
    keep(last, line, MAX_LAST);
  }

  private static void keep(Deque<Line> lines, Line line, int most) {
    if (lines.size() == most) {
      lines.removeFirst();
    }
    lines.add(line);
  }

  /** Those that tell most, oldest first, with three dots where others are left out. */
  List<String> all() {
    TreeMap<Integer, String> kept = new TreeMap<>();
    for (Iterable<Line> some : List.of(first, causes, last)) {
      for (Line line : some) {
        kept.put(line.number(), line.text());
      }
    }
    List<String> lines = new ArrayList<>();
    int next = 0;
    for (var line : kept.entrySet()) {
      if (line.getKey() > next) {
        lines.add("...");
      }
      lines.add(line.getValue());
      next = line.getKey() + 1;
    }
    return lines;
  }

  /** Such as {@code at com.example.App.main(App.java:5)} and {@code ... 12 more}. */
  private static boolean isFrame(String text) {
    String line = text.strip();
    boolean indented = !text.isEmpty() && Character.isWhitespace(text.charAt(0));
    return indented && (line.startsWith("at ") && line.indexOf('(') > 0 || isRest(line));
  }

  /** What stands for the frames that an exception shares with the one that it caused. */
  private static boolean isRest(String line) {
    return line.startsWith("... ")
        && line.length() > 4
        && Character.isDigit(line.charAt(4))
        && (line.endsWith(" more") || line.endsWith(" common frames omitted"));
  }

  private static boolean isCause(String text) {
    return text.contains("Caused by: ")
        || text.startsWith("Exception in thread ")
        || text.startsWith("Error: ") // of the java launcher
        || isThrowable(text);
  }

  /** Whether a line begins with the name of an exception: {@code java.net.BindException: ...}. */
  private static boolean isThrowable(String text) {
    int end = 0;
    while (end < text.length()
        && (Character.isJavaIdentifierPart(text.charAt(end)) || text.charAt(end) == '.')) {
      end++;
    }
    String name = text.substring(0, end);
    return name.indexOf('.') > 0
        && (name.endsWith("Exception") || name.endsWith("Error"))
        && (end == text.length() || text.charAt(end) == ':');
  }
}
