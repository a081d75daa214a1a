package io.jhot.runtime;

/**
 * What the poller says of a descriptor that is ready: the kind in the upper half of the number, and
 * in the lower one the generation, probe or client that it is of.
 */
final class Tokens {
  private static final long KIND = 1L << 32;
  static final long SIGNAL = KIND;
  static final long PROCESSES = 2 * KIND;
  static final long CONTROLS = 3 * KIND;
  static final long NOTIFIES = 4 * KIND;
  static final long JVMS = 5 * KIND;
  static final long CLI = 6 * KIND;
  static final long MAIL = 7 * KIND;
  static final long PROBES = 8 * KIND;

  /** The last kind, for clients are counted on and on. */
  static final long CLIENTS = 9 * KIND;

  private Tokens() {}
}
