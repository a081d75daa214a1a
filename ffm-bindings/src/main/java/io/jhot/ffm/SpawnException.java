package io.jhot.ffm;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * A program could not be started; no child is left behind. The message is one line: {@code start
 * /srv/app: execve: ENOENT (No such file or directory): there is no such program}.
 */
public final class SpawnException extends IOException {
  private static final long serialVersionUID = 1L;

  /** The call that failed. */
  private final String step;

  /** Its errno. */
  private final int errno;

  SpawnException(String program, String step, int errno, @Nullable String advice) {
    super(ErrnoException.message("start " + program, step, errno, advice));
    this.step = step;
    this.errno = errno;
  }

  SpawnException(String program, ErrnoException cause) {
    super("start " + program + ": " + cause.getMessage(), cause);
    step = cause.call();
    errno = cause.errno();
  }

  /**
   * What failed.
   *
   * @return the call, such as {@code execve}, {@code chdir} or {@code clone}
   */
  public String step() {
    return step;
  }

  /**
   * Why it failed.
   *
   * @return such as {@link Errno#ENOENT}
   */
  public int errno() {
    return errno;
  }
}
