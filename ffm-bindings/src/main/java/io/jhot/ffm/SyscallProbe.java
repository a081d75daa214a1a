package io.jhot.ffm;

import io.jhot.ffm.gen.Abi;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.TreeMap;

/**
 * Makes each system call that jhot uses and checks whether the kernel allows it or a seccomp
 * profile refuses it (man 2 seccomp).
 *
 * <p>A call without side effects is made as jhot makes it; others with a wrong argument, for which
 * the kernel has a known errno and a profile, which is asked first, another one. Left out are calls
 * that cannot fail, and those that a JVM needs to start.
 */
public final class SyscallProbe {
  /** No such program: a child that reports this of {@code execve} has come all the way. */
  private static final String NOWHERE = "/proc/self/no-such-program";

  private static final int NO_DESCRIPTOR = -1;

  private final Frame frame;
  private final int empty;
  private final int room;
  private final List<Answer> answers = new ArrayList<>();

  private SyscallProbe(Frame frame) {
    this.frame = frame;
    empty = frame.reserveText(new byte[0]);
    room = frame.reserve(Abi.SIGINFO_T_SIZE);
  }

  /**
   * The result of a call.
   *
   * @param call the name that seccomp profiles know it by, such as {@code signalfd4}; behind a
   *     blank in parentheses what tells it from others of that name, such as {@code socket
   *     (netlink)}
   * @param errno 0 if it works, else the errno of the refusal
   */
  public record Answer(String call, int errno) {
    /** Whether it works. */
    public boolean works() {
      return errno == 0;
    }
  }

  /**
   * Makes all calls. Starts, and ends, two children; makes this process a subreaper.
   *
   * @return one answer for each, in the same order always
   */
  public static List<Answer> run() {
    try (Frame frame = Frame.of(Frame.room(1) + Frame.room(Abi.SIGINFO_T_SIZE))) {
      SyscallProbe probe = new SyscallProbe(frame);
      probe.children();
      probe.processes();
      probe.polling();
      probe.sockets();
      probe.files();
      return List.copyOf(probe.answers);
    }
  }

  private void children() {
    spawn("clone (CLONE_VM | CLONE_PIDFD)", "clone", Spawn.Mode.CLONE_VM);
    spawn("clone (as fork)", "fork", Spawn.Mode.FORK);
    answer("execve", call(Libc.EXECVE, frame.address(empty), 0, 0), Errno.ENOENT);
    answer("setpgid", call(Libc.SETPGID, 0, -1, 0), Errno.EINVAL);
    answer(
        "close_range",
        call(Libc.SYSCALL, Abi.SYS_close_range, 0xffffffffL, 0xffffffffL, Abi.CLOSE_RANGE_CLOEXEC));
    answer("prctl (PR_SET_PDEATHSIG)", Libc.prctl(frame, Abi.PR_SET_PDEATHSIG, 0));
    answer("prctl (PR_SET_CHILD_SUBREAPER)", Libc.prctl(frame, Abi.PR_SET_CHILD_SUBREAPER, 1));
    answer(
        "waitid",
        Libc.waitid(
            frame, Abi.P_ALL, 0, frame.address(room), Abi.WEXITED | Abi.WNOHANG | Abi.WNOWAIT),
        Errno.ECHILD);
    long page = Libc.mmap(frame, 4096, Abi.PROT_READ, Abi.MAP_PRIVATE | Abi.MAP_ANONYMOUS);
    if (page >= 0) {
      answer("madvise", Libc.madvise(frame, page, 4096, Abi.MADV_WIPEONFORK));
      Libc.munmap(frame, page, 4096);
    }
  }

  private void processes() {
    int pidFd = Libc.pidfdOpen(frame, Libc.getpid(frame));
    answer("pidfd_open", pidFd);
    answer("pidfd_getfd", Libc.pidfdGetfd(frame, NO_DESCRIPTOR, 0), Errno.EBADF);
    // signal 0 does nothing to us, and without a pidfd the answer to the call itself is EBADF
    answer("pidfd_send_signal", Libc.pidfdSendSignal(frame, pidFd, 0), Errno.EBADF);
    close(pidFd);
    answer("tgkill", Libc.raise(frame, 0));
  }

  private void polling() {
    frame.memory().putLong(room, 0); // an empty set of signals
    int signals = Libc.signalfd(frame, -1, frame.address(room), Abi.SFD_CLOEXEC);
    answer("signalfd4", signals);
    close(signals);
    int epoll = Libc.epollCreate1(frame, Abi.EPOLL_CLOEXEC);
    answer("epoll_create1", epoll);
    close(epoll);
    answer(
        "epoll_ctl",
        Libc.epollCtl(frame, NO_DESCRIPTOR, Abi.EPOLL_CTL_DEL, NO_DESCRIPTOR, 0),
        Errno.EBADF);
    answer(
        "epoll_wait", Libc.epollWait(frame, NO_DESCRIPTOR, frame.address(room), 1, 0), Errno.EBADF);
    answer("poll", Libc.poll(frame, 0, 0, 0));
  }

