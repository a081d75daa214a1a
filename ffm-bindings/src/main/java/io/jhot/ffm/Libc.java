package io.jhot.ffm;

import static io.jhot.ffm.gen.Abi.EINTR;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.jhot.ffm.gen.Abi;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The functions of libc, by their names and in the order of their parameters; pointers are
 * addresses.
 *
 * <p>A method returns the function's value, or {@code -errno} where it failed: callers decide what
 * an errno means. Only {@code EINTR} is handled here, in one place: the call is repeated, but not
 * {@code close}, where the descriptor is gone in any case.
 *
 * <p>All functions are called through one linked handle of eight {@code long}s: linking a shape
 * costs about 5 ms under {@code -Xint} and no cache holds the outcome, while a further function of
 * a linked shape costs next to nothing. On x86-64 an integer or a pointer travels in the low part
 * of a register or of a stack slot, and a callee looks at no more of them than it has parameters,
 * variadic ones too. Of an {@code int} result only the lower half means anything: it is narrowed
 * here. No function of ours takes or returns a floating-point number or a struct by value; {@code
 * LibcTest} holds every name below against the signature that jextract read from the headers.
 */
final class Libc {
  private static final FunctionDescriptor SHAPE =
      FunctionDescriptor.of(
          JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG,
          JAVA_LONG);

  private static final SymbolLookup SYMBOLS;
  private static final MethodHandle CALL;

  static {
    AbiCheck.verify();
    Linker linker = Linker.nativeLinker();
    SYMBOLS = linker.defaultLookup();
    CALL = link(linker);
  }

  /** A function of libc, looked up when first needed. */
  static final class Function {
    final String name;
    final boolean wide; // returns 64 bits: a size, an offset, an address

    private volatile @Nullable MemorySegment address;

    Function(String name, boolean wide) {
      this.name = name;
      this.wide = wide;
    }

    MemorySegment address() {
      MemorySegment found = address;
      if (found == null) {
        Optional<MemorySegment> symbol = SYMBOLS.find(name);
        if (symbol.isEmpty()) {
          throw new UnsatisfiedLinkError(
              "this system's libc has no function " + name + "; jhot needs the GNU libc");
        }
        found = symbol.get();
        address = found;
      }
      return found;
    }
  }

  static final Function ERRNO_LOCATION = new Function("__errno_location", true);
  static final Function EXIT = new Function("_exit", false);
  static final Function ACCEPT4 = new Function("accept4", false);
  static final Function BIND = new Function("bind", false);
  static final Function CHDIR = new Function("chdir", false);
  static final Function CHMOD = new Function("chmod", false);
  static final Function CLONE = new Function("clone", false);
  static final Function CLOSE = new Function("close", false);
  static final Function CONNECT = new Function("connect", false);
  static final Function DUP2 = new Function("dup2", false);
  static final Function EPOLL_CREATE1 = new Function("epoll_create1", false);
  static final Function EPOLL_CTL = new Function("epoll_ctl", false);
  static final Function EPOLL_WAIT = new Function("epoll_wait", false);
  static final Function EXECVE = new Function("execve", false);
  static final Function FCHMOD = new Function("fchmod", false);
  static final Function FCNTL = new Function("fcntl", false);
  static final Function FORK = new Function("fork", false);
  static final Function GETCONTEXT = new Function("getcontext", false);
  static final Function GETPGRP = new Function("getpgrp", false);
  static final Function GETPID = new Function("getpid", false);
  static final Function GETPPID = new Function("getppid", false);
  static final Function GETSOCKNAME = new Function("getsockname", false);
  static final Function GETSOCKOPT = new Function("getsockopt", false);
  static final Function GETUID = new Function("getuid", false);
  static final Function ISATTY = new Function("isatty", false);
  static final Function LFIND = new Function("lfind", true);
  static final Function LISTEN = new Function("listen", false);
  static final Function SHUTDOWN = new Function("shutdown", false);
  static final Function MADVISE = new Function("madvise", false);
  static final Function MAKECONTEXT = new Function("makecontext", false);
  static final Function MEMCPY = new Function("memcpy", true);
  static final Function MEMSET = new Function("memset", true);
  static final Function MMAP = new Function("mmap", true);
  static final Function MUNMAP = new Function("munmap", false);
  static final Function OPEN = new Function("open", false);
  static final Function PIPE2 = new Function("pipe2", false);
  static final Function POLL = new Function("poll", false);
  static final Function PRCTL = new Function("prctl", false);
  static final Function PTHREAD_SIGMASK = new Function("pthread_sigmask", false);
  static final Function RAISE = new Function("raise", false);
  static final Function READ = new Function("read", true);
  static final Function READLINK = new Function("readlink", true);
  static final Function RECVMSG = new Function("recvmsg", true);
  static final Function SENDMSG = new Function("sendmsg", true);
  static final Function SETCONTEXT = new Function("setcontext", false);
  static final Function SETPGID = new Function("setpgid", false);
  static final Function SETSOCKOPT = new Function("setsockopt", false);
  static final Function SIGACTION = new Function("sigaction", false);
  static final Function SIGNALFD = new Function("signalfd", false);
  static final Function SOCKET = new Function("socket", false);
  static final Function SOCKETPAIR = new Function("socketpair", false);
  static final Function SWAPCONTEXT = new Function("swapcontext", false);
  static final Function SYSCALL = new Function("syscall", true);
  static final Function TCGETPGRP = new Function("tcgetpgrp", false);
  static final Function TCSETPGRP = new Function("tcsetpgrp", false);
  static final Function UNLINK = new Function("unlink", false);
  static final Function WAITID = new Function("waitid", false);
  static final Function WRITE = new Function("write", true);

