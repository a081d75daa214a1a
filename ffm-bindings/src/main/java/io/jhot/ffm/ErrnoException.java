package io.jhot.ffm;

import java.io.IOException;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A system call failed in a way that the caller has to handle. The message says what jhot was
 * doing, the call, the errno in words and, if known, what to do: {@code listen on tcp://0.0.0.0:80:
 * bind: EACCES (Permission denied): ports below 1024 need CAP_NET_BIND_SERVICE}.
 *
 * <p>Not every errno becomes one: {@code EINTR} is retried, {@code EAGAIN} is a result, and {@code
 * EBADF}, {@code EFAULT} and {@code ENOTSOCK} are an {@link AssertionError}, since only a bug of
 * jhot causes them.
 */
public final class ErrnoException extends IOException {
  private static final long serialVersionUID = 1L;

  /** The system call. */
  private final String call;

  /** Its errno. */
  private final int errno;

  /**
   * An error of a system call.
   *
   * @param doing what it was for, such as {@code listen on tcp://0.0.0.0:80}
   * @param call the name of the call, such as {@code bind}
   * @param errno its errno, positive
   */
  public ErrnoException(String doing, String call, int errno) {
    super(message(doing, call, errno, advice(call, errno)));
    this.call = call;
    this.errno = errno;
  }

  /**
   * The exception for a result of {@link Libc}.
   *
   * @param result negative: {@code -errno}
   * @throws AssertionError when only a bug of jhot can be the cause
   */
  static ErrnoException of(String doing, String call, int result) {
    int errno = -result;
    if (errno == Errno.EBADF || errno == Errno.EFAULT || errno == Errno.ENOTSOCK) {
      throw new AssertionError(message(doing, call, errno, null));
    }
    return new ErrnoException(doing, call, errno);
  }

  /** Never null. */
  @Override
  public String getMessage() {
    return Objects.requireNonNull(super.getMessage());
  }

  /**
   * The errno of the call.
   *
   * @return such as {@link Errno#EADDRINUSE}
   */
  public int errno() {
    return errno;
  }

  /**
   * The system call that failed.
   *
   * @return such as {@code bind}
   */
  public String call() {
    return call;
  }

  static String message(String doing, String call, int errno, @Nullable String advice) {
    String said = doing + ": " + call + ": " + Errno.name(errno) + " (" + Errno.text(errno) + ")";
    return advice == null ? said : said + ": " + advice;
  }

  private static @Nullable String advice(String call, int errno) {
    switch (errno) {
      case Errno.EACCES:
        return call.equals("bind")
            ? "ports below 1024 need CAP_NET_BIND_SERVICE, a path a folder that we may write to"
            : null;
      case Errno.EINVAL:
        return call.equals("fcntl")
            ? "the number is beyond the limit of open descriptors (ulimit -n)"
            : null;
      case Errno.EADDRINUSE:
        return "it is in use";
      case Errno.EADDRNOTAVAIL:
        return "no interface of this machine has that address";
      case Errno.EMFILE:
        return "raise the limit of open descriptors (ulimit -n)";
      case Errno.ENFILE:
        return "the whole system is out of descriptors (fs.file-max)";
      case Errno.EAFNOSUPPORT:
        return "this system does not support that kind of address";
      case Errno.ETOOMANYREFS:
        return "too many descriptors are on their way between processes (ulimit -n)";
      case Errno.ENAMETOOLONG:
        return call.equals("bind") || call.equals("connect")
            ? "the path of a unix socket has at most 107 bytes"
            : null;
      case Errno.ECONNREFUSED:
        return "no server listens there";
      case Errno.ENOSYS:
        return "this needs Linux 5.4 or later, or a seccomp profile that knows the call";
      default:
        return null;
    }
  }
}
