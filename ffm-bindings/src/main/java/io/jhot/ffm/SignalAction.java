package io.jhot.ffm;

import io.jhot.ffm.gen.Abi;

/**
 * What a signal does to this process (man 2 sigaction).
 *
 * <p>Only "ignore" and "default" can be set: no Java code ever runs in a signal handler. A
 * disposition belongs to the whole process. {@link Spawn} resets what was set here to the default
 * in a child.
 */
public final class SignalAction {
  /** {@code SIG_DFL} and {@code SIG_IGN}, which jextract cannot express. */
  static final long DEFAULT_HANDLER = 0;

  static final long IGNORING_HANDLER = 1;

  private static long changed; // bits of the signals that were set here

  /** What happens when a signal comes. */
  public enum Disposition {
    /** What man 7 signal says: mostly the end of the process. */
    DEFAULT,
    /** Nothing. */
    IGNORED,
    /** A function runs; in a JVM, one of the JVM's. */
    HANDLED
  }

  private SignalAction() {}

  /**
   * Ignores a signal from now on. It stays ignored across execve(2).
   *
   * @param signal not KILL or STOP
   * @throws ErrnoException EINVAL for those two
   */
  public static void ignore(Signal signal) throws ErrnoException {
    set(signal, IGNORING_HANDLER, "ignore ");
  }

  /**
   * Restores what a signal does by default.
   *
   * @param signal not KILL or STOP
   * @throws ErrnoException EINVAL for those two
   */
  public static void restoreDefault(Signal signal) throws ErrnoException {
    set(signal, DEFAULT_HANDLER, "restore the default of ");
  }

  /**
   * What a signal does at present.
   *
   * @param signal any signal
   * @return its disposition
   * @throws ErrnoException never for a standard signal
   */
  public static Disposition current(Signal signal) throws ErrnoException {
    try (Frame frame = Frame.of(Abi.SIGACTION_SIZE + 8)) {
      int old = frame.reserve(Abi.SIGACTION_SIZE);
      long handler = handler(frame, signal.number(), old);
      return handler == DEFAULT_HANDLER
          ? Disposition.DEFAULT
          : handler == IGNORING_HANDLER ? Disposition.IGNORED : Disposition.HANDLED;
    }
  }

  /** The handler of signal {@code number}, read by way of the struct at {@code room}. */
  static long handler(Frame frame, int number, int room) throws ErrnoException {
    int result = Libc.sigaction(frame, number, 0, frame.address(room));
    if (result < 0) {
      throw ErrnoException.of("read what signal " + number + " does", "sigaction", result);
    }
    return frame.memory().getLong(room + Abi.SIGACTION___SIGACTION_HANDLER);
  }

  /** A bit for each signal for which a method of this class has set what it does. */
  static synchronized long changed() {
    return changed;
  }

  private static synchronized void set(Signal signal, long handler, String doing)
      throws ErrnoException {
    try (Frame frame = Frame.of(Abi.SIGACTION_SIZE + 8)) {
      int action = frame.reserve(Abi.SIGACTION_SIZE);
      frame.memory().putLong(action + Abi.SIGACTION___SIGACTION_HANDLER, handler);
      int result = Libc.sigaction(frame, signal.number(), frame.address(action), 0);
      if (result < 0) {
        throw ErrnoException.of(doing + signal.name(), "sigaction", result);
      }
      changed |= 1L << signal.number() - 1;
    }
  }
}
