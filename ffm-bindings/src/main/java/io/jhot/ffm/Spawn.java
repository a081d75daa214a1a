package io.jhot.ffm;

import java.io.IOException;
import java.nio.file.Files;
import java.util.List;
import java.util.SortedMap;
import org.jspecify.annotations.Nullable;

/**
 * Starts programs without running any Java code in the child (see {@link ChildProgram}).
 *
 * <p>The child is made by the kernel on a stack of its own and runs a chain of libc calls that ends
 * in {@code execve}. In {@link Mode#CLONE_VM} it shares the memory of this process until then, so
 * nothing is copied. In {@link Mode#FORK} it is a literal fork(2). Parent and child come out of
 * that call at the same place; a page that the kernel empties in a forked child tells them apart
 * (man 2 madvise, MADV_WIPEONFORK): lfind(3) finds the one element that the page counts in the
 * parent, and calls {@code setcontext} for it, which leads back to Java; in the child it counts
 * none and the chain goes on.
 *
 * <p>They talk over a pair of SEQPACKET sockets:
 *
 * <ol>
 *   <li>The child prepares itself: process group, folder, death signal, dispositions, descriptors.
 *       It copies its errno after each of these, and reports all of them in one message; the kernel
 *       adds the child's pid (SCM_CREDENTIALS).
 *   <li>If nothing failed, the parent answers with the child's pid, for the variables that hold it,
 *       and with the path of the program. The child does not have the path any earlier, so one
 *       whose parent dies before the death signal is set can never become the program.
 *   <li>{@code execve} closes the child's end: end of stream. If it fails, the child reports its
 *       errno and ends.
 * </ol>
 *
 * <p>From {@code clone} to {@code execve} all signals are blocked in the child, and those that the
 * JVM handles get their defaults, so no handler of the JVM's ever runs there; the program starts
 * with none blocked.
 */
public final class Spawn {
  /** How long a child may take to prepare: a dozen system calls that do not wait. */
  private static final int PREPARE_MILLIS = 5_000;

  /** How long the kernel may take to load the program, from a slow disk for instance. */
  private static final int EXEC_MILLIS = 60_000;

  private static final int MAX_ATTEMPTS = 3;

  private Spawn() {}

  /** How the kernel makes the child. */
  public enum Mode {
    /** clone(2) with CLONE_VM: shares memory until exec. */
    CLONE_VM,
    /** fork(2): copies memory; for hosts that refuse CLONE_VM. */
    FORK;

    /**
     * The mode that a person means.
     *
     * @param text {@code vm} or {@code fork}, the values of JHOT_SPAWN
     * @return the mode
     * @throws IllegalArgumentException for anything else
     */
    public static Mode parse(String text) {
      switch (text) {
        case "vm":
          return CLONE_VM;
        case "fork":
          return FORK;
        default:
          throw new IllegalArgumentException("\"" + text + "\" is neither vm nor fork");
      }
    }
  }

  /**
   * What to start, and how. Texts are encoded as {@link OsText} says.
   *
   * @param program the path of the program; {@code PATH} is not searched
   * @param argv its arguments, the first of which is its name
   * @param environment its variables, each {@code NAME=value}
   * @param directory its working directory; null for that of this process
   * @param descriptors the descriptors that it gets, by the numbers that they have there. 0, 1 and
   *     2 are inherited unless given; it gets no others. The caller still owns its own; the open
   *     file descriptions are shared.
   * @param pidVariables names of variables whose value is the child's own pid, such as LISTEN_PID
   * @param ownProcessGroup whether it leads a process group of its own
   * @param parentDeathSignal the signal that it gets when the thread that called {@link
   *     Spawn#start} ends (man 2 prctl, PR_SET_PDEATHSIG); null for none
   * @param ignoredSignals the signals that it ignores. Others that this process handles, or that
   *     {@link SignalAction} has set, are reset to the default; those that this process was started
   *     ignoring stay ignored.
   */
  public record Request(
      String program,
      List<String> argv,
      List<String> environment,
      @Nullable String directory,
      SortedMap<Integer, Fd> descriptors,
      List<String> pidVariables,
      boolean ownProcessGroup,
      @Nullable Signal parentDeathSignal,
      List<Signal> ignoredSignals) {}

