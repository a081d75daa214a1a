package io.jhot.ffm;

import io.jhot.ffm.gen.Abi;

/**
 * Which signals the calling thread blocks (man 3 pthread_sigmask).
 *
 * <p>A mask belongs to a thread; a new thread inherits that of its creator. A {@link SignalFd}
 * receives a signal reliably only if every thread of the process blocks it, which is why jhot's C
 * entry blocks them before the JVM starts.
 */
public final class SignalMask {
  private SignalMask() {}

  /**
   * Adds signals to the mask of the calling thread.
   *
   * @param signals what to block; KILL and STOP are never blocked
   * @throws ErrnoException never on Linux
   */
  public static void block(SignalSet signals) throws ErrnoException {
    try (Frame frame = Frame.of(Abi.__SIGSET_T_SIZE)) {
      int result = Libc.pthreadSigmask(frame, Abi.SIG_BLOCK, frame.address(signals.put(frame)), 0);
      if (result < 0) {
        throw ErrnoException.of("block " + signals, "pthread_sigmask", result);
      }
    }
  }

  /**
   * The mask of the calling thread.
   *
   * @return what is blocked
   * @throws ErrnoException never on Linux
   */
  public static SignalSet current() throws ErrnoException {
    try (Frame frame = Frame.of(Abi.__SIGSET_T_SIZE)) {
      int old = frame.reserve(Abi.__SIGSET_T_SIZE);
      int result = Libc.pthreadSigmask(frame, Abi.SIG_BLOCK, 0, frame.address(old));
      if (result < 0) {
        throw ErrnoException.of("read the signal mask", "pthread_sigmask", result);
      }
      return SignalSet.get(frame, old);
    }
  }
}
