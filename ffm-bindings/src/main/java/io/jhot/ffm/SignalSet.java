package io.jhot.ffm;

import io.jhot.ffm.gen.Abi;

/**
 * An immutable set of signals, real-time ones too (man 3 sigsetops).
 *
 * @see SignalMask
 * @see SignalFd
 */
public final class SignalSet {
  private static final SignalSet EMPTY = new SignalSet(0);
  private static final SignalSet ALL = new SignalSet(-1);

  private final long bits; // signal n is bit n - 1, as the kernel has it

  private SignalSet(long bits) {
    this.bits = bits;
  }

  /**
   * The set of some signals.
   *
   * @param signals in any order
   * @return their set
   */
  public static SignalSet of(Signal... signals) {
    long bits = 0;
    for (Signal signal : signals) {
      bits |= bit(signal);
    }
    return new SignalSet(bits);
  }

  /**
   * All 64 signals.
   *
   * @return the full set
   */
  public static SignalSet all() {
    return ALL;
  }

  /**
   * No signal.
   *
   * @return the empty set
   */
  public static SignalSet empty() {
    return EMPTY;
  }

  /**
   * Whether a signal is in this set.
   *
   * @param signal a signal
   * @return whether it is
   */
  public boolean contains(Signal signal) {
    return (bits & bit(signal)) != 0;
  }

  /** Reserves and fills a {@code sigset_t}; returns its offset. */
  int put(Frame frame) {
    int start = frame.reserve(Abi.__SIGSET_T_SIZE);
    frame.memory().putLong(start, bits);
    return start;
  }

  static SignalSet get(Frame frame, int start) {
    return new SignalSet(frame.memory().getLong(start));
  }

  private static long bit(Signal signal) {
    return 1L << signal.number() - 1;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof SignalSet set && set.bits == bits;
  }

  @Override
  public int hashCode() {
    return Long.hashCode(bits);
  }

  /** The standard signals in it, such as {@code {HUP, TERM}}. */
  @Override
  public String toString() {
    StringBuilder text = new StringBuilder("{");
    for (Signal signal : Signal.values()) {
      if (contains(signal)) {
        text.append(text.length() > 1 ? ", " : "").append(signal.name());
      }
    }
    return text.append('}').toString();
  }
}