  private Libc() {}

  @SuppressWarnings("restricted") // this module is the one that is given native access
  private static MethodHandle link(Linker linker) {
    return linker.downcallHandle(SHAPE, Linker.Option.captureCallState("errno"));
  }

  /** Calls {@code function} once; parameters that it does not have are ignored by it. */
  static long call(
      Frame frame,
      Function function,
      long a,
      long b,
      long c,
      long d,
      long e,
      long f,
      long g,
      long h) {
    MemorySegment address = function.address();
    long result;
    try {
      result = (long) CALL.invokeExact(address, frame.segment(), a, b, c, d, e, f, g, h);
    } catch (RuntimeException | Error unexpected) {
      throw unexpected;
    } catch (Throwable impossible) {
      throw new AssertionError(function.name, impossible);
    }
    long value = function.wide ? result : (int) result;
    return value == -1 ? -frame.errno() : value;
  }

  private static int call(Frame frame, Function function, long a, long b, long c) {
    return (int) call(frame, function, a, b, c, 0, 0, 0, 0, 0);
  }

  private static int call(Frame frame, Function function, long a, long b, long c, long d, long e) {
    return (int) call(frame, function, a, b, c, d, e, 0, 0, 0);
  }

  /** The address of the calling thread's errno. */
  static long errnoLocation(Frame frame) {
    return call(frame, ERRNO_LOCATION, 0, 0, 0, 0, 0, 0, 0, 0);
  }

  static int accept4(Frame frame, int socket, long address, long length, int flags) {
    int result;
    do {
      result = call(frame, ACCEPT4, socket, address, length, flags, 0);
    } while (result == -EINTR);
    return result;
  }

  static int bind(Frame frame, int socket, long address, int length) {
    return call(frame, BIND, socket, address, length);
  }

  static int chmod(Frame frame, long path, int mode) {
    return call(frame, CHMOD, path, mode, 0);
  }

  /** Not repeated after {@code EINTR}: the descriptor is closed in any case (man 2 close). */
  static int close(Frame frame, int descriptor) {
    return call(frame, CLOSE, descriptor, 0, 0);
  }

  /** For unix sockets, on which an interrupted {@code connect} has not begun anything. */
  static int connect(Frame frame, int socket, long address, int length) {
    int result;
    do {
      result = call(frame, CONNECT, socket, address, length);
    } while (result == -EINTR);
    return result;
  }

