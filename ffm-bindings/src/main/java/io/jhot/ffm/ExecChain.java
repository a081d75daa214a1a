package io.jhot.ffm;

import io.jhot.ffm.gen.Abi;
import java.io.File;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One child from clone(2) to execve(2), with all that it needs until it runs the program or is
 * dead; {@link Spawn} explains the protocol. Always close it: that ends a child that does not run
 * the program yet.
 */
final class ExecChain implements AutoCloseable {
  /** The step that fails before Linux 5.11, or where a seccomp profile does not know it. */
  static final String CLOSE_RANGE = "close_range";

  private static final int DEATH_MILLIS = 5_000;

  private static final int LAST_STANDARD_SIGNAL = 31;
  private static final int FIRST_REAL_TIME_SIGNAL = 34; // glibc keeps 32 and 33 to itself
  private static final int LAST_SIGNAL = 64;
  private static final long LAST_DESCRIPTOR = 0xffffffffL;
  private static final int PID_BYTES = 11; // ten digits and a zero
  private static final int EXIT_NOT_STARTED = 127; // nobody sees it: the report has said why
  private static final int PAGE = 4096;
  private static final int CLONE_STACK = 4096; // for the one call of setcontext
  private static final int MAX_STEPS = 8;
  private static final int MAKING_CALLS = 3;
  private static final int WAITING_CALLS = 2;
  private static final int OTHER_CALLS = 48; // all that are not one per signal or descriptor

  private final Spawn.Request request;
  private final Spawn.Mode mode;
  private final boolean closeRange;
  private final int attempt;
  private final Spawn.Fault fault;

  private final ChildProgram program = new ChildProgram();
  private final String[] steps = new String[MAX_STEPS]; // of which the child reports an errno
  private int stepCount;

  // Set by run, in this order, before anything but close looks at them: where a step fails, close
  // finds null.
  @SuppressWarnings("NullAway.Init")
  private Fd ours; // our end of the pair of sockets

  @SuppressWarnings("NullAway.Init")
  private Fd theirs; // the child's

  private Fd[] sources = {}; // duplicates of the descriptors for the child, above all its numbers

  @SuppressWarnings("NullAway.Init")
  private Frame frame;

  private long errnoLocation; // of this thread; a child with our memory has the same
  private int back; // the context in which Java goes on
  private int pidFdRoom; // where clone(2) puts the pidfd
  private int errnos; // the child's, one after each step
  private int goAhead; // what the child waits for: variables with its pid, then the path
  private int goAheadBytes;
  private int pollEntry; // our end, to be waited for
  private long
      wiped; // the page that is empty in a forked child, and counts one element in the parent

  private int pid;

  @SuppressWarnings("NullAway.Init")
  private PidFd pidFd;

  private boolean isProgram;
  private int errno;

  ExecChain(
      Spawn.Request request, Spawn.Mode mode, boolean closeRange, int attempt, Spawn.Fault fault) {
    this.request = request;
    this.mode = mode;
    this.closeRange = closeRange;
    this.attempt = attempt;
    this.fault = fault;
  }

  /**
   * Makes the child and lets it run the program.
   *
   * @return null if it does, else the step that failed; {@link #errno} says why
   */
  @Nullable String run(int prepareMillis, int execMillis) throws ErrnoException {
    openDescriptors();
    long first = layOut(prepareMillis);
    long deadline = System.nanoTime() + prepareMillis * 1_000_000L;
    leaveJava(first);
    // The chain has set it to 0 before it made the child.
    int making = frame.errno();
    theirs.transfer(); // closed by the chain
    if (mode == Spawn.Mode.CLONE_VM) {
      int number = frame.memory().getInt(pidFdRoom);
      if (number < 0) {
        return failed("clone", making);
      }
      pidFd = new PidFd(Fd.owned(number));
    } else {
      if (hear(deadline) == null) {
        return failed("fork", making == 0 ? errno : making);
      }
      pidFd = PidFd.open(pid);
    }
    byte[] report = hear(deadline);
    if (report == null) {
      return failed(mode == Spawn.Mode.FORK ? "fork" : "clone", errno);
    }
    for (int i = 0; i < stepCount; i++) {
      if (number(report, i) != 0) {
        return failed(steps[i], number(report, i));
      }
    }
    deadline = System.nanoTime() + execMillis * 1_000_000L;
    leaveJava(layOutGoAhead(execMillis));
    byte[] complaint = hear(deadline);
    if (complaint != null) {
      return failed("execve", number(complaint, 0));
    }
    if (errno == Errno.ETIMEDOUT) {
      return failed("execve", errno);
    }
    isProgram = true;
    return null;
  }