  private void sockets() {
    socket("unix", Abi.AF_UNIX, Abi.SOCK_SEQPACKET, 0);
    socket("inet", Abi.AF_INET, Abi.SOCK_STREAM, 0);
    socket("inet6", Abi.AF_INET6, Abi.SOCK_STREAM, 0);
    socket("netlink", Abi.AF_NETLINK, Abi.SOCK_RAW, Abi.NETLINK_SOCK_DIAG);
    int type = Abi.SOCK_SEQPACKET | Abi.SOCK_CLOEXEC;
    int pair = Libc.socketpair(frame, Abi.AF_UNIX, type, 0, frame.address(room));
    answer("socketpair", pair);
    if (pair >= 0) {
      try (Fd first = Fd.owned(frame.memory().getInt(room));
          Fd second = Fd.owned(frame.memory().getInt(room + 4))) {
        passDescriptor(first, second);
      }
    }
    long nothing = frame.address(room);
    answer("bind", Libc.bind(frame, NO_DESCRIPTOR, nothing, 2), Errno.EBADF);
    answer("listen", Libc.listen(frame, NO_DESCRIPTOR, 1), Errno.EBADF);
    answer("shutdown", Libc.shutdown(frame, NO_DESCRIPTOR, 0), Errno.EBADF);
    answer("accept4", Libc.accept4(frame, NO_DESCRIPTOR, 0, 0, 0), Errno.EBADF);
    answer("connect", Libc.connect(frame, NO_DESCRIPTOR, nothing, 2), Errno.EBADF);
    answer("getsockname", Libc.getsockname(frame, NO_DESCRIPTOR, nothing, nothing), Errno.EBADF);
    answer(
        "getsockopt",
        Libc.getsockopt(frame, NO_DESCRIPTOR, Abi.SOL_SOCKET, Abi.SO_TYPE, nothing, nothing),
        Errno.EBADF);
    answer(
        "setsockopt",
        Libc.setsockopt(frame, NO_DESCRIPTOR, Abi.SOL_SOCKET, Abi.SO_REUSEADDR, nothing, 4),
        Errno.EBADF);
  }

  private void files() {
    long path = frame.address(empty);
    answer("pipe2", Libc.pipe2(frame, frame.address(room), Abi.O_CLOEXEC));
    if (answers.getLast().works()) {
      close(frame.memory().getInt(room));
      close(frame.memory().getInt(room + 4));
    }
    answer("dup2", call(Libc.DUP2, NO_DESCRIPTOR, NO_DESCRIPTOR, 0), Errno.EBADF);
    answer("fcntl", Libc.fcntl(frame, NO_DESCRIPTOR, Abi.F_GETFD, 0), Errno.EBADF);
    answer(
        "flock",
        Libc.flock(frame, HeldFile.SYS_FLOCK, NO_DESCRIPTOR, HeldFile.LOCK_UN),
        Errno.EBADF);
    answer("chdir", call(Libc.CHDIR, path, 0, 0), Errno.ENOENT);
    answer("chmod", Libc.chmod(frame, path, 0), Errno.ENOENT);
    answer("fchmod", Libc.fchmod(frame, NO_DESCRIPTOR, 0), Errno.EBADF);
    answer("unlink", Libc.unlink(frame, path), Errno.ENOENT);
    answer("readlink", Libc.readlink(frame, path, frame.address(room), 1), Errno.ENOENT);
    frame.clearErrno();
    Libc.isatty(frame, NO_DESCRIPTOR);
    answer("ioctl", -frame.errno(), Errno.EBADF);
  }

  private void socket(String family, int domain, int type, int protocol) {
    int socket = Libc.socket(frame, domain, type | Abi.SOCK_CLOEXEC, protocol);
    answer("socket (" + family + ")", socket);
    close(socket);
  }

  /** Sends a descriptor along with a message, as each generation's listeners travel. */
  private void passDescriptor(Fd from, Fd to) {
    try {
      ControlMessage.send(from, new byte[1], List.of(from));
      answer("sendmsg", 0);
    } catch (ErrnoException e) {
      answer(e.call(), -e.errno());
      answer("recvmsg", ask(to), Errno.EAGAIN);
      return;
    } catch (IOException e) {
      throw new AssertionError("a pair of sockets of our own", e);
    }
    try {
      // blocking, and the message is on its way
      ControlMessage.Received message = Objects.requireNonNull(ControlMessage.receive(to, 1));
      for (Fd received : message.descriptors()) {
        received.close();
      }
      answer("recvmsg", 0);
    } catch (ErrnoException e) {
      answer(e.call(), -e.errno());
    } catch (IOException e) {
      throw new AssertionError("a pair of sockets of our own", e);
    }
  }

  /** Receives from a socket without waiting, and without a message to be there. */
  private static int ask(Fd socket) {
    try {
      socket.setNonBlocking(true);
      return ControlMessage.receive(socket, 1) == null ? -Errno.EAGAIN : 0;
    } catch (ErrnoException e) {
      return -e.errno();
    } catch (IOException e) {
      throw new AssertionError("a pair of sockets of our own", e);
    }
  }

  /**
   * Starts a program that does not exist. The child makes all its steps; each of them has a probe
   * of its own, so only the creation of the child counts here.
   */
  private void spawn(String call, String making, Spawn.Mode mode) {
    Spawn.Request request =
        new Spawn.Request(
            NOWHERE,
            List.of(NOWHERE),
            List.of(),
            null,
            new TreeMap<>(),
            List.of(),
            true,
            Signal.KILL,
            List.of());
    try {
      Spawn.Child child = Spawn.start(request, mode);
      child.pidFd().close();
      throw new AssertionError(NOWHERE + " exists and was started");
    } catch (SpawnException e) {
      answer(call, e.step().equals(making) ? -e.errno() : 0);
    }
  }

  private int call(Libc.Function function, long a, long b, long c) {
    return (int) Libc.call(frame, function, a, b, c, 0, 0, 0, 0, 0);
  }

  private int call(Libc.Function function, long a, long b, long c, long d) {
    return (int) Libc.call(frame, function, a, b, c, d, 0, 0, 0, 0);
  }

  private void answer(String call, int result, int... natural) {
    int errno = Math.max(0, -result);
    for (int expected : natural) {
      if (errno == expected) {
        errno = 0;
      }
    }
    answers.add(new Answer(call, errno));
  }

  private void close(int descriptor) {
    if (descriptor >= 0) {
      Libc.close(frame, descriptor);
    }
  }
}