  /**
   * A child that runs its program.
   *
   * @param pid its pid, for people; signals go through the pidfd
   * @param pidFd the child; the caller reaps and closes it
   */
  public record Child(int pid, PidFd pidFd) {}

  /** For tests: may add calls to a child's chain, before the step that is named. */
  interface Fault {
    Fault NONE = (program, step, attempt) -> {};

    void spoil(ChildProgram program, String step, int attempt);
  }

  /**
   * Starts a program and waits until the child runs it, about a millisecond. A child that is not
   * prepared within five seconds, or does not run the program within another minute, is killed and
   * replaced, at most twice.
   *
   * <p>Call it on a platform thread; with a death signal, on one that lives as long as the process.
   *
   * @param request what to start
   * @param mode how the kernel makes the child
   * @return the child
   * @throws SpawnException when there is no such program, or it cannot be started as requested
   * @throws IllegalArgumentException for a text with a NUL, or a negative descriptor
   */
  public static Child start(Request request, Mode mode) throws SpawnException {
    return start(request, mode, Fault.NONE, PREPARE_MILLIS, EXEC_MILLIS);
  }

  static Child start(Request request, Mode mode, Fault fault, int prepareMillis, int execMillis)
      throws SpawnException {
    boolean closeRange = true;
    for (int attempt = 1; ; attempt++) {
      try (ExecChain start = new ExecChain(request, mode, closeRange, attempt, fault)) {
        String failed = start.run(prepareMillis, execMillis);
        if (failed == null) {
          return start.child();
        }
        if (failed.equals(ExecChain.CLOSE_RANGE) && closeRange) {
          closeRange = false;
        } else if (attempt >= MAX_ATTEMPTS || start.errno() != Errno.ETIMEDOUT) {
          String advice = advice(request, failed, start.errno());
          throw new SpawnException(request.program(), failed, start.errno(), advice);
        }
      } catch (ErrnoException failed) {
        throw new SpawnException(request.program(), failed);
      }
    }
  }

  private static @Nullable String advice(Request request, String step, int errno) {
    if (step.equals("chdir")) {
      return request.directory();
    }
    if (step.equals("execve")) {
      String advice = programAdvice(request, errno);
      if (advice != null) {
        return advice;
      }
    }
    switch (errno) {
      case Errno.EAGAIN:
        return "too many processes: see ulimit -u, and pids.max of the cgroup";
      case Errno.ENOMEM:
        return "there is not enough memory for another process";
      case Errno.EBADF:
        return "a descriptor's number is beyond the limit (ulimit -n)";
      case Errno.ETIMEDOUT:
        return "the child was not ready in time and was killed";
      case Errno.ECHILD:
        return "the child was killed before it had become the program";
      default:
        return null;
    }
  }

  private static @Nullable String programAdvice(Request request, int errno) {
    switch (errno) {
      case Errno.ENOENT:
        return isFile(request.program())
            ? "the file exists, but the interpreter that it names does not"
            : "there is no such program";
      case Errno.EACCES:
        return isDirectory(request.program())
            ? "it is a directory"
            : "it is not executable for this user, or its file system is mounted noexec";
      case Errno.ENOEXEC:
        return "it is neither a program for this machine nor a script that begins with #!";
      case Errno.E2BIG:
        return "arguments and environment are too long: together for a quarter of the stack limit"
            + " (ulimit -s), or one alone for 128 KiB";
      case Errno.ETXTBSY:
        return "another process is still writing to the program";
      default:
        return null;
    }
  }

  private static boolean isFile(String program) {
    try (OsPath path = OsPath.open(program)) {
      return Files.exists(path.path());
    } catch (IOException e) {
      return false;
    }
  }

  private static boolean isDirectory(String program) {
    try (OsPath path = OsPath.open(program)) {
      return Files.isDirectory(path.path());
    } catch (IOException e) {
      return false;
    }
  }
}