  static int epollCreate1(Frame frame, int flags) {
    return call(frame, EPOLL_CREATE1, flags, 0, 0);
  }

  static int epollCtl(Frame frame, int epoll, int operation, int descriptor, long event) {
    return call(frame, EPOLL_CTL, epoll, operation, descriptor, event, 0);
  }

  /** Returns {@code -EINTR} when interrupted: the caller knows how long is left to wait. */
  static int epollWait(Frame frame, int epoll, long events, int most, int timeoutMillis) {
    return call(frame, EPOLL_WAIT, epoll, events, most, timeoutMillis, 0);
  }

  static int fchmod(Frame frame, int descriptor, int mode) {
    return call(frame, FCHMOD, descriptor, mode, 0);
  }

  static int fcntl(Frame frame, int descriptor, int command, int argument) {
    return call(frame, FCNTL, descriptor, command, argument);
  }

  static int getcontext(Frame frame, long context) {
    return call(frame, GETCONTEXT, context, 0, 0);
  }

  static int getpgrp(Frame frame) {
    return call(frame, GETPGRP, 0, 0, 0);
  }

  static int getpid(Frame frame) {
    return call(frame, GETPID, 0, 0, 0);
  }

  static int getppid(Frame frame) {
    return call(frame, GETPPID, 0, 0, 0);
  }

  static int getsockname(Frame frame, int socket, long address, long length) {
    return call(frame, GETSOCKNAME, socket, address, length);
  }

  static int getsockopt(Frame frame, int socket, int level, int name, long value, long length) {
    return call(frame, GETSOCKOPT, socket, level, name, value, length);
  }

  static int getuid(Frame frame) {
    return call(frame, GETUID, 0, 0, 0);
  }

  static int isatty(Frame frame, int descriptor) {
    return (int) call(frame, ISATTY, descriptor, 0, 0, 0, 0, 0, 0, 0);
  }

  /** To the calling thread: the signal has taken effect when this returns. */
  static int raise(Frame frame, int signal) {
    return call(frame, RAISE, signal, 0, 0);
  }

  static int listen(Frame frame, int socket, int backlog) {
    return call(frame, LISTEN, socket, backlog, 0);
  }

  static int shutdown(Frame frame, int socket, int how) {
    return call(frame, SHUTDOWN, socket, how, 0);
  }

  static int madvise(Frame frame, long address, long length, int advice) {
    return call(frame, MADVISE, address, length, advice);
  }

  /** {@code function} will be called with up to five integers on the stack of {@code context}. */
  static void makecontext(
      Frame frame, long context, Function function, int count, long[] arguments, int first) {
    call(
        frame,
        MAKECONTEXT,
        context,
        function.address().address(),
        count,
        count > 0 ? arguments[first] : 0,
        count > 1 ? arguments[first + 1] : 0,
        count > 2 ? arguments[first + 2] : 0,
        count > 3 ? arguments[first + 3] : 0,
        count > 4 ? arguments[first + 4] : 0);
  }

  static void memset(Frame frame, long address, int value, int length) {
    call(frame, MEMSET, address, value, length);
  }

  /** Returns the address, or {@code -errno}: no mapping lies in the last page. */
  static long mmap(Frame frame, long length, int protection, int flags) {
    return call(frame, MMAP, 0, length, protection, flags, -1, 0, 0, 0);
  }

  static int munmap(Frame frame, long address, long length) {
    return call(frame, MUNMAP, address, length, 0);
  }

  static int open(Frame frame, long path, int flags) {
    int result;
    do {
      result = call(frame, OPEN, path, flags, 0);
    } while (result == -EINTR);
    return result;
  }

  static int pipe2(Frame frame, long descriptors, int flags) {
    return call(frame, PIPE2, descriptors, flags, 0);
  }

  /** Returns {@code -EINTR} when interrupted: the caller knows how long is left to wait. */
  static int poll(Frame frame, long descriptors, int count, int timeoutMillis) {
    return call(frame, POLL, descriptors, count, timeoutMillis);
  }

  static int prctl(Frame frame, int option, long argument) {
    return call(frame, PRCTL, option, argument, 0);
  }

