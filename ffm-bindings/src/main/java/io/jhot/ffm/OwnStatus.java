package io.jhot.ffm;

import java.io.FileInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;

/** The kernel's data about this process in {@code /proc/self/status} (man 5 proc). */
final class OwnStatus {
  private OwnStatus() {}

  /**
   * The value of a field, as text.
   *
   * @param field its name, such as {@code SigCgt}; not the first one of the file
   * @throws IOException when there is no /proc, or no such field
   */
  static String read(String field) throws IOException {
    String status;
    try (FileInputStream in = new FileInputStream("/proc/self/status")) {
      status = new String(in.readAllBytes(), StandardCharsets.ISO_8859_1);
    }
    String label = "\n" + field + ":\t";
    int start = status.indexOf(label);
    int end = status.indexOf('\n', start + 1);
    if (start < 0 || end < 0) {
      throw new IOException("/proc/self/status has no " + field);
    }
    return status.substring(start + label.length(), end);
  }
}
