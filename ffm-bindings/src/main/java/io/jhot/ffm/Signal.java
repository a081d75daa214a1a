package io.jhot.ffm;

import io.jhot.ffm.gen.Abi;

/** The standard signals, without the SIG of their names (man 7 signal). */
public enum Signal {
  /** The terminal is gone; for jhot: reload. */
  HUP(Abi.SIGHUP),
  /** Ctrl-C. */
  INT(Abi.SIGINT),
  /** Ctrl-\\; a JVM prints its thread dump. */
  QUIT(Abi.SIGQUIT),
  /** An instruction that the processor does not have. */
  ILL(Abi.SIGILL),
  /** A breakpoint. */
  TRAP(Abi.SIGTRAP),
  /** abort(3). */
  ABRT(Abi.SIGABRT),
  /** Access to memory that is not there. */
  BUS(Abi.SIGBUS),
  /** A division by zero. */
  FPE(Abi.SIGFPE),
  /** Ends the process; cannot be caught. */
  KILL(Abi.SIGKILL),
  /** For the program to define. */
  USR1(Abi.SIGUSR1),
  /** Access to memory that is not allowed. */
  SEGV(Abi.SIGSEGV),
  /** For the program to define. */
  USR2(Abi.SIGUSR2),
  /** A write to a pipe without a reader. */
  PIPE(Abi.SIGPIPE),
  /** alarm(2). */
  ALRM(Abi.SIGALRM),
  /** The request to end. */
  TERM(Abi.SIGTERM),
  /** Not used by Linux. */
  STKFLT(Abi.SIGSTKFLT),
  /** A child ended or stopped. */
  CHLD(Abi.SIGCHLD),
  /** Continue. */
  CONT(Abi.SIGCONT),
  /** Stop; cannot be caught. */
  STOP(Abi.SIGSTOP),
  /** Ctrl-Z. */
  TSTP(Abi.SIGTSTP),
  /** A read from the terminal by a background process. */
  TTIN(Abi.SIGTTIN),
  /** A write to the terminal by a background process. */
  TTOU(Abi.SIGTTOU),
  /** Out-of-band data. */
  URG(Abi.SIGURG),
  /** The limit of processor time. */
  XCPU(Abi.SIGXCPU),
  /** The limit of file size. */
  XFSZ(Abi.SIGXFSZ),
  /** A timer of processor time. */
  VTALRM(Abi.SIGVTALRM),
  /** A timer for profilers. */
  PROF(Abi.SIGPROF),
  /** The size of the terminal has changed. */
  WINCH(Abi.SIGWINCH),
  /** Input or output is possible. */
  IO(Abi.SIGPOLL),
  /** Power failure. */
  PWR(Abi.SIGPWR),
  /** A system call that is not allowed. */
  SYS(Abi.SIGSYS);

  private static final Signal[] ALL = values();

  private final int number;

  Signal(int number) {
    this.number = number;
  }

  /**
   * The number of this signal.
   *
   * @return 1 to 31
   */
  public int number() {
    return number;
  }

  /**
   * The signal with a number.
   *
   * @param number 1 to 31
   * @return the signal
   * @throws IllegalArgumentException when there is none, real-time signals included
   */
  public static Signal of(int number) {
    for (Signal signal : ALL) {
      if (signal.number == number) {
        return signal;
      }
    }
    throw new IllegalArgumentException("no standard signal has the number " + number);
  }

  /**
   * Parses the name or number of a signal.
   *
   * @param text such as {@code TERM}, {@code SIGTERM}, {@code term} or {@code 15}
   * @return the signal
   * @throws IllegalArgumentException when it is none of these
   */
  public static Signal parse(String text) {
    String name = text.regionMatches(true, 0, "SIG", 0, 3) ? text.substring(3) : text;
    for (Signal signal : ALL) {
      if (signal.name().equalsIgnoreCase(name) || Integer.toString(signal.number).equals(text)) {
        return signal;
      }
    }
    throw new IllegalArgumentException(
        "unknown signal \"" + text + "\"; known are names such as TERM or SIGTERM, and 1 to 31");
  }
}
