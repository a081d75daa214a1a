package io.jhot.ffm;

import io.jhot.ffm.gen.Abi;
import org.jspecify.annotations.Nullable;

/** The errno values of Linux, their names and what they mean (man 3 errno). */
public final class Errno {
  /** Operation not permitted. */
  public static final int EPERM = Abi.EPERM;

  /** No such file or directory. */
  public static final int ENOENT = Abi.ENOENT;

  /** No such process. */
  public static final int ESRCH = Abi.ESRCH;

  /** Interrupted system call. */
  public static final int EINTR = Abi.EINTR;

  /** Input/output error. */
  public static final int EIO = Abi.EIO;

  /** No such device or address. */
  public static final int ENXIO = Abi.ENXIO;

  /** Argument list too long. */
  public static final int E2BIG = Abi.E2BIG;

  /** Exec format error. */
  public static final int ENOEXEC = Abi.ENOEXEC;

  /** Bad file descriptor. */
  public static final int EBADF = Abi.EBADF;

  /** No child processes. */
  public static final int ECHILD = Abi.ECHILD;

  /** Resource temporarily unavailable. */
  public static final int EAGAIN = Abi.EAGAIN;

  /** Cannot allocate memory. */
  public static final int ENOMEM = Abi.ENOMEM;

  /** Permission denied. */
  public static final int EACCES = Abi.EACCES;

  /** Bad address. */
  public static final int EFAULT = Abi.EFAULT;

  /** Device or resource busy. */
  public static final int EBUSY = Abi.EBUSY;

  /** File exists. */
  public static final int EEXIST = Abi.EEXIST;

  /** No such device. */
  public static final int ENODEV = Abi.ENODEV;

  /** Not a directory. */
  public static final int ENOTDIR = Abi.ENOTDIR;

  /** Is a directory. */
  public static final int EISDIR = Abi.EISDIR;

  /** Invalid argument. */
  public static final int EINVAL = Abi.EINVAL;

  /** Too many open files in system. */
  public static final int ENFILE = Abi.ENFILE;

  /** Too many open files. */
  public static final int EMFILE = Abi.EMFILE;

  /** Inappropriate ioctl for device. */
  public static final int ENOTTY = Abi.ENOTTY;

  /** Text file busy. */
  public static final int ETXTBSY = Abi.ETXTBSY;

  /** File too large. */
  public static final int EFBIG = Abi.EFBIG;

  /** No space left on device. */
  public static final int ENOSPC = Abi.ENOSPC;

  /** Read-only file system. */
  public static final int EROFS = Abi.EROFS;

  /** Broken pipe. */
  public static final int EPIPE = Abi.EPIPE;

  /** File name too long. */
  public static final int ENAMETOOLONG = Abi.ENAMETOOLONG;

  /** Function not implemented. */
  public static final int ENOSYS = Abi.ENOSYS;

  /** Too many levels of symbolic links. */
  public static final int ELOOP = Abi.ELOOP;

  /** Socket operation on non-socket. */
  public static final int ENOTSOCK = Abi.ENOTSOCK;

  /** Destination address required. */
  public static final int EDESTADDRREQ = Abi.EDESTADDRREQ;

  /** Message too long. */
  public static final int EMSGSIZE = Abi.EMSGSIZE;

  /** Protocol not supported. */
  public static final int EPROTONOSUPPORT = Abi.EPROTONOSUPPORT;

  /** Operation not supported. */
  public static final int EOPNOTSUPP = Abi.EOPNOTSUPP;

  /** Address family not supported by protocol. */
  public static final int EAFNOSUPPORT = Abi.EAFNOSUPPORT;

  /** Address already in use. */
  public static final int EADDRINUSE = Abi.EADDRINUSE;

  /** Cannot assign requested address. */
  public static final int EADDRNOTAVAIL = Abi.EADDRNOTAVAIL;

  /** Network is down. */
  public static final int ENETDOWN = Abi.ENETDOWN;

  /** Network is unreachable. */
  public static final int ENETUNREACH = Abi.ENETUNREACH;

  /** Software caused connection abort. */
  public static final int ECONNABORTED = Abi.ECONNABORTED;

  /** Connection reset by peer. */
  public static final int ECONNRESET = Abi.ECONNRESET;

  /** No buffer space available. */
  public static final int ENOBUFS = Abi.ENOBUFS;

  /** Transport endpoint is already connected. */
  public static final int EISCONN = Abi.EISCONN;

