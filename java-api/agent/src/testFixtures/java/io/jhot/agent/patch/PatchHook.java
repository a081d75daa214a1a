package io.jhot.agent.patch;

import java.util.ArrayList;
import java.util.List;

/** The hook of {@link ClassPatchTest}; loaded once, by the loader of the tests. */
public final class PatchHook {
  static boolean takesOver;
  static final List<Object> SEEN = new ArrayList<>();

  private PatchHook() {}

  /** For a patched {@code String table(int)}. */
  public static boolean test(int n) {
    SEEN.add(n);
    return takesOver;
  }

  /** For a patched {@code String table(int)}. */
  public static String tableAnswer(int n) {
    return "hook " + n;
  }

  /** For a patched {@code void nothing()}. */
  public static boolean test() {
    SEEN.add("nothing");
    return takesOver;
  }

  /** For a patched {@code int frameAtZero(int)}. */
  public static void told(int n) {
    SEEN.add(n);
  }

  /** For a patched {@code void nothing()}. */
  public static void told() {
    SEEN.add("nothing");
  }

  /** For a patched {@code void loop(List)}. */
  public static boolean test(List<String> out) {
    SEEN.add(out);
    return takesOver;
  }

  /** For a patched {@code long join(long, List)}. */
  public static boolean test(Object own, long half, long n, List<?> list, Object again) {
    if (takesOver) {
      SEEN.addAll(List.of(own, half, n, list, again));
    }
    return takesOver;
  }

  /** For a patched {@code long join(long, List)}. */
  public static long joinAnswer(Object own, long half, long n, List<?> list, Object again) {
    return -half - n;
  }

  /** For a patched {@code float floats(float)}. */
  public static boolean test(float f) {
    SEEN.add(f);
    return takesOver;
  }

  /** For a patched {@code float floats(float)}. */
  public static float floatAnswer(float f) {
    return f * 100;
  }

  /** For a patched {@code int[] arrays(int[])}. */
  public static boolean test(int[] numbers) {
    SEEN.add(numbers.length);
    return takesOver;
  }

  /** For a patched {@code int[] arrays(int[])}. */
  public static int[] arrayAnswer(int[] numbers) {
    return new int[] {42};
  }

  /** For a patched {@code double wide(...)}. */
  public static boolean test(
      long l, double d, float f, byte b, short s, char c, boolean z, int[][] a, Object[] o) {
    SEEN.add(l + d + f + b + s + c + (z ? 1 : 0) + a.length + o.length);
    return takesOver;
  }

  /** For a patched {@code double wide(...)}. */
  public static double wideAnswer(
      long l, double d, float f, byte b, short s, char c, boolean z, int[][] a, Object[] o) {
    return -l;
  }
}