  /**
   * Runs a chain on this thread and returns after it. All signals are blocked meanwhile.
   *
   * <p>A child that shares our memory shares this thread's errno: between a call of the child and
   * its next one, which reads errno, this thread must not run Java, since the JVM makes failing
   * calls of its own, for instance when it looks for a class. So this thread waits for such a child
   * in a chain, too, which ends when there is a message.
   */
  private void leaveJava(long first) throws ErrnoException {
    int result = Libc.swapcontext(frame, frame.address(back), first);
    if (result < 0) {
      throw ErrnoException.of("leave Java for a moment", "swapcontext", result);
    }
  }

  /** Why {@link #run} failed. */
  int errno() {
    return errno;
  }

  /** The child, which is the caller's from now on. */
  Spawn.Child child() {
    return new Spawn.Child(pid, pidFd);
  }

  private String failed(String step, int why) {
    errno = why;
    return step;
  }

  /**
   * All numbers that the child uses before it is the program lie above those that the program will
   * have.
   */
  private void openDescriptors() throws ErrnoException {
    int above = 3;
    if (!request.descriptors().isEmpty()) {
      if (request.descriptors().firstKey() < 0) {
        throw new IllegalArgumentException("descriptor " + request.descriptors().firstKey());
      }
      above = Math.max(above, request.descriptors().lastKey() + 1);
    }
    Sockets.Pair pair = Sockets.pair(Sockets.Type.SEQPACKET);
    ours = pair.first();
    try (Fd low = pair.second();
        Frame options = Frame.of(16)) {
      theirs = low.duplicate(above);
      int result = IntSocketOptions.set(options, ours.number(), Abi.SOL_SOCKET, Abi.SO_PASSCRED, 1);
      if (result < 0) {
        throw ErrnoException.of("hear from the child", "setsockopt", result);
      }
    }
    sources = new Fd[request.descriptors().size()];
    int i = 0;
    for (Fd fd : request.descriptors().values()) {
      sources[i++] = fd.duplicate(above);
    }
  }

  private long layOut(int prepareMillis) throws ErrnoException {
    int[] handled = handledSignals();
    byte[][] argv = bytes(request.argv());
    byte[][] environment = bytes(request.environment());
    int[] inherited = closeRange ? new int[0] : inheritedDescriptors();
    measureGoAhead();
    int calls =
        OTHER_CALLS
            + handled.length
            + request.ignoredSignals().size()
            + inherited.length
            + 2 * sources.length;
    frame =
        Frame.of(
            textsRoom(argv)
                + textsRoom(environment)
                + Frame.room(8 * request.pidVariables().size())
                + (request.directory() == null ? 0 : textRoom(request.directory()))
                + Frame.room(goAheadBytes)
                + 2 * Frame.room(Abi.SIGACTION_SIZE)
                + Frame.room(Abi.UCONTEXT_T_SIZE)
                + Frame.room(4)
                + Frame.room(4 * MAX_STEPS)
                + CLONE_STACK
                + ChildProgram.room(calls)
                + Frame.room(Abi.POLLFD_SIZE)
                + Frame.room(goAheadBytes)
                + ChildProgram.room(MAKING_CALLS)
                + 2 * ChildProgram.room(WAITING_CALLS));
    back = frame.reserve(Abi.UCONTEXT_T_SIZE);
    pidFdRoom = frame.reserve(4);
    errnos = frame.reserve(4 * MAX_STEPS);
    goAhead = frame.reserve(goAheadBytes);
    errnoLocation = Libc.errnoLocation(frame);
    writeProgram(handled, inherited, argv, environment);
    return layOutMaking(program.layOut(frame, 0), layOutWaiting(prepareMillis));
  }

