package io.jhot.ffm;

import io.jhot.ffm.gen.Abi;

/**
 * A pipe: what is written to one end is read from the other (man 7 pipe). Both are close-on-exec
 * and blocking.
 *
 * @param read the end to read from
 * @param write the end to write to
 */
public record Pipe(Fd read, Fd write) {
  /**
   * Opens a pipe (man 2 pipe2).
   *
   * @return both ends, owned
   * @throws ErrnoException EMFILE, ENFILE
   */
  public static Pipe open() throws ErrnoException {
    try (Frame frame = Frame.of(16)) {
      int ends = frame.reserve(8);
      int result = Libc.pipe2(frame, frame.address(ends), Abi.O_CLOEXEC);
      if (result < 0) {
        throw ErrnoException.of("open a pipe", "pipe2", result);
      }
      return new Pipe(
          Fd.owned(frame.memory().getInt(ends)), Fd.owned(frame.memory().getInt(ends + 4)));
    }
  }
}
