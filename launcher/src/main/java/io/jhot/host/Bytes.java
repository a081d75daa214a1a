package io.jhot.host;

/** Amounts of memory in an operator's words. */
final class Bytes {
  private static final long MIB = 1024 * 1024;

  private Bytes() {}

  /**
   * For example {@code 96 MiB} or {@code 1.5 GiB}.
   *
   * @param bytes 0 or more
   */
  static String text(long bytes) {
    long mebibytes = (bytes + MIB / 2) / MIB;
    if (mebibytes < 1024) {
      return mebibytes + " MiB";
    }
    long tenths = (mebibytes * 10 + 512) / 1024;
    return tenths % 10 == 0 ? tenths / 10 + " GiB" : tenths / 10 + "." + tenths % 10 + " GiB";
  }
}