  private void writeProgram(
      int[] handled, int[] inherited, byte[][] arguments, byte[][] variables) {
    program.call(Libc.MEMSET, errnoLocation, 0, 4);
    if (mode == Spawn.Mode.FORK) {
      step("hello"); // fork(2) has told nobody our pid; the kernel tells it with a message
      program.call(Libc.WRITE, theirs.number(), errnoLocation, 1);
    }
    program.call(Libc.CLOSE, ours.number()); // else the child would not see the parent's end
    if (request.ownProcessGroup()) {
      step("setpgid");
      program.call(Libc.SETPGID, 0, 0);
      noteErrno("setpgid");
    }
    if (request.directory() != null) {
      step("chdir");
      long folder = frame.address(frame.reserveText(OsText.bytes(request.directory())));
      program.call(Libc.CHDIR, folder);
      noteErrno("chdir");
    }
    if (request.parentDeathSignal() != null) {
      step("prctl");
      program.call(Libc.PRCTL, Abi.PR_SET_PDEATHSIG, request.parentDeathSignal().number());
      noteErrno("prctl");
    }
    step("sigaction");
    long defaultAction = frame.address(frame.reserve(Abi.SIGACTION_SIZE)); // all zeros
    int ignoring = frame.reserve(Abi.SIGACTION_SIZE);
    frame
        .memory()
        .putLong(ignoring + Abi.SIGACTION___SIGACTION_HANDLER, SignalAction.IGNORING_HANDLER);
    for (int signal : handled) {
      program.call(Libc.SIGACTION, signal, defaultAction, 0);
    }
    for (Signal signal : request.ignoredSignals()) {
      program.call(Libc.SIGACTION, signal.number(), frame.address(ignoring), 0);
    }
    noteErrno("sigaction");
    step("dup2");
    int i = 0;
    for (int number : request.descriptors().keySet()) {
      program.call(Libc.DUP2, sources[i++].number(), number); // never equal; clears close-on-exec
    }
    noteErrno("dup2");
    step(CLOSE_RANGE);
    if (closeRange) {
      long from = 0;
      for (int number : kept()) {
        closeOnExec(from, number - 1L);
        from = number + 1L;
      }
      closeOnExec(from, LAST_DESCRIPTOR);
      noteErrno(CLOSE_RANGE);
    } else {
      for (int number : inherited) {
        program.call(Libc.FCNTL, number, Abi.F_SETFD, Abi.FD_CLOEXEC);
      }
      program.call(
          Libc.MEMSET, errnoLocation, 0, 4); // another thread may have closed one meanwhile
    }
    step("write");
    program.call(Libc.WRITE, theirs.number(), frame.address(errnos), 4L * stepCount);
    step("read");
    program.call(Libc.READ, theirs.number(), frame.address(goAhead), goAheadBytes);
    step("execve");
    int path = goAhead + goAheadBytes - textBytes(request.program());
    long argv = pointers(request.argv(), arguments, false);
    long environment = pointers(request.environment(), variables, true);
    program.callUnblocked(Libc.EXECVE, frame.address(path), argv, environment);
    program.call(Libc.WRITE, theirs.number(), errnoLocation, 4);
    program.call(Libc.EXIT, EXIT_NOT_STARTED);
  }

  private void step(String name) {
    fault.spoil(program, name, attempt);
  }

  /**
   * Makes the child save its errno. A success does not clear it: the first one that is set tells
   * which step failed.
   */
  private void noteErrno(String step) {
    program.call(Libc.MEMCPY, frame.address(errnos + 4 * stepCount), errnoLocation, 4);
    steps[stepCount++] = step;
  }

  private void closeOnExec(long from, long to) {
    if (from <= to) {
      program.call(Libc.SYSCALL, Abi.SYS_close_range, from, to, Abi.CLOSE_RANGE_CLOEXEC);
    }
  }

  /** The descriptor numbers that the program will have, ascending. */
  private List<Integer> kept() {
    List<Integer> kept = new ArrayList<>();
    for (int standard = 0; standard <= 2; standard++) {
      kept.add(standard);
    }
    for (int number : request.descriptors().keySet()) {
      if (number > 2) {
        kept.add(number);
      }
    }
    return kept;
  }

  /** A chain for this thread after the child is made: waits for a message. */
  private long layOutWaiting(int millis) throws ErrnoException {
    pollEntry = frame.reserve(Abi.POLLFD_SIZE);
    frame.memory().putInt(pollEntry + Abi.POLLFD_FD, ours.number());
    frame.memory().putShort(pollEntry + Abi.POLLFD_EVENTS, (short) Abi.POLLIN);
    ChildProgram waiting = new ChildProgram();
    waiting.call(Libc.CLOSE, theirs.number()); // else we would not see the child's end
    waiting.call(Libc.POLL, frame.address(pollEntry), 1, millis);
    return waiting.layOut(frame, frame.address(back));
  }

