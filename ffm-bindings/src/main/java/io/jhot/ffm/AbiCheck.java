package io.jhot.ffm;

/**
 * Checks that the bindings fit this machine.
 *
 * <p>Sizes, offsets and constants differ between architectures, and ours are those of x86-64:
 * anywhere else a call would write past its structs. So this package refuses to run there.
 */
public final class AbiCheck {
  private AbiCheck() {}

  /**
   * Ends with no effect on Linux x86-64. Every call to libc implies it.
   *
   * @throws UnsupportedOperationException elsewhere, naming the machine
   */
  public static void verify() {
    verify(System.getProperty("os.name"), System.getProperty("os.arch"));
  }

  static void verify(String system, String architecture) {
    if (!"Linux".equals(system) || !"amd64".equals(architecture)) {
      throw new UnsupportedOperationException(
          "jhot has bindings for Linux on x86-64 (amd64) only; this is "
              + system
              + " on "
              + architecture);
    }
  }
}