  /** Transport endpoint is not connected. */
  public static final int ENOTCONN = Abi.ENOTCONN;

  /** Too many references: cannot splice. */
  public static final int ETOOMANYREFS = Abi.ETOOMANYREFS;

  /** Connection timed out. */
  public static final int ETIMEDOUT = Abi.ETIMEDOUT;

  /** Connection refused. */
  public static final int ECONNREFUSED = Abi.ECONNREFUSED;

  /** No route to host. */
  public static final int EHOSTUNREACH = Abi.EHOSTUNREACH;

  /** Operation already in progress. */
  public static final int EALREADY = Abi.EALREADY;

  /** Operation now in progress. */
  public static final int EINPROGRESS = Abi.EINPROGRESS;

  private Errno() {}

  /**
   * The name of an errno.
   *
   * @param errno its value
   * @return such as {@code EAGAIN}; {@code errno 4711} for a value that Linux does not have
   */
  public static String name(int errno) {
    String name = word(errno, 0);
    return name == null ? "errno " + errno : name;
  }

  /**
   * What an errno means, in English whatever the locale.
   *
   * @param errno its value
   * @return such as {@code Resource temporarily unavailable}
   */
  public static String text(int errno) {
    String text = word(errno, 1);
    return text == null ? "unknown error" : text;
  }

  private static @Nullable String word(int errno, int index) {
    @Nullable String[] words = Words.OF;
    return errno > 0 && errno < words.length / 2 ? words[2 * errno + index] : null;
  }