  /** A chain that tells the child to go on, and waits for its message or its end. */
  private long layOutGoAhead(int millis) {
    int message = frame.reserve(goAheadBytes);
    frame.memory().put(message, goAheadMessage());
    ChildProgram telling = new ChildProgram();
    // no sendmsg: where a seccomp profile refuses that, jhot would only notice by waiting in vain.
    // If the child is gone the JVM gets PIPE when the chain is over, and ignores it.
    telling.call(Libc.WRITE, ours.number(), frame.address(message), goAheadBytes);
    telling.call(Libc.POLL, frame.address(pollEntry), 1, millis);
    return telling.layOut(frame, frame.address(back));
  }

  /**
   * A chain that makes the child, whose own chain is {@code childs}; ours goes on with {@code
   * parents}.
   */
  private long layOutMaking(long childs, long parents) throws ErrnoException {
    ChildProgram making = new ChildProgram();
    making.call(Libc.MEMSET, errnoLocation, 0, 4);
    if (mode == Spawn.Mode.CLONE_VM) {
      frame.memory().putInt(pidFdRoom, -1);
      int stack = frame.reserve(CLONE_STACK);
      making.call(
          Libc.CLONE,
          Libc.SETCONTEXT.address().address(),
          frame.address(stack) + CLONE_STACK,
          Abi.CLONE_VM | Abi.CLONE_PIDFD | Abi.SIGCHLD,
          childs,
          frame.address(pidFdRoom));
      return making.layOut(frame, parents);
    }
    int flags = Abi.MAP_PRIVATE | Abi.MAP_ANONYMOUS;
    long page = Libc.mmap(frame, PAGE, Abi.PROT_READ | Abi.PROT_WRITE, flags);
    if (page < 0) {
      throw ErrnoException.of("tell parent and child apart", "mmap", (int) page);
    }
    wiped = page;
    int result = Libc.madvise(frame, wiped, PAGE, Abi.MADV_WIPEONFORK);
    if (result < 0) {
      throw ErrnoException.of("tell parent and child apart", "madvise", result);
    }
    Libc.memset(frame, wiped, 1, 1); // a size_t of 1
    making.call(Libc.FORK);
    long any = frame.address(errnos);
    making.call(Libc.LFIND, parents, any, wiped, 1, Libc.SETCONTEXT.address().address());
    return making.layOut(frame, childs);
  }

  /** An array of pointers to the texts, and to the variables in the go-ahead; ends with a null. */
  private long pointers(List<String> texts, byte[][] bytes, boolean withPidVariables) {
    int variables = withPidVariables ? request.pidVariables().size() : 0;
    int array = frame.reserve(8 * (texts.size() + variables + 1));
    int count = 0;
    for (int i = 0; i < bytes.length; i++) {
      if (!withPidVariables || !isPidVariable(texts.get(i))) {
        long pointer = frame.address(frame.reserveText(bytes[i]));
        frame.memory().putLong(array + 8 * count++, pointer);
      }
    }
    int variable = goAhead;
    for (int i = 0; i < variables; i++) {
      frame.memory().putLong(array + 8 * count++, frame.address(variable));
      variable += pidVariableBytes(request.pidVariables().get(i));
    }
    return frame.address(array);
  }

  private boolean isPidVariable(String entry) {
    for (String name : request.pidVariables()) {
      if (entry.startsWith(name) && entry.startsWith("=", name.length())) {
        return true;
      }
    }
    return false;
  }

  private void measureGoAhead() {
    goAheadBytes = textBytes(request.program());
    for (String name : request.pidVariables()) {
      goAheadBytes += pidVariableBytes(name);
    }
  }

  private static int pidVariableBytes(String name) {
    return OsText.bytes(name).length + 1 + PID_BYTES;
  }

  private byte[] goAheadMessage() {
    byte[] bytes = new byte[goAheadBytes];
    int at = 0;
    for (String name : request.pidVariables()) {
      byte[] variable = OsText.bytes(name + "=" + pid);
      System.arraycopy(variable, 0, bytes, at, variable.length);
      at += pidVariableBytes(name);
    }
    byte[] path = OsText.bytes(request.program());
    System.arraycopy(path, 0, bytes, at, path.length);
    return bytes;
  }

  /**
   * The child's next message; it also says who sent it. Null when none came, and then {@link
   * #errno} is ETIMEDOUT, or ECHILD when the child has closed its end, by becoming the program or
   * by dying.
   */
  private byte @Nullable [] hear(long deadline) throws ErrnoException {
    if (!Waiting.until(ours.number(), Abi.POLLIN, deadline)) {
      errno = Errno.ETIMEDOUT;
      return null;
    }
    int most = 4 * MAX_STEPS;
    try (Frame room = Frame.of(Ancillary.room(most, Ancillary.CONTROL_ROOM))) {
      Ancillary message = Ancillary.incoming(room, most);
      int result = message.receive(ours.number(), 0);
      if (result == 0 || result == -Errno.ECONNRESET) {
        errno = Errno.ECHILD;
        return null;
      }
      if (result < 0) {
        throw ErrnoException.of("hear from the child", "recvmsg", result);
      }
      pid = message.senderPid();
      return message.bytes();
    }
  }

