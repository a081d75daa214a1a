package io.jhot.ffm;

import io.jhot.ffm.gen.Abi;

/**
 * A file descriptor and its owner, which closes it.
 *
 * <p>An <em>owned</em> descriptor is closed by {@link #close} exactly once, however often that is
 * called: a second close(2) would hit the next descriptor that gets the number. A <em>lent</em> one
 * has its owner elsewhere: its {@code close} only forgets the number. Ownership ends with {@link
 * #close} or {@link #transfer}.
 *
 * <p>All methods may be called from any thread. None of them protects a number that one thread uses
 * while another closes it: code that shares an {@code Fd} between threads closes it after the last
 * of them is done.
 */
public final class Fd implements AutoCloseable {
  private static final int LONGEST_TARGET = 4096; // PATH_MAX
  private static final int GONE = -1;

  private final boolean owned;
  private int number;

  private Fd(int number, boolean owned) {
    if (number < 0) {
      throw new IllegalArgumentException("descriptor " + number);
    }
    this.number = number;
    this.owned = owned;
  }

  /**
   * Takes ownership of a descriptor.
   *
   * @param number an open descriptor
   * @return its owner
   */
  public static Fd owned(int number) {
    return new Fd(number, true);
  }

  /**
   * Refers to a descriptor that has another owner.
   *
   * @param number an open descriptor
   * @return a reference that never closes it
   */
  public static Fd lent(int number) {
    return new Fd(number, false);
  }

  /**
   * The number of the descriptor.
   *
   * @return 0 or more
   * @throws IllegalStateException after {@link #close} or {@link #transfer}
   */
  public synchronized int number() {
    if (number == GONE) {
      throw new IllegalStateException("this descriptor was closed or transferred");
    }
    return number;
  }

  /**
   * Whether this still names a descriptor.
   *
   * @return false after {@link #close} or {@link #transfer}
   */
  public synchronized boolean isOpen() {
    return number != GONE;
  }

  /**
   * Transfers the descriptor: from now on only the result may be used. It is owned if this was.
   *
   * @return the new owner of, or reference to, the same descriptor
   * @throws IllegalStateException when it is gone already
   */
  public synchronized Fd transfer() {
    Fd successor = new Fd(number(), owned);
    number = GONE;
    return successor;
  }

  /**
   * A second descriptor of the same open description, close-on-exec (man 2 fcntl, F_DUPFD_CLOEXEC).
   * The description's O_NONBLOCK is shared with it.
   *
   * @return the duplicate, owned
   * @throws ErrnoException EMFILE
   */
  public Fd duplicate() throws ErrnoException {
    return duplicate(0);
  }

  /** A duplicate whose number is {@code lowest} or more. */
  Fd duplicate(int lowest) throws ErrnoException {
    return owned(fcntl("duplicate", Abi.F_DUPFD_CLOEXEC, lowest));
  }

  /**
   * Sets O_NONBLOCK (man 2 fcntl, F_SETFL). It belongs to the open file description, so it applies
   * to every duplicate, also in other processes. Never call this on a socket that is lent to an
   * app.
   *
   * @param on whether calls that would wait return EAGAIN instead
   * @throws ErrnoException what fcntl says
   */
  public void setNonBlocking(boolean on) throws ErrnoException {
    int flags = fcntl("read the flags of", Abi.F_GETFL, 0);
    int wanted = on ? flags | Abi.O_NONBLOCK : flags & ~Abi.O_NONBLOCK;
    if (wanted != flags) {
      fcntl("set the flags of", Abi.F_SETFL, wanted);
    }
  }

  /**
   * Whether O_NONBLOCK is set.
   *
   * @return whether calls that would wait return EAGAIN instead
   * @throws ErrnoException what fcntl says
   */
  public boolean isNonBlocking() throws ErrnoException {
    return (fcntl("read the flags of", Abi.F_GETFL, 0) & Abi.O_NONBLOCK) != 0;
  }

  /**
   * Sets FD_CLOEXEC of this descriptor; duplicates have their own (man 2 fcntl, F_SETFD).
   *
   * @param on true: closed by execve(2)
   * @throws ErrnoException what fcntl says
   */
  public void setCloseOnExec(boolean on) throws ErrnoException {
    fcntl("set the flags of", Abi.F_SETFD, on ? Abi.FD_CLOEXEC : 0);
  }

  /**
   * The kernel's name for the file behind the descriptor (man 5 proc, /proc/pid/fd): a path, or
   * {@code socket:[4711]}, which is unique as long as the socket exists.
   *
   * @return the link's text
   * @throws ErrnoException ENOENT without /proc
   */
  public String target() throws ErrnoException {
    return target(LONGEST_TARGET);
  }

  /** The same for a name of at most {@code length} bytes: less memory to zero. */
  String target(int most) throws ErrnoException {
    byte[] path = OsText.bytes("/proc/self/fd/" + number());
    try (Frame frame = Frame.of(Frame.room(path.length + 1) + Frame.room(most))) {
      int link = frame.reserveText(path);
      int target = frame.reserve(most);
      int length = Libc.readlink(frame, frame.address(link), frame.address(target), most);
      if (length < 0) {
        throw ErrnoException.of("see where descriptor " + number + " leads", "readlink", length);
      }
      return OsText.of(frame.bytes(target, length), 0, length);
    }
  }

  private int fcntl(String doing, int command, int argument) throws ErrnoException {
    int descriptor = number();
    try (Frame frame = Frame.empty()) {
      int result = Libc.fcntl(frame, descriptor, command, argument);
      if (result < 0) {
        throw ErrnoException.of(doing + " descriptor " + descriptor, "fcntl", result);
      }
      return result;
    }
  }

  /**
   * Closes the descriptor if it is owned; forgets it in any case. A second call does nothing.
   * Sockets and pipes have nothing to report when closed (man 2 close), so there is no checked
   * exception.
   *
   * @throws AssertionError when it was closed elsewhere: such a bug may close an unrelated
   *     descriptor
   */
  @Override
  public void close() {
    int closing;
    synchronized (this) {
      closing = number;
      number = GONE;
    }
    if (closing != GONE && owned) {
      try (Frame frame = Frame.empty()) {
        if (Libc.close(frame, closing) == -Errno.EBADF) {
          throw new AssertionError("descriptor " + closing + " was closed elsewhere");
        }
      }
    }
  }

  @Override
  public synchronized String toString() {
    return number == GONE ? "descriptor (gone)" : "descriptor " + number;
  }
}