  /** Loaded with the first error, not before. */
  private static final class Words {
    static final @Nullable String[] OF = {
      null,
      null, // 0
      "EPERM",
      "Operation not permitted",
      "ENOENT",
      "No such file or directory",
      "ESRCH",
      "No such process",
      "EINTR",
      "Interrupted system call",
      "EIO",
      "Input/output error",
      "ENXIO",
      "No such device or address",
      "E2BIG",
      "Argument list too long",
      "ENOEXEC",
      "Exec format error",
      "EBADF",
      "Bad file descriptor",
      "ECHILD",
      "No child processes",
      "EAGAIN",
      "Resource temporarily unavailable",
      "ENOMEM",
      "Cannot allocate memory",
      "EACCES",
      "Permission denied",
      "EFAULT",
      "Bad address",
      "ENOTBLK",
      "Block device required",
      "EBUSY",
      "Device or resource busy",
      "EEXIST",
      "File exists",
      "EXDEV",
      "Invalid cross-device link",
      "ENODEV",
      "No such device",
      "ENOTDIR",
      "Not a directory",
      "EISDIR",
      "Is a directory",
      "EINVAL",
      "Invalid argument",
      "ENFILE",
      "Too many open files in system",
      "EMFILE",
      "Too many open files",
      "ENOTTY",
      "Inappropriate ioctl for device",
      "ETXTBSY",
      "Text file busy",
      "EFBIG",
      "File too large",
      "ENOSPC",
      "No space left on device",
      "ESPIPE",
      "Illegal seek",
      "EROFS",
      "Read-only file system",
      "EMLINK",
      "Too many links",
      "EPIPE",
      "Broken pipe",
      "EDOM",
      "Numerical argument out of domain",
      "ERANGE",
      "Numerical result out of range",
      "EDEADLK",
      "Resource deadlock avoided",
      "ENAMETOOLONG",
      "File name too long",
      "ENOLCK",
      "No locks available",
      "ENOSYS",
      "Function not implemented",
      "ENOTEMPTY",
      "Directory not empty",
      "ELOOP",
      "Too many levels of symbolic links",
      null,
      null, // 41
      "ENOMSG",
      "No message of desired type",
      "EIDRM",
      "Identifier removed",
      "ECHRNG",
      "Channel number out of range",
      "EL2NSYNC",
      "Level 2 not synchronized",
      "EL3HLT",
      "Level 3 halted",
      "EL3RST",
      "Level 3 reset",
      "ELNRNG",
      "Link number out of range",
      "EUNATCH",
      "Protocol driver not attached",
      "ENOCSI",
      "No CSI structure available",
      "EL2HLT",
      "Level 2 halted",
      "EBADE",
      "Invalid exchange",
      "EBADR",
      "Invalid request descriptor",
      "EXFULL",
      "Exchange full",
      "ENOANO",
      "No anode",
      "EBADRQC",
      "Invalid request code",
      "EBADSLT",
      "Invalid slot",
      null,
      null, // 58
      "EBFONT",
      "Bad font file format",
      "ENOSTR",
      "Device not a stream",
      "ENODATA",
      "No data available",
      "ETIME",
      "Timer expired",
      "ENOSR",
      "Out of streams resources",
      "ENONET",
      "Machine is not on the network",
      "ENOPKG",
      "Package not installed",
      "EREMOTE",
      "Object is remote",
      "ENOLINK",
      "Link has been severed",
      "EADV",
      "Advertise error",
      "ESRMNT",
      "Srmount error",
      "ECOMM",
      "Communication error on send",
      "EPROTO",
      "Protocol error",
      "EMULTIHOP",
      "Multihop attempted",
      "EDOTDOT",
      "RFS specific error",
      "EBADMSG",
      "Bad message",
      "EOVERFLOW",
      "Value too large for defined data type",
      "ENOTUNIQ",
      "Name not unique on network",
      "EBADFD",
      "File descriptor in bad state",
      "EREMCHG",
      "Remote address changed",
      "ELIBACC",
      "Can not access a needed shared library",
      "ELIBBAD",
      "Accessing a corrupted shared library",
      "ELIBSCN",
      ".lib section in a.out corrupted",
      "ELIBMAX",
      "Attempting to link in too many shared libraries",
      "ELIBEXEC",
      "Cannot exec a shared library directly",
      "EILSEQ",
      "Invalid or incomplete multibyte or wide character",
      "ERESTART",
      "Interrupted system call should be restarted",
      "ESTRPIPE",
      "Streams pipe error",
      "EUSERS",
      "Too many users",
      "ENOTSOCK",
      "Socket operation on non-socket",
      "EDESTADDRREQ",
      "Destination address required",
      "EMSGSIZE",
      "Message too long",
      "EPROTOTYPE",
      "Protocol wrong type for socket",
      "ENOPROTOOPT",
      "Protocol not available",
      "EPROTONOSUPPORT",
      "Protocol not supported",
      "ESOCKTNOSUPPORT",
      "Socket type not supported",
      "EOPNOTSUPP",
      "Operation not supported",
      "EPFNOSUPPORT",
      "Protocol family not supported",
      "EAFNOSUPPORT",
      "Address family not supported by protocol",
      "EADDRINUSE",
      "Address already in use",
      "EADDRNOTAVAIL",
      "Cannot assign requested address",
      "ENETDOWN",
      "Network is down",
      "ENETUNREACH",
      "Network is unreachable",
      "ENETRESET",
      "Network dropped connection on reset",
      "ECONNABORTED",
      "Software caused connection abort",
      "ECONNRESET",
      "Connection reset by peer",
      "ENOBUFS",
      "No buffer space available",
      "EISCONN",
      "Transport endpoint is already connected",
      "ENOTCONN",
      "Transport endpoint is not connected",
      "ESHUTDOWN",
      "Cannot send after transport endpoint shutdown",
      "ETOOMANYREFS",
      "Too many references: cannot splice",
      "ETIMEDOUT",
      "Connection timed out",
      "ECONNREFUSED",
      "Connection refused",
      "EHOSTDOWN",
      "Host is down",
      "EHOSTUNREACH",
      "No route to host",
      "EALREADY",
      "Operation already in progress",
      "EINPROGRESS",
      "Operation now in progress",
      "ESTALE",
      "Stale file handle",
      "EUCLEAN",
      "Structure needs cleaning",
      "ENOTNAM",
      "Not a XENIX named type file",
      "ENAVAIL",
      "No XENIX semaphores available",
      "EISNAM",
      "Is a named type file",
      "EREMOTEIO",
      "Remote I/O error",
      "EDQUOT",
      "Disk quota exceeded",
      "ENOMEDIUM",
      "No medium found",
      "EMEDIUMTYPE",
      "Wrong medium type",
      "ECANCELED",
      "Operation canceled",
      "ENOKEY",
      "Required key not available",
      "EKEYEXPIRED",
      "Key has expired",
      "EKEYREVOKED",
      "Key has been revoked",
      "EKEYREJECTED",
      "Key was rejected by service",
      "EOWNERDEAD",
      "Owner died",
      "ENOTRECOVERABLE",
      "State not recoverable",
      "ERFKILL",
      "Operation not possible due to RF-kill",
      "EHWPOISON",
      "Memory page has hardware error",
    };
  }
}
