package io.jhot.ffm;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** What {@code child.c} says of itself. */
final class Report {
  private final List<String> lines;

  Report(String text) {
    lines = text.lines().toList();
  }

  List<String> all(String name) {
    List<String> values = new ArrayList<>();
    for (String line : lines) {
      if (line.startsWith(name + ": ")) {
        values.add(line.substring(name.length() + 2));
      }
    }
    return values;
  }

  String one(String name) {
    List<String> values = all(name);
    if (values.size() != 1) {
      throw new AssertionError(name + " is there " + values.size() + " times in " + lines);
    }
    return values.get(0);
  }

  int number(String name) {
    return Integer.parseInt(one(name));
  }

  /** Descriptor numbers, and what they are. */
  Map<Integer, String> descriptors() {
    Map<Integer, String> descriptors = new TreeMap<>();
    for (String descriptor : all("descriptor")) {
      String[] fields = descriptor.split(" ", 2);
      descriptors.put(Integer.valueOf(fields[0]), fields[1]);
    }
    return descriptors;
  }
}
