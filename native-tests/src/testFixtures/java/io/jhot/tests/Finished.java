package io.jhot.tests;

import static org.junit.jupiter.api.Assertions.assertEquals;

/** A command that has ended, and what it wrote. */
record Finished(String command, int code, String out, String err) {
  /** The same, after checking that it ended well. */
  Finished good() {
    return with(0);
  }

  /** The same, after checking its exit code. */
  Finished with(int expected) {
    assertEquals(expected, code, () -> toString());
    return this;
  }

  @Override
  public String toString() {
    return command + " ended with " + code + "\nstdout:\n" + out + "\nstderr:\n" + err;
  }
}
