package io.jhot.agent.patch;

import java.util.ArrayList;
import java.util.List;
import java.util.function.IntSupplier;

/** Methods whose code is awkward to move; {@link ClassPatchTest} patches all of them. */
public class PatchTarget {
  private final String name;

  /** A target with a name that instance methods answer with. */
  public PatchTarget(String name) {
    this.name = name;
  }

  /** What a hook asks of the target itself. */
  public long half() {
    return 5L + name.length();
  }

  /** Arguments of several kinds. */
  public long join(long n, List<String> list) {
    return n + list.size();
  }

  /** tableswitch: its operands are aligned to the start of the code. */
  public static String table(int n) {
    switch (n) {
      case 1:
        return "one";
      case 2:
        return "two";
      case 3:
        return "three";
      default:
        return "many";
    }
  }

  /** lookupswitch, likewise. */
  public static int lookup(int n, String text) {
    int sum = text.length();
    for (int i = 0; i < 3; i++) {
      switch (n + i) {
        case 10:
          sum += 1;
          break;
        case 1000:
          sum += 2;
          break;
        case 100_000:
          return sum;
        default:
          sum += 3;
      }
    }
    return sum;
  }

  /** A string switch with several tables. */
  public static long words(String word, long start) {
    return switch (word) {
      case "a" -> start;
      case "Aa", "BB" -> start * 2;
      default -> {
        long sum = start;
        for (char c : word.toCharArray()) {
          sum += c;
        }
        yield sum;
      }
    };
  }

  /** Handlers within handlers. */
  public static String handlers(Object o) {
    StringBuilder log = new StringBuilder();
    try {
      try {
        log.append(o.hashCode() == 0 ? "zero" : "some");
        log.append(((String) o).length());
      } catch (ClassCastException e) {
        log.append("cast");
      } finally {
        log.append("!");
      }
    } catch (NullPointerException e) {
      log.append("null");
    }
    return log.toString();
  }

  /** The first instruction is a branch target: a frame at offset 0. */
  public static int frameAtZero(int n) {
    do {
      n -= 3;
    } while (n > 0);
    return n;
  }

  /** The same, for ever, so that no code follows. */
  public static void loop(List<String> out) {
    while (true) {
      if (out.size() > 3) {
        throw new IllegalStateException("full");
      }
      out.add("x");
    }
  }

  /** Uninitialized objects on the stack across branches. */
  public static String uninitialized(boolean a, boolean b) {
    return new StringBuilder(a ? (b ? "ab" : "a") : new String(b ? "b" : "none")).toString();
  }

  /** Wide and long arguments, arrays, and a full frame with many locals. */
  public static double wide(
      long l, double d, float f, byte b, short s, char c, boolean z, int[][] a, Object[] o) {
    long l2 = l + 1;
    double d2 = d * 2;
    float f2 = f * 2;
    int sum = b + s + c;
    for (int i = 0; i < a.length; i++) {
      for (int j = 0; j < a[i].length; j++) {
        sum += z ? a[i][j] : -a[i][j];
      }
    }
    List<Object> objects = new ArrayList<>();
    for (Object one : o) {
      if (one instanceof Integer n && n > 3) {
        objects.add(n);
      }
    }
    return l2 + d2 + f2 + sum + objects.size();
  }

  /** An instance method with a lambda that captures. */
  public String instance(String prefix, long times) {
    IntSupplier length = () -> prefix.length() + name.length();
    StringBuilder text = new StringBuilder(prefix);
    for (long i = 0; i < times; i++) {
      text.append(name);
    }
    return text.append(length.getAsInt()).toString();
  }

  /** A long result. */
  public synchronized long longs(long a, int b) {
    synchronized (name) {
      return a > b ? a : b;
    }
  }

  /** A float result. */
  public static float floats(float f) {
    return f > 0 ? f : -f;
  }

  /** An array result. */
  public static int[] arrays(int... numbers) {
    return numbers.length == 0 ? null : numbers;
  }

  /** No branch at all, and nothing on the stack. */
  public static void nothing() {}

  /** Calls everything that is not endless, and tells what came back. */
  public static String results() {
    StringBuilder log = new StringBuilder();
    for (int n = 0; n < 5; n++) {
      log.append(table(n)).append(' ').append(lookup(n * 10, "x")).append(' ');
    }
    log.append(lookup(1000, "ab")).append(lookup(99_999, ""));
    log.append(words("a", 1)).append(words("BB", 4)).append(words("other", 2)).append(' ');
    log.append(handlers("four")).append(handlers(1)).append(handlers(null)).append(' ');
    log.append(frameAtZero(10)).append(' ');
    try {
      loop(new ArrayList<>());
    } catch (IllegalStateException e) {
      log.append(e.getMessage()).append(' ');
    }
    for (int bits = 0; bits < 4; bits++) {
      log.append(uninitialized((bits & 1) == 0, (bits & 2) == 0)).append(' ');
    }
    int[][] numbers = {{1, 2}, {3}};
    Object[] objects = {1, 7, "x"};
    log.append(wide(1, 2, 3, (byte) 4, (short) 5, 'a', true, numbers, objects)).append(' ');
    PatchTarget target = new PatchTarget("name");
    log.append(target.instance("pre", 3)).append(target.longs(3, 9)).append(' ');
    log.append(floats(-2)).append(arrays(1, 2).length);
    nothing();
    return log.toString();
  }
}