  private static int number(byte[] report, int index) {
    int number = 0;
    for (int i = 3; i >= 0; i--) { // little-endian, as AbiCheck has made sure
      number = number << 8 | report[4 * index + i] & 0xff;
    }
    return number;
  }

  private static int textBytes(String text) {
    return OsText.bytes(text).length + 1;
  }

  private static int textRoom(String text) {
    return Frame.room(textBytes(text));
  }

  private static byte[][] bytes(List<String> texts) {
    byte[][] bytes = new byte[texts.size()][];
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = OsText.bytes(texts.get(i));
    }
    return bytes;
  }

  private static int textsRoom(byte[][] texts) {
    int room = Frame.room(8 * (texts.length + 1));
    for (byte[] text : texts) {
      room += Frame.room(text.length + 1);
    }
    return room;
  }

  /**
   * Signals that must be reset: handled in this process, or set by {@link SignalAction}. The former
   * are read from /proc at once (man 5 proc, SigCgt) instead of by 62 calls of sigaction(2).
   */
  private static int[] handledSignals() throws ErrnoException {
    long handled = SignalAction.changed() | caught();
    int[] signals = new int[LAST_SIGNAL];
    int count = 0;
    for (int signal = 1; signal <= LAST_SIGNAL; signal++) {
      boolean ofLibc = signal > LAST_STANDARD_SIGNAL && signal < FIRST_REAL_TIME_SIGNAL;
      if (!ofLibc && (handled & 1L << signal - 1) != 0) {
        signals[count++] = signal;
      }
    }
    return Arrays.copyOf(signals, count);
  }

  private static long caught() throws ErrnoException {
    try {
      return Long.parseUnsignedLong(OwnStatus.read("SigCgt"), 16);
    } catch (IOException e) {
      throw new ErrnoException("find the signals to reset", "read /proc/self/status", Errno.EIO);
    }
  }

  /** Descriptors that the program would inherit and must not. */
  private int[] inheritedDescriptors() throws ErrnoException {
    String[] names = new File("/proc/self/fd").list();
    if (names == null) {
      throw new ErrnoException("find the descriptors to close", "open /proc/self/fd", Errno.ENOENT);
    }
    int[] numbers = new int[names.length];
    int count = 0;
    try (Frame room = Frame.empty()) {
      for (String name : names) {
        int number = Integer.parseInt(name);
        int flags = Libc.fcntl(room, number, Abi.F_GETFD, 0);
        if (number > 2
            && flags >= 0
            && (flags & Abi.FD_CLOEXEC) == 0
            && !request.descriptors().containsKey(number)) {
          numbers[count++] = number;
        }
      }
    }
    return Arrays.copyOf(numbers, count);
  }

  /**
   * Ends the child unless it runs the program, and frees what the start took.
   *
   * <p>The pid of a forked child is unknown before its first message. Such a child finds our end
   * closed, never learns the path, ends by itself, and is reaped with the orphans.
   */
  @Override
  public void close() throws ErrnoException {
    boolean gone = true;
    try {
      if (pidFd != null && !isProgram) {
        gone = end();
      }
    } finally {
      if (ours != null) {
        ours.close();
      }
      if (theirs != null) {
        theirs.close();
      }
      for (Fd source : sources) {
        if (source != null) {
          source.close();
        }
      }
      if (frame != null) {
        if (wiped != 0) {
          Libc.munmap(frame, wiped, PAGE);
        }
        // A child that the kernel does not let die of SIGKILL may still run in our memory: that
        // memory is leaked deliberately.
        if (gone || mode == Spawn.Mode.FORK) {
          frame.close();
        }
      }
    }
  }

  private boolean end() throws ErrnoException {
    pidFd.signal(Signal.KILL);
    long deadline = System.nanoTime() + DEATH_MILLIS * 1_000_000L;
    boolean gone = Waiting.until(pidFd.fd().number(), Abi.POLLIN, deadline);
    if (gone) {
      pidFd.reap();
    }
    pidFd.close();
    return gone;
  }
}
