package io.jhot.ffm;

import java.io.IOException;

/** This process (man 2 getpid, man 2 getpgrp). All methods may be called from any thread. */
public final class Own {
  private Own() {}

  /**
   * Prepares the first native call on another thread, while the caller does other work. Once is
   * enough; without it the first call does the same and takes that much longer.
   *
   * @throws UnsupportedOperationException where this package has no bindings for the machine
   */
  public static void prepareCalls() {
    AbiCheck.verify();
    Thread linking = new Thread(Own::link, "jhot-linking");
    linking.setDaemon(true);
    linking.start();
  }

  private static void link() {
    try {
      Class.forName(
          "io.jhot.ffm.Libc"); // links; any earlier use of the class would link on this thread
    } catch (ClassNotFoundException | LinkageError e) {
      return; // the first caller meets the same failure, and can report it
    }
  }

  /**
   * The pid of this process, in its own pid namespace.
   *
   * @return 1 or more
   */
  public static int pid() {
    try (Frame frame = Frame.empty()) {
      return Libc.getpid(frame);
    }
  }

  /**
   * The pid of the parent, which changes when that one ends.
   *
   * @return 0 when it is outside of our pid namespace
   */
  public static int parentPid() {
    try (Frame frame = Frame.empty()) {
      return Libc.getppid(frame);
    }
  }

  /**
   * The effective capabilities (man 7 capabilities). Read from {@code /proc}, which needs no native
   * call.
   *
   * @return bit n is that of capability n
   * @throws IOException when there is no /proc
   */
  public static long effectiveCapabilities() throws IOException {
    return Long.parseUnsignedLong(OwnStatus.read("CapEff"), 16);
  }

  /**
   * The real user id. Read from {@code /proc}, which needs no native call.
   *
   * @return 0 for root
   */
  public static int uid() {
    try {
      String ids = OwnStatus.read("Uid"); // real, effective, saved, of the file system
      return Integer.parseUnsignedInt(ids, 0, ids.indexOf('\t'), 10);
    } catch (IOException e) {
      try (Frame frame = Frame.empty()) {
        return Libc.getuid(frame);
      }
    }
  }

  /**
   * The process group.
   *
   * @return its id, the pid of its leader
   */
  public static int processGroup() {
    try (Frame frame = Frame.empty()) {
      return Libc.getpgrp(frame);
    }
  }

  /**
   * Stops this process as Ctrl-Z does, and returns when it is continued. Uses STOP, since callers
   * block or handle TSTP.
   *
   * @throws ErrnoException never on Linux
   */
  public static void stop() throws ErrnoException {
    try (Frame frame = Frame.empty()) {
      // not kill(2): another thread may take that signal, and this one would run on until all have
      // stopped
      int result = Libc.raise(frame, Signal.STOP.number());
      if (result < 0) {
        throw ErrnoException.of("stop this process", "raise", result);
      }
    }
  }

  /**
   * Whether this process, and so its children, may have a descriptor of that number (man 2
   * getrlimit, RLIMIT_NOFILE).
   *
   * @param number 0 or more
   * @throws ErrnoException what fcntl says about stderr, but EINVAL and EMFILE
   */
  public static boolean mayOpen(int number) throws ErrnoException {
    try (Fd probe = Fd.lent(2).duplicate(number)) {
      return probe.isOpen();
    } catch (ErrnoException e) {
      if (e.errno() == Errno.EINVAL || e.errno() == Errno.EMFILE) {
        return false;
      }
      throw e;
    }
  }
}