  /** Returns the error instead of setting errno; negated here like the others. */
  static int pthreadSigmask(Frame frame, int how, long set, long old) {
    return -call(frame, PTHREAD_SIGMASK, how, set, old);
  }

  static int read(Frame frame, int descriptor, long buffer, int length) {
    int result;
    do {
      result = call(frame, READ, descriptor, buffer, length);
    } while (result == -EINTR);
    return result;
  }

  static int readlink(Frame frame, long path, long buffer, int length) {
    return call(frame, READLINK, path, buffer, length);
  }

  static int recvmsg(Frame frame, int socket, long message, int flags) {
    int result;
    do {
      result = call(frame, RECVMSG, socket, message, flags);
    } while (result == -EINTR);
    return result;
  }

  static int sendmsg(Frame frame, int socket, long message, int flags) {
    int result;
    do {
      result = call(frame, SENDMSG, socket, message, flags);
    } while (result == -EINTR);
    return result;
  }

  static int setsockopt(Frame frame, int socket, int level, int name, long value, int length) {
    return call(frame, SETSOCKOPT, socket, level, name, value, length);
  }

  static int sigaction(Frame frame, int signal, long action, long old) {
    return call(frame, SIGACTION, signal, action, old);
  }

  static int signalfd(Frame frame, int descriptor, long set, int flags) {
    return call(frame, SIGNALFD, descriptor, set, flags);
  }

  static int socket(Frame frame, int domain, int type, int protocol) {
    return call(frame, SOCKET, domain, type, protocol);
  }

  static int socketpair(Frame frame, int domain, int type, int protocol, long descriptors) {
    return call(frame, SOCKETPAIR, domain, type, protocol, descriptors, 0);
  }

  /** Runs what {@code to} leads to on the calling thread, until something restores {@code from}. */
  static int swapcontext(Frame frame, long from, long to) {
    return call(frame, SWAPCONTEXT, from, to, 0);
  }

  /** By its number: glibc's function is in no header that jextract reads. */
  static int memfdCreate(Frame frame, int number, long name, int flags) {
    return call(frame, SYSCALL, number, name, flags);
  }

  /** By its number, as {@link #memfdCreate}. */
  static int flock(Frame frame, int number, int descriptor, int operation) {
    int result;
    do {
      result = call(frame, SYSCALL, number, descriptor, operation);
    } while (result == -EINTR);
    return result;
  }

  /** For Linux 5.3; glibc has the function since 2.36 only. */
  static int pidfdOpen(Frame frame, int pid) {
    return call(frame, SYSCALL, Abi.SYS_pidfd_open, pid, 0);
  }

  /** For Linux 5.6; glibc has the function since 2.36 only. */
  static int pidfdGetfd(Frame frame, int pidFd, int number) {
    return call(frame, SYSCALL, Abi.SYS_pidfd_getfd, pidFd, number, 0, 0);
  }

  /** For Linux 5.1; glibc has the function since 2.36 only. */
  static int pidfdSendSignal(Frame frame, int pidFd, int signal) {
    return call(frame, SYSCALL, Abi.SYS_pidfd_send_signal, pidFd, signal, 0, 0);
  }

  static int tcgetpgrp(Frame frame, int terminal) {
    return call(frame, TCGETPGRP, terminal, 0, 0);
  }

  static int tcsetpgrp(Frame frame, int terminal, int group) {
    int result;
    do {
      result = call(frame, TCSETPGRP, terminal, group, 0);
    } while (result == -EINTR);
    return result;
  }

  static int unlink(Frame frame, long path) {
    return call(frame, UNLINK, path, 0, 0);
  }

  static int waitid(Frame frame, int type, int id, long info, int options) {
    int result;
    do {
      result = call(frame, WAITID, type, id, info, options, 0);
    } while (result == -EINTR);
    return result;
  }

  static int write(Frame frame, int descriptor, long buffer, int length) {
    int result;
    do {
      result = call(frame, WRITE, descriptor, buffer, length);
    } while (result == -EINTR);
    return result;
  }
}
