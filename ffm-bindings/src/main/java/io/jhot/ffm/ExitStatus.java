package io.jhot.ffm;

/**
 * How a child ended (man 2 waitid).
 *
 * @param signaled whether a signal ended it
 * @param value the signal's number if so, else its exit code, 0 to 255
 * @param coreDumped whether it left a core dump
 */
public record ExitStatus(boolean signaled, int value, boolean coreDumped) {
  /**
   * The exit code that a shell, and jhot, ends with after it.
   *
   * @return the exit code, or 128 plus the signal's number
   */
  public int code() {
    return signaled ? 128 + value : value;
  }

  /**
   * The end in words.
   *
   * @return such as {@code exited with code 3} or {@code killed by SIGKILL}
   */
  public String text() {
    if (!signaled) {
      return "exited with code " + value;
    }
    String name = value >= 1 && value <= 31 ? "SIG" + Signal.of(value).name() : "signal " + value;
    return "killed by " + name + (coreDumped ? " (core dumped)" : "");
  }
}
