package io.jhot.ffm;

import io.jhot.ffm.gen.Abi;
import org.jspecify.annotations.Nullable;

/**
 * Signals as data: a descriptor from which they are read instead of interrupting anything (man 2
 * signalfd).
 *
 * <p>It delivers only signals that are blocked: see {@link SignalMask}. A standard signal that is
 * sent again before it was read arrives once; so CHLD says that something happened, not how often.
 * One thread at a time may use it.
 */
public final class SignalFd implements AutoCloseable {
  /**
   * The {@code SI_KERNEL} of man 2 sigaction, which jextract cannot express: sent by the kernel.
   */
  public static final int FROM_KERNEL = 0x80;

  /**
   * A signal that arrived.
   *
   * @param signal which
   * @param senderPid the sender's pid in this pid namespace; 0 for the kernel or a process outside
   *     of it
   * @param code how it was sent: {@code si_code} of man 2 sigaction
   */
  public record Received(Signal signal, int senderPid, int code) {}

  private final Fd fd;

  private SignalFd(Fd fd) {
    this.fd = fd;
  }

  /**
   * Opens a descriptor for some signals, close-on-exec and nonblocking.
   *
   * @param signals which signals to deliver; the caller blocks them
   * @return the descriptor's owner
   * @throws ErrnoException EMFILE, ENFILE
   */
  public static SignalFd open(SignalSet signals) throws ErrnoException {
    try (Frame frame = Frame.of(Abi.__SIGSET_T_SIZE)) {
      int result =
          Libc.signalfd(
              frame, -1, frame.address(signals.put(frame)), Abi.SFD_CLOEXEC | Abi.SFD_NONBLOCK);
      if (result < 0) {
        throw ErrnoException.of("receive signals", "signalfd", result);
      }
      return new SignalFd(Fd.owned(result));
    }
  }

  /**
   * The descriptor, for a {@link Poller}: readable when a signal waits.
   *
   * @return the descriptor, owned by this object
   */
  public Fd fd() {
    return fd;
  }

  /**
   * Takes the next signal; never waits.
   *
   * @return the signal, or null when none waits
   * @throws ErrnoException what read(2) says
   */
  public @Nullable Received read() throws ErrnoException {
    try (Frame frame = Frame.of(Abi.SIGNALFD_SIGINFO_SIZE)) {
      int info = frame.reserve(Abi.SIGNALFD_SIGINFO_SIZE);
      int result = Libc.read(frame, fd.number(), frame.address(info), Abi.SIGNALFD_SIGINFO_SIZE);
      if (result == -Errno.EAGAIN) {
        return null;
      }
      if (result < 0) {
        throw ErrnoException.of("receive a signal", "read", result);
      }
      return new Received(
          Signal.of(frame.memory().getInt(info + Abi.SIGNALFD_SIGINFO_SSI_SIGNO)),
          frame.memory().getInt(info + Abi.SIGNALFD_SIGINFO_SSI_PID),
          frame.memory().getInt(info + Abi.SIGNALFD_SIGINFO_SSI_CODE));
    }
  }

  /** Closes the descriptor; signals stay blocked. */
  @Override
  public void close() {
    fd.close();
  }
}
